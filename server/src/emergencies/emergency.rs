//! One emergency as the database holds it: the last word about it, exactly as it was signed.

use programme::emergency::Emergency;
use programme::ids::{AreaId, BroadcastId, BulletinId, PersonId};
use programme::signed::{Envelope, Purpose};
use programme::units::WallTime;

use crate::database::Connection;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Most emergencies in one list.
pub const LIST_LIMIT: i64 = 100;

/// An emergency.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What the last word about it says.
    pub word: Emergency,
    /// The same as stations receive it.
    pub envelope: Envelope,
    /// When it was cancelled.
    pub cancelled_at: Option<WallTime>,
    /// Who cancelled it, by name; `None` when a backup was put back.
    pub cancelled_by: Option<String>,
}

impl Kept {
    /// Whether it may still sound anywhere.
    pub fn holds(&self, now: WallTime) -> bool {
        self.cancelled_at.is_none() && now < self.word.expires_at
    }

    /// Its name and the number of its last word, as [`names`] reads them.
    pub fn name(&self) -> (String, i64) {
        let revision = i64::try_from(self.word.revision).unwrap_or(i64::MAX);
        (self.word.id.to_string(), revision)
    }
}

crate::rows! {
    struct Row {
        envelope: String,
        cancelled_at_ms: Option<i64>,
        cancelled_by: Option<String>,
    }
}

impl Row {
    fn kept(self) -> Result<Kept> {
        let envelope: Envelope = serde_json::from_str(&self.envelope)?;
        Ok(Kept {
            word: serde_json::from_slice(&envelope.payload)?,
            envelope,
            cancelled_at: self.cancelled_at_ms.map(WallTime::from_millis),
            cancelled_by: self.cancelled_by,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT e.envelope, e.cancelled_at_ms, p.full_name AS cancelled_by \
             FROM emergencies e LEFT JOIN people p ON p.id = e.cancelled_by ",
            $rest
        )
    };
}

/// A word about an emergency as stations receive it.
///
/// # Errors
/// It cannot be written as JSON.
pub fn signed(state: &State, word: &Emergency) -> Result<String> {
    let payload = serde_json::to_vec(word)?;
    let envelope = Envelope::sign(Purpose::Emergency, payload, &state.signing_key);
    Ok(serde_json::to_string(&envelope)?)
}

/// The emergency with this name.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &BroadcastId) -> Result<Kept> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE e.id = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or_else(Error::not_found)?.kept()
}

/// Every emergency that stations are to know of: each until it expires, the oldest first.
///
/// # Errors
/// The database failed.
pub async fn all_told(connection: &mut Connection, now: WallTime) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE e.expires_at_ms > $1 ORDER BY e.issued_at_ms, e.id"
    ))
    .bind(now.as_millis())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::kept).collect()
}

/// Those of them that concern the stations of `area`: none that was ordered after it was closed.
///
/// # Errors
/// The database failed.
pub async fn told(connection: &mut Connection, area: &AreaId, now: WallTime) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE e.expires_at_ms > $1 AND EXISTS (SELECT 1 FROM emergency_targets t \
         JOIN area_lines l ON l.above_id = t.area_id \
         WHERE t.emergency_id = e.id AND l.area_id = $2) \
         AND NOT EXISTS (SELECT 1 FROM area_lines l JOIN areas c ON c.id = l.above_id \
         WHERE l.area_id = $2 AND c.closed_at_ms <= e.issued_at_ms) \
         ORDER BY e.issued_at_ms, e.id"
    ))
    .bind(now.as_millis())
    .bind(area.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::kept).collect()
}

/// The areas that an emergency is meant for and passes by, because they were closed when it was
/// ordered.
///
/// # Errors
/// The database failed.
pub async fn closed_to(connection: &mut Connection, kept: &Kept) -> Result<Vec<AreaId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT c.id FROM emergency_targets t JOIN area_lines l ON l.above_id = t.area_id \
         JOIN areas c ON c.id = l.area_id WHERE t.emergency_id = $1 AND c.closed_at_ms <= $2",
    )
    .bind(kept.word.id.as_str())
    .bind(kept.word.issued_at.as_millis())
    .fetch_all(connection)
    .await?;
    let ids = rows.into_iter().map(|(id,)| id.parse());
    Ok(ids.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}

