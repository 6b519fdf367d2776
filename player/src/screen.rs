//! The page on the village PC itself: what is on air, what comes next, and STOP.
//!
//! It needs no internet and no JavaScript; a small module only keeps it fresh. Everybody at the PC
//! may press STOP, so there is no sign-in. What must be kept away are web pages that the PC's
//! browser shows: requests are taken only under a loopback name, or under any address where the
//! network may see the page (against DNS rebinding), and a key counts only when this page itself
//! sent it (against forged forms).

pub mod words;
pub mod time;
mod gone;
mod health;
mod page;
mod standby;
mod stick;

use std::net::IpAddr;

use anyhow::Context;
use askama::Template;
use axum::extract::{Form, Query, Request, State as Given};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, ORIGIN, REFERRER_POLICY,
    SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::civil::Time;
use programme::air::Key;
use programme::as_run::CueId;
use programme::clock::Vouched;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use crate::bundle::Errand;
use crate::clock::Clock;
use crate::daemon::Status;
use crate::press::{Keys, Press, Unheard};
use gone::Door;
use standby::Confirmed;
use words::{ScreenLanguage, Words};

const STYLE: &str = include_str!("screen/screen.css");
const MODULE: &str = include_str!("screen/screen.js");

/// What the page needs.
#[derive(Debug, Clone)]
pub struct Screen {
    /// What is shown.
    pub status: watch::Receiver<Status>,
    /// What can be pressed.
    pub keys: Keys,
    /// Where it goes what people say of the time.
    pub times: mpsc::Sender<Vouched>,
    /// Where it goes what people ask for with a stick.
    pub errands: mpsc::Sender<Errand>,
    /// What says the time.
    pub clock: Clock,
    /// The language until somebody chooses.
    pub language: ScreenLanguage,
    /// When the PC says each morning how it is, if it does.
    pub speak_status_at: Option<Time>,
    /// Whether others in the network may see it.
    pub from_network: bool,
    /// What was confirmed by a PIN and waits for its last press.
    pub confirmed: Confirmed,
}

/// Answers on `listener` until the task is ended.
///
/// # Errors
/// The listener failed.
pub async fn serve(listener: TcpListener, screen: Screen) -> anyhow::Result<()> {
    axum::serve(Door(listener), router(screen))
        .await
        .context("serve the screen")
}

/// The page as a service.
pub fn router(screen: Screen) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/status", get(status))
        .route("/stop", post(stop))
        .route("/again", post(again))
        .route("/air", post(air))
        .route("/leave", post(leave))
        .route("/volume", post(volume))
        .route("/emergency", get(standby::show).post(standby::take))
        .route("/emergency/air", post(standby::air))
        .route("/time", get(time::show).post(time::take))
        .route("/stick", post(stick::take))
        .route("/stick/look", post(stick::look))
        .route(
            "/screen.css",
            get(|| file("text/css; charset=utf-8", STYLE)),
        )
        .route(
            "/screen.js",
            get(|| file("text/javascript; charset=utf-8", MODULE)),
        )
        .layer(from_fn_with_state(screen.clone(), guard))
        .layer(map_response(harden))
        .with_state(screen)
}

impl Screen {
    fn status(&self) -> Status {
        let now = self.clock.boot();
        self.status.borrow().clone().at(now)
    }

    /// The language of an answer: the chosen one, the one of the last visit, the PC's.
    fn spoken(&self, choice: &Choice, headers: &HeaderMap) -> ScreenLanguage {
        let chosen = choice.language.or_else(|| remembered(headers));
        chosen.unwrap_or(self.language)
    }

    fn boot_id(&self) -> String {
        self.clock
            .boot_id()
            .map_or_else(|_| String::new(), |id| id.0)
    }
}

#[derive(Debug, Default, Deserialize)]
struct Choice {
    language: Option<ScreenLanguage>,
}

