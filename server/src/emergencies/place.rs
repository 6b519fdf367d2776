//! Ordering an emergency, and the word that it is over.

use std::collections::BTreeMap;

use programme::emergency::{EMERGENCY_FORMAT_VERSION, Emergency, Order};
use programme::ids::{AreaId, BroadcastId, BulletinId};
use programme::programme::{Bulletin, Language};
use programme::units::WallTime;
use serde_json::json;

use super::emergency::{self, Kept};
use super::push::SUBJECT;
use super::request::Request;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::bulletins::approved::{approved, home};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::pins;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::{Error, Result};

/// What an order will do, seen before it is given.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// What is heard.
    pub content: Bulletin,
    /// Where: the outermost of the chosen areas.
    pub targets: Vec<Area>,
    /// The stations that will sound, each with the name of its village.
    pub stations: Vec<(Station, String)>,
    /// Villages that will hear nothing, because they have no station.
    pub silent: Vec<String>,
    /// Until when it will hold at most.
    pub expires_at: WallTime,
}

impl Outlook {
    /// How many villages will hear it.
    pub fn villages(&self) -> usize {
        let mut areas: Vec<&AreaId> = self.stations.iter().map(|(one, _)| &one.area).collect();
        areas.sort();
        areas.dedup();
        areas.len()
    }

    /// The languages in which it is heard.
    pub fn languages(&self) -> impl Iterator<Item = &Language> {
        self.content
            .recordings
            .iter()
            .map(|spoken| &spoken.language)
    }
}

/// Says what an order will do, without giving it.
///
/// # Errors
/// What [`place`] would refuse, but for the PIN.
pub async fn try_out(state: &State, actor: &Actor, request: &Request) -> Result<Outlook> {
    let mut connection = state.database.read().await?;
    let (targets, content) = checked(state, &mut connection, actor, request).await?;
    let (stations, silent) = stations(&mut connection, &targets).await?;
    Ok(Outlook {
        expires_at: expires_at(request, &content, state.now()),
        content,
        targets,
        stations,
        silent,
    })
}

/// Orders an emergency: signs it, keeps it and pushes it to the stations.
///
/// # Errors
/// 403 without the right in a target area; 409 and 422 for what makes no sense, what is not
/// approved, a closed area, one without a station, and a wrong PIN; 429 after too many of those.
pub async fn place(
    state: &State,
    actor: &Actor,
    request: &Request,
    pin: &str,
) -> Result<BroadcastId> {
    // Keys are each person's own.
    let key = request
        .request_key
        .as_ref()
        .map(|key| format!("{}/{key}", actor.id()));
    let mut connection = state.database.read().await?;
    if let Some(key) = &key
        && let Some(id) = emergency::by_request_key(&mut connection, key).await?
    {
        return Ok(id);
    }
    let (targets, _) = checked(state, &mut connection, actor, request).await?;
    drop(connection);
    pins::check(state, actor, pin).await?;
    let areas = targets.into_iter().map(|area| area.id).collect();
    // A task of its own, because whoever sent the form may hang up half-way.
    let (state, actor, request) = (state.clone(), actor.clone(), request.clone());
    tokio::spawn(async move { keep(&state, &actor, &request, areas, key.as_deref()).await }).await?
}

