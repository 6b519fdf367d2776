//! Emergencies: they take the air from what is planned, and keep it until they are over.
//!
//! Each hearing is a cue with its own name and its own outcome, and stands in the agenda only when
//! the one before it has ended. So after a power cut the record itself says which are left.

use std::collections::{BTreeMap, BTreeSet};

use super::agenda::{Origin, Slot};
use super::past::WaitsFor;
use super::settle::earliest_start;
use super::{AirCore, CONFIRM, Command, DOUBLE_CLICK, LEAD, PATIENCE, STEP};
use crate::as_run::{CueId, CutCause, MissedCause, Outcome, Record, Suppressor};
use crate::day_plan::{Cue, Rank, Segment};
use crate::emergency::{EmergencyPlan, drill_mark};
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
    /// The first hearing of each that may have no outcome; those before it have theirs.
    next: BTreeMap<BroadcastId, u32>,
    /// When the last hearing of each ended.
    ended: BTreeMap<BroadcastId, BootTime>,
    /// When STOP was pressed for the first time.
    stop_asked: Option<BootTime>,
    /// What was ordered at the PC before this run and may never be heard, and when.
    ordered_before: BTreeMap<BroadcastId, WallTime>,
}

impl Emergencies {
    /// Those that the station holds.
    pub fn plans(&self) -> impl Iterator<Item = &EmergencyPlan> {
        self.plans.values()
    }
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
        if let Some(on_air) = &mut self.on_air
            && let Some(plan) = self.emergencies.plans.get(&on_air.cue.broadcast)
        {
            on_air.over_by = plan.over_by();
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
                let moment = self.now.wall.unwrap_or(plan.issued_at);
                let plan = plan.seen_at(moment, self.now.boot);
                slot.over_by = plan.over_by();
                slot.cue = plan.cue(number, slot.cue.planned);
            }
        }
    }

    /// Lets the next hearing of each emergency that is in force wait for the air, and says whether
    /// there is another than before.
    pub(super) fn plan_hearings(&mut self) -> bool {
        let Some(wall) = self.moment().filter(|_| self.emergencies.told) else {
            return false;
        };
        let mut planned = false;
        let plans = self.emergencies.plans.values();
        let going_on = plans.filter(|plan| !self.emergencies.stopped.contains(&plan.id));
        let lasting = going_on.filter_map(|plan| self.in_force(plan, wall));
        let lasting: Vec<EmergencyPlan> = lasting.collect();
        for plan in lasting {
            if let Some(number) = self.next_hearing(&plan) {
                planned |= self.plan_hearing(&plan, number, wall);
            }
        }
        self.give_up_hearings();
        self.give_up_orders();
        planned
    }

    fn plan_hearing(&mut self, plan: &EmergencyPlan, number: u32, wall: WallTime) -> bool {
        let id = CueId::emergency(&plan.id, number);
        let due = self.due_from(plan, wall);
        if let Some(slot) = self.agenda.get_mut(&id) {
            // The gap stands on the boot-time clock: a step of wall time does not lengthen it.
            if slot.cue.planned > wall + plan.gap {
                slot.cue.planned = due;
            }
            // What the PC's own clock showed is not what station time turned out to be.
            let latest = slot.cue.latest;
            let moved = latest
                .since(plan.expires_at)
                .max(plan.expires_at.since(latest));
            if slot.over_by.is_some() && moved > STEP {
                slot.cue = plan.cue(number, due);
            }
            return false;
        }
        let mut cue = plan.cue(number, due);
        if due.max(wall + LEAD) + cue.duration() > plan.expires_at {
            // It can only be told now that this one will not be heard; one without a number of
            // hearings has none that could be missed.
            if number > 1 && plan.repeats.is_none() {
                return false;
            }
            cue.planned = due.min(wall);
        }
        self.agenda.retain(|_, slot| {
            let settled = self.histories.get(&slot.cue.id);
            let settled = settled.is_some_and(|history| history.settled);
            !(settled && slot.is_emergency() && slot.cue.broadcast == plan.id)
        });
        let slot = Slot {
            cue,
            place: 0,
            quiet_hours: QuietHours::NONE,
            zone: plan.zone.clone(),
            known_since: self.now.boot,
            origin: Origin::Emergency,
            over_by: plan.over_by(),
        };
        self.agenda.insert(id, slot);
        true
    }

    /// Settles each hearing that was cut and that no emergency in force lets begin again.
    fn give_up_hearings(&mut self) {
        for (id, outcome) in self.interrupted() {
            let Some((emergency, _)) = id.hearing() else {
                continue;
            };
            let plan = self.emergencies.plans.get(&emergency);
            // One that waits until the time is known is not given up.
            if self.now.wall.is_some() || plan.is_some_and(|plan| plan.here.is_some()) {
                self.record_outcome(&id, outcome);
            }
        }
    }

    /// Settles what was ordered at the PC before this run, where nothing of it was begun and
    /// nothing of it waits: the power went before its first hearing, or it was over before the time
    /// was known again. One that lies ahead may come back when the clock is set.
    fn give_up_orders(&mut self) {
        let Some(wall) = self.now.wall else {
            return;
        };
        let before = std::mem::take(&mut self.emergencies.ordered_before);
        let (over, ahead) = before
            .into_iter()
            .partition(|(_, planned)| *planned <= wall);
        self.emergencies.ordered_before = ahead;
        let over: BTreeMap<BroadcastId, WallTime> = over;
        for (emergency, planned) in over {
            let first = CueId::emergency(&emergency, 1);
            if self.agenda.contains_key(&first) {
                continue;
            }
            let otherwise = if self.emergencies.stopped.contains(&emergency) {
                let by = Suppressor::Operator;
                Outcome::Suppressed { by }
            } else {
                let why = MissedCause::PowerOff;
                Outcome::Missed { why }
            };
            let history = self.histories.entry(first.clone()).or_default();
            history.begun.get_or_insert((emergency, planned));
            let outcome = history.outcome(otherwise);
            self.record_outcome(&first, outcome);
        }
    }

    /// The first hearing without an outcome, when one is left.
    fn next_hearing(&mut self, plan: &EmergencyPlan) -> Option<u32> {
        let settled = |number: &u32| {
            let id = CueId::emergency(&plan.id, *number);
            let history = self.histories.get(&id);
            history.is_some_and(|history| history.settled)
        };
        let from = self.emergencies.next.get(&plan.id).copied().unwrap_or(1);
        let next = (from..u32::MAX).find(|number| !settled(number))?;
        self.emergencies.next.insert(plan.id.clone(), next);
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
        self.hearings_with_air(wall)
            .map(|slot| slot.cue.rank())
            .max()
    }

    /// The emergency that sounds, or waits while the air is kept for it.
    pub(super) fn emergency_with_air(&self) -> Option<&Cue> {
        let on_air = self.on_air.as_ref().map(|on_air| &on_air.cue);
        let waiting = self.moment().into_iter();
        let waiting = waiting.flat_map(|wall| self.hearings_with_air(wall));
        on_air
            .filter(|cue| cue.order.is_some())
            .or_else(|| waiting.map(|slot| &slot.cue).max_by_key(|cue| cue.rank()))
    }

    /// The hearings that wait and need nothing but their moment.
    fn hearings_with_air(&self, wall: WallTime) -> impl Iterator<Item = &Slot> {
        let waiting = self.agenda.values().filter(|slot| slot.is_emergency());
        waiting.filter(move |slot| {
            let start = earliest_start(slot, wall);
            let forbidden = slot.cue.forbidden_at(start, &slot.quiet_hours, &slot.zone);
            forbidden.is_none()
                && self.may_be_judged(slot)
                && self.is_open(&slot.cue.id)
                && self.waits_for(slot, start) == WaitsFor::Turn
        })
    }

    /// Whether enough of a hearing is ready: one language, and no other that will come soon. The
    /// chime is not waited for. A drill that cannot say that it is one does not sound.
    pub(super) fn is_ready_enough(&self, slot: &Slot) -> bool {
        let is_drill = slot.cue.order.as_ref().is_some_and(|order| order.drill);
        if is_drill && !self.ready.contains(&drill_mark().hash) {
            return false;
        }
        let waits = self.waits_for_languages_until(slot).is_some();
        let mut spoken = slot.cue.segments.iter();
        !waits && spoken.any(|segment| is_spoken(segment) && self.holds(segment))
    }

    /// Until when a hearing waits for languages that are not ready.
    pub(super) fn waits_for_languages_until(&self, slot: &Slot) -> Option<BootTime> {
        let mut spoken = slot.cue.segments.iter();
        let lacks = spoken.any(|segment| is_spoken(segment) && !self.holds(segment));
        let until = slot.known_since.saturating_add(PATIENCE);
        (slot.is_emergency() && lacks && until > self.now.boot).then_some(until)
    }

    /// The slot with what is ready of it: an emergency does not wait for its last piece.
    pub(super) fn as_ready(&self, slot: &Slot) -> Slot {
        let mut slot = slot.clone();
        if slot.is_emergency() {
            slot.cue.segments.retain(|segment| self.holds(segment));
            let mut sounded = false;
            slot.cue.segments.retain(|segment| {
                let silence = matches!(segment, Segment::Silence { .. });
                let keep = !silence || sounded;
                sounded = !silence;
                keep
            });
            if !sounded {
                slot.cue.segments.pop();
            }
        }
        slot
    }

    fn holds(&self, segment: &Segment) -> bool {
        match segment {
            Segment::Sound { hash, .. } => self.ready.contains(hash),
            Segment::Silence { .. } => true,
        }
    }

    /// Notes the end of a hearing: the gap to the next one begins.
    pub(super) fn note_hearing(&mut self, id: &CueId) {
        if let Some((emergency, _)) = id.hearing() {
            self.emergencies.ended.insert(emergency, self.now.boot);
        }
    }

    /// Notes that somebody stopped an emergency: none of its hearings is left.
    pub(super) fn note_stopped(&mut self, emergency: BroadcastId) {
        self.emergencies.stopped.insert(emergency);
    }

    /// Notes that somebody ordered one at the PC before this run.
    pub(super) fn note_ordered(&mut self, emergency: BroadcastId, planned: Option<WallTime>) {
        let ordered = planned.map(|planned| (emergency, planned));
        self.emergencies.ordered_before.extend(ordered);
    }

    /// Whether STOP has to be pressed once more to end an emergency: at the first press, when that
    /// was too long ago, and when it was so short ago that nobody has read the question.
    pub(super) fn asks_to_confirm_stop(&mut self) -> bool {
        let asked = self.emergencies.stop_asked;
        let read = asked.is_some_and(|asked| self.now.boot.since(asked) >= DOUBLE_CLICK);
        let confirmed = read && self.stop_asked_until().is_some();
        self.emergencies.stop_asked = (!confirmed).then_some(self.now.boot);
        !confirmed
    }

    /// Until when a second STOP ends an emergency, while one is asked for.
    pub(super) fn stop_asked_until(&self) -> Option<BootTime> {
        let until = self.emergencies.stop_asked?.saturating_add(CONFIRM);
        (until > self.now.boot).then_some(until)
    }

    /// Ends every emergency that holds at this station, on record. While the time is unknown those
    /// are what was ordered at the PC: the panel's wait for the time, and nobody has heard them.
    pub(super) fn stop_emergencies(&mut self) {
        let plans = self.emergencies.plans.values();
        let lasting = plans.filter(|plan| match self.now.wall {
            Some(wall) => self.in_force(plan, wall).is_some(),
            None => plan.here.is_some(),
        });
        let lasting: Vec<BroadcastId> = lasting.map(|plan| plan.id.clone()).collect();
        for broadcast in lasting {
            if self.emergencies.stopped.insert(broadcast.clone()) {
                let record = Record::EmergencyStopped { broadcast };
                self.commands.push_back(Command::Record(record));
            }
        }
        let stopped = &self.emergencies.stopped;
        let waiting = self.agenda.values().filter(|slot| {
            let hearing = slot.cue.id.hearing();
            hearing.is_some_and(|(emergency, _)| stopped.contains(&emergency))
        });
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

fn is_spoken(segment: &Segment) -> bool {
    match segment {
        Segment::Sound { language, .. } => language.is_some(),
        Segment::Silence { .. } => false,
    }
}
