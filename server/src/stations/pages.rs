//! The pages of stations: the list, one station, its enrolment code.

use askama::Template;
use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::StationId;
use programme::zone::Zone;

use super::api::with_right;
use super::code::{self, OpenCode};
use super::form;
use super::standing::{self, Fact};
use super::station::{self, Station};
use crate::areas::area::{self, Area};
use crate::areas::unheard;
use crate::as_run::soundness::Soundness;
use crate::audit::Author;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::publish;
use crate::state::State;
use crate::stops::on_air::{self, OnAir};
use crate::web::errors::Result;
use crate::web::forms::Path;
use crate::web::frame::own_address;
use crate::web::shell::{Shell, done, page};

/// `/stations…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/stations", get(list))
        .route("/stations/new", get(form::new).post(form::create))
        .route("/stations/{station}", get(show))
        .route("/stations/{station}/edit", get(form::edit).post(form::save))
        .route("/stations/{station}/code", get(show_code).post(issue_code))
        .route("/stations/{station}/close", post(close))
}

#[derive(Template)]
#[template(path = "stations/list.html")]
struct ListPage {
    shell: Shell,
    stations: Vec<Listing>,
    /// Villages that have none.
    unheard: Vec<String>,
    may_manage: bool,
    may_see_alarms: bool,
}

struct Listing {
    id: StationId,
    name: String,
    area_name: String,
    presence: Fact,
    worst: Option<Fact>,
    lights: Vec<Fact>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "stations/show.html")]
struct ShowPage {
    shell: Shell,
    station: Station,
    area: Area,
    clusters: Vec<String>,
    facts: Vec<Fact>,
    next: Vec<(String, String)>,
    may_manage: bool,
    may_set_volume: bool,
    on_air: OnAir,
}

#[derive(Template)]
#[template(path = "stations/code.html")]
struct CodePage {
    shell: Shell,
    station: Station,
    area: Area,
    code: Option<OpenCode>,
    address: String,
}

async fn list(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let wrong = Soundness::wrong(&mut connection, actor.id()).await?;
    let mut stations = Vec::new();
    for station in station::visible(&mut connection, actor.id().as_str()).await? {
        let area = area::find(&state, &mut connection, &station.area).await?;
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let published = publish::latest(&mut connection, &station.id).await?;
        let next = match &published {
            Some(published) => standing::next(published, &zone, state.now())?,
            None => Vec::new(),
        };
        stations.push(Listing {
            presence: standing::presence(&station, state.now(), &shell),
            worst: standing::worst(&station, wrong.get(&station.id), &shell),
            lights: standing::lights(&station, published.as_ref(), state.now(), &shell),
            next: next
                .into_iter()
                .next()
                .map(|(at, title)| shell.say2("stations-next-line", ("at", at), ("title", title))),
            id: station.id,
            name: station.name,
            area_name: area.name,
        });
    }
    page(&ListPage {
        may_manage: actor.may_somewhere(Right::ManageStations),
        may_see_alarms: actor.may_somewhere(Right::Stop),
        unheard: unheard::of_reader(&mut connection, actor.id()).await?,
        shell,
        stations,
    })
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<StationId>,
) -> Result<Response> {
    let station = with_right(&state, &actor, &id, Right::View).await?;
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &station.area).await?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let published = publish::latest(&mut connection, &id).await?;
    let next = match &published {
        Some(published) => standing::next(published, &zone, state.now())?,
        None => Vec::new(),
    };
    let log = Soundness::of(&mut connection, &id).await?;
    page(&ShowPage {
        on_air: on_air::of_area(&state, &mut connection, &shell, &actor, &area).await?,
        clusters: station::clusters(&mut connection, &id).await?,
        facts: standing::facts(&station, published.as_ref(), &log, state.now(), &shell),
        may_manage: actor.may(Right::ManageStations, &area),
        may_set_volume: actor.may(Right::Stop, &area),
        shell,
        station,
        area,
        next,
    })
}

async fn show_code(
    state: State,
    shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<StationId>,
) -> Result<Response> {
    let station = with_right(&state, &actor, &id, Right::ManageStations).await?;
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &station.area).await?;
    let code = code::open(&mut connection, &id, state.now()).await?;
    page(&CodePage {
        address: own_address(&state, &headers),
        shell,
        station,
        area,
        code,
    })
}

async fn issue_code(state: State, actor: Actor, Path(id): Path<StationId>) -> Result<Response> {
    let station = with_right(&state, &actor, &id, Right::ManageStations).await?;
    code::issue(&state, &Author::from(&actor), &station).await?;
    Ok(done(&format!("/stations/{id}/code"), "notice-station-code"))
}

async fn close(state: State, actor: Actor, Path(id): Path<StationId>) -> Result<Response> {
    let station = with_right(&state, &actor, &id, Right::ManageStations).await?;
    station::close(&state, &Author::from(&actor), &station).await?;
    Ok(done("/stations", "notice-station-closed"))
}
