//! Whether the station may say something of itself: only where that is in nobody's way.

use std::time::Duration;

use super::AirCore;
use super::past::WaitsFor;
use super::settle::earliest_start;
use crate::clock::Now;
use crate::programme::QuietHours;
use crate::zone::Zone;

/// How far from the next cue it keeps.
pub const AWAY: Duration = Duration::from_secs(60);

impl AirCore {
    /// Whether something that is no cue may sound for `span` from `now` on: the time is known, it
    /// is over before quiet hours begin, nothing has the air, and no cue may begin until [`AWAY`]
    /// after it. A cue that the village head is asked about is in nobody's way: whoever lets it air
    /// ends what is said.
    pub fn lets_speak(
        &self,
        now: Now,
        span: Duration,
        (quiet_hours, zone): (&QuietHours, &Zone),
    ) -> bool {
        let Some(wall) = now.wall.filter(|_| !self.shut_down) else {
            return false;
        };
        let end = wall + span;
        let quiet = quiet_hours.next_from(wall, zone);
        let has_air = self.on_air.is_some() || self.emergency_with_air().is_some();
        if has_air || quiet.is_some_and(|quiet| quiet < end) {
            return false;
        }
        let open = self.agenda.values();
        let mut open = open.filter(|slot| self.is_open(&slot.cue.id));
        open.all(|slot| {
            let start = earliest_start(slot, wall);
            let asked = self.waits_for(slot, start) == WaitsFor::Answer;
            asked || slot.cue.planned > end + AWAY
        })
    }
}
