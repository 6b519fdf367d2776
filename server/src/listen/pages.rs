//! The public page of a village and its sound, its poster, and the switch.

use askama::Template;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, ETAG, HeaderName, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use programme::ids::{AreaId, ContentHash};
use programme::zone::Zone;
use serde::Deserialize;

use super::door;
use super::heard::{self, Heard};
use super::poster;
use super::sound::{self, Form as SoundForm};
use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::as_run::words::position_text;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::frame::Address;
use crate::web::language::Titled;
use crate::web::shell::{Shell, done, page};

/// Requests from one address in five minutes. A village may be behind one.
const MOST_REQUESTS: u32 = 1_500;

/// `/nghe/…` and what leads to it.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/nghe/{slug}", get(show))
        .route("/nghe/{slug}/{file}", get(listen))
        .route("/areas/{area}/listen", post(switch))
        .route("/areas/{area}/poster", get(poster_page))
}

#[derive(Template)]
#[template(path = "listen/page.html")]
struct ListenPage {
    shell: Shell,
    village: String,
    slug: String,
    lines: Vec<Line>,
}

/// A bulletin on the page.
struct Line {
    title: String,
    last: String,
    times: usize,
    /// Each language by its name, the content, and how long it lasts.
    spoken: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "listen/poster.html")]
struct PosterPage {
    shell: Shell,
    village: String,
    area: AreaId,
    address: String,
    path: String,
    wide: i32,
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
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    admit(&state, &address.0.0)?;
    // Whoever reads it is nobody here: the same for all, so that it may be kept on the way.
    shell.language = state.config.commune.language;
    let mut connection = state.database.read().await?;
    let area = door::enter(&state, &mut connection, &slug).await?;
    let heard = heard::lately(&mut connection, &area.id, state.now()).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    drop(connection);
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let lines = heard.into_iter();
    let lines = lines.map(|one| line(one, &area, &zone, &spoken, &shell));
    let page = ListenPage {
        lines: lines.collect(),
        village: area.name.clone(),
        slug,
        shell,
    };
    let html = page.render()?;
    let etag = format!("\"{}\"", ContentHash::of(html.as_bytes()));
    let known = [
        (ETAG, etag.clone()),
        (CACHE_CONTROL, "public, max-age=60".to_owned()),
        (
            HeaderName::from_static("x-robots-tag"),
            "noindex".to_owned(),
        ),
    ];
    let held = headers.get(IF_NONE_MATCH);
    if held.is_some_and(|held| held.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    Ok((known, axum::response::Html(html)).into_response())
}

/// A recording that the page lists, as `HASH.opus` or `HASH.wav`.
async fn listen(
    state: State,
    address: axum::Extension<Address>,
    Path((slug, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    admit(&state, &address.0.0)?;
    let (hash, form) = match file.split_once('.') {
        Some((hash, "opus")) => (hash, SoundForm::Opus),
        Some((hash, "wav")) => (hash, SoundForm::Plain),
        Some(_) | None => return Err(Error::not_found()),
    };
    let hash: ContentHash = hash.parse().map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let area = door::enter(&state, &mut connection, &slug).await?;
    let heard = heard::lately(&mut connection, &area.id, state.now()).await?;
    drop(connection);
    let mut listed = heard.iter().flat_map(|one| &one.spoken);
    let (_, hash, duration) = listed
        .find(|(_, listed, _)| *listed == hash)
        .ok_or_else(Error::not_found)?;
    sound::send(&state, &headers, *hash, *duration, form).await
}

fn admit(state: &State, address: &str) -> Result<()> {
    match state.listeners.allows(address, state.now(), MOST_REQUESTS) {
        true => Ok(()),
        false => {
            let refused = Error::refused(StatusCode::TOO_MANY_REQUESTS, "error-listen-too-many");
            Err(refused.with("seconds", 300))
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
    spoken.sort_by_key(|(language, ..)| place(language));
    let spoken = spoken.into_iter().map(|(language, hash, duration)| {
        let title = shell.title_of(titles, &language);
        (title, hash.to_string(), position_text(duration))
    });
    Line {
        title: one.title,
        last: zone.civil(one.last).strftime("%H:%M %d/%m/%Y").to_string(),
        times: one.times,
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

async fn poster_page(
    state: State,
    shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    actor.require(Right::View, &area)?;
    let door = door::of(&mut connection, &id).await?;
    let door = door.filter(|door| door.open).ok_or_else(Error::not_found)?;
    let address = format!("{}/nghe/{}", base(&state, &headers), door.slug);
    let (path, wide) = poster::drawn(&address)?;
    page(&PosterPage {
        village: area.name,
        area: area.id,
        address,
        path,
        wide,
        shell,
    })
}

/// How people reach this server: as the configuration says, else as this request did.
fn base(state: &State, headers: &HeaderMap) -> String {
    crate::stations::pages::address(state, headers)
}
