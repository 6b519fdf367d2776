//! Proof of sound: whether what left the output came back from the loudspeakers.
//!
//! It is a hint for people and restricts nothing: a station airs in the same way whatever it hears.

use serde::{Deserialize, Serialize};

/// Whether an attempt was heard where the station listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Heard {
    /// The recording is in what came in.
    Yes {
        /// How like the recording that was, 100 being the recording itself.
        likeness_percent: u8,
    },
    /// Something or nothing came in, and not the recording.
    No {
        /// How like the recording that was.
        likeness_percent: u8,
    },
    /// Nobody can tell.
    NotChecked {
        /// Why.
        why: NotChecked,
    },
}

/// Why nobody can tell whether an attempt was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotChecked {
    /// The input does not open, or gives nothing.
    NoInput,
    /// What came in is too loud, or too much of something else.
    TooNoisy,
    /// Too little sounded to compare.
    TooShort,
}
