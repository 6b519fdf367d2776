//! What somebody wants aired, and whether it makes sense before any village is looked at.

use std::time::Duration;

use jiff::civil::Time;
use programme::ids::{AreaId, BroadcastId, BulletinId};
use programme::programme::{MAX_REPEATS, MissedRule};
use programme::rule::{Rule, RuleError};
use programme::timetable::{DayType, Timetable};
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::Broadcast;
use super::moving::Move;
use super::room::Skip;
use crate::web::errors::{Error, Result};

/// How often a broadcast is heard at each start, unless its author says otherwise: notices are read
/// twice by habit.
pub const REPEATS: u32 = 2;
/// Silence between two repeats, unless its author says otherwise.
pub const GAP: Duration = Duration::from_secs(30);
/// Longest silence between two repeats.
pub const LONGEST_GAP: Duration = Duration::from_secs(10 * 60);
/// What is to air at once is too late after so long, unless its author says otherwise.
pub const NOW_HOLDS: Duration = Duration::from_secs(2 * 3_600);
/// Most bulletins in one broadcast, times of a day, and days left out.
const MOST: usize = 30;

/// What somebody wants aired.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What airs, in order.
    pub bulletins: Vec<BulletinId>,
    /// Where: each area with everything below it.
    pub targets: Vec<AreaId>,
    /// When.
    pub rule: Rule,
    /// How often the whole is heard at each start.
    pub repeats: u32,
    /// Silence between two repeats.
    pub gap: Duration,
    /// What happens to a start that could not take place.
    pub missed: MissedRule,
    /// Whether the chime opens it.
    pub chime: bool,
    /// The broadcast that it gives another time.
    pub moves: Option<Move>,
    /// Broadcasts that are cancelled to make room.
    pub replaces: Vec<BroadcastId>,
    /// Single starts of others that make room where this one is heard.
    pub skips: Vec<Skip>,
    /// Whether an officer stands by it where it goes beyond what villages lay down.
    pub over_limits: bool,
    /// The same for the same form, so that sending it twice makes one broadcast.
    pub request_key: Option<String>,
}

/// What an order is told that keeps to holidays where none is to come.
pub const NO_HOLIDAY: &str = "error-broadcast-no-holiday";

impl Order {
    /// Whether the order makes sense by itself, on a clock in `zone` that shows `now`, where
    /// `timetable` holds.
    ///
    /// # Errors
    /// 422 with the first thing that is wrong.
    pub fn check(&self, now: WallTime, zone: &Zone, timetable: &Timetable) -> Result<()> {
        if self.bulletins.is_empty() {
            return Err(Error::invalid("error-broadcast-needs-bulletin"));
        }
        if self.targets.is_empty() {
            return Err(Error::invalid("error-broadcast-needs-area"));
        }
        if self.skips.len() > MOST || self.replaces.len() > MOST {
            return Err(Error::invalid("error-broadcast-too-many-clashes").with("most", MOST));
        }
        if self.bulletins.len() > MOST {
            return Err(Error::invalid("error-broadcast-too-many-bulletins").with("most", MOST));
        }
        if !(1..=MAX_REPEATS).contains(&self.repeats) {
            return Err(Error::invalid("error-broadcast-repeats").with("most", MAX_REPEATS));
        }
        if self.gap > LONGEST_GAP {
            let most = LONGEST_GAP.as_secs();
            return Err(Error::invalid("error-broadcast-gap").with("most", most));
        }
        self.rule.check().map_err(wrong_rule)?;
        self.check_times(timetable)?;
        self.check_past(now, zone)?;
        self.check_holidays(now, zone, timetable)
    }

    fn check_times(&self, timetable: &Timetable) -> Result<()> {
        let times = self.rule.times(timetable);
        let except = match &self.rule {
            Rule::Now { .. } | Rule::Once { .. } => 0,
            Rule::Daily { span, .. } | Rule::Weekly { span, .. } => span.except.len(),
        };
        if times.len() > MOST || except > MOST {
            return Err(Error::invalid("error-broadcast-too-many-times").with("most", MOST));
        }
        match (self.missed, times.iter().max()) {
            (MissedRule::Until { until }, Some(start)) if until <= *start => {
                let error = Error::invalid("error-broadcast-until-before-start");
                Err(error
                    .with("start", minute(*start))
                    .with("until", minute(until)))
            }
            _ => Ok(()),
        }
    }

