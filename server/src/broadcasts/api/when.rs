//! When a broadcast airs, as JSON.

use jiff::civil::{Date, DateTime, Time, Weekday};
use programme::rule::{Rule, Span};
use programme::timetable::{DayType, Session};
use programme::units::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::broadcasts::order::NOW_HOLDS;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// When a broadcast airs, in the village's own time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// As soon as stations hear of it.
    Now {
        /// The last moment at which it may start; two hours from now unless it is given.
        until_ms: Option<i64>,
    },
    /// Once.
    Once {
        /// Local date and time, `2026-11-23T17:00`.
        at: String,
    },
    /// Every day.
    Daily {
        /// Local times, `17:00`.
        #[serde(default)]
        times: Vec<String>,
        /// `morning` and `evening`: at the hour of that session in the season of each day.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        sessions: Vec<Session>,
        /// The first day, `2026-11-23`; today unless it is given.
        from: Option<String>,
        /// The last day.
        until: Option<String>,
        /// Days that are left out.
        #[serde(default)]
        except: Vec<String>,
        /// On which types of day: `every`, `not_holidays`, `only_holidays`, `not_weekends` or
        /// `working_days`.
        #[serde(default)]
        #[schema(value_type = String)]
        on: DayType,
    },
    /// On some days of the week.
    Weekly {
        /// Monday is 1, Sunday is 7.
        days: Vec<i8>,
        /// Local times, `17:00`.
        #[serde(default)]
        times: Vec<String>,
        /// `morning` and `evening`: at the hour of that session in the season of each day.
        #[serde(default)]
        #[schema(value_type = Vec<String>)]
        sessions: Vec<Session>,
        /// The first day, `2026-11-23`; today unless it is given.
        from: Option<String>,
        /// The last day.
        until: Option<String>,
        /// Days that are left out.
        #[serde(default)]
        except: Vec<String>,
        /// On which types of day: `every`, `not_holidays`, `only_holidays`, `not_weekends` or
        /// `working_days`.
        #[serde(default)]
        #[schema(value_type = String)]
        on: DayType,
    },
}

impl When {
    /// The rule that is meant.
    ///
    /// # Errors
    /// 422 for a date or time that cannot be read.
    pub(super) fn rule(self, state: &State) -> Result<Rule> {
        let now = state.now();
        Ok(match self {
            Self::Now { until_ms } => Rule::Now {
                ordered_at: now,
                until: until_ms.map_or(now + NOW_HOLDS, WallTime::from_millis),
            },
            Self::Once { at } => Rule::Once { at: civil(&at)? },
            Self::Daily {
                times,
                sessions,
                from,
                until,
                except,
                on,
            } => Rule::Daily {
                times: all(&times, time)?,
                sessions,
                span: span(state, [from, until], &except, on)?,
            },
            Self::Weekly {
                days,
                times,
                sessions,
                from,
                until,
                except,
                on,
            } => Rule::Weekly {
                days: weekdays(&days)?,
                times: all(&times, time)?,
                sessions,
                span: span(state, [from, until], &except, on)?,
            },
        })
    }

    /// A rule as scripts read it.
    pub(super) fn of(rule: Rule) -> Self {
        let minute = |time: &Time| time.strftime("%H:%M").to_string();
        let texts = |days: Vec<Date>| days.iter().map(Date::to_string).collect();
        match rule {
            Rule::Now { until, .. } => Self::Now {
                until_ms: Some(until.as_millis()),
            },
            Rule::Once { at } => Self::Once {
                at: at.strftime("%Y-%m-%dT%H:%M").to_string(),
            },
            Rule::Daily {
                times,
                sessions,
                span,
            } => Self::Daily {
                times: times.iter().map(minute).collect(),
                sessions,
                from: Some(span.from.to_string()),
                until: span.until.map(|day| day.to_string()),
                except: texts(span.except),
                on: span.on,
            },
            Rule::Weekly {
                days,
                times,
                sessions,
                span,
            } => Self::Weekly {
                days: days.iter().map(|day| day.to_monday_one_offset()).collect(),
                times: times.iter().map(minute).collect(),
                sessions,
                from: Some(span.from.to_string()),
                until: span.until.map(|day| day.to_string()),
                except: texts(span.except),
                on: span.on,
            },
        }
    }
}

fn span(
    state: &State,
    [from, until]: [Option<String>; 2],
    except: &[String],
    on: DayType,
) -> Result<Span> {
    let zone = programme::zone::Zone::named(&state.config.commune.zone);
    let today = zone.map_err(anyhow::Error::from)?.date(state.now());
    Ok(Span {
        from: from.as_deref().map(date).transpose()?.unwrap_or(today),
        until: until.as_deref().map(date).transpose()?,
        except: all(except, date)?,
        on,
    })
}

/// Each of `texts`, read.
pub(super) fn all<T>(texts: &[String], read: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
    texts.iter().map(|text| read(text)).collect()
}

fn weekdays(numbers: &[i8]) -> Result<Vec<Weekday>> {
    let day = |number: &i8| Weekday::from_monday_one_offset(*number);
    let days: Result<Vec<_>, _> = numbers.iter().map(day).collect();
    days.map_err(|_| Error::invalid("error-broadcast-needs-day"))
}

/// A local time, `17:00`.
pub(super) fn time(text: &str) -> Result<Time> {
    text.parse().map_err(|_| unreadable(text))
}

fn date(text: &str) -> Result<Date> {
    text.parse().map_err(|_| unreadable(text))
}

fn civil(text: &str) -> Result<DateTime> {
    text.parse().map_err(|_| unreadable(text))
}

fn unreadable(text: &str) -> Error {
    Error::invalid("error-broadcast-unreadable-time").with("text", text)
}
