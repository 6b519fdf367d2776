//! Stations for scripts; what stations themselves ask is in `sync`.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::StatusCode;
use programme::ids::{AreaId, StationId};
use programme::programme::Class;
use programme::units::{Decibels, WallTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::code;
use super::draft::{Draft, Part};
use super::loudness::Loudness;
use super::position::Position;
use super::station::{self, Station};
use crate::areas::area;
use crate::audit::Author;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::publish;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::overtaken::{Meant, Version};

/// `/api/v1/stations…`, and what stations themselves ask.
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
        .routes(routes!(set_loudness))
        .routes(routes!(close))
        .routes(routes!(issue_code))
        .merge(super::sync::api())
}

/// A station.
#[derive(Debug, Serialize, ToSchema)]
struct StationWhole {
    /// Its name.
    id: String,
    /// The area that it serves.
    area: String,
    /// Its name for people.
    name: String,
    /// Loudspeaker clusters that it feeds.
    clusters: Vec<String>,
    /// Where it stands, if that is known.
    position: Option<Position>,
    /// Its volume relative to the recordings' own level.
    volume_db: f64,
    /// How much louder each class is: class to decibels; one that is not named is no louder.
    #[schema(value_type = Object)]
    class_volume_db: BTreeMap<Class, Decibels>,
    /// Names what it is called and feeds.
    version: Version,
    /// Names how loud it is.
    loudness_version: Version,
    /// The generation that is published to it; 0 when none is.
    published_generation: i64,
    /// When the PC that is the station came in.
    enrolled_at_ms: Option<i64>,
    /// When the PC last said anything at all.
    seen_at_ms: Option<i64>,
    /// How it is, by its own account: `programme::wire::Health`.
    #[schema(value_type = Option<Object>)]
    health: Option<Value>,
    /// When it said so.
    health_at_ms: Option<i64>,
    /// Since when nothing is published to it.
    closed_at_ms: Option<i64>,
}

/// A new station.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStation {
    /// The area that it serves.
    area: String,
    /// Its name for people.
    name: String,
    /// Loudspeaker clusters that it feeds.
    #[serde(default)]
    clusters: Vec<String>,
    /// Where it stands.
    #[serde(default)]
    position: Option<Position>,
}

/// What a station says of itself, beside how loud it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StationSays {
    /// Its name for people.
    name: String,
    /// Loudspeaker clusters that it feeds.
    clusters: Vec<String>,
    /// Where it stands; nothing is known of that without it.
    #[serde(default)]
    position: Option<Position>,
}

/// How loud a station is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoudnessSays {
    /// Its volume relative to the recordings' own level.
    #[schema(value_type = f64, minimum = -30, maximum = 0)]
    volume_db: Decibels,
    /// How much louder each class is, from -12 to 6 decibels: `ordinary`, `priority`, `emergency`.
    /// One that is not named is no louder.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, f64>)]
    class_volume_db: BTreeMap<Class, Decibels>,
}

/// An enrolment code, which is typed once on the village PC.
#[derive(Debug, Serialize, ToSchema)]
struct CodeWhole {
    /// As it is typed.
    code: String,
    /// Until when it works.
    expires_at_ms: i64,
}

/// The stations that you may see.
#[utoipa::path(get, path = "/api/v1/stations", tag = "stations",
    responses((status = 200, body = Vec<StationWhole>), (status = 401, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<StationWhole>>> {
    let mut connection = state.database.read().await?;
    let stations = station::visible(&mut connection, actor.id().as_str()).await?;
    let mut answer = Vec::with_capacity(stations.len());
    for station in stations {
        answer.push(whole(&mut connection, station).await?);
    }
    Ok(Json(answer))
}

/// One station.
#[utoipa::path(get, path = "/api/v1/stations/{station}", tag = "stations",
    params(("station" = String, Path)),
    responses((status = 200, body = StationWhole), (status = 404, body = Problem)))]
async fn show(state: State, actor: Actor, Path(id): Path<StationId>) -> Result<Json<StationWhole>> {
    let station = with_right(&state, &actor, &id, Right::View).await?;
    let mut connection = state.database.read().await?;
    Ok(Json(whole(&mut connection, station).await?))
}

/// Registers a station for an area.
#[utoipa::path(post, path = "/api/v1/stations", tag = "stations", request_body = NewStation,
    responses((status = 201, body = StationWhole), (status = 403, body = Problem),
        (status = 422, body = Problem),
        (status = 404, body = Problem)))]
async fn create(
    state: State,
    actor: Actor,
    Body(new): Body<NewStation>,
) -> Result<(StatusCode, Json<StationWhole>)> {
    let area: AreaId = new.area.parse().map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &area).await?;
    drop(connection);
    actor.require(Right::ManageStations, &area)?;
    let draft = Draft {
        name: new.name,
        clusters: new.clusters,
        position: new.position,
        ..Draft::default()
    };
    let id = station::add(&state, &Author::from(&actor), &area, &draft).await?;
    publish::to_station(&state, &id).await?;
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, &id).await?;
    Ok((
        StatusCode::CREATED,
        Json(whole(&mut connection, station).await?),
    ))
}