    fn check_past(&self, now: WallTime, zone: &Zone) -> Result<()> {
        let past = |at: String| Err(Error::invalid("error-broadcast-in-past").with("at", at));
        let here = zone.civil(now);
        match &self.rule {
            Rule::Once { at } if *at <= here => past(at.strftime("%d/%m/%Y %H:%M").to_string()),
            Rule::Now { until, .. } if *until <= now => {
                past(zone.civil(*until).strftime("%d/%m/%Y %H:%M").to_string())
            }
            Rule::Daily { span, .. } | Rule::Weekly { span, .. } => match span.until {
                Some(until) if until < here.date() => past(until.strftime("%d/%m/%Y").to_string()),
                Some(_) | None => Ok(()),
            },
            Rule::Now { .. } | Rule::Once { .. } => Ok(()),
        }
    }

    /// A rule that asks for holidays has a day to come, by those that are known.
    fn check_holidays(&self, now: WallTime, zone: &Zone, timetable: &Timetable) -> Result<()> {
        let (Rule::Daily { span, .. } | Rule::Weekly { span, .. }) = &self.rule else {
            return Ok(());
        };
        let asks = span.on.asks_for_holidays();
        if !asks || self.rule.first_from(now, zone, timetable).is_some() {
            return Ok(());
        }
        if span.on == DayType::OnlyHolidays {
            return Err(Error::invalid(NO_HOLIDAY));
        }
        Err(wrong_rule(RuleError::NoDayLeft { from: span.from }))
    }

    /// The broadcast that the order becomes when it is kept at `now`. What is to air at once is in
    /// force from the order on, although some moments passed until it was kept.
    pub fn broadcast(&self, id: BroadcastId, now: WallTime, by: Option<String>) -> Broadcast {
        let since = match &self.rule {
            Rule::Now { ordered_at, .. } => now.min(*ordered_at),
            Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => now,
        };
        Broadcast {
            id,
            bulletins: self.bulletins.clone(),
            targets: self.targets.clone(),
            rule: self.rule.clone(),
            since,
            repeats: self.repeats,
            gap: self.gap,
            missed: self.missed,
            chime: self.chime,
            created_by: by,
            cancelled_at: None,
            moved_to: None,
        }
    }
}

fn wrong_rule(error: RuleError) -> Error {
    match error {
        RuleError::UntilBeforeOrder => Error::invalid("error-broadcast-until-before-now"),
        RuleError::EndBeforeStart { from, until } => {
            Error::invalid("error-broadcast-end-before-start")
                .with("from", from.strftime("%d/%m/%Y"))
                .with("until", until.strftime("%d/%m/%Y"))
        }
        RuleError::NoTimes => Error::invalid("error-broadcast-needs-time"),
        RuleError::NoDays => Error::invalid("error-broadcast-needs-day"),
        RuleError::NoDayLeft { from } => {
            Error::invalid("error-broadcast-no-day-left").with("from", from.strftime("%d/%m/%Y"))
        }
    }
}

/// A time as people write it.
pub fn minute(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_for_now_is_in_force_although_time_passes_until_it_is_kept() {
        let ordered_at = WallTime::from_millis(1_000);
        let order = Order {
            bulletins: Vec::new(),
            targets: Vec::new(),
            rule: Rule::Now {
                ordered_at,
                until: ordered_at + NOW_HOLDS,
            },
            repeats: REPEATS,
            gap: GAP,
            missed: MissedRule::OnlyThen,
            chime: true,
            moves: None,
            replaces: Vec::new(),
            skips: Vec::new(),
            over_limits: false,
            request_key: None,
        };
        let id = BroadcastId::from_random([1; 10]);
        let kept = order.broadcast(id, WallTime::from_millis(1_007), None);
        assert_eq!(kept.since, ordered_at);
    }
}
