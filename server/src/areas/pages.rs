//! The pages of areas: one area, the form.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, BroadcastId};
use serde::Deserialize;

use super::area::{self, Area, QuietSpan, Ways};
use super::sessions::Sessions;
use super::tree::{self, Draft, Listed};
use super::{change, listing};
use crate::audit::Author;
use crate::broadcasts::broadcast;
use crate::listen::door::{self, Door};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stops::on_air::{self, OnAir};
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::shell::{Shell, done, page, page_with};

/// `/areas…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/areas", get(listing::list))
        .route("/areas/new", get(new).post(create))
        .route("/areas/{area}", get(show))
        .route("/areas/{area}/edit", get(edit).post(save))
        .route("/areas/{area}/close", post(close))
        .route("/areas/{area}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "areas/show.html")]
struct ShowPage {
    shell: Shell,
    area: Area,
    above: Option<Listed>,
    children: Vec<Listed>,
    kinds: Vec<Titled>,
    spoken: Vec<Titled>,
    may_manage: bool,
    /// Broadcasts that go on here, also when the area is closed: name and titles.
    going_on: Vec<(BroadcastId, String)>,
    on_air: OnAir,
    may_open: bool,
    door: Option<Door>,
}

#[derive(Template)]
#[template(path = "areas/form.html")]
struct FormPage {
    shell: Shell,
    /// What is changed; `None` for a new area.
    area: Option<AreaId>,
    /// What a new area will lie in.
    parent: Option<AreaId>,
    fields: Fields,
    kinds: Vec<Titled>,
    spoken: Vec<Titled>,
    /// Whether to ask if it shall be kept although a session begins in quiet hours.
    asks: bool,
}

/// The form's fields as they were typed.
#[derive(Debug, Clone, Default, Deserialize)]
struct Fields {
    /// What a new area will be known by.
    #[serde(default)]
    id: String,
    name: String,
    kind: String,
    #[serde(default)]
    households: String,
    #[serde(default)]
    languages: String,
    #[serde(default)]
    quiet_from: String,
    #[serde(default)]
    quiet_until: String,
    #[serde(default)]
    zone: String,
    /// `yes`, `no`, or empty for "as above".
    #[serde(default)]
    approver_may_be_author: String,
    #[serde(default)]
    morning_from: String,
    #[serde(default)]
    morning_until: String,
    #[serde(default)]
    evening_from: String,
    #[serde(default)]
    evening_until: String,
    #[serde(default)]
    session_minutes: String,
    /// `yes`, once whoever changes it stands by it.
    #[serde(default)]
    despite_quiet_hours: String,
}

#[derive(Debug, Deserialize)]
struct Under {
    #[serde(default)]
    parent: Option<AreaId>,
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    actor.require(Right::View, &area)?;
    let visible = tree::visible(&mut connection, actor.id()).await?;
    let above = area.parent.as_ref().and_then(|parent| {
        visible
            .iter()
            .find(|listed| listed.id == parent.as_str())
            .cloned()
    });
    let may_manage = actor.may(Right::ManageAreas, &area);
    let mut going_on = Vec::new();
    if may_manage || area.within_closed_ms.is_some() {
        for id in broadcast::going_on(&mut connection, &id, state.now()).await? {
            going_on.push((id.clone(), broadcast::titles(&mut connection, &id).await?));
        }
    }
    let page_of_area = ShowPage {
        may_open: actor.may(Right::OpenToPublic, &area),
        door: door::of(&mut connection, &id).await?,
        on_air: on_air::of_area(&state, &mut connection, &shell, &actor, &area).await?,
        children: tree::children(&mut connection, &id).await?,
        kinds: tree::kinds(&mut connection).await?,
        spoken: tree::spoken_languages(&mut connection).await?,
        may_manage,
        going_on,
        shell,
        area,
        above,
    };
    page(&page_of_area)
}

async fn new(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(under): Query<Under>,
) -> Result<Response> {
    let parent = parent_for_new(&state, &actor, under.parent.as_ref()).await?;
    let fields = Fields {
        id: AreaId::from_random(state.randomness.bytes()).to_string(),
        ..Fields::default()
    };
    page(&form(&state, shell, None, Some(parent.id), fields).await?)
}

async fn create(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(under): Query<Under>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let parent = parent_for_new(&state, &actor, under.parent.as_ref()).await?;
    let added = match fields.draft() {
        Ok(draft) => tree::add(&state, &Author::from(&actor), Some(&parent), &draft).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(id) => Ok(done(&format!("/areas/{id}"), "notice-area-added")),
        Err(error) => {
            let form = form(&state, shell, None, Some(parent.id), fields).await?;
            refused(form, error)
        }
    }
}

async fn edit(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    let form = form(&state, shell, Some(id), None, Fields::of(&area)).await?;
    page_with(StatusCode::OK, &form)
}

async fn save(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    let saved = match fields.draft() {
        Ok(draft) => tree::change(&state, &Author::from(&actor), &area, &draft).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(done(&format!("/areas/{id}"), "notice-area-saved")),
        Err(error) => {
            let form = form(&state, shell, Some(id), None, fields).await?;
            refused(form, error)
        }
    }
}

/// The form as it was typed. What only asks whether it shall be so can be stood by on it.
fn refused(mut form: FormPage, error: Error) -> Result<Response> {
    form.asks |= error.key() == change::IN_QUIET_HOURS;
    let status = form.shell.alert(error)?;
    page_with(status, &form)
}

async fn close(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    tree::set_closed(&state, &Author::from(&actor), &area, true).await?;
    Ok(done(&format!("/areas/{id}"), "notice-area-closed"))
}

async fn reopen(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    tree::set_closed(&state, &Author::from(&actor), &area, false).await?;
    Ok(done(&format!("/areas/{id}"), "notice-area-reopened"))
}

async fn managed(state: &State, actor: &Actor, id: &AreaId) -> Result<Area> {
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, id).await?;
    actor.require(Right::ManageAreas, &area)?;
    Ok(area)
}

