//! The log: what was planned on a day, and what became of it, village by village.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use jiff::ToSpan;
use jiff::civil::Date;
use programme::ids::{AreaId, StationId};
use programme::units::WallTime;
use programme::zone::Zone;
use serde::Deserialize;

use super::day::{self, Line};
use super::soundness::Soundness;
use super::words::{self, Said};
use super::{clock, orders, spoken};
use crate::areas::area::{self, Area};
use crate::bulletins::behalf::Behalves;
use crate::database::Connection;
use crate::emergencies::at_pcs;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::reports::confirmations::{self, Answer};
use crate::reports::words::{self as report_words, Spoken};
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::csv::Table;
use crate::web::errors::{Error, Result};
use crate::web::forms::Query;
use crate::web::shell::{Shell, page};

/// Most stations on one page.
const MOST_STATIONS: usize = 30;

/// `/as-run…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/as-run", get(show))
        .route("/as-run.csv", get(csv))
}

/// Which day, and whose.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Filter {
    /// `2026-11-23`; today when it is empty.
    #[serde(default)]
    pub day: String,
    /// One area with everything below it; all when it is empty.
    #[serde(default)]
    pub area: String,
}

#[derive(Template)]
#[template(path = "as_run/day.html")]
struct DayPage {
    shell: Shell,
    day: Date,
    area: String,
    villages: Vec<(AreaId, String)>,
    sections: Vec<Section>,
}

