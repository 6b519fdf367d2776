//! What is ordered and still to begin: the orders of one bulletin, and those of whoever reads.

use std::collections::BTreeMap;

use programme::ids::{AreaId, BroadcastId};
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::{self, Broadcast, Which};
use super::pages::names;
use super::{place, words};
use crate::areas::area::{self, Area};
use crate::bulletins::bulletin::Bulletin;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// An order of which a start is planned.
#[derive(Debug, Clone)]
pub struct Upcoming {
    /// Names the order.
    pub broadcast: BroadcastId,
    /// What it airs.
    pub titles: String,
    /// Its rule, in words.
    pub rule: String,
    /// Where.
    pub places: String,
    /// The first start anywhere.
    pub next: WallTime,
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
    let mut ordered = Vec::new();
    for one in broadcast::of_bulletin(connection, &bulletin.id).await? {
        match place::seen(state, connection, actor, &one).await {
            Ok(_) => ordered.push(one),
            Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let mut upcoming = planned(state, connection, ordered).await?;
    upcoming.retain(|(next, ..)| *next < bulletin.valid_until);
    told(connection, shell, upcoming).await
}

/// The first `most` of the orders that `actor` may see.
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
    let (person, now) = (actor.id().as_str(), state.now());
    let ordered = broadcast::visible(connection, person, Which::Coming, now).await?;
    let mut upcoming = planned(state, connection, ordered).await?;
    upcoming.truncate(most);
    told(connection, shell, upcoming).await
}

/// The next start of `broadcast` where the ways of `area` hold; `None` once there is none.
///
/// # Errors
/// The area names no zone.
pub fn next(state: &State, broadcast: &Broadcast, area: &Area) -> Result<Option<WallTime>> {
    if broadcast.cancelled_at.is_some() {
        return Ok(None);
    }
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let from = state.now().max(broadcast.since);
    let first = broadcast.rule.first_from(from, &zone, &area.ways.timetable);
    Ok(first.map(|start| start.at))
}

type Planned = (WallTime, Broadcast, Vec<Area>);

/// Those of which a start is planned, the next one first, each with its areas.
async fn planned(
    state: &State,
    connection: &mut Connection,
    ordered: Vec<Broadcast>,
) -> Result<Vec<Planned>> {
    let mut known: BTreeMap<AreaId, Area> = BTreeMap::new();
    let mut planned = Vec::new();
    for one in ordered {
        let (mut areas, mut first) = (Vec::with_capacity(one.targets.len()), None);
        for id in &one.targets {
            if !known.contains_key(id) {
                known.insert(id.clone(), area::find(state, connection, id).await?);
            }
            if let Some(area) = known.get(id) {
                let next = next(state, &one, area)?;
                first = first.into_iter().chain(next).min();
                areas.push(area.clone());
            }
        }
        planned.extend(first.map(|first| (first, one, areas)));
    }
    planned.sort_by(|(one, a, _), (other, b, _)| one.cmp(other).then(a.id.cmp(&b.id)));
    Ok(planned)
}

async fn told(
    connection: &mut Connection,
    shell: &Shell,
    planned: Vec<Planned>,
) -> Result<Vec<Upcoming>> {
    let mut upcoming = Vec::with_capacity(planned.len());
    for (next, one, areas) in planned {
        upcoming.push(Upcoming {
            titles: broadcast::titles(connection, &one.id).await?,
            rule: words::rule(&one.rule, words::timetable(&areas), shell),
            places: names(&areas),
            broadcast: one.id,
            next,
        });
    }
    Ok(upcoming)
}
