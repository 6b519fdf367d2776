//! One broadcast as the database holds it: what airs, where, and when.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use programme::ids::{AreaId, BroadcastId, BulletinId};
use programme::programme::MissedRule;
use programme::rule::Rule;
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::{Error, Result};

/// A broadcast.
#[derive(Debug, Clone, PartialEq)]
pub struct Broadcast {
    /// Its name.
    pub id: BroadcastId,
    /// What airs, in order.
    pub bulletins: Vec<BulletinId>,
    /// Where: each area with everything below it.
    pub targets: Vec<AreaId>,
    /// When.
    pub rule: Rule,
    /// When it came into force.
    pub since: WallTime,
    /// How often the whole is heard at each start.
    pub repeats: u32,
    /// Silence between two repeats.
    pub gap: Duration,
    /// What happens to a start that could not take place.
    pub missed: MissedRule,
    /// Whether the chime opens it.
    pub chime: bool,
    /// Who ordered it; `None` for the server's own command line.
    pub created_by: Option<String>,
    /// When it was cancelled.
    pub cancelled_at: Option<WallTime>,
}

impl Broadcast {
    /// The instant from which no start is planned, in any zone; `None` when it goes on.
    pub fn over_at(&self) -> Option<WallTime> {
        over_at(&self.rule)
    }

    /// What stations are told about it, with those of its bulletins that `held` says they hold.
    pub fn as_published(
        &self,
        held: impl Fn(&BulletinId) -> bool,
    ) -> Option<programme::programme::Broadcast> {
        let bulletins: Vec<_> = self
            .bulletins
            .iter()
            .filter(|id| held(id))
            .cloned()
            .collect();
        let something = !bulletins.is_empty();
        something.then(|| programme::programme::Broadcast {
            id: self.id.clone(),
            must_understand: Vec::new(),
            bulletins,
            rule: self.rule.clone(),
            since: self.since,
            repeats: self.repeats,
            gap: self.gap,
            missed: self.missed,
            chime: self.chime,
        })
    }
}

/// The instant from which a rule plans no start, in any zone; `None` when it goes on.
pub fn over_at(rule: &Rule) -> Option<WallTime> {
    match rule {
        Rule::Now { until, .. } => Some(*until),
        Rule::Once { at } => last_instant_of(*at),
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => {
            let after = span.until.and_then(|day| day.tomorrow().ok());
            after.and_then(|day| last_instant_of(day.at(0, 0, 0, 0)))
        }
    }
}

/// The last instant at which any clock on Earth shows `civil`: twelve hours behind Greenwich.
fn last_instant_of(civil: DateTime) -> Option<WallTime> {
    let westernmost = TimeZone::fixed(Offset::constant(-12));
    westernmost.to_timestamp(civil).ok().map(WallTime::from)
}

crate::rows! {
    struct Row {
        id: String,
        rule: String,
        since_ms: i64,
        repeats: i64,
        gap_ms: i64,
        missed: String,
        chime: i64,
        created_by: Option<String>,
        cancelled_at_ms: Option<i64>,
    }
}

/// The broadcast with this name.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &BroadcastId) -> Result<Broadcast> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, rule, since_ms, repeats, gap_ms, missed, chime, created_by, cancelled_at_ms \
         FROM broadcasts WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    whole(connection, row.ok_or_else(Error::not_found)?).await
}

/// The broadcasts that stations of `area` are to hold, in the order of their making: not
/// cancelled, and not over since before `over_since`.
///
/// # Errors
/// The database failed.
pub async fn in_force(
    connection: &mut Connection,
    area: &AreaId,
    over_since: WallTime,
) -> Result<Vec<Broadcast>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT b.id, b.rule, b.since_ms, b.repeats, b.gap_ms, b.missed, b.chime, b.created_by, \
         b.cancelled_at_ms FROM broadcasts b \
         WHERE b.cancelled_at_ms IS NULL AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND EXISTS (SELECT 1 FROM broadcast_targets t \
         JOIN area_lines l ON l.above_id = t.area_id \
         WHERE t.broadcast_id = b.id AND l.area_id = $1) ORDER BY b.created_at_ms, b.id",
    )
    .bind(area.as_str())
    .bind(over_since.as_millis())
    .fetch_all(&mut *connection)
    .await?;
    let mut broadcasts = Vec::with_capacity(rows.len());
    for row in rows {
        broadcasts.push(whole(connection, row).await?);
    }
    Ok(broadcasts)
}

