//! Which days a page of the calendar shows.

use jiff::ToSpan;
use jiff::civil::Date;

/// How much of the calendar one page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// One day, hour by hour.
    Day,
    /// Monday to Sunday.
    #[default]
    Week,
    /// The weeks of a month, whole.
    Month,
}

impl View {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The view that a name names; the week for any other.
    pub fn from_name(name: &str) -> Self {
        let named = Self::ALL.into_iter().find(|view| view.name() == name);
        named.unwrap_or_default()
    }

    /// The days that are shown when `day` is among them, in order.
    pub fn days(self, day: Date) -> Vec<Date> {
        let (first, last) = match self {
            Self::Day => (day, day),
            Self::Week => (monday(day), sunday(day)),
            Self::Month => (monday(day.first_of_month()), sunday(day.last_of_month())),
        };
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.take_while(|day| *day <= last).collect()
    }

    /// A day of the page before.
    pub fn before(self, day: Date) -> Date {
        let moved = match self {
            Self::Day => day.checked_sub(1.day()),
            Self::Week => day.checked_sub(1.week()),
            Self::Month => day.first_of_month().checked_sub(1.month()),
        };
        moved.unwrap_or(day)
    }

    /// A day of the page after.
    pub fn after(self, day: Date) -> Date {
        let moved = match self {
            Self::Day => day.checked_add(1.day()),
            Self::Week => day.checked_add(1.week()),
            Self::Month => day.first_of_month().checked_add(1.month()),
        };
        moved.unwrap_or(day)
    }
}

fn monday(day: Date) -> Date {
    let back = day.weekday().to_monday_zero_offset();
    day.checked_sub(back.days()).unwrap_or(day)
}

fn sunday(day: Date) -> Date {
    let ahead = 6 - day.weekday().to_monday_zero_offset();
    day.checked_add(ahead.days()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(view: View, day: &str) -> (String, String, usize) {
        let days = view.days(day.parse().unwrap());
        let text = |day: Option<&Date>| day.unwrap().to_string();
        (text(days.first()), text(days.last()), days.len())
    }

    #[test]
    fn weeks_begin_on_monday_and_months_are_whole_weeks() {
        let week = ("2026-11-23".to_owned(), "2026-11-29".to_owned(), 7);
        assert_eq!(ends(View::Week, "2026-11-23"), week);
        assert_eq!(ends(View::Week, "2026-11-29"), week);
        let month = ("2026-10-26".to_owned(), "2026-12-06".to_owned(), 42);
        assert_eq!(ends(View::Month, "2026-11-15"), month);
        let leap = ("2028-01-31".to_owned(), "2028-03-05".to_owned(), 35);
        assert_eq!(ends(View::Month, "2028-02-29"), leap);
    }

    #[test]
    fn the_page_before_and_after_never_skip_a_month() {
        let last: Date = "2027-01-31".parse().unwrap();
        assert_eq!(View::Month.after(last).to_string(), "2027-02-01");
        assert_eq!(View::Month.before(last).to_string(), "2026-12-01");
        assert_eq!(View::Week.after(last).to_string(), "2027-02-07");
        assert_eq!(View::Day.before(Date::MIN), Date::MIN);
    }
}
