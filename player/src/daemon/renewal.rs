//! Makes way for another release that was installed, where nobody hears a difference.

use std::time::Duration;

use tracing::info;

use super::{Daemon, Ended};
use crate::renewal;

/// Nothing is to begin for so long: a new program is there within seconds, but a slow disk may take
/// minutes.
const QUIET: Duration = Duration::from_secs(10 * 60);

impl Daemon {
    /// That the loop ends now, if another release is there and this is a quiet moment.
    pub(super) fn make_way(&self) -> Option<Ended> {
        let ends = renewal::is_due() && self.is_quiet();
        if ends {
            info!("another release was installed, and begins in this quiet moment");
        }
        ends.then_some(Ended::Replaced)
    }

    /// Whether nothing sounds, nobody waits for a stick, and nothing begins soon.
    fn is_quiet(&self) -> bool {
        let outlook = self.core.outlook(self.now());
        let sounds = !self.on_output.is_empty() || self.speech.since().is_some();
        let has_air = outlook.on_air.is_some() || outlook.emergency.is_some();
        let soon = self.clock.boot().saturating_add(QUIET);
        let near = outlook.next_at.is_some_and(|at| at < soon);
        !(sounds || has_air || near || self.sticks.is_busy())
    }
}
