//! Placing an order.

use axum::http::StatusCode;
use programme::ids::{AreaId, BroadcastId};
use programme::programme::Class;
use programme::timetable::Timetable;
use programme::zone::Zone;
use serde_json::{Value, json};

use super::broadcast::{self, Broadcast};
use super::order::{NO_HOLIDAY, Order, minute};
use super::outlook::{self, Gathered, Instead, Outlook, Outlooks};
use super::{ending, limits, moving, room};
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::bulletins::approved::{approved, home};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::publish;
use crate::state::State;
use crate::web::errors::{Error, Refusal, Result};

/// Says what the villages would hear of an order, without keeping anything.
///
/// # Errors
/// What [`place`] would refuse, but for an order that no village would hear: that is shown.
pub async fn try_out(state: &State, actor: &Actor, order: &Order) -> Result<(Broadcast, Outlooks)> {
    let mut connection = state.database.read().await?;
    let gathered = gathered(state, &mut connection, actor, order).await?;
    drop(connection);
    let outlooks = gathered.look().await?;
    Ok((gathered.wanted, outlooks))
}

/// Keeps an order as a broadcast and publishes it to the villages.
///
/// # Errors
/// 422 for an order that makes no sense or that no village would hear, 403 without the right in a
/// target area, 409 for one that goes beyond what villages lay down.
pub async fn place(state: &State, actor: &Actor, order: &Order) -> Result<BroadcastId> {
    let key = order.request_key.as_ref().map(|key| own_key(actor, key));
    let mut connection = state.database.read().await?;
    if let Some(id) = sent_before(&mut connection, key.as_deref()).await? {
        return Ok(id);
    }
    // Villages are planned before others are shut out of the database, which may take seconds.
    let foreseen = gathered(state, &mut connection, actor, order).await?;
    drop(connection);
    let outlooks = foreseen.look().await?;
    let mut write = state.database.write().await?;
    // What two people order at once is looked at together: the second sees the first.
    write.hold("broadcasts").await?;
    if let Some(id) = sent_before(&mut write, key.as_deref()).await? {
        return Ok(id);
    }
    let now = gathered(state, &mut write, actor, order).await?;
    // A start may have come and gone meanwhile: the order is in force from now on only.
    let holds = now.is_like(&foreseen) && outlooks.are_to_come(now.wanted.since);
    let outlooks = match holds {
        true => outlooks,
        false => now.look().await?,
    };
    let new = now.wanted;
    if let Some(refusal) = silence(&outlooks) {
        return Err(Error::Refused(refusal));
    }
    limits::check(actor, order, &outlooks)?;
    let mut replaced = Vec::new();
    for id in &order.replaces {
        replaced.push(ending::cancellable(state, &mut write, actor, id, None).await?);
    }
    let author = Author::from(actor);
    if !broadcast::insert(&mut write, &new, key.as_deref()).await? {
        // The other copy of a form that was sent twice was quicker.
        return sent_before(&mut write, key.as_deref())
            .await?
            .ok_or_else(Error::not_found);
    }
    let detail = detail(order, &new);
    let (id, place) = (new.id.as_str(), new.targets.first());
    audit::record(
        state,
        &mut write,
        &author,
        "broadcast.add",
        id,
        place,
        detail,
    )
    .await?;
    for old in &replaced {
        if ending::write_cancel(state, &mut write, actor, old).await? {
            room::replaced::note_whole(&mut write, &new.id, old).await?;
        }
    }
    if let Some(moves) = &order.moves {
        let of = (order, moves);
        replaced.push(moving::keep(state, &mut write, actor, of, &new).await?);
    }
    for skip in &order.skips {
        replaced.extend(room::keep(state, &mut write, actor, skip, &new).await?);
    }
    write.commit().await?;
    let id = new.id.clone();
    let changed = std::iter::once(new).chain(replaced);
    publish(state, changed.collect()).await?;
    Ok(id)
}

