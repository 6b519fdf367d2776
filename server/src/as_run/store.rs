//! Lines of journals as they come: each is kept once, whatever is sent again.

use anyhow::Context;
use programme::as_run::{Entry, Record};
use programme::ids::{JournalId, StationId};
use programme::wire::{AsRunBatch, AsRunReceipt};

use crate::database::Connection;
use crate::programmes::publish;
use crate::state::State;
use crate::stations::caller::Caller;
use crate::web::errors::{Error, Result};

/// What is announced after a station's lines came in, followed by its name.
pub const SUBJECT: &str = "as-run ";

/// Keeps the lines of `batch` that are new and says up to where the journal is whole.
///
/// # Errors
/// 409 for a journal of another station, 422 for a line without a number.
pub async fn keep(state: &State, caller: &Caller, batch: &AsRunBatch) -> Result<AsRunReceipt> {
    if batch.entries.iter().any(|entry| entry.sequence == 0) {
        return Err(Error::invalid("error-as-run-sequence"));
    }
    let mut write = state.database.write().await?;
    write.hold(batch.journal.as_str()).await?;
    let received = state.now().as_millis();
    sqlx::query(
        "INSERT INTO journals (id, station_id, stored_through) VALUES ($1, $2, 0) \
         ON CONFLICT DO NOTHING",
    )
    .bind(batch.journal.as_str())
    .bind(caller.id.as_str())
    .execute(&mut *write)
    .await?;
    let stored = require_own(&mut write, &batch.journal, &caller.id).await?;
    for entry in &batch.entries {
        insert(&mut write, &caller.id, &batch.journal, entry, received).await?;
    }
    let through = whole_through(&mut write, &batch.journal, stored).await?;
    sqlx::query("UPDATE journals SET stored_through = $1 WHERE id = $2")
        .bind(through)
        .bind(batch.journal.as_str())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    if let Some(held) = batch.entries.iter().map(|entry| entry.generation).max() {
        publish::note_held(state, &caller.id, held).await?;
    }
    state
        .wake
        .announce(&format!("{SUBJECT}{}", caller.id))
        .await;
    let stored_through = u64::try_from(through).context("number a line")?;
    Ok(AsRunReceipt { stored_through })
}

/// Up to where the journal is whole, if it is a journal of `station`.
///
/// # Errors
/// 409 when it is another station's.
pub async fn require_own(
    connection: &mut Connection,
    journal: &JournalId,
    station: &StationId,
) -> Result<i64> {
    let (owner, stored): (String, i64) =
        sqlx::query_as("SELECT station_id, stored_through FROM journals WHERE id = $1")
            .bind(journal.as_str())
            .fetch_one(connection)
            .await?;
    if owner == station.as_str() {
        Ok(stored)
    } else {
        Err(Error::conflict("error-as-run-journal"))
    }
}

async fn insert(
    connection: &mut Connection,
    station: &StationId,
    journal: &JournalId,
    entry: &Entry,
    received_at_ms: i64,
) -> Result<()> {
    let columns = Columns::of(&entry.record);
    sqlx::query(
        "INSERT INTO as_run (journal_id, sequence, station_id, received_at_ms, record, cue, \
         broadcast_id, planned_ms, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT DO NOTHING",
    )
    .bind(journal.as_str())
    .bind(i64::try_from(entry.sequence).context("number a line")?)
    .bind(station.as_str())
    .bind(received_at_ms)
    .bind(columns.record)
    .bind(columns.cue)
    .bind(columns.broadcast)
    .bind(columns.planned_ms)
    .bind(serde_json::to_string(entry)?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The sequence up to which no line is missing, given that none is up to `from`.
async fn whole_through(connection: &mut Connection, journal: &JournalId, from: i64) -> Result<i64> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT sequence FROM as_run WHERE journal_id = $1 AND sequence > $2 ORDER BY sequence",
    )
    .bind(journal.as_str())
    .bind(from)
    .fetch_all(connection)
    .await?;
    let whole = (from.saturating_add(1)..)
        .zip(rows)
        .take_while(|(next, row)| *next == row.0);
    Ok(whole.last().map_or(from, |(through, _)| through))
}

/// What of a line is looked for by.
struct Columns<'r> {
    record: &'static str,
    cue: Option<&'r str>,
    broadcast: Option<&'r str>,
    planned_ms: Option<i64>,
}

impl<'r> Columns<'r> {
    fn of(record: &'r Record) -> Self {
        match record {
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
            Record::NotUnderstood { broadcast, .. } => Self {
                record: "not_understood",
                cue: None,
                broadcast: broadcast.as_ref().map(|id| id.as_str()),
                planned_ms: None,
            },
        }
    }
}
