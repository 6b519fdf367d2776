//! Emergencies: they take the air from what is planned, and keep it until they are over.
//!
//! Each hearing is a cue with its own name and its own outcome, and stands in the agenda only when
//! the one before it has ended. So after a power cut the record itself says which are left.

use std::collections::{BTreeMap, BTreeSet};

use super::agenda::{Origin, Slot};
use super::past::WaitsFor;
use super::settle::earliest_start;
use super::{AirCore, CONFIRM};
use crate::as_run::{CueId, CutCause, Suppressor};
use crate::day_plan::Rank;
use crate::emergency::EmergencyPlan;
use crate::ids::BroadcastId;
use crate::programme::QuietHours;
use crate::signed::Verified;
use crate::units::{BootTime, WallTime};

/// What the station holds of emergencies.
#[derive(Debug, Default)]
pub struct Emergencies {
    /// Whether the station has said what it holds; until then a hearing that a power cut ended
    /// waits for that word.
    told: bool,
    plans: BTreeMap<BroadcastId, EmergencyPlan>,
    /// Those that somebody at the PC stopped, in this run or before it.
    stopped: BTreeSet<BroadcastId>,
    /// When the last hearing of each ended.
    ended: BTreeMap<BroadcastId, BootTime>,
    /// When STOP was pressed for the first time.
    stop_asked: Option<BootTime>,
}

impl AirCore {
    /// Puts `plans` in force, in the place of all earlier ones. One that is gone is over.
    pub(super) fn replace_emergencies(&mut self, plans: Vec<Verified<EmergencyPlan>>) {
        let plans = plans.into_iter().map(Verified::into_inner);
        self.emergencies.plans = plans.map(|plan| (plan.id.clone(), plan)).collect();
        self.emergencies.told = true;
        let on_air = self.on_air.as_ref().map(|on_air| &on_air.cue);
        let is_over = on_air.is_some_and(|cue| cue.order.is_some() && !self.is_held(&cue.id));
        if is_over {
            self.cut_on_air(CutCause::Withdrawn);
        }
        let waiting = self.agenda.values().filter(|slot| slot.is_emergency());
        let waiting: Vec<CueId> = waiting.map(|slot| slot.cue.id.clone()).collect();
        for id in waiting {
            if !self.is_open(&id) {
                continue;
            }
            if !self.is_held(&id) {
                self.suppress(&id, Suppressor::Withdrawn);
            } else if let Some((emergency, number)) = id.hearing()
                && let Some(plan) = self.emergencies.plans.get(&emergency)
                && let Some(slot) = self.agenda.get_mut(&id)
            {
                slot.cue = plan.cue(number, slot.cue.planned);
            }
        }
    }

    /// Lets the next hearing of each emergency that is in force wait for the air.
    pub(super) fn plan_hearings(&mut self) {
        let Some(wall) = self.now.wall.filter(|_| self.emergencies.told) else {
            return;
        };
        let plans: Vec<EmergencyPlan> = self.emergencies.plans.values().cloned().collect();
        for plan in plans {
            let over = !plan.is_in_force(wall) || self.emergencies.stopped.contains(&plan.id);
            let Some(number) = self.next_hearing(&plan).filter(|_| !over) else {
                continue;
            };
            let id = CueId::emergency(&plan.id, number);
            if self.agenda.contains_key(&id) {
                continue;
            }
            self.agenda.retain(|_, slot| {
                let settled = self.histories.get(&slot.cue.id);
                let settled = settled.is_some_and(|history| history.settled);
                !(settled && slot.is_emergency() && slot.cue.broadcast == plan.id)
            });
            let slot = Slot {
                cue: plan.cue(number, self.due_from(&plan, wall)),
                place: 0,
                quiet_hours: QuietHours::NONE,
                zone: plan.zone.clone(),
                known_since: self.now.boot,
                origin: Origin::Emergency,
            };
            self.agenda.insert(id, slot);
        }
        self.give_up_hearings();
    }

    /// Settles each hearing that was cut and that no emergency in force lets begin again.
    fn give_up_hearings(&mut self) {
        for (id, outcome) in self.interrupted() {
            if id.hearing().is_some() {
                self.record_outcome(&id, outcome);
            }
        }
    }

