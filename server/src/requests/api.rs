//! Requests for a recording, for scripts.

mod shape;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request as Sent;
use axum::http::StatusCode;
use axum::response::Response;
use programme::ids::{AreaId, BulletinId, RequestId};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{self, LIMIT_BYTES};
use super::request::Request;
use super::{fates, rows, steps};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::shell::Shell;

use shape::{Declined, NewRequest, RequestLine, RequestWhole, Taken};

/// `/api/v1/requests…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, ask))
        .routes(routes!(show))
        .routes(routes!(cancel))
        .routes(routes!(document, attach))
        .routes(routes!(take))
        .routes(routes!(decline))
}

/// Which requests.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only those that you made.
    #[serde(default)]
    own: bool,
    /// How many to leave out from the start.
    #[serde(default)]
    #[param(format = Int64, maximum = 4_294_967_295_u32)]
    skip: u32,
}

/// What a document is called.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Called {
    /// The name of the file.
    #[serde(default)]
    name: String,
}

/// Requests in one answer.
const PAGE: u32 = 100;

/// The requests that you made or that ask your villages, the newest first, 100 at a time.
#[utoipa::path(get, path = "/api/v1/requests", tag = "requests", params(Which),
    responses((status = 200, body = Vec<RequestLine>), (status = 401, body = Problem)))]
async fn list(
    state: State,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<RequestLine>>> {
    let mut connection = state.database.read().await?;
    let found = rows::list(&mut connection, actor.id(), which.own, PAGE, which.skip).await?;
    Ok(Json(found.iter().map(RequestLine::of).collect()))
}

/// Asks villages for a recording.
#[utoipa::path(post, path = "/api/v1/requests", tag = "requests", request_body = NewRequest,
    responses((status = 201, body = RequestWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn ask(
    state: State,
    shell: Shell,
    actor: Actor,
    Body(new): Body<NewRequest>,
) -> Result<(StatusCode, Json<RequestWhole>)> {
    let id = match &new.id {
        Some(id) => id
            .parse()
            .map_err(|_| Error::invalid("error-request-name"))?,
        None => RequestId::from_random(state.randomness.bytes()),
    };
    let areas = new.areas.iter().map(|area| area.parse());
    let areas: Vec<AreaId> = areas
        .collect::<Result<_, _>>()
        .map_err(|_| Error::not_found())?;
    steps::ask(&state, &actor, &id, &new.wish()?, &areas).await?;
    Ok((
        StatusCode::CREATED,
        whole(&state, &shell, &actor, &id).await?,
    ))
}

/// One request, and what became of it in each village.
#[utoipa::path(get, path = "/api/v1/requests/{request}", tag = "requests",
    params(("request" = String, Path)),
    responses((status = 200, body = RequestWhole), (status = 404, body = Problem)))]
async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RequestId>,
) -> Result<Json<RequestWhole>> {
    whole(&state, &shell, &actor, &id).await
}

/// Takes a request back; bulletins that were made of it stay.
#[utoipa::path(post, path = "/api/v1/requests/{request}/cancel", tag = "requests",
    params(("request" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn cancel(state: State, actor: Actor, Path(id): Path<RequestId>) -> Result<StatusCode> {
    let request = visible(&state, &actor, &id).await?;
    steps::cancel(&state, &actor, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The attached document, to be saved.
#[utoipa::path(get, path = "/api/v1/requests/{request}/document", tag = "requests",
    params(("request" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream"),
        (status = 404, body = Problem)))]
async fn document(state: State, actor: Actor, Path(id): Path<RequestId>) -> Result<Response> {
    let request = visible(&state, &actor, &id).await?;
    documents::send(&state, &request).await
}

/// Attaches a document to a request of yours that has none: a PDF, a .docx, a PNG, a JPEG or a
/// WebP of at most 10 MB. What it is says its content.
#[utoipa::path(put, path = "/api/v1/requests/{request}/document", tag = "requests",
    params(("request" = String, Path), Called),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn attach(
    state: State,
    actor: Actor,
    Path(id): Path<RequestId>,
    Query(called): Query<Called>,
    sent: Sent,
) -> Result<StatusCode> {
    let request = visible(&state, &actor, &id).await?;
    steps::require_asker(&actor, &request)?;
    let bytes = to_bytes(sent.into_body(), LIMIT_BYTES).await;
    let bytes = bytes.map_err(|_| documents::too_large())?;
    documents::attach(&state, &actor, &request, &called.name, bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a request up for a village: begins a bulletin with what it says.
#[utoipa::path(post, path = "/api/v1/requests/{request}/areas/{area}/take", tag = "requests",
    params(("request" = String, Path), ("area" = String, Path)),
    responses((status = 200, body = Taken), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn take(
    state: State,
    actor: Actor,
    Path((id, area)): Path<(RequestId, AreaId)>,
) -> Result<Json<Taken>> {
    let request = visible(&state, &actor, &id).await?;
    let fresh = BulletinId::from_random(state.randomness.bytes());
    let bulletin = steps::take(&state, &actor, &request, &area, &fresh).await?;
    Ok(Json(Taken {
        bulletin_id: bulletin.to_string(),
    }))
}

/// Says for a village that it will not record what is asked, and why.
#[utoipa::path(post, path = "/api/v1/requests/{request}/areas/{area}/decline", tag = "requests",
    params(("request" = String, Path), ("area" = String, Path)), request_body = Declined,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn decline(
    state: State,
    actor: Actor,
    Path((id, area)): Path<(RequestId, AreaId)>,
    Body(declined): Body<Declined>,
) -> Result<StatusCode> {
    let request = visible(&state, &actor, &id).await?;
    steps::decline(&state, &actor, &request, &area, &declined.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn visible(state: &State, actor: &Actor, id: &RequestId) -> Result<Request> {
    let mut connection = state.database.read().await?;
    rows::visible(state, &mut connection, actor, id).await
}

async fn whole(
    state: &State,
    shell: &Shell,
    actor: &Actor,
    id: &RequestId,
) -> Result<Json<RequestWhole>> {
    let mut connection = state.database.read().await?;
    let request = rows::visible(state, &mut connection, actor, id).await?;
    let fates = fates::of(state, &mut connection, shell, actor, &request).await?;
    Ok(Json(RequestWhole::of(&request, &fates)))
}
