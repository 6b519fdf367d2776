//! What somebody at the PC asks for with a stick, by the command line or on the page. Sticks are
//! taken in by themselves where the system mounts them; the page shows what becomes of them, and
//! lets people look for one at once, where nothing happens.

use std::path::PathBuf;
use std::time::Duration;

use axum::extract::{Form, Query, State as Given};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::page::{date, zone_of};
use super::words::ScreenLanguage;
use super::{Choice, Screen, unheard};
use crate::bundle::{Errand, Stage, StickReport};
use crate::daemon::Status;

/// What is asked.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    /// Where the stick or its copy is, from the root on.
    path: PathBuf,
    /// Whether the as-run alone goes back.
    #[serde(default)]
    back_only: bool,
}

/// `POST /stick`: takes in what is at a path, and says what became of it.
pub(super) async fn take(
    Given(screen): Given<Screen>,
    Query(choice): Query<Choice>,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Response, StatusCode> {
    let language = screen.spoken(&choice, &headers);
    let (answer, heard) = oneshot::channel();
    let errand = Errand {
        place: Some(asked.path),
        back_only: asked.back_only,
        answer,
    };
    let nobody = |_| StatusCode::SERVICE_UNAVAILABLE;
    let handed = screen.errands.send(errand).await;
    handed.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let report = heard.await.map_err(nobody)?;
    let code = match report.is_good() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok((code, in_words(&report, &screen.status(), language)).into_response())
}

/// Whoever looks for a stick sees what came of it as soon as the page is there again; what takes
/// longer is shown while it goes on.
const AT_ONCE: Duration = Duration::from_secs(2);

/// `POST /stick/look`: looks for a stick at once.
pub(super) async fn look(Given(screen): Given<Screen>, headers: HeaderMap) -> Response {
    let stick = screen.status().stick;
    if stick.is_some_and(|report| report.stage == Stage::Copying) {
        return Redirect::to("/").into_response();
    }
    let (answer, heard) = oneshot::channel();
    let errand = Errand {
        place: None,
        back_only: false,
        answer,
    };
    let is_heard = screen.errands.try_send(errand).is_ok()
        && tokio::select! {
            done = heard => done.is_ok(),
            () = screen.clock.wait(AT_ONCE) => true,
        };
    match is_heard {
        true => Redirect::to("/").into_response(),
        false => unheard(screen.spoken(&Choice::default(), &headers)),
    }
}

/// What the page shows of a stick: big words, and sentences.
pub(super) fn shown(
    report: &StickReport,
    status: &Status,
    language: ScreenLanguage,
) -> (&'static str, Vec<String>) {
    let zone = zone_of(status);
    let day = report.issued_at.map(|at| date(at, zone.as_ref(), language));
    let lines = language.stick_lines(report, day.as_deref());
    (language.stick(report), lines)
}

fn in_words(report: &StickReport, status: &Status, language: ScreenLanguage) -> String {
    let (title, lines) = shown(report, status, language);
    let why = report.why.iter().map(|why| format!("({why})"));
    let all: Vec<_> = std::iter::once(title.to_owned())
        .chain(lines)
        .chain(why)
        .collect();
    all.join("\n")
}
