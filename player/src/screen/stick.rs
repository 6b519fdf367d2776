//! What somebody at the PC asks for with a stick, by the command line: the page itself only shows
//! what becomes of sticks, for they are taken in by themselves.

use std::path::PathBuf;

use axum::extract::{Form, Query, State as Given};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::page::{date, zone_of};
use super::words::ScreenLanguage;
use super::{Choice, Screen};
use crate::bundle::{Errand, StickReport};
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
        place: asked.path,
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

/// What the page shows of a stick: big words, and sentences.
pub(super) fn shown(
    report: &StickReport,
    status: &Status,
    language: ScreenLanguage,
) -> (&'static str, Vec<String>) {
    let zone = zone_of(status);
    let day = report.issued_at.map(|at| date(at, zone.as_ref(), language));
    let lines = language.stick_lines(report, day.as_deref());
    (language.stick(report.stage), lines)
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
