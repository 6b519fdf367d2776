//! Bundles for scripts.

use axum::Json;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use programme::bundle::{BUNDLE_FORMAT_VERSION, FILE_BYTES_MAX, Parcel};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{journeys, pages, parcel};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Json as Body;
use crate::web::frame::Problem;

/// `/api/v1/bundles…`
pub fn api() -> OpenApiRouter<State> {
    let large = DefaultBodyLimit::max(usize::try_from(FILE_BYTES_MAX).unwrap_or(usize::MAX));
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .merge(OpenApiRouter::new().routes(routes!(bring)).layer(large))
}

/// A station, and the last journeys of its sticks.
#[derive(Debug, Serialize, ToSchema)]
struct BundleJourney {
    /// The station.
    station: String,
    /// The area that it serves.
    area: String,
    /// When a bundle was last made for it.
    made_at_ms: Option<i64>,
    /// The generation in it.
    made_generation: Option<i64>,
    /// When its as-run last came back by hand.
    returned_at_ms: Option<i64>,
    /// How many lines of it were new.
    returned_lines: Option<i64>,
    /// The generation that it then said it holds.
    taken_generation: Option<i64>,
    /// When the bundle was made that it took last.
    taken_bundle_ms: Option<i64>,
}

/// Whose bundles are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedBundles {
    /// Stations to which you may carry.
    stations: Vec<String>,
}

/// What came of an as-run that was brought.
#[derive(Debug, Serialize, ToSchema)]
struct ParcelTaken {
    /// The station.
    station: String,
    /// Lines that were new.
    new_lines: u64,
    /// Lines that were there already.
    known_lines: u64,
    /// Lines that wait for those before them.
    waiting_lines: u64,
}

/// The stations to which you may carry, and what went and came back the last time.
#[utoipa::path(get, path = "/api/v1/bundles", tag = "bundles",
    responses((status = 200, body = Vec<BundleJourney>), (status = 401, body = Problem),
        (status = 403, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<BundleJourney>>> {
    actor.require_somewhere(Right::Carry)?;
    let found = journeys::stations(&state, &actor).await?;
    let mut connection = state.database.read().await?;
    let mut all = Vec::new();
    for (station, area) in found {
        let journey = journeys::of(&mut connection, &station.id).await?;
        all.push(BundleJourney {
            station: station.id.to_string(),
            area: area.id.to_string(),
            made_at_ms: journey.made_at_ms,
            made_generation: journey.made_generation,
            returned_at_ms: journey.returned_at_ms,
            returned_lines: journey.returned_lines,
            taken_generation: journey.taken_generation,
            taken_bundle_ms: journey.taken_bundle_ms,
        });
    }
    Ok(Json(all))
}

/// The bundles of stations as one file: unpacked on a stick it is what village PCs look for, and
/// they take it as it is.
#[utoipa::path(post, path = "/api/v1/bundles", tag = "bundles", request_body = WantedBundles,
    responses((status = 200, content_type = "application/zip"), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn make(state: State, actor: Actor, Body(wanted): Body<WantedBundles>) -> Result<Response> {
    pages::give(&state, &actor, &wanted.stations).await
}

/// The as-run that a stick brought back, as it lies in `loaban/as-run` there. Brought again it
/// changes nothing.
#[utoipa::path(post, path = "/api/v1/bundles/as-run", tag = "bundles", request_body = Value,
    responses((status = 200, body = ParcelTaken), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn bring(
    state: State,
    actor: Actor,
    Body(brought): Body<Parcel>,
) -> Result<Json<ParcelTaken>> {
    if brought.format_version > BUNDLE_FORMAT_VERSION {
        let why = format!("format {}", brought.format_version);
        return Err(Error::invalid("error-parcel-unreadable").with("why", why));
    }
    let taken = parcel::take_from(&state, &actor, &brought).await?;
    Ok(Json(ParcelTaken {
        station: brought.station.to_string(),
        new_lines: taken.new_lines,
        known_lines: taken.known_lines,
        waiting_lines: taken.waiting_lines,
    }))
}