/// A station's day.
struct Section {
    station: StationId,
    name: String,
    area_name: String,
    /// Whether the station's log holds together, with a tone.
    soundness: Option<(String, &'static str)>,
    lines: Vec<Shown>,
    /// Who vouched for the station's time on that day, and what it said of itself.
    notes: Vec<String>,
}

struct Shown {
    /// What people of the village said.
    spoken: Vec<Spoken>,
    /// Whether the reader may say how it was heard.
    may_confirm: bool,
    /// What the reader said of it.
    answered: Option<Answer>,
    time: String,
    line: Line,
    /// On whose behalf it speaks; may be empty.
    behalf: String,
    /// Where the page of what aired is.
    page: String,
    /// Who ordered it as an emergency, and why; and whether that was an exercise.
    order: Option<(String, bool)>,
    said: Said,
    attempts: Vec<String>,
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let all = stations(&state, &mut connection, &actor).await?;
    let day = filter.day(&state)?;
    let mut villages: Vec<(AreaId, String)> = Vec::new();
    for (_, area) in &all {
        if !villages.iter().any(|(id, _)| *id == area.id) {
            villages.push((area.id.clone(), area.name.clone()));
        }
    }
    let mut sections = Vec::new();
    let wanted = all.iter().filter(|(_, area)| filter.wants(area));
    for (station, area) in wanted.take(MOST_STATIONS) {
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let lines = day::of(&mut connection, station, &zone, day, state.now()).await?;
        let soundness = Soundness::of(&mut connection, &station.id).await?;
        let may_confirm = actor.may(Right::Confirm, area);
        let heard = confirmed(&mut connection, &station.id, &zone, day).await?;
        let behalves =
            Behalves::of(&mut connection, lines.iter().map(|one| &one.broadcast)).await?;
        let mut said = Vec::with_capacity(lines.len());
        for line in lines {
            let own = heard.get(&(station.id.clone(), line.cue.clone()));
            let spoken = report_words::said(own, &zone, &shell);
            let person = actor.id().as_str();
            let answered = own.and_then(|said| said.iter().find(|one| one.person == person));
            let answered = answered.map(|said| said.answer);
            let mut one = shown(&mut connection, line, &zone, &shell, state.now()).await?;
            one.spoken = spoken;
            one.answered = answered;
            one.behalf = behalves.of_broadcast(&one.line.broadcast);
            one.may_confirm = may_confirm && !one.line.attempts.is_empty();
            said.push(one);
        }
        let clock = clock::of(&mut connection, station, &zone, day).await?;
        let clock = clock.iter().map(|said| said.in_words(&zone, &shell));
        let mut notes: Vec<String> = clock.collect();
        notes.extend(spoken::of(&mut connection, station, &zone, day, &shell).await?);
        sections.push(Section {
            soundness: soundness.words(&shell),
            station: station.id.clone(),
            name: station.name.clone(),
            area_name: area.name.clone(),
            notes,
            lines: said,
        });
    }
    page(&DayPage {
        shell,
        day,
        area: filter.area,
        villages,
        sections,
    })
}

/// The same as a table for a spreadsheet.
async fn csv(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let day = filter.day(&state)?;
    let mut table = Table::default();
    table.head(&shell.say("as-run-csv-head"));
    for (station, area) in stations(&state, &mut connection, &actor).await? {
        if !filter.wants(&area) {
            continue;
        }
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let lines = day::of(&mut connection, &station, &zone, day, state.now()).await?;
        let behalves =
            Behalves::of(&mut connection, lines.iter().map(|one| &one.broadcast)).await?;
        let heard = confirmed(&mut connection, &station.id, &zone, day).await?;
        for line in lines {
            let own = heard.get(&(station.id.clone(), line.cue.clone()));
            let spoken = report_words::said(own, &zone, &shell);
            let spoken: Vec<String> = spoken.into_iter().map(|one| one.text).collect();
            let behalf = behalves.of_broadcast(&line.broadcast);
            let shown = shown(&mut connection, line, &zone, &shell, state.now()).await?;
            let order = shown.order.map(|(words, _)| words);
            let attempts: Vec<String> = order.into_iter().chain(shown.attempts).collect();
            table.row([
                day.strftime("%d/%m/%Y").to_string(),
                shown.time,
                area.name.clone(),
                station.name.clone(),
                shown.line.title,
                shown.said.text,
                attempts.join("; "),
                behalf,
                spoken.join("; "),
            ]);
        }
    }
    Ok(table.file(&format!("as-run-{day}.csv")))
}

/// What people said of the starts of a day at a station.
async fn confirmed(
    connection: &mut Connection,
    station: &StationId,
    zone: &Zone,
    day: Date,
) -> Result<confirmations::Confirmations> {
    match day::bounds(zone, day) {
        Some(span) => confirmations::of_station(connection, station, span).await,
        None => Ok(confirmations::Confirmations::new()),
    }
}

/// The stations that a person may see, each with its area.
async fn stations(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Vec<(Station, Area)>> {
    let mut found = Vec::new();
    for station in station::visible(connection, actor.id().as_str()).await? {
        let area = area::find(state, connection, &station.area).await?;
        found.push((station, area));
    }
    Ok(found)
}

async fn shown(
    connection: &mut Connection,
    line: Line,
    zone: &Zone,
    shell: &Shell,
    now: WallTime,
) -> Result<Shown> {
    let ordered = orders::of(connection, &line.cue, &line.broadcast, &line.attempts).await?;
    let page = if ordered.as_ref().is_some_and(|order| order.at_pc) {
        at_pcs::PAGE.to_owned()
    } else if line.cue.hearing().is_some() {
        format!("/emergencies/{}", line.broadcast)
    } else {
        format!("/broadcasts/{}", line.broadcast)
    };
    let stopped = words::stopped(&line.fate, line.stopped.as_ref(), shell);
    Ok(Shown {
        spoken: Vec::new(),
        behalf: String::new(),
        may_confirm: false,
        answered: None,
        page,
        order: ordered.map(|order| (words::order(&order, shell), order.drill)),
        time: zone.civil(line.planned).strftime("%H:%M").to_string(),
        said: words::fate(&line.fate, shell.language),
        attempts: line
            .attempts
            .iter()
            .map(|attempt| words::attempt(attempt, shell, now))
            .chain(stopped)
            .collect(),
        line,
    })
}

impl Filter {
    fn day(&self, state: &State) -> Result<Date> {
        if self.day.is_empty() {
            let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
            return Ok(zone.date(state.now()));
        }
        self.day
            .parse()
            .map_err(|_| Error::invalid("error-as-run-day").with("day", &self.day))
    }

    fn wants(&self, area: &Area) -> bool {
        self.area.is_empty() || area.line.iter().any(|id| id.as_str() == self.area)
    }
}

impl DayPage {
    fn answers(&self) -> [Answer; 3] {
        Answer::ALL
    }

    fn day_text(&self) -> String {
        self.day.strftime("%d/%m/%Y").to_string()
    }

    fn neighbour(&self, days: i64) -> Date {
        self.day.checked_add(days.days()).unwrap_or(self.day)
    }
}
