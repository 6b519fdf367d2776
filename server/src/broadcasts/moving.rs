//! "Đổi giờ": a broadcast is given another time. What was ordered stands no more, and what it
//! becomes stands in its place from the same moment on; what aired of it stays on record, and what
//! began or was due today stays under the old name.

pub mod today;
mod filled;

use programme::ids::BroadcastId;
use programme::rule::Rule;
use serde_json::json;

use self::today::Clock;
use super::broadcast::{self, Broadcast};
use super::order::Order;
use super::room;
use crate::areas::area;
use crate::audit::{self, Author};
use crate::bulletins::approved::may_air;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::{self, Version};

/// What is given another time.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// When it airs, as whoever moves it saw.
    pub seen: Option<Version>,
    /// Whether whoever moves it knows that what repeats ends with it.
    pub ends: bool,
}

/// A broadcast that may be given another time.
pub struct Moving {
    /// As it was.
    pub old: Broadcast,
    /// Its starts of today that began or were due, under its own name; `None` when there are none,
    /// so that it is cancelled.
    pub stays: Option<Broadcast>,
    clocks: Vec<Clock>,
}

impl Moving {
    /// The first day of which something can be given another time.
    pub fn first_day(&self, state: &State) -> Option<jiff::civil::Date> {
        let stays = self.stays.as_ref();
        let clocks = self.clocks.iter();
        let days = clocks.filter_map(|clock| clock.first_day(&self.old, stays, state.now()));
        days.min()
    }
}

/// Gives a broadcast that the actor may move, where something of it is to come.
///
/// # Errors
/// 403 for whoever may not cancel it; 409 when nothing of it is to come.
pub async fn movable(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<Moving> {
    let old = broadcast::find(connection, id).await?;
    let standing = room::standing(state, connection, actor, &old).await?;
    standing.required()?;
    let clocks = today::clocks(state, connection, &old.targets).await?;
    let moving = Moving {
        stays: today::stays(&old, state.now(), &clocks),
        old,
        clocks,
    };
    let is_over = moving.old.cancelled_at.is_some() || moving.old.moved_to.is_some();
    let is_now = matches!(moving.old.rule, Rule::Now { .. });
    match moving.first_day(state) {
        Some(_) if !is_over && !is_now => Ok(moving),
        Some(_) | None => Err(Error::conflict(GONE)),
    }
}

/// Whether the actor is offered to give a broadcast another time: they may, something of it is to
/// come, if only in quiet hours, and all that it airs may be ordered still.
///
/// # Errors
/// The database failed.
pub async fn is_offered(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    found: &Broadcast,
) -> Result<bool> {
    for target in &found.targets {
        let area = area::find(state, connection, target).await?;
        if area.within_closed_ms.is_some() {
            return Ok(false);
        }
    }
    if !may_air(connection, &found.bulletins, state.now()).await? {
        return Ok(false);
    }
    match movable(state, connection, actor, &found.id).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What is told to whoever moves that of which nothing is left.
const GONE: &str = "error-broadcast-move-gone";

/// What an order moves, which becomes `new`.
///
/// # Errors
/// As [`movable`]; 409 where somebody else has changed when it airs, where the order says something
/// else than that, and where a village would hear more of it today than was ordered.
pub(super) async fn made(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    (order, moves): (&Order, &Move),
    new: &Broadcast,
) -> Result<Moving> {
    let moving = movable(state, connection, actor, &moves.broadcast).await?;
    let old = &moving.old;
    if moves
        .seen
        .as_ref()
        .is_some_and(|seen| *seen != old.version())
    {
        return Err(Error::conflict(overtaken::CHANGED));
    }
    let are_meant = |area| order.targets.contains(area);
    let same_places = order.targets.len() == old.targets.len() && old.targets.iter().all(are_meant);
    if order.bulletins != old.bulletins || !same_places {
        return Err(Error::conflict("error-broadcast-move-other"));
    }
    if let Some(stays) = &moving.stays {
        let mut clocks = moving.clocks.iter();
        if clocks.any(|clock| clock.adds(old, stays, new, state.now())) {
            return Err(Error::conflict("error-broadcast-move-begun"));
        }
    }
    Ok(moving)
}

/// Keeps that what an order moves goes on as `new`, which is kept already, and returns what it was.
///
/// # Errors
/// As [`made`]; 422 when what repeats would end unsaid.
pub(super) async fn keep(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    (order, moves): (&Order, &Move),
    new: &Broadcast,
) -> Result<Broadcast> {
    broadcast::hold(write, &moves.broadcast).await?;
    let Moving { old, stays, .. } = made(state, write, actor, (order, moves), new).await?;
    if !moves.ends && repeats(&old.rule) && !repeats(&new.rule) {
        return Err(Error::invalid("error-broadcast-move-ends"));
    }
    match &stays {
        Some(stays) => broadcast::set_rule(write, &old.id, &stays.rule).await?,
        None => {
            let person = Some(actor.id().as_str());
            if !broadcast::cancel(write, &old.id, person, state.now()).await? {
                return Err(Error::conflict(GONE));
            }
        }
    }
    broadcast::set_moved(write, &old.id, &new.id).await?;
    room::replaced::carry(write, &old.id, &new.id).await?;
    let detail = json!({ "rule": old.rule, "moved_to": new.id });
    let (author, verb) = (Author::from(actor), "broadcast.move");
    let (id, place) = (old.id.as_str(), old.targets.first());
    audit::record(state, write, &author, verb, id, place, detail).await?;
    Ok(old)
}

/// Whether a rule airs on more than one day.
pub fn repeats(rule: &Rule) -> bool {
    match rule {
        Rule::Now { .. } | Rule::Once { .. } => false,
        Rule::Daily { .. } | Rule::Weekly { .. } => true,
    }
}
