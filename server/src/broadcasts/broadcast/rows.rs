//! Broadcasts as rows of the database.

use std::collections::BTreeMap;
use std::time::Duration;

use programme::ids::{AreaId, BroadcastId, BulletinId};
use programme::units::WallTime;
use sqlx::AssertSqlSafe;

use super::{Broadcast, LIST_LIMIT, Which};
use crate::database::{Connection, places};
use crate::emergencies::{at_pcs, emergency};
use crate::web::errors::{Error, Result};

crate::rows! {
    pub(super) struct Row {
        id: String,
        rule: String,
        since_ms: i64,
        repeats: i64,
        gap_ms: i64,
        missed: String,
        chime: i64,
        created_by: Option<String>,
        cancelled_at_ms: Option<i64>,
        moved_to: Option<String>,
    }
}

/// A question that gives such rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.rule, b.since_ms, b.repeats, b.gap_ms, b.missed, b.chime, \
             b.created_by, b.cancelled_at_ms, b.moved_to FROM broadcasts b ",
            $rest
        )
    };
}
pub(super) use select;

/// The broadcast with this name.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &BroadcastId) -> Result<Broadcast> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE b.id = $1"))
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    whole(connection, row.ok_or_else(Error::not_found)?).await
}

/// The broadcasts that stations of `area` are to hold, in the order of their making: not
/// cancelled, and not over since before `over_since`. What was ordered after the area was closed,
/// or what contains it, does not reach it.
///
/// # Errors
/// The database failed.
pub async fn in_force(
    connection: &mut Connection,
    area: &AreaId,
    over_since: WallTime,
) -> Result<Vec<Broadcast>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE b.cancelled_at_ms IS NULL AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND EXISTS (SELECT 1 FROM broadcast_targets t \
         JOIN area_lines l ON l.above_id = t.area_id \
         WHERE t.broadcast_id = b.id AND l.area_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM area_lines l JOIN areas c ON c.id = l.above_id \
         WHERE l.area_id = $1 AND c.closed_at_ms <= b.created_at_ms) \
         ORDER BY b.created_at_ms, b.id"
    ))
    .bind(area.as_str())
    .bind(over_since.as_millis())
    .fetch_all(&mut *connection)
    .await?;
    all(connection, rows).await
}

/// The names of the broadcasts that stations of each area in `within`, itself included, are to
/// hold, as [`in_force`] says.
///
/// # Errors
/// The database failed.
pub async fn in_force_below(
    connection: &mut Connection,
    within: &AreaId,
    over_since: WallTime,
) -> Result<BTreeMap<AreaId, Vec<BroadcastId>>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT DISTINCT u.area_id, b.id, b.created_at_ms FROM area_lines u \
         JOIN area_lines l ON l.area_id = u.area_id \
         JOIN broadcast_targets t ON t.area_id = l.above_id \
         JOIN broadcasts b ON b.id = t.broadcast_id \
         WHERE u.above_id = $1 AND b.cancelled_at_ms IS NULL \
         AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND NOT EXISTS (SELECT 1 FROM area_lines n JOIN areas c ON c.id = n.above_id \
         WHERE n.area_id = u.area_id AND c.closed_at_ms <= b.created_at_ms) \
         ORDER BY u.area_id, b.created_at_ms, b.id",
    )
    .bind(within.as_str())
    .bind(over_since.as_millis())
    .fetch_all(connection)
    .await?;
    let mut by_area: BTreeMap<AreaId, Vec<BroadcastId>> = BTreeMap::new();
    for (area, broadcast, _) in rows {
        let area = area.parse().map_err(anyhow::Error::from)?;
        let broadcast = broadcast.parse().map_err(anyhow::Error::from)?;
        by_area.entry(area).or_default().push(broadcast);
    }
    Ok(by_area)
}

/// The broadcasts that name a bulletin, the newest first.
///
/// # Errors
/// The database failed.
pub async fn of_bulletin(
    connection: &mut Connection,
    bulletin: &BulletinId,
) -> Result<Vec<Broadcast>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "JOIN broadcast_bulletins m ON m.broadcast_id = b.id \
         WHERE m.bulletin_id = $1 ORDER BY b.created_at_ms DESC, b.id"
    ))
    .bind(bulletin.as_str())
    .fetch_all(&mut *connection)
    .await?;
    all(connection, rows).await
}

