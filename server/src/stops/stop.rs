//! One stop as the database holds it, exactly as it was signed.

use programme::ids::{AreaId, PersonId, StopId};
use programme::signed::Envelope;
use programme::stop::Stop;
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::{Error, Result};

/// A station is told of so many, the newest: each newer press says more.
const MOST_TOLD: i64 = 20;

/// A stop.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What it says.
    pub word: Stop,
    /// The same as stations receive it.
    pub envelope: Envelope,
}

fn kept(envelope: &str) -> Result<Kept> {
    let envelope: Envelope = serde_json::from_str(envelope)?;
    Ok(Kept {
        word: serde_json::from_slice(&envelope.payload)?,
        envelope,
    })
}

/// The stop with this name.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &StopId) -> Result<Kept> {
    let found: Option<(String,)> = sqlx::query_as("SELECT envelope FROM stops WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    kept(&found.ok_or_else(Error::not_found)?.0)
}

/// The last stop that was said for `area` or something that contains it, since `since`.
///
/// # Errors
/// The database failed.
pub async fn last(
    connection: &mut Connection,
    area: &AreaId,
    since: WallTime,
) -> Result<Option<Kept>> {
    let found: Option<(String,)> = sqlx::query_as(
        "SELECT s.envelope FROM stops s WHERE s.issued_at_ms >= $1 AND EXISTS \
         (SELECT 1 FROM stop_targets t JOIN area_lines l ON l.above_id = t.area_id \
         WHERE t.stop_id = s.id AND l.area_id = $2) ORDER BY s.issued_at_ms DESC, s.id LIMIT 1",
    )
    .bind(since.as_millis())
    .bind(area.as_str())
    .fetch_optional(connection)
    .await?;
    found.map(|(envelope,)| kept(&envelope)).transpose()
}

/// Every stop that was said since `since`, the oldest first.
///
/// # Errors
/// The database failed.
pub async fn said_since(connection: &mut Connection, since: WallTime) -> Result<Vec<Kept>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT envelope FROM stops WHERE issued_at_ms >= $1 ORDER BY issued_at_ms, id",
    )
    .bind(since.as_millis())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|(envelope,)| kept(envelope)).collect()
}

/// What of each stop the stations of the area `$2` are told at `$1`, the newest first.
macro_rules! told {
    ($what:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM stops s WHERE s.expires_at_ms > $1 AND EXISTS \
             (SELECT 1 FROM stop_targets t JOIN area_lines l ON l.above_id = t.area_id \
             WHERE t.stop_id = s.id AND l.area_id = $2) ORDER BY s.issued_at_ms DESC, s.id LIMIT $3"
        )
    };
}

/// The stops that the stations of `area` are told of, the oldest first.
///
/// # Errors
/// The database failed.
pub async fn told(connection: &mut Connection, area: &AreaId, now: WallTime) -> Result<Vec<Kept>> {
    let told = texts(connection, told!("s.envelope"), area, now).await?;
    told.iter().map(|envelope| kept(envelope)).collect()
}

/// The names of those that [`told`] gives. Every poll asks for it.
///
/// # Errors
/// The database failed.
pub async fn names(
    connection: &mut Connection,
    area: &AreaId,
    now: WallTime,
) -> Result<Vec<String>> {
    texts(connection, told!("s.id"), area, now).await
}

async fn texts(
    connection: &mut Connection,
    told: &'static str,
    area: &AreaId,
    now: WallTime,
) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = sqlx::query_as(told)
        .bind(now.as_millis())
        .bind(area.as_str())
        .bind(MOST_TOLD)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().rev().map(|(text,)| text).collect())
}

/// Keeps a stop.
///
/// # Errors
/// The database failed.
pub async fn insert(
    connection: &mut Connection,
    word: &Stop,
    envelope: &str,
    person: &PersonId,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO stops (id, broadcast_id, pressed_by, issued_at_ms, expires_at_ms, envelope) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(word.id.as_str())
    .bind(word.broadcast.as_ref().map(|id| id.as_str()))
    .bind(person.as_str())
    .bind(word.issued_at.as_millis())
    .bind(word.expires_at.as_millis())
    .bind(envelope)
    .execute(&mut *connection)
    .await?;
    for area in &word.areas {
        sqlx::query("INSERT INTO stop_targets (stop_id, area_id) VALUES ($1, $2)")
            .bind(word.id.as_str())
            .bind(area.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
