//! The pages of stations: the list, one station, its form, its enrolment code.

use askama::Template;
use axum::Router;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, StationId};
use programme::zone::Zone;
use serde::Deserialize;

use super::api::{editable, with_right};
use super::code::{self, OpenCode};
use super::loudness::{Loudness, LoudnessFields};
use super::standing::{self, Fact};
use super::station::{self, Draft, Station};
use crate::areas::area::{self, Area};
use crate::areas::tree::{self, Listed};
use crate::areas::unheard;
use crate::as_run::soundness::Soundness;
use crate::audit::Author;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::publish;
use crate::state::State;
use crate::stops::on_air::{self, OnAir};
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::frame::own_address;
use crate::web::shell::{Shell, done, page, page_with};

/// `/stations…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/stations", get(list))
        .route("/stations/new", get(new).post(create))
        .route("/stations/{station}", get(show))
        .route("/stations/{station}/edit", get(edit).post(save))
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
#[template(path = "stations/form.html")]
struct FormPage {
    shell: Shell,
    /// What is changed; `None` for a new station.
    station: Option<StationId>,
    areas: Vec<Listed>,
    fields: Fields,
    may_manage: bool,
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

/// The form's fields as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct Fields {
    /// What a new station will be known by.
    #[serde(default)]
    id: String,
    #[serde(default)]
    area: String,
    #[serde(default)]
    name: String,
    /// One per line.
    #[serde(default)]
    clusters: String,
    #[serde(flatten)]
    loudness: LoudnessFields,
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

async fn new(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    actor.require_somewhere(Right::ManageStations)?;
    let areas = managed_areas(&state, &actor).await?;
    let fields = Fields {
        id: StationId::from_random(state.randomness.bytes()).to_string(),
        loudness: LoudnessFields::from(&Loudness::default()),
        ..Fields::default()
    };
    page(&FormPage {
        shell,
        station: None,
        areas,
        fields,
        may_manage: true,
    })
}

async fn create(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    actor.require_somewhere(Right::ManageStations)?;
    match add(&state, &actor, &fields).await {
        Ok(id) => Ok(done(
            &format!("/stations/{id}/code"),
            "notice-station-added",
        )),
        Err(error) => {
            let status = shell.alert(error)?;
            let areas = managed_areas(&state, &actor).await?;
            let form = FormPage {
                shell,
                station: None,
                areas,
                fields,
                may_manage: true,
            };
            page_with(status, &form)
        }
    }
}

async fn add(state: &State, actor: &Actor, fields: &Fields) -> Result<StationId> {
    let area: AreaId = fields
        .area
        .parse()
        .map_err(|_| Error::invalid("error-station-needs-area"))?;
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, &area).await?;
    drop(connection);
    actor.require(Right::ManageStations, &area)?;
    let author = Author::from(actor);
    let id = station::add(state, &author, &area, &fields.draft()?).await?;
    publish::to_station(state, &id).await?;
    // Without a code the station cannot come in, so the first one is issued along with it.
    let mut connection = state.database.read().await?;
    let added = station::find(&mut connection, &id).await?;
    drop(connection);
    code::issue(state, &author, &added).await?;
    Ok(id)
}

async fn edit(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<StationId>,
) -> Result<Response> {
    let (station, may_manage) = editable(&state, &actor, &id).await?;
    let mut connection = state.database.read().await?;
    let fields = Fields {
        id: String::new(),
        area: station.area.to_string(),
        name: station.name,
        clusters: station::clusters(&mut connection, &id).await?.join("\n"),
        loudness: LoudnessFields::from(&station.loudness),
    };
    page(&FormPage {
        shell,
        station: Some(id),
        areas: Vec::new(),
        fields,
        may_manage,
    })
}

async fn save(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<StationId>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let (station, may_manage) = editable(&state, &actor, &id).await?;
    // Who may only set the volume changes nothing else, whatever was sent.
    let says = |draft: Draft, now: Draft| match may_manage {
        true => draft,
        false => Draft {
            loudness: draft.loudness,
            ..now
        },
    };
    let author = Author::from(&actor);
    let saved = match fields.draft() {
        Ok(draft) => station::change(&state, &author, &station, |now| says(draft, now)).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(done(&format!("/stations/{id}"), "notice-station-saved")),
        Err(error) => {
            let status = shell.alert(error)?;
            let form = FormPage {
                shell,
                station: Some(id),
                areas: Vec::new(),
                fields,
                may_manage,
            };
            page_with(status, &form)
        }
    }
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

async fn managed_areas(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    let right = Right::ManageStations;
    tree::with_right(&mut connection, actor.id(), right).await
}

impl Fields {
    fn draft(&self) -> Result<Draft> {
        Ok(Draft {
            id: self.id.parse().ok(),
            name: self.name.clone(),
            loudness: self.loudness.loudness()?,
            clusters: self.clusters.lines().map(str::to_owned).collect(),
        })
    }
}

impl FormPage {
    fn action(&self) -> String {
        match &self.station {
            Some(station) => format!("/stations/{station}/edit"),
            None => "/stations/new".to_owned(),
        }
    }

    fn cancel(&self) -> String {
        match &self.station {
            Some(station) => format!("/stations/{station}"),
            None => "/stations".to_owned(),
        }
    }
}
