//! Orders of which nothing will be heard any more although nobody cancelled them: what they air was
//! withdrawn, or every start to come lies in quiet hours.

use std::collections::BTreeMap;
use std::time::Duration;

use programme::ids::{AreaId, BroadcastId};
use programme::rule::Rule;
use programme::units::WallTime;
use programme::zone::Zone;

use super::{broadcast, moving, upcoming};
use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::Result;

/// Most orders that are looked at, each once for every place it is meant for.
const MOST: i64 = 500;
/// Most that are told.
const TOLD: usize = 20;
/// What was withdrawn longer ago is no news.
pub const LATELY: Duration = Duration::from_hours(7 * 24);

/// An order of which nothing will be heard any more.
#[derive(Debug, Clone)]
pub struct Lapsed {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Titles of its bulletins.
    pub title: String,
    /// Why.
    pub why: Lapse,
    /// Whether the reader may give it another time, at which it would be heard.
    pub may_move: bool,
}

/// Why nothing of an order will be heard any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lapse {
    /// What it airs was withdrawn, for a reason that may be empty.
    Withdrawn(String),
    /// Its starts lie in quiet hours.
    Quiet,
}

crate::rows! {
    struct Row {
        id: String,
        rule: String,
        since_ms: i64,
        target: String,
        is_open: i64,
        withdrawn_by: Option<String>,
        withdrawn_at_ms: Option<i64>,
        reason: Option<String>,
    }
}

/// The orders in areas where `actor` schedules, those that were made last first. What they withdrew
/// themselves is no news to them.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Vec<Lapsed>> {
    let now = state.now();
    let mut orders: Vec<(Row, Vec<AreaId>)> = Vec::new();
    for row in rows(connection, actor, now).await? {
        let target = row.target.parse().map_err(anyhow::Error::from)?;
        match orders.iter_mut().find(|(one, _)| one.id == row.id) {
            Some((_, targets)) => targets.push(target),
            None => orders.push((row, vec![target])),
        }
    }
    let mut areas: BTreeMap<AreaId, Area> = BTreeMap::new();
    let mut lapsed = Vec::new();
    for (row, targets) in orders {
        if lapsed.len() >= TOLD || row.is_old_news(actor, now) {
            continue;
        }
        for id in &targets {
            if !areas.contains_key(id) {
                let area = area::find(state, connection, id).await?;
                areas.insert(id.clone(), area);
            }
        }
        let own: Vec<&Area> = targets.iter().filter_map(|id| areas.get(id)).collect();
        let why = why(state, connection, &row, &own).await?;
        if let Some(why) = why {
            let broadcast = row.id.parse().map_err(anyhow::Error::from)?;
            lapsed.push(Lapsed {
                title: broadcast::titles(connection, &broadcast).await?,
                may_move: match why {
                    Lapse::Withdrawn(_) => false,
                    Lapse::Quiet => {
                        let found = broadcast::find(connection, &broadcast).await?;
                        moving::is_offered(state, connection, actor, &found).await?
                    }
                },
                broadcast,
                why,
            });
        }
    }
    Ok(lapsed)
}

/// Why nothing of an order will be heard any more, if something was to be.
async fn why(
    state: &State,
    connection: &mut Connection,
    row: &Row,
    areas: &[&Area],
) -> Result<Option<Lapse>> {
    let coming = coming(row, areas, state.now())?;
    if coming == Coming::Nothing {
        return Ok(None);
    }
    if row.is_open == 0 {
        let reason = row.reason.clone().unwrap_or_default();
        return Ok(Some(Lapse::Withdrawn(reason)));
    }
    let all_quiet = coming == Coming::Quiet;
    let is_quiet = all_quiet && is_quiet_below(state, connection, row, areas).await?;
    Ok(is_quiet.then_some(Lapse::Quiet))
}

/// What is still to come of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coming {
    Nothing,
    /// Starts, all of which lie in quiet hours as far as they are looked at.
    Quiet,
    /// One at least that does not.
    Heard,
}

/// What is still to come in any of `areas`. The first start outside quiet hours is enough: mostly
/// it is the first of all, and this is asked whenever somebody opens the front page.
fn coming(row: &Row, areas: &[&Area], now: WallTime) -> Result<Coming> {
    let rule: Rule = serde_json::from_str(&row.rule)?;
    let mut coming = Coming::Nothing;
    for area in areas {
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let from = now.max(WallTime::from_millis(row.since_ms));
        if upcoming::heard_from(&rule, from, area)?.is_some() {
            return Ok(Coming::Heard);
        }
        let timetable = &area.ways.timetable;
        if rule.first_from(from, &zone, timetable).is_some() {
            coming = Coming::Quiet;
        }
    }
    Ok(coming)
}

/// Whether the same holds in each village below, which may have quiet hours of its own.
async fn is_quiet_below(
    state: &State,
    connection: &mut Connection,
    row: &Row,
    areas: &[&Area],
) -> Result<bool> {
    let now = state.now();
    for area in areas {
        let below = area::with_all_below(state, connection, &area.id).await?;
        let open = below.iter().filter(|one| one.within_closed_ms.is_none());
        let open: Vec<&Area> = open.collect();
        if coming(row, &open, now)? == Coming::Heard {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn rows(connection: &mut Connection, actor: &Actor, now: WallTime) -> Result<Vec<Row>> {
    let [a, b, c, d] = Role::names_with(Right::Schedule);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT b.id, b.rule, b.since_ms, t.area_id AS target, \
         (SELECT COUNT(*) FROM broadcast_bulletins n JOIN bulletins o ON o.id = n.bulletin_id \
         WHERE n.broadcast_id = b.id AND o.state <> 'withdrawn') AS is_open, \
         w.withdrawn_by, w.withdrawn_at_ms, w.withdrawal_reason AS reason \
         FROM broadcasts b JOIN broadcast_targets t ON t.broadcast_id = b.id \
         JOIN broadcast_bulletins m ON m.broadcast_id = b.id AND m.position = 0 \
         JOIN bulletins w ON w.id = m.bulletin_id \
         WHERE b.cancelled_at_ms IS NULL AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND EXISTS (SELECT 1 FROM broadcast_targets u JOIN area_lines l ON l.area_id = u.area_id \
         JOIN roles h ON h.area_id = l.above_id WHERE u.broadcast_id = b.id \
         AND h.person_id = $1 AND h.role IN ($3, $4, $5, $6)) \
         ORDER BY b.created_at_ms DESC, b.id, t.area_id LIMIT $7",
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

impl Row {
    /// Whether what it airs was withdrawn by the reader, or long ago.
    fn is_old_news(&self, actor: &Actor, now: WallTime) -> bool {
        let own = self.withdrawn_by.as_deref() == Some(actor.id().as_str());
        let at = self.withdrawn_at_ms.map(WallTime::from_millis);
        self.is_open == 0 && (own || at.is_some_and(|at| at + LATELY < now))
    }
}
