//! One's own page: password, roles, where one is signed in, tokens for scripts.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::identity::Actor;
use super::rights::{Right, Role};
use super::sessions::{self, Session};
use super::tokens::{self, Token};
use super::{passwords, person, pins};
use crate::areas::area;
use crate::audit::Author;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::shell::{Shell, done, page_with};
use axum::http::StatusCode;

/// `/account…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(change_password))
        .route("/account/pin", post(set_pin))
        .route("/account/sessions/end", post(end_others))
        .route("/account/sessions/{session}/end", post(end))
        .route("/account/tokens", post(create_token))
        .route("/account/tokens/{token}/revoke", post(revoke_token))
}

#[derive(Template)]
#[template(path = "people/account.html")]
struct AccountPage {
    shell: Shell,
    actor: Actor,
    /// Role and the name of its area.
    roles: Vec<(Role, String)>,
    /// Where they are signed in.
    sessions: Vec<Session>,
    tokens: Vec<Token>,
    /// Whether a PIN is set, for those who may need one.
    pin: Option<bool>,
    /// The secret of a token that was made just now.
    secret: Option<String>,
}

#[derive(Deserialize)]
struct PasswordChange {
    current: String,
    new: String,
    again: String,
}

#[derive(Deserialize)]
struct NewPin {
    password: String,
    new_pin: String,
    new_pin_again: String,
}

#[derive(Deserialize)]
struct NewToken {
    title: String,
}

async fn show(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    answer(&state, shell, actor, StatusCode::OK, None).await
}

async fn change_password(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(form): Form<PasswordChange>,
) -> Result<Response> {
    match set_password(&state, &actor, form).await {
        Ok(()) => Ok(done("/account", "notice-password-changed")),
        Err(error) => {
            let status = shell.alert(error)?;
            answer(&state, shell, actor, status, None).await
        }
    }
}

async fn set_pin(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(form): Form<NewPin>,
) -> Result<Response> {
    let (pin, again) = (&form.new_pin, &form.new_pin_again);
    match pins::set(&state, &actor, form.password, pin, again).await {
        Ok(()) => Ok(done("/account", "notice-pin-set")),
        Err(error) => {
            let status = shell.alert(error)?;
            answer(&state, shell, actor, status, None).await
        }
    }
}

async fn end(state: State, actor: Actor, Path(session): Path<String>) -> Result<Response> {
    sessions::end(&state, &actor, &session).await?;
    Ok(done("/account", "notice-session-ended"))
}

async fn end_others(state: State, actor: Actor) -> Result<Response> {
    sessions::end_others(&state, &actor, actor.id()).await?;
    Ok(done("/account", "notice-sessions-ended"))
}

async fn create_token(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(form): Form<NewToken>,
) -> Result<Response> {
    match tokens::create(&state, &Author::from(&actor), actor.id(), &form.title).await {
        // No redirect: the secret is shown once and stands in no address.
        Ok(secret) => answer(&state, shell, actor, StatusCode::CREATED, Some(secret)).await,
        Err(error) => {
            let status = shell.alert(error)?;
            answer(&state, shell, actor, status, None).await
        }
    }
}

async fn revoke_token(state: State, actor: Actor, Path(token): Path<String>) -> Result<Response> {
    tokens::revoke(&state, &Author::from(&actor), Some(actor.id()), &token).await?;
    Ok(done("/account", "notice-token-revoked"))
}

async fn answer(
    state: &State,
    shell: Shell,
    actor: Actor,
    status: StatusCode,
    secret: Option<String>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let mut roles = Vec::with_capacity(actor.roles().len());
    for (id, role) in actor.roles() {
        roles.push((*role, area::find(state, &mut connection, id).await?.name));
    }
    let sessions = sessions::list(state, &mut connection, actor.id()).await?;
    let tokens = tokens::list(&mut connection, actor.id()).await?;
    let pin = match actor.may_somewhere(Right::OrderAtPc) {
        true => Some(pins::is_set(&mut connection, actor.id()).await?),
        false => None,
    };
    page_with(
        status,
        &AccountPage {
            shell,
            actor,
            roles,
            sessions,
            tokens,
            pin,
            secret,
        },
    )
}

async fn set_password(state: &State, actor: &Actor, form: PasswordChange) -> Result<()> {
    if form.new != form.again {
        return Err(Error::invalid("error-passwords-differ"));
    }
    let mut connection = state.database.read().await?;
    let (kept,): (String,) = sqlx::query_as("SELECT password_hash FROM people WHERE id = $1")
        .bind(actor.id().as_str())
        .fetch_one(&mut *connection)
        .await?;
    let person = person::find(&mut connection, actor.id()).await?;
    drop(connection);
    if !passwords::is_right(form.current, Some(kept)).await? {
        return Err(Error::invalid("error-current-password-wrong"));
    }
    let author = Author::from(actor);
    person::set_password(state, &author, &person, form.new, Some(actor.secret_hash())).await
}
