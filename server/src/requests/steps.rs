//! What people do with a request: ask, take back, take up, decline. Each is one guarded change.

use std::collections::BTreeSet;

use jiff::ToSpan;
use programme::ids::{AreaId, BulletinId, RequestId};
use programme::programme::Class;
use programme::zone::Zone;
use serde_json::json;

use super::request::{Answer, Request, Wish};
use super::rows;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::bulletins::bulletin::{self, Content};
use crate::bulletins::{behalf, content, drafts, writing};
use crate::database::{Connection, Write};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Villages that one request may ask.
const MOST_TARGETS: usize = 200;
/// Letters of a reason.
const REASON_LIMIT: usize = 1_000;

/// Asks the villages of `areas` for a recording. The name is the caller's, so that a form sent
/// twice asks once.
///
/// # Errors
/// 403 and 404 without [`Right::Ask`] in each of them, 422 for what cannot be asked, 409 when
/// somebody else's request has the name.
pub async fn ask(
    state: &State,
    actor: &Actor,
    id: &RequestId,
    wish: &Wish,
    areas: &[AreaId],
) -> Result<()> {
    let mut write = state.database.write().await?;
    check(state, &mut write, wish).await?;
    let villages = villages(state, &mut write, actor, areas).await?;
    let added = sqlx::query(
        "INSERT INTO requests (id, asker_id, title, script, on_behalf_of, topic, due_day, \
         created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(actor.id().as_str())
    .bind(wish.title.trim())
    .bind(wish.script.trim())
    .bind(wish.on_behalf_of.trim())
    .bind(&wish.topic)
    .bind(wish.due_day.to_string())
    .bind(state.now().as_millis())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if added == 0 {
        let there = rows::find(&mut write, id).await?;
        let again = there.asker == *actor.id();
        return again
            .then_some(())
            .ok_or_else(|| Error::conflict("error-request-name-taken"));
    }
    for village in &villages {
        sqlx::query(
            "INSERT INTO request_targets (request_id, area_id, state) VALUES ($1, $2, 'waiting')",
        )
        .bind(id.as_str())
        .bind(village.id.as_str())
        .execute(&mut *write)
        .await?;
    }
    let lines: Vec<&[AreaId]> = villages.iter().map(|village| &*village.line).collect();
    let names: Vec<&AreaId> = villages.iter().map(|village| &village.id).collect();
    let detail = json!({
        "title": wish.title.trim(),
        "on_behalf_of": wish.on_behalf_of.trim(),
        "due_day": wish.due_day.to_string(),
        "targets": names,
    });
    let (author, place) = (Author::from(actor), shared(&lines));
    let name = id.as_str();
    audit::record(
        state,
        &mut write,
        &author,
        "request.ask",
        name,
        place,
        detail,
    )
    .await?;
    write.commit().await?;
    Ok(())
}

/// Takes a request back. What was made of it stays.
///
/// # Errors
/// 403 for somebody else's.
pub async fn cancel(state: &State, actor: &Actor, request: &Request) -> Result<()> {
    require_asker(actor, request)?;
    let (id, area) = (request.id.as_str(), shared_area(state, request).await?);
    let mut write = state.database.write().await?;
    write.hold(id).await?;
    let changed = sqlx::query(
        "UPDATE requests SET cancelled_at_ms = $1 WHERE id = $2 AND cancelled_at_ms IS NULL",
    )
    .bind(state.now().as_millis())
    .bind(id)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed > 0 {
        let (author, detail) = (Author::from(actor), json!({ "title": request.wish.title }));
        let place = area.as_ref();
        audit::record(
            state,
            &mut write,
            &author,
            "request.cancel",
            id,
            place,
            detail,
        )
        .await?;
        write.commit().await?;
    }
    Ok(())
}

/// Takes a request up for a village: begins the bulletin `fresh` with what it says, and gives back
/// the bulletin, or the one that the same person began before. What was declined may still be
/// taken up.
///
/// # Errors
/// 403 and 404 without [`Right::Record`] there, 409 when it was taken back, somebody else has it,
/// or the village is closed.
pub async fn take(
    state: &State,
    actor: &Actor,
    request: &Request,
    village: &AreaId,
    fresh: &BulletinId,
) -> Result<BulletinId> {
    let place = place(state, actor, request, village).await?;
    let content = begun_with(state, &request.wish)?;
    let mut write = state.database.write().await?;
    write.hold(request.id.as_str()).await?;
    let begun = drafts::begin(state, &mut write, actor, &place, fresh, &content).await?;
    let changed = sqlx::query(
        "UPDATE request_targets SET state = 'taken', by_id = $1, at_ms = $2, bulletin_id = $3, \
         reason = NULL WHERE request_id = $4 AND area_id = $5 AND state <> 'taken' \
         AND EXISTS (SELECT 1 FROM requests r WHERE r.id = $4 AND r.cancelled_at_ms IS NULL)",
    )
    .bind(actor.id().as_str())
    .bind(state.now().as_millis())
    .bind(fresh.as_str())
    .bind(request.id.as_str())
    .bind(village.as_str())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 || !begun {
        // The bulletin that was begun goes with the transaction.
        let there = rows::find(&mut write, &request.id).await?;
        return already(&there, actor, village);
    }
    let detail = json!({ "title": request.wish.title, "bulletin": fresh });
    note(
        state,
        &mut write,
        actor,
        "request.take",
        request,
        village,
        detail,
    )
    .await?;
    write.commit().await?;
    state.wake.announce(fresh.as_str()).await;
    Ok(fresh.clone())
}

/// Says for a village that it will not, and why.
///
/// # Errors
/// 403 and 404 without [`Right::Record`] there, 422 without a reason, 409 when it was answered
/// already or taken back.
pub async fn decline(
    state: &State,
    actor: &Actor,
    request: &Request,
    village: &AreaId,
    reason: &str,
) -> Result<()> {
    place(state, actor, request, village).await?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("error-request-needs-reason"));
    }
    if reason.chars().count() > REASON_LIMIT {
        return Err(Error::invalid("error-bulletin-reason-long").with("most", REASON_LIMIT));
    }
    let mut write = state.database.write().await?;
    write.hold(request.id.as_str()).await?;
    let changed = sqlx::query(
        "UPDATE request_targets SET state = 'declined', by_id = $1, at_ms = $2, reason = $3 \
         WHERE request_id = $4 AND area_id = $5 AND state = 'waiting' \
         AND EXISTS (SELECT 1 FROM requests r WHERE r.id = $4 AND r.cancelled_at_ms IS NULL)",
    )
    .bind(actor.id().as_str())
    .bind(state.now().as_millis())
    .bind(reason)
    .bind(request.id.as_str())
    .bind(village.as_str())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Error::conflict("error-request-answered"));
    }
    let detail = json!({ "title": request.wish.title, "reason": reason });
    note(
        state,
        &mut write,
        actor,
        "request.decline",
        request,
        village,
        detail,
    )
    .await?;
    write.commit().await?;
    Ok(())
}

