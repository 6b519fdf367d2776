//! How long ago somebody said that the programme which the station holds is the newest.
//!
//! A programme that repeats each day is as good after a year as on its first day, while the server
//! answers and has nothing newer. It is old where nobody could have told of a newer one for long.

use std::time::Duration;

use programme::units::WallTime;

/// A programme of which nobody has said for longer that it is the newest is aired on, and somebody
/// should ask why nothing comes.
pub const OLD: Duration = Duration::from_hours(24 * 14);

/// When it was last known that the programme of a station is the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// When the programme was published.
    pub issued_at: WallTime,
    /// When the server last answered.
    pub server_seen: Option<WallTime>,
    /// When the newest stick was made that brought this programme.
    pub stick_made: Option<WallTime>,
}

impl Age {
    /// Since when nobody has said at `now` that it is the newest.
    pub fn unsaid_for(self, now: WallTime) -> Duration {
        let said = [self.server_seen, self.stick_made].into_iter().flatten();
        let last = said.fold(self.issued_at, WallTime::max);
        now.since(last)
    }

    /// Whether that is so long that somebody should ask why.
    pub fn is_old(self, now: WallTime) -> bool {
        self.unsaid_for(now) > OLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_ages_from_the_last_word_of_it_on() {
        let days = |days: u64| WallTime::from_millis(0) + Duration::from_hours(24 * days);
        let mut age = Age {
            issued_at: days(10),
            server_seen: None,
            stick_made: None,
        };
        assert!(!age.is_old(days(24)));
        assert!(age.is_old(days(25)));
        age.server_seen = Some(days(20));
        assert!(!age.is_old(days(34)));
        age.stick_made = Some(days(5));
        assert_eq!(age.unsaid_for(days(35)), Duration::from_hours(24 * 15));
        age.stick_made = Some(days(30));
        assert!(!age.is_old(days(35)));
    }
}
