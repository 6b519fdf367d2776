//! Alarms for scripts.

use axum::Json;
use axum::http::StatusCode;
use programme::ids::{AlarmId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::alarm;
use super::known::{self, Spread};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;

/// Most alarms in one answer.
const MOST: u32 = 200;

/// `/api/v1/alarms…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(tell))
}

/// Something that is or was wrong with a station.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmShown {
    /// Its name.
    id: String,
    /// The station.
    station: String,
    /// Its village.
    village: String,
    /// `away`, or a fault as the station's health names it.
    about: String,
    /// Since when; a station that is away, since its last word.
    since_ms: i64,
    /// Until when; `null` while it goes on.
    until_ms: Option<i64>,
    /// Who knows of it, the first first.
    known: Vec<KnownShown>,
    /// Those in charge who do not; nobody once it is over.
    unknown: Vec<InChargeShown>,
}

/// Somebody in charge of a station who is still to be told.
#[derive(Debug, Serialize, ToSchema)]
struct InChargeShown {
    /// Their name for programs.
    id: String,
    /// Their name for people.
    name: String,
    /// Where they are called; may be empty.
    phone: String,
}

/// Who was told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Told {
    /// Somebody in charge of the station.
    #[schema(value_type = String)]
    person: PersonId,
}

/// Somebody who knows of an alarm.
#[derive(Debug, Serialize, ToSchema)]
struct KnownShown {
    /// Their name.
    name: String,
    /// Since when.
    at_ms: i64,
    /// Who told them; `null` where they saw it on the panel.
    told_by: Option<String>,
}

/// Which alarms are told, and from where on.
#[derive(Debug, Default, Deserialize)]
struct Which {
    #[serde(default)]
    over: bool,
    #[serde(default)]
    skip: u32,
}

/// The alarms of the stations that you look after, the newest first: 200 of those that go on,
/// behind the first `skip`, or with `over=true` the last 200 that are over since 30 days and took
/// five minutes at least. Whoever reads them here has not seen them on the panel.
#[utoipa::path(get, path = "/api/v1/alarms", tag = "stations",
    params(("over" = Option<bool>, Query),
        ("skip" = Option<u32>, Query, format = Int64, maximum = 4_294_967_295_u32)),
    responses((status = 200, body = Vec<AlarmShown>), (status = 403, body = Problem)))]
async fn list(
    state: State,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<AlarmShown>>> {
    actor.require_somewhere(Right::Stop)?;
    let mut connection = state.database.read().await?;
    let (person, now) = (actor.id(), state.now());
    let alarms = match which.over {
        true => alarm::over(&mut connection, person, now, MOST).await?,
        false => alarm::going_on(&mut connection, person, MOST, which.skip).await?,
    };
    let spread = known::spread(&mut connection, alarms).await?;
    let shown: Result<Vec<AlarmShown>> = spread.into_iter().map(shown).collect();
    shown.map(Json)
}

/// Notes that you have told somebody in charge of the station, by telephone or in person.
#[utoipa::path(post, path = "/api/v1/alarms/{alarm}/told", tag = "stations",
    params(("alarm" = String, Path)), request_body = Told,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn tell(
    state: State,
    actor: Actor,
    Path(id): Path<AlarmId>,
    Body(told): Body<Told>,
) -> Result<StatusCode> {
    known::tell(&state, &actor, &id, &told.person).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(spread: Spread) -> Result<AlarmShown> {
    let alarm = spread.alarm;
    let known = spread.known.into_iter().map(|one| KnownShown {
        name: one.full_name,
        at_ms: one.at.as_millis(),
        told_by: one.told_by,
    });
    let unknown = spread.unknown.into_iter().map(|one| InChargeShown {
        id: one.id,
        name: one.full_name,
        phone: one.phone,
    });
    Ok(AlarmShown {
        id: alarm.id.to_string(),
        station: alarm.station.to_string(),
        village: alarm.area_name,
        about: alarm.about.name()?,
        since_ms: alarm.since.as_millis(),
        until_ms: alarm.until.map(|at| at.as_millis()),
        known: known.collect(),
        unknown: unknown.collect(),
    })
}
