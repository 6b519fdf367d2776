//! The timetable of a village: at which hour its sessions begin in each season, and which days are
//! holidays.
//!
//! Communes lay it down, and it changes with the year. So a rule names a session or a type of day,
//! never their hours and dates, and a station finds them in the timetable that its programme
//! carries: the season changes there by itself, however long nobody reaches it.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

/// A part of the day in which villages listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// Buổi sáng: before the work of the day.
    Morning,
    /// Buổi chiều: after it.
    Evening,
}

impl Session {
    /// Both, in the order of the day.
    pub const ALL: [Self; 2] = [Self::Morning, Self::Evening];

    /// Its name in names of cues, addresses and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Evening => "evening",
        }
    }

    /// The session of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// When the sessions of a village begin, and its holidays.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timetable {
    /// The seasons of each year, in any order. One holds all year; without one sessions have no
    /// hour, and what follows them does not air.
    #[serde(default)]
    pub seasons: Vec<Season>,
    /// The holidays, year by year.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
}

/// A part of each year: it goes on until another one begins, over the turn of the year too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Season {
    /// Its first day.
    pub from: DayOfYear,
    /// When the morning's session begins, local civil time.
    pub morning: Time,
    /// When the evening's does.
    pub evening: Time,
}

/// A holiday: one day or some that follow one another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holiday {
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub until: Date,
    /// What it is called.
    pub name: String,
}

impl Holiday {
    /// Whether `date` is one of its days.
    pub fn contains(&self, date: Date) -> bool {
        self.from <= date && date <= self.until
    }
}

impl Timetable {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.seasons.is_empty() && self.holidays.is_empty()
    }

    /// The season in which `date` lies: of those that began by then the last, in this year or the
    /// one before.
    pub fn season(&self, date: Date) -> Option<&Season> {
        let day = DayOfYear::of(date);
        let began = self.seasons.iter().filter(|season| season.from <= day);
        let last_of_year = || self.seasons.iter().max_by_key(|season| season.from);
        began.max_by_key(|season| season.from).or_else(last_of_year)
    }

    /// When a session begins on `date`, as clocks in the village show it.
    pub fn hour(&self, session: Session, date: Date) -> Option<Time> {
        self.season(date).map(|season| season.hour(session))
    }

    /// When a session begins in each season, in the order of the year.
    pub fn hours(&self, session: Session) -> Vec<(DayOfYear, Time)> {
        let hours = self.seasons.iter();
        let mut hours: Vec<_> = hours.map(|one| (one.from, one.hour(session))).collect();
        hours.sort_unstable();
        hours
    }

    /// The next first day of each season after `date`; none where one season holds all year.
    pub fn turns_after(&self, date: Date) -> Vec<Date> {
        if self.seasons.len() < 2 {
            return Vec::new();
        }
        let turns = self.seasons.iter();
        let mut turns: Vec<Date> = turns.filter_map(|one| one.from.next_after(date)).collect();
        turns.sort_unstable();
        turns.dedup();
        turns
    }

    /// The holiday that `date` belongs to.
    pub fn holiday(&self, date: Date) -> Option<&Holiday> {
        self.holidays.iter().find(|holiday| holiday.contains(date))
    }
}

impl Season {
    /// When a session begins in it.
    pub fn hour(&self, session: Session) -> Time {
        match session {
            Session::Morning => self.morning,
            Session::Evening => self.evening,
        }
    }
}

/// On which types of day a repeating rule holds, beside what else it says of its days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayType {
    /// On all.
    #[default]
    Every,
    /// Not on holidays.
    NotHolidays,
    /// On holidays alone.
    OnlyHolidays,
    /// Not on Saturday and Sunday.
    NotWeekends,
    /// Neither on Saturday and Sunday nor on holidays.
    WorkingDays,
}

