//! Asks the kernel how wrong the system clock can be, and sets nothing.
//!
//! The kernel is asked and not a daemon: whichever one runs (systemd-timesyncd, chrony, ntpd), it
//! says there what it knows, without a program being started or a bus being there, and clock and
//! error are read in one moment. What daemons keep on the disk outlives a power cut, and says
//! nothing about this boot. The question costs a microsecond.

use std::io;
use std::time::Duration;

use programme::clock::system::SystemClock;
use programme::units::{BootTime, WallTime};
use rtime_clock::adjtime::{Timex, adjtimex};

/// The error of a clock that nobody keeps (Linux `NTP_PHASE_LIMIT`).
pub(super) const LOST: Duration = Duration::from_secs(16);

/// What `adjtimex(2)` tells, read while the boot-time clock showed what lies in the middle of two
/// readings of `boot`.
///
/// # Errors
/// The kernel refuses the question.
pub(super) fn system_clock(boot: impl Fn() -> BootTime) -> io::Result<SystemClock> {
    let mut answer = Timex::new();
    let before = boot();
    let state = adjtimex(&mut answer)?;
    let after = boot();
    let told = &answer.0;
    let unit_ns: i64 = if told.status & libc::STA_NANO == 0 {
        1_000
    } else {
        1
    };
    let micros = told.time.tv_usec.saturating_mul(unit_ns) / 1_000;
    let seconds = told.time.tv_sec.saturating_mul(1_000_000);
    let left_ns = told.offset.unsigned_abs() * unit_ns.unsigned_abs();
    Ok(SystemClock {
        boot: before.saturating_add(after.since(before) / 2),
        shows: WallTime::from_micros(seconds.saturating_add(micros)),
        synchronised: state != libc::TIME_ERROR && told.status & libc::STA_UNSYNC == 0,
        max_error: Duration::from_micros(u64::try_from(told.maxerror).unwrap_or(u64::MAX)),
        left: Duration::from_nanos(left_ns),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn the_kernel_tells_the_system_clock_with_its_error() {
        let clock = Clock::System;
        let before = clock.system();
        let told = clock.system_clock().unwrap();
        let after = clock.system();
        assert!((before..=after).contains(&told.shows), "{told:?}");
        assert!(told.boot <= clock.boot());
        assert!(told.max_error <= LOST, "{told:?}");
    }
}
