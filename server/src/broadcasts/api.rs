//! Broadcasts for scripts.

mod when;
mod shape;

use axum::Json;
use axum::http::StatusCode;
use programme::ids::BroadcastId;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::broadcast::{self, Which};
use super::moving::Move;
use super::{ending, place};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::overtaken::Meant;

use shape::{BroadcastWhole, NewBroadcast, NewTime, VillageOutlook};

/// `/api/v1/broadcasts…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(preview))
        .routes(routes!(show))
        .routes(routes!(change_time))
        .routes(routes!(cancel))
}

#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(default)]
    past: bool,
}

/// Broadcasts that concern you: those that still plan a start, or with `past=true` the others.
#[utoipa::path(get, path = "/api/v1/broadcasts", tag = "broadcasts",
    params(("past" = Option<bool>, Query)),
    responses((status = 200, body = Vec<BroadcastWhole>), (status = 401, body = Problem)))]
async fn list(
    state: State,
    actor: Actor,
    Query(filter): Query<Filter>,
) -> Result<Json<Vec<BroadcastWhole>>> {
    let mut connection = state.database.read().await?;
    let which = if filter.past {
        Which::Past
    } else {
        Which::Coming
    };
    let now = state.now();
    let found = broadcast::visible(&mut connection, actor.id().as_str(), which, now).await?;
    Ok(Json(found.into_iter().map(BroadcastWhole::from).collect()))
}

/// One broadcast.
#[utoipa::path(get, path = "/api/v1/broadcasts/{broadcast}", tag = "broadcasts",
    params(("broadcast" = String, Path)),
    responses((status = 200, body = BroadcastWhole), (status = 404, body = Problem)))]
async fn show(
    state: State,
    actor: Actor,
    Path(id): Path<BroadcastId>,
) -> Result<Json<BroadcastWhole>> {
    let mut connection = state.database.read().await?;
    let found = broadcast::find(&mut connection, &id).await?;
    place::seen(&state, &mut connection, &actor, &found).await?;
    Ok(Json(found.into()))
}

/// Orders a broadcast. It is published to the stations at once.
#[utoipa::path(post, path = "/api/v1/broadcasts", tag = "broadcasts", request_body = NewBroadcast,
    responses((status = 201, body = BroadcastWhole), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 404, body = Problem)))]
async fn create(
    state: State,
    actor: Actor,
    Body(new): Body<NewBroadcast>,
) -> Result<(StatusCode, Json<BroadcastWhole>)> {
    let order = new.order(&state)?;
    let id = place::place(&state, &actor, &order).await?;
    let mut connection = state.database.read().await?;
    let placed = broadcast::find(&mut connection, &id).await?;
    Ok((StatusCode::CREATED, Json(placed.into())))
}

/// What the villages would hear of a broadcast; nothing is kept.
#[utoipa::path(post, path = "/api/v1/broadcasts/preview", tag = "broadcasts",
    request_body = NewBroadcast,
    responses((status = 200, body = Vec<VillageOutlook>), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn preview(
    state: State,
    actor: Actor,
    Body(new): Body<NewBroadcast>,
) -> Result<Json<Vec<VillageOutlook>>> {
    let (_, outlooks) = place::try_out(&state, &actor, &new.order(&state)?).await?;
    let mut villages = Vec::with_capacity(outlooks.meant);
    for outlook in &outlooks.outlooks {
        villages.extend(VillageOutlook::of(outlook)?);
    }
    Ok(Json(villages))
}

/// Gives a broadcast another time. It is cancelled, and what it becomes stands in its place from
/// the same moment on: the stations are told of both at once. What aired of it stays on record;
/// its starts of today that began or were due stay as they are. The rule is whole: what it leaves
/// out is not taken from the old one. What the body leaves out beside it stays as it is.
#[utoipa::path(post, path = "/api/v1/broadcasts/{broadcast}/move", tag = "broadcasts",
    params(("broadcast" = String, Path), Meant), request_body = NewTime,
    responses((status = 201, body = BroadcastWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn change_time(
    state: State,
    actor: Actor,
    Path(id): Path<BroadcastId>,
    Query(meant): Query<Meant>,
    Body(time): Body<NewTime>,
) -> Result<(StatusCode, Json<BroadcastWhole>)> {
    let mut connection = state.database.read().await?;
    let old = broadcast::find(&mut connection, &id).await?;
    place::seen(&state, &mut connection, &actor, &old).await?;
    drop(connection);
    let moves = Move {
        broadcast: id,
        seen: meant.version,
        ends: time.ends,
    };
    let order = time.order(&state, &old, moves)?;
    let id = place::place(&state, &actor, &order).await?;
    let mut connection = state.database.read().await?;
    let placed = broadcast::find(&mut connection, &id).await?;
    Ok((StatusCode::CREATED, Json(placed.into())))
}

/// Cancels a broadcast; what is on air of it ends. Starts that made room for it and are still to
/// come come back, each as a broadcast of its own, where nothing else airs then. Cancelling twice
/// changes nothing. Of one that was given another time only what stayed of it ends, and only for
/// who names that `version`.
#[utoipa::path(post, path = "/api/v1/broadcasts/{broadcast}/cancel", tag = "broadcasts",
    params(("broadcast" = String, Path), Meant),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn cancel(
    state: State,
    actor: Actor,
    Path(id): Path<BroadcastId>,
    Query(meant): Query<Meant>,
) -> Result<StatusCode> {
    ending::cancel(&state, &actor, &id, meant.version.as_ref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
