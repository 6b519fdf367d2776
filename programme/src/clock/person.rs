//! When a person at the PC vouches for the time: always, but not unasked twice.
//!
//! People mistype, and a finger is quicker than a look at the watch. What contradicts the station's
//! own memory is asked about once more before it is believed.

use std::time::Duration;

use super::{Vouched, Voucher};
use crate::units::{BootTime, WallTime};

/// How wrong a watch may be.
pub const WATCH: Duration = Duration::from_secs(60);

/// A station that rests for longer is rare, and a wrong month or year is soon typed.
const LONG: Duration = Duration::from_hours(24 * 60);

/// Why a person is asked whether they are sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The station knew this later time before.
    BeforeNewest(WallTime),
    /// The programme that the station holds was issued at this later time.
    BeforeProgramme(WallTime),
    /// It is months after this, the last time that the station knew.
    LongAfter(WallTime),
}

/// What speaks against `stated`, by the newest time that the station knew and the time at which its
/// programme was issued.
pub fn doubt(
    stated: WallTime,
    newest: Option<WallTime>,
    issued: Option<WallTime>,
) -> Option<Doubt> {
    // A watch that is a little behind contradicts nobody.
    let earlier = |than: &WallTime| stated + WATCH < *than;
    let newest_doubt = newest.filter(earlier).map(Doubt::BeforeNewest);
    let programme_doubt = issued.filter(earlier).map(Doubt::BeforeProgramme);
    let last = newest.max(issued).filter(|last| stated.since(*last) > LONG);
    newest_doubt
        .or(programme_doubt)
        .or(last.map(Doubt::LongAfter))
}

/// The statement of a person who said at `boot` that it is `wall`.
pub fn vouch(wall: WallTime, boot: BootTime) -> Vouched {
    Vouched {
        by: Voucher::Person,
        boot,
        wall,
        uncertainty: WATCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);
    const NOON: WallTime = WallTime::from_millis(1_795_428_000_000);

    #[test]
    fn a_time_that_the_station_has_seen_pass_is_asked_about_again() {
        let yesterday = NOON - DAY;
        let at_noon = |newest, issued| doubt(NOON, newest, issued);
        assert_eq!(at_noon(None, None), None);
        assert_eq!(at_noon(Some(yesterday), Some(yesterday)), None);
        let later = NOON + DAY;
        assert_eq!(
            at_noon(Some(later), Some(yesterday)),
            Some(Doubt::BeforeNewest(later))
        );
        assert_eq!(
            at_noon(Some(yesterday), Some(later)),
            Some(Doubt::BeforeProgramme(later))
        );
        assert_eq!(at_noon(Some(NOON + WATCH), None), None, "a watch behind");
    }

    #[test]
    fn a_month_or_a_year_too_far_is_asked_about_again() {
        let spring = NOON - DAY * 90;
        assert_eq!(
            doubt(NOON, Some(spring), None),
            Some(Doubt::LongAfter(spring))
        );
        let fresh = NOON - DAY;
        assert_eq!(doubt(NOON, Some(spring), Some(fresh)), None);
    }
}
