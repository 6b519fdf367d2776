//! What aired in a village lately, by its own log: only what was truly heard, may still be heard,
//! and was no exercise.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::Outcome;
use programme::ids::{AreaId, BroadcastId, BulletinId, ContentHash};
use programme::units::WallTime;
use sqlx::AssertSqlSafe;

use crate::as_run::report::{self, Reported};
use crate::database::{Connection, places};
use crate::stations::station;
use crate::web::errors::Result;

/// So far back the page looks.
pub const LATELY: Duration = Duration::from_hours(30 * 24);
/// Most bulletins on a page, the newest.
const MOST: usize = 40;
/// So many broadcasts are asked about at once.
const AT_ONCE: usize = 200;

/// A bulletin that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its title.
    pub title: String,
    /// When it was heard last.
    pub last: WallTime,
    /// How often it was heard.
    pub times: usize,
    /// What was heard of it: the language, the content, and how long that lasts.
    pub spoken: Vec<(String, ContentHash, Duration)>,
}

crate::rows! {
    struct Row {
        broadcast_id: String,
        id: String,
        title: String,
        language: String,
        hash: String,
        duration_ms: i64,
    }
}

/// What was heard in `area`, the newest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn lately(
    connection: &mut Connection,
    area: &AreaId,
    now: WallTime,
) -> Result<Vec<Heard>> {
    let mut aired: BTreeMap<BroadcastId, Vec<Reported>> = BTreeMap::new();
    for station in station::below(connection, area).await? {
        let starts = report::of_station(connection, &station.id, now - LATELY, now).await?;
        for start in starts.into_values().filter(was_heard) {
            aired
                .entry(start.broadcast.clone())
                .or_default()
                .push(start);
        }
    }
    let ids: Vec<&BroadcastId> = aired.keys().collect();
    let mut heard: BTreeMap<BulletinId, Heard> = BTreeMap::new();
    for row in approved(connection, &ids).await? {
        let broadcast: BroadcastId = row.broadcast_id.parse().map_err(anyhow::Error::from)?;
        let hash: ContentHash = row.hash.parse().map_err(anyhow::Error::from)?;
        let starts = aired.get(&broadcast).into_iter().flatten();
        let with_it = starts.filter(|start| content(start).contains(&hash));
        let planned: Vec<WallTime> = with_it.map(|start| start.planned).collect();
        let Some(last) = planned.iter().copied().max() else {
            continue;
        };
        let id: BulletinId = row.id.parse().map_err(anyhow::Error::from)?;
        let one = heard.entry(id).or_insert_with(|| Heard {
            title: row.title,
            last,
            times: 0,
            spoken: Vec::new(),
        });
        one.last = one.last.max(last);
        let millis = u64::try_from(row.duration_ms).unwrap_or(0);
        let spoken = (row.language, hash, Duration::from_millis(millis));
        let first_language = one.spoken.first().is_none_or(|first| *first == spoken);
        if first_language {
            one.times += planned.len();
        }
        if !one.spoken.contains(&spoken) {
            one.spoken.push(spoken);
        }
    }
    let mut heard: Vec<Heard> = heard.into_values().collect();
    heard.sort_by_key(|one| std::cmp::Reverse(one.last));
    heard.truncate(MOST);
    Ok(heard)
}

fn was_heard(start: &Reported) -> bool {
    let mut orders = start.attempts.iter().filter_map(|one| one.order.as_ref());
    start.outcome == Some(Outcome::Aired) && !orders.any(|order| order.drill)
}

fn content(start: &Reported) -> BTreeSet<ContentHash> {
    let attempts = start.attempts.iter();
    attempts
        .flat_map(|one| one.content.iter().copied())
        .collect()
}

/// The recordings of what may still be heard of `broadcasts`, as they were approved.
async fn approved(connection: &mut Connection, broadcasts: &[&BroadcastId]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ids in broadcasts.chunks(AT_ONCE) {
        let places = places(ids.len());
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT m.broadcast_id, b.id, b.title, t.language, t.approved_hash AS hash, \
             t.approved_duration_ms AS duration_ms FROM \
             (SELECT broadcast_id, bulletin_id FROM broadcast_bulletins UNION ALL \
             SELECT id, bulletin_id FROM emergencies) m \
             JOIN bulletins b ON b.id = m.bulletin_id AND b.state = 'approved' \
             JOIN bulletin_recordings t ON t.bulletin_id = b.id \
             WHERE t.approved_hash IS NOT NULL AND m.broadcast_id IN ({places}) \
             ORDER BY m.broadcast_id, b.id, t.language"
        )));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let found: Vec<Row> = query.fetch_all(&mut *connection).await?;
        rows.extend(found);
    }
    Ok(rows)
}
