//! One area, with what it says of itself and what follows from the areas above it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use programme::ids::{AreaId, StationId};
use programme::lint::Limits;
use programme::programme::QuietHours;
use programme::timetable::Timetable;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;

use super::policy::{OwnPolicy, Policy};
use super::sessions::Sessions;
use super::timetable;
use crate::config::Commune;
use crate::database::{Connection, places};
use crate::state::State;
use crate::web::errors::{Error, Result};

/// A node of the tree.
#[derive(Debug, Clone)]
pub struct Area {
    /// Its name for the program.
    pub id: AreaId,
    /// What contains it.
    pub parent: Option<AreaId>,
    /// What it is: a row of `area_kinds`.
    pub kind: String,
    /// Its name for people.
    pub name: String,
    /// Households, where known.
    pub households: Option<i64>,
    /// Since when nothing new is planned for it.
    pub closed_at_ms: Option<i64>,
    /// Since when it is closed, or something that contains it.
    pub within_closed_ms: Option<i64>,
    /// Itself, then what contains it, up to the root.
    pub line: Vec<AreaId>,
    /// What it says of itself.
    pub own: Ways,
    /// What it lays down itself.
    pub own_policy: OwnPolicy,
    /// Its own seasons and holidays.
    pub own_timetable: Timetable,
    /// What holds for it, with what the areas above it and the configuration say.
    pub ways: Settled,
}

/// What an area says of itself; `None` means: as the area above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// Languages, in the order in which they air.
    pub languages: Option<Vec<String>>,
    /// When nothing but an emergency sounds.
    pub quiet_hours: Option<QuietSpan>,
    /// IANA time zone.
    pub zone: Option<String>,
    /// Whether an author may approve.
    pub approver_may_be_author: Option<bool>,
    /// When its villages listen.
    pub sessions: Option<Sessions>,
}

/// What holds for an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Languages, in the order in which they air.
    pub languages: Vec<String>,
    /// When nothing but an emergency sounds.
    pub quiet_hours: QuietSpan,
    /// IANA time zone.
    pub zone: String,
    /// Whether an author may approve.
    pub approver_may_be_author: bool,
    /// When its villages listen.
    pub sessions: Sessions,
    /// Who approves, and how much may be said.
    pub policy: Policy,
    /// When its sessions begin in each season, and its holidays.
    pub timetable: Timetable,
}

impl Settled {
    /// What lint finds beyond.
    pub fn limits(&self) -> Limits {
        Limits {
            sessions: self.policy.sessions_per_day.map(usize::from),
            ordinary_on_weekends: self.policy.ordinary_on_weekends,
            ..self.sessions.limits()
        }
    }
}

/// A span of the day that may run over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QuietSpan {
    /// Its first minute.
    pub from: Time,
    /// The first minute after it.
    pub until: Time,
}

impl From<QuietSpan> for QuietHours {
    fn from(span: QuietSpan) -> Self {
        Self {
            from: span.from,
            until: span.until,
        }
    }
}

crate::rows! {
    struct Row {
        id: String,
        parent_id: Option<String>,
        kind: String,
        name: String,
        households: Option<i64>,
        closed_at_ms: Option<i64>,
        languages: Option<String>,
        quiet_hours: Option<String>,
        zone: Option<String>,
        approver_may_be_author: Option<i64>,
        sessions: Option<String>,
        head_may_approve: Option<i64>,
        sessions_per_day: Option<i64>,
        ordinary_on_weekends: Option<i64>,
        limits_bind: Option<i64>,
        timetable: Option<String>,
        distance: i64,
    }
}

/// The columns of a [`Row`], of the areas `a` above each that the rest of the question names, `l`
/// being its line.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.parent_id, a.kind, a.name, a.households, a.closed_at_ms, a.languages, \
             a.quiet_hours, a.zone, a.approver_may_be_author, a.sessions, a.head_may_approve, \
             a.sessions_per_day, a.ordinary_on_weekends, a.limits_bind, a.timetable, \
             l.distance FROM ",
            $rest
        )
    };
}

/// The area with this name, with all that follows from those above it.
///
/// # Errors
/// 404 when there is none.
pub async fn find(state: &State, connection: &mut Connection, id: &AreaId) -> Result<Area> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "area_lines l JOIN areas a ON a.id = l.above_id WHERE l.area_id = $1 ORDER BY l.distance"
    ))
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    assemble(rows, &state.config.commune)
}

/// The area with this name and everything in it, those that were made first first.
///
/// # Errors
/// The database failed.
pub async fn with_all_below(
    state: &State,
    connection: &mut Connection,
    id: &AreaId,
) -> Result<Vec<Area>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "area_lines u JOIN areas v ON v.id = u.area_id \
         JOIN area_lines l ON l.area_id = v.id JOIN areas a ON a.id = l.above_id \
         WHERE u.above_id = $1 ORDER BY v.created_at_ms, v.id, l.distance"
    ))
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    several(rows, &state.config.commune)
}

