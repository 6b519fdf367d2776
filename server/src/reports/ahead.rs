//! Who will hear what is still to come on a day: each village beside what its station holds and how
//! it is, by its own account.

mod rows;
mod verdict;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use programme::day_plan::{GRACE, Obstacle};
use programme::ids::{AreaId, BroadcastId, StationId};
use programme::rule::{Rule, Start};
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;

use self::view::View;
use super::scope::{self, Scope};
use crate::areas::area::{self, Area};
use crate::as_run::day;
use crate::broadcasts::broadcast;
use crate::database::Connection;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// A broadcast that is still to come, and who will hear it.
#[derive(Debug, Clone)]
pub struct Coming {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Titles of its bulletins.
    pub title: String,
    /// The zone of its civil times.
    pub zone: Zone,
    /// Its starts in any village, soonest first.
    pub starts: Vec<WallTime>,
    /// The villages that are meant, in the order of their making.
    pub hearers: Vec<Hearer>,
}

/// A village that is meant, and whether it will hear.
#[derive(Debug, Clone)]
pub struct Hearer {
    /// The village.
    pub area: Area,
    /// The station on which the answer rests.
    pub station: Option<StationId>,
    /// Whether it will hear one of the starts at least.
    pub chance: Chance,
    /// The starts that are meant for it, soonest first; there is one at least.
    pub starts: Vec<Judged>,
}

/// A start, and whether a village will hear it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// When it is planned.
    pub at: WallTime,
    /// The station on which the answer rests.
    pub station: Option<StationId>,
    /// Whether the village will hear it.
    pub chance: Chance,
}

/// Whether a village will hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chance {
    /// It will: the station holds it, its recordings are ready, and it is there and well.
    Will,
    /// It will, when things stay or go on as they are.
    Likely(Why),
    /// It will not, as things stand.
    Not(Why),
}

/// What stands between a village and what it is to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It has no station.
    NoStation,
    /// No PC has come in as its station.
    NotEnrolled,
    /// The PC came in and has not said how it is.
    NeverSaid,
    /// Nothing was heard of the station since.
    Silent(WallTime),
    /// The station is there and has yet to fetch the programme that holds it.
    Fetching,
    /// The station does not hold the programme, and is not there to fetch it.
    NotFetched,
    /// So many recordings are not ready; the station is there and readies them.
    Readying(u32),
    /// So many recordings are not ready.
    NotReady(u32),
    /// A recording was refused by the station.
    Refused,
    /// The station does not know the time.
    ClockUnknown,
    /// The station has no output.
    OutputLost,
    /// The amplifier does not do as it is told.
    Amplifier,
    /// A rule keeps it off.
    Kept(Obstacle),
    /// The village's programme has nothing to be heard for it.
    Nothing,
}

/// How many villages, and how many households live there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Villages.
    pub villages: usize,
    /// Households, as far as they are known.
    pub households: i64,
    /// Villages whose households are not known.
    pub unknown: usize,
}

impl Count {
    /// The villages among `areas`.
    pub fn of<'a>(areas: impl IntoIterator<Item = &'a Area>) -> Self {
        let mut count = Self::default();
        for area in areas {
            count.villages += 1;
            count.households += area.households.unwrap_or(0);
            count.unknown += usize::from(area.households.is_none());
        }
        count
    }
}

impl Coming {
    /// What was gathered area by area, each broadcast once with all its villages.
    pub fn together(parts: Vec<Self>) -> Vec<Self> {
        let mut whole: Vec<Self> = Vec::new();
        for part in parts {
            match whole.iter_mut().find(|one| one.broadcast == part.broadcast) {
                Some(one) => {
                    one.starts.extend(part.starts);
                    one.hearers.extend(part.hearers);
                }
                None => whole.push(part),
            }
        }
        in_order(whole)
    }

