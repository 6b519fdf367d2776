//! How much strangers may ask of this server, so that stations and people who sign in never wait
//! for them. Counted in memory alone: each replica counts for itself, and a restart forgets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use programme::units::WallTime;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

/// Requests are counted over this span, in milliseconds.
const SPAN_MS: i64 = 5 * 60 * 1_000;
/// The same in seconds: after it, whoever was refused may try again.
pub const SPAN_S: i64 = SPAN_MS / 1_000;
/// Requests from one address. A village may be behind one.
const MOST_HERE: u32 = 1_500;
/// Requests from all: a hundred in a second. It also bounds what is remembered.
const MOST: u32 = 30_000;
/// What files that are decoded may take of memory, for one address and for all: that of the longest
/// recording, and of some hundred listeners to a minute each.
const BYTES_HERE: u64 = 32 << 20;
const BYTES: u64 = 128 << 20;
/// What a listener takes beside the recording: what was decoded and waits to be sent.
const BESIDE: u64 = 512 << 10;

/// Counts what strangers ask for.
#[derive(Debug)]
pub struct Pace {
    counted: Mutex<Counted>,
    taken: Taken,
    turns: Semaphore,
}

/// The memory that files take which are being decoded, by who listens.
type Taken = Arc<Mutex<BTreeMap<String, u64>>>;

#[derive(Debug, Default)]
struct Counted {
    span: i64,
    all: u32,
    by_home: BTreeMap<String, u32>,
}

/// Room for a file that is being decoded; it is free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    taken: Taken,
    home: String,
    bytes: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            counted: Mutex::default(),
            taken: Taken::default(),
            turns: Semaphore::new(1),
        }
    }
}

impl Pace {
    /// Waits for one's turn to have the server look into its log or decode: strangers have one core
    /// and one connection to the database together, enough for some hundred who listen.
    ///
    /// # Errors
    /// None while the server runs.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.turns.acquire().await
    }

    /// Counts a request, and says whether it may be answered.
    pub fn allows(&self, address: &str, now: WallTime) -> bool {
        let span = now.as_millis().div_euclid(SPAN_MS);
        let mut counted = held(&self.counted);
        if counted.span != span {
            *counted = Counted {
                span,
                ..Counted::default()
            };
        }
        if counted.all >= MOST {
            return false;
        }
        let here = counted.by_home.entry(home(address)).or_default();
        if *here >= MOST_HERE {
            return false;
        }
        *here += 1;
        counted.all += 1;
        true
    }

    /// Room for a recording of this size that is to be decoded, if there is some left.
    pub fn seat(&self, address: &str, size_bytes: u64) -> Option<Seat> {
        let (home, bytes) = (home(address), size_bytes.saturating_add(BESIDE));
        let mut taken = held(&self.taken);
        let here = taken.get(&home).copied().unwrap_or_default();
        let all: u64 = taken.values().sum();
        if here.saturating_add(bytes) > BYTES_HERE || all.saturating_add(bytes) > BYTES {
            return None;
        }
        taken.insert(home.clone(), here + bytes);
        let taken = Arc::clone(&self.taken);
        Some(Seat { taken, home, bytes })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = held(&self.taken);
        if let Some(here) = taken.get_mut(&self.home) {
            *here -= self.bytes;
            if *here == 0 {
                taken.remove(&self.home);
            }
        }
    }
}

/// Counts are sound at every point, so a panic elsewhere does not spoil them.
fn held<T>(counts: &Mutex<T>) -> MutexGuard<'_, T> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who an address belongs to: a house has all addresses of its IPv6 network.
fn home(address: &str) -> String {
    match address
        .parse::<IpAddr>()
        .map(|address| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_house_is_counted_by_itself_and_anew_in_each_span() {
        let (pace, now) = (Pace::default(), WallTime::from_millis(0));
        assert!((0..MOST_HERE).all(|_| pace.allows("2001:db8::1", now)));
        assert!(!pace.allows("2001:db8::2", now), "the same house");
        assert!(pace.allows("2001:db8:0:1::1", now) && pace.allows("192.0.2.1", now));
        assert!(pace.allows("2001:db8::1", now + Duration::from_secs(300)));
    }

    #[test]
    fn many_addresses_together_take_no_more_than_some_and_no_memory() {
        let (pace, now) = (Pace::default(), WallTime::from_millis(0));
        let asked = 0..MOST + 10;
        let allowed = asked.filter(|number| pace.allows(&number.to_string(), now));
        assert_eq!(allowed.count(), MOST as usize);
        assert_eq!(held(&pace.counted).by_home.len(), MOST as usize);
        assert!(pace.allows("somebody", now + Duration::from_secs(300)));
    }

    #[test]
    fn one_house_does_not_take_all_room_and_gives_back_its_own() {
        let (pace, large) = (Pace::default(), (8 << 20) - BESIDE);
        let mut seats: Vec<Seat> = Vec::new();
        for house in ["a", "b", "c", "d"] {
            seats.extend((0..9).filter_map(|_| pace.seat(house, large)));
        }
        assert_eq!(seats.len(), 16, "four of eight megabytes in each house");
        assert!(pace.seat("e", large).is_none(), "all room is taken");
        seats.clear();
        assert!(held(&pace.taken).is_empty() && pace.seat("a", large).is_some());
    }
}
