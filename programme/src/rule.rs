//! Rules: when a broadcast airs, in the civil time of the station's zone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

use crate::units::WallTime;

/// When a broadcast airs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// As soon as the station hears of it, unless that is after `until`.
    Now {
        /// When it was ordered.
        #[serde(rename = "ordered_at_ms")]
        ordered_at: WallTime,
        /// From then on it is too late.
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
