//! As-run: the record of what truly happened, from the station to the panel.
//!
//! `started` is written before sound and `ended` after it; a `started` without an `ended` is a
//! power cut. Every planned cue ends in exactly one [`Outcome`], after any number of attempts.

pub mod chain;
pub mod proof;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{BootId, Voucher};
use crate::emergency::Order;
use crate::ids::{BroadcastId, BulletinId, ContentHash, PersonId};
use crate::stop::FromPanel;
use crate::timetable::Session;
use crate::units::{BootTime, Decibels, WallTime, millis};
use chain::LineHash;
use proof::Heard;

/// An attempt that reached this part of its content counts as aired.
pub const AIRED_FRACTION: f64 = 0.9;

/// Stands between an emergency and the number of its hearing.
const EMERGENCY: &str = "@emergency-";

/// Stands between a start and the number of its further hearing.
const AGAIN: &str = "+again-";

/// Names one planned start: the broadcast, and its nominal local start or its date and session. The
/// same planned start has the same name in every generation, so that nothing airs twice.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CueId(String);

impl CueId {
    /// The cue of `broadcast` at the civil time `nominal`: to the minute, and finer only where
    /// the author wrote it finer, so that two starts never share a name.
    pub fn new(broadcast: &BroadcastId, nominal: jiff::civil::DateTime) -> Self {
        if nominal.second() == 0 && nominal.subsec_nanosecond() == 0 {
            let minute = nominal.strftime("%Y-%m-%dT%H:%M");
            Self(format!("{broadcast}@{minute}"))
        } else {
            Self(format!("{broadcast}@{nominal}"))
        }
    }

    /// The cue of `broadcast` in a session of `date`, whatever hour the timetable gives it.
    pub fn session(broadcast: &BroadcastId, date: jiff::civil::Date, session: Session) -> Self {
        Self(format!("{broadcast}@{date}-{}", session.name()))
    }

    /// Whether it is named by a session, whatever its hour.
    pub fn is_of_session(&self) -> bool {
        let named = self.0.rsplit_once('-');
        named.is_some_and(|(_, name)| Session::from_name(name).is_some())
    }

    /// The cue of a broadcast that airs as soon as it can, once.
    pub fn now(broadcast: &BroadcastId) -> Self {
        Self(format!("{broadcast}@now"))
    }

    /// The hearing of an emergency that has this number, from 1 on.
    pub fn emergency(broadcast: &BroadcastId, number: u32) -> Self {
        Self(format!("{broadcast}{EMERGENCY}{number}"))
    }

    /// The emergency that it is a hearing of and which one, if it is one.
    pub fn hearing(&self) -> Option<(BroadcastId, u32)> {
        let (broadcast, number) = self.0.split_once(EMERGENCY)?;
        Some((broadcast.parse().ok()?, number.parse().ok()?))
    }

    /// The same start heard once more, because somebody asked for it: from 1 on.
    #[must_use]
    pub fn again(&self, number: u32) -> Self {
        Self(format!("{}{AGAIN}{number}", self.first().0))
    }

