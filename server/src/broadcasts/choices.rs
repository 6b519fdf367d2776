//! Starts that one tap chooses: on the form, and beside a bulletin that was approved.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, Weekday};
use programme::ids::{AreaId, BulletinId};
use programme::programme::QuietHours;
use programme::timetable::{Session, Timetable};
use programme::units::WallTime;
use programme::zone::Zone;

use crate::areas::area::Area;
use crate::areas::sessions::Sessions;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// Hours at which villages listen beside their sessions, where nobody said when they do.
const BESIDE: [Time; 2] = [Time::constant(11, 30, 0, 0), Time::constant(19, 0, 0, 0)];

/// A start that one tap chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quick {
    /// As it is sent, `2026-11-24T06:00`.
    pub value: String,
    /// Names `today` or `tomorrow`.
    pub day: &'static str,
    /// The time of the day.
    pub time: String,
}

/// The starts of today and tomorrow at which villages listen, without what lies in quiet hours: the
/// sessions at their hour in the season. Where an area says nothing of sessions, some hours beside
/// the habitual ones are offered too.
pub fn quick(now: WallTime, zone: &Zone, quiet: &QuietHours, timetable: &Timetable) -> Vec<Quick> {
    let here = zone.civil(now);
    let tomorrow = here.date().checked_add(1.day()).unwrap_or(here.date());
    let days = [
        ("broadcasts-today", here.date()),
        ("broadcasts-tomorrow", tomorrow),
    ];
    let beside: &[Time] = if is_by_habit(timetable) { &BESIDE } else { &[] };
    let mut quick = Vec::new();
    for (day, date) in days {
        let sessions = Session::ALL.into_iter();
        let sessions = sessions.filter_map(|one| timetable.hour(one, date));
        let mut hours: Vec<Time> = sessions.chain(beside.iter().copied()).collect();
        hours.sort();
        hours.dedup();
        for hour in hours {
            let at: DateTime = date.to_datetime(hour);
            if at > here && !quiet.contains(at.time()) {
                quick.push(Quick {
                    value: at.strftime("%Y-%m-%dT%H:%M").to_string(),
                    day,
                    time: at.strftime("%H:%M").to_string(),
                });
            }
        }
    }
    quick
}

/// Whether sessions begin all year when villages listen by habit.
fn is_by_habit(timetable: &Timetable) -> bool {
    let habit = Sessions::default();
    let mut seasons = timetable.seasons.iter();
    seasons.all(|one| one.morning == habit.morning.from && one.evening == habit.evening.from)
}

/// A button that leads to the form, filled in and looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Where it leads.
    pub address: String,
    /// What it says.
    pub text: String,
}

/// When a bulletin may air in `area`: at once, this evening, tomorrow morning, each Monday, each
/// day. Hours that lie in its quiet hours are not among them.
///
/// # Errors
/// The area has a zone that cannot be read.
pub fn choices(
    bulletin: &BulletinId,
    area: &Area,
    now: WallTime,
    shell: &Shell,
) -> Result<Vec<Choice>> {
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let here = zone.civil(now);
    let timetable = &area.ways.timetable;
    let quiet = QuietHours::from(area.ways.quiet_hours);
    let at_session = |session: Session, date: Date| {
        let hour = timetable.hour(session, date);
        let hour = hour.filter(|hour| !quiet.contains(*hour));
        hour.map(|hour| date.to_datetime(hour))
    };
    let tomorrow = here.date().checked_add(1.day()).unwrap_or(here.date());
    let once = |key: &str, at: DateTime| Choice {
        address: format!(
            "{}&when=once&date={}&time={}#preview",
            prefilled(Some(bulletin), &area.id),
            at.date(),
            at.strftime("%H:%M")
        ),
        text: shell.say1(key, "time", at.strftime("%H:%M").to_string()),
    };
    let mut choices = vec![Choice {
        address: format!("{}&when=now#preview", prefilled(Some(bulletin), &area.id)),
        text: shell.say("now-choose"),
    }];
    let evening = at_session(Session::Evening, here.date());
    for (key, at) in [
        ("choose-this-evening", evening.filter(|at| *at > here)),
        (
            "choose-tomorrow-morning",
            at_session(Session::Morning, tomorrow),
        ),
        (
            "choose-tomorrow-evening",
            at_session(Session::Evening, tomorrow),
        ),
    ] {
        choices.extend(at.map(|at| once(key, at)));
    }
    let Some(evening) = evening else {
        return Ok(choices);
    };
    let time = evening.strftime("%H:%M").to_string();
    // What repeats follows the seasons where there are some.
    let hour = match timetable.seasons.len() {
        0 | 1 => format!("times={time}"),
        _ => format!("session={}", Session::Evening.name()),
    };
    let monday = Weekday::Monday.to_monday_one_offset();
    for (key, when) in [
        ("choose-mondays", format!("weekly&day={monday}")),
        ("choose-daily", "daily".to_owned()),
    ] {
        choices.push(Choice {
            address: format!(
                "{}&when={when}&{hour}#preview",
                prefilled(Some(bulletin), &area.id)
            ),
            text: shell.say1(key, "time", time.clone()),
        });
    }
    Ok(choices)
}

/// The beginning of the form's address; with a bulletin it is looked at at once.
pub fn prefilled(bulletin: Option<&BulletinId>, area: &AreaId) -> String {
    match bulletin {
        Some(bulletin) => {
            format!("/broadcasts/new?step=preview&bulletin={bulletin}&area={area}")
        }
        None => format!("/broadcasts/new?area={area}"),
    }
}

#[cfg(test)]
mod tests {
    use programme::timetable::Season;

    use super::*;

    #[test]
    fn quick_choices_lie_ahead_and_outside_quiet_hours() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let now = zone.instant("2026-11-23T12:00".parse().unwrap()).unwrap();
        let season = |from: &str, morning: i8| Season {
            from: from.parse().unwrap(),
            morning: Time::constant(morning, 0, 0, 0),
            evening: Time::constant(17, 0, 0, 0),
        };
        let values = |seasons: &[Season]| -> Vec<String> {
            let timetable = Timetable {
                seasons: seasons.to_vec(),
                holidays: Vec::new(),
            };
            let quick = quick(now, &zone, &QuietHours::default(), &timetable);
            quick.into_iter().map(|quick| quick.value).collect()
        };
        let all_year = values(&[season("01-01", 6)]);
        let [first, .., last] = all_year.as_slice() else {
            panic!("{all_year:?}");
        };
        assert_eq!(
            (first.as_str(), last.as_str()),
            ("2026-11-23T17:00", "2026-11-24T19:00")
        );
        assert_eq!(all_year.len(), 6);
        // From tomorrow on it is winter.
        let turning = values(&[season("04-16", 6), season("11-24", 7)]);
        let hours = ["2026-11-23T17:00", "2026-11-24T07:00", "2026-11-24T17:00"];
        assert_eq!(turning, hours);
    }
}