/// The broadcasts that name a bulletin, the newest first.
///
/// # Errors
/// The database failed.
pub async fn of_bulletin(
    connection: &mut Connection,
    bulletin: &BulletinId,
) -> Result<Vec<Broadcast>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT b.id, b.rule, b.since_ms, b.repeats, b.gap_ms, b.missed, b.chime, b.created_by, \
         b.cancelled_at_ms FROM broadcasts b \
         JOIN broadcast_bulletins m ON m.broadcast_id = b.id \
         WHERE m.bulletin_id = $1 ORDER BY b.created_at_ms DESC, b.id",
    )
    .bind(bulletin.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut broadcasts = Vec::with_capacity(rows.len());
    for row in rows {
        broadcasts.push(whole(connection, row).await?);
    }
    Ok(broadcasts)
}

/// Which broadcasts a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that still plan a start that may be heard.
    Coming,
    /// Those that are over or were cancelled, whose bulletins were all withdrawn, and those of one
    /// start whose every station said what became of it.
    Past,
}

/// Most broadcasts in one list.
pub const LIST_LIMIT: i64 = 200;

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
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT b.id, b.rule, b.since_ms, b.repeats, b.gap_ms, b.missed, b.chime, b.created_by, \
         b.cancelled_at_ms FROM broadcasts b \
         WHERE (CASE WHEN b.cancelled_at_ms IS NULL \
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
         ORDER BY b.created_at_ms DESC, b.id LIMIT $4",
    )
    .bind(person)
    .bind(now.as_millis())
    .bind(i64::from(which == Which::Coming))
    .bind(LIST_LIMIT)
    .fetch_all(&mut *connection)
    .await?;
    let mut broadcasts = Vec::with_capacity(rows.len());
    for row in rows {
        broadcasts.push(whole(connection, row).await?);
    }
    Ok(broadcasts)
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

/// The titles of what a broadcast airs, in order, as one text.
///
/// # Errors
/// The database failed.
pub async fn titles(connection: &mut Connection, broadcast: &BroadcastId) -> Result<String> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT b.title FROM broadcast_bulletins m JOIN bulletins b ON b.id = m.bulletin_id \
         WHERE m.broadcast_id = $1 ORDER BY m.position",
    )
    .bind(broadcast.as_str())
    .fetch_all(connection)
    .await?;
    let titles: Vec<String> = rows.into_iter().map(|(title,)| title).collect();
    Ok(titles.join(" · "))
}

/// Whether something that a broadcast airs was withdrawn.
///
/// # Errors
/// The database failed.
pub async fn names_withdrawn(connection: &mut Connection, broadcast: &BroadcastId) -> Result<bool> {
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM broadcast_bulletins m JOIN bulletins b ON b.id = m.bulletin_id \
         WHERE m.broadcast_id = $1 AND b.state = 'withdrawn'",
    )
    .bind(broadcast.as_str())
    .fetch_one(connection)
    .await?;
    Ok(count > 0)
}

async fn whole(connection: &mut Connection, row: Row) -> Result<Broadcast> {
    let bulletins: Vec<(String,)> = sqlx::query_as(
        "SELECT bulletin_id FROM broadcast_bulletins WHERE broadcast_id = $1 ORDER BY position",
    )
    .bind(&row.id)
    .fetch_all(&mut *connection)
    .await?;
    let targets: Vec<(String,)> = sqlx::query_as(
        "SELECT area_id FROM broadcast_targets WHERE broadcast_id = $1 ORDER BY area_id",
    )
    .bind(&row.id)
    .fetch_all(connection)
    .await?;
    let bulletins = bulletins.into_iter().map(|(id,)| id.parse());
    let targets = targets.into_iter().map(|(id,)| id.parse());
    Ok(Broadcast {
        id: row.id.parse().map_err(anyhow::Error::from)?,
        bulletins: bulletins
            .collect::<Result<_, _>>()
            .map_err(anyhow::Error::from)?,
        targets: targets
            .collect::<Result<_, _>>()
            .map_err(anyhow::Error::from)?,
        rule: serde_json::from_str(&row.rule)?,
        since: WallTime::from_millis(row.since_ms),
        repeats: u32::try_from(row.repeats).unwrap_or(1),
        gap: Duration::from_millis(u64::try_from(row.gap_ms).unwrap_or(0)),
        missed: serde_json::from_str(&row.missed)?,
        chime: row.chime != 0,
        created_by: row.created_by,
        cancelled_at: row.cancelled_at_ms.map(WallTime::from_millis),
    })
}
