//! The pages of emergencies: the last ones, and one of them as it stands at each station.

use askama::Template;
use axum::Router;
use axum::http::header::{ETAG, HeaderName, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use programme::ids::{BroadcastId, BulletinId, ContentHash};
use programme::zone::Zone;

use super::emergency::{self, Kept};
use super::ordering::MOST_LINES;
use super::standby_lines::{self, OrderedLine, StandbyLine};
use super::standing::{self, Progress, Standing};
use super::{ordering, place, standby};
use crate::areas::area::Area;
use crate::areas::unheard;
use crate::as_run::words::{self, Said};
use crate::broadcasts::words::span;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Path;
use crate::web::shell::{Shell, done, page};

/// When what is unchanged was looked at last.
const MADE_AT: HeaderName = HeaderName::from_static("x-made-at");

/// `/emergencies…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/emergencies", get(list))
        .route("/emergencies/new", get(ordering::new).post(ordering::send))
        .route("/emergencies/standby/{bulletin}/take-back", post(take_back))
        .route("/emergencies/{emergency}", get(show))
        .route("/emergencies/{emergency}/stations", get(stations))
        .route("/emergencies/{emergency}/cancel", post(cancel))
}

#[derive(Template)]
#[template(path = "emergencies/list.html")]
struct ListPage {
    shell: Shell,
    emergencies: Vec<(Kept, Said)>,
    standbys: Vec<StandbyLine>,
    /// What was ordered at the PCs.
    ordered: Vec<OrderedLine>,
    may_order: bool,
}

#[derive(Template)]
#[template(path = "emergencies/show.html")]
struct ShowPage {
    shell: Shell,
    kept: Kept,
    places: String,
    repeats: String,
    gap: String,
    stands: Said,
    /// Something may still change.
    holds: bool,
    may_cancel: bool,
    /// Villages of it that hear nothing, for want of a station.
    unheard: Vec<String>,
    stations: Stations,
    at: String,
}

/// The part of the page that is fetched again and again.
#[derive(Template)]
#[template(path = "emergencies/stations.html")]
struct StationsPart {
    shell: Shell,
    kept: Kept,
    stations: Stations,
    /// When it was read.
    at: String,
}

/// How an emergency stands at its stations, in words.
struct Stations {
    /// How many are how far, those in others' areas too.
    counts: Vec<String>,
    /// Those in the reader's areas, the worst first.
    lines: Vec<Line>,
    /// How many of those are left out.
    more: usize,
    /// Whether some are in others' areas.
    elsewhere: bool,
}

/// A station, in words.
struct Line {
    station: String,
    village: String,
    name: String,
    said: Said,
    /// What else a person should know of it.
    also: Vec<Said>,
}

async fn list(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let found = emergency::visible(&mut connection, actor.id()).await?;
    let emergencies = found.into_iter().map(|kept| {
        let stands = stands(&state, &kept, &shell);
        (kept, stands)
    });
    let emergencies = emergencies.collect();
    let standbys = standby_lines::standbys(&state, &mut connection, &actor, &shell).await?;
    let read = &mut connection;
    page(&ListPage {
        emergencies,
        ordered: standby_lines::ordered(&state, read, &actor, &standbys, &shell).await?,
        standbys,
        may_order: actor.may_somewhere(Right::Emergency),
        shell,
    })
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BroadcastId>,
) -> Result<Response> {
    let (kept, areas, stations) = looked_up(&state, &shell, &actor, &id).await?;
    let holds = kept.holds(state.now());
    let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
    let mut connection = state.database.read().await?;
    let mut unheard = Vec::new();
    let seen = areas.iter().filter(|area| actor.may(Right::View, area));
    for area in seen.filter(|_| holds) {
        unheard.extend(unheard::below(&mut connection, &area.id).await?);
    }
    page(&ShowPage {
        places: names.join(", "),
        repeats: match kept.word.repeats {
            Some(repeats) => shell.say1("emergencies-times", "times", repeats),
            None => shell.say("emergencies-until-stopped"),
        },
        gap: span(kept.word.gap, &shell),
        stands: stands(&state, &kept, &shell),
        may_cancel: holds && areas.iter().all(|area| actor.may(Right::Emergency, area)),
        at: time_of_day(&state)?,
        holds,
        unheard,
        stations,
        kept,
        shell,
    })
}

async fn stations(
    state: State,
    shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<BroadcastId>,
) -> Result<Response> {
    let (kept, _, stations) = looked_up(&state, &shell, &actor, &id).await?;
    let mut part = StationsPart {
        shell,
        kept,
        stations,
        at: String::new(),
    };
    // What it says names it, but for the time at which it was read.
    let etag = format!("\"{}\"", ContentHash::of(part.render()?.as_bytes()));
    part.at = time_of_day(&state)?;
    let named = [(ETAG, etag.clone()), (MADE_AT, part.at.clone())];
    let held = headers.get(IF_NONE_MATCH);
    if held.is_some_and(|held| held.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, named).into_response());
    }
    Ok((named, page(&part)?).into_response())
}

