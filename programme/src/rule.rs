//! Rules: when a broadcast airs, in the civil time of the station's zone.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::units::WallTime;
use crate::zone::Zone;

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
}

/// A start that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// The instant.
    pub at: WallTime,
    /// The local civil time as the author wrote it, which names the start.
    pub nominal: DateTime,
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
    /// No time of the day is given.
    #[error("it names no time of the day")]
    NoTimes,
    /// No day of the week is given.
    #[error("it names no day of the week")]
    NoDays,
    /// The exceptions, or the days of the week, leave no day of the span.
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
        let (times, span) = match self {
            Self::Now { ordered_at, until } if until < ordered_at => {
                return Err(RuleError::UntilBeforeOrder);
            }
            Self::Now { .. } | Self::Once { .. } => return Ok(()),
            Self::Weekly { days, .. } if days.is_empty() => return Err(RuleError::NoDays),
            Self::Daily { times, span } | Self::Weekly { times, span, .. } => (times, span),
        };
        let from = span.from;
        match span.until {
            _ if times.is_empty() => Err(RuleError::NoTimes),
            Some(until) if until < from => Err(RuleError::EndBeforeStart { from, until }),
            _ if !self.has_a_day(span) => Err(RuleError::NoDayLeft { from }),
            _ => Ok(()),
        }
    }

    /// The starts that belong to `date` in `zone`, each once, soonest first.
    ///
    /// A civil time that the zone leaves out (clocks are put forward) is moved later by as much as
    /// the clocks are; should the rule have a start of its own at that hour, only that one stays.
    /// Of a civil time that comes twice (clocks are put back) the first is meant, once. An order
    /// that ends before it begins has no start, and [`Self::check`] says so.
    pub fn instants(&self, date: Date, zone: &Zone) -> Vec<Start> {
        let start = |nominal| {
            let at = zone.instant(nominal)?;
            let shown = zone.civil(at);
            let doubled = shown != nominal && self.writes(shown);
            (!doubled).then_some(Start { at, nominal })
        };
        let mut starts: Vec<Start> = match self {
            Self::Now { ordered_at, until } => {
                let (at, nominal) = (*ordered_at, zone.civil(*ordered_at));
                let own = nominal.date() == date && at <= *until;
                own.then_some(Start { at, nominal }).into_iter().collect()
            }
            Self::Once { at } if at.date() == date => start(*at).into_iter().collect(),
            Self::Once { .. } => Vec::new(),
            Self::Daily { times, .. } | Self::Weekly { times, .. } if self.holds_on(date) => times
                .iter()
                .filter_map(|time| start(date.to_datetime(*time)))
                .collect(),
            Self::Daily { .. } | Self::Weekly { .. } => Vec::new(),
        };
        starts.sort_unstable();
        starts.dedup_by_key(|start| start.at);
        starts
    }

    /// The first start in `zone` at `instant` or after it, however far ahead that is.
    pub fn first_from(&self, instant: WallTime, zone: &Zone) -> Option<Start> {
        let today = zone.date(instant);
        let (first, weeks) = match self {
            Self::Now { ordered_at, .. } => (zone.date(*ordered_at), 0),
            Self::Once { at } => (at.date(), 0),
            // The day itself may be past its starts, so a week more than has_a_day looks at.
            Self::Daily { span, .. } | Self::Weekly { span, .. } => {
                (span.from.max(today), span.except.len().saturating_add(2))
            }
        };
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.take(weeks.saturating_mul(7).max(1))
            .flat_map(|day| self.instants(day, zone))
            .find(|start| start.at >= instant)
    }

    fn holds_on(&self, date: Date) -> bool {
        match self {
            Self::Now { .. } => false,
            Self::Once { at } => at.date() == date,
            Self::Daily { span, .. } | Self::Weekly { span, .. } => {
                self.fits_weekday(date) && span.contains(date)
            }
        }
    }

    fn writes(&self, civil: DateTime) -> bool {
        match self {
            Self::Now { .. } => false,
            Self::Once { at } => *at == civil,
            Self::Daily { times, .. } | Self::Weekly { times, .. } => {
                self.holds_on(civil.date()) && times.contains(&civil.time())
            }
        }
    }

    /// Each exception takes one day away, so one week more than there are exceptions tells.
    fn has_a_day(&self, span: &Span) -> bool {
        let excepted: BTreeSet<Date> = span.except.iter().copied().collect();
        let weeks = excepted.len().saturating_add(1);
        let days = std::iter::successors(Some(span.from), |day| day.tomorrow().ok());
        days.take_while(|day| span.until.is_none_or(|until| *day <= until))
            .take(weeks.saturating_mul(7))
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
    /// Whether the rule holds on `date`, as far as the span says.
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
