//! The cues of the plans in force.

use std::collections::BTreeMap;

use super::{AirCore, Command};
use crate::as_run::{CueId, CutCause, MissedCause, Outcome, Record, Suppressor};
use crate::day_plan::{Cue, DayPlan, NotUnderstood};
use crate::programme::QuietHours;
use crate::signed::Verified;
use crate::units::{BootTime, WallTime};
use crate::zone::Zone;

/// The cues of the plans in force, by name.
pub type Agenda = BTreeMap<CueId, Slot>;

/// A cue with what its plan says about it.
#[derive(Debug, Clone)]
pub struct Slot {
    /// The cue.
    pub cue: Cue,
    /// Its place among all cues of the plans.
    pub place: usize,
    /// The quiet hours of its plan.
    pub quiet_hours: QuietHours,
    /// The zone of its plan.
    pub zone: Zone,
    /// Since when the station has known of it.
    pub known_since: BootTime,
    /// Where it comes from.
    pub origin: Origin,
    /// When it must be over on the boot-time clock, if somebody at the PC ordered it in this boot.
    pub over_by: Option<BootTime>,
}

/// Where a cue comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The plan of a day.
    Plan,
    /// Somebody at the PC wants to hear a start of a plan once more.
    Again,
    /// An emergency.
    Emergency,
}

impl Slot {
    /// Whether it is a hearing of an emergency.
    pub fn is_emergency(&self) -> bool {
        self.origin == Origin::Emergency
    }

    /// What stays of it when the plans of the days are replaced by those of `agenda`: an emergency
    /// comes by another way, and what is heard once more stays while the programme holds what it
    /// says, by the guards that the programme has then.
    fn after(&self, agenda: &Agenda) -> Option<Self> {
        match self.origin {
            Origin::Plan => None,
            Origin::Emergency => Some(self.clone()),
            Origin::Again => {
                let first = agenda.get(&self.cue.id.first())?;
                let mut bulletins = self.cue.bulletins.iter();
                let held = bulletins.all(|bulletin| first.cue.bulletins.contains(bulletin));
                held.then(|| Self {
                    cue: Cue {
                        valid_until: first.cue.valid_until,
                        ..self.cue.clone()
                    },
                    quiet_hours: first.quiet_hours,
                    zone: first.zone.clone(),
                    ..self.clone()
                })
            }
        }
    }
}

impl AirCore {
    /// Puts `plans` in force. What the old ones left overdue is settled first, by its own cause.
    pub(super) fn replace_plans(&mut self, plans: Vec<Verified<DayPlan>>) {
        self.advance();
        let old = std::mem::take(&mut self.agenda);
        let mut place = 0;
        for plan in plans {
            let plan = plan.into_inner();
            self.report(plan.not_understood);
            for cue in plan.cues {
                let slot = Slot {
                    place,
                    quiet_hours: plan.quiet_hours,
                    zone: plan.zone.clone(),
                    known_since: old
                        .get(&cue.id)
                        .map_or(self.now.boot, |slot| slot.known_since),
                    origin: Origin::Plan,
                    over_by: None,
                    cue,
                };
                self.agenda.insert(slot.cue.id.clone(), slot);
                place += 1;
            }
        }
        for (id, slot) in &old {
            if let Some(slot) = slot.after(&self.agenda) {
                self.agenda.insert(id.clone(), slot);
            }
        }
        self.withdraw_from_air();
        self.withdraw_waiting(&old);
        self.give_up_interrupted();
    }

    fn report(&mut self, items: Vec<NotUnderstood>) {
        for item in items {
            if self.reported.insert(item.clone()) {
                let NotUnderstood { broadcast, why } = item;
                let record = Record::NotUnderstood { broadcast, why };
                self.commands.push_back(Command::Record(record));
            }
        }
    }

    /// What is on air goes on by the rules of the new plans, or not at all when one of its
    /// bulletins was taken out of them.
    fn withdraw_from_air(&mut self) {
        let Some(on_air) = &mut self.on_air else {
            return;
        };
        let held = self.agenda.get(&on_air.cue.id).filter(|slot| {
            let mut bulletins = on_air.cue.bulletins.iter();
            bulletins.all(|bulletin| slot.cue.bulletins.contains(bulletin))
        });
        match held {
            Some(slot) => on_air.go_on_by(slot),
            None => self.cut_on_air(CutCause::Withdrawn),
        }
    }

    /// A cue that waits and is gone was withdrawn. One that was still to come is no cue any more.
    fn withdraw_waiting(&mut self, old: &Agenda) {
        for (id, slot) in old {
            let due = self.now.wall.is_some_and(|wall| slot.cue.planned <= wall);
            let open = !self
                .histories
                .get(id)
                .is_some_and(|history| history.settled);
            if due && open && !self.agenda.contains_key(id) {
                let history = self.histories.entry(id.clone()).or_default();
                history
                    .begun
                    .get_or_insert((slot.cue.broadcast.clone(), slot.cue.planned));
                let by = Suppressor::Withdrawn;
                let outcome = history.outcome(Outcome::Suppressed { by });
                self.record_outcome(id, outcome);
            }
        }
    }

    /// Settles what `plans` held and no plan holds any more, as far as it was due before those in
    /// force were issued, `at`. None of it airs; why the station could not air it in time is known.
    pub(super) fn settle_replaced(&mut self, plans: Vec<Verified<DayPlan>>, at: WallTime) {
        let Some(wall) = self.now.wall else {
            return;
        };
        for plan in plans {
            let plan = plan.into_inner();
            for cue in plan.cues {
                let slot = Slot {
                    place: 0,
                    quiet_hours: plan.quiet_hours,
                    zone: plan.zone.clone(),
                    known_since: BootTime::ZERO,
                    origin: Origin::Plan,
                    over_by: None,
                    cue,
                };
                let due = slot.cue.planned <= at.min(wall);
                if due && !self.agenda.contains_key(&slot.cue.id) {
                    self.settle_as_missed(slot, wall);
                }
            }
        }
    }

    /// Settles a cue that is in no plan by what the station lacked when it was due, if anything.
    fn settle_as_missed(&mut self, slot: Slot, wall: WallTime) {
        let Some(why) = self.away_at(slot.cue.planned, &slot, wall) else {
            return;
        };
        let Cue {
            id,
            broadcast,
            planned,
            ..
        } = slot.cue;
        let history = self.histories.entry(id.clone()).or_default();
        history.begun.get_or_insert((broadcast, planned));
        let outcome = history.outcome(Outcome::Missed { why });
        self.record_outcome(&id, outcome);
    }

    /// Settles each cut attempt that no plan or no rule lets begin again; hearings of emergencies
    /// wait for the word about those.
    fn give_up_interrupted(&mut self) {
        for (id, outcome) in self.interrupted() {
            if id.hearing().is_none() {
                self.record_outcome(&id, outcome);
            }
        }
    }

    /// The cut attempts that no plan or no rule lets begin again, and what becomes of them.
    pub(super) fn interrupted(&self) -> Vec<(CueId, Outcome)> {
        let interrupted = self
            .histories
            .iter()
            .filter(|(_, history)| history.is_interrupted());
        let over = interrupted.filter(|(id, history)| {
            let slot = self.agenda.get(*id);
            !slot.is_some_and(|slot| history.may_begin_again(&slot.cue))
        });
        let why = MissedCause::PowerOff;
        over.map(|(id, history)| (id.clone(), history.outcome(Outcome::Missed { why })))
            .collect()
    }
}