    /// The start that it repeats, or itself.
    #[must_use]
    pub fn first(&self) -> Self {
        let first = self
            .0
            .split_once(AGAIN)
            .map_or(&*self.0, |(first, _)| first);
        Self(first.to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One attempt at a cue; the first is number 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId {
    /// The planned start.
    pub cue: CueId,
    /// Counts the attempts at it.
    pub number: u32,
}

/// One line of a station's as-run, written once and never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts the lines of one journal from 1, without a gap.
    pub sequence: u64,
    /// The line before this one, which so cannot be changed alone.
    pub previous: LineHash,
    /// Station time, when it was known.
    #[serde(rename = "wall_ms")]
    pub wall: Option<WallTime>,
    /// The boot-time clock.
    #[serde(rename = "boot_ms")]
    pub boot: BootTime,
    /// The boot in which `boot_ms` was read.
    pub boot_id: BootId,
    /// The generation that was in force.
    pub generation: u64,
    /// What happened.
    #[serde(flatten)]
    pub record: Record,
}

/// What an as-run line says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// Written before the first sound of an attempt.
    Started {
        /// The attempt.
        attempt: AttemptId,
        /// The broadcast that airs.
        broadcast: BroadcastId,
        /// When it was planned.
        #[serde(rename = "planned_ms")]
        planned: WallTime,
        /// When its first sound leaves the output. The line itself is written up to
        /// [`PREPARE`](crate::air::PREPARE) earlier.
        #[serde(rename = "starts_ms")]
        starts: WallTime,
        /// The recordings of it, in order, each as often as it is heard.
        content: Vec<ContentHash>,
        /// How long the whole lasts, with chime, repeats and gaps.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
        /// Who ordered it as an emergency, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<Order>,
        /// Whether it begins in quiet hours, which an emergency alone may do.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_quiet_hours: bool,
    },
    /// Written after the last sound of an attempt.
    Ended {
        /// The attempt.
        attempt: AttemptId,
        /// How much was heard.
        #[serde(rename = "position_ms", with = "millis")]
        position: Duration,
        /// Why it ended early; `None` when it was heard to its end.
        cut: Option<CutCause>,
        /// How loud it left the output, the mean of what sounded, below full scale; a hint.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level_db: Option<Decibels>,
        /// Whether it came back from the loudspeakers; `None` where nobody listens; a hint.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heard: Option<Heard>,
        /// Who stopped it from the panel, where the cause is the operator; a hint.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<FromPanel>,
    },
    /// The one outcome of a planned cue.
    Outcome {
        /// The planned start.
        cue: CueId,
        /// The broadcast.
        broadcast: BroadcastId,
        /// When it was planned.
        #[serde(rename = "planned_ms")]
        planned: WallTime,
        /// What became of it.
        #[serde(flatten)]
        outcome: Outcome,
        /// Who stopped it from the panel, if somebody did; a hint.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stopped: Option<FromPanel>,
    },
    /// Somebody at the PC stopped an emergency: none of its hearings is left there.
    EmergencyStopped {
        /// The emergency.
        broadcast: BroadcastId,
    },
    /// Somebody at the PC ordered a standby of the programme; its hearings follow. Where station
    /// time is unknown in a line, `planned_ms` and `starts_ms` are by the PC's own clock.
    EmergencyOrdered {
        /// The name of the order, that of a broadcast.
        broadcast: BroadcastId,
        /// The bulletin.
        bulletin: BulletinId,
        /// Its title.
        title: String,
        /// Who ordered it.
        person: PersonId,
        /// Who, and why, in words.
        order: Order,
        /// When; `None` from a release that did not say.
        #[serde(
            default,
            rename = "planned_ms",
            skip_serializing_if = "Option::is_none"
        )]
        planned: Option<WallTime>,
    },
    /// A broadcast of the programme that this release must not air.
    NotUnderstood {
        /// The broadcast, when its name could be read.
        broadcast: Option<BroadcastId>,
        /// What was not understood.
        why: String,
    },
    /// Station time became known, or was set: the times of this line and of those after it rest on
    /// this statement. Lines of the same boot before it are placed by their boot-time reading.
    ClockVouched {
        /// Who stated it.
        by: Voucher,
        /// How far station time moved, in milliseconds, forward when above zero; `None` when it
        /// was unknown before.
        moved_ms: Option<i64>,
        /// Half the width of the interval in which the true time lies.
        #[serde(rename = "uncertainty_ms", with = "millis")]
        uncertainty: Duration,
    },
    /// The PC said over the loudspeakers how it is; written before it sounds. It is a note and no
    /// cue of anybody's. Only for a server that [says](STATUS_SPOKEN) that it takes such lines.
    StatusSpoken {
        /// What it said, in writing.
        said: String,
    },
}

/// [`Record::StatusSpoken`] by its name, for a server to say that it takes such lines
/// ([`AsRunReceipt::also_takes`](crate::wire::AsRunReceipt::also_takes)).
pub const STATUS_SPOKEN: &str = "status_spoken";

/// [`CutCause::DiskUnwritable`] and [`MissedCause::DiskUnwritable`] by their name, for the same.
pub const DISK_UNWRITABLE: &str = "disk_unwritable";

/// What became of a planned cue: exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was heard, wholly or for at least [`AIRED_FRACTION`].
    Aired,
    /// It was heard up to a position.
    Cut {
        /// How much was heard.
        #[serde(rename = "position_ms", with = "millis")]
        position: Duration,
        /// Why it ended there.
        why: CutCause,
    },
    /// It was not heard, and should have been.
    Missed {
        /// Why.
        why: MissedCause,
    },
    /// It was not heard, because something or somebody forbade it.
    Suppressed {
        /// What or who.
        by: Suppressor,
    },
}

/// Why sound ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutCause {
    /// The power went, or the program died.
    PowerLost,
    /// Somebody pressed STOP, at the PC or on the panel.
    Operator,
    /// The sound card was lost and did not come back in time.
    OutputLost,
    /// Quiet hours began.
    QuietHours,
    /// The validity of its bulletin ended.
    Expired,
    /// The programme no longer holds it.
    Withdrawn,
    /// An emergency took the air.
    Emergency,
    /// The program was told to end.
    ShutDown,
    /// The disk took nothing any more, and without a record nothing sounds. Only for a server that
    /// [says](DISK_UNWRITABLE) that it takes this cause.
    DiskUnwritable,
}

impl CutCause {
    /// Whether it hides how much was heard: more than was last noted.
    pub fn hides_the_position(self) -> bool {
        matches!(self, Self::PowerLost | Self::DiskUnwritable)
    }
}

/// Why something was not heard that should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissedCause {
    /// The PC or the program was off.
    PowerOff,
    /// Nobody had vouched for the time.
    ClockUnknown,
    /// A recording of it was not ready on the station.
    NotReady,
    /// The programme that names it came too late.
    LateProgramme,
    /// The output could not be opened.
    OutputFailed,
    /// What came before took too long.
    Overrun,
    /// The village head was asked and did not answer.
    NotAnswered,
    /// The disk took nothing that was written. Only for a server that [says](DISK_UNWRITABLE) that
    /// it takes this cause.
    DiskUnwritable,
}

/// What or who forbade it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suppressor {
    /// It would have sounded in quiet hours.
    QuietHours,
    /// Its bulletin is no longer valid.
    Expired,
    /// The programme no longer holds it.
    Withdrawn,
    /// A newer start of the same broadcast airs.
    Newer,
    /// The village head said no.
    Head,
    /// Somebody pressed STOP while it waited, at the PC or on the panel.
    Operator,
}
