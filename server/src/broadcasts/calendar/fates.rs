//! What became of the starts of a calendar, village by village.

use std::collections::BTreeMap;

use programme::as_run::CueId;
use programme::day_plan::Cue;
use programme::ids::StationId;
use programme::units::WallTime;

use crate::as_run::day::{Fate, Line};
use crate::as_run::report::Reported;
use crate::broadcasts::outlook::Hearer;

/// What stations reported, each about its own starts.
pub type Reports = BTreeMap<StationId, BTreeMap<CueId, Reported>>;

/// What a village heard of a start, or will hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// By its station.
    Said(Fate),
    /// Nothing: it had no station at that time.
    NoStation,
}

/// What the stations of a village say of a start that was planned for it. What was told is taken
/// out of `reports`.
pub fn of_village(village: &Hearer, cue: &Cue, reports: &mut Reports, now: WallTime) -> Vec<Heard> {
    let past = cue.latest < now;
    let coming = || {
        let hindered = cue.obstacle.map(Fate::Hindered);
        Heard::Said(hindered.unwrap_or(Fate::ToCome))
    };
    let mut heard = Vec::with_capacity(village.stations.len().max(1));
    for station in &village.stations {
        let own = reports.get_mut(&station.id);
        let told = own.and_then(|own| own.remove(&cue.id));
        let was_there = station.enrolled_at.is_some_and(|at| at <= cue.latest);
        heard.push(match told {
            Some(told) => Heard::Said(Line::of(told, String::new(), cue.latest, now).fate),
            None if !past => coming(),
            None if was_there => Heard::Said(Fate::Unreported),
            None => Heard::NoStation,
        });
    }
    if heard.is_empty() {
        heard.push(if past { Heard::NoStation } else { coming() });
    }
    // Of several stations in one village those that say the same are one.
    heard.dedup();
    heard
}
