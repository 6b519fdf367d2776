//! Making room: one start of another broadcast is left out where it would be in the way, and all
//! that is left of that broadcast goes on as it was ordered.

pub mod replaced;
mod without;

use axum::http::StatusCode;
use jiff::civil::{Date, DateTime};
use programme::ids::{AreaId, BroadcastId};
use programme::rule::{Rule, Start};
use programme::zone::Zone;
use serde_json::json;

pub(in crate::broadcasts) use self::without::up_to;
use self::without::without;
use super::broadcast::{self, Broadcast};
use super::place;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::{Error, Result};

/// A start that shall make room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// When it is planned, by the villages' own clocks.
    pub start: DateTime,
}

/// A broadcast without one of its starts.
#[derive(Debug, Clone)]
pub struct Room {
    /// As it was.
    pub old: Broadcast,
    /// As it goes on under its own name; `None` when nothing is left, so that it is cancelled.
    pub changed: Option<Broadcast>,
    /// Its later starts of that day.
    pub same_day: Option<Broadcast>,
    /// The days after, when its own name stays with what began earlier that day.
    pub onward: Option<Broadcast>,
    /// The start itself, in the villages that are not meant.
    pub elsewhere: Option<Broadcast>,
}

impl Room {
    /// What the villages that are meant hear in the place of the broadcast.
    pub fn instead(&self) -> Vec<Broadcast> {
        let here = self.changed.iter().chain(&self.same_day);
        here.chain(&self.onward).cloned().collect()
    }

    fn added(&self) -> impl Iterator<Item = &Broadcast> {
        let here = self.same_day.iter().chain(&self.onward);
        here.chain(&self.elsewhere)
    }
}

/// How much an actor may do against another broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They may replace and cancel it.
    May,
    /// An officer ordered it.
    Officers,
    /// It is meant for areas in which they do not schedule.
    Elsewhere,
}

impl Standing {
    /// # Errors
    /// 403 unless they may; the sentence says whom to ask.
    pub fn required(self) -> Result<()> {
        match self {
            Self::May => Ok(()),
            Self::Officers => Err(Error::refused(
                StatusCode::FORBIDDEN,
                "error-broadcast-officers",
            )),
            Self::Elsewhere => Err(Error::forbidden()),
        }
    }
}

/// Whether the actor may replace or cancel another broadcast: they schedule in every area that it
/// is meant for, and no officer ordered it unless they are one there themselves.
///
/// # Errors
/// The database failed; 404 for a broadcast that is not for their eyes.
pub async fn standing(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    other: &Broadcast,
) -> Result<Standing> {
    let targets = place::seen(state, connection, actor, other).await?;
    let all = |right| targets.iter().all(|area| actor.may(right, area));
    if !all(Right::Schedule) {
        return Ok(Standing::Elsewhere);
    }
    let officers = broadcast::is_an_officers(connection, other).await?;
    match officers && !all(Right::Approve) {
        true => Ok(Standing::Officers),
        false => Ok(Standing::May),
    }
}

/// How a broadcast goes on without a start in the areas that are `mine`.
///
/// # Errors
/// 403 when the actor may not replace it; 409 when it plans no such start to come, when villages
/// have it at different hours, or when it cannot be left out in some villages alone.
pub async fn made(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    skip: &Skip,
    mine: &[AreaId],
) -> Result<Room> {
    let old = broadcast::find(connection, &skip.broadcast).await?;
    let standing = standing(state, connection, actor, &old).await?;
    standing.required()?;
    let gone = || Error::conflict("error-broadcast-start-gone");
    let first = old.targets.first().ok_or_else(gone)?;
    let ways = area::find(state, connection, first).await?.ways;
    let zone = Zone::named(&ways.zone).map_err(anyhow::Error::from)?;
    let timetable = &ways.timetable;
    let planned = old.rule.instants(skip.start.date(), &zone, timetable);
    if !all_alike(state, connection, &old, skip.start.date(), &planned).await? {
        return Err(Error::conflict("error-broadcast-start-differs"));
    }
    let planned = planned.into_iter();
    let mut to_come = planned.filter(|start| start.at > state.now());
    let is_there = to_come.any(|start| start.nominal == skip.start);
    let once_now = matches!(old.rule, Rule::Now { .. });
    if old.cancelled_at.is_some() || once_now || !is_there {
        return Err(gone());
    }
    let rest = rest(state, connection, &old.targets, mine).await?;
    if rest.len() == old.targets.len() && rest.iter().all(|id| old.targets.contains(id)) {
        return Err(gone());
    }
    let mut room = without(&old, skip.start, rest, state.now(), (&zone, timetable));
    let copies = [&mut room.same_day, &mut room.onward, &mut room.elsewhere];
    for copy in copies.into_iter().flatten() {
        copy.id = BroadcastId::from_random(state.randomness.bytes());
    }
    Ok(room)
}

