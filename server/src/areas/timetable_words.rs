//! Seasons, sessions, holidays and types of day in plain words.

use jiff::civil::{Date, Time};
use programme::timetable::{DayOfYear, DayType, Holiday, Season, Session, Timetable};

use crate::web::shell::Shell;

/// A season with the hours of its sessions. One that holds all year names no day.
pub fn season(season: &Season, only_one: bool, shell: &Shell) -> String {
    let hours =
        Session::ALL.map(|one| format!("{} {}", name(one, shell), minute(season.hour(one))));
    let since = match only_one {
        true => shell.say("timetable-all-year"),
        false => shell.say1("timetable-since", "day", day_of_year(season.from)),
    };
    format!("{since}: {}", hours.join(", "))
}

/// A session with its hour, or with that of each season where it has several; by its name alone
/// where no timetable is known.
pub fn session(session: Session, timetable: Option<&Timetable>, shell: &Shell) -> String {
    let name = name(session, shell);
    let hours = timetable.map(|one| one.hours(session)).unwrap_or_default();
    let Some((_, first)) = hours.first() else {
        return name;
    };
    if hours.iter().all(|(_, hour)| hour == first) {
        return format!("{name} ({})", minute(*first));
    }
    let hours = hours.iter().map(|(from, hour)| {
        let since = shell.say1("timetable-since", "day", day_of_year(*from));
        format!("{since}: {}", minute(*hour))
    });
    format!("{name} ({})", hours.collect::<Vec<_>>().join(", "))
}

fn name(session: Session, shell: &Shell) -> String {
    shell.say(match session {
        Session::Morning => "timetable-morning",
        Session::Evening => "timetable-evening",
    })
}

/// The days of a holiday and what it is called.
pub fn holiday(holiday: &Holiday) -> String {
    format!("{} {}", days(holiday), holiday.name)
}

/// The days of a holiday.
pub fn days(holiday: &Holiday) -> String {
    match holiday.from == holiday.until {
        true => day(holiday.from),
        false => format!("{}–{}", day(holiday.from), day(holiday.until)),
    }
}

/// A type of day.
pub fn day_type(on: DayType, shell: &Shell) -> String {
    shell.say_or("day-type", on.name())
}

/// `16/04`.
pub fn day_of_year(day: DayOfYear) -> String {
    format!("{:02}/{:02}", day.day(), day.month())
}

fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

fn minute(time: Time) -> String {
    time.strftime("%H:%M").to_string()
}
