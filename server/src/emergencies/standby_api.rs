//! Standbys for scripts, and what was ordered at the PCs.

use axum::Json;
use axum::http::StatusCode;
use programme::ids::BulletinId;
use programme::units::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::api::{repeats, request};
use super::at_pcs::{self, Ordered, Places};
use super::standby;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/standbys…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, set_up))
        .routes(routes!(ordered))
        .routes(routes!(take_back))
}

/// What is to stand by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStandby {
    /// The name of an approved bulletin.
    bulletin: String,
    /// Areas, each with everything below it.
    areas: Vec<String>,
    /// How often it is heard, three times unless it is given; `null`: until it is stopped.
    #[serde(default = "repeats")]
    repeats: Option<u32>,
    /// Silence between two hearings; ten seconds unless it is given.
    gap_ms: Option<u64>,
    /// How long after its order it is over; two hours unless it is given.
    holds_ms: Option<u64>,
    /// When it is meant to be ordered. It goes on record as the reason.
    when: String,
}

/// A standby.
#[derive(Debug, Serialize, ToSchema)]
struct StandbyShown {
    /// The bulletin.
    bulletin: String,
    /// Its title.
    title: String,
    /// When it is meant to be ordered.
    when: String,
    /// Areas, each with everything below it.
    areas: Vec<String>,
    /// How often it is heard; `null`: until it is stopped.
    repeats: Option<u32>,
    /// Who set it up.
    set_by: String,
    /// When.
    set_at_ms: i64,
    /// Your villages whose station holds it ready.
    ready: Vec<String>,
    /// Your villages whose station does not.
    lacking: Vec<String>,
    /// Your villages in which nobody has a PIN to order it.
    nobody: Vec<String>,
}

/// An order that somebody gave at a village PC.
#[derive(Debug, Serialize, ToSchema)]
struct OrderedShown {
    /// The station.
    station: String,
    /// Its name among broadcasts in the log.
    id: String,
    /// The bulletin.
    bulletin: String,
    /// Its title.
    title: String,
    /// Who ordered it.
    person: String,
    /// By name.
    ordered_by: String,
    /// Why.
    why: String,
    /// Whether it was an exercise.
    drill: bool,
    /// Station time; `null` while that was unknown.
    at_ms: Option<i64>,
    /// When the server was told.
    received_at_ms: i64,
    /// `on_air`, `heard`, `stopped` or `ended`; `null` before anything was reported.
    progress: Option<&'static str>,
    /// Hearings that were heard.
    heard: usize,
}

/// What stands by in your areas, and where it is ready.
#[utoipa::path(get, path = "/api/v1/standbys", tag = "emergencies",
    responses((status = 200, body = Vec<StandbyShown>), (status = 401, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<StandbyShown>>> {
    let mut connection = state.database.read().await?;
    let mut shown = Vec::new();
    let mut found = Places::default();
    for kept in standby::visible(&mut connection, actor.id()).await? {
        let coverage = found.coverage(&state, &mut connection, &kept).await?;
        let own = |areas: Vec<crate::areas::area::Area>| {
            let own = areas
                .into_iter()
                .filter(|area| actor.may(Right::View, area));
            own.map(|area| area.name).collect()
        };
        shown.push(StandbyShown {
            bulletin: kept.standby.bulletin.to_string(),
            title: kept.title,
            when: kept.standby.when,
            areas: kept.areas.iter().map(|id| id.to_string()).collect(),
            repeats: kept.standby.repeats,
            set_by: kept.set_by,
            set_at_ms: kept.set_at.as_millis(),
            ready: own(coverage.ready),
            lacking: own(coverage.lacking),
            nobody: own(coverage.nobody),
        });
    }
    Ok(Json(shown))
}

/// Lets an approved bulletin stand by at the stations of some areas, in the place of what
/// was said of it before.
#[utoipa::path(post, path = "/api/v1/standbys", tag = "emergencies", request_body = NewStandby,
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem),
        (status = 404, body = Problem)))]
async fn set_up(state: State, actor: Actor, Body(new): Body<NewStandby>) -> Result<StatusCode> {
    let spans = (new.gap_ms, new.holds_ms);
    let wanted = request(&new.bulletin, &new.areas, new.repeats, spans, &new.when)?;
    standby::set_up(&state, &actor, &wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a standby back; where it sounds it is over. Doing so twice changes nothing.
#[utoipa::path(delete, path = "/api/v1/standbys/{bulletin}", tag = "emergencies",
    params(("bulletin" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn take_back(
    state: State,
    actor: Actor,
    Path(bulletin): Path<BulletinId>,
) -> Result<StatusCode> {
    standby::take_back(&state, &actor, &bulletin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The last orders at PCs in your areas, the newest first.
#[utoipa::path(get, path = "/api/v1/standbys/ordered", tag = "emergencies",
    responses((status = 200, body = Vec<OrderedShown>), (status = 401, body = Problem)))]
async fn ordered(state: State, actor: Actor) -> Result<Json<Vec<OrderedShown>>> {
    let mut connection = state.database.read().await?;
    let found = at_pcs::visible(&state, &mut connection, actor.id()).await?;
    Ok(Json(found.into_iter().map(OrderedShown::from).collect()))
}

impl From<Ordered> for OrderedShown {
    fn from(ordered: Ordered) -> Self {
        Self {
            station: ordered.station.to_string(),
            id: ordered.broadcast.to_string(),
            bulletin: ordered.bulletin.to_string(),
            title: ordered.title,
            person: ordered.person.to_string(),
            ordered_by: ordered.order.by,
            why: ordered.order.why,
            drill: ordered.order.drill,
            at_ms: ordered.at.map(WallTime::as_millis),
            received_at_ms: ordered.received_at.as_millis(),
            progress: ordered.progress.map(|progress| progress.name()),
            heard: ordered.heard,
        }
    }
}
