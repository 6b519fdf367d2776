//! What a player is doing, told from outside: by what lies in its state folder and by what is under
//! way on its wire.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use programme::as_run::{Entry, Record};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::network::Network;
use crate::village::is_unfinished;

/// What a player may be in the middle of; it may be so of several at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// A recording comes.
    Sync,
    /// A recording is made into what airs.
    Readying,
    /// Something airs.
    Airing,
    /// The server was told of it, and the answer has not come.
    Report,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sync, Self::Readying, Self::Airing, Self::Report];

    /// Whether a player is in this phase, and came into it after its PC was as in `before`. Of a
    /// player that was killed the folder tells, and the wire does not any more.
    pub async fn is_on(self, state: &Path, network: &Network, before: &Traces) -> bool {
        match self {
            Self::Sync => {
                let came = |(name, bytes)| before.arrived.get(name) != Some(bytes);
                arrived(state).iter().any(came)
            }
            Self::Readying => !unsealed(state).is_subset(&before.unsealed),
            Self::Airing => {
                let on_air = on_air(state).await;
                on_air.is_some() && on_air != before.on_air
            }
            Self::Report => network.waits_for("POST /api/v1/station/as-run"),
        }
    }
}

/// What earlier lives left behind.
#[derive(Debug)]
pub struct Traces {
    arrived: BTreeMap<OsString, u64>,
    unsealed: BTreeSet<PathBuf>,
    on_air: Option<i64>,
}

impl Traces {
    /// What lies in a player's folder.
    pub async fn of(state: &Path) -> Self {
        Self {
            arrived: arrived(state),
            unsealed: unsealed(state),
            on_air: on_air(state).await,
        }
    }
}

/// The recordings of which a part has come, and how many bytes.
fn arrived(state: &Path) -> BTreeMap<OsString, u64> {
    let entries = std::fs::read_dir(state.join("recordings/partial"));
    let files = entries.into_iter().flatten().flatten();
    // What is moved away at this moment has come.
    let sizes = files.filter_map(|file| Some((file.file_name(), file.metadata().ok()?.len())));
    sizes.collect()
}

/// What is written so that it can air, and has no seal yet. The name of what is not finished has in
/// it who writes it.
fn unsealed(state: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(state.join("ready"));
    let entries = entries.into_iter().flatten().flatten();
    let files: BTreeSet<PathBuf> = entries.map(|file| file.path()).collect();
    let is_unsealed = |file: &&PathBuf| {
        let is_wav = file.extension().is_some_and(|ending| ending == "wav");
        is_unfinished(file) || is_wav && !files.contains(&file.with_extension("wav.sha256"))
    };
    files.iter().filter(is_unsealed).cloned().collect()
}

/// The line by which an attempt was begun that has no end.
async fn on_air(state: &Path) -> Option<i64> {
    let file = state.join("state.db");
    // Nothing is written home by whoever only reads: it stays as the power cut left it.
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut db = options.connect().await.ok()?;
    let lines: Vec<(i64, String)> =
        sqlx::query_as("SELECT line, entry FROM journal ORDER BY line DESC")
            .fetch_all(&mut db)
            .await
            .ok()?;
    // One thing airs at a time, so that the last word about any attempt is about the last one.
    let last = lines.into_iter().find_map(|(line, entry)| {
        let entry: Entry = serde_json::from_str(&entry).expect("a line");
        match entry.record {
            Record::Started { .. } => Some(Some(line)),
            Record::Ended { .. } => Some(None),
            Record::Outcome { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. } => None,
        }
    });
    last.flatten()
}