/// Roots are made at the server's command line: nobody holds a right above them.
async fn parent_for_new(state: &State, actor: &Actor, parent: Option<&AreaId>) -> Result<Area> {
    let parent = parent.ok_or_else(Error::not_found)?;
    managed(state, actor, parent).await
}

async fn form(
    state: &State,
    shell: Shell,
    area: Option<AreaId>,
    parent: Option<AreaId>,
    fields: Fields,
) -> Result<FormPage> {
    let mut connection = state.database.read().await?;
    let kinds = tree::kinds(&mut connection).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    Ok(FormPage {
        asks: fields.is_despite_quiet_hours(),
        shell,
        area,
        parent,
        fields,
        kinds,
        spoken,
    })
}

impl ShowPage {
    fn is_open(&self) -> bool {
        self.door.as_ref().is_some_and(|door| door.open)
    }
}

impl FormPage {
    fn action(&self) -> String {
        match (&self.area, &self.parent) {
            (Some(area), _) => format!("/areas/{area}/edit"),
            (None, Some(parent)) => format!("/areas/new?parent={parent}"),
            (None, None) => "/areas/new".to_owned(),
        }
    }

    fn cancel(&self) -> String {
        match self.area.as_ref().or(self.parent.as_ref()) {
            Some(area) => format!("/areas/{area}"),
            None => "/areas".to_owned(),
        }
    }
}

impl Fields {
    fn of(area: &Area) -> Self {
        let own = &area.own;
        let quiet = own.quiet_hours;
        let minute = |time: jiff::civil::Time| time.strftime("%H:%M").to_string();
        let session = |at: fn(&Sessions) -> jiff::civil::Time| {
            own.sessions
                .as_ref()
                .map(|own| minute(at(own)))
                .unwrap_or_default()
        };
        Self {
            id: String::new(),
            morning_from: session(|own| own.morning.from),
            morning_until: session(|own| own.morning.until),
            evening_from: session(|own| own.evening.from),
            evening_until: session(|own| own.evening.until),
            session_minutes: own
                .sessions
                .map(|own| own.most_minutes.to_string())
                .unwrap_or_default(),
            name: area.name.clone(),
            kind: area.kind.clone(),
            households: area
                .households
                .map(|count| count.to_string())
                .unwrap_or_default(),
            languages: own
                .languages
                .as_ref()
                .map(|all| all.join(" "))
                .unwrap_or_default(),
            quiet_from: quiet.map(|span| minute(span.from)).unwrap_or_default(),
            quiet_until: quiet.map(|span| minute(span.until)).unwrap_or_default(),
            zone: own.zone.clone().unwrap_or_default(),
            approver_may_be_author: match own.approver_may_be_author {
                Some(true) => "yes".to_owned(),
                Some(false) => "no".to_owned(),
                None => String::new(),
            },
            despite_quiet_hours: String::new(),
        }
    }

    fn is_despite_quiet_hours(&self) -> bool {
        self.despite_quiet_hours == "yes"
    }

    fn draft(&self) -> Result<Draft> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let households = given(&self.households)
            .map(|text| {
                text.parse()
                    .map_err(|_| Error::invalid("error-area-households"))
            })
            .transpose()?;
        let quiet_hours = match (given(&self.quiet_from), given(&self.quiet_until)) {
            (None, None) => None,
            (from, until) => Some(QuietSpan {
                from: time(from)?,
                until: time(until)?,
            }),
        };
        let languages = given(&self.languages).map(|text| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        let approver_may_be_author = match self.approver_may_be_author.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let sessions = Sessions::typed([
            &self.morning_from,
            &self.morning_until,
            &self.evening_from,
            &self.evening_until,
            &self.session_minutes,
        ])?;
        Ok(Draft {
            id: self.id.parse().ok(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            households,
            ways: Ways {
                languages,
                quiet_hours,
                zone: given(&self.zone),
                approver_may_be_author,
                sessions,
            },
            despite_quiet_hours: self.is_despite_quiet_hours(),
        })
    }
}

fn time(text: Option<String>) -> Result<jiff::civil::Time> {
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::invalid("error-area-quiet-hours"))
}
