//! What a broadcast that is given another time has today: what began or was due may be on air or
//! wait for power, and is known by the name of its broadcast. It stays under that name, and nobody
//! hears more of the broadcast today than was ordered.

use jiff::civil::Date;
use programme::ids::AreaId;
use programme::rule::{Rule, Start};
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;

use crate::areas::area;
use crate::broadcasts::broadcast::Broadcast;
use crate::broadcasts::room::up_to;
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::Result;

/// By what a village that hears a broadcast plans its day.
#[derive(PartialEq)]
pub struct Clock {
    zone: Zone,
    timetable: Timetable,
}

/// How the villages in `targets` plan their days, each way once. What is closed hears nothing.
///
/// # Errors
/// The database failed.
pub async fn clocks(
    state: &State,
    connection: &mut Connection,
    targets: &[AreaId],
) -> Result<Vec<Clock>> {
    let mut clocks = Vec::new();
    for target in targets {
        let areas = area::with_all_below(state, connection, target).await?;
        for area in areas {
            let clock = Clock {
                zone: Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?,
                timetable: area.ways.timetable,
            };
            if area.within_closed_ms.is_none() && !clocks.contains(&clock) {
                clocks.push(clock);
            }
        }
    }
    Ok(clocks)
}

/// What of a repeating broadcast began or was due today in some village, and nothing else of it.
pub fn stays(old: &Broadcast, now: WallTime, clocks: &[Clock]) -> Option<Broadcast> {
    let today = clocks.iter().flat_map(|clock| clock.today(&old.rule, now));
    let begun: Vec<Start> = today
        .filter(|start| start.at <= now && start.at >= old.since)
        .collect();
    let date = begun.iter().map(|start| start.nominal.date()).max()?;
    let begun: Vec<&Start> = begun.iter().collect();
    super::repeats(&old.rule).then(|| Broadcast {
        rule: up_to(&old.rule, &begun, date),
        ..old.clone()
    })
}

impl Clock {
    fn today(&self, rule: &Rule, now: WallTime) -> Vec<Start> {
        rule.instants(self.zone.date(now), &self.zone, &self.timetable)
    }

    /// The starts of today that are to come and do not stay.
    fn left(&self, old: &Broadcast, stays: Option<&Broadcast>, now: WallTime) -> Vec<Start> {
        let stay = stays.map(|stays| self.today(&stays.rule, now));
        let stay = stay.unwrap_or_default();
        let mut today = self.today(&old.rule, now);
        today.retain(|start| start.at > now && !stay.contains(start));
        today
    }

    /// The first day of which something is to come and does not stay.
    pub fn first_day(
        &self,
        old: &Broadcast,
        stays: Option<&Broadcast>,
        now: WallTime,
    ) -> Option<Date> {
        let today = self.zone.date(now);
        if !self.left(old, stays, now).is_empty() {
            return Some(today);
        }
        let midnight = self.zone.instant(today.tomorrow().ok()?.at(0, 0, 0, 0))?;
        let next = old.rule.first_from(midnight, &self.zone, &self.timetable)?;
        Some(next.nominal.date())
    }

    /// Whether more is heard today of `new` than `old` had left beside what stays of it.
    pub fn adds(&self, old: &Broadcast, stays: &Broadcast, new: &Broadcast, now: WallTime) -> bool {
        let mut heard = self.today(&new.rule, now);
        heard.retain(|start| start.at >= new.since);
        heard.len() > self.left(old, Some(stays), now).len()
    }
}
