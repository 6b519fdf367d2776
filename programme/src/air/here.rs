//! Orders placed at the PC go by the boot-time clock, also while nobody knows what time it is.
//!
//! Only they do. What is planned, and what the panel ordered, waits until somebody has vouched for
//! the time: a PC with a flat battery would otherwise sound at a wrong hour. A person who orders
//! here says that *this* is the moment, and the boot-time clock says when it is over.

use super::AirCore;
use super::agenda::Slot;
use crate::clock::Now;
use crate::emergency::EmergencyPlan;
use crate::units::WallTime;

impl AirCore {
    /// The moment by which cues are judged: station time, or, while that is unknown, what the PC's
    /// own clock showed when somebody last ordered here, and what has passed since.
    pub(super) fn moment(&self) -> Option<WallTime> {
        self.now.wall.or_else(|| {
            let ordered = self.emergencies.plans().filter(|plan| plan.here.is_some());
            let last = ordered.max_by_key(|plan| plan.here)?;
            Some(last.issued_at + self.now.boot.since(last.here?))
        })
    }

    /// Both axes of that moment.
    pub(super) fn moment_now(&self) -> Now {
        Now {
            wall: self.moment(),
            ..self.now
        }
    }

    /// Whether the cue may be judged by that moment.
    pub(super) fn may_be_judged(&self, slot: &Slot) -> bool {
        self.now.wall.is_some() || slot.over_by.is_some()
    }

    /// The plan as it is at `wall`, if it may still be heard then.
    pub(super) fn in_force(&self, plan: &EmergencyPlan, wall: WallTime) -> Option<EmergencyPlan> {
        let may_be_judged = self.now.wall.is_some() || plan.here.is_some();
        let seen = plan.seen_at(wall, self.now.boot);
        (may_be_judged && seen.is_in_force(wall)).then_some(seen)
    }
}
