//! Rules: when a broadcast airs, in the civil time of the station's zone.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::programme::QuietHours;
use crate::timetable::{DayType, Session, Timetable};
use crate::units::WallTime;
use crate::zone::Zone;

/// Names what must be understood of a rule whose hours follow the sessions of the timetable.
pub const SESSIONS: &str = "sessions";

/// The same of a rule that holds only on some types of day.
pub const DAY_TYPES: &str = "day_types";

/// So many weeks are searched for a day of a rule that asks for holidays: ten years.
const SEARCHED_WEEKS: usize = 522;

/// So many starts are searched for one outside quiet hours: a week of a rule with two a day.
const LOOKED_AT: usize = 14;

/// When a broadcast airs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// As soon as the station hears of it. It belongs to the local date of `ordered_at`.
    Now {
        /// When it was ordered.
        #[serde(rename = "ordered_at_ms")]
        ordered_at: WallTime,
        /// The last moment at which it may start.
        #[serde(rename = "until_ms")]
        until: WallTime,
    },
    /// Once.
    Once {
        /// Local civil date and time.
        at: DateTime,
    },
    /// Every day.
    Daily {
        /// Local civil times, each a start.
        times: Vec<Time>,
        /// Sessions, each with a start at its hour in the season of the day.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sessions: Vec<Session>,
        /// The span of days.
        #[serde(flatten)]
        span: Span,
    },
    /// On some days of the week.
    Weekly {
        /// The days, as ISO 8601 numbers: Monday is 1, Sunday is 7.
        #[serde(with = "iso_weekdays")]
        days: Vec<Weekday>,
        /// Local civil times, each a start.
        times: Vec<Time>,
        /// Sessions, each with a start at its hour in the season of the day.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sessions: Vec<Session>,
        /// The span of days.
        #[serde(flatten)]
        span: Span,
    },
}

/// The days on which a repeating rule holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The first day.
    pub from: Date,
    /// The last day; without one it goes on.
    #[serde(default)]
    pub until: Option<Date>,
    /// Days on which it does not air.
    #[serde(default)]
    pub except: Vec<Date>,
    /// On which types of day it airs.
    #[serde(default, skip_serializing_if = "DayType::is_every")]
    pub on: DayType,
}

/// A start that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// The instant.
    pub at: WallTime,
    /// The local civil time as the author or the timetable wrote it.
    pub nominal: DateTime,
    /// The session whose hour that is, where the author named one. It names the start then, so that
    /// what aired is not heard again when the timetable changes on that day.
    pub session: Option<Session>,
}

/// What is wrong with a rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "wrong", rename_all = "snake_case")]
pub enum RuleError {
    /// The order to air at once ends before it begins.
    #[error("it is ordered for now, but its last moment is before the order")]
    UntilBeforeOrder,
    /// The span of days ends before it begins.
    #[error("its last day {until} is before its first day {from}")]
    EndBeforeStart {
        /// The first day.
        from: Date,
        /// The last day.
        until: Date,
    },
    /// Neither a time of the day nor a session is given.
    #[error("it names no time of the day")]
    NoTimes,
    /// No day of the week is given.
    #[error("it names no day of the week")]
    NoDays,
    /// The exceptions, or the days of the week, leave no day of the span, whichever are holidays.
    #[error("no day from {from} on is left on which it airs")]
    NoDayLeft {
        /// The first day.
        from: Date,
    },
}

