//! Which recordings may be fetched now, where the internet costs money: within certain hours of the
//! day, and up to so many bytes in a month.
//!
//! Thrift never silences a village: what could not come in time otherwise is fetched at once, at
//! whatever hour and price, and so is what an emergency lets people hear.

use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Time;
use programme::programme::QuietHours;
use programme::units::WallTime;
use programme::zone::Zone;
use serde::{Deserialize, Serialize};

/// When the bytes of a month are spent, what is needed within this is still fetched.
const SOON: Duration = Duration::from_hours(24);

/// What may be spent on recordings. The default spends whatever it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Thrift {
    /// The hours of the day in which recordings are fetched; `None` means all.
    pub hours: Option<Hours>,
    /// Bytes of recordings in a calendar month of the station; `None` means any number.
    pub month_bytes: Option<u64>,
}

/// Hours of a day in the station's zone, written as `22:00-05:00`; they may span midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(QuietHours);

/// What are no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours are written as 22:00-05:00, from and until, and are not empty")]
pub struct NoHours;

impl FromStr for Hours {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        let (from, until) = text.split_once('-').ok_or(NoHours)?;
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).map_err(|_| NoHours);
        let (from, until) = (time(from)?, time(until)?);
        // An hour and its clock changes are the same arithmetic, whatever the hours are for.
        let hours = QuietHours { from, until };
        if from == until {
            Err(NoHours)
        } else {
            Ok(Self(hours))
        }
    }
}

impl Hours {
    /// When the hours end that last at `wall`, or else the next ones.
    fn end_after(&self, wall: WallTime, zone: &Zone) -> Option<WallTime> {
        let turn = self.0.boundary_after(wall, zone)?;
        if self.0.holds_at(wall, zone) {
            return Some(turn);
        }
        self.0.boundary_after(turn, zone)
    }
}

/// Bytes of recordings that came in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spent {
    /// The calendar year in the station's zone.
    pub year: i16,
    /// Its month, January being 1.
    pub month: i8,
    /// What came in it.
    pub bytes: u64,
}

impl Spent {
    /// What is spent once `bytes` more have come in `month`, a year and its month: a later one than
    /// before begins with nothing. What comes while nobody is sure of the month belongs to the last
    /// one, and so does what came in one that turns out to lie ahead.
    #[must_use]
    pub fn and(self, bytes: u64, month: Option<(i16, i8)>) -> Self {
        let last = (self.year, self.month);
        let (year, month) = month.unwrap_or(last);
        let begins = last != (0, 0) && (year, month) > last;
        let before = if begins { 0 } else { self.bytes };
        Self {
            year,
            month,
            bytes: before.saturating_add(bytes),
        }
    }
}

/// Why a recording waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// For the hours in which recordings are fetched.
    Hours,
    /// For the day before it is needed, or the next month: the bytes of this one are spent.
    Spent,
}

impl Thrift {
    /// Whether a recording of which `size_bytes` are still to come, first needed at `needed` as far
    /// as that is known, waits at `wall`, when `spent_bytes` have come in this month.
    pub fn waits(
        &self,
        needed: Option<WallTime>,
        size_bytes: u64,
        spent_bytes: u64,
        wall: WallTime,
        zone: &Zone,
    ) -> Option<Wait> {
        let by = |until: WallTime| needed.is_some_and(|needed| needed <= until);
        let spent = |most: u64| spent_bytes.saturating_add(size_bytes) > most;
        if self.month_bytes.is_some_and(spent) && !by(wall + SOON) {
            return Some(Wait::Spent);
        }
        let hours = self.hours?;
        let open = hours.0.holds_at(wall, zone);
        // Needed before the next hours are over, it might come too late in them.
        let in_time = hours.end_after(wall, zone).is_some_and(|end| !by(end));
        (!open && in_time).then_some(Wait::Hours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{DateTime, date};

    fn zone() -> Zone {
        Zone::named("Asia/Ho_Chi_Minh").unwrap()
    }

    fn wall(civil: DateTime) -> WallTime {
        zone().instant(civil).unwrap()
    }

    fn at(day: i8, hour: i8) -> WallTime {
        wall(date(2026, 11, day).at(hour, 0, 0, 0))
    }

    fn waits(thrift: Thrift, needed: Option<WallTime>, spent: u64, now: WallTime) -> Option<Wait> {
        thrift.waits(needed, 1_000, spent, now, &zone())
    }

    #[test]
    fn by_day_only_what_the_night_would_bring_too_late_is_fetched() {
        let thrift = Thrift {
            hours: Some("22:00-05:00".parse().unwrap()),
            month_bytes: None,
        };
        let noon = at(10, 12);
        assert_eq!(waits(thrift, Some(at(10, 17)), 0, noon), None);
        assert_eq!(waits(thrift, Some(at(11, 4)), 0, noon), None);
        assert_eq!(waits(thrift, Some(at(11, 6)), 0, noon), Some(Wait::Hours));
        assert_eq!(waits(thrift, None, 0, noon), Some(Wait::Hours));
        for night in [at(10, 22), at(11, 0), at(11, 4)] {
            assert_eq!(waits(thrift, None, 0, night), None);
        }
        assert_eq!(waits(thrift, None, 0, at(11, 5)), Some(Wait::Hours));
        // The night did not suffice, and the next one would be too late.
        assert_eq!(waits(thrift, Some(at(11, 6)), 0, at(11, 5)), None);
    }

    #[test]
    fn a_month_without_bytes_left_still_brings_what_is_needed_within_a_day() {
        let thrift = Thrift {
            hours: None,
            month_bytes: Some(10_000),
        };
        let now = at(10, 12);
        assert_eq!(waits(thrift, None, 9_000, now), None);
        assert_eq!(waits(thrift, None, 9_001, now), Some(Wait::Spent));
        assert_eq!(waits(thrift, Some(at(11, 12)), 9_001, now), None);
        assert_eq!(
            waits(thrift, Some(at(11, 13)), 9_001, now),
            Some(Wait::Spent)
        );
        assert_eq!(waits(thrift, None, u64::MAX, now), Some(Wait::Spent));
    }

    #[test]
    fn a_month_begins_with_nothing_and_a_clock_that_was_wrong_gives_nothing_back() {
        let (november, december) = (Some((2026, 11)), Some((2026, 12)));
        let spent = Spent::default().and(40, None).and(700, november);
        assert_eq!((spent.month, spent.bytes), (11, 740), "from the first byte");
        let spent = spent.and(10, None);
        assert_eq!((spent.month, spent.bytes), (11, 750), "as long as it lasts");
        let next = spent.and(8, december);
        assert_eq!((next.year, next.month, next.bytes), (2026, 12, 8));
        assert_eq!(next.and(1, Some((2027, 1))).bytes, 1);
        let back = next.and(2, november);
        assert_eq!((back.month, back.bytes), (11, 10), "it was November still");
        assert_eq!(back.and(1, november).bytes, 11);
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        assert!(" 19:00 - 05:30 ".parse::<Hours>().is_ok());
        for odd in [
            "",
            "22:00",
            "22-5",
            "24:00-05:00",
            "05:00-05:00",
            "22:00-05:00-06:00",
        ] {
            assert_eq!(odd.parse::<Hours>(), Err(NoHours), "{odd}");
        }
    }
}
