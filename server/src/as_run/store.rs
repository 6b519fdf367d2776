//! Lines of journals as they come: each is kept once, as it is, and none that does not fit.

use anyhow::Context;
use programme::as_run::chain::{self, Break, Tip};
use programme::as_run::{DISK_UNWRITABLE, Entry, Record, STATUS_SPOKEN};
use programme::ids::{JournalId, StationId};
use programme::units::WallTime;
use programme::wire::{AsRunBatch, AsRunReceipt};

use super::journal::{self, Journal};
use crate::database::Connection;
use crate::programmes::publish;
use crate::state::State;
use crate::stations::caller::Caller;
use crate::stations::station::Station;
use crate::web::errors::{Error, Result};

/// What is announced after a station's lines came in, followed by its name.
pub const SUBJECT: &str = "as-run ";

/// What a line about the clock is kept as.
pub const CLOCK_VOUCHED: &str = "clock_vouched";

/// What the line is kept as that says that an emergency was stopped at a station.
pub const EMERGENCY_STOPPED: &str = "emergency_stopped";

/// What the line is kept as that says that somebody ordered a standby at the PC.
pub const EMERGENCY_ORDERED: &str = "emergency_ordered";

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Up to where its journal is stored.
    pub stored_through: u64,
    /// How many of its lines were new.
    pub new_lines: u64,
    /// Whether it begins behind a gap, so that nothing of it is kept.
    pub waits: bool,
}

/// Keeps the lines of `batch` that are new and says up to where the journal is stored. Lines that
/// begin behind a gap are not kept: the answer asks for those before them.
///
/// # Errors
/// 409 for a journal of another station, and for lines that do not fit what is stored or are not
/// signed by the PC that began the journal: that is noted, and stays to be seen on the panel. 422
/// for a line that this release does not understand.
pub async fn keep(state: &State, caller: &Caller, batch: &AsRunBatch) -> Result<AsRunReceipt> {
    let kept = keep_of(state, (&caller.id, caller.name.as_str()), batch).await?;
    let stored_through = kept.stored_through;
    Ok(AsRunReceipt {
        stored_through,
        also_takes: vec![STATUS_SPOKEN.to_owned(), DISK_UNWRITABLE.to_owned()],
    })
}

/// The same for lines that came by hand. Whatever can happen to a stick says nothing about the PC:
/// lines that were altered on the way are refused, and no break of the log is noted.
///
/// # Errors
/// As [`keep`], and 409 for lines that are not as the station's PC wrote and signed them.
pub async fn keep_by_hand(state: &State, station: &Station, batch: &AsRunBatch) -> Result<Kept> {
    let mut connection = state.database.read().await?;
    let key = journal::key_of(&mut connection, &batch.journal, &station.id).await?;
    drop(connection);
    let key = key.ok_or_else(|| Error::conflict("error-parcel-foreign"))?;
    chain::as_written(&batch.journal, &batch.lines, &batch.head, &key).map_err(|found| {
        let (why, line) = journal::name(&found);
        let altered = Error::conflict("error-parcel-altered");
        altered.with("why", why).with("line", line)
    })?;
    keep_of(state, (&station.id, station.name.as_str()), batch).await
}

async fn keep_of(
    state: &State,
    (station, name): (&StationId, &str),
    batch: &AsRunBatch,
) -> Result<Kept> {
    let mut write = state.database.write().await?;
    write.hold(batch.journal.as_str()).await?;
    let held = journal::of_station(&mut write, &batch.journal, station).await?;
    let first = first(batch, held.tip);
    if first > held.tip.sequence.saturating_add(1) {
        return Ok(Kept {
            stored_through: held.tip.sequence,
            new_lines: 0,
            waits: true,
        });
    }
    let stored = journal::lines(&mut write, &held.id, first, batch.lines.len()).await?;
    let (lines, tip) = match fitting(&held, &stored, batch) {
        Ok(fitting) => fitting,
        Err(found) => {
            journal::note_break(&mut write, &held.id, &found, state.now()).await?;
            write.commit().await?;
            state.metrics.count("as_run_breaks_total");
            tracing::warn!(station = name, "the as-run that came is broken: {found}");
            let (why, line) = journal::name(&found);
            let broken = Error::conflict("error-as-run-broken");
            return Err(broken.with("why", why).with("line", line));
        }
    };
    let received = state.now().as_millis();
    let mut generation = None;
    for line in lines {
        let entry: Entry = serde_json::from_str(line)
            .map_err(|error| Error::invalid("error-as-run-line").with("why", error))?;
        insert(&mut write, station, &held.id, (&entry, line), received).await?;
        generation = generation.max(Some(entry.generation));
    }
    if !lines.is_empty() {
        journal::note_end(&mut write, &held.id, tip, &batch.head).await?;
    }
    write.commit().await?;
    if let Some(generation) = generation {
        publish::note_held(state, station, generation).await?;
    }
    state.wake.announce(&format!("{SUBJECT}{station}")).await;
    Ok(Kept {
        stored_through: held.tip.sequence.max(tip.sequence),
        new_lines: lines.len() as u64,
        waits: false,
    })
}

