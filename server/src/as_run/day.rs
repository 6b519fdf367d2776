//! A day of a station: what was planned beside what truly happened.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use programme::as_run::{CueId, Outcome};
use programme::day_plan::{Cue, DayPlan, GRACE, Obstacle};
use programme::ids::BroadcastId;
use programme::stop::FromPanel;
use programme::units::WallTime;
use programme::zone::Zone;

use super::report::{self, Attempt, Reported};
use crate::broadcasts::broadcast;
use crate::database::Connection;
use crate::programmes::publish::{self, Published};
use crate::stations::station::Station;
use crate::web::errors::Result;

/// A planned start and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The planned start.
    pub cue: CueId,
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Titles of its bulletins.
    pub title: String,
    /// When it was planned.
    pub planned: WallTime,
    /// What became of it.
    pub fate: Fate,
    /// Attempts at it, the first one first.
    pub attempts: Vec<Attempt>,
    /// Who stopped it from the panel, if somebody did.
    pub stopped: Option<FromPanel>,
}

/// What became of a planned start, as far as it is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The station said so.
    Known(Outcome),
    /// Sound is on, by the last that the station said.
    OnAir,
    /// It is to come.
    ToCome,
    /// It is to come, and something will keep it off.
    Hindered(Obstacle),
    /// Its time has passed, and the station has not said what became of it.
    Unreported,
}

/// What is known of a station's day.
#[derive(Debug, Default)]
pub struct Known {
    /// What the station was given last.
    pub latest: Option<Published>,
    /// What it was to keep to at some moment of the day until now, the oldest first.
    pub kept: Vec<Published>,
    /// What it reported of starts that were planned on the day.
    pub reported: BTreeMap<CueId, Reported>,
}

/// The starts that `station` has planned or had planned on `date`, soonest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    connection: &mut Connection,
    station: &Station,
    zone: &Zone,
    date: Date,
    now: WallTime,
) -> Result<Vec<Line>> {
    let Some((from, until)) = bounds(zone, date) else {
        return Ok(Vec::new());
    };
    let id = &station.id;
    let known = Known {
        latest: publish::latest(connection, id).await?,
        kept: publish::in_force_between(connection, id, from, until.min(now)).await?,
        reported: report::of_station(connection, id, from, until).await?,
    };
    let mut lines = lines(known, date, until.min(now), now)?;
    for line in lines.iter_mut().filter(|line| line.title.is_empty()) {
        line.title = broadcast::titles(connection, &line.broadcast).await?;
    }
    Ok(lines)
}

/// The first instant of `date`, and that of the next one.
pub fn bounds(zone: &Zone, date: Date) -> Option<(WallTime, WallTime)> {
    let midnight = |date: Date| zone.instant(date.at(0, 0, 0, 0));
    let next = date.checked_add(1.day()).unwrap_or(date);
    midnight(date).zip(midnight(next))
}

/// The starts that follow from what is known of a day up to `until`, soonest first. What no
/// programme at hand names has no title yet.
///
/// # Errors
/// A programme cannot be read.
pub fn lines(known: Known, date: Date, until: WallTime, now: WallTime) -> Result<Vec<Line>> {
    let mut reported = known.reported;
    let latest = known.latest.as_ref();
    let newest = latest.map(|one| cues(one, date)).transpose()?;
    // What the station was given last is as a rule what it kept to, and is planned once.
    let told = told(&known.kept, latest.zip(newest.as_deref()), date, until)?;
    let mut lines = planned(newest.unwrap_or_default(), now, &mut reported);
    for cue in told {
        let is_known = lines.iter().any(|line| line.cue == cue.id);
        if !is_known && !reported.contains_key(&cue.id) {
            lines.push(Line {
                fate: Fate::Unreported,
                cue: cue.id,
                broadcast: cue.broadcast,
                title: cue.title,
                planned: cue.planned,
                attempts: Vec::new(),
                stopped: None,
            });
        }
    }
    // The fixed start by which a session is heard may wait for its turn, and is not reported yet.
    let is_told_of = |start: &Reported| {
        let mut others = lines.iter();
        others.any(|line| start.is_heard_by(&line.cue, &line.broadcast, line.planned))
    };
    reported.retain(|_, start| !is_told_of(start));
    for (_, start) in reported {
        let latest = start.planned + GRACE;
        lines.push(Line::of(start, String::new(), latest, now));
    }
    lines.sort_by_key(|line| line.planned);
    Ok(lines)
}

/// The starts of a programme on `date`.
fn cues(published: &Published, date: Date) -> Result<Vec<Cue>> {
    let plan = DayPlan::of(&published.programme()?, date).map_err(anyhow::Error::from)?;
    Ok(plan.starts().cloned().collect())
}

/// The starts of the programme in force, each with what of `reported` is about it taken out there.
fn planned(cues: Vec<Cue>, now: WallTime, reported: &mut BTreeMap<CueId, Reported>) -> Vec<Line> {
    let line = |cue: Cue| match reported.remove(&cue.id) {
        Some(start) => Line::of(start, cue.title, cue.latest, now),
        None => Line {
            fate: match cue.obstacle {
                _ if cue.latest < now => Fate::Unreported,
                Some(obstacle) => Fate::Hindered(obstacle),
                None => Fate::ToCome,
            },
            cue: cue.id,
            broadcast: cue.broadcast,
            title: cue.title,
            planned: cue.planned,
            attempts: Vec::new(),
            stopped: None,
        },
    };
    cues.into_iter().map(line).collect()
}

/// The starts on `date` before `until` that the station was to keep to when their time came,
/// whatever was cancelled or changed since. The starts of the newest programme are known.
fn told(
    kept: &[Published],
    newest: Option<(&Published, &[Cue])>,
    date: Date,
    until: WallTime,
) -> Result<Vec<Cue>> {
    let mut told = Vec::new();
    for (number, published) in kept.iter().enumerate() {
        let issued = |one: &Published| WallTime::from_millis(one.issued_at_ms);
        let replaced = kept.get(number + 1).map_or(until, issued);
        let known = newest.filter(|(one, _)| one.generation == published.generation);
        let cues = match known {
            Some((_, cues)) => cues.to_vec(),
            None => cues(published, date)?,
        };
        // What airs at once is planned a moment before the programme that says so.
        let in_force = |cue: &Cue| issued(published) <= cue.latest && cue.planned < replaced;
        told.extend(cues.into_iter().filter(in_force));
    }
    Ok(told)
}

impl Line {
    /// Whether its time has come by `now`: that of what waits for its turn has when it is late.
    pub fn has_come(&self, now: WallTime) -> bool {
        match self.fate {
            Fate::Known(_) | Fate::OnAir | Fate::Unreported => true,
            Fate::ToCome | Fate::Hindered(_) => self.planned + GRACE < now,
        }
    }

    /// A line about what a station reported by `now` of a start that could begin until `latest`.
    pub fn of(start: Reported, title: String, latest: WallTime, now: WallTime) -> Self {
        let last = start.attempts.last();
        let open = last.is_some_and(|attempt| attempt.ended.is_none());
        let sounding = last.is_some_and(|attempt| attempt.sounds(now));
        Self {
            fate: match start.outcome {
                Some(outcome) => Fate::Known(outcome),
                None if sounding => Fate::OnAir,
                None if open || latest < now => Fate::Unreported,
                None => Fate::ToCome,
            },
            cue: start.cue,
            broadcast: start.broadcast,
            title,
            planned: start.planned,
            attempts: start.attempts,
            stopped: start.stopped,
        }
    }
}
