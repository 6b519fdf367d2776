//! The pages on which somebody who was invited comes in. They are on a phone and have never been
//! here: a code, then a name and a password, and they are signed in.

use askama::Template;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;

use super::browser;
use super::identity::session_cookie;
use super::invitations::{self, Invitation, TakenUp};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Form;
use crate::web::frame::Address;
use crate::web::shell::{Shell, page, page_with};

/// `/invitation…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/invitation", get(show).post(read))
        .route("/invitation/take-up", get(show).post(take_up))
}

#[derive(Template)]
#[template(path = "people/invitation.html")]
struct CodePage {
    shell: Shell,
    code: String,
}

#[derive(Template)]
#[template(path = "people/invited.html")]
struct InvitedPage {
    shell: Shell,
    invitation: Invitation,
    role: &'static str,
    code: String,
    name: String,
}

#[derive(Deserialize)]
struct Code {
    invitation: String,
}

#[derive(Deserialize)]
struct Fields {
    invitation: String,
    name: String,
    password: String,
    again: String,
}

async fn show(shell: Shell) -> Result<Response> {
    page(&CodePage {
        shell,
        code: String::new(),
    })
}

async fn read(
    state: State,
    mut shell: Shell,
    Extension(Address(address)): Extension<Address>,
    Form(form): Form<Code>,
) -> Result<Response> {
    let code = form.invitation;
    let found = match invitations::note_try(&state, &address).await {
        Ok(()) => invitations::of_code(&state, &code).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(invitation) => {
            let name = invitation.name.clone();
            asked(shell, StatusCode::OK, invitation, code, name)
        }
        Err(error) => {
            let status = shell.alert(error)?;
            page_with(status, &CodePage { shell, code })
        }
    }
}

async fn take_up(
    state: State,
    mut shell: Shell,
    Extension(Address(address)): Extension<Address>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Result<Response> {
    let (code, name) = (form.invitation.clone(), form.name.clone());
    let error = match come_in(&state, form, &address, &headers).await {
        Ok(secret) => {
            let cookie = session_cookie(&state, &secret);
            let on = Redirect::to("/?notice=notice-invitation-taken-up");
            return Ok(([(SET_COOKIE, cookie)], on).into_response());
        }
        Err(error) => error,
    };
    let throttled = error.status() == StatusCode::TOO_MANY_REQUESTS;
    let status = shell.alert(error)?;
    match invitations::of_code(&state, &code).await {
        // Whoever tries too often is told nothing of what a code opens.
        Ok(invitation) if !throttled => asked(shell, status, invitation, code, name),
        Ok(_) | Err(Error::Refused(_)) => page_with(status, &CodePage { shell, code }),
        Err(error) => Err(error),
    }
}

async fn come_in(
    state: &State,
    form: Fields,
    address: &str,
    headers: &HeaderMap,
) -> Result<String> {
    invitations::note_try(state, address).await?;
    let taken = TakenUp {
        code: form.invitation,
        name: form.name,
        password: form.password,
        again: form.again,
    };
    invitations::take_up(state, taken, &browser::of(headers)).await
}

fn asked(
    shell: Shell,
    status: StatusCode,
    invitation: Invitation,
    code: String,
    name: String,
) -> Result<Response> {
    let role = invitation.role()?.key();
    page_with(
        status,
        &InvitedPage {
            shell,
            invitation,
            role,
            code,
            name,
        },
    )
}
