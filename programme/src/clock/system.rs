//! When the system clock vouches for the time: when the kernel says that NTP keeps it right.
//!
//! The kernel's word is the one that cannot be stale. At boot, and whenever somebody sets the clock
//! (a person by `date`, a daemon that restores the time of the last shutdown), Linux forgets that
//! it was ever synchronised and its error becomes 16 s. Only a daemon that has heard a time server
//! since then says otherwise, and from its last word on the error grows by 500 millionths.

use std::time::Duration;

use super::{Vouched, Voucher};
use crate::units::{BootTime, WallTime};

/// The system clock with what the kernel knows of its error (Linux `adjtimex(2)`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemClock {
    /// The boot-time reading at which it was read.
    pub boot: BootTime,
    /// What it showed.
    pub shows: WallTime,
    /// Neither `STA_UNSYNC` nor `TIME_ERROR`.
    pub synchronised: bool,
    /// `maxerror`: how wrong it can be, by the daemon's last word and the time since.
    pub max_error: Duration,
    /// `offset`: what the kernel still has to make up for, bit by bit.
    pub left: Duration,
}

/// systemd-timesyncd states an error of zero and keeps to itself how far away its server was; half
/// of the way over a slow mobile link is no more than this.
const UNSAID: Duration = Duration::from_millis(250);

/// A daemon that hears its servers stays below this: 2048 s between two answers are 1 s.
const TRUSTED: Duration = Duration::from_secs(2);

impl SystemClock {
    /// What it vouches for, if it does. `newest` is the newest time that the station has seen: a
    /// daemon that takes the PC itself for a time server (ntpd can) vouches for whatever it shows.
    pub fn vouch(&self, newest: Option<WallTime>) -> Option<Vouched> {
        let error = self.max_error.saturating_add(self.left);
        let seen = newest.is_some_and(|newest| self.shows + error < newest);
        (self.synchronised && error <= TRUSTED && !seen).then(|| Vouched {
            by: Voucher::Ntp,
            boot: self.boot,
            wall: self.shows,
            uncertainty: error + UNSAID,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(max_error_ms: u64, left_ms: u64) -> SystemClock {
        SystemClock {
            boot: BootTime::after_boot(Duration::from_secs(60)),
            shows: WallTime::from_millis(1_795_428_000_000),
            synchronised: true,
            max_error: Duration::from_millis(max_error_ms),
            left: Duration::from_millis(left_ms),
        }
    }

    #[test]
    fn a_system_clock_that_ntp_keeps_vouches_with_its_whole_error() {
        let said = kept(500, 400).vouch(None).unwrap();
        assert_eq!(said.by, Voucher::Ntp);
        assert_eq!(said.wall, kept(0, 0).shows);
        assert_eq!(said.uncertainty, Duration::from_millis(1_150));
    }

    #[test]
    fn a_restored_a_forgotten_and_a_drifting_system_clock_vouch_for_nothing() {
        let restored = SystemClock {
            synchronised: false,
            ..kept(16_000, 0)
        };
        assert_eq!(restored.vouch(None), None);
        let unsaid = SystemClock {
            synchronised: false,
            ..kept(0, 0)
        };
        assert_eq!(unsaid.vouch(None), None);
        assert_eq!(kept(2_001, 0).vouch(None), None);
        assert_eq!(kept(1_700, 400).vouch(None), None);
    }

    #[test]
    fn a_time_that_the_station_has_seen_pass_is_not_taken_from_a_daemon() {
        let clock = kept(20, 0);
        let second = Duration::from_secs(1);
        assert_eq!(clock.vouch(Some(clock.shows + second)), None);
        assert!(clock.vouch(Some(clock.shows - second)).is_some());
    }
}
