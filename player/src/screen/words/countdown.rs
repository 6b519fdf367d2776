//! How long until the next cue begins, in figures that are read at arm's length.

use std::time::Duration;

use programme::units::WallTime;

use super::ScreenLanguage;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long until a cue begins, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countdown {
    /// What stands before the figures, or the whole where there are none.
    pub before: &'static str,
    /// Each figure with its unit, the greatest first; two at most.
    pub figures: Vec<(u64, &'static str)>,
}

impl ScreenLanguage {
    /// How long it is from `now` until `planned`. What is begun of a second counts, what is begun
    /// of a minute does not: it never promises more than there is.
    pub fn countdown(self, now: WallTime, planned: WallTime) -> Countdown {
        let left = planned.since(now);
        if left.is_zero() {
            return Countdown {
                before: self.pick("Đang chờ đến lượt", "It waits for its turn"),
                figures: Vec::new(),
            };
        }
        Countdown {
            before: self.pick("còn", "in"),
            figures: self.figures(left),
        }
    }

    fn figures(self, left: Duration) -> Vec<(u64, &'static str)> {
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let (days, hours) = (seconds / DAY, seconds % DAY / HOUR);
        let minutes = seconds % HOUR / MINUTE;
        let units = [
            (days, self.unit(days, "ngày", ("day", "days"))),
            (hours, self.unit(hours, "giờ", ("hour", "hours"))),
            (minutes, self.unit(minutes, "phút", ("minute", "minutes"))),
        ];
        if seconds < MINUTE {
            return vec![(seconds, self.unit(seconds, "giây", ("second", "seconds")))];
        }
        let begun = units.iter().position(|(count, _)| *count > 0);
        let two = units.into_iter().skip(begun.unwrap_or(0)).take(2);
        two.filter(|(count, _)| *count > 0).collect()
    }

    fn unit(
        self,
        count: u64,
        vietnamese: &'static str,
        (one, more): (&'static str, &'static str),
    ) -> &'static str {
        self.pick(vietnamese, if count == 1 { one } else { more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_LATE: Duration = Duration::from_secs(MINUTE);

    fn says(language: ScreenLanguage, seconds: u64, millis: u64) -> String {
        let now = WallTime::from_millis(1_800_000_000_000);
        let planned = now + Duration::from_millis(seconds * 1_000 + millis);
        let Countdown { before, figures } = language.countdown(now, planned);
        let figures = figures
            .iter()
            .map(|(count, unit)| format!(" {count} {unit}"));
        format!("{before}{}", figures.collect::<String>())
    }

    #[test]
    fn it_counts_in_what_people_say_and_never_promises_more_than_there_is() {
        let vietnamese = |seconds, millis| says(ScreenLanguage::Vietnamese, seconds, millis);
        assert_eq!(vietnamese(0, 1), "còn 1 giây");
        assert_eq!(vietnamese(59, 0), "còn 59 giây");
        assert_eq!(vietnamese(59, 1), "còn 1 phút");
        assert_eq!(vietnamese(12 * MINUTE + 59, 0), "còn 12 phút");
        assert_eq!(vietnamese(HOUR, 0), "còn 1 giờ");
        assert_eq!(vietnamese(HOUR + 5 * MINUTE, 0), "còn 1 giờ 5 phút");
        assert_eq!(vietnamese(DAY + 5 * MINUTE, 0), "còn 1 ngày");
        assert_eq!(vietnamese(2 * DAY + 3 * HOUR, 0), "còn 2 ngày 3 giờ");
        let english = |seconds| says(ScreenLanguage::English, seconds, 0);
        assert_eq!(english(1), "in 1 second");
        assert_eq!(english(2 * HOUR + MINUTE), "in 2 hours 1 minute");
    }

    #[test]
    fn what_is_due_and_has_not_begun_waits() {
        let planned = WallTime::from_millis(1_800_000_000_000);
        for now in [planned, planned + MINUTE_LATE] {
            let said = ScreenLanguage::Vietnamese.countdown(now, planned);
            assert_eq!(said.before, "Đang chờ đến lượt");
            assert_eq!(said.figures, []);
        }
    }
}
