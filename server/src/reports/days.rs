//! A day that was or is: what was planned beside what was heard, village by village.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use programme::as_run::Outcome;
use programme::ids::{AreaId, BroadcastId, StationId};
use programme::units::WallTime;
use programme::zone::Zone;

use super::airings::titles;
use super::confirmations::{self, Confirmations};
use super::scope::{self, Scope};
use crate::areas::area::{self, Area};
use crate::as_run::day::{self, Fate, Known, Line};
use crate::as_run::report;
use crate::database::Connection;
use crate::emergencies::at_pcs::{self, AtPc};
use crate::emergencies::drills;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::Result;

/// Most lines of the log that are read of a day.
const MOST_LINES: usize = 50_000;

/// A station's day.
#[derive(Debug, Clone)]
pub struct StationDay {
    /// The village.
    pub area: Area,
    /// Its civil time.
    pub zone: Zone,
    /// The station.
    pub station: StationId,
    /// Its name for people.
    pub name: String,
    /// What was planned and what became of it, soonest first.
    pub lines: Vec<Line>,
}

/// The day of an area.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// Each station's day, by the order of the villages.
    pub stations: Vec<StationDay>,
    /// Villages without any station.
    pub without: Vec<Area>,
    /// What people said that they heard.
    pub confirmations: Confirmations,
    /// What was ordered at PCs.
    pub at_pcs: BTreeMap<BroadcastId, AtPc>,
    /// What was ordered as an exercise, there or on the panel.
    pub drills: BTreeSet<BroadcastId>,
    /// Whether stations reported more than was read.
    pub truncated: bool,
    /// Of the villages without any station, those for which each broadcast is meant.
    deaf: BTreeMap<BroadcastId, Vec<AreaId>>,
}

/// What became of a broadcast on a day.
#[derive(Debug, Clone)]
pub struct Past {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Titles of its bulletins.
    pub title: String,
    /// Whether it was an exercise.
    pub is_drill: bool,
    /// Where its page is.
    pub page: String,
    /// Each village with the best that became of it there.
    pub villages: Vec<(Area, Line, StationId)>,
    /// Villages that were meant and have no station to hear it by.
    pub without: Vec<Area>,
    /// Its starts in any village, soonest first.
    pub starts: Vec<WallTime>,
    /// Those of them that are over and that no village heard to the end.
    pub lost: Vec<WallTime>,
}

/// The day of an area and everything below.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    scope: &Scope,
    date: Date,
) -> Result<Day> {
    let (id, now) = (&scope.area.id, state.now());
    let Some((from, until)) = day::bounds(&scope.zone, date) else {
        return Ok(Day::default());
    };
    let mut areas = area::with_all_below(state, connection, id).await?;
    let containing: BTreeSet<AreaId> = areas.iter().filter_map(|one| one.parent.clone()).collect();
    for area in &mut areas {
        area.households = scope::households(area, &containing);
    }
    let stations = station::below(connection, id).await?;
    let mut kept = rows::kept(connection, id, (from, until)).await?;
    let (reported, truncated) = report::below(connection, id, (from, until), MOST_LINES).await?;
    let mut titles = titles(connection, id, (from, until)).await?;
    let at_pcs = at_pcs::of_starts(connection, id, (from, until)).await?;
    let titled = at_pcs.iter();
    titles.extend(titled.map(|(id, one)| (id.clone(), one.title.clone())));
    let mut by_station: BTreeMap<StationId, BTreeMap<_, _>> = BTreeMap::new();
    for (station, start) in reported {
        let place = by_station.entry(station).or_default();
        place.insert(start.cue.clone(), start);
    }
    let mut days = Vec::with_capacity(stations.len());
    for station in stations {
        let Some(area) = areas.iter().find(|area| area.id == station.area) else {
            continue;
        };
        let programmes = kept.remove(&station.id).unwrap_or_default();
        let until = until.min(now);
        let was_kept = |issued_at_ms: i64| WallTime::from_millis(issued_at_ms) < until;
        let known = Known {
            latest: programmes.last().cloned(),
            kept: programmes
                .into_iter()
                .filter(|one| was_kept(one.issued_at_ms))
                .collect(),
            reported: by_station.remove(&station.id).unwrap_or_default(),
        };
        let mut lines = day::lines(known, date, until, now)?;
        for line in lines.iter_mut().filter(|line| line.title.is_empty()) {
            line.title = titles.get(&line.broadcast).cloned().unwrap_or_default();
        }
        days.push(StationDay {
            zone: Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?,
            area: area.clone(),
            station: station.id,
            name: station.name,
            lines,
        });
        // A plan takes milliseconds, and others wait for this thread.
        tokio::task::yield_now().await;
    }
    let without = without(&areas, &containing, &days);
    Ok(Day {
        deaf: rows::meant(connection, &without, &days).await?,
        drills: drills::among(connection, &hearings(&days)).await?,
        without,
        stations: days,
        confirmations: confirmations::below(connection, id, (from, until)).await?,
        at_pcs,
        truncated,
    })
}

/// The emergencies of a day.
fn hearings(days: &[StationDay]) -> BTreeSet<BroadcastId> {
    let lines = days.iter().flat_map(|day| &day.lines);
    let hearings = lines.filter(|line| line.cue.hearing().is_some());
    hearings.map(|line| line.broadcast.clone()).collect()
}

