//! Which days are planned, and when they are planned anew: with each programme, at each midnight of
//! the station, and whenever its clock was set.

use anyhow::Context;
use jiff::ToSpan;
use jiff::civil::{Date, Time};
use programme::air::Input;
use programme::zone::Zone;
use tracing::info;

use super::Daemon;
use crate::state::Days;

/// How far back cues are settled after a long outage; what is older stays without an outcome.
pub const REACH_BACK_DAYS: u64 = 35;

impl Daemon {
    /// Makes the plans anew and tells the core. While the time is unknown no day is today.
    pub(super) async fn replan(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        self.midnight = None;
        let (Some(wall), Some(programme)) = (now.wall, &self.programme) else {
            // What somebody ordered here goes on all the same.
            self.tell_emergencies();
            return Ok(());
        };
        let zone = Zone::named(&programme.get().zone).context("read the programme's zone")?;
        let today = zone.date(wall);
        let known = self.state.days().await?;
        let mut plans = Vec::new();
        for date in span(known, today) {
            plans.push(programme.plan(date).context("plan a day")?);
        }
        let tomorrow = today.saturating_add(1.day());
        let midnight = zone.instant(tomorrow.to_datetime(Time::midnight()));
        self.midnight = midnight.and_then(|midnight| now.boot_at(midnight));
        let cues: usize = plans.iter().map(|plan| plan.get().cues.len()).sum();
        info!(%today, days = plans.len(), cues, "the days are planned");
        let at = programme.get().issued_at;
        let mut replaced = Vec::new();
        if let Some(before) = self.replaced.take() {
            for date in span(known, today) {
                replaced.push(before.plan(date).context("plan a day that is past")?);
            }
        }
        self.tell_emergencies();
        self.tell(Input::Plans(plans));
        if !replaced.is_empty() {
            self.tell(Input::Replaced {
                plans: replaced,
                at,
            });
        }
        let days = Days {
            first: known.map_or(today, |days| days.first.min(today)),
            last: today,
        };
        if known != Some(days) {
            // What the plans found overdue is on record before the days count as planned.
            self.obey().await?;
            self.state.set_days(days).await?;
        }
        Ok(())
    }
}

/// From the day before the last one that was planned, because its end may have been cut off, to the
/// day after today; never before the first day on which there was a programme.
fn span(known: Option<Days>, today: Date) -> impl Iterator<Item = Date> {
    let back = i64::try_from(REACH_BACK_DAYS).unwrap_or(0).days();
    let oldest = today.saturating_sub(back);
    let first = known.map_or(today, |days| {
        let from = days.last.min(today).saturating_sub(1.day());
        from.max(days.first.min(today)).max(oldest)
    });
    let last = today.saturating_add(1.day());
    first.series(1.day()).take_while(move |date| *date <= last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn days(first: Date, last: Date) -> Option<Days> {
        Some(Days { first, last })
    }

    #[test]
    fn plans_reach_from_the_day_before_the_last_planned_one_to_tomorrow() {
        let today = date(2026, 11, 23);
        let ends = |known| {
            let dates: Vec<_> = span(known, today).collect();
            (dates[0], dates[dates.len() - 1])
        };
        let tomorrow = date(2026, 11, 24);
        assert_eq!(ends(None), (today, tomorrow));
        let first = date(2026, 11, 1);
        assert_eq!(ends(days(first, today)), (date(2026, 11, 22), tomorrow));
        let away = days(first, date(2026, 11, 10));
        assert_eq!(ends(away), (date(2026, 11, 9), tomorrow));
        assert_eq!(ends(days(today, today)), (today, tomorrow));
        let long = days(date(2025, 1, 1), date(2025, 1, 2));
        assert_eq!(ends(long), (date(2026, 10, 19), tomorrow));
        let ahead = days(date(2030, 1, 1), date(2030, 1, 2));
        assert_eq!(ends(ahead), (today, tomorrow));
    }
}
