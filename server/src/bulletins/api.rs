//! Bulletins for scripts.

mod shape;

use axum::Json;
use axum::http::StatusCode;
use programme::ids::{BulletinId, RecordingId};
use programme::programme::Language;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bulletin::{self, Bulletin};
use super::reading::Estimate;
use super::{approval, drafts, removal};
use crate::areas::area::{self, Area};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::recordings::recording;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::shell::Shell;

use shape::{
    BulletinLine, BulletinWhole, ChangedBulletin, NewBulletin, ReadingTime, Script, Seen, Speaks,
};

/// `/api/v1/bulletins…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(reading_time))
        .routes(routes!(show, update, delete))
        .routes(routes!(attach, detach))
        .routes(routes!(submit))
        .routes(routes!(retract))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(withdraw))
}

/// Which bulletins.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only those in this state.
    #[serde(default)]
    state: String,
    /// How many to leave out from the start.
    #[serde(default)]
    #[param(format = Int64, maximum = 4_294_967_295_u32)]
    skip: u32,
}

/// Bulletins in one answer.
const PAGE: u32 = 100;

/// The bulletins that you may see, what changed last first, 100 at a time.
#[utoipa::path(get, path = "/api/v1/bulletins", tag = "bulletins", params(Which),
    responses((status = 200, body = Vec<BulletinLine>), (status = 401, body = Problem)))]
async fn list(
    state: State,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<BulletinLine>>> {
    let mut connection = state.database.read().await?;
    let found = bulletin::list(&mut connection, actor.id(), &which.state, PAGE, which.skip).await?;
    Ok(Json(found.iter().map(BulletinLine::of).collect()))
}

/// How long it takes to read a script out, before it is a bulletin.
#[utoipa::path(post, path = "/api/v1/reading-time", tag = "bulletins", request_body = Script,
    responses((status = 200, body = ReadingTime), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn reading_time(
    state: State,
    shell: Shell,
    actor: Actor,
    Body(script): Body<Script>,
) -> Result<Json<ReadingTime>> {
    actor.require_somewhere(Right::Record)?;
    let area = match script.area_id.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => {
            let id = id.parse().map_err(|_| Error::not_found())?;
            let mut connection = state.database.read().await?;
            let area = area::find(&state, &mut connection, &id).await?;
            actor.require(Right::Record, &area)?;
            Some(area)
        }
        None => None,
    };
    let estimate = Estimate::of(&script.script, area.as_ref(), &state.config);
    Ok(Json(ReadingTime::of(estimate.as_ref(), &shell)))
}

/// One bulletin.
#[utoipa::path(get, path = "/api/v1/bulletins/{bulletin}", tag = "bulletins",
    params(("bulletin" = String, Path)),
    responses((status = 200, body = BulletinWhole), (status = 404, body = Problem)))]
async fn show(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
) -> Result<Json<BulletinWhole>> {
    whole(&state, &actor, &id).await
}

/// Begins a bulletin.
#[utoipa::path(post, path = "/api/v1/bulletins", tag = "bulletins", request_body = NewBulletin,
    responses((status = 201, body = BulletinWhole), (status = 403, body = Problem),
        (status = 422, body = Problem),
        (status = 404, body = Problem)))]
async fn create(
    state: State,
    actor: Actor,
    Body(new): Body<NewBulletin>,
) -> Result<(StatusCode, Json<BulletinWhole>)> {
    let area = new.area_id.parse().map_err(|_| Error::not_found())?;
    let id = match new.id {
        Some(id) => id
            .parse()
            .map_err(|_| Error::invalid("error-bulletin-name"))?,
        None => BulletinId::from_random(state.randomness.bytes()),
    };
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &area).await?;
    drop(connection);
    drafts::create(&state, &actor, &area, &id, &new.content.read()?).await?;
    Ok((StatusCode::CREATED, whole(&state, &actor, &id).await?))
}

/// Changes what a draft or a rejected bulletin says.
#[utoipa::path(put, path = "/api/v1/bulletins/{bulletin}", tag = "bulletins",
    params(("bulletin" = String, Path)), request_body = ChangedBulletin,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Body(changed): Body<ChangedBulletin>,
) -> Result<Json<BulletinWhole>> {
    let (seen, area) = seen(&state, &actor, &id, changed.version).await?;
    drafts::update(&state, &actor, &area, &seen, &changed.content.read()?).await?;
    whole(&state, &actor, &id).await
}

/// Which version of a bulletin is meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Meant {
    /// The version that you saw.
    version: i64,
}

