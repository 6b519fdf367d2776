//! STOP from the panel: what it names ends, and does not come back.
//!
//! A stop is looked at whenever anything happens, not only when it comes: a cue that a power cut
//! interrupted is found by it when the plans are there again.

use std::collections::BTreeMap;

use super::AirCore;
use super::agenda::{Origin, Slot};
use super::settle::earliest_start;
use crate::as_run::{AttemptId, CueId, CutCause, Suppressor};
use crate::programme::MissedRule;
use crate::signed::Verified;
use crate::stop::{FromPanel, Stop};
use crate::units::BootTime;

/// What the station was told to stop.
#[derive(Debug, Default)]
pub struct Stops {
    /// Those that the station holds, the oldest first.
    held: Vec<Held>,
    /// The cues that ended by one of them, and who said it.
    obeyed: BTreeMap<CueId, FromPanel>,
}

/// A stop that the station holds.
#[derive(Debug)]
struct Held {
    stop: Stop,
    /// Since when, in this run.
    taken: BootTime,
}

impl Stops {
    /// Who stopped a cue from the panel, if somebody did.
    pub fn of(&self, cue: &CueId) -> Option<FromPanel> {
        self.obeyed.get(cue).cloned()
    }

    /// Notes that a cue ended by a stop from the panel.
    pub fn note(&mut self, cue: &CueId, from_panel: FromPanel) {
        self.obeyed.insert(cue.clone(), from_panel);
    }
}

impl AirCore {
    /// Puts `stops` in force, in the place of all earlier ones.
    pub(super) fn replace_stops(&mut self, stops: Vec<Verified<Stop>>) {
        let before = std::mem::take(&mut self.stops.held);
        let held = stops.into_iter().map(|stop| {
            let stop = stop.into_inner();
            let known = before.iter().find(|held| held.stop.id == stop.id);
            let taken = known.map_or(self.now.boot, |held| held.taken);
            Held { stop, taken }
        });
        self.stops.held = held.collect();
        self.stops.held.sort_by_key(|held| held.stop.issued_at);
    }

    /// Ends what a stop names: what sounds, and what waits.
    pub(super) fn obey_stops(&mut self) {
        if let Some((attempt, from_panel)) = self.stopped_on_air() {
            self.stops.note(&attempt.cue, from_panel);
            self.cut_on_air(CutCause::Operator);
        }
        let waiting = self.agenda.values();
        let stopped = waiting.filter_map(|slot| {
            let stop = self.stop_of_waiting(slot)?;
            Some((slot.cue.id.clone(), stop.from_panel()))
        });
        for (id, from_panel) in stopped.collect::<Vec<_>>() {
            self.stops.note(&id, from_panel);
            self.suppress(&id, Suppressor::Operator);
        }
    }

    /// The attempt on air, where one of the stops names it. It does when the start was planned or
    /// begun by the moment at which it was said, unless the village head let it air since.
    fn stopped_on_air(&self) -> Option<(AttemptId, FromPanel)> {
        let on_air = self.on_air.as_ref()?;
        let history = self.histories.get(&on_air.cue.id);
        let allowed = history.is_some_and(|history| history.allowed.is_some());
        let began = self.now.wall.map(|wall| {
            let (start, now) = (on_air.start, self.now.boot);
            wall + start.since(now) - now.since(start)
        });
        let mut stops = self.stops_against(&on_air.cue.id);
        let stop = stops.find(|stop| {
            let by_plan = !allowed && stop.reaches(on_air.cue.planned);
            let by_start = began.is_some_and(|began| stop.reaches(began));
            stop.names(&on_air.cue) && (by_plan || by_start)
        })?;
        Some((on_air.attempt.clone(), stop.from_panel()))
    }

    /// The stops that may mean a cue: of one that somebody at the PC lets sound, those that were
    /// not here yet. Who does it once the word is here wants it heard in spite of that.
    fn stops_against(&self, id: &CueId) -> impl Iterator<Item = &Stop> {
        let history = self.histories.get(id);
        let allowed = history.and_then(|history| history.allowed);
        let slot = self.agenda.get(id);
        let again = slot.filter(|slot| slot.origin == Origin::Again);
        let wanted = allowed.or(again.map(|slot| slot.known_since));
        let held = self.stops.held.iter();
        let held = held.filter(move |held| wanted.is_none_or(|wanted| wanted <= held.taken));
        held.map(|held| &held.stop)
    }

    /// The stop by which a cue that waits is left out. What waits for the head's answer does not
    /// sound by itself: only a stop that names its broadcast leaves it out.
    fn stop_of_waiting(&self, slot: &Slot) -> Option<&Stop> {
        let cue = &slot.cue;
        let mut stops = self.stops_against(&cue.id);
        let stop = stops.find(|stop| {
            let spared = stop.broadcast.is_none() && self.is_for_the_head(slot);
            stop.names(cue) && stop.reaches(cue.planned) && !spared
        })?;
        (slot.origin != Origin::Emergency && self.is_open(&cue.id)).then_some(stop)
    }

    /// Whether the village head is asked about a cue. What they let air waits like any other: a
    /// stop that was not here by then means it.
    fn is_for_the_head(&self, slot: &Slot) -> bool {
        let asked = self.now.wall.is_some_and(|wall| {
            let start = earliest_start(slot, wall);
            self.is_asked(slot, start)
        });
        slot.cue.missed == MissedRule::AskHead && asked
    }
}
