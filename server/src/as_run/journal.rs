//! Journals: whose they are, where each ends, and whether it holds together.

use anyhow::Context;
use ed25519_dalek::VerifyingKey;
use programme::as_run::chain::{Break, Tip};
use programme::bundle::StoredJournal;
use programme::ids::{JournalId, StationId};
use programme::signed::{Envelope, parse_key};
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::{Error, Result};

/// A journal as far as it is stored.
#[derive(Debug, Clone)]
pub struct Journal {
    /// Its name.
    pub id: JournalId,
    /// The key of the PC that writes it.
    pub key: VerifyingKey,
    /// Where it ends.
    pub tip: Tip,
}

crate::rows! {
    struct Row {
        station_id: String,
        key: String,
        stored_through: i64,
        tip: String,
    }
}

/// The journal `id`, which begins here if it is a new one of the PC that is `station`.
///
/// # Errors
/// 409 when it is another station's.
pub async fn of_station(
    connection: &mut Connection,
    id: &JournalId,
    station: &StationId,
) -> Result<Journal> {
    sqlx::query(
        "INSERT INTO journals (id, station_id, key, stored_through, tip) \
         SELECT $1, id, key, 0, $2 FROM stations WHERE id = $3 AND key IS NOT NULL \
         ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(Tip::start(id).hash.to_string())
    .bind(station.as_str())
    .execute(&mut *connection)
    .await?;
    let row: Row =
        sqlx::query_as("SELECT station_id, key, stored_through, tip FROM journals WHERE id = $1")
            .bind(id.as_str())
            .fetch_one(connection)
            .await?;
    if row.station_id != station.as_str() {
        return Err(Error::conflict("error-as-run-journal"));
    }
    Ok(Journal {
        id: id.clone(),
        key: parse_key(&row.key).context("read the key of a journal")?,
        tip: Tip {
            sequence: row.stored_through.unsigned_abs(),
            hash: row.tip.parse().context("read where a journal ends")?,
        },
    })
}

/// The key of the PC that writes the journal `id`: of one that is new, that of the PC that is
/// `station`. `None` when no PC is.
///
/// # Errors
/// The database failed.
pub async fn key_of(
    connection: &mut Connection,
    id: &JournalId,
    station: &StationId,
) -> Result<Option<VerifyingKey>> {
    let (key,): (Option<String>,) = sqlx::query_as(
        "SELECT COALESCE((SELECT key FROM journals WHERE id = $1), \
         (SELECT key FROM stations WHERE id = $2))",
    )
    .bind(id.as_str())
    .bind(station.as_str())
    .fetch_one(connection)
    .await?;
    let key = key.map(|key| parse_key(&key)).transpose();
    Ok(key.context("read the key of a journal")?)
}

/// How far each journal of `station` is stored of which something is.
///
/// # Errors
/// The database failed.
pub async fn stored_of(
    connection: &mut Connection,
    station: &StationId,
) -> Result<Vec<StoredJournal>> {
    let rows: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT id, stored_through, tip FROM journals \
         WHERE station_id = $1 AND stored_through > 0 ORDER BY id",
    )
    .bind(station.as_str())
    .fetch_all(connection)
    .await?;
    let stored = rows.into_iter().map(|(id, through, tip)| {
        anyhow::Ok(StoredJournal {
            journal: id.parse()?,
            through: through.unsigned_abs(),
            hash: tip.parse()?,
        })
    });
    Ok(stored.collect::<anyhow::Result<_>>()?)
}

/// Up to `most` stored lines of a journal from the number `from` on.
///
/// # Errors
/// The database failed.
pub async fn lines(
    connection: &mut Connection,
    id: &JournalId,
    from: u64,
    most: usize,
) -> Result<Vec<String>> {
    let lines: Vec<(String,)> = sqlx::query_as(
        "SELECT entry FROM as_run WHERE journal_id = $1 AND sequence >= $2 \
         ORDER BY sequence LIMIT $3",
    )
    .bind(id.as_str())
    .bind(i64::try_from(from).unwrap_or(i64::MAX))
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await?;
    Ok(lines.into_iter().map(|(line,)| line).collect())
}

/// Notes where a journal ends from here on, and the station's word for it.
///
/// # Errors
/// The database failed.
pub async fn note_end(
    connection: &mut Connection,
    id: &JournalId,
    tip: Tip,
    head: &Envelope,
) -> Result<()> {
    sqlx::query("UPDATE journals SET stored_through = $1, tip = $2, head = $3 WHERE id = $4")
        .bind(i64::try_from(tip.sequence).context("number a line")?)
        .bind(tip.hash.to_string())
        .bind(serde_json::to_string(head)?)
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes that lines came that do not fit. The first break stays until the PC is enrolled anew.
///
/// # Errors
/// The database failed.
pub async fn note_break(
    connection: &mut Connection,
    id: &JournalId,
    found: &Break,
    now: WallTime,
) -> Result<()> {
    let (by, line) = name(found);
    sqlx::query(
        "UPDATE journals SET broken_at_ms = $1, broken_by = $2, broken_line = $3 \
         WHERE id = $4 AND (broken_at_ms IS NULL OR broken_at_ms < \
         (SELECT s.enrolled_at_ms FROM stations s WHERE s.id = journals.station_id))",
    )
    .bind(now.as_millis())
    .bind(by)
    .bind(i64::try_from(line).unwrap_or(i64::MAX))
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// What the sentence `as-run-break` calls a break, and the line that it speaks of.
pub fn name(found: &Break) -> (&'static str, u64) {
    match found {
        Break::Unreadable { after } => ("unreadable", *after),
        Break::Order { after, .. } => ("order", *after),
        Break::Unlinked { line } => ("unlinked", *line),
        Break::Rewritten { line } => ("rewritten", *line),
        Break::Signature(_) => ("signature", 0),
        Break::OtherEnd { line } => ("end", *line),
    }
}