    /// The same without what sounds already, of each village; none where that was all of it.
    pub fn without(mut self, on_air: &BTreeSet<(AreaId, BroadcastId, WallTime)>) -> Option<Self> {
        for hearer in &mut self.hearers {
            let sounds = |at: WallTime| (hearer.area.id.clone(), self.broadcast.clone(), at);
            hearer
                .starts
                .retain(|one| !on_air.contains(&sounds(one.at)));
            let best = hearer.starts.iter().min_by_key(|one| one.chance.rank());
            if let Some(best) = best {
                (hearer.station, hearer.chance) = (best.station.clone(), best.chance);
            }
        }
        self.hearers.retain(|hearer| !hearer.starts.is_empty());
        let starts = self.hearers.iter().flat_map(|hearer| &hearer.starts);
        let starts: BTreeSet<WallTime> = starts.map(|one| one.at).collect();
        self.starts = starts.into_iter().collect();
        (!self.hearers.is_empty()).then_some(self)
    }

    /// The starts that no village will hear, soonest first.
    pub fn lost(&self) -> Vec<WallTime> {
        let judged = self.hearers.iter().flat_map(|hearer| &hearer.starts);
        let heard = judged.filter(|one| !one.chance.is_lost());
        let heard: BTreeSet<WallTime> = heard.map(|one| one.at).collect();
        let starts = self.starts.iter().copied();
        starts.filter(|at| !heard.contains(at)).collect()
    }

    /// The villages of which `wanted` holds.
    pub fn count(&self, wanted: impl Fn(Chance) -> bool) -> Count {
        let hearers = self.hearers.iter().filter(|one| wanted(one.chance));
        Count::of(hearers.map(|one| &one.area))
    }
}

impl Hearer {
    /// Whether it hears what is planned through another start, and not through these.
    pub fn lost(&self) -> Vec<&Judged> {
        let is_lost = |one: &&Judged| one.chance.is_lost();
        match self.chance.is_lost() {
            true => Vec::new(),
            false => self.starts.iter().filter(is_lost).collect(),
        }
    }
}

impl Chance {
    /// Whether nothing will be heard, as things stand.
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Not(_))
    }

    /// The better, the lower.
    fn rank(self) -> u8 {
        match self {
            Self::Will => 0,
            Self::Likely(_) => 1,
            Self::Not(_) => 2,
        }
    }

    /// What stands between, if anything does.
    pub fn why(self) -> Option<Why> {
        match self {
            Self::Will => None,
            Self::Likely(why) | Self::Not(why) => Some(why),
        }
    }
}

/// What is still to come on `date` in an area and below, or of one broadcast alone, soonest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    scope: &Scope,
    date: Date,
    only: Option<&BroadcastId>,
) -> Result<Vec<Coming>> {
    let (id, now) = (&scope.area.id, state.now());
    let Some((midnight, _)) = day::bounds(&scope.zone, date) else {
        return Ok(Vec::new());
    };
    let villages = villages(state, connection, id).await?;
    let stations = villages.iter().flat_map(|(_, stations)| stations);
    let said = stations.filter_map(|one| Some((one.id.clone(), one.health.as_ref()?.0.generation)));
    let said: Vec<(StationId, u64)> = said.collect();
    let mut meant = broadcast::in_force_below(connection, id, now).await?;
    let known = Known {
        planned: rows::planned(connection, id, now).await?,
        held: rows::held(connection, id, &said).await?,
        over: rows::outcomes(connection, id, midnight).await?,
    };
    let mut coming: BTreeMap<BroadcastId, Coming> = BTreeMap::new();
    for (area, stations) in villages {
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let view = View::of(&stations, &known.held, date, now)?;
        let broadcasts = meant.remove(&area.id).unwrap_or_default();
        for id in broadcasts.iter().filter(|id| only.is_none_or(|o| o == *id)) {
            let Some(plan) = known.planned.get(id) else {
                continue;
            };
            let by = (&zone, &area.ways.timetable);
            let starts = known.starts(id, &stations, date, by, now);
            let judged = starts.iter().map(|at| view.judged(id, plan, *at));
            let judged: Vec<Judged> = judged.collect();
            let Some(best) = judged.iter().min_by_key(|one| one.chance.rank()) else {
                continue;
            };
            let (station, chance) = (best.station.clone(), best.chance);
            let one = coming.entry(id.clone()).or_insert_with(|| Coming {
                broadcast: id.clone(),
                title: plan.title.clone(),
                zone: zone.clone(),
                starts: Vec::new(),
                hearers: Vec::new(),
            });
            one.starts.extend(&starts);
            one.hearers.push(Hearer {
                area: area.clone(),
                station,
                chance,
                starts: judged,
            });
        }
        // A plan takes milliseconds, and others wait for this thread.
        tokio::task::yield_now().await;
    }
    Ok(in_order(coming.into_values().collect()))
}

