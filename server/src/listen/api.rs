//! The public page of a village, for scripts of those who may open it.

use axum::Json;
use programme::ids::AreaId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::door::{self, Door};
use crate::areas::area;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/areas/…/listen`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(show, set))
}

/// Whether the page is to be open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Whether everybody may read it.
    open: bool,
}

/// The public page of a village.
#[derive(Debug, Serialize, ToSchema)]
struct ListenDoor {
    /// Whether everybody may read it.
    open: bool,
    /// Where it is on this server; `null` until it is opened for the first time.
    path: Option<String>,
}

impl ListenDoor {
    fn of(door: Option<Door>) -> Self {
        Self {
            open: door.as_ref().is_some_and(|door| door.open),
            path: door.map(|door| door.path()),
        }
    }
}

/// Whether the public page of a village is open, and where it is.
#[utoipa::path(get, path = "/api/v1/areas/{area}/listen", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 200, body = ListenDoor), (status = 404, body = Problem)))]
async fn show(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Json<ListenDoor>> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    actor.require(Right::View, &area)?;
    let door = door::of(&mut connection, &id).await?;
    Ok(Json(ListenDoor::of(door)))
}

/// Opens or closes the public page of a village.
#[utoipa::path(put, path = "/api/v1/areas/{area}/listen", tag = "areas", request_body = Wanted,
    params(("area" = String, Path)),
    responses((status = 200, body = ListenDoor), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn set(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
    Body(wanted): Body<Wanted>,
) -> Result<Json<ListenDoor>> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    drop(connection);
    let door = door::set(&state, &actor, &area, wanted.open).await?;
    Ok(Json(ListenDoor::of(Some(door))))
}
