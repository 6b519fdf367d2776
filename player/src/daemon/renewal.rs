//! Makes way for another release that was installed, where nobody hears a difference.

use std::time::Duration;

use programme::day_plan::Cue;
use tracing::info;

use super::{Daemon, Ended};
use crate::renewal::Renewal;

/// Nothing is to begin for so long: a new program is there within seconds, but a slow disk may take
/// minutes.
const QUIET: Duration = Duration::from_secs(10 * 60);

impl Daemon {
    /// That the loop ends now, if another release is there that starts, and this is a quiet moment.
    pub(super) fn make_way(&mut self, renewal: &mut Renewal) -> Option<Ended> {
        let is_due = renewal.is_due(self.clock.boot());
        self.faults.upgrade = renewal.trouble().cloned();
        let ends = is_due && self.is_quiet();
        if ends {
            info!("another release was installed, and begins in this quiet moment");
        }
        ends.then_some(Ended::Replaced)
    }

    /// Whether nothing sounds, nothing begins soon or is due and only waits for its recording, and
    /// nobody is about to order something or waits for a stick.
    fn is_quiet(&self) -> bool {
        let (boot, wall) = (self.clock.boot(), self.now().wall);
        let outlook = self.core.outlook(self.now());
        let sounds = !self.on_output.is_empty() || self.speech.since().is_some();
        let has_air = outlook.on_air.is_some() || outlook.emergency.is_some();
        let near = outlook
            .next_at
            .is_some_and(|at| at < boot.saturating_add(QUIET));
        let is_due = |cue: &Cue| wall.is_some_and(|wall| cue.planned <= wall + QUIET);
        let due = outlook.next.iter().any(is_due);
        let mut heard = self.emergencies.heard(wall);
        let coming = heard.any(|hash| !self.ready.contains(&hash));
        let ordering = self.here.asked_at;
        let ordering = ordering.is_some_and(|at| boot.since(at) < QUIET);
        !(sounds || has_air || near || due || coming || ordering || self.sticks.is_busy())
    }
}