/// Goes on only for whoever asked.
///
/// # Errors
/// 403 for anybody else.
pub fn require_asker(actor: &Actor, request: &Request) -> Result<()> {
    match request.asker == *actor.id() {
        true => Ok(()),
        false => Err(Error::forbidden()),
    }
}

/// The narrowest area that holds every village of a request: it concerns all who keep watch there.
///
/// # Errors
/// The database failed.
pub async fn shared_area(state: &State, request: &Request) -> Result<Option<AreaId>> {
    let mut connection = state.database.read().await?;
    let mut lines = Vec::new();
    for target in &request.targets {
        let area = area::find(state, &mut connection, &target.area).await?;
        lines.push(area.line);
    }
    let lines: Vec<&[AreaId]> = lines.iter().map(Vec::as_slice).collect();
    Ok(shared(&lines).cloned())
}

/// The first area of all lines from villages to the root that stands in each of them.
fn shared<'l>(lines: &[&'l [AreaId]]) -> Option<&'l AreaId> {
    let (first, others) = lines.split_first()?;
    let in_all = |area: &&AreaId| others.iter().all(|line| line.contains(area));
    first.iter().find(in_all)
}

/// The villages of areas: what contains nothing that is open, each once.
async fn villages(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    areas: &[AreaId],
) -> Result<Vec<Area>> {
    let mut found: Vec<Area> = Vec::new();
    for id in areas {
        let chosen = area::find(state, connection, id).await?;
        actor.require(Right::Ask, &chosen)?;
        if chosen.within_closed_ms.is_some() {
            return Err(Error::conflict("error-request-area-closed").with("area", chosen.name));
        }
        let mut within = area::with_all_below(state, connection, id).await?;
        within.retain(|area| area.within_closed_ms.is_none());
        let parents: BTreeSet<AreaId> =
            within.iter().filter_map(|one| one.parent.clone()).collect();
        within.retain(|area| !parents.contains(&area.id));
        within.retain(|area| !found.iter().any(|other| other.id == area.id));
        found.extend(within);
    }
    if found.is_empty() || found.len() > MOST_TARGETS {
        return Err(Error::invalid("error-request-needs-area").with("most", MOST_TARGETS));
    }
    Ok(found)
}

