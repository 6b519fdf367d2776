//! When a village listens: the two sessions of its day, and how long one should be at most.

use std::time::Duration;

use jiff::civil::Time;
use programme::lint::Limits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::web::errors::{Error, Result};

/// Longest limit that may be set, in minutes: beyond it a limit warns of nothing.
const MOST_MINUTES: u16 = 240;

/// The sessions of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Before the work of the day.
    pub morning: Session,
    /// After it.
    pub evening: Session,
    /// How many minutes one of them should sound at most. More is warned of, and refused only where
    /// the policy of the area says that limits bind.
    pub most_minutes: u16,
}

/// A span of the day in which villages expect the loudspeakers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Its first minute.
    #[schema(value_type = String)]
    pub from: Time,
    /// The first minute after it.
    #[schema(value_type = String)]
    pub until: Time,
}

impl Default for Sessions {
    /// The hours at which villages listen by habit, and the limit that provinces set.
    fn default() -> Self {
        let span = |from, until| Session {
            from: Time::constant(from, 0, 0, 0),
            until: Time::constant(until, 0, 0, 0),
        };
        let most = Limits::default().session.as_secs() / 60;
        Self {
            morning: span(6, 8),
            evening: span(17, 19),
            most_minutes: u16::try_from(most).unwrap_or(MOST_MINUTES),
        }
    }
}

impl Sessions {
    /// Whether they make sense: each ends after it begins, the evening's after the morning's.
    ///
    /// # Errors
    /// 422 when they do not; it says which of them is wrong.
    pub fn check(&self) -> Result<()> {
        let (morning, evening) = (self.morning, self.evening);
        for (name, one) in [("morning", morning), ("evening", evening)] {
            if one.until <= one.from {
                return Err(Error::invalid("error-area-session-backwards")
                    .with("session", name)
                    .with("from", one.from.strftime("%H:%M"))
                    .with("until", one.until.strftime("%H:%M")));
            }
        }
        if evening.from < morning.until {
            return Err(Error::invalid("error-area-sessions-overlap")
                .with("morning", morning.until.strftime("%H:%M"))
                .with("evening", evening.from.strftime("%H:%M")));
        }
        match (1..=MOST_MINUTES).contains(&self.most_minutes) {
            true => Ok(()),
            false => Err(wrong_minutes()),
        }
    }

    /// What lint warns beyond.
    pub fn limits(&self) -> Limits {
        Limits {
            session: Duration::from_secs(u64::from(self.most_minutes) * 60),
            ..Limits::default()
        }
    }

    /// The sessions as five fields of a form mean them; `None` when all are empty.
    ///
    /// # Errors
    /// 422 when some are empty or cannot be read.
    pub fn typed(fields: [&str; 5]) -> Result<Option<Self>> {
        let fields = fields.map(str::trim);
        if fields.iter().all(|text| text.is_empty()) {
            return Ok(None);
        }
        let [
            morning_from,
            morning_until,
            evening_from,
            evening_until,
            most,
        ] = fields;
        let span = |name: &str, from: &str, until: &str| match (from.parse(), until.parse()) {
            (Ok(from), Ok(until)) => Ok(Session { from, until }),
            (Err(_), _) | (_, Err(_)) => {
                Err(Error::invalid("error-area-session-hours").with("session", name))
            }
        };
        Ok(Some(Self {
            morning: span("morning", morning_from, morning_until)?,
            evening: span("evening", evening_from, evening_until)?,
            most_minutes: most.parse().map_err(|_| wrong_minutes())?,
        }))
    }
}

fn wrong_minutes() -> Error {
    Error::invalid("error-area-session-minutes").with("most", MOST_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_whole_and_in_order_or_not_there() {
        assert_eq!(Sessions::typed(["", " ", "", "", ""]).unwrap(), None);
        let half = Sessions::typed(["06:00", "", "17:00", "19:00", "45"]).unwrap_err();
        assert_eq!(half.key(), "error-area-session-hours");
        assert_eq!(half.values(), [("session", "morning".to_owned())]);
        let backwards = Sessions::typed(["06:00", "08:00", "19:00", "17:00", "45"]).unwrap();
        let backwards = backwards.unwrap().check().unwrap_err();
        assert_eq!(backwards.key(), "error-area-session-backwards");
        assert_eq!(backwards.values()[0], ("session", "evening".to_owned()));
        let wrong = Sessions::typed(["06:00", "18:00", "17:00", "19:00", "45"]).unwrap();
        assert!(wrong.unwrap().check().is_err());
        let long = Sessions::typed(["06:00", "08:00", "17:00", "19:00", "2000"]).unwrap();
        assert!(long.unwrap().check().is_err());
        assert!(Sessions::default().check().is_ok());
    }
}