/// The broadcasts that a person may see, those that were made last first: what is meant for an
/// area of theirs, or for one above it.
///
/// # Errors
/// The database failed.
pub async fn visible(
    connection: &mut Connection,
    person: &str,
    which: Which,
    now: WallTime,
) -> Result<Vec<Broadcast>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE (CASE WHEN b.cancelled_at_ms IS NULL \
         AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND EXISTS (SELECT 1 FROM broadcast_bulletins m JOIN bulletins c ON c.id = m.bulletin_id \
         WHERE m.broadcast_id = b.id AND c.state <> 'withdrawn') \
         AND NOT ((b.rule LIKE '%\"now\"%' OR b.rule LIKE '%\"once\"%') \
         AND EXISTS (SELECT 1 FROM as_run a \
         WHERE a.broadcast_id = b.id AND a.record = 'outcome') \
         AND NOT EXISTS (SELECT 1 FROM stations s JOIN area_lines l ON l.area_id = s.area_id \
         JOIN broadcast_targets t ON t.area_id = l.above_id \
         WHERE t.broadcast_id = b.id AND s.enrolled_at_ms IS NOT NULL \
         AND s.closed_at_ms IS NULL AND NOT EXISTS (SELECT 1 FROM as_run a \
         WHERE a.broadcast_id = b.id AND a.station_id = s.id AND a.record = 'outcome'))) \
         THEN 1 ELSE 0 END) = $3 \
         AND EXISTS (SELECT 1 FROM broadcast_targets t JOIN area_lines l \
         ON l.area_id = t.area_id OR l.above_id = t.area_id JOIN roles r \
         ON (l.area_id = t.area_id AND r.area_id = l.above_id) \
         OR (l.above_id = t.area_id AND r.area_id = l.area_id) \
         WHERE t.broadcast_id = b.id AND r.person_id = $1) \
         ORDER BY b.created_at_ms DESC, b.id LIMIT $4"
    ))
    .bind(person)
    .bind(now.as_millis())
    .bind(i64::from(which == Which::Coming))
    .bind(LIST_LIMIT)
    .fetch_all(&mut *connection)
    .await?;
    all(connection, rows).await
}

/// Keeps a new broadcast, and says whether it is new: a `request_key` that was used already is the
/// same form sent twice.
///
/// # Errors
/// The database failed.
pub async fn insert(
    connection: &mut Connection,
    broadcast: &Broadcast,
    request_key: Option<&str>,
) -> Result<bool> {
    let inserted = sqlx::query(
        "INSERT INTO broadcasts (id, rule, since_ms, over_at_ms, repeats, gap_ms, missed, chime, \
         request_key, created_by, created_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $3) ON CONFLICT DO NOTHING",
    )
    .bind(broadcast.id.as_str())
    .bind(serde_json::to_string(&broadcast.rule)?)
    .bind(broadcast.since.as_millis())
    .bind(broadcast.over_at().map(WallTime::as_millis))
    .bind(i64::from(broadcast.repeats))
    .bind(i64::try_from(broadcast.gap.as_millis()).unwrap_or(i64::MAX))
    .bind(serde_json::to_string(&broadcast.missed)?)
    .bind(i64::from(broadcast.chime))
    .bind(request_key)
    .bind(&broadcast.created_by)
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for (position, bulletin) in broadcast.bulletins.iter().enumerate() {
        sqlx::query(
            "INSERT INTO broadcast_bulletins (broadcast_id, position, bulletin_id) \
             VALUES ($1, $2, $3)",
        )
        .bind(broadcast.id.as_str())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .bind(bulletin.as_str())
        .execute(&mut *connection)
        .await?;
    }
    for area in &broadcast.targets {
        sqlx::query("INSERT INTO broadcast_targets (broadcast_id, area_id) VALUES ($1, $2)")
            .bind(broadcast.id.as_str())
            .bind(area.as_str())
            .execute(&mut *connection)
            .await?;
    }
    Ok(true)
}

/// The broadcast that a form with this key made.
///
/// # Errors
/// The database failed.
pub async fn by_request_key(connection: &mut Connection, key: &str) -> Result<Option<BroadcastId>> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT id FROM broadcasts WHERE request_key = $1")
            .bind(key)
            .fetch_optional(connection)
            .await?;
    Ok(found
        .map(|(id,)| id.parse())
        .transpose()
        .map_err(anyhow::Error::from)?)
}

