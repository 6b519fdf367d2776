//! What the server and a PC hold of the as-run, read where they keep it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use programme::as_run::{AttemptId, Entry, Record};
use programme::ids::ContentHash;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::time::{sleep, timeout};
use town::town::Town;
use town::village::Village;

/// What must come at the end has come within this.
const PATIENCE: Duration = Duration::from_secs(180);

/// Waits until the server knows what became of as many cues.
pub async fn settled(town: &Town, wanted: u64) {
    let known = async {
        loop {
            let count: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM as_run WHERE record = 'outcome'")
                    .fetch_one(&mut open(&town.database()).await)
                    .await
                    .expect("a count");
            if count.unsigned_abs() >= wanted {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    };
    timeout(PATIENCE, known)
        .await
        .expect("every cue has its outcome");
}

async fn open(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.expect("a database")
}

/// Journal, number and text of a line.
pub type Line = (String, i64, String);

/// What the server holds of a station.
pub async fn lines_of(town: &Town, station: &str) -> Vec<Line> {
    sqlx::query_as(
        "SELECT journal_id, sequence, entry FROM as_run WHERE station_id = $1
         ORDER BY journal_id, sequence",
    )
    .bind(station)
    .fetch_all(&mut open(&town.database()).await)
    .await
    .expect("the server's lines")
}

/// What the PC holds.
pub async fn own_lines(village: &Village) -> Vec<Line> {
    sqlx::query_as("SELECT journal, sequence, entry FROM journal ORDER BY journal, sequence")
        .fetch_all(&mut open(&village.state().join("state.db")).await)
        .await
        .expect("the PC's lines")
}

/// Each cue has one outcome, is heard to its end at most once, and is not begun after its outcome.
pub fn each_airs_once(lines: &[Line], ordered: &BTreeSet<String>) {
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    let mut heard: BTreeMap<String, u32> = BTreeMap::new();
    for (_, _, line) in lines {
        let entry: Entry = serde_json::from_str(line).expect("a line");
        match entry.record {
            Record::Started { attempt, .. } => {
                let over = outcomes
                    .keys()
                    .any(|id| attempt.cue.as_str().starts_with(id));
                assert!(!over, "{} begins after its outcome", attempt.cue);
            }
            Record::Ended { attempt, cut, .. } => {
                let cue = attempt.cue.as_str().to_owned();
                *heard.entry(cue).or_default() += u32::from(cut.is_none());
            }
            Record::Outcome { broadcast, .. } => {
                *outcomes.entry(broadcast.to_string()).or_default() += 1;
            }
            Record::ClockVouched { .. } | Record::StatusSpoken { .. } => {}
            Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. } => panic!("{line}"),
        }
    }
    assert!(outcomes.values().all(|count| *count == 1), "{outcomes:?}");
    assert!(outcomes.keys().eq(ordered), "{outcomes:?} of {ordered:?}");
    assert!(heard.values().all(|count| *count <= 1), "{heard:?}");
}

/// What the log says of one attempt.
#[derive(Debug)]
pub struct Attempt {
    /// Its name.
    pub id: AttemptId,
    /// The only recording of it.
    pub sound: ContentHash,
    /// Whether it was heard to its end.
    pub whole: bool,
}

/// The attempts of a PC, in the order in which they were begun.
pub fn attempts(lines: &[Line]) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    for (_, _, line) in lines {
        let entry: Entry = serde_json::from_str(line).expect("a line");
        match entry.record {
            Record::Started {
                attempt, content, ..
            } => attempts.push(Attempt {
                id: attempt,
                sound: content[0],
                whole: false,
            }),
            Record::Ended { attempt, cut, .. } => {
                let begun = attempts.iter_mut().find(|begun| begun.id == attempt);
                begun.expect("what ends was begun").whole = cut.is_none();
            }
            Record::Outcome { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. } => {}
        }
    }
    attempts
}