    /// The first hearing without an outcome, when one is left.
    fn next_hearing(&self, plan: &EmergencyPlan) -> Option<u32> {
        let settled = |number: &u32| {
            let id = CueId::emergency(&plan.id, *number);
            let history = self.histories.get(&id);
            history.is_some_and(|history| history.settled)
        };
        let next = (1..u32::MAX).find(|number| !settled(number))?;
        plan.repeats
            .is_none_or(|repeats| next <= repeats)
            .then_some(next)
    }

    /// The first as soon as it is known, whatever the station's clock says; each further one after
    /// its gap, which a restart forgets.
    fn due_from(&self, plan: &EmergencyPlan, wall: WallTime) -> WallTime {
        let ended = self.emergencies.ended.get(&plan.id);
        let gap = ended.map(|ended| {
            let due = ended.saturating_add(plan.gap);
            wall + due.since(self.now.boot)
        });
        gap.unwrap_or(plan.issued_at.min(wall))
    }

    fn is_held(&self, id: &CueId) -> bool {
        let emergency = id.hearing();
        let plan = emergency.and_then(|(id, _)| self.emergencies.plans.get(&id));
        plan.is_some_and(|plan| !plan.cancelled)
    }

    /// What may not be heard at this moment because an emergency has the air: all below this rank.
    pub(super) fn air_is_for(&self, wall: WallTime) -> Option<Rank> {
        let waiting = self.agenda.values().filter(|slot| slot.is_emergency());
        let open = waiting.filter(|slot| {
            let start = earliest_start(slot, wall);
            self.is_open(&slot.cue.id) && self.waits_for(slot, start) == WaitsFor::Turn
        });
        open.map(|slot| slot.cue.rank()).max()
    }

    /// Notes the end of a hearing: the gap to the next one begins.
    pub(super) fn note_hearing(&mut self, id: &CueId) {
        if let Some((emergency, _)) = id.hearing() {
            self.emergencies.ended.insert(emergency, self.now.boot);
        }
    }

    /// Notes that somebody stopped an emergency: none of its hearings is left.
    pub(super) fn note_stopped(&mut self, id: &CueId) {
        let emergency = id.hearing().map(|(emergency, _)| emergency);
        self.emergencies.stopped.extend(emergency);
    }

    /// Whether STOP has to be pressed once more: it would end an emergency, and this is the first
    /// press, or the last one was too long ago.
    pub(super) fn asks_to_confirm_stop(&mut self) -> bool {
        let on_air = self.on_air.as_ref().map(|on_air| &on_air.cue);
        let sounds = on_air.is_some_and(|cue| cue.order.is_some());
        let mut waiting = self.agenda.values();
        let waits = waiting.any(|slot| slot.is_emergency() && self.is_open(&slot.cue.id));
        let confirmed = self.stop_asked_until().is_some();
        self.emergencies.stop_asked = None;
        let ask = (sounds || waits) && !confirmed;
        if ask {
            self.emergencies.stop_asked = Some(self.now.boot);
        }
        ask
    }

    /// Until when a second STOP ends an emergency, while one is asked for.
    pub(super) fn stop_asked_until(&self) -> Option<BootTime> {
        let until = self.emergencies.stop_asked?.saturating_add(CONFIRM);
        (until > self.now.boot).then_some(until)
    }

    /// Ends every emergency at this station.
    pub(super) fn stop_emergencies(&mut self) {
        let held: Vec<BroadcastId> = self.emergencies.plans.keys().cloned().collect();
        self.emergencies.stopped.extend(held);
        let waiting = self.agenda.values().filter(|slot| slot.is_emergency());
        let waiting: Vec<CueId> = waiting.map(|slot| slot.cue.id.clone()).collect();
        for id in waiting {
            if self.is_open(&id) {
                self.suppress(&id, Suppressor::Operator);
            }
        }
    }

    /// Whether a start at `start` breaks quiet hours, as an emergency may.
    pub(super) fn breaks_quiet_hours(&self, slot: &Slot, start: WallTime) -> bool {
        let plan = self.emergencies.plans.get(&slot.cue.broadcast);
        slot.is_emergency() && plan.is_some_and(|plan| plan.quiet_hours.holds_at(start, &plan.zone))
    }
}
