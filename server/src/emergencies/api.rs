//! Emergencies for scripts.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use programme::ids::BroadcastId;
use programme::units::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::emergency::{self, Kept};
use super::place;
use super::request::{GAP, HOLDS, REPEATS, Request};
use super::standing::{self, Standing};
use super::sync;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/emergencies…`, and what stations themselves ask.
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, order))
        .routes(routes!(show))
        .routes(routes!(cancel))
        .routes(routes!(sync::get_emergencies))
        .merge(super::standby_api::api())
}

/// What is to sound at once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEmergency {
    /// The name of an approved bulletin.
    bulletin: String,
    /// Areas, each with everything below it; none that lies in another.
    areas: Vec<String>,
    /// How often it is heard, three times unless it is given; `null`: until it is stopped.
    #[serde(default = "repeats")]
    repeats: Option<u32>,
    /// Silence between two hearings; ten seconds unless it is given.
    gap_ms: Option<u64>,
    /// How long it holds at most; two hours unless it is given.
    holds_ms: Option<u64>,
    /// Why.
    why: String,
    /// Whether it is an exercise.
    #[serde(default)]
    drill: bool,
    /// Your PIN.
    pin: String,
    /// The same text orders one emergency, however often it is sent.
    request_key: Option<String>,
}

pub(super) fn repeats() -> Option<u32> {
    Some(REPEATS)
}

/// An emergency.
#[derive(Debug, Serialize, ToSchema)]
struct EmergencyWhole {
    /// Its name, that of a broadcast in the log.
    id: String,
    /// Rises with each word about it.
    revision: u64,
    /// The bulletin.
    bulletin: String,
    /// The title that was approved.
    title: String,
    /// Areas, each with everything below it.
    areas: Vec<String>,
    /// How often it is heard; `null`: until it is stopped.
    repeats: Option<u32>,
    /// Silence between two hearings.
    gap_ms: u128,
    /// When it was ordered.
    issued_at_ms: i64,
    /// From then on it sounds nowhere.
    expires_at_ms: i64,
    /// Who ordered it.
    ordered_by: String,
    /// Why.
    why: String,
    /// Whether it is an exercise.
    drill: bool,
    /// When it was cancelled.
    cancelled_at_ms: Option<i64>,
}

/// An emergency as it stands at each station.
#[derive(Debug, Serialize, ToSchema)]
struct EmergencyShown {
    /// The emergency.
    #[serde(flatten)]
    emergency: EmergencyWhole,
    /// How many of its stations are how far, yours and those of others.
    counts: BTreeMap<&'static str, usize>,
    /// Its stations in your areas, the worst first.
    stations: Vec<StationStanding>,
}

/// How an emergency stands at a station.
#[derive(Debug, Serialize, ToSchema)]
struct StationStanding {
    /// The station.
    station: String,
    /// Its village.
    village: String,
    /// `not_enrolled`, `not_held`, `fetching`, `ready`, `on_air`, `heard`, `stopped`,
    /// `cancelled` or `ended`.
    progress: &'static str,
    /// Hearings that were heard.
    heard: usize,
    /// Whether it holds an older word than the last one.
    behind: bool,
    /// Whether it was there lately.
    online: bool,
    /// When it was there last.
    seen_at_ms: Option<i64>,
}

/// The last emergencies that concern you, the newest first.
#[utoipa::path(get, path = "/api/v1/emergencies", tag = "emergencies",
    responses((status = 200, body = Vec<EmergencyWhole>), (status = 401, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<EmergencyWhole>>> {
    let mut connection = state.database.read().await?;
    let found = emergency::visible(&mut connection, actor.id()).await?;
    Ok(Json(found.iter().map(EmergencyWhole::of).collect()))
}

/// One emergency, and how it stands at each station.
#[utoipa::path(get, path = "/api/v1/emergencies/{emergency}", tag = "emergencies",
    params(("emergency" = String, Path)),
    responses((status = 200, body = EmergencyShown), (status = 404, body = Problem)))]
async fn show(
    state: State,
    actor: Actor,
    Path(id): Path<BroadcastId>,
) -> Result<Json<EmergencyShown>> {
    let mut connection = state.database.read().await?;
    let kept = emergency::find(&mut connection, &id).await?;
    let areas = place::seen(&state, &mut connection, &actor, &kept).await?;
    let standings = standing::of(&state, &mut connection, &kept, &areas).await?;
    let counts = standing::counts(&standings);
    let own = standings
        .into_iter()
        .filter(|one| actor.may(Right::View, &one.village));
    Ok(Json(EmergencyShown {
        emergency: EmergencyWhole::of(&kept),
        counts,
        stations: own.map(StationStanding::from).collect(),
    }))
}

/// Orders an emergency: it sounds at once, in quiet hours too. It takes your PIN.
#[utoipa::path(post, path = "/api/v1/emergencies", tag = "emergencies",
    request_body = NewEmergency,
    responses((status = 201, body = EmergencyWhole), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem),
        (status = 404, body = Problem)))]
async fn order(
    state: State,
    actor: Actor,
    Body(new): Body<NewEmergency>,
) -> Result<(StatusCode, Json<EmergencyWhole>)> {
    let id = place::place(&state, &actor, &new.request()?, &new.pin).await?;
    let mut connection = state.database.read().await?;
    let kept = emergency::find(&mut connection, &id).await?;
    Ok((StatusCode::CREATED, Json(EmergencyWhole::of(&kept))))
}

/// Cancels an emergency wherever it sounds. Cancelling twice changes nothing.
#[utoipa::path(post, path = "/api/v1/emergencies/{emergency}/cancel", tag = "emergencies",
    params(("emergency" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn cancel(state: State, actor: Actor, Path(id): Path<BroadcastId>) -> Result<StatusCode> {
    place::cancel(&state, &actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl NewEmergency {
    fn request(&self) -> Result<Request> {
        let spans = (self.gap_ms, self.holds_ms);
        Ok(Request {
            drill: self.drill,
            request_key: self.request_key.clone(),
            ..request(&self.bulletin, &self.areas, self.repeats, spans, &self.why)?
        })
    }
}

/// What scripts ask for, with what they leave out as usual.
pub(super) fn request(
    bulletin: &str,
    areas: &[String],
    repeats: Option<u32>,
    (gap_ms, holds_ms): (Option<u64>, Option<u64>),
    why: &str,
) -> Result<Request> {
    let areas = areas.iter().map(|id| id.parse());
    Ok(Request {
        bulletin: bulletin.parse().map_err(|_| Error::not_found())?,
        areas: areas
            .collect::<Result<_, _>>()
            .map_err(|_| Error::not_found())?,
        repeats,
        gap: gap_ms.map_or(GAP, Duration::from_millis),
        holds: holds_ms.map_or(HOLDS, Duration::from_millis),
        why: why.trim().to_owned(),
        drill: false,
        request_key: None,
    })
}

impl EmergencyWhole {
    fn of(kept: &Kept) -> Self {
        let word = &kept.word;
        Self {
            id: word.id.to_string(),
            revision: word.revision,
            bulletin: word.bulletin.to_string(),
            title: word.content.title.clone(),
            areas: word.areas.iter().map(|id| id.to_string()).collect(),
            repeats: word.repeats,
            gap_ms: word.gap.as_millis(),
            issued_at_ms: word.issued_at.as_millis(),
            expires_at_ms: word.expires_at.as_millis(),
            ordered_by: word.order.by.clone(),
            why: word.order.why.clone(),
            drill: word.order.drill,
            cancelled_at_ms: kept.cancelled_at.map(WallTime::as_millis),
        }
    }
}

impl From<Standing> for StationStanding {
    fn from(standing: Standing) -> Self {
        Self {
            progress: standing.progress.name(),
            station: standing.station.id.to_string(),
            village: standing.village.name,
            heard: standing.heard,
            behind: standing.behind,
            online: standing.online,
            seen_at_ms: standing.station.seen_at.map(WallTime::as_millis),
        }
    }
}
