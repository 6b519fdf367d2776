//! Oneself, for scripts: who am I, where am I signed in, which tokens have I.

use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::identity::Actor;
use super::rights::Role;
use super::sessions::{self, Session};
use super::{pins, tokens};
use crate::audit::Author;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/me…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(me))
        .routes(routes!(list_sessions, end_sessions))
        .routes(routes!(end_session))
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(revoke_token))
        .routes(routes!(set_pin))
}

/// Who you are.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// Your name for programs.
    id: String,
    /// What you type to sign in.
    name: String,
    /// What others call you.
    full_name: String,
    /// What you are, and where; it holds in everything below too.
    roles: Vec<RoleLine>,
}

/// A role in an area.
#[derive(Debug, Serialize, ToSchema)]
struct RoleLine {
    /// The role.
    role: Role,
    /// The area.
    area_id: String,
}

/// A browser in which somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionLine {
    /// Its name for programs.
    id: String,
    /// What it is, such as `Chrome · Android`; empty when it does not say.
    browser: String,
    /// When they signed in.
    created_at_ms: i64,
    /// When it was last used, give or take a minute.
    seen_at_ms: i64,
}

/// One of your tokens.
#[derive(Debug, Serialize, ToSchema)]
struct TokenLine {
    /// Its name for programs.
    id: String,
    /// What it is for.
    title: String,
    /// When it was made.
    created_at_ms: i64,
    /// When it was last used.
    used_at_ms: Option<i64>,
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewToken {
    /// What it is for.
    title: String,
}

/// A PIN to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPin {
    /// Your password.
    password: String,
    /// Four to eight digits.
    pin: String,
}

/// A token that was made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeToken {
    /// For the header `Authorization: Bearer …`. It is shown only here.
    token: String,
}

/// Who you are and what you may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "people",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
async fn me(actor: Actor) -> Json<Me> {
    let line = |(area, role): &(programme::ids::AreaId, Role)| RoleLine {
        role: *role,
        area_id: area.to_string(),
    };
    Json(Me {
        id: actor.id().to_string(),
        name: actor.name().to_owned(),
        full_name: actor.full_name().to_owned(),
        roles: actor.roles().iter().map(line).collect(),
    })
}

/// Where you are signed in.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "people",
    responses((status = 200, body = Vec<SessionLine>), (status = 401, body = Problem)))]
async fn list_sessions(state: State, actor: Actor) -> Result<Json<Vec<SessionLine>>> {
    let mut connection = state.database.read().await?;
    let sessions = sessions::list(&state, &mut connection, actor.id()).await?;
    Ok(Json(sessions.into_iter().map(SessionLine::from).collect()))
}

/// Signs you out everywhere; your tokens stay.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "people",
    responses((status = 204), (status = 401, body = Problem)))]
async fn end_sessions(state: State, actor: Actor) -> Result<StatusCode> {
    sessions::end_others(&state, &actor, actor.id()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs you out of one browser.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{session}", tag = "people",
    params(("session" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn end_session(state: State, actor: Actor, Path(id): Path<String>) -> Result<StatusCode> {
    sessions::end(&state, &actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Your tokens.
#[utoipa::path(get, path = "/api/v1/me/tokens", tag = "people",
    responses((status = 200, body = Vec<TokenLine>), (status = 401, body = Problem)))]
async fn list_tokens(state: State, actor: Actor) -> Result<Json<Vec<TokenLine>>> {
    let mut connection = state.database.read().await?;
    let tokens = tokens::list(&mut connection, actor.id()).await?;
    let line = |token: tokens::Token| TokenLine {
        id: token.id,
        title: token.title,
        created_at_ms: token.created_at_ms,
        used_at_ms: token.used_at_ms,
    };
    Ok(Json(tokens.into_iter().map(line).collect()))
}

/// Makes a token.
#[utoipa::path(post, path = "/api/v1/me/tokens", tag = "people", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 422, body = Problem)))]
async fn create_token(
    state: State,
    actor: Actor,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>)> {
    let token = tokens::create(&state, &Author::from(&actor), actor.id(), &new.title).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token })))
}

/// Ends a token.
#[utoipa::path(delete, path = "/api/v1/me/tokens/{token}", tag = "people",
    params(("token" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn revoke_token(state: State, actor: Actor, Path(token): Path<String>) -> Result<StatusCode> {
    tokens::revoke(&state, &Author::from(&actor), Some(actor.id()), &token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the PIN by which you confirm an emergency.
#[utoipa::path(put, path = "/api/v1/me/pin", tag = "people", request_body = NewPin,
    responses((status = 204), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn set_pin(state: State, actor: Actor, Body(new): Body<NewPin>) -> Result<StatusCode> {
    pins::set(&state, &actor, new.password, &new.pin, &new.pin).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Session> for SessionLine {
    fn from(session: Session) -> Self {
        Self {
            id: session.secret_hash,
            browser: session.browser,
            created_at_ms: session.created_at_ms,
            seen_at_ms: session.seen_at_ms,
        }
    }
}
