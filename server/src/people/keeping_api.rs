//! People for scripts of administrators.

use axum::Json;
use axum::http::StatusCode;
use programme::ids::{AreaId, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::identity::Actor;
use super::keeping::{self, Kept};
use super::me_api::SessionLine;
use super::person::NewPerson;
use super::rights::Role;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/people…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
        .routes(routes!(give_role))
        .routes(routes!(take_role))
        .routes(routes!(reset_password))
        .routes(routes!(list_sessions, end_sessions))
        .routes(routes!(close, reopen))
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
struct PersonLine {
    /// Their name for programs.
    id: String,
    /// What they type to sign in.
    name: String,
    /// What others call them.
    full_name: String,
    /// How to reach them.
    phone: String,
    /// Since when they may not sign in.
    closed_at_ms: Option<i64>,
    /// What they are, and where.
    roles: Vec<HeldLine>,
}

/// A role in an area.
#[derive(Debug, Serialize, ToSchema)]
struct HeldLine {
    /// The role.
    role: Role,
    /// The area.
    area_id: String,
    /// Its name.
    area_name: String,
}

/// A person to add, with a first role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonToAdd {
    /// What they will type to sign in.
    name: String,
    /// What others call them.
    full_name: String,
    /// How to reach them.
    #[serde(default)]
    phone: String,
    /// The role.
    role: Role,
    /// Where it holds.
    area_id: String,
}

/// A person and the password to hand over.
#[derive(Debug, Serialize, ToSchema)]
struct Added {
    /// The person.
    person: PersonLine,
    /// Shown only here.
    password: String,
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleToGive {
    /// The role.
    role: Role,
    /// Where it holds.
    area_id: String,
}

/// A password to hand over.
#[derive(Debug, Serialize, ToSchema)]
struct FreshPassword {
    /// Shown only here.
    password: String,
}

/// The people whom you keep.
#[utoipa::path(get, path = "/api/v1/people", tag = "people",
    responses((status = 200, body = Vec<PersonLine>), (status = 403, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<PersonLine>>> {
    let people = keeping::list(&state, &actor).await?;
    Ok(Json(people.into_iter().map(PersonLine::from).collect()))
}

/// One of them.
#[utoipa::path(get, path = "/api/v1/people/{person}", tag = "people",
    params(("person" = String, Path)),
    responses((status = 200, body = PersonLine), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn show(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Json<PersonLine>> {
    Ok(Json(keeping::find(&state, &actor, &id).await?.into()))
}

/// Adds a person.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = PersonToAdd,
    responses((status = 201, body = Added), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem),
        (status = 404, body = Problem)))]
async fn create(
    state: State,
    actor: Actor,
    Body(new): Body<PersonToAdd>,
) -> Result<(StatusCode, Json<Added>)> {
    let area = area_id(&new.area_id)?;
    let person = NewPerson {
        name: new.name,
        full_name: new.full_name,
        phone: new.phone,
        password: String::new(),
    };
    let (id, password) = keeping::add(&state, &actor, person, new.role, &area).await?;
    let person = keeping::find(&state, &actor, &id).await?.into();
    Ok((StatusCode::CREATED, Json(Added { person, password })))
}

/// Gives a role.
#[utoipa::path(post, path = "/api/v1/people/{person}/roles", tag = "people",
    request_body = RoleToGive, params(("person" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn give_role(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
    Body(given): Body<RoleToGive>,
) -> Result<StatusCode> {
    let area = area_id(&given.area_id)?;
    keeping::give_role(&state, &actor, &id, given.role, &area).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a role away.
#[utoipa::path(delete, path = "/api/v1/people/{person}/roles/{area}/{role}", tag = "people",
    params(("person" = String, Path), ("area" = String, Path), ("role" = Role, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 404, body = Problem)))]
async fn take_role(
    state: State,
    actor: Actor,
    Path((id, area, role)): Path<(PersonId, AreaId, Role)>,
) -> Result<StatusCode> {
    keeping::take_role(&state, &actor, &id, role, &area).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets a new password.
#[utoipa::path(post, path = "/api/v1/people/{person}/password", tag = "people",
    params(("person" = String, Path)),
    responses((status = 200, body = FreshPassword), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn reset_password(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Json<FreshPassword>> {
    let password = keeping::reset_password(&state, &actor, &id).await?;
    Ok(Json(FreshPassword { password }))
}

/// Where somebody is signed in.
#[utoipa::path(get, path = "/api/v1/people/{person}/sessions", tag = "people",
    params(("person" = String, Path)),
    responses((status = 200, body = Vec<SessionLine>), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn list_sessions(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Json<Vec<SessionLine>>> {
    let kept = keeping::find(&state, &actor, &id).await?;
    let sessions = keeping::sessions(&state, &kept).await?;
    let sessions = sessions.ok_or_else(Error::forbidden)?;
    Ok(Json(sessions.into_iter().map(SessionLine::from).collect()))
}

/// Signs somebody out everywhere; their tokens stay.
#[utoipa::path(delete, path = "/api/v1/people/{person}/sessions", tag = "people",
    params(("person" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn end_sessions(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<StatusCode> {
    keeping::end_sessions(&state, &actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a person in no longer; their sessions and tokens end.
#[utoipa::path(put, path = "/api/v1/people/{person}/closed", tag = "people",
    params(("person" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn close(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<StatusCode> {
    keeping::set_closed(&state, &actor, &id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets a person in again.
#[utoipa::path(delete, path = "/api/v1/people/{person}/closed", tag = "people",
    params(("person" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn reopen(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<StatusCode> {
    keeping::set_closed(&state, &actor, &id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn area_id(text: &str) -> Result<AreaId> {
    text.parse().map_err(|_| Error::not_found())
}

impl From<Kept> for PersonLine {
    fn from(kept: Kept) -> Self {
        let held = |held: keeping::HeldRole| HeldLine {
            role: held.role,
            area_id: held.area_id,
            area_name: held.area_name,
        };
        Self {
            id: kept.person.id,
            name: kept.person.name,
            full_name: kept.person.full_name,
            phone: kept.person.phone,
            closed_at_ms: kept.person.closed_at_ms,
            roles: kept.roles.into_iter().map(held).collect(),
        }
    }
}
