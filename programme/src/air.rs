//! The air core: a state machine without input or output that decides, at each moment, what airs.
//!
//! One input, then drain the commands, then wait until [`AirCore::poll_timeout`]. The caller obeys
//! commands in order; a [`Command::Record`] is durable before the next command is obeyed, so that
//! no sound is ever without its record.

use std::time::Duration;

use crate::as_run::{AttemptId, CueId, Record};
use crate::day_plan::{Cue, DayPlan};
use crate::programme::ReadySet;
use crate::signed::Verified;
use crate::units::BootTime;

/// How long before its start a cue is handed to the output, so that the stream is open in time.
pub const PREPARE: Duration = Duration::from_secs(2);

/// How soon after the decision a cue starts that is already due: what the output needs to open,
/// and short enough for an emergency.
pub const LEAD: Duration = Duration::from_millis(500);

/// What the core is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The plans in force, ordered by date, from the last date on record to the next day. They
    /// replace all earlier plans.
    Plans(Vec<Verified<DayPlan>>),
    /// The recordings that are ready, all of them.
    Ready(ReadySet),
    /// How much of an attempt has been heard.
    Progress {
        /// The attempt on air.
        attempt: AttemptId,
        /// What has left the output.
        position: Duration,
    },
    /// The last sound of an attempt has left the output.
    Finished {
        /// The attempt that was on air.
        attempt: AttemptId,
    },
    /// The output gave an attempt up.
    Failed {
        /// The attempt.
        attempt: AttemptId,
        /// What had left the output.
        position: Duration,
    },
    /// Somebody at the PC, or the panel on a person's behalf, pressed a key.
    Key(Key),
    /// The program was told to end.
    ShutDown,
}

/// What a person can press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Silence now; always wins.
    Stop,
    /// Yes: air the cue that is asked about.
    Air(CueId),
    /// No: leave it.
    Leave(CueId),
}

/// What the core wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Write a line to the journal, durably.
    Record(Record),
    /// Note how far the open attempt has come, durably.
    RecordPosition {
        /// The attempt on air.
        attempt: AttemptId,
        /// What has been heard.
        position: Duration,
    },
    /// Let the first sound of the cue leave the output at `start`.
    Air {
        /// The attempt.
        attempt: AttemptId,
        /// What to play.
        cue: Box<Cue>,
        /// When, on the boot-time clock.
        start: BootTime,
    },
    /// Silence the attempt at once.
    Silence {
        /// The attempt.
        attempt: AttemptId,
    },
}

/// Why the core wants to be woken; for the log and the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A cue is to be prepared.
    Prepare,
    /// A waiting cue is past its last moment.
    TooLate,
    /// Quiet hours begin while something is on air.
    QuietHours,
    /// A bulletin on air ends its validity.
    Expiry,
}

/// What the core remembers from the journal when the program starts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// Lines of the journal that concern cues still in the plans, oldest first.
    pub records: Vec<Record>,
    /// How far the attempt without an end had come, by the last note of it.
    pub open_position: Option<(AttemptId, Duration)>,
}

/// What the screen shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The cue on air or being prepared, its attempt, and what has been heard of it.
    pub on_air: Option<(AttemptId, Cue, Duration)>,
    /// The next cues that may air, soonest first.
    pub next: Vec<Cue>,
    /// Cues that the village head is asked about.
    pub asked: Vec<Cue>,
    /// Whether cues are held because nobody has vouched for the time.
    pub held: bool,
}