/// The number of the first line. What is no line at all is held against the end of the journal.
fn first(batch: &AsRunBatch, end: Tip) -> u64 {
    let first = batch.lines.first().and_then(|line| Tip::at(line).ok());
    first.map_or(end.sequence.saturating_add(1), |first| first.sequence)
}

/// The lines of `batch` that are new, and where it ends.
fn fitting<'b>(
    held: &Journal,
    stored: &[String],
    batch: &'b AsRunBatch,
) -> Result<(&'b [String], Tip), Break> {
    let (new, tip) = chain::continued(held.tip, stored, &batch.lines)?;
    tip.require(&held.id, &batch.head, &held.key)?;
    Ok((new, tip))
}

async fn insert(
    connection: &mut Connection,
    station: &StationId,
    journal: &JournalId,
    (entry, line): (&Entry, &str),
    received_at_ms: i64,
) -> Result<()> {
    let columns = Columns::of(entry);
    sqlx::query(
        "INSERT INTO as_run (journal_id, sequence, station_id, received_at_ms, record, cue, \
         broadcast_id, planned_ms, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(journal.as_str())
    .bind(i64::try_from(entry.sequence).context("number a line")?)
    .bind(station.as_str())
    .bind(received_at_ms)
    .bind(columns.record)
    .bind(columns.cue)
    .bind(columns.broadcast)
    .bind(columns.planned_ms)
    .bind(line)
    .execute(connection)
    .await?;
    Ok(())
}

/// What of a line is looked for by.
struct Columns<'r> {
    record: &'static str,
    cue: Option<&'r str>,
    broadcast: Option<&'r str>,
    /// When a cue was planned; of a line about the clock or the PC itself, when it was written.
    planned_ms: Option<i64>,
}

impl<'r> Columns<'r> {
    fn of(entry: &'r Entry) -> Self {
        match &entry.record {
            Record::Started {
                attempt,
                broadcast,
                planned,
                ..
            } => Self {
                record: "started",
                cue: Some(attempt.cue.as_str()),
                broadcast: Some(broadcast.as_str()),
                planned_ms: Some(planned.as_millis()),
            },
            Record::Ended { attempt, .. } => Self {
                record: "ended",
                cue: Some(attempt.cue.as_str()),
                broadcast: None,
                planned_ms: None,
            },
            Record::Outcome {
                cue,
                broadcast,
                planned,
                ..
            } => Self {
                record: "outcome",
                cue: Some(cue.as_str()),
                broadcast: Some(broadcast.as_str()),
                planned_ms: Some(planned.as_millis()),
            },
            Record::EmergencyStopped { broadcast } => Self {
                record: EMERGENCY_STOPPED,
                cue: None,
                broadcast: Some(broadcast.as_str()),
                planned_ms: None,
            },
            Record::EmergencyOrdered { broadcast, .. } => Self {
                record: EMERGENCY_ORDERED,
                cue: None,
                broadcast: Some(broadcast.as_str()),
                planned_ms: None,
            },
            Record::NotUnderstood { broadcast, .. } => Self {
                record: "not_understood",
                cue: None,
                broadcast: broadcast.as_ref().map(|id| id.as_str()),
                planned_ms: None,
            },
            Record::StatusSpoken { .. } => Self {
                record: STATUS_SPOKEN,
                cue: None,
                broadcast: None,
                planned_ms: entry.wall.map(WallTime::as_millis),
            },
            Record::ClockVouched { .. } => Self {
                record: CLOCK_VOUCHED,
                cue: None,
                broadcast: None,
                planned_ms: entry.wall.map(WallTime::as_millis),
            },
        }
    }
}
