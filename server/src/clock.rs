//! The one place where this program reads clocks and makes a source of randomness.
//!
//! Everything else is given the time and random bytes as arguments, so that a test can live through
//! a year in a second and see the same names each time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use programme::units::WallTime;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// What says the time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's own clocks; the instant is the zero of [`Clock::monotonic`].
    System(std::time::Instant),
    /// A clock that stands still until a test moves it.
    Set(SetClock),
}

impl Clock {
    /// The machine's own clocks.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that the rest is given"
    )]
    pub fn system() -> Self {
        Self::System(std::time::Instant::now())
    }

    /// Civil time.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that the rest is given"
    )]
    pub fn now(&self) -> WallTime {
        match self {
            Self::System(_) => jiff::Timestamp::now().into(),
            Self::Set(clock) => clock.now(),
        }
    }

    /// Time since this clock was made: it never steps back, and so measures how long work took.
    pub fn monotonic(&self) -> Duration {
        match self {
            Self::System(zero) => zero.elapsed(),
            Self::Set(clock) => clock.now().since(WallTime::from_millis(0)),
        }
    }
}

/// A clock for tests: all its copies show the same time.
#[derive(Debug, Clone)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// A clock that shows `now`.
    pub fn at(now: WallTime) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_micros())))
    }

    /// What it shows.
    pub fn now(&self) -> WallTime {
        WallTime::from_micros(self.0.load(Ordering::SeqCst))
    }

    /// Moves it on by `span`.
    pub fn advance(&self, span: Duration) {
        self.set(self.now() + span);
    }

    /// Sets it to `now`, forward or back.
    pub fn set(&self, now: WallTime) {
        self.0.store(now.as_micros(), Ordering::SeqCst);
    }
}

/// A source of random bytes: the operating system's in a program, a seed's in a test.
#[derive(Debug, Clone)]
pub struct Randomness(Arc<Mutex<StdRng>>);

impl Randomness {
    /// A generator that the operating system seeds.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source that the rest is given"
    )]
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// A generator that gives the same bytes in each run.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // A generator is sound at every point, so a panic elsewhere does not spoil it.
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }
}