/// Signs, keeps, announces, and waits for nothing else.
async fn keep(
    state: &State,
    actor: &Actor,
    request: &Request,
    areas: Vec<AreaId>,
    key: Option<&str>,
) -> Result<BroadcastId> {
    let mut write = state.database.write().await?;
    // Whoever withdraws the bulletin at this moment waits, and then finds this order and ends it.
    sqlx::query("UPDATE bulletins SET version = version WHERE id = $1")
        .bind(request.bulletin.as_str())
        .execute(&mut *write)
        .await?;
    let now = state.now();
    let content = content(&mut write, &request.bulletin, now).await?;
    let word = Emergency {
        format_version: EMERGENCY_FORMAT_VERSION,
        must_understand: Vec::new(),
        id: BroadcastId::from_random(state.randomness.bytes()),
        revision: 1,
        areas,
        bulletin: request.bulletin.clone(),
        expires_at: expires_at(request, &content, now),
        content,
        repeats: request.repeats,
        gap: request.gap,
        issued_at: now,
        order: Order {
            by: actor.full_name().to_owned(),
            why: request.why.clone(),
            drill: request.drill,
        },
        cancelled: false,
    };
    let envelope = emergency::signed(state, &word)?;
    if !emergency::insert(&mut write, &word, &envelope, actor.id(), key).await? {
        // The other copy of a form that was sent twice was quicker.
        let first = emergency::by_request_key(&mut write, key.unwrap_or_default()).await?;
        return first.ok_or_else(Error::not_found);
    }
    pins::forget_attempts(&mut write, actor.id()).await?;
    let (author, place) = (Author::from(actor), word.areas.first());
    let detail = json!({
        "bulletin": word.bulletin, "targets": word.areas, "repeats": word.repeats,
        "expires_at_ms": word.expires_at, "reason": word.order.why, "drill": word.order.drill,
    });
    let (write_to, id) = (&mut write, word.id.as_str());
    audit::record(
        state,
        write_to,
        &author,
        "emergency.order",
        id,
        place,
        detail,
    )
    .await?;
    write.commit().await?;
    state.metrics.count("emergencies_ordered_total");
    announce(state, &word.id).await;
    Ok(word.id)
}

/// Says everywhere that an emergency is over. Cancelling twice changes nothing.
///
/// # Errors
/// 403 without the right in every target area, 409 when it has expired already.
pub async fn cancel(state: &State, actor: &Actor, id: &BroadcastId) -> Result<()> {
    let mut connection = state.database.read().await?;
    let kept = emergency::find(&mut connection, id).await?;
    for area in seen(state, &mut connection, actor, &kept).await? {
        actor.require(Right::Emergency, &area)?;
    }
    drop(connection);
    if kept.cancelled_at.is_none() && !kept.holds(state.now()) {
        return Err(Error::conflict("error-emergency-over"));
    }
    let (state, actor, id) = (state.clone(), actor.clone(), id.clone());
    let task = async move {
        let mut write = state.database.write().await?;
        let ended = end(&state, &mut write, &actor, &id).await?;
        write.commit().await?;
        if ended {
            announce(&state, &id).await;
        }
        Ok(())
    };
    tokio::spawn(task).await?
}

/// Ends what airs a bulletin that is withdrawn, in the transaction of the withdrawal. Gives back
/// what must be announced after it.
///
/// # Errors
/// The database failed.
pub async fn end_all_of(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    bulletin: &BulletinId,
) -> Result<Vec<BroadcastId>> {
    let mut ended = Vec::new();
    for id in emergency::of_bulletin(write, bulletin).await? {
        let held = emergency::find(write, &id).await?.holds(state.now());
        if held && end(state, write, actor, &id).await? {
            ended.push(id);
        }
    }
    Ok(ended)
}

/// Wakes every stream that is to hear the last word about an emergency.
pub async fn announce(state: &State, id: &BroadcastId) {
    state.wake.announce(&format!("{SUBJECT}{id}")).await;
}

