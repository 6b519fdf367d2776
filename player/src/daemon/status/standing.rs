//! How the station stands, and how it stands with its server, each in one word.

use serde::{Deserialize, Serialize};

/// How the server is missed. What failed exactly is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerTrouble {
    /// It does not answer as a server of ours does.
    Away,
    /// It answers that this PC is not the station any more.
    Refused,
}

/// The whole in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// This PC is no station yet.
    NotEnrolled,
    /// Nobody has vouched for the time: nothing airs.
    Held,
    /// Nothing can be heard, or no programme is there.
    Trouble,
    /// The disk takes nothing: nothing airs, for what airs must be on record.
    Unwritable,
    /// The player cannot go on for another reason, and tries again: nothing airs.
    Stuck,
    /// A recording has not come of what airs soon.
    Lacking,
    /// Sound is on.
    OnAir,
    /// It waits for the next cue.
    Ready,
}

impl Standing {
    /// Whether nothing airs because the player cannot go on.
    pub fn is_stuck(self) -> bool {
        matches!(self, Self::Unwritable | Self::Stuck)
    }
}
