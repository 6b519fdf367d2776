//! How long to leave alone what does not work, a server above all: longer each time, and never all
//! stations at once.

use std::time::Duration;

use super::server::Trouble;

/// The first pause is half of this to all of it.
const FIRST: Duration = Duration::from_secs(2);

/// No pause is longer. A server that is back is found within this, and then told to all tasks.
const LONGEST: Duration = Duration::from_secs(60);

/// A server that asks for more than this has a wrong clock or a wrong header.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It went well.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// The pause after another failure. `fraction`, from 0 to 1, spreads the stations over the
    /// upper half of it.
    pub fn next(&mut self, fraction: f64) -> Duration {
        let doubled = FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = (self.failures + 1).min(30);
        doubled.min(LONGEST).mul_f64(0.5 + fraction / 2.0)
    }

    /// As [`Self::next`], beyond what the server asked for.
    pub fn after(&mut self, trouble: &Trouble, fraction: f64) -> Duration {
        let own = self.next(fraction);
        match trouble {
            Trouble::Busy {
                retry_after: Some(wait),
                ..
            } => (*wait).min(PATIENCE) + own,
            Trouble::Busy {
                retry_after: None, ..
            }
            | Trouble::Unreachable { .. }
            | Trouble::Refused(_)
            | Trouble::Unexpected { .. } => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(seconds: Option<u64>) -> Trouble {
        Trouble::Busy {
            why: "later".to_owned(),
            retry_after: seconds.map(Duration::from_secs),
        }
    }

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..40)
            .map(|_| backoff.after(&busy(None), 1.0).as_secs())
            .collect();
        assert_eq!(pauses[..4], [2, 4, 8, 16]);
        assert!(pauses.iter().all(|pause| *pause <= LONGEST.as_secs()));
        assert_eq!(pauses[39], LONGEST.as_secs());
        backoff.reset();
        assert_eq!(backoff.after(&busy(None), 0.0), FIRST / 2);
    }

    #[test]
    fn what_the_server_asks_for_is_waited_for_and_then_some() {
        let pause = Backoff::default().after(&busy(Some(30)), 0.5);
        assert_eq!(pause, Duration::from_secs(30) + FIRST.mul_f64(0.75));
    }
}
