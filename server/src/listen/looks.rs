//! What the log said of a village, kept for some seconds: when the evening's bulletin is over, its
//! people open the page at the same time, and that costs one look into a month of log. What may be
//! heard of it is asked anew each time, so that what is withdrawn is gone at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use programme::ids::AreaId;
use programme::units::WallTime;

use super::heard::Aired;

/// So long a look is kept; what a station reports meanwhile shows after it.
const FRESH: Duration = Duration::from_secs(10);
/// Looks that are kept at once. One look takes a tenth of a second, and there is one at a time.
const MOST: usize = 100;

/// The last looks.
#[derive(Debug, Default)]
pub struct Looks(Mutex<BTreeMap<AreaId, Look>>);

/// A look, and when it was taken.
#[derive(Debug)]
struct Look {
    at: WallTime,
    aired: Arc<Aired>,
}

impl Looks {
    /// What the log of `area` said some seconds before `now`, if somebody looked.
    pub fn last(&self, area: &AreaId, now: WallTime) -> Option<Arc<Aired>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look = kept.get(area).filter(|look| look.is_fresh(now))?;
        Some(Arc::clone(&look.aired))
    }

    /// Keeps what the log said at `now`.
    pub fn keep(&self, area: AreaId, now: WallTime, aired: Arc<Aired>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, look| look.is_fresh(now));
        if kept.len() < MOST {
            kept.insert(area, Look { at: now, aired });
        }
    }
}

impl Look {
    /// A clock that was set back makes no look last.
    fn is_fresh(&self, now: WallTime) -> bool {
        now >= self.at && now < self.at + FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_lasts_for_some_seconds_and_no_more_are_kept_than_there_is_room_for() {
        let (looks, now) = (Looks::default(), WallTime::from_millis(100_000));
        let area = |number: u8| AreaId::from_random([number; 10]);
        looks.keep(area(1), now, Arc::default());
        assert!(looks.last(&area(1), now + FRESH / 2).is_some());
        assert!(looks.last(&area(2), now).is_none());
        assert!(looks.last(&area(1), now + FRESH).is_none());
        let set_back = WallTime::from_millis(99_999);
        assert!(looks.last(&area(1), set_back).is_none());
        for number in 2..=200 {
            looks.keep(area(number), now, Arc::default());
        }
        assert_eq!(looks.0.lock().unwrap().len(), MOST);
        looks.keep(area(201), now + FRESH, Arc::default());
        assert_eq!(looks.0.lock().unwrap().len(), 1);
    }
}
