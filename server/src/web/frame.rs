//! The frame around every request: who asks, is it forged, and what becomes of an error.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, MatchedPath, Request, State as Shared};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Serialize;

use super::errors::Error;
use super::forms::escaped;
use super::shell::{Alert, Shell};
use super::{csrf, security};
use crate::people::identity::{self, Actor};
use crate::people::typed::Typed;
use crate::state::State;

/// Where a request comes from, as far as the proxy in front vouches for it.
#[derive(Debug, Clone)]
pub struct Address(pub String);

/// A refusal as scripts read it (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:loa-ban:problem:` and the name of the problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, for a person.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What to do about it, for a person.
    pub detail: String,
    /// Finds the request in the server's log.
    pub instance: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'p> {
    shell: &'p Shell,
    words: Alert,
    sign_in: Option<String>,
    request_id: &'p str,
}

/// Wraps every handler.
pub async fn frame(Shared(state): Shared<State>, mut request: Request, next: Next) -> Response {
    let began = state.clock.monotonic();
    let id = state.metrics.next_request_id();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let address = address_of(&request, state.config.server.behind_proxy);
    request.extensions_mut().insert(Address(address));
    let is_api = request.uri().path().starts_with("/api/");
    let is_station = request.uri().path().starts_with("/api/v1/station/");

    let identified = identity::identify(&state, request.headers()).await;
    let (actor, failed) = match identified {
        Ok(actor) => (actor, None),
        Err(error) => (None, Some(error)),
    };
    let shell = Shell::of(&state, request.headers(), request.uri(), actor.clone());
    let mut typed = None;
    let mut response = match failed {
        Some(error) => error.into_response(),
        None => match admitted(&state, actor.as_ref(), request, &mut typed).await {
            Ok(mut request) => {
                if let Some(actor) = actor {
                    request.extensions_mut().insert(actor);
                }
                let mut shell = shell.clone();
                shell.kept = typed.as_ref().and_then(Typed::claimed);
                request.extensions_mut().insert(shell);
                next.run(request).await
            }
            Err(error) => error.into_response(),
        },
    };
    if let Some(typed) = &typed {
        // A form that arrived leads on; what is answered with 200 stands in its form again.
        let status = response.status();
        let arrived = (status.is_success() && status != StatusCode::OK) || status.is_redirection();
        if let Err(error) = typed.end_claim(&state, arrived).await {
            tracing::error!(
                at = shell.here,
                "what was typed may be sent twice: {error:?}"
            );
        }
    }
    if let Some(error) = response.extensions_mut().remove::<Arc<Error>>() {
        let mut said = std::mem::take(response.headers_mut());
        response = match kept(&state, typed, &shell, &error).await {
            Some(address) => Redirect::to(&address).into_response(),
            None => explain(&error, &shell, &method, is_api, &id),
        };
        // What a protocol wants said with every answer is said with a refusal too.
        said.remove(CONTENT_LENGTH);
        said.extend(std::mem::take(response.headers_mut()));
        *response.headers_mut() = said;
    }
    // No browser reads what stations are told, and villages pay for each byte of each poll.
    if !is_station {
        security::protect(response.headers_mut(), state.config.is_https());
        if let Ok(id) = HeaderValue::from_str(&id) {
            response
                .headers_mut()
                .insert(HeaderName::from_static("x-request-id"), id);
        }
    }
    let took = state.clock.monotonic().saturating_sub(began);
    let route = route.as_ref().map_or("none", |route| route.as_str());
    let status = response.status().as_u16();
    state.metrics.answered(route, status, took);
    tracing::debug!(request_id = id, %method, route, status, duration_ms = took.as_millis() as u64);
    response
}

/// The request, once it is seen not to be forged; what was typed into it is read along.
async fn admitted(
    state: &State,
    actor: Option<&Actor>,
    request: Request,
    typed: &mut Option<Typed>,
) -> Result<Request, Error> {
    let (request, read) = Typed::read_along(state, request).await?;
    *typed = read;
    let request = csrf::check(state, actor, request).await?;
    if let (Some(typed), Some(actor)) = (typed.as_mut(), actor) {
        typed.claim(state, actor).await?;
    }
    Ok(request)
}

