//! The button, and the page that says whether the stations have obeyed.

use askama::Template;
use axum::Router;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use programme::ids::{AreaId, BroadcastId, StopId};
use programme::zone::Zone;
use serde::Deserialize;

use super::press::{self, Press};
use super::standing::{self, Standing};
use super::stop::{self, Kept};
use crate::as_run::words::{self, Said};
use crate::broadcasts::{broadcast, place};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::shell::{Shell, page};

/// Most stations on one page, those that did not obey first.
const MOST: usize = 200;

/// `/stops…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/stops", post(send))
        .route("/stops/{stop}", get(show))
        .route("/stops/{stop}/stations", get(stations))
}

/// Whose button was pressed: that of an area, or that of a broadcast.
#[derive(Debug, Deserialize)]
struct Fields {
    #[serde(default)]
    area: String,
    #[serde(default)]
    broadcast: String,
}

#[derive(Template)]
#[template(path = "stops/show.html")]
struct ShowPage {
    shell: Shell,
    kept: Kept,
    places: String,
    /// What was named: where its page is, and its title.
    what: Option<(String, String)>,
    stations: Stations,
    at: String,
}

/// The part of the page that is fetched again and again.
#[derive(Template)]
#[template(path = "stops/stations.html")]
struct StationsPart {
    shell: Shell,
    kept: Kept,
    stations: Stations,
    at: String,
}

/// How a stop stands at its stations, in words.
struct Stations {
    summary: Said,
    /// Whether some are still to obey.
    waits: bool,
    /// Those in the reader's areas.
    lines: Vec<Line>,
    more: usize,
}

struct Line {
    station: String,
    village: String,
    name: String,
    said: Said,
    /// What ended by it.
    ended: Vec<String>,
}

async fn send(state: State, actor: Actor, Form(fields): Form<Fields>) -> Result<Response> {
    let press = wanted(&fields.area, &fields.broadcast)?;
    let id = press::press(&state, &actor, &press).await?;
    Ok(Redirect::to(&format!("/stops/{id}")).into_response())
}

/// What the two names of a form or of a script mean: exactly one of them is given.
///
/// # Errors
/// 404 when both are given, none, or one that is no name.
pub(super) fn wanted(area: &str, broadcast: &str) -> Result<Press> {
    let press = match (area.parse::<AreaId>(), broadcast.parse::<BroadcastId>()) {
        (Ok(area), Err(_)) if broadcast.is_empty() => Press::All(area),
        (Err(_), Ok(broadcast)) if area.is_empty() => Press::Broadcast(broadcast),
        _ => return Err(Error::not_found()),
    };
    Ok(press)
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<StopId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let kept = stop::find(&mut connection, &id).await?;
    let areas = place::targets_seen(&state, &mut connection, &actor, &kept.word.areas).await?;
    let what = match &kept.word.broadcast {
        Some(id) => {
            let title = broadcast::titles(&mut connection, id).await?;
            Some((format!("/broadcasts/{id}"), title))
        }
        None => None,
    };
    let standings = standing::of(&state, &mut connection, &kept).await?;
    let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
    page(&ShowPage {
        places: names.join(", "),
        stations: in_words(standings, &actor, &shell),
        at: time_of_day(&state)?,
        what,
        kept,
        shell,
    })
}

async fn stations(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<StopId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let kept = stop::find(&mut connection, &id).await?;
    place::targets_seen(&state, &mut connection, &actor, &kept.word.areas).await?;
    let standings = standing::of(&state, &mut connection, &kept).await?;
    page(&StationsPart {
        stations: in_words(standings, &actor, &shell),
        at: time_of_day(&state)?,
        kept,
        shell,
    })
}

fn in_words(standings: Vec<Standing>, actor: &Actor, shell: &Shell) -> Stations {
    let enrolled = standings
        .iter()
        .filter(|one| one.station.enrolled_at.is_some());
    let all = enrolled.clone().count();
    let obeyed = enrolled.filter(|one| one.obeyed).count();
    let waits = obeyed < all;
    let (key, tone) = match waits {
        true => ("stops-some-obeyed", "warn"),
        false => ("stops-all-obeyed", "good"),
    };
    let (obeyed, of) = (obeyed.to_string(), all.to_string());
    let text = shell.say2(key, ("obeyed", obeyed), ("of", of));
    let own = standings.into_iter();
    let own: Vec<Standing> = own
        .filter(|one| actor.may(Right::View, &one.village))
        .collect();
    Stations {
        summary: Said { text, tone },
        waits,
        more: own.len().saturating_sub(MOST),
        lines: own
            .into_iter()
            .take(MOST)
            .map(|one| line(one, shell))
            .collect(),
    }
}

fn line(standing: Standing, shell: &Shell) -> Line {
    let (key, tone) = match (standing.name(), standing.online) {
        ("not_enrolled", _) => ("stations-not-enrolled", "warn"),
        ("obeyed", _) if standing.ended.is_empty() => ("stops-obeyed-nothing", "good"),
        ("obeyed", _) => ("stops-obeyed", "good"),
        (_, true) => ("stops-sent", "warn"),
        (_, false) => ("stops-away", "bad"),
    };
    let ended = standing.ended.iter().map(|(title, outcome)| {
        let said = words::outcome(outcome, shell.language);
        format!("{title}: {}", said.text)
    });
    Line {
        ended: ended.collect(),
        said: Said {
            text: shell.say(key),
            tone,
        },
        station: standing.station.id.to_string(),
        village: standing.village.name,
        name: standing.station.name,
    }
}

fn time_of_day(state: &State) -> Result<String> {
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    Ok(zone.civil(state.now()).strftime("%H:%M:%S").to_string())
}