impl Rule {
    /// Whether the rule makes sense as it is written, whatever the zone.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), RuleError> {
        let (times, sessions, span) = match self {
            Self::Now { ordered_at, until } if until < ordered_at => {
                return Err(RuleError::UntilBeforeOrder);
            }
            Self::Now { .. } | Self::Once { .. } => return Ok(()),
            Self::Weekly { days, .. } if days.is_empty() => return Err(RuleError::NoDays),
            Self::Daily {
                times,
                sessions,
                span,
            }
            | Self::Weekly {
                times,
                sessions,
                span,
                ..
            } => (times, sessions, span),
        };
        let from = span.from;
        match span.until {
            _ if times.is_empty() && sessions.is_empty() => Err(RuleError::NoTimes),
            Some(until) if until < from => Err(RuleError::EndBeforeStart { from, until }),
            _ if !self.has_a_day(span) => Err(RuleError::NoDayLeft { from }),
            _ => Ok(()),
        }
    }

    /// What a station must understand to air by this rule.
    pub fn must_understand(&self) -> Vec<String> {
        let (Self::Daily { sessions, span, .. } | Self::Weekly { sessions, span, .. }) = self
        else {
            return Vec::new();
        };
        let sessions = (!sessions.is_empty()).then_some(SESSIONS);
        let day_types = (!span.on.is_every()).then_some(DAY_TYPES);
        let names = sessions.into_iter().chain(day_types);
        names.map(str::to_owned).collect()
    }

    /// Each time of the day at which it may start, in whichever season.
    pub fn times(&self, timetable: &Timetable) -> Vec<Time> {
        match self {
            Self::Now { .. } => Vec::new(),
            Self::Once { at } => vec![at.time()],
            Self::Daily {
                times, sessions, ..
            }
            | Self::Weekly {
                times, sessions, ..
            } => {
                let hours = sessions.iter().flat_map(|one| timetable.hours(*one));
                let hours = hours.map(|(_, hour)| hour);
                times.iter().copied().chain(hours).collect()
            }
        }
    }

    /// When something starts on `date` in `zone` where `timetable` holds: each instant once, in
    /// order. Of the starts that fall on one instant it is the last of [`Self::starts`].
    pub fn instants(&self, date: Date, zone: &Zone, timetable: &Timetable) -> Vec<Start> {
        let mut starts = self.starts(date, zone, timetable);
        starts.dedup_by(|next, kept| {
            let together = next.at == kept.at;
            if together {
                *kept = *next;
            }
            together
        });
        starts
    }

    /// The starts that belong to `date` in `zone` where `timetable` holds, each under its own name,
    /// in order. A session that begins at a fixed hour of the rule stands before the start that is
    /// heard: it keeps a name of its own, under which it is not heard later that day, whatever
    /// becomes of the timetable.
    ///
    /// A civil time that the zone leaves out (clocks are put forward) is moved later by as much as
    /// the clocks are; should the rule have a start of its own at that hour, only that one stays.
    /// Of a civil time that comes twice (clocks are put back) the first is meant, once. An order
    /// that ends before it begins has no start, and [`Self::check`] says so.
    pub fn starts(&self, date: Date, zone: &Zone, timetable: &Timetable) -> Vec<Start> {
        let start = |nominal, session| {
            let at = zone.instant(nominal)?;
            let shown = zone.civil(at);
            let doubled = shown != nominal && self.writes(shown, timetable);
            (!doubled).then_some(Start {
                at,
                nominal,
                session,
            })
        };
        let mut starts: Vec<Start> = match self {
            Self::Now { ordered_at, until } => {
                let (at, nominal) = (*ordered_at, zone.civil(*ordered_at));
                let own = nominal.date() == date && at <= *until;
                let start = Start {
                    at,
                    nominal,
                    session: None,
                };
                own.then_some(start).into_iter().collect()
            }
            Self::Once { at } if at.date() == date => start(*at, None).into_iter().collect(),
            Self::Once { .. } => Vec::new(),
            Self::Daily { .. } | Self::Weekly { .. } if !self.holds_on(date, timetable) => {
                Vec::new()
            }
            Self::Daily { .. } | Self::Weekly { .. } => self
                .hours(date, timetable)
                .into_iter()
                .filter_map(|(hour, session)| start(date.to_datetime(hour), session))
                .collect(),
        };
        starts.sort_unstable_by_key(|start| (start.at, start.session.is_none(), start.session));
        starts.dedup_by_key(|start| (start.at, start.session));
        starts
    }

    /// The first start in `zone` at `instant` or after it where `timetable` holds, however far
    /// ahead that is; a rule that asks for holidays is followed for ten years.
    pub fn first_from(
        &self,
        instant: WallTime,
        zone: &Zone,
        timetable: &Timetable,
    ) -> Option<Start> {
        let today = zone.date(instant);
        let (first, weeks) = match self {
            Self::Now { ordered_at, .. } => (zone.date(*ordered_at), 0),
            Self::Once { at } => (at.date(), 0),
            // The day itself may be past its starts, so a week more than has_a_day looks at.
            Self::Daily { span, .. } | Self::Weekly { span, .. } => {
                let weeks = span.except.len().saturating_add(2);
                let holidays = if span.on.asks_for_holidays() {
                    SEARCHED_WEEKS
                } else {
                    0
                };
                (span.from.max(today), weeks.saturating_add(holidays))
            }
        };
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.take(weeks.saturating_mul(7).max(1))
            .flat_map(|day| self.instants(day, zone, timetable))
            .find(|start| start.at >= instant)
    }

    /// The first of [`first_from`](Self::first_from) and the starts behind it that lies outside
    /// `quiet`; `None` also where the first [`LOOKED_AT`] lie in it.
    pub fn first_heard_from(
        &self,
        instant: WallTime,
        zone: &Zone,
        timetable: &Timetable,
        quiet: &QuietHours,
    ) -> Option<Start> {
        let from = |instant| self.first_from(instant, zone, timetable);
        let behind = |start: &Start| from(start.at + Duration::from_millis(1));
        let starts = std::iter::successors(from(instant), behind);
        let mut starts = starts.take(LOOKED_AT);
        starts.find(|start| !quiet.holds_at(start.at, zone))
    }

    /// The hours of a repeating rule on a day on which it holds.
    fn hours(&self, date: Date, timetable: &Timetable) -> Vec<(Time, Option<Session>)> {
        let (Self::Daily {
            times, sessions, ..
        }
        | Self::Weekly {
            times, sessions, ..
        }) = self
        else {
            return Vec::new();
        };
        let fixed = times.iter().map(|time| (*time, None));
        let by_season = sessions
            .iter()
            .filter_map(|session| Some((timetable.hour(*session, date)?, Some(*session))));
        fixed.chain(by_season).collect()
    }

    fn holds_on(&self, date: Date, timetable: &Timetable) -> bool {
        match self {
            Self::Now { .. } => false,
            Self::Once { at } => at.date() == date,
            Self::Daily { span, .. } | Self::Weekly { span, .. } => {
                let within = self.fits_weekday(date) && span.contains(date);
                within && span.on.holds_on(date, timetable)
            }
        }
    }

    fn writes(&self, civil: DateTime, timetable: &Timetable) -> bool {
        match self {
            Self::Now { .. } => false,
            Self::Once { at } => *at == civil,
            Self::Daily { .. } | Self::Weekly { .. } => {
                let mut hours = self.hours(civil.date(), timetable).into_iter();
                self.holds_on(civil.date(), timetable)
                    && hours.any(|(hour, _)| hour == civil.time())
            }
        }
    }

    /// Each exception takes one day away, so one week more than there are exceptions tells. Which
    /// days are holidays is not asked: that changes.
    fn has_a_day(&self, span: &Span) -> bool {
        let excepted: BTreeSet<Date> = span.except.iter().copied().collect();
        let weeks = excepted.len().saturating_add(1);
        let days = std::iter::successors(Some(span.from), |day| day.tomorrow().ok());
        days.take_while(|day| span.until.is_none_or(|until| *day <= until))
            .take(weeks.saturating_mul(7))
            .filter(|day| span.on.fits_weekday(*day))
            .any(|day| !excepted.contains(&day) && self.fits_weekday(day))
    }

    fn fits_weekday(&self, date: Date) -> bool {
        match self {
            Self::Now { .. } | Self::Once { .. } | Self::Daily { .. } => true,
            Self::Weekly { days, .. } => days.contains(&date.weekday()),
        }
    }
}

impl Span {
    /// Whether the rule holds on `date`, as far as the first, the last and the excepted days say.
    pub fn contains(&self, date: Date) -> bool {
        let within = self.from <= date && self.until.is_none_or(|until| date <= until);
        within && !self.except.contains(&date)
    }
}

mod iso_weekdays {
    use jiff::civil::Weekday;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    pub fn serialize<S: Serializer>(days: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
        let numbers: Vec<i8> = days.iter().map(|day| day.to_monday_one_offset()).collect();
        numbers.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Weekday>, D::Error> {
        let numbers = Vec::<i8>::deserialize(d)?;
        let day = |number| Weekday::from_monday_one_offset(number).map_err(de::Error::custom);
        numbers.into_iter().map(day).collect()
    }
}