/// Cancels a broadcast, and says whether it was in force until then.
///
/// # Errors
/// The database failed.
pub async fn cancel(
    connection: &mut Connection,
    id: &BroadcastId,
    person: Option<&str>,
    now: WallTime,
) -> Result<bool> {
    let cancelled = sqlx::query(
        "UPDATE broadcasts SET cancelled_at_ms = $1, cancelled_by = $2 \
         WHERE id = $3 AND cancelled_at_ms IS NULL",
    )
    .bind(now.as_millis())
    .bind(person)
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(cancelled.rows_affected() > 0)
}

/// The titles of what a broadcast airs, in order, as one text; an emergency has one title.
///
/// # Errors
/// The database failed.
pub async fn titles(connection: &mut Connection, broadcast: &BroadcastId) -> Result<String> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT b.title FROM broadcast_bulletins m JOIN bulletins b ON b.id = m.bulletin_id \
         WHERE m.broadcast_id = $1 ORDER BY m.position",
    )
    .bind(broadcast.as_str())
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        let title = match emergency::title(connection, broadcast).await? {
            None => at_pcs::title(connection, broadcast).await?,
            title => title,
        };
        return Ok(title.unwrap_or_default());
    }
    let titles: Vec<String> = rows.into_iter().map(|(title,)| title).collect();
    Ok(titles.join(" · "))
}

/// So many broadcasts are put together at once.
const AT_ONCE: usize = 200;

/// Rows with what they air and where, whatever their number by two questions for each
/// [`AT_ONCE`] of them.
pub(super) async fn all(connection: &mut Connection, rows: Vec<Row>) -> Result<Vec<Broadcast>> {
    let mut broadcasts = Vec::with_capacity(rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let order = "SELECT broadcast_id, bulletin_id FROM broadcast_bulletins";
        let mut bulletins = named_by(connection, order, "position", &ids).await?;
        let order = "SELECT broadcast_id, area_id FROM broadcast_targets";
        let mut targets = named_by(connection, order, "area_id", &ids).await?;
        for row in rows {
            let bulletins = bulletins.remove(&row.id).unwrap_or_default();
            let targets = targets.remove(&row.id).unwrap_or_default();
            broadcasts.push(row.whole(bulletins, targets)?);
        }
    }
    Ok(broadcasts)
}

/// The names that a table holds for each of `ids`, in the order of a column.
async fn named_by(
    connection: &mut Connection,
    select: &'static str,
    order: &'static str,
    ids: &[&str],
) -> Result<BTreeMap<String, Vec<String>>> {
    let places = places(ids.len());
    let mut query = sqlx::query_as(AssertSqlSafe(format!(
        "{select} WHERE broadcast_id IN ({places}) ORDER BY broadcast_id, {order}"
    )));
    for id in ids {
        query = query.bind(*id);
    }
    let rows: Vec<(String, String)> = query.fetch_all(connection).await?;
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, name) in rows {
        named.entry(id).or_default().push(name);
    }
    Ok(named)
}

async fn whole(connection: &mut Connection, row: Row) -> Result<Broadcast> {
    let mut broadcasts = all(connection, vec![row]).await?;
    broadcasts.pop().ok_or_else(Error::not_found)
}

impl Row {
    fn whole(&self, bulletins: Vec<String>, targets: Vec<String>) -> Result<Broadcast> {
        let bulletins = bulletins.into_iter().map(|id| id.parse());
        let targets = targets.into_iter().map(|id| id.parse());
        let moved_to = self.moved_to.as_deref().map(str::parse);
        Ok(Broadcast {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            bulletins: bulletins
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::from)?,
            targets: targets
                .collect::<Result<_, _>>()
                .map_err(anyhow::Error::from)?,
            rule: serde_json::from_str(&self.rule)?,
            since: WallTime::from_millis(self.since_ms),
            repeats: u32::try_from(self.repeats).unwrap_or(1),
            gap: Duration::from_millis(u64::try_from(self.gap_ms).unwrap_or(0)),
            missed: serde_json::from_str(&self.missed)?,
            chime: self.chime != 0,
            created_by: self.created_by.clone(),
            cancelled_at: self.cancelled_at_ms.map(WallTime::from_millis),
            moved_to: moved_to.transpose().map_err(anyhow::Error::from)?,
        })
    }
}
