//! The log for scripts.

use axum::Json;
use jiff::civil::Date;
use programme::ids::StationId;
use programme::zone::Zone;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::day::{self, Fate, Line};
use super::orders;
use crate::areas::area;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::{Error, Result};
use crate::web::forms::Query;
use crate::web::frame::Problem;

/// `/api/v1/as-run`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    station: String,
    date: Option<String>,
}

/// A planned start and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct AsRunLine {
    /// The planned start.
    cue: String,
    /// The broadcast.
    broadcast: String,
    /// Titles of its bulletins.
    title: String,
    /// When it was planned.
    planned_ms: i64,
    /// Whether it is a hearing of an emergency.
    emergency: bool,
    /// Whether that is an exercise.
    drill: bool,
    /// `known`, `on_air`, `to_come`, `hindered` or `unreported`.
    state: String,
    /// The outcome as the station reported it, or what will keep it off.
    #[schema(value_type = Option<Object>)]
    outcome: Option<Value>,
    /// Who stopped it from the panel: the `stop`, and `by` whom.
    #[schema(value_type = Option<Object>)]
    stopped: Option<Value>,
    /// Attempts at it.
    attempts: Vec<AttemptLine>,
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptLine {
    /// Counts the attempts.
    number: u32,
    /// Station time when its first sound left the output.
    started_ms: i64,
    /// How long the whole would have lasted.
    duration_ms: u64,
    /// How much was heard; `null` while it sounds.
    position_ms: Option<u64>,
    /// Why it ended early.
    #[schema(value_type = Option<String>)]
    cut: Option<Value>,
    /// How loud it left the output: the mean of what sounded, below full scale.
    level_db: Option<f32>,
    /// Whether it came back from the loudspeakers: `verdict` is `yes`, `no` or `not_checked`, with
    /// `likeness_percent` or `why` (`no_input`, `too_noisy`, `too_short`); `null` where nobody
    /// listens.
    #[schema(value_type = Option<Object>)]
    heard: Option<Value>,
    /// Who ordered it as an emergency, and why.
    #[schema(value_type = Option<Object>)]
    order: Option<Value>,
    /// Whether it began in quiet hours.
    in_quiet_hours: bool,
}

/// What a station had planned on a day, and what became of it.
#[utoipa::path(get, path = "/api/v1/as-run", tag = "as-run",
    params(("station" = String, Query),
        ("date" = Option<String>, Query, description = "`2026-11-23`; today unless given")),
    responses((status = 200, body = Vec<AsRunLine>), (status = 404, body = Problem)))]
async fn list(
    state: State,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<AsRunLine>>> {
    let id: StationId = wanted.station.parse().map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, &id).await?;
    let area = area::find(&state, &mut connection, &station.area).await?;
    actor.require(Right::View, &area)?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let date: Date = match wanted.date {
        Some(text) => text
            .parse()
            .map_err(|_| Error::invalid("error-as-run-day").with("day", text))?,
        None => zone.date(state.now()),
    };
    let lines = day::of(&mut connection, &station, &zone, date, state.now()).await?;
    let mut shown = Vec::with_capacity(lines.len());
    for line in lines {
        let ordered =
            orders::of(&mut connection, &line.cue, &line.broadcast, &line.attempts).await?;
        shown.push(AsRunLine::of(
            line,
            ordered.is_some_and(|order| order.drill),
        )?);
    }
    Ok(Json(shown))
}

impl AsRunLine {
    fn of(line: Line, drill: bool) -> Result<Self> {
        let (state, outcome) = match &line.fate {
            Fate::Known(outcome) => ("known", Some(serde_json::to_value(outcome)?)),
            Fate::OnAir => ("on_air", None),
            Fate::ToCome => ("to_come", None),
            Fate::Hindered(by) => ("hindered", Some(serde_json::json!({ "by": by }))),
            Fate::Unreported => ("unreported", None),
        };
        let attempt = |attempt: super::report::Attempt| -> Result<AttemptLine> {
            let (position, cut) = attempt.ended.unzip();
            let millis = |span: std::time::Duration| u64::try_from(span.as_millis());
            Ok(AttemptLine {
                number: attempt.number,
                started_ms: attempt.started.as_millis(),
                duration_ms: millis(attempt.duration).unwrap_or(u64::MAX),
                position_ms: position.map(|span| millis(span).unwrap_or(u64::MAX)),
                cut: cut.flatten().map(serde_json::to_value).transpose()?,
                level_db: attempt.level.map(|level| level.0),
                heard: attempt.heard.map(serde_json::to_value).transpose()?,
                order: attempt.order.map(serde_json::to_value).transpose()?,
                in_quiet_hours: attempt.in_quiet_hours,
            })
        };
        Ok(Self {
            emergency: line.cue.hearing().is_some(),
            drill,
            cue: line.cue.to_string(),
            broadcast: line.broadcast.to_string(),
            title: line.title,
            planned_ms: line.planned.as_millis(),
            state: state.to_owned(),
            outcome,
            stopped: line.stopped.map(serde_json::to_value).transpose()?,
            attempts: line
                .attempts
                .into_iter()
                .map(attempt)
                .collect::<Result<_>>()?,
        })
    }
}