async fn cancel(state: State, actor: Actor, Path(id): Path<BroadcastId>) -> Result<Response> {
    place::cancel(&state, &actor, &id).await?;
    Ok(done(
        &format!("/emergencies/{id}"),
        "notice-emergency-cancelled",
    ))
}

async fn take_back(state: State, actor: Actor, Path(id): Path<BulletinId>) -> Result<Response> {
    standby::take_back(&state, &actor, &id).await?;
    Ok(done("/emergencies", "notice-standby-taken-back"))
}

async fn looked_up(
    state: &State,
    shell: &Shell,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<(Kept, Vec<Area>, Stations)> {
    let mut connection = state.database.read().await?;
    let kept = emergency::find(&mut connection, id).await?;
    let areas = place::seen(state, &mut connection, actor, &kept).await?;
    let mut standings = standing::of(state, &mut connection, &kept, &areas).await?;
    let counts = standing::counts(&standings);
    let counted = Progress::NAMES.into_iter().filter_map(|name| {
        let count = counts.get(name)?;
        Some(shell.say2("emergencies-count", ("progress", name), ("count", *count)))
    });
    let all = standings.len();
    standings.retain(|one| actor.may(Right::View, &one.village));
    let stations = Stations {
        counts: counted.collect(),
        elsewhere: standings.len() < all,
        more: standings.len().saturating_sub(MOST_LINES),
        lines: standings
            .into_iter()
            .take(MOST_LINES)
            .map(|one| line(one, &kept, shell))
            .collect(),
    };
    Ok((kept, areas, stations))
}

fn line(standing: Standing, kept: &Kept, shell: &Shell) -> Line {
    let mut also = Vec::new();
    if standing.behind && kept.word.cancelled {
        also.push(said(shell.say("emergencies-cancel-not-there"), "bad"));
    }
    match standing.station.seen_at {
        Some(at) if !standing.online => {
            let text = shell.say1("stations-last-seen", "at", shell.when(&at));
            also.push(said(text, "bad"));
        }
        Some(_) | None => {}
    }
    Line {
        said: progress(&standing, kept, shell),
        station: standing.station.id.to_string(),
        village: standing.village.name,
        name: standing.station.name,
        also,
    }
}

/// How far a station is, in a few words.
fn progress(standing: &Standing, kept: &Kept, shell: &Shell) -> Said {
    let heard = standing.heard.to_string();
    match &standing.progress {
        Progress::NotEnrolled => said(shell.say("stations-not-enrolled"), "warn"),
        Progress::NotHeld => said(shell.say("emergencies-not-held"), "warn"),
        Progress::Fetching => said(shell.say("emergencies-fetching"), "warn"),
        Progress::Ready => said(shell.say("emergencies-ready"), ""),
        Progress::OnAir(number) => {
            let number = number.to_string();
            said(shell.say1("emergencies-on-air", "number", number), "good")
        }
        Progress::Heard => match kept.word.repeats {
            Some(repeats) => {
                let of = repeats.to_string();
                let text = shell.say2("emergencies-heard-of", ("heard", heard), ("of", of));
                let whole = standing.heard >= usize::try_from(repeats).unwrap_or(usize::MAX);
                said(text, if whole { "good" } else { "" })
            }
            None => said(shell.say1("emergencies-heard", "heard", heard), "good"),
        },
        Progress::Stopped => said(shell.say1("emergencies-stopped", "heard", heard), "warn"),
        Progress::Cancelled(position) => said(words::cancelled(*position, shell), "warn"),
        Progress::Ended(outcome) => words::outcome(outcome, shell.language),
    }
}

/// Whether an emergency still holds, in a few words.
fn stands(state: &State, kept: &Kept, shell: &Shell) -> Said {
    match kept.cancelled_at {
        Some(at) => {
            let at = shell.when(&at);
            let text = match kept.cancelled_by.clone() {
                Some(by) => shell.say2("emergencies-cancelled", ("by", by), ("at", at)),
                None => shell.say1("emergencies-cancelled-restored", "at", at),
            };
            said(text, "")
        }
        None if kept.holds(state.now()) => {
            let until = shell.when(&kept.word.expires_at);
            said(shell.say1("emergencies-holds", "until", until), "bad")
        }
        None => {
            let at = shell.when(&kept.word.expires_at);
            said(shell.say1("emergencies-expired", "at", at), "")
        }
    }
}

fn time_of_day(state: &State) -> Result<String> {
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    Ok(zone.civil(state.now()).strftime("%H:%M:%S").to_string())
}

fn said(text: String, tone: &'static str) -> Said {
    Said { text, tone }
}
