//! What goes on in an area: orders of which something may still be heard there. One whose starts
//! are over stays in force for as long as it is yesterday somewhere, and nobody need stop it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::day_plan::GRACE;
use programme::ids::{AreaId, BroadcastId};
use programme::programme::MissedRule;
use programme::rule::Rule;
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::{self, LIST_LIMIT};
use super::upcoming::heard_from;
use crate::areas::area::{self, Area};
use crate::as_run::report::{self, Reported};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::Result;

/// What was planned longer ago does not sound any more.
const LONGEST: Duration = Duration::from_hours(24);

crate::rows! {
    struct Row {
        id: String,
        rule: String,
        since_ms: i64,
        missed: String,
        place: String,
        valid_until_ms: i64,
    }
}

/// The orders, those that were made last first, with their titles: of those for `area`, for what
/// contains it and for what lies in it.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_area(
    state: &State,
    connection: &mut Connection,
    area: &Area,
) -> Result<Vec<(BroadcastId, String)>> {
    let now = state.now();
    let open = report::open_below(connection, &area.id, now - LONGEST)
        .await?
        .into_iter();
    let on = |start: &Reported| start.attempts.iter().any(|attempt| attempt.sounds(now));
    let sounding = open.filter(|(_, start)| on(start));
    let sounding: BTreeSet<BroadcastId> = sounding.map(|(_, start)| start.broadcast).collect();
    let mut places: BTreeMap<String, Area> = BTreeMap::new();
    let mut found: Vec<(BroadcastId, String)> = Vec::new();
    for row in rows(connection, &area.id, now).await? {
        let id: BroadcastId = row.id.parse().map_err(anyhow::Error::from)?;
        if found.iter().any(|(known, _)| *known == id) {
            continue;
        }
        if !places.contains_key(&row.place) {
            let place: AreaId = row.place.parse().map_err(anyhow::Error::from)?;
            let place = area::find(state, connection, &place).await?;
            places.insert(row.place.clone(), place);
        }
        let Some(place) = places.get(&row.place) else {
            continue;
        };
        let sounds = sounding.contains(&id);
        if sounds
            || is_to_come(&row, place, now)?
            || may_begin(connection, &row, place, now).await?
        {
            let titles = broadcast::titles(connection, &id).await?;
            found.push((id, titles));
        }
    }
    Ok(found)
}

/// Whether a start is planned that is heard at `place` before all that it airs has expired.
fn is_to_come(row: &Row, place: &Area, now: WallTime) -> Result<bool> {
    let rule: Rule = serde_json::from_str(&row.rule)?;
    let from = now.max(WallTime::from_millis(row.since_ms));
    let next = heard_from(&rule, from, place)?;
    Ok(next.is_some_and(|next| next.as_millis() < row.valid_until_ms))
}

/// Whether a start of today is due, and not told of yet by each station there: it waits for its
/// turn or for power, as long as its order lets it.
async fn may_begin(
    connection: &mut Connection,
    row: &Row,
    place: &Area,
    now: WallTime,
) -> Result<bool> {
    let rule: Rule = serde_json::from_str(&row.rule)?;
    let missed: MissedRule = serde_json::from_str(&row.missed)?;
    let zone = Zone::named(&place.ways.zone).map_err(anyhow::Error::from)?;
    let today = zone.date(now);
    let until = match (&rule, missed) {
        (Rule::Now { until, .. }, _) => Some(*until),
        (_, MissedRule::OnlyThen) => None,
        (_, MissedRule::Until { until }) => zone.instant(today.to_datetime(until)),
        (_, MissedRule::AskHead) => {
            let tomorrow = today.tomorrow().ok();
            tomorrow.and_then(|day| zone.instant(day.at(0, 0, 0, 0)))
        }
    };
    let starts = rule.starts(today, &zone, &place.ways.timetable).into_iter();
    let mut due = starts.map(|start| start.at).filter(|at| {
        let last = until.unwrap_or(*at).max(*at + GRACE);
        at.as_millis() >= row.since_ms && *at <= now && now <= last
    });
    match due.next() {
        Some(first) => is_waited_for(connection, &row.id, place, first).await,
        None => Ok(false),
    }
}

/// Whether a station at `place` has not said what became of each start of an order since `first`.
async fn is_waited_for(
    connection: &mut Connection,
    broadcast: &str,
    place: &Area,
    first: WallTime,
) -> Result<bool> {
    let (waiting,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM stations s JOIN area_lines l ON l.area_id = s.area_id \
         WHERE l.above_id = $1 AND s.enrolled_at_ms IS NOT NULL AND s.closed_at_ms IS NULL \
         AND NOT EXISTS (SELECT 1 FROM as_run a WHERE a.broadcast_id = $2 \
         AND a.station_id = s.id AND a.record = 'outcome' AND a.planned_ms >= $3)",
    )
    .bind(place.id.as_str())
    .bind(broadcast)
    .bind(first.as_millis())
    .fetch_one(connection)
    .await?;
    Ok(waiting > 0)
}

/// The orders in force that air something, each with each place there that it is meant for: the
/// area itself, or what lies in it.
async fn rows(connection: &mut Connection, area: &AreaId, now: WallTime) -> Result<Vec<Row>> {
    Ok(sqlx::query_as(
        "SELECT o.id, o.rule, o.since_ms, o.missed, o.place, o.valid_until_ms FROM \
         (SELECT DISTINCT b.id, b.rule, b.since_ms, b.missed, b.created_at_ms, \
         l.area_id AS place, (SELECT MAX(c.valid_until_ms) FROM broadcast_bulletins m \
         JOIN bulletins c ON c.id = m.bulletin_id \
         WHERE m.broadcast_id = b.id AND c.state = 'approved') AS valid_until_ms \
         FROM broadcasts b JOIN broadcast_targets t ON t.broadcast_id = b.id JOIN area_lines l \
         ON (l.area_id = $1 AND l.above_id = t.area_id) \
         OR (l.area_id = t.area_id AND l.above_id = $1) \
         WHERE b.cancelled_at_ms IS NULL AND (b.over_at_ms IS NULL OR b.over_at_ms > $2)) o \
         WHERE o.valid_until_ms > $2 ORDER BY o.created_at_ms DESC, o.id, o.place LIMIT $3",
    )
    .bind(area.as_str())
    .bind(now.as_millis())
    .bind(LIST_LIMIT)
    .fetch_all(connection)
    .await?)
}
