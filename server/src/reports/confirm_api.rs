//! A word from the village, for scripts.

use axum::http::StatusCode;
use programme::as_run::CueId;
use programme::ids::StationId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::confirmations::{self, Answer};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Json as Body;
use crate::web::frame::Problem;

/// How somebody in the village heard a start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConfirmation {
    /// The station.
    station: String,
    /// The start, as the log names it.
    cue: String,
    /// `clear`, `unclear` or `silent`.
    answer: String,
}

/// Says how a start was heard in the village. The last word of each person counts.
///
/// # Errors
/// As [`confirmations::keep`]; 422 for another answer.
#[utoipa::path(post, path = "/api/v1/confirmations", tag = "reports",
    request_body = NewConfirmation,
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn confirm(
    state: State,
    actor: Actor,
    Body(new): Body<NewConfirmation>,
) -> Result<StatusCode> {
    let station: StationId = new.station.parse().map_err(|_| Error::not_found())?;
    let cue: CueId = serde_json::from_value(new.cue.into())?;
    let wrong = || Error::invalid("error-reports-answer").with("answer", &new.answer);
    let answer = Answer::from_name(&new.answer).ok_or_else(wrong)?;
    confirmations::keep(&state, &actor, &station, &cue, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}
