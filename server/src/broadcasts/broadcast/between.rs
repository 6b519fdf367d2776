//! The broadcasts of a span of days, and what becomes of one.

use std::collections::BTreeMap;

use programme::ids::{AreaId, BroadcastId};
use programme::rule::Rule;
use programme::units::WallTime;
use sqlx::AssertSqlSafe;

use super::rows::{Row, all, select};
use super::{Broadcast, over_at};
use crate::database::{Connection, places};
use crate::web::errors::Result;

/// Most broadcasts that are looked at for a span of days, the newest ones.
const MOST: usize = 1_000;
/// So many titles are asked for at once.
const AT_ONCE: usize = 200;

/// The broadcasts that reach `area` or something in it and were in force at some moment from `from`
/// on and before `until`, in the order of their making; also those that were cancelled since. And
/// whether there are more, which were made before all of these.
///
/// # Errors
/// The database failed.
pub async fn between(
    connection: &mut Connection,
    area: &AreaId,
    from: WallTime,
    until: WallTime,
) -> Result<(Vec<Broadcast>, bool)> {
    let mut rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE b.since_ms < $3 AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND (b.cancelled_at_ms IS NULL OR b.cancelled_at_ms > $2) \
         AND EXISTS (SELECT 1 FROM broadcast_targets t JOIN area_lines l \
         ON (l.area_id = $1 AND l.above_id = t.area_id) \
         OR (l.area_id = t.area_id AND l.above_id = $1) \
         WHERE t.broadcast_id = b.id) ORDER BY b.created_at_ms DESC, b.id DESC LIMIT $4"
    ))
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await?;
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    rows.reverse();
    Ok((all(connection, rows).await?, more))
}

/// What each of `ids` is called, with the classes of what it airs; an emergency has one title and
/// no class here.
///
/// # Errors
/// The database failed.
pub async fn titles_of(
    connection: &mut Connection,
    ids: &[BroadcastId],
) -> Result<BTreeMap<BroadcastId, Vec<(String, String)>>> {
    let mut titles: BTreeMap<BroadcastId, Vec<(String, String)>> = BTreeMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let places = places(ids.len());
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT m.broadcast_id, b.title, b.class, m.position FROM broadcast_bulletins m \
             JOIN bulletins b ON b.id = m.bulletin_id WHERE m.broadcast_id IN ({places}) \
             UNION ALL SELECT e.id, e.title, 'emergency', 0 FROM emergencies e \
             WHERE e.id IN ({places}) ORDER BY 1, 4"
        )));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows: Vec<(String, String, String, i64)> = query.fetch_all(&mut *connection).await?;
        for (id, title, class, _) in rows {
            let id = id.parse().map_err(anyhow::Error::from)?;
            titles.entry(id).or_default().push((title, class));
        }
    }
    Ok(titles)
}

/// Holds a broadcast until the end of the transaction, so that two who change it at once follow
/// one another.
///
/// # Errors
/// The database failed.
pub async fn hold(connection: &mut Connection, id: &BroadcastId) -> Result<()> {
    sqlx::query("UPDATE broadcasts SET rule = rule WHERE id = $1")
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives a broadcast another rule, which ends no later than the one before.
///
/// # Errors
/// The database failed.
pub async fn set_rule(connection: &mut Connection, id: &BroadcastId, rule: &Rule) -> Result<()> {
    sqlx::query("UPDATE broadcasts SET rule = $1, over_at_ms = $2 WHERE id = $3")
        .bind(serde_json::to_string(rule)?)
        .bind(over_at(rule).map(WallTime::as_millis))
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps that a broadcast goes on as another one, at another time.
///
/// # Errors
/// The database failed.
pub async fn set_moved(
    connection: &mut Connection,
    id: &BroadcastId,
    to: &BroadcastId,
) -> Result<()> {
    sqlx::query("UPDATE broadcasts SET moved_to = $1 WHERE id = $2")
        .bind(to.as_str())
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// What a broadcast was before it was given its time.
///
/// # Errors
/// The database failed.
pub async fn moved_from(
    connection: &mut Connection,
    id: &BroadcastId,
) -> Result<Option<BroadcastId>> {
    let from = sqlx::query_as("SELECT id FROM broadcasts WHERE moved_to = $1");
    let from: Option<(String,)> = from.bind(id.as_str()).fetch_optional(connection).await?;
    let from = from.map(|(id,)| id.parse()).transpose();
    Ok(from.map_err(anyhow::Error::from)?)
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

/// Whether whoever ordered a broadcast answers for one of its areas as an officer. What the
/// server's own command line ordered counts as such.
///
/// # Errors
/// The database failed.
pub async fn is_an_officers(connection: &mut Connection, broadcast: &Broadcast) -> Result<bool> {
    let Some(author) = &broadcast.created_by else {
        return Ok(true);
    };
    let (roles,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM roles r JOIN area_lines l ON l.above_id = r.area_id \
         JOIN broadcast_targets t ON t.area_id = l.area_id \
         WHERE t.broadcast_id = $1 AND r.person_id = $2 AND r.role = 'officer'",
    )
    .bind(broadcast.id.as_str())
    .bind(author)
    .fetch_one(connection)
    .await?;
    Ok(roles > 0)
}
