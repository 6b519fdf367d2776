//! What the output says about what was heard.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use programme::units::{BootTime, Decibels};

use super::request::Attempt;

/// What happened at the output.
///
/// Each [`Air`](super::Air) ends in exactly one of `Finished`, `Silenced` and `Failed`, and nothing
/// is said about it afterwards. Positions count from the head of the cue, what was skipped
/// included, and say what has left the loudspeaker, not what has been handed to the card.
#[derive(Debug, Clone)]
pub enum Report {
    /// The card is open and takes silence until the cue begins.
    Opened {
        /// Which cue it is open for.
        attempt: Attempt,
    },
    /// The cue is heard.
    Started {
        /// Which cue.
        attempt: Attempt,
        /// When its first sample was heard.
        at: BootTime,
        /// How long the whole cue is, what was skipped included.
        length: Duration,
    },
    /// How far the cue is, at least every 200 ms while it is heard.
    Progress {
        /// Which cue.
        attempt: Attempt,
        /// How much of it has been heard.
        position: Duration,
        /// How loud that was.
        level: Level,
    },
    /// The last sample has been heard.
    Finished {
        /// Which cue.
        attempt: Attempt,
        /// When its last sample was heard.
        at: BootTime,
        /// How much has been heard, which is all of it.
        position: Duration,
        /// How loud it was.
        level: Level,
    },
    /// The cue was ended by a request: to be silent, to air another, or to close.
    Silenced {
        /// Which cue.
        attempt: Attempt,
        /// How much has been heard.
        position: Duration,
        /// How loud that was.
        level: Level,
    },
    /// The cue cannot go on: a recording or the output's own file failed.
    Failed {
        /// Which cue.
        attempt: Attempt,
        /// How much has been heard.
        position: Duration,
        /// How loud that was.
        level: Level,
        /// What failed.
        fault: Fault,
    },
    /// The card does not open, or is gone. It is opened again until it answers, and the cue then
    /// goes on at `position`; said once per outage.
    Lost {
        /// Which cue is waiting.
        attempt: Attempt,
        /// Where it will go on.
        position: Duration,
        /// What is wrong with the card.
        fault: Fault,
    },
    /// The card takes sound again.
    Recovered {
        /// Which cue goes on.
        attempt: Attempt,
        /// Where it goes on.
        position: Duration,
    },
    /// A new file was begun by an output that writes files.
    Timeline(Timeline),
}

/// Which instant the first sample of an output file belongs to; the `n`th belongs to `origin` plus
/// `n` / 48,000 s, whether a cue was on air or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The file.
    pub path: PathBuf,
    /// The instant of its first sample.
    pub origin: BootTime,
}

/// How loud the samples were that the output sent, relative to full scale: after the volume, the
/// ramp and the limiter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// The mean of those tenths of a second that were above −60 dBFS, so that gaps and pauses do
    /// not count: a full-scale sine is at −3 dBFS. [`Level::FLOOR`] at the least.
    pub rms: Decibels,
    /// The greatest sample. [`Level::FLOOR`] at the least.
    pub peak: Decibels,
}

impl Level {
    /// Nothing at all: below the last bit of 16, which is at −90 dBFS.
    pub const FLOOR: Decibels = Decibels(-120.0);
}

/// What can be wrong with an output.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Fault {
    /// No card of that name is there.
    #[error("there is no sound card `{name}`; there are: {}", available.join(", "))]
    NoSuchCard {
        /// The name in the settings.
        name: String,
        /// The names that would open something.
        available: Vec<String>,
    },
    /// The card is there and does not open.
    #[error("the sound card `{name}` does not open")]
    Refused {
        /// The name in the settings.
        name: String,
        /// What the sound system answered.
        source: cpal::Error,
    },
    /// The card knows no sample format that we have.
    #[error("the sound card `{name}` takes none of our sample formats; a name with `plughw` may")]
    Unsuitable {
        /// The name in the settings.
        name: String,
    },
    /// The card reported a failure and takes no more sound.
    #[error("the sound card failed")]
    Broken {
        /// What the sound system answered.
        source: cpal::Error,
    },
    /// The card takes no more sound and says nothing.
    #[error("the sound card stands still")]
    Stalled,
    /// A recording could not be read, though it was ready.
    #[error("the recording {} cannot be read", path.display())]
    Recording {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, or with the disk.
        source: Arc<recordings::Error>,
    },
    /// The output's own file cannot be written.
    #[error("the output file {} cannot be written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: Arc<hound::Error>,
    },
    /// The operating system gives no more threads.
    #[error("the output cannot start a thread")]
    Thread {
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
}
