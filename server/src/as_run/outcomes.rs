//! What became of a broadcast, or of all broadcasts of a bulletin, in words, the newest first.

use programme::day_plan::GRACE;
use programme::units::WallTime;
use programme::zone::Zone;
use serde::Deserialize;

use super::day::Line;
use super::orders;
use super::report::Reported;
use super::starts::{self, Whose};
use super::words::{self, Said};
use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// What became of a start at a station.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// When it was planned, in the village's time.
    pub at: String,
    /// The village.
    pub village: String,
    /// What became of it.
    pub said: Said,
    /// Who ordered it, where it was an emergency, then the attempts at it, the first one first, and
    /// where it was stopped.
    pub attempts: Vec<String>,
}

/// A page of outcomes.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// What became of each start, the newest first.
    pub lines: Vec<Outcome>,
    /// How many starts there are and how many were heard, where a page does not hold all.
    pub count: Option<String>,
    /// Where the newest are, when these are not.
    pub newest: Option<String>,
    /// Where the older ones are.
    pub older: Option<String>,
    /// Whether more villages had one at these moments than a page holds.
    pub is_cut_off: bool,
}

/// Which page of outcomes somebody wants.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct Wanted {
    /// Those that were planned before this moment, in milliseconds; the newest without it.
    pub before: Option<i64>,
}

impl Outcomes {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.newest.is_none()
    }
}

/// What became of the starts of `whose`, at the stations that the actor may see.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    whose: Whose<'_>,
    wanted: Wanted,
) -> Result<Outcomes> {
    let before = wanted.before.map(WallTime::from_millis);
    let page = starts::page(connection, whose, actor.id(), before).await?;
    let stations: Vec<_> = page.starts.iter().map(|(station, _)| station).collect();
    let areas = area::of_stations(state, connection, &stations).await?;
    let mut lines = Vec::with_capacity(page.starts.len());
    for (station, start) in page.starts {
        let area = areas.get(&station);
        if let Some(area) = area.filter(|area| actor.may(Right::View, area)) {
            lines.push(outcome(connection, start, area, shell, state.now()).await?);
        }
    }
    let path = match whose {
        Whose::Broadcast(id) => format!("/broadcasts/{id}"),
        Whose::Bulletin(id) => format!("/bulletins/{id}"),
    };
    let count = match before.is_some() || page.older.is_some() {
        true => Some(starts::count(connection, whose, actor.id()).await?),
        false => None,
    };
    let in_words = |count: starts::Count| {
        let values = [("all", count.all.into()), ("aired", count.aired.into())];
        shell.language.say_with("outcomes-count", &values)
    };
    let older = page.older.map(WallTime::as_millis);
    Ok(Outcomes {
        lines,
        count: count.map(in_words),
        newest: before.map(|_| format!("{path}#outcomes")),
        older: older.map(|before| format!("{path}?before={before}#outcomes")),
        is_cut_off: page.is_cut_off,
    })
}

async fn outcome(
    connection: &mut Connection,
    start: Reported,
    area: &Area,
    shell: &Shell,
    now: WallTime,
) -> Result<Outcome> {
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let latest = start.planned + GRACE;
    let line = Line::of(start, String::new(), latest, now);
    let ordered = orders::of(connection, &line.cue, &line.broadcast, &line.attempts).await?;
    let ordered = ordered.map(|order| words::order(&order, shell));
    let attempts = line
        .attempts
        .iter()
        .map(|one| words::attempt(one, shell, now));
    let stopped = words::stopped(&line.fate, line.stopped.as_ref(), shell);
    let at = zone.civil(line.planned);
    Ok(Outcome {
        at: at.strftime("%d/%m/%Y %H:%M").to_string(),
        village: area.name.clone(),
        said: words::fate(&line.fate, shell.language),
        attempts: ordered.into_iter().chain(attempts).chain(stopped).collect(),
    })
}
