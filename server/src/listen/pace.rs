//! How much strangers may ask of this server, so that stations and people who sign in never wait
//! for them. Counted in memory alone: each replica counts for itself, and a restart forgets.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use programme::units::WallTime;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::web::errors::Error;

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
/// Requests that may wait for their turn, of one house and of all. A turn lasts a tenth of a second
/// at worst, so that one house holds up the others for a moment, whatever it asks for.
const WAITING_HERE: u64 = 16;
const WAITING: u64 = 200;
/// Seconds after which who found no room may come back.
const LATER_S: u64 = 20;

/// Counts what strangers ask for.
#[derive(Debug)]
pub struct Pace {
    counted: Mutex<Counted>,
    decoding: Taken,
    waiting: Taken,
    turns: Semaphore,
}

/// What is taken of something, by house.
type Taken = Arc<Mutex<BTreeMap<String, u64>>>;

#[derive(Debug, Default)]
struct Counted {
    span: i64,
    all: u32,
    by_home: BTreeMap<String, u32>,
}

/// What a house took of something; it is free again when this is dropped.
#[derive(Debug)]
pub struct Share {
    taken: Taken,
    home: String,
    amount: u64,
}

/// A turn; the next one's comes when this is dropped.
#[derive(Debug)]
pub struct Turn<'p> {
    _permit: SemaphorePermit<'p>,
    _waited: Share,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            counted: Mutex::default(),
            decoding: Taken::default(),
            waiting: Taken::default(),
            turns: Semaphore::new(1),
        }
    }
}

impl Pace {
    /// Waits for one's turn to have the server look into its log or decode: strangers have one core
    /// and one connection to the database together, enough for some hundred who listen.
    ///
    /// # Errors
    /// 503 where too many of this house wait already, or too many of all.
    pub async fn turn(&self, address: &str) -> Result<Turn<'_>, Error> {
        let waits = Share::of(&self.waiting, home(address), 1, (WAITING_HERE, WAITING));
        let waited = waits.ok_or_else(busy)?;
        let permit = self.turns.acquire().await.map_err(anyhow::Error::from)?;
        Ok(Turn {
            _permit: permit,
            _waited: waited,
        })
    }

    /// The same for somebody who has a seat, and waits for one turn at a time.
    pub async fn next_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
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

    /// Room for a recording of this size that is to be decoded.
    ///
    /// # Errors
    /// 503 while there is none left.
    pub fn seat(&self, address: &str, size_bytes: u64) -> Result<Share, Error> {
        let bytes = size_bytes.saturating_add(BESIDE);
        let share = Share::of(&self.decoding, home(address), bytes, (BYTES_HERE, BYTES));
        share.ok_or_else(busy)
    }
}

fn busy() -> Error {
    let busy = Error::refused(StatusCode::SERVICE_UNAVAILABLE, "error-listen-busy");
    busy.with("seconds", LATER_S)
}

impl Share {
    /// Takes an amount, where what this house and all houses took stays within the limits.
    fn of(taken: &Taken, home: String, amount: u64, (most_here, most): (u64, u64)) -> Option<Self> {
        let mut by_house = held(taken);
        let here = by_house.get(&home).copied().unwrap_or_default();
        let all: u64 = by_house.values().sum();
        if here.saturating_add(amount) > most_here || all.saturating_add(amount) > most {
            return None;
        }
        by_house.insert(home.clone(), here + amount);
        Some(Self {
            taken: Arc::clone(taken),
            home,
            amount,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = held(&self.taken);
        if let Some(here) = taken.get_mut(&self.home) {
            *here -= self.amount;
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
    use futures_util::FutureExt as _;
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
        let mut seats: Vec<Share> = Vec::new();
        for house in ["a", "b", "c", "d"] {
            seats.extend((0..9).filter_map(|_| pace.seat(house, large).ok()));
        }
        assert_eq!(seats.len(), 16, "four of eight megabytes in each house");
        assert!(pace.seat("e", large).is_err(), "all room is taken");
        seats.clear();
        assert!(held(&pace.decoding).is_empty() && pace.seat("a", large).is_ok());
    }

    #[tokio::test]
    async fn a_house_whose_requests_wait_keeps_no_place_from_others() {
        let pace = Pace::default();
        let first = pace.turn("a").await.expect("nobody waits");
        let mut waiting: Vec<_> = (0..20).map(|_| Box::pin(pace.turn("a"))).collect();
        let mut refused = 0;
        for one in &mut waiting {
            refused += usize::from(one.as_mut().now_or_never().is_some_and(|one| one.is_err()));
        }
        assert_eq!(refused, 5, "one of sixteen has its turn");
        let mut other = Box::pin(pace.turn("b"));
        assert!(other.as_mut().now_or_never().is_none(), "it waits");
        // Who goes away gives back the place, and whoever is first in the row has the turn.
        drop((waiting, first));
        assert!(other.await.is_ok());
        assert!(held(&pace.waiting).is_empty());
    }
}