/// What the trail says of an order that is kept.
fn detail(order: &Order, new: &Broadcast) -> Value {
    json!({
        "rule": new.rule, "bulletins": new.bulletins, "targets": new.targets,
        "repeats": new.repeats, "replaces": order.replaces,
        "moves": order.moves.as_ref().map(|moves| &moves.broadcast),
        "skips": order.skips.iter().map(|skip| &skip.broadcast).collect::<Vec<_>>(),
        "over_limits": order.over_limits.then_some(true),
    })
}

/// All from which the villages of an order are looked at, once everything about it is seen to make
/// sense.
async fn gathered(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    order: &Order,
) -> Result<Gathered> {
    let new = checked(state, connection, actor, order).await?;
    let instead = instead(state, connection, actor, order, &new).await?;
    outlook::gather(state, connection, &new, &instead).await
}

/// What makes room for an order, and what stands in its place.
async fn instead(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    order: &Order,
    new: &Broadcast,
) -> Result<Instead> {
    let cancelled = order.replaces.iter().map(|id| (id.clone(), Vec::new()));
    let mut instead: Instead = cancelled.collect();
    if let Some(moves) = &order.moves {
        let made = moving::made(state, connection, actor, (order, moves), new).await?;
        instead.insert(made.old.id, made.stays.into_iter().collect());
    }
    for skip in &order.skips {
        let room = room::made(state, connection, actor, skip, &new.targets).await?;
        instead.insert(skip.broadcast.clone(), room.instead());
    }
    Ok(instead)
}

/// The areas of a broadcast, if the actor may see one of them or hears what is meant for them.
///
/// # Errors
/// 404 otherwise.
pub async fn seen(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    broadcast: &Broadcast,
) -> Result<Vec<Area>> {
    targets_seen(state, connection, actor, &broadcast.targets).await
}

/// The areas that something is meant for, when one of them is for this person's eyes.
///
/// # Errors
/// 404 when it is not for them; the database failed.
pub async fn targets_seen(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    targets: &[AreaId],
) -> Result<Vec<Area>> {
    let mut areas = Vec::with_capacity(targets.len());
    for id in targets {
        areas.push(area::find(state, connection, id).await?);
    }
    let mut own = Vec::new();
    for (id, _) in actor.roles() {
        own.push(area::find(state, connection, id).await?);
    }
    let may = |area: &Area| {
        actor.may(Right::View, area) || own.iter().any(|own| own.line.contains(&area.id))
    };
    if areas.iter().any(may) {
        Ok(areas)
    } else {
        Err(Error::not_found())
    }
}

/// The order as a broadcast, once everything about it is seen to make sense.
async fn checked(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    order: &Order,
) -> Result<Broadcast> {
    let mut targets: Vec<Area> = Vec::new();
    for id in &order.targets {
        let area = area::find(state, connection, id).await?;
        actor.require(Right::Schedule, &area)?;
        if area.within_closed_ms.is_some() {
            let closed = Error::conflict("error-broadcast-area-closed");
            return Err(closed.with("area", &area.name));
        }
        targets.push(area);
    }
    check_there(state, order, &targets)?;
    check_bulletins(state, connection, actor, order, &targets).await?;
    let id = BroadcastId::from_random(state.randomness.bytes());
    let mut broadcast = order.broadcast(id, state.now(), Some(actor.id().to_string()));
    // What lies in another target is meant by it already.
    let chosen = order.targets.clone();
    let within = |area: &Area| area.line.iter().skip(1).any(|above| chosen.contains(above));
    let outermost = targets.iter().filter(|area| !within(area));
    broadcast.targets = outermost.map(|area| area.id.clone()).collect();
    broadcast.targets.sort();
    broadcast.targets.dedup();
    Ok(broadcast)
}

