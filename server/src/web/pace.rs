//! How often an address may ask for what everybody may read. Counted in memory alone: each replica
//! counts for itself, and a restart forgets.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use programme::units::WallTime;

/// Requests are counted over this span, in milliseconds.
const WINDOW_MS: i64 = 5 * 60 * 1_000;
/// So many addresses are remembered; beyond, those of earlier spans are forgotten.
const MOST: usize = 20_000;

/// Counts requests by address.
#[derive(Debug, Default)]
pub struct Pace(Mutex<BTreeMap<String, (i64, u32)>>);

impl Pace {
    /// Counts a request, and says whether it is one of the first `most` of its span.
    pub fn allows(&self, address: &str, now: WallTime, most: u32) -> bool {
        let window = now.as_millis().div_euclid(WINDOW_MS);
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST {
            counted.retain(|_, (of, _)| *of == window);
        }
        if counted.len() >= MOST && !counted.contains_key(address) {
            return false;
        }
        let (of, count) = counted.entry(address.to_owned()).or_insert((window, 0));
        if *of != window {
            (*of, *count) = (window, 0);
        }
        *count = count.saturating_add(1);
        *count <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_address_is_counted_by_itself_and_anew_in_each_span() {
        let (pace, now) = (Pace::default(), WallTime::from_millis(0));
        assert!(pace.allows("a", now, 2) && pace.allows("a", now, 2));
        assert!(!pace.allows("a", now, 2) && pace.allows("b", now, 2));
        let later = now + Duration::from_secs(300);
        assert!(pace.allows("a", later, 2));
    }

    #[test]
    fn many_addresses_take_no_more_memory_than_some() {
        let (pace, now) = (Pace::default(), WallTime::from_millis(0));
        for number in 0..MOST + 10 {
            pace.allows(&number.to_string(), now, 1);
        }
        assert_eq!(pace.0.lock().unwrap().len(), MOST);
        let later = now + Duration::from_secs(300);
        assert!(pace.allows("somebody new", later, 1));
    }
}