impl DayType {
    /// All of them, the widest first.
    pub const ALL: [Self; 5] = [
        Self::Every,
        Self::NotHolidays,
        Self::OnlyHolidays,
        Self::NotWeekends,
        Self::WorkingDays,
    ];

    /// Its name in forms and for scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Every => "every",
            Self::NotHolidays => "not_holidays",
            Self::OnlyHolidays => "only_holidays",
            Self::NotWeekends => "not_weekends",
            Self::WorkingDays => "working_days",
        }
    }

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it leaves no day out.
    pub fn is_every(&self) -> bool {
        *self == Self::Every
    }

    /// Whether it depends on which days are holidays.
    pub fn asks_for_holidays(self) -> bool {
        match self {
            Self::Every | Self::NotWeekends => false,
            Self::NotHolidays | Self::OnlyHolidays | Self::WorkingDays => true,
        }
    }

    /// Whether `date` may be of this type as far as its day of the week says.
    pub fn fits_weekday(self, date: Date) -> bool {
        match self {
            Self::Every | Self::NotHolidays | Self::OnlyHolidays => true,
            Self::NotWeekends | Self::WorkingDays => !is_weekend(date),
        }
    }

    /// Whether `date` is of this type where `timetable` holds.
    pub fn holds_on(self, date: Date, timetable: &Timetable) -> bool {
        let fits_holiday = match self {
            Self::Every | Self::NotWeekends => true,
            Self::NotHolidays | Self::WorkingDays => timetable.holiday(date).is_none(),
            Self::OnlyHolidays => timetable.holiday(date).is_some(),
        };
        fits_holiday && self.fits_weekday(date)
    }
}

/// Whether `date` is a Saturday or a Sunday.
pub fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// A day of each year, such as 16 April; 29 February is 1 March in years that have none. As text
/// its month and day, `04-16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayOfYear {
    month: i8,
    day: i8,
}

/// A text that is no day of the year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day of the year: month and day, as in 04-16")]
pub struct ParseDayOfYearError(String);

impl DayOfYear {
    /// The first day of the year.
    pub const FIRST: Self = Self { month: 1, day: 1 };

    /// The day of a month, if that month ever has it.
    pub fn new(month: i8, day: i8) -> Option<Self> {
        // A leap year has every day that any year has.
        let exists = Date::new(2_024, month, day).is_ok();
        exists.then_some(Self { month, day })
    }

    /// The day of the year of a date.
    pub fn of(date: Date) -> Self {
        Self {
            month: date.month(),
            day: date.day(),
        }
    }

    /// The month, from 1 on.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The day of the month.
    pub fn day(self) -> i8 {
        self.day
    }

    /// Its next date after `date`.
    fn next_after(self, date: Date) -> Option<Date> {
        let years = [Some(date.year()), date.year().checked_add(1)];
        let mut dates = years
            .into_iter()
            .flatten()
            .filter_map(|year| self.in_year(year));
        dates.find(|next| *next > date)
    }

    fn in_year(self, year: i16) -> Option<Date> {
        let after_february = || Date::new(year, 2, 28).ok()?.checked_add(1.day()).ok();
        Date::new(year, self.month, self.day)
            .ok()
            .or_else(after_february)
    }
}

impl FromStr for DayOfYear {
    type Err = ParseDayOfYearError;
    fn from_str(text: &str) -> Result<Self, ParseDayOfYearError> {
        let read = || {
            let (month, day) = text.split_once('-')?;
            Self::new(month.parse().ok()?, day.parse().ok()?)
        };
        read().ok_or_else(|| ParseDayOfYearError(text.to_owned()))
    }
}

impl TryFrom<String> for DayOfYear {
    type Error = ParseDayOfYearError;
    fn try_from(text: String) -> Result<Self, ParseDayOfYearError> {
        text.parse()
    }
}

impl From<DayOfYear> for String {
    fn from(day: DayOfYear) -> String {
        day.to_string()
    }
}

impl fmt::Display for DayOfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}
