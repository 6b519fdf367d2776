//! Outcomes of cues that wait: what can no longer air is settled at once, with its honest cause.

use super::past::WaitsFor;
use super::{AirCore, LEAD, PREPARE};
use crate::as_run::{CueId, MissedCause, Outcome, Suppressor};
use crate::day_plan::Obstacle;
use crate::programme::MissedRule;
use crate::units::{BootTime, WallTime};

use super::agenda::{Origin, Slot};

impl AirCore {
    /// Settles each due cue that may not start any more, and notes what the others wait for.
    /// While wall time is unknown nothing is due but what somebody at the PC ordered.
    pub(super) fn settle_waiting(&mut self) {
        let Some(wall) = self.moment() else {
            return;
        };
        for id in self.due_at(wall) {
            let Some(slot) = self.agenda.get(&id) else {
                continue;
            };
            let start = earliest_start(slot, wall);
            let forbidden = slot.cue.forbidden_at(start, &slot.quiet_hours, &slot.zone);
            let otherwise = match forbidden {
                Some(obstacle) => Some(self.because_of(obstacle, slot, wall)),
                None if self.is_superseded(slot, wall) || self.is_caught_up(slot, wall) => {
                    Some(self.because_of_newer(slot, wall))
                }
                None => None,
            };
            let waits_for = self.waits_for(slot, start);
            let history = self.histories.entry(id.clone()).or_default();
            match otherwise {
                Some(otherwise) => {
                    let outcome = history.outcome(otherwise);
                    self.record_outcome(&id, outcome);
                }
                None => history.waits_for = Some(waits_for),
            }
        }
    }

    /// The open cues, apart from the one on air, whose start is to be prepared by `wall`.
    pub(super) fn due_at(&self, wall: WallTime) -> Vec<CueId> {
        let due = |slot: &&Slot| {
            let near = slot.cue.planned <= wall + PREPARE;
            near && self.may_be_judged(slot) && self.is_open(&slot.cue.id)
        };
        self.agenda
            .values()
            .filter(due)
            .map(|slot| slot.cue.id.clone())
            .collect()
    }

    /// Whether the cue waits for its outcome and is not on air.
    pub(super) fn is_open(&self, id: &CueId) -> bool {
        let on_air = self
            .on_air
            .as_ref()
            .is_some_and(|on_air| on_air.cue.id == *id);
        !self.is_settled(id) && !on_air
    }

    fn is_settled(&self, id: &CueId) -> bool {
        let history = self.histories.get(id);
        history.is_some_and(|history| history.settled)
    }

    /// Whether the village head has to be asked before it starts at `start`.
    pub(super) fn is_asked(&self, slot: &Slot, start: WallTime) -> bool {
        let history = self.histories.get(&slot.cue.id);
        let allowed = history.is_some_and(|history| history.allowed.is_some());
        let interrupted = history.is_some_and(|history| history.heard.is_some());
        let late = start > slot.cue.on_time_until;
        slot.cue.missed == MissedRule::AskHead && (late || interrupted) && !allowed
    }

    pub(super) fn waits_for(&self, slot: &Slot, start: WallTime) -> WaitsFor {
        if !self.is_ready(slot) {
            WaitsFor::Recording
        } else if self.is_asked(slot, start) {
            WaitsFor::Answer
        } else {
            WaitsFor::Turn
        }
    }

    fn is_ready(&self, slot: &Slot) -> bool {
        let content = slot.cue.content();
        let ready = content.iter().all(|hash| self.ready.contains(hash));
        ready || (slot.is_emergency() && self.is_ready_enough(slot))
    }

    /// Of several due starts of a broadcast only the newest may air.
    fn is_superseded(&self, slot: &Slot, wall: WallTime) -> bool {
        let mut newer = self.newer(slot);
        newer.any(|other| other.cue.planned <= wall + PREPARE)
    }

    /// Whether what is late says only what a newer start of another broadcast, due as well, is
    /// about to say: after an outage the newest of a bulletin is heard. On time, who ordered both
    /// has both.
    fn is_caught_up(&self, slot: &Slot, wall: WallTime) -> bool {
        let start = earliest_start(slot, wall);
        let mut later = self.later(slot).filter(|other| {
            let says = |bulletin| other.cue.bulletins.contains(bulletin);
            other.cue.planned <= wall + PREPARE && slot.cue.bulletins.iter().all(says)
        });
        start > slot.cue.on_time_until && later.any(|other| self.will_air(other, wall))
    }

