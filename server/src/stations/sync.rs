//! What stations ask for and report: `programme::wire`, under `/api/v1`.

use axum::Json;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use object_store::GetRange;
use programme::ids::ContentHash;
use programme::signed::{Envelope, Purpose};
use programme::wire::{
    AsRunBatch, AsRunReceipt, EMERGENCIES, EnrolAnswer, EnrolRequest, Health, TimeAnswer,
    TimeRequest,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::{enrol, events, health};
use crate::as_run::store;
use crate::emergencies::sync as emergencies;
use crate::objects::Key;
use crate::programmes::publish::{self, Published};
use crate::state::State;
use crate::web::byte_range::{Wanted, wanted};
use crate::web::errors::{Error, Result};
use crate::web::forms::{Exact, Json as Read, Path};
use crate::web::frame::{Address, Problem};

/// Digits of a nonce: enough that no two questions have the same one.
const NONCE_DIGITS: usize = 32;

/// `/api/v1/enrol` and `/api/v1/station/…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(post_enrol))
        .routes(routes!(post_time))
        .routes(routes!(get_programme))
        .routes(routes!(get_recording))
        .routes(routes!(post_as_run))
        .routes(routes!(post_health))
        .routes(routes!(events::get_events))
}

/// A village PC becomes a station.
///
/// `secret` is the first ten letters of the enrolment code, `journal` a fresh `jou_…`, `version`
/// the player's release. The answer's token opens the rest.
#[utoipa::path(post, path = "/api/v1/enrol", tag = "station", request_body = Value, security(()),
    responses((status = 200, body = Value), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn post_enrol(
    state: State,
    address: axum::Extension<Address>,
    Read(request): Read<EnrolRequest>,
) -> Result<Json<EnrolAnswer>> {
    enrol::enrol(&state, &request, &address.0.0).await.map(Json)
}

/// The time, signed, for one question: `nonce` is 32 hexadecimal digits that no other question has.
///
/// It needs no token and no valid certificate, because a PC whose clock is wrong has neither.
#[utoipa::path(post, path = "/api/v1/station/time", tag = "station", request_body = Value,
    security(()), responses((status = 200, body = Value), (status = 422, body = Problem)))]
async fn post_time(state: State, Read(request): Read<TimeRequest>) -> Result<Json<Envelope>> {
    let digits = request.nonce.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !digits || request.nonce.len() != NONCE_DIGITS {
        return Err(Error::invalid("error-station-nonce").with("digits", NONCE_DIGITS));
    }
    let answer = TimeAnswer {
        nonce: request.nonce,
        wall: state.now(),
    };
    let payload = serde_json::to_vec(&answer)?;
    Ok(Json(Envelope::sign(
        Purpose::Time,
        payload,
        &state.signing_key,
    )))
}

/// The station's programme in its signed envelope; 304 while nothing is new.
///
/// Either names in the header `loaban-emergencies` the `ETag` of `station/emergencies`.
#[utoipa::path(get, path = "/api/v1/station/programme", tag = "station",
    responses((status = 200, body = Value), (status = 304), (status = 401, body = Problem)))]