/// Says of a station what is in the body. How loud it is stays.
#[utoipa::path(put, path = "/api/v1/stations/{station}", tag = "stations",
    params(("station" = String, Path), Meant), request_body = StationSays,
    responses((status = 200, body = StationWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn change(
    state: State,
    actor: Actor,
    Path(id): Path<StationId>,
    Query(meant): Query<Meant>,
    Body(says): Body<StationSays>,
) -> Result<Json<StationWhole>> {
    let station = with_right(&state, &actor, &id, Right::ManageStations).await?;
    let says = |now| Draft {
        name: says.name,
        clusters: says.clusters,
        position: says.position,
        ..now
    };
    changed(&state, &actor, &station, (Part::Names, meant), says).await
}

/// Sets how loud a station is, which whoever may press STOP there may too. The `version` is its
/// `loudness_version`.
#[utoipa::path(put, path = "/api/v1/stations/{station}/loudness", tag = "stations",
    params(("station" = String, Path), Meant), request_body = LoudnessSays,
    responses((status = 200, body = StationWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn set_loudness(
    state: State,
    actor: Actor,
    Path(id): Path<StationId>,
    Query(meant): Query<Meant>,
    Body(says): Body<LoudnessSays>,
) -> Result<Json<StationWhole>> {
    let (station, _) = editable(&state, &actor, &id).await?;
    let loudness = Loudness {
        volume: says.volume_db,
        classes: says.class_volume_db,
    };
    let says = |now| Draft { loudness, ..now };
    changed(&state, &actor, &station, (Part::Loudness, meant), says).await
}

/// Closes a station for good: nothing is published to it, and its PC is let in no longer.
#[utoipa::path(put, path = "/api/v1/stations/{station}/closed", tag = "stations",
    params(("station" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn close(state: State, actor: Actor, Path(id): Path<StationId>) -> Result<StatusCode> {
    let station = with_right(&state, &actor, &id, Right::ManageStations).await?;
    station::close(&state, &Author::from(&actor), &station).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Issues an enrolment code; an earlier one that was not used works no longer.
#[utoipa::path(post, path = "/api/v1/stations/{station}/code", tag = "stations",
    params(("station" = String, Path)),
    responses((status = 201, body = CodeWhole), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn issue_code(
    state: State,
    actor: Actor,
    Path(id): Path<StationId>,
) -> Result<(StatusCode, Json<CodeWhole>)> {
    let station = with_right(&state, &actor, &id, Right::ManageStations).await?;
    let code = code::issue(&state, &Author::from(&actor), &station).await?;
    let answer = CodeWhole {
        code: code.code,
        expires_at_ms: code.expires_at.as_millis(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The station, if the actor holds `right` in its area.
///
/// # Errors
/// 404 when there is none that they may see, 403 without the right.
pub async fn with_right(
    state: &State,
    actor: &Actor,
    id: &StationId,
    right: Right,
) -> Result<Station> {
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, id).await?;
    let area = area::find(state, &mut connection, &station.area).await?;
    actor.require(right, &area)?;
    Ok(station)
}

/// A station that `actor` may change, and whether they may change more than how loud it is.
///
/// # Errors
/// 404 when there is none that they may see, 403 when they may not even set that.
pub async fn editable(state: &State, actor: &Actor, id: &StationId) -> Result<(Station, bool)> {
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, id).await?;
    let area = area::find(state, &mut connection, &station.area).await?;
    let may_manage = actor.may(Right::ManageStations, &area);
    if !may_manage {
        actor.require(Right::Stop, &area)?;
    }
    Ok((station, may_manage))
}

async fn changed(
    state: &State,
    actor: &Actor,
    station: &Station,
    (part, meant): (Part, Meant),
    says: impl FnOnce(Draft) -> Draft,
) -> Result<Json<StationWhole>> {
    let (author, seen) = (Author::from(actor), meant.version.as_ref());
    station::change(state, &author, station, part, seen, says).await?;
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, &station.id).await?;
    Ok(Json(whole(&mut connection, station).await?))
}

async fn whole(connection: &mut Connection, station: Station) -> Result<StationWhole> {
    let published = publish::latest(connection, &station.id).await?;
    let says = Draft::of(connection, &station).await?;
    let (health, health_at) = station.health.unzip();
    Ok(StationWhole {
        id: station.id.to_string(),
        area: station.area.to_string(),
        version: says.version(Part::Names),
        loudness_version: says.version(Part::Loudness),
        name: says.name,
        clusters: says.clusters,
        position: says.position,
        volume_db: f64::from(station.loudness.volume.0),
        class_volume_db: station.loudness.classes,
        published_generation: published.map_or(0, |published| published.generation),
        enrolled_at_ms: station.enrolled_at.map(WallTime::as_millis),
        seen_at_ms: station.seen_at.map(WallTime::as_millis),
        health: health.map(serde_json::to_value).transpose()?,
        health_at_ms: health_at.map(WallTime::as_millis),
        closed_at_ms: station.closed_at.map(WallTime::as_millis),
    })
}