async fn end(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<bool> {
    let mut word = emergency::find(write, id).await?.word;
    word.revision = word.revision.saturating_add(1);
    word.cancelled = true;
    let envelope = emergency::signed(state, &word)?;
    if !emergency::cancel(write, &word, &envelope, actor.id(), state.now()).await? {
        return Ok(false);
    }
    let (author, place) = (Author::from(actor), word.areas.first());
    let (verb, detail) = ("emergency.cancel", json!({}));
    audit::record(state, write, &author, verb, id.as_str(), place, detail).await?;
    Ok(true)
}

/// The areas of an emergency, if the actor may see one of them or hears what is meant for them.
///
/// # Errors
/// 404 otherwise.
pub async fn seen(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    kept: &Kept,
) -> Result<Vec<Area>> {
    let mut areas = Vec::with_capacity(kept.word.areas.len());
    for id in &kept.word.areas {
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

/// Where it will sound and what, once everything about the request is seen to make sense.
async fn checked(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    request: &Request,
) -> Result<(Vec<Area>, Bulletin)> {
    request.check()?;
    let targets = targets(state, connection, actor, &request.areas).await?;
    let home = home(connection, &request.bulletin).await?;
    let home = area::find(state, connection, &home).await?;
    let meant = targets.iter().any(|target| target.line.contains(&home.id));
    if !meant && !actor.may(Right::View, &home) {
        return Err(Error::not_found());
    }
    let content = content(connection, &request.bulletin, state.now()).await?;
    for target in &targets {
        let found: Option<(i64,)> = sqlx::query_as(
            "SELECT l.distance FROM stations s JOIN area_lines l ON l.area_id = s.area_id \
             WHERE l.above_id = $1 AND s.enrolled_at_ms IS NOT NULL \
             AND s.closed_at_ms IS NULL LIMIT 1",
        )
        .bind(target.id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        if found.is_some() {
            return Ok((targets, content));
        }
    }
    Err(Error::invalid("error-emergency-no-station"))
}

/// The chosen areas without those that lie in another one.
async fn targets(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    chosen: &[AreaId],
) -> Result<Vec<Area>> {
    let mut targets: Vec<Area> = Vec::new();
    for id in chosen {
        let area = area::find(state, connection, id).await?;
        actor.require(Right::Emergency, &area)?;
        if area.closed_at_ms.is_some() {
            return Err(Error::conflict("error-emergency-area-closed").with("name", area.name));
        }
        targets.push(area);
    }
    targets.retain(|area| !area.line.iter().skip(1).any(|above| chosen.contains(above)));
    targets.sort_by(|one, other| one.id.cmp(&other.id));
    targets.dedup_by(|one, other| one.id == other.id);
    Ok(targets)
}

/// The content that was approved, and no other.
async fn content(
    connection: &mut Connection,
    bulletin: &BulletinId,
    now: WallTime,
) -> Result<Bulletin> {
    let mut held = approved(connection, &[bulletin.clone()].into()).await?;
    let Some(content) = held.remove(bulletin) else {
        return Err(Error::conflict("error-emergency-bulletin-not-approved"));
    };
    if content.valid_until.is_some_and(|until| until <= now) {
        let expired = Error::conflict("error-emergency-bulletin-expired");
        return Err(expired.with("title", content.title));
    }
    Ok(content)
}

/// Nothing outlives the bulletin that it airs.
fn expires_at(request: &Request, content: &Bulletin, now: WallTime) -> WallTime {
    let asked = now + request.holds;
    content.valid_until.map_or(asked, |until| until.min(asked))
}

/// The stations in `targets` on which a PC is enrolled, each with the name of its village, and the
/// names of villages that have none.
async fn stations(
    connection: &mut Connection,
    targets: &[Area],
) -> Result<(Vec<(Station, String)>, Vec<String>)> {
    let (mut stations, mut silent) = (Vec::new(), Vec::new());
    for target in targets {
        let below: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT a.id, a.name, CASE WHEN a.closed_at_ms IS NULL AND NOT EXISTS \
             (SELECT 1 FROM areas b WHERE b.parent_id = a.id AND b.closed_at_ms IS NULL) \
             THEN 1 ELSE 0 END FROM areas a JOIN area_lines l ON l.area_id = a.id \
             WHERE l.above_id = $1 ORDER BY a.created_at_ms, a.id",
        )
        .bind(target.id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let mut enrolled: BTreeMap<String, Vec<Station>> = BTreeMap::new();
        for station in station::below(connection, &target.id).await? {
            if station.enrolled_at.is_some() {
                let here = enrolled.entry(station.area.to_string());
                here.or_default().push(station);
            }
        }
        for (id, name, is_village) in below {
            match enrolled.remove(&id) {
                Some(here) => stations.extend(here.into_iter().map(|one| (one, name.clone()))),
                None if is_village != 0 => silent.push(name),
                None => {}
            }
        }
    }
    Ok((stations, silent))
}
