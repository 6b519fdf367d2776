//! The pages on which administrators keep people: add, give and take roles, reset a password, close.
//!
//! An administrator keeps the people of their areas: those who hold a role there or below, and those
//! who hold none anywhere yet.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, PersonId};
use serde::Deserialize;

use super::identity::Actor;
use super::person::{self, NewPerson, Person};
use super::rights::{Right, Role};
use super::roles;
use crate::areas::area::{self, Area};
use crate::areas::tree::{self, Listed};
use crate::audit::Author;
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
        .route("/people/{person}/close", post(close))
        .route("/people/{person}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    shell: Shell,
    people: Vec<(Person, Vec<HeldRole>)>,
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
    person: Person,
    roles: Vec<HeldRole>,
    areas: Vec<Listed>,
    /// A password that was made just now.
    password: Option<String>,
    is_self: bool,
}

/// A role of a person, where it holds.
struct HeldRole {
    role: Role,
    area: Area,
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
    actor.require_somewhere(Right::ManagePeople)?;
    let mut connection = state.database.read().await?;
    let mut people = Vec::new();
    for person in person::list(&mut connection).await? {
        let held = held(&state, &mut connection, &person).await?;
        if keeps(&actor, &held) {
            people.push((person, held));
        }
    }
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
    actor.require_somewhere(Right::ManagePeople)?;
    match add(&state, &actor, &fields).await {
        Ok((person, password)) => {
            answer(
                &state,
                shell,
                &actor,
                &person,
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
    kept(&state, &actor, &id).await?;
    let area = found(&state, &fields.area).await?;
    roles::give(&state, &actor, &id, fields.role, &area).await?;
    Ok(done(&format!("/people/{id}"), "notice-role-given"))
}

async fn take_role(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(fields): Form<RoleFields>,
) -> Result<Response> {
    if id == *actor.id() {
        return Err(Error::conflict("error-not-on-oneself"));
    }
    let area = found(&state, &fields.area).await?;
    roles::take(&state, &actor, &id, fields.role, &area).await?;
    Ok(done(&format!("/people/{id}"), "notice-role-taken"))
}

async fn reset_password(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Response> {
    let person = kept_whole(&state, &actor, &id).await?;
    let password = super::passwords::readable(&state.randomness);
    let author = Author::from(&actor);
    person::set_password(&state, &author, &person, password.clone(), None).await?;
    answer(&state, shell, &actor, &id, StatusCode::OK, Some(password)).await
}

async fn close(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    if id == *actor.id() {
        return Err(Error::conflict("error-not-on-oneself"));
    }
    let person = kept_whole(&state, &actor, &id).await?;
    person::set_closed(&state, &Author::from(&actor), &person, true).await?;
    Ok(done(&format!("/people/{id}"), "notice-person-closed"))
}

async fn reopen(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    let person = kept_whole(&state, &actor, &id).await?;
    person::set_closed(&state, &Author::from(&actor), &person, false).await?;
    Ok(done(&format!("/people/{id}"), "notice-person-reopened"))
}

/// Adds a person with one role, and gives back the password to hand over.
async fn add(state: &State, actor: &Actor, fields: &NewFields) -> Result<(PersonId, String)> {
    let role = Role::from_name(&fields.role).ok_or_else(|| Error::invalid("error-role-missing"))?;
    let area = fields
        .area
        .parse()
        .map_err(|_| Error::invalid("error-role-missing"))?;
    let area = found(state, &area).await?;
    actor.require(Right::ManagePeople, &area)?;
    let password = super::passwords::readable(&state.randomness);
    let new = NewPerson {
        name: fields.name.clone(),
        full_name: fields.full_name.clone(),
        phone: fields.phone.clone(),
        password: password.clone(),
    };
    let id = person::add(state, &Author::from(actor), new).await?;
    roles::give(state, actor, &id, role, &area).await?;
    Ok((id, password))
}

async fn answer(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &PersonId,
    status: StatusCode,
    password: Option<String>,
) -> Result<Response> {
    let (person, roles) = kept(state, actor, id).await?;
    let areas = kept_areas(state, actor).await?;
    let is_self = id == actor.id();
    page_with(
        status,
        &ShowPage {
            shell,
            person,
            roles,
            areas,
            password,
            is_self,
        },
    )
}

/// A person whom `actor` keeps, wholly or in part.
async fn kept(state: &State, actor: &Actor, id: &PersonId) -> Result<(Person, Vec<HeldRole>)> {
    let mut connection = state.database.read().await?;
    let person = person::find(&mut connection, id).await?;
    let held = held(state, &mut connection, &person).await?;
    if keeps(actor, &held) {
        Ok((person, held))
    } else {
        Err(Error::not_found())
    }
}

/// A person all of whose roles lie where `actor` keeps people: only then is the whole person theirs.
/// The officer of a province must not fall to an administrator of one village.
async fn kept_whole(state: &State, actor: &Actor, id: &PersonId) -> Result<Person> {
    let (person, held) = kept(state, actor, id).await?;
    if held
        .iter()
        .all(|held| actor.may(Right::ManagePeople, &held.area))
    {
        Ok(person)
    } else {
        Err(Error::forbidden())
    }
}

fn keeps(actor: &Actor, held: &[HeldRole]) -> bool {
    actor.may_somewhere(Right::ManagePeople)
        && (held.is_empty()
            || held
                .iter()
                .any(|held| actor.may(Right::ManagePeople, &held.area)))
}

async fn held(
    state: &State,
    connection: &mut crate::database::Connection,
    person: &Person,
) -> Result<Vec<HeldRole>> {
    let mut held = Vec::new();
    for (area, role) in roles::of_person(connection, &person.person_id()?).await? {
        held.push(HeldRole {
            role,
            area: area::find(state, connection, &area).await?,
        });
    }
    Ok(held)
}

async fn kept_areas(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    tree::with_right(&mut connection, actor.id(), Right::ManagePeople).await
}

async fn found(state: &State, id: &AreaId) -> Result<Area> {
    let mut connection = state.database.read().await?;
    area::find(state, &mut connection, id).await
}