/// Deletes a draft or a rejected bulletin. Its recordings stay.
#[utoipa::path(delete, path = "/api/v1/bulletins/{bulletin}", tag = "bulletins",
    params(("bulletin" = String, Path), Meant),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn delete(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Query(meant): Query<Meant>,
) -> Result<StatusCode> {
    let (seen, area) = seen(&state, &actor, &id, meant.version).await?;
    removal::delete(&state, &actor, &area, &seen).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a recording speak for a bulletin in a language.
#[utoipa::path(put, path = "/api/v1/bulletins/{bulletin}/recordings/{language}",
    tag = "bulletins", params(("bulletin" = String, Path), ("language" = String, Path)),
    request_body = Speaks,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn attach(
    state: State,
    actor: Actor,
    Path((id, language)): Path<(BulletinId, Language)>,
    Body(speaks): Body<Speaks>,
) -> Result<Json<BulletinWhole>> {
    let name: RecordingId = speaks
        .recording_id
        .parse()
        .map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
    let (take, _) = recording::visible(&state, &mut connection, &actor, &name).await?;
    drop(connection);
    if take.language != language {
        return Err(Error::invalid("error-bulletin-other-language").with("language", language));
    }
    drafts::attach(&state, &actor, &area, &bulletin, &take).await?;
    whole(&state, &actor, &id).await
}

/// Takes the recording in a language out of a bulletin.
#[utoipa::path(delete, path = "/api/v1/bulletins/{bulletin}/recordings/{language}",
    tag = "bulletins", params(("bulletin" = String, Path), ("language" = String, Path)),
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn detach(
    state: State,
    actor: Actor,
    Path((id, language)): Path<(BulletinId, Language)>,
) -> Result<Json<BulletinWhole>> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    drafts::detach(&state, &actor, &area, &bulletin, &language).await?;
    whole(&state, &actor, &id).await
}

/// Asks for approval.
#[utoipa::path(post, path = "/api/v1/bulletins/{bulletin}/submit", tag = "bulletins",
    params(("bulletin" = String, Path)), request_body = Seen,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn submit(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Body(step): Body<Seen>,
) -> Result<Json<BulletinWhole>> {
    let (seen, area) = seen(&state, &actor, &id, step.version).await?;
    approval::submit(&state, &actor, &area, &seen).await?;
    whole(&state, &actor, &id).await
}

/// Takes a bulletin back that nobody has decided yet: it is a draft again.
#[utoipa::path(post, path = "/api/v1/bulletins/{bulletin}/retract", tag = "bulletins",
    params(("bulletin" = String, Path)), request_body = Seen,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retract(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Body(step): Body<Seen>,
) -> Result<Json<BulletinWhole>> {
    let (seen, area) = seen(&state, &actor, &id, step.version).await?;
    approval::retract(&state, &actor, &area, &seen).await?;
    whole(&state, &actor, &id).await
}

/// Lets a bulletin air, and binds the content of its recordings.
#[utoipa::path(post, path = "/api/v1/bulletins/{bulletin}/approve", tag = "bulletins",
    params(("bulletin" = String, Path)), request_body = Seen,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn approve(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Body(step): Body<Seen>,
) -> Result<Json<BulletinWhole>> {
    let (seen, area) = seen(&state, &actor, &id, step.version).await?;
    approval::approve(&state, &actor, &area, &seen).await?;
    whole(&state, &actor, &id).await
}

/// Sends a bulletin back to its authors, with a reason.
#[utoipa::path(post, path = "/api/v1/bulletins/{bulletin}/reject", tag = "bulletins",
    params(("bulletin" = String, Path)), request_body = Seen,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn reject(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Body(step): Body<Seen>,
) -> Result<Json<BulletinWhole>> {
    let (seen, area) = seen(&state, &actor, &id, step.version).await?;
    approval::reject(&state, &actor, &area, &seen, &step.reason).await?;
    whole(&state, &actor, &id).await
}

/// Takes an approved bulletin off the air for good.
#[utoipa::path(post, path = "/api/v1/bulletins/{bulletin}/withdraw", tag = "bulletins",
    params(("bulletin" = String, Path)), request_body = Seen,
    responses((status = 200, body = BulletinWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn withdraw(
    state: State,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Body(step): Body<Seen>,
) -> Result<Json<BulletinWhole>> {
    let (seen, area) = seen(&state, &actor, &id, step.version).await?;
    approval::withdraw(&state, &actor, &area, &seen, &step.reason).await?;
    whole(&state, &actor, &id).await
}

/// The bulletin as its reader saw it: a step is taken on that version or not at all.
async fn seen(
    state: &State,
    actor: &Actor,
    id: &BulletinId,
    version: i64,
) -> Result<(Bulletin, Area)> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(state, &mut connection, actor, id).await?;
    Ok((
        Bulletin {
            version,
            ..bulletin
        },
        area,
    ))
}

async fn whole(state: &State, actor: &Actor, id: &BulletinId) -> Result<Json<BulletinWhole>> {
    let mut connection = state.database.read().await?;
    let (bulletin, _) = bulletin::visible(state, &mut connection, actor, id).await?;
    Ok(Json(BulletinWhole::of(&mut connection, &bulletin).await?))
}
