//! What stations ask about emergencies and stops: `programme::wire`, under `/api/v1`.

use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use programme::ids::ContentHash;
use programme::wire::EmergencyList;

use super::emergency::{self, Kept};
use crate::state::State;
use crate::stations::caller::Caller;
use crate::stops::stop;
use crate::web::errors::Result;
use crate::web::frame::Problem;

/// Every emergency that concerns the station, each by the last word about it in its signed
/// envelope, until it expires, and the newest stops; 304 while nothing is new.
#[utoipa::path(get, path = "/api/v1/station/emergencies", tag = "station",
    responses((status = 200, body = Value), (status = 304), (status = 401, body = Problem)))]
pub async fn get_emergencies(state: State, caller: Caller, headers: HeaderMap) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let told = emergency::told(&mut connection, &caller.area, state.now()).await?;
    let stops = stop::told(&mut connection, &caller.area, state.now()).await?;
    let etag = etag_of(
        &told.iter().map(Kept::name).collect::<Vec<_>>(),
        &stops
            .iter()
            .map(|kept| kept.word.id.to_string())
            .collect::<Vec<_>>(),
    );
    let held = headers.get(IF_NONE_MATCH);
    if held.is_some_and(|held| held.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response());
    }
    let list = EmergencyList {
        emergencies: told.into_iter().map(|kept| kept.envelope).collect(),
        stops: stops.into_iter().map(|kept| kept.envelope).collect(),
    };
    let headers = [(ETAG, etag), (CONTENT_TYPE, "application/json".to_owned())];
    Ok((headers, serde_json::to_vec(&list)?).into_response())
}

/// Names what the station is to know, for the header by which every poll says so.
///
/// # Errors
/// The database failed.
pub async fn etag(state: &State, caller: &Caller) -> Result<String> {
    let mut connection = state.database.read().await?;
    let names = emergency::names(&mut connection, &caller.area, state.now()).await?;
    let stops = stop::names(&mut connection, &caller.area, state.now()).await?;
    Ok(etag_of(&names, &stops))
}

fn etag_of(emergencies: &[(String, i64)], stops: &[String]) -> String {
    let emergencies = emergencies.iter();
    let mut text: String = emergencies
        .map(|(id, revision)| format!("{id} {revision}\n"))
        .collect();
    text.extend(stops.iter().map(|id| format!("{id}\n")));
    let digest = ContentHash::of(text.as_bytes()).to_string();
    format!("\"{}\"", digest.get(..16).unwrap_or_default())
}

/// The size of a recording that an emergency of the station names, in bytes.
///
/// # Errors
/// The database failed.
pub async fn size_bytes(state: &State, caller: &Caller, hash: ContentHash) -> Result<Option<u64>> {
    let mut connection = state.database.read().await?;
    let told = emergency::told(&mut connection, &caller.area, state.now()).await?;
    let mut named = told.iter().flat_map(|kept| kept.word.recordings());
    let found = named.find(|(named, _)| *named == hash);
    Ok(found.map(|(_, sound)| sound.size_bytes))
}
