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
use crate::web::errors::{Error, Result};

/// What is announced after a station's lines came in, followed by its name.
pub const SUBJECT: &str = "as-run ";

/// What a line about the clock is kept as.
pub const CLOCK_VOUCHED: &str = "clock_vouched";

/// What the line is kept as that says that an emergency was stopped at a station.
pub const EMERGENCY_STOPPED: &str = "emergency_stopped";

/// What the line is kept as that says that somebody ordered a standby at the PC.
pub const EMERGENCY_ORDERED: &str = "emergency_ordered";

/// Keeps the lines of `batch` that are new and says up to where the journal is stored. Lines that
/// begin behind a gap are not kept: the answer asks for those before them.
///
/// # Errors
/// 409 for a journal of another station, and for lines that do not fit what is stored or are not
/// signed by the PC that began the journal: that is noted, and stays to be seen on the panel. 422
/// for a line that this release does not understand.
pub async fn keep(state: &State, caller: &Caller, batch: &AsRunBatch) -> Result<AsRunReceipt> {
    let mut write = state.database.write().await?;
    write.hold(batch.journal.as_str()).await?;
    let held = journal::of_station(&mut write, &batch.journal, &caller.id).await?;
    let first = first(batch, held.tip);
    if first > held.tip.sequence.saturating_add(1) {
        return Ok(receipt(held.tip.sequence));
    }
    let stored = journal::lines(&mut write, &held.id, first, batch.lines.len()).await?;
    let (lines, tip) = match fitting(&held, &stored, batch) {
        Ok(fitting) => fitting,
        Err(found) => {
            journal::note_break(&mut write, &held.id, &found, state.now()).await?;
            write.commit().await?;
            state.metrics.count("as_run_breaks_total");
            tracing::warn!(
                station = caller.name,
                "the as-run that came is broken: {found}"
            );
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
        insert(&mut write, &caller.id, &held.id, (&entry, line), received).await?;
        generation = generation.max(Some(entry.generation));
    }
    if !lines.is_empty() {
        journal::note_end(&mut write, &held.id, tip, &batch.head).await?;
    }
    write.commit().await?;
    if let Some(generation) = generation {
        publish::note_held(state, &caller.id, generation).await?;
    }
    state
        .wake
        .announce(&format!("{SUBJECT}{}", caller.id))
        .await;
    Ok(receipt(held.tip.sequence.max(tip.sequence)))
}

fn receipt(stored_through: u64) -> AsRunReceipt {
    AsRunReceipt {
        stored_through,
        also_takes: vec![STATUS_SPOKEN.to_owned(), DISK_UNWRITABLE.to_owned()],
    }
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
