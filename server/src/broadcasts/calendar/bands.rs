//! The parts of a day: quiet hours, the two sessions, and what lies between; and where in them
//! nothing is planned yet.

use std::collections::BTreeSet;

use jiff::civil::Time;
use programme::programme::QuietHours;

use crate::areas::area::QuietSpan;
use crate::areas::sessions::{Session, Sessions};

/// Starts are offered at full steps of so many minutes.
const STEP: i32 = 5;
/// Minutes of a day.
const DAY: i32 = 24 * 60;

/// What a part of the day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing but an emergency sounds.
    Quiet,
    /// The morning session.
    Morning,
    /// The evening session.
    Evening,
    /// Neither.
    Between,
}

/// A part of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// What it is.
    pub kind: Kind,
    /// Its first minute, counted from midnight.
    pub from: i32,
    /// The first minute after it, at most that of midnight.
    pub until: i32,
}

/// The parts of a day, in order and without a gap. Quiet hours go before sessions: in them nothing
/// airs, whatever people expect.
pub fn bands(quiet: QuietSpan, sessions: Sessions) -> Vec<Band> {
    let cuts = [
        Time::midnight(),
        quiet.from,
        quiet.until,
        sessions.morning.from,
        sessions.morning.until,
        sessions.evening.from,
        sessions.evening.until,
    ];
    let cuts: BTreeSet<Time> = cuts.into_iter().collect();
    let mut bands: Vec<Band> = Vec::new();
    for cut in cuts {
        let (kind, from) = (kind(cut, quiet, sessions), minute(cut));
        match bands.last_mut() {
            Some(last) if last.kind == kind => continue,
            Some(last) => last.until = from,
            None => {}
        }
        bands.push(Band {
            kind,
            from,
            until: DAY,
        });
    }
    bands
}

fn kind(at: Time, quiet: QuietSpan, sessions: Sessions) -> Kind {
    let quiet = QuietHours {
        from: quiet.from,
        until: quiet.until,
    };
    let within = |session: Session| session.from <= at && at < session.until;
    if quiet.contains(at) {
        Kind::Quiet
    } else if within(sessions.morning) {
        Kind::Morning
    } else if within(sessions.evening) {
        Kind::Evening
    } else {
        Kind::Between
    }
}

/// A time of the day as minutes from midnight.
pub fn minute(time: Time) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

/// Minutes from midnight as `17:05`; midnight at the end is `24:00`.
pub fn text(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Band {
    /// Whether a minute of the day lies in it.
    pub fn holds(&self, minute: i32) -> bool {
        self.from <= minute && minute < self.until
    }

    /// The first start from `earliest` on at which nothing of `taken` is on air, each of which is
    /// the first minute of something and the first after it.
    pub fn free_from(&self, earliest: i32, taken: &[(i32, i32)]) -> Option<i32> {
        if self.kind == Kind::Quiet {
            return None;
        }
        let mut at = stepped(self.from.max(earliest));
        while let Some((_, end)) = taken.iter().find(|(from, end)| *from <= at && at < *end) {
            at = stepped((*end).max(at + 1));
        }
        (at < self.until).then_some(at)
    }

    /// Free starts, one for each `every` minutes at most.
    pub fn all_free(&self, earliest: i32, taken: &[(i32, i32)], every: i32) -> Vec<i32> {
        let mut free = Vec::new();
        let mut from = self.from.max(earliest);
        while let Some(at) = self.free_from(from, taken) {
            free.push(at);
            from = (at / every + 1) * every;
        }
        free
    }
}

fn stepped(minute: i32) -> i32 {
    (minute + STEP - 1) / STEP * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, until: &str) -> QuietSpan {
        QuietSpan {
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
        }
    }

    #[test]
    fn the_day_has_no_gap_and_quiet_hours_go_before_sessions() {
        let bands = bands(span("21:00", "06:30"), Sessions::default());
        let shown: Vec<_> = bands
            .iter()
            .map(|band| (band.kind, text(band.from), text(band.until)))
            .collect();
        let expected = [
            (Kind::Quiet, "00:00", "06:30"),
            (Kind::Morning, "06:30", "08:00"),
            (Kind::Between, "08:00", "17:00"),
            (Kind::Evening, "17:00", "19:00"),
            (Kind::Between, "19:00", "21:00"),
            (Kind::Quiet, "21:00", "24:00"),
        ];
        let expected = expected.map(|(kind, from, until)| (kind, from.into(), until.into()));
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_free_start_lies_behind_what_is_on_air_and_ahead_of_now() {
        let evening = Band {
            kind: Kind::Evening,
            from: 17 * 60,
            until: 18 * 60,
        };
        assert_eq!(evening.free_from(0, &[]), Some(17 * 60));
        let taken = [(17 * 60, 17 * 60 + 7), (17 * 60 + 10, 17 * 60 + 12)];
        assert_eq!(evening.free_from(0, &taken), Some(17 * 60 + 15));
        assert_eq!(evening.free_from(17 * 60 + 58, &[]), None);
        assert_eq!(evening.free_from(0, &[(0, DAY)]), None);
        let half_hours = evening.all_free(0, &taken, 30);
        assert_eq!(half_hours, [17 * 60 + 15, 17 * 60 + 30]);
    }
}