/// The names of those that [`told`] gives, each with the number of its last word. Every poll asks
/// for it, so it reads names and numbers alone.
///
/// # Errors
/// The database failed.
pub async fn names(
    connection: &mut Connection,
    area: &AreaId,
    now: WallTime,
) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(
        "SELECT e.id, e.revision FROM emergencies e WHERE e.expires_at_ms > $1 \
         AND EXISTS (SELECT 1 FROM emergency_targets t \
         JOIN area_lines l ON l.above_id = t.area_id \
         WHERE t.emergency_id = e.id AND l.area_id = $2) \
         AND NOT EXISTS (SELECT 1 FROM area_lines l JOIN areas c ON c.id = l.above_id \
         WHERE l.area_id = $2 AND c.closed_at_ms <= e.issued_at_ms) \
         ORDER BY e.issued_at_ms, e.id",
    )
    .bind(now.as_millis())
    .bind(area.as_str())
    .fetch_all(connection)
    .await?)
}

/// The emergencies that a person may see, the newest first: what is meant for an area of theirs,
/// or for one above it.
///
/// # Errors
/// The database failed.
pub async fn visible(connection: &mut Connection, person: &PersonId) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE EXISTS (SELECT 1 FROM emergency_targets t JOIN area_lines l \
         ON l.area_id = t.area_id OR l.above_id = t.area_id JOIN roles r \
         ON (l.area_id = t.area_id AND r.area_id = l.above_id) \
         OR (l.above_id = t.area_id AND r.area_id = l.area_id) \
         WHERE t.emergency_id = e.id AND r.person_id = $1) \
         ORDER BY e.issued_at_ms DESC, e.id LIMIT $2"
    ))
    .bind(person.as_str())
    .bind(LIST_LIMIT)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::kept).collect()
}

/// The names of the emergencies that air a bulletin, the newest first.
///
/// # Errors
/// The database failed.
pub async fn of_bulletin(
    connection: &mut Connection,
    bulletin: &BulletinId,
) -> Result<Vec<BroadcastId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM emergencies WHERE bulletin_id = $1 ORDER BY issued_at_ms DESC, id",
    )
    .bind(bulletin.as_str())
    .fetch_all(connection)
    .await?;
    let ids = rows.into_iter().map(|(id,)| id.parse());
    Ok(ids.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}

/// The emergency that a form with this key ordered.
///
/// # Errors
/// The database failed.
pub async fn by_request_key(connection: &mut Connection, key: &str) -> Result<Option<BroadcastId>> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT id FROM emergencies WHERE request_key = $1")
            .bind(key)
            .fetch_optional(connection)
            .await?;
    let id = found.map(|(id,)| id.parse()).transpose();
    Ok(id.map_err(anyhow::Error::from)?)
}

/// Keeps the first word about an emergency, and says whether it is new: a `request_key` that was
/// used already is the same form sent twice.
///
/// # Errors
/// The database failed.
pub async fn insert(
    connection: &mut Connection,
    word: &Emergency,
    envelope: &str,
    person: &PersonId,
    request_key: Option<&str>,
) -> Result<bool> {
    let inserted = sqlx::query(
        "INSERT INTO emergencies (id, bulletin_id, title, ordered_by, issued_at_ms, \
         expires_at_ms, revision, envelope, request_key) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(word.id.as_str())
    .bind(word.bulletin.as_str())
    .bind(&word.content.title)
    .bind(person.as_str())
    .bind(word.issued_at.as_millis())
    .bind(word.expires_at.as_millis())
    .bind(i64::try_from(word.revision).unwrap_or(i64::MAX))
    .bind(envelope)
    .bind(request_key)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for area in &word.areas {
        sqlx::query("INSERT INTO emergency_targets (emergency_id, area_id) VALUES ($1, $2)")
            .bind(word.id.as_str())
            .bind(area.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(true)
}

/// Keeps the word that an emergency is over, and says whether it held until then.
///
/// # Errors
/// The database failed.
pub async fn cancel(
    connection: &mut Connection,
    word: &Emergency,
    envelope: &str,
    person: Option<&PersonId>,
    now: WallTime,
) -> Result<bool> {
    let cancelled = sqlx::query(
        "UPDATE emergencies SET revision = $1, envelope = $2, cancelled_by = $3, \
         cancelled_at_ms = $4 WHERE id = $5 AND revision < $1 AND cancelled_at_ms IS NULL",
    )
    .bind(i64::try_from(word.revision).unwrap_or(i64::MAX))
    .bind(envelope)
    .bind(person.map(PersonId::as_str))
    .bind(now.as_millis())
    .bind(word.id.as_str())
    .execute(connection)
    .await?;
    Ok(cancelled.rows_affected() > 0)
}

/// What an emergency is called, if it is one.
///
/// # Errors
/// The database failed.
pub async fn title(connection: &mut Connection, id: &BroadcastId) -> Result<Option<String>> {
    let found: Option<(String,)> = sqlx::query_as("SELECT title FROM emergencies WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(found.map(|(title,)| title))
}
