//! The form in which a station is registered and changed.

use askama::Template;
use axum::response::Response;
use programme::ids::{AreaId, StationId};
use serde::Deserialize;

use super::api::editable;
use super::code;
use super::draft::{Draft, Part};
use super::loudness::{Loudness, LoudnessFields};
use super::position::Position;
use super::station;
use crate::areas::area;
use crate::areas::tree::{self, Listed};
use crate::audit::Author;
use crate::audit::entries::Trail;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::publish;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::overtaken::{self, Opened, Overtaken, Told};
use crate::web::shell::{Shell, done, page, page_with};

#[derive(Template)]
#[template(path = "stations/form.html")]
struct FormPage {
    shell: Shell,
    /// What is changed; `None` for a new station.
    station: Option<StationId>,
    areas: Vec<Listed>,
    fields: Fields,
    may_manage: bool,
    /// Who has changed it since the form was opened, and how.
    overtaken: Option<Overtaken>,
}

/// The form's fields as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Fields {
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
    #[serde(default)]
    position: String,
    #[serde(flatten)]
    loudness: LoudnessFields,
    #[serde(flatten)]
    opened: Opened,
}

/// The empty form.
pub(super) async fn new(state: State, shell: Shell, actor: Actor) -> Result<Response> {
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
        overtaken: None,
    })
}

/// Registers a station, with its first code.
pub(super) async fn create(
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
                overtaken: None,
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

/// The form with what the station says.
pub(super) async fn edit(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<StationId>,
) -> Result<Response> {
    let (_, may_manage) = editable(&state, &actor, &id).await?;
    page(&FormPage {
        fields: there(&state, &id, part(may_manage)).await?,
        shell,
        station: Some(id),
        areas: Vec::new(),
        may_manage,
        overtaken: None,
    })
}

/// Changes what the station says.
pub(super) async fn save(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<StationId>,
    Form(mut fields): Form<Fields>,
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
    let (author, part) = (Author::from(&actor), part(may_manage));
    let saved = match fields.draft() {
        Ok(draft) => {
            let (seen, says) = (fields.opened.seen(), |now| says(draft, now));
            station::change(&state, &author, &station, part, seen, says).await
        }
        Err(error) => Err(error),
    };
    let Err(error) = saved else {
        return Ok(done(&format!("/stations/{id}"), "notice-station-saved"));
    };
    let (status, overtaken) = match error.key() == overtaken::CHANGED {
        true => {
            let there = there(&state, &id, part).await?;
            let told = [&there, &fields].map(|one| one.told(may_manage, &shell));
            let (trail, over) = (
                Trail {
                    subject: id.as_str(),
                    verbs: &["station.change"],
                    other: part.other(),
                },
                there.opened.version,
            );
            let mut connection = state.database.read().await?;
            let told = Overtaken::told(&mut connection, &mut shell, trail, over, told).await?;
            (told.0, Some(told.1))
        }
        false => {
            fields.opened = fields.opened.again();
            (shell.alert(error)?, None)
        }
    };
    let form = FormPage {
        shell,
        station: Some(id),
        areas: Vec::new(),
        fields,
        may_manage,
        overtaken,
    };
    page_with(status, &form)
}

/// What of a station somebody changes.
fn part(may_manage: bool) -> Part {
    match may_manage {
        true => Part::Whole,
        false => Part::Loudness,
    }
}

/// The fields with what the station says.
async fn there(state: &State, id: &StationId, part: Part) -> Result<Fields> {
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, id).await?;
    let draft = Draft::of(&mut connection, &station).await?;
    Ok(Fields {
        id: String::new(),
        area: String::new(),
        opened: Opened::with(draft.version(part)),
        loudness: LoudnessFields::from(&draft.loudness),
        name: draft.name,
        clusters: draft.clusters.join("\n"),
        position: draft.position.map(|at| at.to_string()).unwrap_or_default(),
    })
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
            position: Position::typed(&self.position)?,
        })
    }
}

impl Fields {
    /// What they say in words.
    fn told(&self, may_manage: bool, shell: &Shell) -> Told {
        let decibels = |text: &str| format!("{} dB", text.trim());
        let clusters = self.clusters.lines().map(str::trim);
        let clusters: Vec<&str> = clusters.filter(|name| !name.is_empty()).collect();
        let names = [
            ("stations-name", self.name.trim().to_owned()),
            ("stations-clusters", clusters.join("\n")),
            ("stations-position", self.position.trim().to_owned()),
        ];
        let volume = ("stations-volume", decibels(&self.loudness.volume_db));
        let classes = self.loudness.classes().into_iter();
        let classes = classes.map(|(_, label, text)| (label, decibels(text)));
        let names = names.into_iter().filter(|_| may_manage);
        let told = names.chain([volume]).chain(classes);
        told.map(|(label, text)| (shell.say(label), text)).collect()
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