/// Checks an order where it shall be heard. That no holiday is to come counts only where that is so
/// in each target, for some have holidays of their own.
fn check_there(state: &State, order: &Order, targets: &[Area]) -> Result<()> {
    let check = |zone: &str, timetable: &Timetable| {
        let zone = Zone::named(zone).map_err(anyhow::Error::from)?;
        order.check(state.now(), &zone, timetable)
    };
    if targets.is_empty() {
        return check(&state.config.commune.zone, &Timetable::default());
    }
    let (mut some, mut without) = (false, Ok(()));
    for area in targets {
        match check(&area.ways.zone, &area.ways.timetable) {
            Ok(()) => some = true,
            Err(error) if error.key() == NO_HOLIDAY => without = Err(error),
            Err(error) => return Err(error),
        }
    }
    if some { Ok(()) } else { without }
}

/// Only what was approved airs, and only what is meant for the target or may be seen by whoever
/// orders. An emergency is ordered by those who may order one.
async fn check_bulletins(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    order: &Order,
    targets: &[Area],
) -> Result<()> {
    let named = order.bulletins.iter().cloned().collect();
    let held = approved(connection, &named).await?;
    for id in &order.bulletins {
        let home = home(connection, id).await?;
        let home = area::find(state, connection, &home).await?;
        let meant = targets.iter().any(|target| target.line.contains(&home.id));
        if !meant && !actor.may(Right::View, &home) {
            return Err(Error::not_found());
        }
        let Some(bulletin) = held.get(id) else {
            return Err(Error::conflict("error-broadcast-bulletin-not-approved"));
        };
        if bulletin
            .valid_until
            .is_some_and(|until| until <= state.now())
        {
            let title = bulletin.title.clone();
            return Err(Error::conflict("error-broadcast-bulletin-expired").with("title", title));
        }
        if bulletin.class == Class::Emergency {
            for target in targets {
                actor.require(Right::Emergency, target)?;
            }
        }
    }
    Ok(())
}

/// Why an order is refused of which nobody would hear a start.
pub fn silence(looked: &Outlooks) -> Option<Refusal> {
    let outlooks = &looked.outlooks;
    let Some(first) = outlooks.first() else {
        return Some(refusal("error-broadcast-no-village"));
    };
    if outlooks.iter().any(Outlook::airs) || looked.looked_at() < looked.meant {
        return None;
    }
    if outlooks.iter().all(Outlook::is_quiet) {
        let quiet = first.quiet;
        let mut refused = refusal("error-broadcast-in-quiet-hours");
        refused.values = vec![("from", minute(quiet.from)), ("until", minute(quiet.until))];
        return Some(refused);
    }
    Some(refusal("error-broadcast-never-airs"))
}

fn refusal(key: &'static str) -> Refusal {
    Refusal {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        key,
        values: Vec::new(),
    }
}

/// Whether the form with this key made a broadcast of the actor's already.
///
/// # Errors
/// The database failed.
pub async fn made_before(connection: &mut Connection, actor: &Actor, key: &str) -> Result<bool> {
    let made = sent_before(connection, Some(&own_key(actor, key))).await?;
    Ok(made.is_some())
}

/// Keys are each person's own.
fn own_key(actor: &Actor, key: &str) -> String {
    format!("{}/{key}", actor.id())
}

/// What the same form made already.
async fn sent_before(
    connection: &mut Connection,
    key: Option<&str>,
) -> Result<Option<BroadcastId>> {
    match key {
        Some(key) => broadcast::by_request_key(connection, key).await,
        None => Ok(None),
    }
}

/// Publishes what follows from broadcasts that are kept by now, as a task of its own: whoever sent
/// the form may hang up half-way. A failure is the publisher's duty to make good.
pub(super) async fn publish(state: &State, changed: Vec<Broadcast>) -> Result<()> {
    let state = state.clone();
    let task = async move {
        for broadcast in &changed {
            state.wake.announce(broadcast.id.as_str()).await;
        }
        let mut areas: Vec<AreaId> = changed.into_iter().flat_map(|one| one.targets).collect();
        areas.sort();
        areas.dedup();
        if let Err(error) = publish::to_areas(&state, &areas).await {
            tracing::error!("publishing failed and will be tried again: {error:?}");
        }
    };
    Ok(tokio::spawn(task).await?)
}
