//! The page for signing in, and the way out.

use askama::Template;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::Deserialize;

use super::identity::{Actor, cookie_name, session_cookie};
use super::{browser, sessions};
use crate::state::State;
use crate::web::cookies;
use crate::web::errors::Result;
use crate::web::forms::{Form, Query};
use crate::web::frame::Address;
use crate::web::language::PanelLanguage;
use crate::web::shell::{LANGUAGE_COOKIE, Shell, page_with, safe_path};

/// `/sign-in`, `/sign-out` and the switch of languages.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/language", post(choose_language))
}

#[derive(Template)]
#[template(path = "people/sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    name: String,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
struct Choice {
    language: PanelLanguage,
    #[serde(default)]
    next: String,
}

async fn show(shell: Shell, Query(query): Query<Next>) -> Result<Response> {
    if shell.actor.is_some() {
        return Ok(Redirect::to(safe_path(&query.next)).into_response());
    }
    let page = SignInPage {
        shell,
        next: query.next,
        name: String::new(),
    };
    page_with(StatusCode::OK, &page)
}

async fn sign_in(
    state: State,
    mut shell: Shell,
    Extension(Address(address)): Extension<Address>,
    headers: HeaderMap,
    Form(form): Form<Credentials>,
) -> Result<Response> {
    let browser = browser::of(&headers);
    match sessions::sign_in(&state, &form.name, form.password, &address, &browser).await {
        Ok(secret) => {
            let cookie = session_cookie(&state, &secret);
            Ok(([(SET_COOKIE, cookie)], Redirect::to(safe_path(&form.next))).into_response())
        }
        Err(error) => {
            let status = shell.alert(error)?;
            page_with(
                status,
                &SignInPage {
                    shell,
                    next: form.next,
                    name: form.name,
                },
            )
        }
    }
}

async fn sign_out(state: State, actor: Actor) -> Result<Response> {
    sessions::sign_out(&state, &actor).await?;
    let cookie = cookies::write(cookie_name(&state), "", 0, state.config.is_https());
    Ok((
        [(SET_COOKIE, cookie)],
        Redirect::to("/sign-in?notice=notice-signed-out"),
    )
        .into_response())
}

/// A year: nobody should have to choose again.
const LANGUAGE_AGE_SECONDS: u64 = 365 * 86_400;

async fn choose_language(state: State, Form(choice): Form<Choice>) -> Response {
    let code = choice.language.code();
    let https = state.config.is_https();
    let cookie = cookies::write(LANGUAGE_COOKIE, code, LANGUAGE_AGE_SECONDS, https);
    (
        [(SET_COOKIE, cookie)],
        Redirect::to(safe_path(&choice.next)),
    )
        .into_response()
}
