//! What server and station say to each other, apart from the programme itself.
//!
//! All under `/api/v1`, JSON, asked by the station alone:
//!
//! | request | answer |
//! |---|---|
//! | `POST enrol` [`EnrolRequest`] | [`EnrolAnswer`] |
//! | `POST station/time` [`TimeRequest`], without a token | envelope of [`TimeAnswer`] |
//! | `GET station/programme`, `If-None-Match` | envelope of the programme, `ETag`; or 304 |
//! | `GET station/emergencies`, `If-None-Match` | [`EmergencyList`], `ETag`; or 304 |
//! | `GET station/recordings/{hash}`, `Range` | bytes |
//! | `POST station/as-run` [`AsRunBatch`] | [`AsRunReceipt`] |
//! | `POST station/health` [`Health`] | 204 |
//! | `GET station/events` | event stream, see below |
//!
//! The event stream says `programme`, with the generation as its data, when there is a new one, and
//! `emergency` or `stop`, with the whole envelope as its data: first those that hold when it opens,
//! then each word as it is given. Each answer to `GET station/programme`, also a 304, names in the
//! header [`EMERGENCIES`] the `ETag` of the list of both, so that a station whose stream was cut
//! asks for what it lacks, and only then.
//!
//! Every refusal is a [`Problem`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Voucher;
use crate::ids::{BroadcastId, BulletinId, JournalId, StationId, StopId};
use crate::signed::Envelope;
use crate::units::{Decibels, WallTime, millis};

/// The root of all paths of this interface.
pub const ROOT: &str = "/api/v1";

/// The header by which an answer names the emergencies that hold.
pub const EMERGENCIES: &str = "loaban-emergencies";

/// What concerns a station and waits for no programme: emergencies, each by the last word about it,
/// and stops, all until they expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyList {
    /// Signed for [`Purpose::Emergency`](crate::signed::Purpose::Emergency).
    pub emergencies: Vec<Envelope>,
    /// Signed for [`Purpose::Stop`](crate::signed::Purpose::Stop), the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Envelope>,
}

/// What a station holds of an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldEmergency {
    /// The emergency.
    pub id: BroadcastId,
    /// The last word about it that came.
    pub revision: u64,
    /// Whether its recordings are ready.
    pub ready: bool,
}

/// A village PC asks to become a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The secret part of the enrolment code.
    pub secret: String,
    /// Names the as-run journal that this PC starts.
    pub journal: JournalId,
    /// The PC's own Ed25519 key, 64 hexadecimal digits: it signs the journals that this PC starts.
    pub key: String,
    /// The player's release.
    pub version: String,
}

/// The PC is the station from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The station.
    pub station: StationId,
    /// Its name on the panel.
    pub name: String,
    /// Opens the station's part of the interface (RFC 6750 bearer token).
    pub token: String,
    /// The server's Ed25519 key, 64 hexadecimal digits. The code must pin it.
    pub signing_key: String,
}

/// A station asks for the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRequest {
    /// 32 hexadecimal digits that no other question has.
    pub nonce: String,
}

/// The server states the time, for one question alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeAnswer {
    /// The nonce of the question.
    pub nonce: String,
    /// The server's time when it answered.
    #[serde(rename = "wall_ms")]
    pub wall: WallTime,
}

/// Lines of one journal, without a gap. Sent again they change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsRunBatch {
    /// The journal.
    pub journal: JournalId,
    /// The lines exactly as they were written, each an [`Entry`](crate::as_run::Entry) as JSON.
    pub lines: Vec<String>,
    /// The last of them as the station signed it, [`Tip::sign`](crate::as_run::chain::Tip::sign).
    pub head: Envelope,
}

/// The [`Problem::kind`] of a batch that does not fit what the server holds of its journal. It will
/// never fit: the station goes on in another journal.
pub const BROKEN_JOURNAL: &str = "urn:loa-ban:problem:as-run-broken";

/// What the server holds of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsRunReceipt {
    /// All lines up to this sequence are stored; 0 when none is.
    pub stored_through: u64,
    /// What this server takes in lines beside what every server takes, by its name. A station
    /// writes no line that its server would refuse, for all after it would wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_takes: Vec<String>,
}

/// How a station is, by its own account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// The player's release.
    pub version: String,
    /// The generation that it airs; 0 when it holds none.
    pub generation: u64,
    /// Who vouched for its time; `None` while the time is unknown.
    pub clock: Option<Voucher>,
    /// How far the PC's own clock is from station time, in milliseconds, while that is known.
    pub system_clock_error_ms: Option<i64>,
    /// What it holds of emergencies, until they expire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emergencies: Vec<HeldEmergency>,
    /// Bulletins that stand by with all their recordings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standby: Vec<BulletinId>,
    /// Stops that it has obeyed, until they expire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<StopId>,
    /// Recordings of the programme that are ready.
    pub ready: u32,
    /// Recordings that the programme names.
    pub wanted: u32,
    /// Free bytes on the disk of its state.
    pub disk_free_bytes: u64,
    /// Whether the output could be opened when it was last tried.
    pub output_ok: bool,
    /// What is wrong.
    #[serde(default)]
    pub faults: Vec<FaultName>,
    /// The volume that was set at the PC, on top of the programme's; `None` from a release that
    /// does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_db: Option<Decibels>,
    /// How long the program has been running.
    #[serde(rename = "uptime_ms", with = "millis")]
    pub uptime: Duration,
}

/// Something at a station that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The PC's hardware clock went wrong while the PC was off: its battery is flat.
    HardwareClockBad,
    /// The time is unknown: nothing airs.
    ClockUnknown,
    /// The PC's own clock is more than a minute off.
    ClockWrong,
    /// The output cannot be opened.
    OutputLost,
    /// The disk is nearly full.
    DiskLow,
    /// The month's bytes are spent: recordings that are not needed within a day wait.
    DataSpent,
    /// A recording was refused or could not be readied.
    RecordingRefused,
    /// The server offered a programme that was refused.
    ProgrammeRefused,
    /// What was offered is earlier than the programme that is held, and was refused for that.
    ProgrammePast,
    /// An item of the programme was not understood and does not air.
    ItemNotUnderstood,
    /// The amplifier or transmitter does not do as it is told, or was on for too long.
    Amplifier,
    /// What was aired last did not come back from the loudspeakers.
    NotHeard,
    /// The player cannot go on, and tries again by itself: nothing airs.
    Stuck,
    /// The disk takes nothing any more: it is full, read-only or broken. Nothing airs.
    DiskUnwritable,
    /// The disk made a part of what the station keeps unreadable: it goes on without that part.
    StateDamaged,
    /// A release was installed that does not run or cannot read what is kept: the old one airs on.
    UpgradeFailed,
    /// What the player is told at its PC is not understood: what it understood last holds.
    SettingsRefused,
    /// The page on the PC cannot be seen: another program has its address. What is planned airs.
    PageShut,
    /// For two weeks nobody has said that the programme is the newest: it is aired on.
    ProgrammeOld,
}

/// A fault as whoever hears of it has its name. A station may be of a later release than its
/// server, and know faults that have no words there: all else that it says counts as ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FaultName {
    /// One that this release knows.
    Known(Fault),
    /// One that it does not know, by its name.
    Unknown(String),
}

impl From<Fault> for FaultName {
    fn from(fault: Fault) -> Self {
        Self::Known(fault)
    }
}

/// A refusal, as `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the kind of problem; `about:blank` when the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short summary of the kind.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong here, and what to do next, for a person.
    pub detail: String,
}