/// Where somebody finds again what they typed, when all that is wrong is that their session ended
/// meanwhile.
async fn kept(state: &State, typed: Option<Typed>, shell: &Shell, error: &Error) -> Option<String> {
    let ended = matches!(error, Error::SignInNeeded) || error.key() == csrf::FORGED;
    let typed = typed.filter(|_| ended)?;
    match typed.keep(state, shell.actor.as_ref()).await {
        Ok(address) if shell.actor.is_some() => address,
        Ok(address) => address.map(|address| {
            let notice = "notice-typed-kept";
            format!("{}&notice={notice}", sign_in_address(&address))
        }),
        Err(error) => {
            tracing::error!(at = shell.here, "what was typed is lost: {error:?}");
            None
        }
    }
}

/// The answer that an error becomes. The server's own faults are logged here and nowhere else.
fn explain(error: &Error, shell: &Shell, method: &Method, is_api: bool, id: &str) -> Response {
    if let Error::Internal(cause) = error {
        tracing::error!(
            request_id = id,
            at = shell.here,
            "request failed: {cause:#}"
        );
    }
    let mut words = shell.words_of(error);
    let status = error.status();
    if is_api {
        if let Some(more) = shell.for_scripts(error) {
            words.advice = format!("{} {more}", words.advice);
        }
        return problem(error, words, id);
    }
    let on_the_way = matches!(error, Error::SignInNeeded);
    let back = if *method == Method::GET {
        shell.here.as_str()
    } else {
        "/"
    };
    let sign_in = on_the_way.then(|| sign_in_address(back));
    if let (Some(address), &Method::GET | &Method::HEAD) = (&sign_in, method) {
        return Redirect::to(address).into_response();
    }
    let page = ErrorPage {
        shell,
        words,
        sign_in,
        request_id: id,
    };
    match page.render() {
        Ok(html) => (status, retry(error), Html(html)).into_response(),
        Err(_) => status.into_response(),
    }
}

fn problem(error: &Error, words: Alert, id: &str) -> Response {
    let name = error.key().trim_start_matches("error-");
    let problem = Problem {
        kind: format!("urn:loa-ban:problem:{name}"),
        title: words.title,
        status: error.status().as_u16(),
        detail: words.advice,
        instance: format!("urn:loa-ban:request:{id}"),
    };
    let kind = [(CONTENT_TYPE, "application/problem+json")];
    match serde_json::to_vec(&problem) {
        Ok(body) => (error.status(), retry(error), kind, body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// When to try again, where a refusal says `seconds`.
fn retry(error: &Error) -> HeaderMap {
    let seconds = error.values().iter().find(|(name, _)| *name == "seconds");
    let value = seconds.and_then(|(_, value)| HeaderValue::from_str(value).ok());
    value
        .map(|value| (RETRY_AFTER, value))
        .into_iter()
        .collect()
}

/// The page for signing in, which then leads on to `next`.
pub fn sign_in_address(next: &str) -> String {
    format!("/sign-in?next={}", escaped(next))
}

/// How others reach this server: as the configuration says, else as this request did.
pub fn own_address(state: &State, headers: &HeaderMap) -> String {
    if !state.config.server.public_url.is_empty() {
        return state.config.server.public_url.clone();
    }
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if state.config.is_https() {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{host}")
}

/// Whether an address is one that this machine alone reaches.
pub fn is_out_of_reach(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, host)| host);
    let own = ["localhost", "127.", "[::1]"];
    own.iter().any(|own| host.starts_with(own))
}

fn address_of(request: &Request, behind_proxy: bool) -> String {
    let forwarded = request
        .headers()
        // The proxy in front adds its own at the end; what stands before it anybody may write.
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|header| header.to_str().ok())
        .and_then(|list| list.rsplit(',').next());
    match (behind_proxy, forwarded) {
        (true, Some(address)) => address.trim().to_owned(),
        (true, None) | (false, _) => request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or_else(String::new, |info| info.0.ip().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_visitor_writes_before_the_proxy_is_not_believed() {
        let request = Request::builder()
            .header("x-forwarded-for", "10.0.0.1")
            .header("x-forwarded-for", "10.0.0.2, 203.0.113.7")
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(address_of(&request, true), "203.0.113.7");
        assert_eq!(address_of(&request, false), "");
    }
}
