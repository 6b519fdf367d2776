//! The public page of a village and its sound, and the switch.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderName, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use programme::ids::{AreaId, ContentHash};
use programme::zone::Zone;
use serde::Deserialize;

use super::door::{self, Door};
use super::heard::{self, Heard};
use super::{pace, poster, sound};
use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::frame::Address;
use crate::web::language::{PanelLanguage, Titled};
use crate::web::shell::{Shell, done, page_with};

/// Keeps the address of the page out of search engines.
const ROBOTS: (HeaderName, &str) = (HeaderName::from_static("x-robots-tag"), "noindex");

/// `/nghe/…` and what leads to it.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/nghe/{slug}", get(show))
        .route("/nghe/{slug}/{file}", get(listen))
        .route("/areas/{area}/listen", post(switch))
        .route("/areas/{area}/poster", get(poster::show))
}

#[derive(Template)]
#[template(path = "listen/page.html")]
struct ListenPage {
    shell: Shell,
    village: String,
    path: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "listen/closed.html")]
struct ClosedPage {
    shell: Shell,
}

/// A bulletin on the page.
struct Line {
    title: String,
    last: String,
    times: usize,
    emergency: bool,
    spoken: Vec<SpokenLine>,
}

/// A recording on the page.
struct SpokenLine {
    language: String,
    hash: ContentHash,
    length: String,
}

/// The reader's language stands in the address: so the page is the same for all who ask for that
/// address, and may be kept on the way.
#[derive(Debug, Deserialize)]
struct Reader {
    #[serde(default)]
    language: String,
}

#[derive(Debug, Deserialize)]
struct Switch {
    #[serde(default)]
    open: String,
}

async fn show(
    state: State,
    mut shell: Shell,
    address: axum::Extension<Address>,
    Path(typed): Path<String>,
    Query(reader): Query<Reader>,
    headers: HeaderMap,
) -> Result<Response> {
    admit(&state, &address.0.0)?;
    let chosen = PanelLanguage::from_code(&reader.language);
    shell.language = chosen.unwrap_or(state.config.commune.language);
    let Some(Found { area, door, heard }) = Found::at(&state, &address.0.0, &typed).await? else {
        let closed = page_with(StatusCode::NOT_FOUND, &ClosedPage { shell })?;
        return Ok(([ROBOTS], closed).into_response());
    };
    let mut connection = state.database.read().await?;
    let titles = tree::spoken_languages(&mut connection).await?;
    drop(connection);
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let lines = heard.into_iter();
    let lines = lines.map(|one| line(one, &area, &zone, &titles, &shell));
    let page = ListenPage {
        lines: lines.collect(),
        village: area.name.clone(),
        path: door.path(),
        shell,
    };
    let html = page.render()?;
    let etag = format!("\"{}\"", ContentHash::of(html.as_bytes()));
    let held = headers.get(IF_NONE_MATCH);
    let is_held = held.is_some_and(|held| held.as_bytes() == etag.as_bytes());
    let known = [
        (ETAG, etag),
        // On the way it may be a minute old; the phone itself asks each time.
        (CACHE_CONTROL, "public, max-age=0, s-maxage=60".to_owned()),
    ];
    Ok(match is_held {
        true => (StatusCode::NOT_MODIFIED, [ROBOTS], known).into_response(),
        false => ([ROBOTS], known, Html(html)).into_response(),
    })
}

/// A recording that the page lists, as `HASH.opus` or `HASH.wav`.
async fn listen(
    state: State,
    address: axum::Extension<Address>,
    Path((typed, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    let address = &address.0.0;
    admit(&state, address)?;
    let (hash, ending) = file.split_once('.').ok_or_else(Error::not_found)?;
    let hash: ContentHash = hash.parse().map_err(|_| Error::not_found())?;
    let found = Found::at(&state, address, &typed).await?;
    let found = found.ok_or_else(Error::not_found)?;
    let mut listed = found.heard.iter().flat_map(|one| &one.spoken);
    let spoken = listed.find(|spoken| spoken.hash == hash);
    let spoken = spoken.ok_or_else(Error::not_found)?;
    match ending {
        "opus" => sound::send_opus(&state, &headers, spoken).await,
        "wav" => sound::send_plain(&state, &headers, address, spoken).await,
        _ => Err(Error::not_found()),
    }
}

/// A village whose page is open, and what was heard there.
struct Found {
    area: Area,
    door: Door,
    heard: Vec<Heard>,
}

impl Found {
    async fn at(state: &State, address: &str, typed: &str) -> Result<Option<Self>> {
        let _turn = state.listeners.turn(address).await?;
        let mut connection = state.database.read().await?;
        let Some((area, door)) = door::enter(state, &mut connection, typed).await? else {
            return Ok(None);
        };
        let now = state.now();
        // Who had to wait finds what those before looked up.
        let aired = match state.looks.last(&area.id, now) {
            Some(aired) => aired,
            None => {
                let aired = heard::aired(&mut connection, &area.id, now).await?;
                let aired = Arc::new(aired);
                state.looks.keep(area.id.clone(), now, Arc::clone(&aired));
                aired
            }
        };
        let heard = heard::lately(&mut connection, &area.id, now, &aired).await?;
        Ok(Some(Self { area, door, heard }))
    }
}

fn admit(state: &State, address: &str) -> Result<()> {
    match state.listeners.allows(address, state.now()) {
        true => Ok(()),
        false => {
            let refused = Error::refused(StatusCode::TOO_MANY_REQUESTS, "error-listen-too-many");
            Err(refused.with("seconds", pace::SPAN_S))
        }
    }
}

fn line(one: Heard, area: &Area, zone: &Zone, titles: &[Titled], shell: &Shell) -> Line {
    let mut spoken = one.spoken;
    // As the village hears them: in its own order, and what is not among its languages last.
    let place = |language: &str| {
        let mut languages = area.ways.languages.iter();
        languages
            .position(|own| own == language)
            .unwrap_or(usize::MAX)
    };
    spoken.sort_by_key(|spoken| place(&spoken.language));
    let spoken = spoken.into_iter().map(|spoken| SpokenLine {
        language: shell.title_of(titles, &spoken.language),
        hash: spoken.hash,
        length: shell.language.length(spoken.duration),
    });
    Line {
        title: one.title,
        last: zone.civil(one.last).strftime("%H:%M %d/%m/%Y").to_string(),
        times: one.times,
        emergency: one.emergency,
        spoken: spoken.collect(),
    }
}

async fn switch(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
    Form(wanted): Form<Switch>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    drop(connection);
    let open = wanted.open == "yes";
    door::set(&state, &actor, &area, open).await?;
    let notice = match open {
        true => "notice-listen-opened",
        false => "notice-listen-closed",
    };
    Ok(done(&format!("/areas/{id}"), notice))
}
