//! A press on STOP: checked, signed, kept, and on its way before anything else is done.

use programme::ids::{AreaId, BroadcastId, StopId};
use programme::signed::{Envelope, Purpose};
use programme::stop::{STOP_FORMAT_VERSION, Stop, TOLD_FOR};
use serde_json::json;

use super::stop;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::broadcasts::{broadcast, place};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::{Error, Result};

/// What is announced when somebody pressed STOP, followed by its name.
pub const SUBJECT: &str = "stop ";

/// What somebody wants silent.
#[derive(Debug, Clone)]
pub enum Press {
    /// Whatever sounds or waits in an area and below.
    All(AreaId),
    /// A broadcast, wherever whoever presses may stop it.
    Broadcast(BroadcastId),
}

/// Stops what sounds, and gives back the name of the stop.
///
/// # Errors
/// 403 and 404 without the right in any place that it would silence, 422 where there is no station.
pub async fn press(state: &State, actor: &Actor, press: &Press) -> Result<StopId> {
    let mut connection = state.database.read().await?;
    let (areas, broadcast) = match press {
        Press::All(id) => {
            let area = area::find(state, &mut connection, id).await?;
            actor.require(Right::Stop, &area)?;
            (vec![area], None)
        }
        Press::Broadcast(id) => {
            let areas = own_part(state, &mut connection, actor, id).await?;
            (areas, Some(id.clone()))
        }
    };
    if !has_station(&mut connection, &areas).await? {
        return Err(Error::invalid("error-stop-no-station"));
    }
    drop(connection);
    let areas = areas.into_iter().map(|area| area.id).collect();
    // A task of its own, because whoever pressed may hang up half-way.
    let (state, actor) = (state.clone(), actor.clone());
    tokio::spawn(async move { keep(&state, &actor, areas, broadcast).await }).await?
}

/// The areas of a broadcast in which the actor may stop it: its targets, or what lies in them.
///
/// # Errors
/// 404 when the actor may not see it, 403 when they may stop it nowhere.
pub async fn own_part(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<Vec<Area>> {
    let found = broadcast::find(connection, id).await?;
    let targets = place::seen(state, connection, actor, &found).await?;
    let mut own = Vec::new();
    for target in &targets {
        if actor.may(Right::Stop, target) {
            own.push(target.clone());
            continue;
        }
        for (role_area, role) in actor.roles() {
            let area = area::find(state, connection, role_area).await?;
            if role.may(Right::Stop) && area.line.contains(&target.id) {
                own.push(area);
            }
        }
    }
    own.sort_by(|one, other| one.id.cmp(&other.id));
    own.dedup_by(|one, other| one.id == other.id);
    match own.is_empty() {
        true => Err(Error::forbidden()),
        false => Ok(own),
    }
}

async fn has_station(connection: &mut Connection, areas: &[Area]) -> Result<bool> {
    for area in areas {
        let stations = station::below(connection, &area.id).await?;
        if stations.iter().any(|station| station.enrolled_at.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn keep(
    state: &State,
    actor: &Actor,
    areas: Vec<AreaId>,
    broadcast: Option<BroadcastId>,
) -> Result<StopId> {
    let now = state.now();
    let word = Stop {
        format_version: STOP_FORMAT_VERSION,
        must_understand: Vec::new(),
        id: StopId::from_random(state.randomness.bytes()),
        areas,
        broadcast,
        issued_at: now,
        expires_at: now + TOLD_FOR,
        by: actor.full_name().to_owned(),
    };
    let payload = serde_json::to_vec(&word)?;
    let envelope = Envelope::sign(Purpose::Stop, payload, &state.signing_key);
    let envelope = serde_json::to_string(&envelope)?;
    let mut write = state.database.write().await?;
    stop::insert(&mut write, &word, &envelope, actor.id()).await?;
    let (author, place) = (Author::from(actor), word.areas.first());
    let detail = json!({ "targets": word.areas, "broadcast": word.broadcast });
    let (verb, id) = ("stop.press", word.id.as_str());
    audit::record(state, &mut write, &author, verb, id, place, detail).await?;
    write.commit().await?;
    state.metrics.count("stops_pressed_total");
    state.wake.announce(&format!("{SUBJECT}{}", word.id)).await;
    Ok(word.id)
}