/// The soonest first, and of each the villages that need somebody first.
fn in_order(mut coming: Vec<Coming>) -> Vec<Coming> {
    for one in &mut coming {
        one.starts.sort();
        one.starts.dedup();
        let rank =
            |hearer: &Hearer| std::cmp::Reverse((hearer.chance.rank(), !hearer.lost().is_empty()));
        one.hearers.sort_by_key(rank);
    }
    coming.sort_by_key(|one| one.starts.first().copied());
    coming
}

/// What the database says of an area, whichever village is looked at.
struct Known {
    planned: BTreeMap<BroadcastId, rows::Planned>,
    held: BTreeMap<StationId, rows::Held>,
    over: BTreeSet<(StationId, BroadcastId, i64)>,
}

impl Known {
    /// The starts of a broadcast that are still to come in a village.
    fn starts(
        &self,
        id: &BroadcastId,
        stations: &[Station],
        date: Date,
        (zone, timetable): (&Zone, &Timetable),
        now: WallTime,
    ) -> Vec<WallTime> {
        let Some(plan) = self.planned.get(id) else {
            return Vec::new();
        };
        let starts = plan.rule.instants(date, zone, timetable).into_iter();
        let starts = starts.filter(|one| one.at >= plan.since && is_coming(&plan.rule, one, now));
        let mut starts: Vec<WallTime> = starts.map(|start| start.at).collect();
        let is_over = |at: WallTime| {
            let of = |one: &Station| (one.id.clone(), id.clone(), at.as_millis());
            !stations.is_empty() && stations.iter().all(|one| self.over.contains(&of(one)))
        };
        starts.retain(|at| !is_over(*at));
        starts
    }
}

/// Whether a start is still to come: one that may be late is, while it may still begin.
fn is_coming(rule: &Rule, start: &Start, now: WallTime) -> bool {
    match rule {
        Rule::Now { until, .. } => *until >= now,
        Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => start.at + GRACE >= now,
    }
}

/// By when a station must hold a start that is planned `at`.
fn last_moment(rule: &Rule, at: WallTime) -> WallTime {
    match rule {
        Rule::Now { until, .. } => *until,
        Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => at,
    }
}

/// The villages of an area that are open: what has a station, or what nothing lies below.
async fn villages(
    state: &State,
    connection: &mut Connection,
    id: &AreaId,
) -> Result<Vec<(Area, Vec<Station>)>> {
    let areas = area::with_all_below(state, connection, id).await?;
    let mut stations: BTreeMap<AreaId, Vec<Station>> = BTreeMap::new();
    for station in station::below(connection, id).await? {
        let place = stations.entry(station.area.clone()).or_default();
        place.push(station);
    }
    let containing: BTreeSet<AreaId> = areas.iter().filter_map(|one| one.parent.clone()).collect();
    let mut villages = Vec::new();
    for mut area in areas {
        area.households = scope::households(&area, &containing);
        let stations = stations.remove(&area.id).unwrap_or_default();
        let is_village = !stations.is_empty() || !containing.contains(&area.id);
        if is_village && area.within_closed_ms.is_none() {
            villages.push((area, stations));
        }
    }
    Ok(villages)
}
