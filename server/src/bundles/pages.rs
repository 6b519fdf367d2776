//! The page USB: bundles for the villages that a person may carry to, and the log that comes back.

use askama::Template;
use axum::Router;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use programme::bundle::FILE_BYTES_MAX;
use programme::ids::StationId;

use super::journeys::{self, Journey};
use super::parcel::{self, Taken};
use super::{archive, make};
use crate::audit::Author;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station::Station;
use crate::web::errors::{Error, Result};
use crate::web::forms::Form;
use crate::web::shell::{Shell, page, page_with};

/// `/bundles…`
pub fn routes() -> Router<State> {
    // The file is read piece by piece, and not beyond its limit.
    let large = post(take).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/bundles", get(show))
        .route("/bundles/zip", post(zip))
        .route("/bundles/parcel", large)
}

#[derive(Template)]
#[template(path = "bundles/show.html")]
struct ShowPage {
    shell: Shell,
    stations: Vec<Listing>,
    taken: Option<Taken>,
}

/// A station with the journeys of its sticks.
struct Listing {
    id: StationId,
    village: String,
    name: String,
    enrolled: bool,
    journey: Journey,
}

impl Listing {
    /// What was taken along, in words.
    fn made(&self, shell: &Shell) -> Option<String> {
        let (at, generation) = (self.journey.made_at_ms?, self.journey.made_generation?);
        let number = ("number", generation.to_string());
        Some(shell.say2("bundles-made", ("at", shell.when_ms(&at)), number))
    }

    /// What came back, in words.
    fn returned(&self, shell: &Shell) -> Option<String> {
        let (at, lines) = (self.journey.returned_at_ms?, self.journey.returned_lines?);
        let count = ("count", lines.to_string());
        Some(shell.say2("bundles-returned", ("at", shell.when_ms(&at)), count))
    }

    /// What the station said that it holds, in words.
    fn held(&self, shell: &Shell) -> Option<String> {
        let number = ("number", self.journey.taken_generation?.to_string());
        Some(match self.journey.taken_bundle_ms {
            Some(at) => shell.say2("bundles-held-of", number, ("at", shell.when_ms(&at))),
            None => shell.say1("bundles-held", number.0, number.1),
        })
    }
}

async fn show(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    page(&page_of(&state, shell, &actor, None).await?)
}

async fn page_of(
    state: &State,
    shell: Shell,
    actor: &Actor,
    taken: Option<Taken>,
) -> Result<ShowPage> {
    actor.require_somewhere(Right::Carry)?;
    let found = journeys::stations(state, actor).await?;
    let mut connection = state.database.read().await?;
    let mut stations = Vec::new();
    for (station, area) in found {
        stations.push(Listing {
            journey: journeys::of(&mut connection, &station.id).await?,
            id: station.id,
            village: area.name,
            name: station.name,
            enrolled: station.enrolled_at.is_some(),
        });
    }
    Ok(ShowPage {
        shell,
        stations,
        taken,
    })
}

async fn zip(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let chosen = pairs.into_iter().filter(|(name, _)| name == "station");
    let chosen: Vec<String> = chosen.map(|(_, id)| id).collect();
    match give(&state, &actor, &chosen).await {
        Ok(response) => Ok(response),
        Err(error) if error.key() == NEEDS_STATION => {
            let status = shell.alert(error)?;
            page_with(status, &page_of(&state, shell, &actor, None).await?)
        }
        Err(error) => Err(error),
    }
}

/// What a request is refused with that names no station.
const NEEDS_STATION: &str = "error-bundle-needs-station";

/// Answers with the bundles of the stations that `chosen` names, and notes that they were made.
///
/// # Errors
/// 422 when it names none, 403 or 404 for a station that the person may not carry to.
pub(super) async fn give(state: &State, actor: &Actor, chosen: &[String]) -> Result<Response> {
    actor.require_somewhere(Right::Carry)?;
    if chosen.is_empty() {
        return Err(Error::invalid(NEEDS_STATION));
    }
    let may = journeys::stations(state, actor).await?;
    let mut stations: Vec<Station> = Vec::new();
    for id in chosen {
        let found = may.iter().find(|(station, _)| station.id.as_str() == id);
        let (station, _) = found.ok_or_else(Error::not_found)?;
        if stations.iter().all(|known| known.id != station.id) {
            stations.push(station.clone());
        }
    }
    let made = make::bundles(state, &stations).await?;
    journeys::note_made(state, &Author::from(actor), &made).await?;
    archive::send(state, made)
}

async fn take(state: State, mut shell: Shell, actor: Actor, request: Request) -> Result<Response> {
    actor.require_somewhere(Right::Carry)?;
    let taken = match read(&state, request).await {
        Ok(text) => match parcel::read(&text) {
            Ok(parcel) => parcel::take_from(&state, &actor, &parcel).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    match taken {
        Ok(taken) => page(&page_of(&state, shell, &actor, Some(taken)).await?),
        Err(error) => {
            let status = shell.alert(error)?;
            page_with(status, &page_of(&state, shell, &actor, None).await?)
        }
    }
}

/// The file in a form, which is no longer than parcels are.
async fn read(state: &State, request: Request) -> Result<Vec<u8>> {
    let form = Multipart::from_request(request, state).await;
    let mut form = form.map_err(|rejection| {
        Error::refused(StatusCode::BAD_REQUEST, "error-unreadable-request")
            .with("reason", rejection.body_text())
    })?;
    while let Some(field) = form.next_field().await.map_err(|_| cut_off())? {
        if field.name() == Some("file") && field.file_name().is_some_and(|name| !name.is_empty()) {
            return bytes(field).await;
        }
    }
    Err(Error::invalid("error-parcel-needs-file"))
}

async fn bytes(mut file: Field<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = file.chunk().await.map_err(|_| cut_off())? {
        if (bytes.len() + piece.len()) as u64 > FILE_BYTES_MAX {
            return Err(Error::refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "error-request-too-large",
            ));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn cut_off() -> Error {
    Error::refused(StatusCode::BAD_REQUEST, "error-request-cut-off")
}