/// The areas of some hundred stations at most, by the names of the stations.
///
/// # Errors
/// The database failed.
pub async fn of_stations(
    state: &State,
    connection: &mut Connection,
    stations: &[&StationId],
) -> Result<BTreeMap<StationId, Area>> {
    let mut found = BTreeMap::new();
    let stations: BTreeSet<&str> = stations.iter().map(|id| id.as_str()).collect();
    if stations.is_empty() {
        return Ok(found);
    }
    let places = places(stations.len());
    let mut homes = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT id, area_id FROM stations WHERE id IN ({places})"
    )));
    let mut lines = sqlx::query_as(AssertSqlSafe(format!(
        "{} ({places}) ORDER BY s.id, l.distance",
        select!(
            "stations s JOIN area_lines l ON l.area_id = s.area_id \
             JOIN areas a ON a.id = l.above_id WHERE s.id IN"
        )
    )));
    for id in &stations {
        (homes, lines) = (homes.bind(*id), lines.bind(*id));
    }
    let homes: Vec<(String, String)> = homes.fetch_all(&mut *connection).await?;
    let lines: Vec<Row> = lines.fetch_all(connection).await?;
    let areas = several(lines, &state.config.commune)?;
    for (station, home) in homes {
        if let Some(area) = areas.iter().find(|area| area.id.as_str() == home) {
            let station = station.parse().map_err(anyhow::Error::from)?;
            found.insert(station, area.clone());
        }
    }
    Ok(found)
}

/// Areas whose rows follow one another, each behind its own those above it, the nearest first.
fn several(rows: Vec<Row>, defaults: &Commune) -> Result<Vec<Area>> {
    let mut lines: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        match lines.last_mut() {
            Some(line) if row.distance > 0 => line.push(row),
            Some(_) | None => lines.push(vec![row]),
        }
    }
    let lines = lines.into_iter();
    lines.map(|rows| assemble(rows, defaults)).collect()
}

/// Puts an area together from its own row and those above it, the nearest first.
fn assemble(rows: Vec<Row>, defaults: &Commune) -> Result<Area> {
    let mut line = Vec::with_capacity(rows.len());
    let mut ways = Vec::with_capacity(rows.len());
    for row in &rows {
        line.push(row.id.parse().map_err(anyhow::Error::from)?);
        ways.push(row.ways()?);
    }
    let policies: Vec<OwnPolicy> = rows.iter().map(Row::policy).collect();
    let timetables = rows.iter().map(Row::timetable);
    let timetables: Vec<Timetable> = timetables.collect::<Result<_>>()?;
    let settled = settle(&ways, &policies, &timetables, defaults);
    let own_policy = policies.first().copied().unwrap_or_default();
    let own_timetable = timetables.into_iter().next().unwrap_or_default();
    let within_closed_ms = rows.iter().filter_map(|row| row.closed_at_ms).min();
    let (Some(row), Some(own)) = (rows.into_iter().next(), ways.into_iter().next()) else {
        return Err(Error::not_found());
    };
    Ok(Area {
        id: row.id.parse().map_err(anyhow::Error::from)?,
        parent: row
            .parent_id
            .map(|id| id.parse())
            .transpose()
            .map_err(anyhow::Error::from)?,
        kind: row.kind,
        name: row.name,
        households: row.households,
        closed_at_ms: row.closed_at_ms,
        within_closed_ms,
        line,
        own,
        own_policy,
        own_timetable,
        ways: settled,
    })
}

impl Row {
    fn policy(&self) -> OwnPolicy {
        let yes = |said: Option<i64>| said.map(|said| said != 0);
        OwnPolicy {
            head_may_approve: yes(self.head_may_approve),
            sessions_per_day: self.sessions_per_day.and_then(|most| most.try_into().ok()),
            ordinary_on_weekends: yes(self.ordinary_on_weekends),
            limits_bind: yes(self.limits_bind),
        }
    }

    fn timetable(&self) -> Result<Timetable> {
        let own = self.timetable.as_deref().map(serde_json::from_str);
        Ok(own.transpose()?.unwrap_or_default())
    }

    fn ways(&self) -> Result<Ways> {
        Ok(Ways {
            languages: self
                .languages
                .as_deref()
                .map(serde_json::from_str)
                .transpose()?,
            quiet_hours: self
                .quiet_hours
                .as_deref()
                .map(serde_json::from_str)
                .transpose()?,
            zone: self.zone.clone(),
            approver_may_be_author: self.approver_may_be_author.map(|yes| yes != 0),
            sessions: self
                .sessions
                .as_deref()
                .map(serde_json::from_str)
                .transpose()?,
        })
    }
}

/// The nearest that says something is heard.
fn settle(
    ways: &[Ways],
    policies: &[OwnPolicy],
    timetables: &[Timetable],
    defaults: &Commune,
) -> Settled {
    let quiet_hours = QuietSpan {
        from: defaults.quiet_from,
        until: defaults.quiet_until,
    };
    let sessions = nearest(ways, |ways| ways.sessions).unwrap_or_default();
    Settled {
        languages: nearest(ways, |ways| ways.languages.clone())
            .unwrap_or_else(|| vec!["vi".to_owned()]),
        quiet_hours: nearest(ways, |ways| ways.quiet_hours).unwrap_or(quiet_hours),
        zone: nearest(ways, |ways| ways.zone.clone()).unwrap_or_else(|| defaults.zone.clone()),
        approver_may_be_author: nearest(ways, |ways| ways.approver_may_be_author)
            .unwrap_or(defaults.approver_may_be_author),
        sessions,
        policy: Policy::of(policies.iter()),
        timetable: timetable::settled(timetables.iter(), &sessions),
    }
}

fn nearest<T>(ways: &[Ways], said: impl Fn(&Ways) -> Option<T>) -> Option<T> {
    ways.iter().find_map(said)
}
