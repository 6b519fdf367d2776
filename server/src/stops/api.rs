//! STOP for scripts.

use axum::Json;
use axum::http::StatusCode;
use programme::ids::StopId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::standing::{self, Standing};
use super::{pages, press, stop};
use crate::broadcasts::place;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/stops…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(press_stop))
        .routes(routes!(show))
}

/// What is to fall silent: exactly one of these is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStop {
    /// An area: whatever sounds or waits in it and in everything below it.
    #[serde(default)]
    area: String,
    /// A broadcast, wherever you may stop it.
    #[serde(default)]
    broadcast: String,
}

/// A stop, and how it stands at each station.
#[derive(Debug, Serialize, ToSchema)]
struct StopShown {
    /// Its name.
    id: String,
    /// Areas, each with everything below it.
    areas: Vec<String>,
    /// The broadcast that it names; `null`: whatever sounded or waited there.
    broadcast: Option<String>,
    /// When it was said. Of what is due later it stops nothing.
    issued_at_ms: i64,
    /// Who said it.
    pressed_by: String,
    /// Its stations in your areas, those that did not obey first.
    stations: Vec<StationStopped>,
}

/// How a stop stands at a station.
#[derive(Debug, Serialize, ToSchema)]
struct StationStopped {
    /// The station.
    station: String,
    /// Its village.
    village: String,
    /// `not_enrolled`, `waiting` or `obeyed`.
    standing: &'static str,
    /// Whether it was there lately.
    online: bool,
    /// What ended by it, each with its title and outcome.
    #[schema(value_type = Vec<Object>)]
    ended: Vec<Value>,
}

/// Stops what sounds, at once: an area, or a broadcast. Emergencies are cancelled instead.
#[utoipa::path(post, path = "/api/v1/stops", tag = "stops", request_body = NewStop,
    responses((status = 201, body = StopShown), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn press_stop(
    state: State,
    actor: Actor,
    Body(new): Body<NewStop>,
) -> Result<(StatusCode, Json<StopShown>)> {
    let wanted = pages::wanted(&new.area, &new.broadcast)?;
    let id = press::press(&state, &actor, &wanted).await?;
    Ok((StatusCode::CREATED, Json(shown(&state, &actor, &id).await?)))
}

/// One stop, and whether its stations have obeyed it.
#[utoipa::path(get, path = "/api/v1/stops/{stop}", tag = "stops",
    params(("stop" = String, Path)),
    responses((status = 200, body = StopShown), (status = 404, body = Problem)))]
async fn show(state: State, actor: Actor, Path(id): Path<StopId>) -> Result<Json<StopShown>> {
    shown(&state, &actor, &id).await.map(Json)
}

async fn shown(state: &State, actor: &Actor, id: &StopId) -> Result<StopShown> {
    let mut connection = state.database.read().await?;
    let kept = stop::find(&mut connection, id).await?;
    place::targets_seen(state, &mut connection, actor, &kept.word.areas).await?;
    let standings = standing::of(state, &mut connection, &kept).await?;
    let own = standings
        .iter()
        .filter(|one| actor.may(Right::View, &one.village));
    Ok(StopShown {
        id: kept.word.id.to_string(),
        areas: kept.word.areas.iter().map(ToString::to_string).collect(),
        broadcast: kept.word.broadcast.as_ref().map(ToString::to_string),
        issued_at_ms: kept.word.issued_at.as_millis(),
        pressed_by: kept.word.by.clone(),
        stations: own.map(StationStopped::of).collect(),
    })
}

impl StationStopped {
    fn of(standing: &Standing) -> Self {
        let ended = standing.ended.iter().map(|(title, outcome)| {
            let mut said = serde_json::json!(outcome);
            said["title"] = Value::from(title.as_str());
            said
        });
        Self {
            station: standing.station.id.to_string(),
            village: standing.village.name.clone(),
            standing: standing.name(),
            online: standing.online,
            ended: ended.collect(),
        }
    }
}