async fn show(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let page = page::render(&screen, language).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let cookie = format!(
        "language={}; Path=/; Max-Age=31536000; SameSite=Strict",
        language.code()
    );
    Ok(match choice.language {
        Some(_) => ([(SET_COOKIE, cookie)], Html(page)).into_response(),
        None => Html(page).into_response(),
    })
}

async fn status(Given(screen): Given<Screen>) -> Json<Status> {
    Json(screen.status())
}

async fn stop(Given(screen): Given<Screen>, headers: HeaderMap) -> Response {
    press(&screen, &headers, Key::Stop).await
}

async fn again(Given(screen): Given<Screen>, headers: HeaderMap) -> Response {
    press(&screen, &headers, Key::Again).await
}

#[derive(Debug, Deserialize)]
struct Asked {
    cue: CueId,
}

async fn air(
    Given(screen): Given<Screen>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Response {
    press(&screen, &headers, Key::Air(asked.cue)).await
}

async fn leave(
    Given(screen): Given<Screen>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Response {
    press(&screen, &headers, Key::Leave(asked.cue)).await
}

#[derive(Debug, Deserialize)]
struct Turned {
    to: String,
}

async fn volume(
    Given(screen): Given<Screen>,
    headers: HeaderMap,
    Form(turned): Form<Turned>,
) -> Response {
    match turned.to.parse() {
        Ok(turn) => send(&screen, &headers, Press::Volume(turn)).await,
        Err(_) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    }
}

async fn press(screen: &Screen, headers: &HeaderMap, key: Key) -> Response {
    send(screen, headers, Press::Key(key)).await
}

async fn send(screen: &Screen, headers: &HeaderMap, press: Press) -> Response {
    match tell(screen, press).await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(Unheard) => unheard(screen.spoken(&Choice::default(), headers)),
    }
}

async fn tell(screen: &Screen, press: Press) -> Result<(), Unheard> {
    screen.keys.press(press, screen.clock.boot()).await
}

/// Whoever pressed without JavaScript sees this alone; the script says it on the page itself.
#[derive(Template)]
#[template(path = "unheard.html")]
struct UnheardPage {
    words: Words,
    language: &'static str,
    back: &'static str,
}

fn unheard(language: ScreenLanguage) -> Response {
    let page = UnheardPage {
        words: language.words(),
        language: language.code(),
        back: language.time_words().back,
    };
    match page.render() {
        Ok(page) => (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind)], text)
}

/// Lets through what was asked under a loopback name, or under any address where the network may
/// see the page, and keys from this page alone. An address is nobody else's, as a name may be.
async fn guard(
    Given(screen): Given<Screen>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let headers = request.headers();
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| is_ours(host, screen.from_network));
    let Some(host) = host else {
        return Err(StatusCode::MISDIRECTED_REQUEST);
    };
    if !request.method().is_safe() && !is_own(headers, host) {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(next.run(request).await)
}

fn is_ours(host: &str, from_network: bool) -> bool {
    let Ok(uri) = host.parse::<Uri>() else {
        return false;
    };
    let name = uri.host().unwrap_or_default();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| from_network || address.is_loopback())
}

/// Browsers name the origin of each form that they send; a program on this PC names none.
fn is_own(headers: &HeaderMap, host: &str) -> bool {
    match headers.get(ORIGIN) {
        Some(origin) => origin.as_bytes() == format!("http://{host}").as_bytes(),
        None => headers
            .get("sec-fetch-site")
            .is_none_or(|site| site == "same-origin"),
    }
}

fn remembered(headers: &HeaderMap) -> Option<ScreenLanguage> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let mut cookies = cookies.split(';').map(str::trim);
    cookies.find_map(|cookie| cookie.strip_prefix("language=")?.parse().ok())
}

async fn harden(mut response: Response) -> Response {
    const RULES: [(HeaderName, &str); 4] = [
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; img-src data:; style-src 'self'; script-src 'self'; \
             connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, rule) in RULES {
        let rule = HeaderValue::from_static(rule);
        response.headers_mut().insert(name, rule);
    }
    response
}