/// Keeps what [`made`] says and returns what has changed.
///
/// # Errors
/// As [`made`].
pub async fn keep(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    skip: &Skip,
    new: &Broadcast,
) -> Result<Vec<Broadcast>> {
    broadcast::hold(write, &skip.broadcast).await?;
    let room = made(state, write, actor, skip, &new.targets).await?;
    match &room.changed {
        Some(changed) => broadcast::set_rule(write, &changed.id, &changed.rule).await?,
        None => {
            let person = Some(actor.id().as_str());
            broadcast::cancel(write, &room.old.id, person, state.now()).await?;
        }
    }
    for copy in room.added() {
        broadcast::insert(write, copy, None).await?;
        replaced::carry(write, &room.old.id, &copy.id).await?;
    }
    replaced::note(state, write, new, &room.old, skip.start).await?;
    let detail = json!({
        "start": skip.start, "for": new.id, "targets": new.targets,
        "goes_on_as": room.added().map(|copy| &copy.id).collect::<Vec<_>>(),
    });
    let (id, place) = (room.old.id.as_str(), room.old.targets.first());
    let author = Author::from(actor);
    audit::record(state, write, &author, "broadcast.skip", id, place, detail).await?;
    let mut changed: Vec<Broadcast> = room.added().cloned().collect();
    changed.push(room.old);
    Ok(changed)
}

/// Whether each village of a broadcast that keeps to timetables has the starts `planned` on `date`:
/// a start that makes room is left out, and its day goes on, at one hour for all.
async fn all_alike(
    state: &State,
    connection: &mut Connection,
    old: &Broadcast,
    date: Date,
    planned: &[Start],
) -> Result<bool> {
    if old.rule.must_understand().is_empty() {
        return Ok(true);
    }
    for target in &old.targets {
        for area in area::with_all_below(state, connection, target).await? {
            let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
            if old.rule.instants(date, &zone, &area.ways.timetable) != planned {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// What is left of `targets` when `mine` are taken out, each with everything below it.
async fn rest(
    state: &State,
    connection: &mut Connection,
    targets: &[AreaId],
    mine: &[AreaId],
) -> Result<Vec<AreaId>> {
    let mut rest = Vec::new();
    for target in targets {
        let areas = area::with_all_below(state, connection, target).await?;
        let taken = |area: &Area| area.line.iter().any(|id| mine.contains(id));
        let holed = |area: &Area| {
            let below = |other: &&Area| other.id != area.id && other.line.contains(&area.id);
            areas.iter().filter(below).any(taken)
        };
        let (whole, split): (Vec<&Area>, Vec<&Area>) = areas
            .iter()
            .filter(|area| !taken(area))
            .partition(|area| !holed(area));
        for station in station::below(connection, target).await? {
            if split.iter().any(|area| area.id == station.area) {
                // No area is this one without what lies in it.
                let error = Error::conflict("error-broadcast-cannot-split");
                return Err(error.with("station", &station.name));
            }
        }
        let within = |area: &Area| {
            let mut above = area.line.iter().skip(1);
            above.any(|id| whole.iter().any(|other| other.id == *id))
        };
        let outermost = whole.iter().filter(|area| !within(area));
        rest.extend(outermost.map(|area| area.id.clone()));
    }
    Ok(rest)
}
