//! When the core must look again, and why.

use std::time::Duration;

use super::agenda::Slot;
use super::{AirCore, LEAD, PREPARE, Reason};
use crate::programme::MissedRule;
use crate::units::{BootTime, WallTime};

/// The first moment after one that is still good.
const NEXT: Duration = Duration::from_micros(1);

impl AirCore {
    pub(super) fn next_deadline(&self) -> Option<(BootTime, Reason)> {
        if self.shut_down {
            return None;
        }
        let on_air = self.on_air.as_ref().map(|on_air| on_air.silent_by);
        let confirm = self.stop_asked_until().map(|at| (at, Reason::Confirm));
        let waiting = self
            .moment()
            .into_iter()
            .flat_map(|wall| self.waiting_deadlines(wall));
        let ahead = |(at, _): &(BootTime, Reason)| *at > self.now.boot;
        on_air
            .into_iter()
            .chain(confirm)
            .chain(waiting)
            .filter(ahead)
            .min_by_key(|(at, _)| *at)
    }

    fn waiting_deadlines(&self, wall: WallTime) -> Vec<(BootTime, Reason)> {
        let (mut deadlines, now) = (Vec::new(), self.moment_now());
        for slot in self
            .agenda
            .values()
            .filter(|slot| self.may_be_judged(slot) && self.is_open(&slot.cue.id))
        {
            let turns = turning_points(slot, wall).into_iter();
            let turns = turns.filter(|(at, _)| *at > wall);
            deadlines.extend(turns.filter_map(|(at, why)| Some((now.boot_at(at)?, why))));
            let history = self.histories.get(&slot.cue.id);
            let rested = history.and_then(|history| history.not_before);
            deadlines.extend(rested.map(|at| (at, Reason::Prepare)));
            let patient = self.waits_for_languages_until(slot);
            deadlines.extend(patient.map(|at| (at, Reason::Prepare)));
        }
        deadlines
    }
}

/// The instants at which what can be done with an open cue changes by time alone.
fn turning_points(slot: &Slot, wall: WallTime) -> Vec<(WallTime, Reason)> {
    let cue = &slot.cue;
    let prepare = cue.planned - PREPARE;
    if prepare > wall {
        return vec![(prepare, Reason::Prepare)];
    }
    let after_last_start = |start: WallTime| start - LEAD + NEXT;
    let to_end_at = |end: WallTime| after_last_start(end - cue.duration());
    let mut points = vec![(after_last_start(cue.latest), Reason::TooLate)];
    if cue.missed == MissedRule::AskHead {
        points.push((after_last_start(cue.on_time_until), Reason::Ask));
    }
    points.extend(
        cue.valid_until
            .map(|until| (to_end_at(until), Reason::Expiry)),
    );
    let quiet = slot.quiet_hours.next_from(wall, &slot.zone);
    points.extend(quiet.map(|quiet| (to_end_at(quiet), Reason::QuietHours)));
    points
}