async fn get_programme(state: State, caller: Caller, headers: HeaderMap) -> Result<Response> {
    let held = headers
        .get(IF_NONE_MATCH)
        .and_then(|held| held.to_str().ok());
    let name = HeaderName::from_static(EMERGENCIES);
    let named = (name, emergencies::etag(&state, &caller).await?);
    let published = in_force(&state, &caller).await?;
    if held == Some(published.etag.as_str()) {
        let headers = [(ETAG, published.etag), named];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let published = match held.and_then(generation_of) {
        // Other bytes under a number that is not past: only a higher number supersedes them.
        Some(held) if i64::try_from(held).is_ok_and(|held| held >= published.generation) => {
            publish::note_held(&state, &caller.id, held.saturating_add(1)).await?;
            in_force(&state, &caller).await?
        }
        Some(_) | None => published,
    };
    let headers = [
        (ETAG, published.etag),
        (CONTENT_TYPE, "application/json".to_owned()),
        named,
    ];
    Ok((headers, published.envelope).into_response())
}

/// What is in force for the station: the `ETag` of its programme and that of its emergencies.
///
/// # Errors
/// The database failed.
pub async fn tags(state: &State, caller: &Caller) -> Result<String> {
    let emergencies = emergencies::etag(state, caller).await?;
    let programme = in_force(state, caller).await?.etag;
    Ok(format!("{programme} {emergencies}"))
}

/// What is in force; a station that was never published to is published to here.
async fn in_force(state: &State, caller: &Caller) -> Result<Published> {
    let mut connection = state.database.read().await?;
    let published = publish::latest(&mut connection, &caller.id).await?;
    drop(connection);
    if let Some(published) = published {
        return Ok(published);
    }
    publish::to_station(state, &caller.id).await?;
    let mut connection = state.database.read().await?;
    publish::latest(&mut connection, &caller.id)
        .await?
        .ok_or_else(Error::not_found)
}

/// The generation in one of this server's tags.
fn generation_of(etag: &str) -> Option<u64> {
    etag.trim_start_matches("W/")
        .strip_prefix('"')?
        .split('-')
        .next()?
        .parse()
        .ok()
}

/// A recording that the station's programme or an emergency names, whole or from where a download
/// was cut.
#[utoipa::path(get, path = "/api/v1/station/recordings/{hash}", tag = "station",
    params(("hash" = String, Path, description = "SHA-256 of the bytes")),
    responses((status = 200, content_type = "audio/ogg"),
        (status = 206, content_type = "audio/ogg"), (status = 404, body = Problem),
        (status = 416, body = Problem)))]
async fn get_recording(
    state: State,
    caller: Caller,
    Path(hash): Path<ContentHash>,
    headers: HeaderMap,
) -> Result<Response> {
    let programme = in_force(&state, &caller).await?.programme()?;
    let size_bytes = match programme.recordings().get(&hash) {
        Some(sound) => sound.size_bytes,
        None => emergencies::size_bytes(&state, &caller, hash)
            .await?
            .ok_or_else(Error::not_found)?,
    };
    let etag = format!("\"{hash}\"");
    let (status, range) = match wanted(&headers, &etag, size_bytes) {
        Wanted::Whole => (StatusCode::OK, 0..size_bytes),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => {
            let known = [(CONTENT_RANGE, format!("bytes */{size_bytes}"))];
            let refused = Error::refused(StatusCode::RANGE_NOT_SATISFIABLE, "error-station-range");
            return Ok((known, refused).into_response());
        }
    };
    let whole = status == StatusCode::OK;
    let get = (!whole).then(|| GetRange::Bounded(range.clone()));
    let found = state.objects.get(&Key::Recording(hash), get).await?;
    let mut response = (status, Body::from_stream(found.bytes)).into_response();
    let answered = response.headers_mut();
    let length = found.range.end - found.range.start;
    answered.insert(CONTENT_LENGTH, length.into());
    let mut set = |name, text: String| {
        // Digits and letters alone make a value that a header may have.
        text.parse()
            .map(|value| answered.insert(name, value))
            .is_ok()
    };
    set(ETAG, etag);
    set(ACCEPT_RANGES, "bytes".to_owned());
    set(CONTENT_TYPE, "audio/ogg".to_owned());
    if !whole {
        let last = range.end.saturating_sub(1);
        set(
            CONTENT_RANGE,
            format!("bytes {}-{last}/{size_bytes}", range.start),
        );
    }
    Ok(response)
}

/// Lines of the station's as-run journal. Sent again they change nothing.
#[utoipa::path(post, path = "/api/v1/station/as-run", tag = "station", request_body = Value,
    responses((status = 200, body = Value), (status = 409, body = Problem)))]
async fn post_as_run(
    state: State,
    caller: Caller,
    Exact(batch): Exact<AsRunBatch>,
) -> Result<Json<AsRunReceipt>> {
    store::keep(&state, &caller, &batch).await.map(Json)
}

/// How the station is, by its own account.
#[utoipa::path(post, path = "/api/v1/station/health", tag = "station", request_body = Value,
    responses((status = 204), (status = 401, body = Problem)))]
async fn post_health(state: State, caller: Caller, Read(said): Read<Health>) -> Result<StatusCode> {
    health::keep(&state, &caller, &said).await?;
    Ok(StatusCode::NO_CONTENT)
}