    /// Whether nothing but its turn keeps a due cue from being heard.
    fn will_air(&self, slot: &Slot, wall: WallTime) -> bool {
        let start = earliest_start(slot, wall);
        let forbidden = slot.cue.forbidden_at(start, &slot.quiet_hours, &slot.zone);
        let may = !self.is_settled(&slot.cue.id) && forbidden.is_none();
        may && self.waits_for(slot, start) == WaitsFor::Turn
    }

    /// Whether another start of its broadcast at the same instant is the one that is heard.
    pub(super) fn is_heard_by_another(&self, slot: &Slot) -> bool {
        let mut newer = self.newer(slot);
        newer.any(|other| other.cue.planned == slot.cue.planned)
    }

    /// The planned starts of the same broadcast that are newer.
    fn newer<'s>(&'s self, slot: &'s Slot) -> impl Iterator<Item = &'s Slot> {
        self.later(slot)
            .filter(|other| other.cue.broadcast == slot.cue.broadcast)
    }

    /// The planned starts behind a planned one: planned later, or behind it in the plan of the same
    /// instant.
    fn later<'s>(&'s self, slot: &'s Slot) -> impl Iterator<Item = &'s Slot> {
        self.agenda.values().filter(move |other| {
            let later = (other.cue.planned, other.place) > (slot.cue.planned, slot.place);
            later && other.origin == Origin::Plan && slot.origin == Origin::Plan
        })
    }

    fn because_of(&self, obstacle: Obstacle, slot: &Slot, wall: WallTime) -> Outcome {
        let waited = self
            .histories
            .get(&slot.cue.id)
            .and_then(|history| history.waits_for);
        let missed = |why| Outcome::Missed { why };
        let away = match obstacle {
            Obstacle::TooLate => self.away_at(slot.cue.latest, slot, wall),
            // Until then it was allowed: the cause is what kept it off.
            Obstacle::Expired => last_valid(slot).and_then(|at| self.away_at(at, slot, wall)),
            Obstacle::QuietHours | Obstacle::Newer => None,
        };
        match (obstacle, waited) {
            _ if away.is_some() => missed(away.unwrap_or(MissedCause::PowerOff)),
            (_, Some(WaitsFor::Recording)) => missed(MissedCause::NotReady),
            (_, Some(WaitsFor::Answer)) => missed(MissedCause::NotAnswered),
            (Obstacle::TooLate, Some(WaitsFor::Turn) | None) => missed(MissedCause::Overrun),
            (Obstacle::Expired, Some(WaitsFor::Turn) | None) => Outcome::Suppressed {
                by: Suppressor::Expired,
            },
            (Obstacle::QuietHours, Some(WaitsFor::Turn) | None) => Outcome::Suppressed {
                by: Suppressor::QuietHours,
            },
            (Obstacle::Newer, Some(WaitsFor::Turn) | None) => Outcome::Suppressed {
                by: Suppressor::Newer,
            },
        }
    }

    fn because_of_newer(&self, slot: &Slot, wall: WallTime) -> Outcome {
        let waited = self
            .histories
            .get(&slot.cue.id)
            .and_then(|history| history.waits_for);
        let unready = (waited == Some(WaitsFor::Recording)).then_some(MissedCause::NotReady);
        match self.away_at(slot.cue.planned, slot, wall).or(unready) {
            Some(why) => Outcome::Missed { why },
            None => Outcome::Suppressed {
                by: Suppressor::Newer,
            },
        }
    }

    /// What the station lacked at `moment` for the cue, of what it cannot do without.
    pub(super) fn away_at(
        &self,
        moment: WallTime,
        slot: &Slot,
        wall: WallTime,
    ) -> Option<MissedCause> {
        let after = |boot: BootTime| wall - self.now.boot.since(boot) > moment;
        if after(self.awake_since) {
            let unwritable = self.unwritable_since.is_some_and(|since| !after(since));
            Some(if unwritable {
                MissedCause::DiskUnwritable
            } else {
                MissedCause::PowerOff
            })
        } else if after(self.right_since) && slot.over_by.is_none() {
            Some(MissedCause::ClockUnknown)
        } else if after(slot.known_since) {
            Some(MissedCause::LateProgramme)
        } else {
            None
        }
    }
}

/// The last start at which a cue would have ended within its validity, if it had any such.
fn last_valid(slot: &Slot) -> Option<WallTime> {
    let last = slot.cue.valid_until? - slot.cue.duration();
    (last >= slot.cue.planned).then(|| last.min(slot.cue.latest))
}

/// The earliest start of a due cue that is decided at `wall`.
pub fn earliest_start(slot: &Slot, wall: WallTime) -> WallTime {
    slot.cue.planned.max(wall + LEAD)
}
