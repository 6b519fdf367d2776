//! Quiet hours on the clock of the village wall.

use jiff::civil::Time;
use programme::programme::QuietHours;
use programme::units::WallTime;
use programme::zone::Zone;
use proptest::prelude::*;

use crate::village::{MINUTE, at, monday, time, zone};

fn hours(from: &str, until: &str) -> QuietHours {
    QuietHours {
        from: time(from),
        until: time(until),
    }
}

#[test]
fn the_night_is_quiet_from_nine_to_half_past_five() {
    let night = QuietHours::default();
    let quiet = |hour: &str| night.holds_at(monday(hour), &zone());
    assert_eq!(
        ["20:59:59", "21:00", "00:00", "05:29:59", "05:30"].map(quiet),
        [false, true, true, true, false]
    );
    assert_eq!(
        night.boundary_after(monday("17:00"), &zone()),
        Some(monday("21:00"))
    );
    assert_eq!(
        night.boundary_after(monday("21:00"), &zone()),
        Some(at("2026-11-24T05:30"))
    );
    assert_eq!(
        night.next_from(monday("22:00"), &zone()),
        Some(monday("22:00"))
    );
    assert_eq!(
        night.next_from(monday("12:00"), &zone()),
        Some(monday("21:00"))
    );
}

#[test]
fn equal_ends_mean_that_nothing_is_quiet() {
    let none = hours("21:00", "21:00");
    assert!(!none.holds_at(monday("21:00"), &zone()));
    assert_eq!(none.boundary_after(monday("12:00"), &zone()), None);
}

#[test]
fn the_clock_on_the_wall_decides_on_the_days_on_which_it_is_put_forward_or_back() {
    let berlin = Zone::named("Europe/Berlin").expect("a zone");
    let instant = |text: &str| WallTime::from(text.parse::<jiff::Timestamp>().expect("an instant"));
    let night = hours("21:00", "02:30");
    // Put forward at 01:00Z: 02:00 is 03:00 at once, and the night is over.
    let spring = instant("2026-03-29T00:00:00Z");
    assert_eq!(
        night.boundary_after(spring, &berlin),
        Some(instant("2026-03-29T01:00:00Z"))
    );
    // Put back at 01:00Z: half past two has come, and 02:00 comes again.
    let autumn = instant("2026-10-25T00:30:00Z");
    assert!(!night.holds_at(autumn, &berlin));
    assert_eq!(
        night.boundary_after(autumn, &berlin),
        Some(instant("2026-10-25T01:00:00Z"))
    );
}

proptest! {
    /// The boundary against a look at every minute.
    #[test]
    fn the_next_boundary_is_the_first_minute_on_which_the_answer_differs(
        from in 0_i8..24,
        until in 0_i8..24,
        half in any::<bool>(),
        minute in 0_u32..(3 * 24 * 60),
        spring in any::<bool>(),
    ) {
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        let quiet = QuietHours {
            from: Time::constant(from, if half { 30 } else { 0 }, 0, 0),
            until: Time::constant(until, 0, 0, 0),
        };
        let begin = if spring { "2026-03-28T00:00:00Z" } else { "2026-10-24T00:00:00Z" };
        let begin = WallTime::from(begin.parse::<jiff::Timestamp>().expect("an instant"));
        let wall = begin + MINUTE * minute;
        let before = quiet.holds_at(wall, &berlin);
        let minutes = (1..=2 * 24 * 60).map(|later| wall + MINUTE * later);
        let found = minutes.into_iter().find(|later| quiet.holds_at(*later, &berlin) != before);
        prop_assert_eq!(quiet.boundary_after(wall, &berlin), found);
    }
}
