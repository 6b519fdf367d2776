//! Who is next: one cue at a time, the most urgent first. Only an emergency interrupts.

use std::cmp::Reverse;

use super::agenda::Slot;
use super::on_air::OnAir;
use super::past::WaitsFor;
use super::settle::earliest_start;
use super::{AirCore, Command, Outlook};
use crate::as_run::{AttemptId, CueId, CutCause, Record};
use crate::clock::Now;
use crate::day_plan::Cue;
use crate::units::{BootTime, WallTime};

impl AirCore {
    /// Begins the first of the queue when the air is free: on record first, then on the output.
    pub(super) fn start_next(&mut self) {
        let Some(wall) = self.moment() else {
            return;
        };
        let Some(slot) = self.first_in_queue(wall).map(|slot| self.as_ready(slot)) else {
            return;
        };
        let starts = earliest_start(&slot, wall);
        let Some(start) = self.moment_now().boot_at(starts) else {
            return;
        };
        if let Some(on_air) = &self.on_air {
            let interrupts = slot.is_emergency() && slot.cue.rank() > on_air.cue.rank();
            if !interrupts {
                return;
            }
            self.cut_on_air(CutCause::Emergency);
            // What was cut may be past its last moment, and no deadline is left to say so.
            self.settle_waiting();
        }
        let in_quiet_hours = self.breaks_quiet_hours(&slot, starts);
        let history = self.histories.entry(slot.cue.id.clone()).or_default();
        history.attempts = history.attempts.saturating_add(1);
        let attempt = AttemptId {
            cue: slot.cue.id.clone(),
            number: history.attempts,
        };
        let duration = slot.cue.duration();
        history.open = Some((attempt.clone(), duration));
        history.begun = Some((slot.cue.broadcast.clone(), slot.cue.planned));
        self.commands.push_back(Command::Record(Record::Started {
            attempt: attempt.clone(),
            broadcast: slot.cue.broadcast.clone(),
            planned: slot.cue.planned,
            starts,
            content: slot.cue.content(),
            duration,
            order: slot.cue.order.clone(),
            in_quiet_hours,
        }));
        self.commands.push_back(Command::Air {
            attempt: attempt.clone(),
            cue: Box::new(slot.cue.clone()),
            start,
        });
        self.on_air = Some(OnAir::new(attempt, &slot, start));
        self.guard_on_air();
    }

    fn first_in_queue(&self, wall: WallTime) -> Option<&Slot> {
        let due = self.due_at(wall);
        let slots = due.iter().filter_map(|id| self.agenda.get(id));
        let only = self.air_is_for(wall);
        let may_start = slots.filter(|slot| {
            let allowed = only.is_none_or(|rank| rank <= slot.cue.rank());
            let start = earliest_start(slot, wall);
            allowed
                && !self.is_resting(&slot.cue.id)
                && self.waits_for(slot, start) == WaitsFor::Turn
        });
        may_start.min_by_key(|slot| (Reverse(slot.cue.rank()), slot.cue.planned, slot.place))
    }

    /// Whether the output that failed it is still left alone.
    fn is_resting(&self, id: &CueId) -> bool {
        let not_before = self
            .histories
            .get(id)
            .and_then(|history| history.not_before);
        not_before.is_some_and(|not_before| self.now.boot < not_before)
    }

    fn next_at(&self) -> Option<BootTime> {
        let now = self.moment_now();
        let wall = now.wall?;
        let ahead = self.agenda.values().filter(|slot| {
            let due = slot.cue.planned < wall;
            !due && self.may_be_judged(slot) && self.is_open(&slot.cue.id)
        });
        let free = ahead.filter(|slot| {
            let start = earliest_start(slot, wall);
            let forbidden = slot.cue.forbidden_at(start, &slot.quiet_hours, &slot.zone);
            forbidden.is_none() && self.waits_for(slot, start) != WaitsFor::Answer
        });
        now.boot_at(free.map(|slot| slot.cue.planned).min()?)
    }

    pub(super) fn look(&self, now: Now) -> Outlook {
        let on_air = self.on_air.as_ref();
        let mut outlook = Outlook {
            on_air: on_air.map(|on| (on.attempt.clone(), on.cue.clone(), on.position)),
            next: Vec::new(),
            asked: Vec::new(),
            held: now.wall.is_none(),
            emergency: self.emergency_with_air().cloned(),
            stop_asked: self.stop_asked_until().is_some(),
            again: now
                .wall
                .and_then(|wall| Some(self.again_cue(wall)?.cue.clone())),
            next_at: self.next_at(),
        };
        let Some(wall) = now.wall else {
            return outlook;
        };
        let mut open: Vec<&Slot> = self
            .agenda
            .values()
            .filter(|slot| self.is_open(&slot.cue.id))
            .collect();
        open.sort_by_key(|slot| (slot.cue.planned, slot.place));
        for slot in open {
            let start = earliest_start(slot, wall);
            let cue: Cue = slot.cue.clone();
            let forbidden = cue.forbidden_at(start, &slot.quiet_hours, &slot.zone);
            if forbidden.is_some() || self.is_heard_by_another(slot) {
                continue;
            }
            match self.waits_for(slot, start) {
                WaitsFor::Answer => outlook.asked.push(cue),
                WaitsFor::Turn | WaitsFor::Recording => outlook.next.push(cue),
            }
        }
        outlook
    }
}
