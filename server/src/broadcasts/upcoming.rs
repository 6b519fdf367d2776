//! What is ordered and still to begin: the orders of one bulletin, and those of whoever reads.

use std::collections::BTreeMap;

use programme::ids::{AreaId, BroadcastId};
use programme::rule::Rule;
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::{self, Broadcast};
use super::pages::names;
use super::{place, words};
use crate::areas::area::{self, Area};
use crate::bulletins::bulletin::Bulletin;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// Most targets of orders that are looked at for one reader, those that were made last.
const MOST: i64 = 1_000;

/// An order of which a start is planned.
#[derive(Debug, Clone)]
pub struct Upcoming {
    /// Names the order.
    pub broadcast: BroadcastId,
    /// What it airs.
    pub titles: String,
    /// Whether that is more than one bulletin.
    pub airs_others: bool,
    /// Its rule, in words.
    pub rule: String,
    /// Where.
    pub places: String,
    /// The first start anywhere that lies outside quiet hours.
    pub next: WallTime,
}

crate::rows! {
    struct Row {
        id: String,
        rule: String,
        since_ms: i64,
        target: String,
        valid_until_ms: i64,
    }
}

/// The orders that will air `bulletin` while it is valid, of those that `actor` may see, the next
/// one first.
///
/// # Errors
/// The database failed.
pub async fn of_bulletin(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    bulletin: &Bulletin,
) -> Result<Vec<Upcoming>> {
    let now = state.now();
    let mut planned = Vec::new();
    for one in broadcast::of_bulletin(connection, &bulletin.id).await? {
        let over = one.over_at().is_some_and(|over| over <= now);
        if over || one.cancelled_at.is_some() {
            continue;
        }
        let areas = match place::seen(state, connection, actor, &one).await {
            Ok(areas) => areas,
            Err(Error::Refused(_)) => continue,
            Err(error) => return Err(error),
        };
        let mut first = None;
        for area in &areas {
            first = first.into_iter().chain(next(state, &one, area)?).min();
        }
        planned.extend(first.map(|first| (first, one.id)));
    }
    planned.retain(|(next, _)| *next < bulletin.valid_until);
    planned.sort();
    told(state, connection, shell, planned).await
}

/// The first `most` of the orders that are heard in areas where `actor` schedules.
///
/// # Errors
/// The database failed.
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    most: usize,
) -> Result<Vec<Upcoming>> {
    let now = state.now();
    let mut areas: BTreeMap<String, Area> = BTreeMap::new();
    let mut first: BTreeMap<String, WallTime> = BTreeMap::new();
    for row in rows(connection, actor, now).await? {
        if !areas.contains_key(&row.target) {
            let id: AreaId = row.target.parse().map_err(anyhow::Error::from)?;
            let found = area::find(state, connection, &id).await?;
            areas.insert(row.target.clone(), found);
        }
        let Some(area) = areas.get(&row.target) else {
            continue;
        };
        let rule: Rule = serde_json::from_str(&row.rule)?;
        let from = now.max(WallTime::from_millis(row.since_ms));
        let next = heard_from(&rule, from, area)?;
        let valid_until = WallTime::from_millis(row.valid_until_ms);
        if let Some(next) = next.filter(|next| *next < valid_until) {
            let known = first.entry(row.id).or_insert(next);
            *known = next.min(*known);
        }
    }
    let mut planned: Vec<(WallTime, String)> =
        first.into_iter().map(|(id, next)| (next, id)).collect();
    planned.sort();
    planned.truncate(most);
    let named = planned
        .into_iter()
        .map(|(next, id)| Ok((next, id.parse().map_err(anyhow::Error::from)?)));
    told(state, connection, shell, named.collect::<Result<_>>()?).await
}

/// Whether a start of one of `orders` has been anywhere, heard or not.
///
/// # Errors
/// The database failed.
pub async fn any_has_begun(
    state: &State,
    connection: &mut Connection,
    orders: &[Broadcast],
) -> Result<bool> {
    for order in orders {
        for target in &order.targets {
            let ways = area::find(state, connection, target).await?.ways;
            let zone = Zone::named(&ways.zone).map_err(anyhow::Error::from)?;
            let first = order.rule.first_from(order.since, &zone, &ways.timetable);
            if first.is_some_and(|start| start.at <= state.now()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The next start of `broadcast` that is heard where the ways of `area` hold; `None` once there is
/// none.
///
/// # Errors
/// The area names no zone.
pub fn next(state: &State, broadcast: &Broadcast, area: &Area) -> Result<Option<WallTime>> {
    if broadcast.cancelled_at.is_some() {
        return Ok(None);
    }
    heard_from(&broadcast.rule, state.now().max(broadcast.since), area)
}

/// The first start of a rule at `from` or later that is heard where the ways of `area` hold.
///
/// # Errors
/// The area names no zone.
pub(super) fn heard_from(rule: &Rule, from: WallTime, area: &Area) -> Result<Option<WallTime>> {
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let (timetable, quiet) = (&area.ways.timetable, area.ways.quiet_hours.into());
    let first = rule.first_heard_from(from, &zone, timetable, &quiet);
    Ok(first.map(|start| start.at))
}

/// The orders in force that air something in areas where somebody schedules, or in all of what
/// contains these, each with each of its targets.
async fn rows(connection: &mut Connection, actor: &Actor, now: WallTime) -> Result<Vec<Row>> {
    let [a, b, c, d] = Role::names_with(Right::Schedule);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT o.id, o.rule, o.since_ms, o.target, o.valid_until_ms FROM \
         (SELECT b.id, b.rule, b.since_ms, b.created_at_ms, t.area_id AS target, \
         (SELECT MAX(c.valid_until_ms) FROM broadcast_bulletins m \
         JOIN bulletins c ON c.id = m.bulletin_id \
         WHERE m.broadcast_id = b.id AND c.state = 'approved') AS valid_until_ms \
         FROM broadcasts b JOIN broadcast_targets t ON t.broadcast_id = b.id \
         WHERE b.cancelled_at_ms IS NULL AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND EXISTS (SELECT 1 FROM roles h JOIN area_lines l \
         ON (l.area_id = t.area_id AND l.above_id = h.area_id) \
         OR (l.area_id = h.area_id AND l.above_id = t.area_id) \
         WHERE h.person_id = $1 AND h.role IN ($3, $4, $5, $6))) o \
         WHERE o.valid_until_ms > $2 ORDER BY o.created_at_ms DESC, o.id, o.target LIMIT $7",
    )
    .bind(actor.id().as_str())
    .bind(now.as_millis())
    .bind(a)
    .bind(b)
    .bind(c)
    .bind(d)
    .bind(MOST)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

async fn told(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    planned: Vec<(WallTime, BroadcastId)>,
) -> Result<Vec<Upcoming>> {
    let mut upcoming = Vec::with_capacity(planned.len());
    for (next, id) in planned {
        let one = broadcast::find(connection, &id).await?;
        let mut areas = Vec::with_capacity(one.targets.len());
        for target in &one.targets {
            areas.push(area::find(state, connection, target).await?);
        }
        upcoming.push(Upcoming {
            titles: broadcast::titles(connection, &id).await?,
            airs_others: one.bulletins.len() > 1,
            rule: words::rule(&one.rule, words::timetable(&areas), shell),
            places: names(&areas),
            broadcast: id,
            next,
        });
    }
    Ok(upcoming)
}