async fn check(state: &State, connection: &mut Connection, wish: &Wish) -> Result<()> {
    content::check_texts(&wish.title, &wish.script)?;
    behalf::check(&wish.on_behalf_of)?;
    if let Some(topic) = &wish.topic {
        let topics = bulletin::topics(connection).await?;
        if !topics.iter().any(|known| known.code == *topic) {
            return Err(Error::invalid("error-bulletin-topic").with("topic", topic));
        }
    }
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    match wish.due_day < zone.date(state.now()) {
        true => Err(Error::invalid("error-request-due-day")),
        false => Ok(()),
    }
}

/// What a bulletin says that is made of a request: it airs some weeks beyond the day on which it
/// is wanted, unless its author says otherwise.
fn begun_with(state: &State, wish: &Wish) -> Result<Content> {
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    let today = zone.date(state.now());
    let last = wish.due_day.max(today).saturating_add(writing::DAYS.days());
    Ok(Content {
        title: wish.title.clone(),
        class: Class::Ordinary,
        topic: wish.topic.clone(),
        script: wish.script.clone(),
        on_behalf_of: wish.on_behalf_of.clone(),
        valid_until_day: last.min(content::last_day(today)),
    })
}

/// What was made of a request is about to go: its village is asked again. Gives back the request.
///
/// # Errors
/// The database failed.
pub async fn ask_again(write: &mut Write, made: &BulletinId) -> Result<Option<RequestId>> {
    let request = rows::of_bulletin(write, made).await?;
    sqlx::query(
        "UPDATE request_targets SET state = 'waiting', by_id = NULL, at_ms = NULL, \
         bulletin_id = NULL WHERE bulletin_id = $1",
    )
    .bind(made.as_str())
    .execute(&mut **write)
    .await?;
    Ok(request)
}

/// The village for which somebody answers.
async fn place(state: &State, actor: &Actor, request: &Request, village: &AreaId) -> Result<Area> {
    if !request.targets.iter().any(|one| one.area == *village) {
        return Err(Error::not_found());
    }
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, village).await?;
    actor.require(Right::Record, &area)?;
    match area.within_closed_ms {
        None => Ok(area),
        Some(_) => Err(Error::conflict("error-request-area-closed").with("area", area.name)),
    }
}

/// Why a request was not taken up. The same person, who pressed twice, has it.
fn already(there: &Request, actor: &Actor, village: &AreaId) -> Result<BulletinId> {
    let target = there.targets.iter().find(|one| one.area == *village);
    match target.map(|one| &one.answer) {
        Some(Answer::Taken { step, bulletin }) if step.by == *actor.id() => Ok(bulletin.clone()),
        Some(Answer::Taken { step, .. }) => {
            Err(Error::conflict("error-request-taken").with("who", &step.by_name))
        }
        Some(Answer::Waiting | Answer::Declined { .. }) | None => {
            Err(Error::conflict("error-request-answered"))
        }
    }
}

async fn note(
    state: &State,
    write: &mut Write,
    actor: &Actor,
    verb: &'static str,
    request: &Request,
    village: &AreaId,
    detail: serde_json::Value,
) -> Result<()> {
    let (author, area) = (Author::from(actor), Some(village));
    let name = request.id.as_str();
    audit::record(state, write, &author, verb, name, area, detail).await
}
