//! Ordering an emergency, and the word that it is over.

use programme::emergency::{EMERGENCY_FORMAT_VERSION, Emergency, Order};
use programme::ids::{AreaId, BroadcastId, BulletinId};
use programme::programme::Bulletin;
use programme::units::WallTime;
use serde_json::json;

use super::emergency::{self, Kept};
use super::outlook::Outlook;
use super::push::SUBJECT;
use super::request::{REASON_LIMIT, Request};
use super::sent_before::{own_key, same_order};
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::broadcasts::place::targets_seen;
use crate::bulletins::approved::{approved, home};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::pins;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Says where an order for `areas` will sound, without giving it.
///
/// # Errors
/// 403 without the right in an area, 404 for one that is not there, 409 for one that is closed, 422
/// for one that lies in another.
pub async fn look(state: &State, actor: &Actor, areas: &[AreaId]) -> Result<Outlook> {
    let mut connection = state.database.read().await?;
    let targets = targets(state, &mut connection, actor, areas).await?;
    Outlook::of(state, &mut connection, targets).await
}

/// Whether an order makes sense, without giving it.
///
/// # Errors
/// What [`place`] would refuse, but for the PIN.
pub async fn try_out(state: &State, actor: &Actor, request: &Request) -> Result<()> {
    let mut connection = state.database.read().await?;
    let checked = checked(state, &mut connection, actor, request).await;
    checked.map(|_| ())
}

/// What goes on record as the reason where nobody typed one: what is said.
///
/// # Errors
/// 422 where no area was chosen yet; 403 and 404 for a bulletin or an area that the actor may not
/// know, 409 for a bulletin that may not sound and an area that is closed.
pub async fn own_reason(state: &State, actor: &Actor, request: &Request) -> Result<String> {
    request.check_place()?;
    let mut connection = state.database.read().await?;
    known(state, &mut connection, actor, request).await?;
    let content = content(&mut connection, &request.bulletin, state.now()).await?;
    Ok(content.title.chars().take(REASON_LIMIT).collect())
}

/// Orders an emergency: signs it, keeps it and pushes it to the stations.
///
/// # Errors
/// 403 without the right in a target area; 409 and 422 for what makes no sense, what is not
/// approved, a closed area, one without a station, a form that ordered something else already, and
/// a wrong PIN; 429 after too many of those.
pub async fn place(
    state: &State,
    actor: &Actor,
    request: &Request,
    pin: &str,
) -> Result<BroadcastId> {
    let mut connection = state.database.read().await?;
    if let Some(id) = same_order(state, &mut connection, actor, request).await? {
        return Ok(id);
    }
    let (targets, _) = checked(state, &mut connection, actor, request).await?;
    drop(connection);
    pins::check(state, actor, pin).await?;
    let areas = targets.into_iter().map(|area| area.id).collect();
    // A task of its own, because whoever sent the form may hang up half-way.
    let (state, actor, request) = (state.clone(), actor.clone(), request.clone());
    tokio::spawn(async move { keep(&state, &actor, &request, areas).await }).await?
}

/// Signs, keeps, announces, and waits for nothing else.
async fn keep(
    state: &State,
    actor: &Actor,
    request: &Request,
    areas: Vec<AreaId>,
) -> Result<BroadcastId> {
    let key = request.request_key.as_ref();
    let key = key.map(|key| own_key(actor, key));
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
            at_pc: false,
        },
        cancelled: false,
    };
    let envelope = emergency::signed(state, &word)?;
    if !emergency::insert(&mut write, &word, &envelope, actor.id(), key.as_deref()).await? {
        // The other copy of a form that was sent twice was quicker.
        let first = same_order(state, &mut write, actor, request).await?;
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
        actor.require_in_sight(Right::Emergency, &area)?;
    }
    drop(connection);
    if kept.cancelled_at.is_none() && !kept.holds(state.now()) {
        return Err(Error::conflict("error-emergency-over"));
    }
    let (state, actor, id) = (state.clone(), actor.clone(), id.clone());
    let task = async move {
        let mut write = state.database.write().await?;
        let ended = end(&state, &mut write, &Author::from(&actor), &id, 1).await?;
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
        if held && end(state, write, &Author::from(actor), &id, 1).await? {
            ended.push(id);
        }
    }
    Ok(ended)
}