/// The villages that have no station.
fn without(areas: &[Area], containing: &BTreeSet<AreaId>, days: &[StationDay]) -> Vec<Area> {
    let has_station = |area: &Area| days.iter().any(|day| day.area.id == area.id);
    let open = areas.iter().filter(|area| area.within_closed_ms.is_none());
    open.filter(|area| !containing.contains(&area.id) && !has_station(area))
        .cloned()
        .collect()
}

impl Day {
    /// Adds the same day of an area that this one does not contain.
    pub fn join(&mut self, other: Self) {
        self.stations.extend(other.stations);
        self.without.extend(other.without);
        self.confirmations.extend(other.confirmations);
        self.at_pcs.extend(other.at_pcs);
        self.drills.extend(other.drills);
        self.truncated |= other.truncated;
        for (broadcast, areas) in other.deaf {
            self.deaf.entry(broadcast).or_default().extend(areas);
        }
    }

    fn page(&self, line: &Line) -> String {
        match line.cue.hearing() {
            Some(_) if self.at_pcs.contains_key(&line.broadcast) => at_pcs::PAGE.to_owned(),
            Some(_) => format!("/emergencies/{}", line.broadcast),
            None => format!("/broadcasts/{}", line.broadcast),
        }
    }

    /// Whether a start was heard to its end: the station reported so, and the newest word of people
    /// there is not that there was no sound.
    pub fn was_heard(&self, line: &Line, station: &StationId) -> bool {
        let said = self.confirmations.get(&(station.clone(), line.cue.clone()));
        matches!(line.fate, Fate::Known(Outcome::Aired))
            && !confirmations::says_silent(said.into_iter().flatten())
    }

    /// The villages that were meant and have no station.
    fn without(&self, broadcast: &BroadcastId) -> Vec<Area> {
        let meant = self.deaf.get(broadcast);
        let is_meant = |area: &&Area| meant.is_some_and(|meant| meant.contains(&area.id));
        self.without.iter().filter(is_meant).cloned().collect()
    }

    /// The starts of a broadcast that have come by `now`, soonest first, and those of them that no
    /// village heard to the end, as far as that is certain.
    fn starts(&self, broadcast: &BroadcastId, now: WallTime) -> (Vec<WallTime>, Vec<WallTime>) {
        let mut starts: BTreeMap<WallTime, bool> = BTreeMap::new();
        for day in &self.stations {
            let own = |line: &&Line| line.broadcast == *broadcast && line.has_come(now);
            for line in day.lines.iter().filter(own) {
                let is_over = matches!(line.fate, Fate::Known(_));
                let lost = is_over && !self.was_heard(line, &day.station);
                *starts.entry(line.planned).or_insert(true) &= lost;
            }
        }
        let lost = starts.iter().filter(|(_, lost)| **lost);
        let lost = lost.map(|(at, _)| *at).collect();
        (starts.into_keys().collect(), lost)
    }

    /// What sounds, by the last that the stations said: the village, the broadcast, when it was
    /// planned.
    pub fn on_air(&self) -> BTreeSet<(AreaId, BroadcastId, WallTime)> {
        let lines = |day: &'_ StationDay| {
            let sounding = day.lines.iter().filter(|line| line.fate == Fate::OnAir);
            let named = sounding.map(|line| (line.broadcast.clone(), line.planned));
            let named: Vec<_> = named.collect();
            let area = day.area.id.clone();
            named
                .into_iter()
                .map(move |(broadcast, at)| (area.clone(), broadcast, at))
        };
        self.stations.iter().flat_map(lines).collect()
    }

    /// What became of each broadcast whose time has come by `now`, in the order of their first
    /// starts. What waits for its turn although its hour has passed is among them.
    pub fn past(&self, now: WallTime) -> Vec<Past> {
        let mut past: Vec<Past> = Vec::new();
        for day in &self.stations {
            for line in day.lines.iter().filter(|line| line.has_come(now)) {
                let known = past.iter_mut().find(|one| one.broadcast == line.broadcast);
                let found = (day.area.clone(), line.clone(), day.station.clone());
                let Some(one) = known else {
                    past.push(Past {
                        broadcast: line.broadcast.clone(),
                        title: line.title.clone(),
                        is_drill: self.drills.contains(&line.broadcast),
                        page: self.page(line),
                        villages: vec![found],
                        without: self.without(&line.broadcast),
                        starts: Vec::new(),
                        lost: Vec::new(),
                    });
                    continue;
                };
                let place = one.villages.iter_mut().find(|(a, ..)| a.id == day.area.id);
                match place {
                    None => one.villages.push(found),
                    Some(place) if !self.was_heard(&place.1, &place.2) => *place = found,
                    Some(_) => {}
                }
            }
        }
        for one in &mut past {
            (one.starts, one.lost) = self.starts(&one.broadcast, now);
            one.villages
                .sort_by_key(|(_, line, station)| self.was_heard(line, station));
        }
        past.sort_by_key(|one| one.villages.iter().map(|(_, line, _)| line.planned).min());
        past
    }
}
