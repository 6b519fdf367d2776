//! A village on a day: its stations, and whether each start is heard by the best of them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use programme::day_plan::DayPlan;
use programme::ids::{BroadcastId, StationId};
use programme::units::WallTime;

use super::verdict::judge;
use super::{Chance, Judged, Why, last_moment, rows};
use crate::stations::station::Station;
use crate::web::errors::Result;

/// The stations of a village, each with its plan for the day.
pub(super) struct View<'v> {
    stations: Vec<(&'v Station, Option<DayPlan>, Option<WallTime>)>,
    now: WallTime,
}

impl<'v> View<'v> {
    pub(super) fn of(
        stations: &'v [Station],
        held: &BTreeMap<StationId, rows::Held>,
        date: Date,
        now: WallTime,
    ) -> Result<Self> {
        let mut seen = Vec::with_capacity(stations.len());
        for station in stations {
            let held = held.get(&station.id);
            let plan = held.and_then(|held| held.newest.as_ref());
            let plan = plan.map(|programme| DayPlan::of(programme, date));
            let plan = plan.transpose().map_err(anyhow::Error::from)?;
            let health = station.health.as_ref().map(|(health, _)| health.generation);
            let issued = held.zip(health).and_then(|(held, said)| held.issued(said));
            seen.push((station, plan, issued));
        }
        Ok(Self {
            stations: seen,
            now,
        })
    }

    /// Whether the village will hear a start: by the best of its stations.
    pub(super) fn judged(
        &self,
        broadcast: &BroadcastId,
        plan: &rows::Planned,
        at: WallTime,
    ) -> Judged {
        let (since, by) = (plan.since, last_moment(&plan.rule, at));
        let judged = self.stations.iter().map(|(station, plan, issued)| {
            let mut cues = plan.iter().flat_map(DayPlan::starts);
            let cue = cues.find(|cue| cue.broadcast == *broadcast && cue.planned == at);
            let obstacle = match cue {
                None => Some(Why::Nothing),
                Some(cue) => cue.obstacle.map(Why::Kept),
            };
            let holds = issued.is_some_and(|issued| issued >= since);
            let chance = judge(station, obstacle, holds, by, self.now);
            (Some(station.id.clone()), chance)
        });
        let best = judged.min_by_key(|(_, chance)| chance.rank());
        let (station, chance) = best.unwrap_or((None, Chance::Not(Why::NoStation)));
        Judged {
            at,
            station,
            chance,
        }
    }
}
