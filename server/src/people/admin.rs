//! The pages on which administrators keep people: add, give and take roles, set a password, close.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, PersonId};
use serde::Deserialize;

use super::identity::Actor;
use super::keeping::{self, Kept};
use super::person::NewPerson;
use super::rights::{Right, Role};
use super::sessions::Session;
use crate::areas::tree::{self, Listed};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::shell::{NavLink, Shell, done, page, page_with};

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/people",
    key: "people-title",
    right: Some(Right::ManagePeople),
};

/// `/people…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/people", get(list))
        .route("/people/new", get(new).post(create))
        .route("/people/{person}", get(show))
        .route("/people/{person}/roles", post(give_role))
        .route("/people/{person}/roles/take", post(take_role))
        .route("/people/{person}/password", post(reset_password))
        .route("/people/{person}/sessions/end", post(end_sessions))
        .route("/people/{person}/close", post(close))
        .route("/people/{person}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    shell: Shell,
    people: Vec<Kept>,
}

#[derive(Template)]
#[template(path = "people/new.html")]
struct NewPage {
    shell: Shell,
    fields: NewFields,
    areas: Vec<Listed>,
}

#[derive(Template)]
#[template(path = "people/show.html")]
struct ShowPage {
    shell: Shell,
    kept: Kept,
    areas: Vec<Listed>,
    /// Where they are signed in, for whoever keeps them wholly.
    sessions: Option<Vec<Session>>,
    /// A password that was made just now.
    password: Option<String>,
    is_self: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct NewFields {
    name: String,
    full_name: String,
    #[serde(default)]
    phone: String,
    role: String,
    area: String,
}

#[derive(Deserialize)]
struct RoleFields {
    role: Role,
    area: AreaId,
}

async fn list(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    let people = keeping::list(&state, &actor).await?;
    page(&ListPage { shell, people })
}

async fn new(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    actor.require_somewhere(Right::ManagePeople)?;
    let areas = kept_areas(&state, &actor).await?;
    page(&NewPage {
        shell,
        fields: NewFields::default(),
        areas,
    })
}

async fn create(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(fields): Form<NewFields>,
) -> Result<Response> {
    match add(&state, &actor, &fields).await {
        Ok((id, password)) => {
            answer(
                &state,
                shell,
                &actor,
                &id,
                StatusCode::CREATED,
                Some(password),
            )
            .await
        }
        Err(error) => {
            let status = shell.alert(error)?;
            let areas = kept_areas(&state, &actor).await?;
            page_with(
                status,
                &NewPage {
                    shell,
                    fields,
                    areas,
                },
            )
        }
    }
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Response> {
    answer(&state, shell, &actor, &id, StatusCode::OK, None).await
}

async fn give_role(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(fields): Form<RoleFields>,
) -> Result<Response> {
    keeping::give_role(&state, &actor, &id, fields.role, &fields.area).await?;
    Ok(done(&format!("/people/{id}"), "notice-role-given"))
}

async fn take_role(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(fields): Form<RoleFields>,
) -> Result<Response> {
    keeping::take_role(&state, &actor, &id, fields.role, &fields.area).await?;
    Ok(done(&format!("/people/{id}"), "notice-role-taken"))
}

async fn reset_password(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Response> {
    let password = keeping::reset_password(&state, &actor, &id).await?;
    answer(&state, shell, &actor, &id, StatusCode::OK, Some(password)).await
}

async fn end_sessions(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    keeping::end_sessions(&state, &actor, &id).await?;
    Ok(done(
        &format!("/people/{id}"),
        "notice-person-sessions-ended",
    ))
}

async fn close(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    keeping::set_closed(&state, &actor, &id, true).await?;
    Ok(done(&format!("/people/{id}"), "notice-person-closed"))
}

async fn reopen(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    keeping::set_closed(&state, &actor, &id, false).await?;
    Ok(done(&format!("/people/{id}"), "notice-person-reopened"))
}

async fn add(state: &State, actor: &Actor, fields: &NewFields) -> Result<(PersonId, String)> {
    let missing = || Error::invalid("error-role-missing");
    let role = Role::from_name(&fields.role).ok_or_else(missing)?;
    let area = fields.area.parse().map_err(|_| missing())?;
    let new = NewPerson {
        name: fields.name.clone(),
        full_name: fields.full_name.clone(),
        phone: fields.phone.clone(),
        password: String::new(),
    };
    keeping::add(state, actor, new, role, &area).await
}

async fn answer(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &PersonId,
    status: StatusCode,
    password: Option<String>,
) -> Result<Response> {
    let kept = keeping::find(state, actor, id).await?;
    let sessions = keeping::sessions(state, &kept).await?;
    let areas = kept_areas(state, actor).await?;
    let is_self = id == actor.id();
    page_with(
        status,
        &ShowPage {
            shell,
            kept,
            areas,
            sessions,
            password,
            is_self,
        },
    )
}

async fn kept_areas(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    tree::with_right(&mut connection, actor.id(), Right::ManagePeople).await
}
