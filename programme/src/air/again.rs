//! Once more: somebody at the PC lets people hear again what was heard last.

use super::AirCore;
use super::agenda::{Origin, Slot};
use super::settle::earliest_start;
use crate::as_run::CueId;
use crate::day_plan::{Cue, GRACE};
use crate::programme::MissedRule;
use crate::units::WallTime;

impl AirCore {
    /// What would be heard again: the last start of a plan in force that was heard, while nothing
    /// forbids it. What was taken out of the programme is not heard again.
    pub(super) fn again_cue(&self, wall: WallTime) -> Option<&Slot> {
        let slot = self.agenda.get(self.last_heard.as_ref()?)?;
        let start = wall + super::LEAD;
        let mut once_more = slot.cue.clone();
        once_more.latest = start;
        let forbidden = once_more.forbidden_at(start, &slot.quiet_hours, &slot.zone);
        let open = self.agenda.values().any(|other| {
            let further = other.origin == Origin::Again && other.cue.id.first() == slot.cue.id;
            further && (self.is_open(&other.cue.id) || self.sounds(&other.cue.id))
        });
        (forbidden.is_none() && !open && !self.sounds(&slot.cue.id)).then_some(slot)
    }

    /// Lets it wait for the air under a name of its own.
    pub(super) fn again(&mut self) {
        let Some(wall) = self.now.wall else {
            return;
        };
        let Some(slot) = self.again_cue(wall).cloned() else {
            return;
        };
        let numbers = (1..u32::MAX).map(|number| slot.cue.id.again(number));
        let mut free = numbers.filter(|id| !self.histories.contains_key(id));
        let Some(id) = free.next() else {
            return;
        };
        let cue = Cue {
            id: id.clone(),
            planned: wall,
            expected: earliest_start(&slot, wall),
            on_time_until: wall + GRACE,
            latest: wall + GRACE,
            missed: MissedRule::OnlyThen,
            ..slot.cue
        };
        let known_since = self.now.boot;
        let origin = Origin::Again;
        self.agenda.insert(
            id,
            Slot {
                cue,
                known_since,
                origin,
                ..slot
            },
        );
    }

    fn sounds(&self, id: &CueId) -> bool {
        let on_air = self.on_air.as_ref();
        on_air.is_some_and(|on_air| on_air.cue.id == *id)
    }
}