/// Wakes every stream that is to hear the last word about an emergency.
pub async fn announce(state: &State, id: &BroadcastId) {
    state.wake.announce(&format!("{SUBJECT}{id}")).await;
}

/// Stations hold words about an emergency that a backup does not know. No emergency had so many.
const ABOVE_ALL_REVISIONS: u64 = 1_000_000;

/// Ends everything that still holds in a database that was put back: it may have been cancelled
/// since, and must not sound again. Gives back how many there were.
///
/// # Errors
/// The database failed.
pub async fn end_restored(state: &State, write: &mut Connection) -> Result<usize> {
    let (author, mut ended) = (Author::command_line(), 0);
    for kept in emergency::all_told(write, state.now()).await? {
        let id = &kept.word.id;
        let held = kept.holds(state.now());
        if held && end(state, write, &author, id, ABOVE_ALL_REVISIONS).await? {
            ended += 1;
        }
    }
    Ok(ended)
}

/// Says that an emergency is over, in a word that is `above` the last one by so much.
async fn end(
    state: &State,
    write: &mut Connection,
    author: &Author,
    id: &BroadcastId,
    above: u64,
) -> Result<bool> {
    let mut word = emergency::find(write, id).await?.word;
    word.revision = word.revision.saturating_add(above);
    word.cancelled = true;
    let envelope = emergency::signed(state, &word)?;
    let person = author.person.as_ref();
    if !emergency::cancel(write, &word, &envelope, person, state.now()).await? {
        return Ok(false);
    }
    let place = word.areas.first();
    let detail = match word.order.drill {
        true => json!({ "drill": true }),
        false => json!({}),
    };
    let verb = "emergency.cancel";
    audit::record(state, write, author, verb, id.as_str(), place, detail).await?;
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
    targets_seen(state, connection, actor, &kept.word.areas).await
}

/// Where it will sound and what, once everything about the request is seen to make sense.
pub(super) async fn checked(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    request: &Request,
) -> Result<(Vec<Area>, Bulletin)> {
    request.check()?;
    let targets = known(state, connection, actor, request).await?;
    let content = content(connection, &request.bulletin, state.now()).await?;
    for target in &targets {
        let found: Option<(i64,)> = sqlx::query_as(
            "SELECT l.distance FROM stations s JOIN area_lines l ON l.area_id = s.area_id \
             WHERE l.above_id = $1 AND s.enrolled_at_ms IS NOT NULL \
             AND s.closed_at_ms IS NULL AND NOT EXISTS \
             (SELECT 1 FROM area_lines n JOIN areas c ON c.id = n.above_id \
             WHERE n.area_id = s.area_id AND c.closed_at_ms IS NOT NULL) LIMIT 1",
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

/// Where it will sound, once it is seen that the actor may order that and know the bulletin.
async fn known(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    request: &Request,
) -> Result<Vec<Area>> {
    let targets = targets(state, connection, actor, &request.areas).await?;
    let home = home(connection, &request.bulletin).await?;
    let home = area::find(state, connection, &home).await?;
    let meant = targets.iter().any(|target| target.line.contains(&home.id));
    if !meant && !actor.may(Right::View, &home) {
        return Err(Error::not_found());
    }
    Ok(targets)
}

/// Where the chosen areas let it sound.
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
        if area.within_closed_ms.is_some() {
            return Err(Error::conflict("error-emergency-area-closed").with("name", area.name));
        }
        targets.push(area);
    }
    let lies_in = |part: &Area, whole: &Area| part.line.iter().skip(1).any(|id| *id == whole.id);
    for part in &targets {
        if let Some(whole) = targets.iter().find(|whole| lies_in(part, whole)) {
            // Whoever chose a village beside its commune may mean either.
            let error = Error::invalid("error-emergency-part-and-whole");
            return Err(error.with("whole", &whole.name).with("part", &part.name));
        }
    }
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
pub(super) fn expires_at(request: &Request, content: &Bulletin, now: WallTime) -> WallTime {
    let asked = now + request.holds;
    content.valid_until.map_or(asked, |until| until.min(asked))
}
