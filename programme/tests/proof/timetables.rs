//! The timetable: the hour of a session in each season, and the days that a rule keeps to.

mod any_day;

use jiff::civil::Weekday;
use programme::day_plan::{Cue, Obstacle};
use programme::lint::{Limits, lint};
use programme::programme::{Item, Programme, QuietHours};
use programme::rule::{Rule, RuleError, Span};
use programme::timetable::{DayOfYear, DayType, Holiday, Season, Session, Timetable};
use programme::zone::Zone;

use crate::village::{
    Adding, MINUTE, at, broadcast, broadcast_id, bulletin, date, once, plan, time, village,
};

fn season(from: &str, morning: &str, evening: &str) -> Season {
    Season {
        from: from.parse().expect("a day of the year"),
        morning: time(morning),
        evening: time(evening),
    }
}

fn holiday(from: &str, until: &str, name: &str) -> Holiday {
    Holiday {
        from: date(from),
        until: date(until),
        name: name.to_owned(),
    }
}

/// Summer from 16 April, winter from 16 October on; the New Year by the moon, and a day in May.
fn timetable() -> Timetable {
    Timetable {
        seasons: vec![
            season("10-16", "05:30", "17:00"),
            season("04-16", "05:00", "17:30"),
        ],
        holidays: vec![
            holiday("2027-02-05", "2027-02-09", "Tết Nguyên đán"),
            holiday("2027-05-01", "2027-05-01", "Quốc tế Lao động"),
        ],
    }
}

fn span(on: DayType) -> Span {
    Span {
        from: date("2026-01-01"),
        until: None,
        except: Vec::new(),
        on,
    }
}

fn daily(sessions: &[Session], on: DayType) -> Rule {
    Rule::Daily {
        times: Vec::new(),
        sessions: sessions.to_vec(),
        span: span(on),
    }
}

/// A village without quiet hours that airs a bulletin of a minute by `rule`.
fn airing(rule: Rule, timetable: Timetable) -> Programme {
    let mut programme = village()
        .holding(1, bulletin(1, MINUTE))
        .with(broadcast(1, rule));
    programme.quiet_hours = QuietHours::NONE;
    programme.timetable = timetable;
    programme
}

/// The hours at which something is planned on a day, as clocks in the village show them.
fn hours(programme: &Programme, day: &str) -> Vec<String> {
    let plan = plan(programme, day);
    let text = |cue: &Cue| plan.zone.civil(cue.planned).strftime("%H:%M").to_string();
    plan.cues.iter().map(text).collect()
}

#[test]
fn a_session_follows_the_seasons_both_ways_and_over_the_turn_of_the_year() {
    let programme = airing(daily(&Session::ALL, DayType::Every), timetable());
    for (day, expected) in [
        ("2026-04-15", ["05:30", "17:00"]),
        ("2026-04-16", ["05:00", "17:30"]),
        ("2026-10-15", ["05:00", "17:30"]),
        ("2026-10-16", ["05:30", "17:00"]),
        ("2026-12-31", ["05:30", "17:00"]),
        ("2027-01-01", ["05:30", "17:00"]),
        ("2027-04-16", ["05:00", "17:30"]),
        ("2031-10-16", ["05:30", "17:00"]),
    ] {
        assert_eq!(hours(&programme, day), expected, "{day}");
    }
}

#[test]
fn a_season_that_begins_on_29_february_begins_on_1_march_in_other_years() {
    let seasons = vec![
        season("02-29", "05:00", "17:30"),
        season("10-16", "05:30", "17:00"),
    ];
    let leap = Timetable {
        seasons,
        holidays: Vec::new(),
    };
    let morning = |day: &str| {
        leap.hour(Session::Morning, date(day))
            .map(|hour| hour.to_string())
    };
    for (day, hour) in [
        ("2027-02-28", "05:30:00"),
        ("2027-03-01", "05:00:00"),
        ("2028-02-28", "05:30:00"),
        ("2028-02-29", "05:00:00"),
        ("2028-03-01", "05:00:00"),
    ] {
        assert_eq!(morning(day).as_deref(), Some(hour), "{day}");
    }
    assert_eq!(
        leap.turns_after(date("2027-01-01")),
        [date("2027-03-01"), date("2027-10-16")]
    );
    assert_eq!(
        leap.turns_after(date("2027-12-01")),
        [date("2028-02-29"), date("2028-10-16")]
    );
}

#[test]
fn one_season_holds_all_year_and_without_any_a_session_has_no_hour() {
    let one = Timetable {
        seasons: vec![season("10-16", "06:00", "17:00")],
        holidays: Vec::new(),
    };
    let rule = daily(&[Session::Morning], DayType::Every);
    for day in ["2026-01-01", "2026-10-16", "2027-07-01"] {
        assert_eq!(hours(&airing(rule.clone(), one.clone()), day), ["06:00"]);
    }
    assert!(one.turns_after(date("2026-01-01")).is_empty());
    let without = airing(rule.clone(), Timetable::default());
    assert!(hours(&without, "2026-10-16").is_empty());
    assert_eq!(rule.check(), Ok(()));
}

#[test]
fn days_of_the_year_that_are_none_are_refused() {
    for text in [
        "02-31", "13-01", "00-10", "04-31", "4", "", "a-b", "04-16-01",
    ] {
        assert!(text.parse::<DayOfYear>().is_err(), "{text}");
    }
    let day: DayOfYear = "2-29".parse().expect("a day of leap years");
    assert_eq!(
        (day.to_string().as_str(), day.month(), day.day()),
        ("02-29", 2, 29)
    );
}

#[test]
fn each_type_of_day_holds_on_its_days_alone() {
    // A Thursday, a Saturday, a Thursday; Friday, Saturday and Tuesday of the New Year; a
    // Wednesday; the Saturday of May.
    let days = [
        "2027-01-28",
        "2027-01-30",
        "2027-02-04",
        "2027-02-05",
        "2027-02-06",
        "2027-02-09",
        "2027-02-10",
        "2027-05-01",
    ];
    for (on, expected) in [
        (DayType::Every, [1, 1, 1, 1, 1, 1, 1, 1]),
        (DayType::NotHolidays, [1, 1, 1, 0, 0, 0, 1, 0]),
        (DayType::OnlyHolidays, [0, 0, 0, 1, 1, 1, 0, 1]),
        (DayType::NotWeekends, [1, 0, 1, 1, 0, 1, 1, 0]),
        (DayType::WorkingDays, [1, 0, 1, 0, 0, 0, 1, 0]),
    ] {
        let programme = airing(daily(&[Session::Morning], on), timetable());
        let found = days.map(|day| hours(&programme, day).len());
        assert_eq!(found, expected, "{on:?}");
        assert_eq!(DayType::from_name(on.name()), Some(on));
    }
}

#[test]
fn days_of_the_week_and_types_of_day_hold_together() {
    let weekly = |days: &[Weekday], on| Rule::Weekly {
        days: days.to_vec(),
        times: vec![time("11:30")],
        sessions: Vec::new(),
        span: span(on),
    };
    let mondays = weekly(&[Weekday::Monday], DayType::NotHolidays);
    let programme = airing(mondays, timetable());
    // 8 February 2027 is the Monday within the New Year.
    let found = ["2027-02-01", "2027-02-08", "2027-02-15"].map(|day| hours(&programme, day).len());
    assert_eq!(found, [1, 0, 1]);
    let saturdays = weekly(&[Weekday::Saturday], DayType::WorkingDays);
    let from = date("2026-01-01");
    assert_eq!(saturdays.check(), Err(RuleError::NoDayLeft { from }));
}

#[test]
fn the_next_start_is_found_however_long_the_holidays_are_away() {
    let rule = daily(&[Session::Morning], DayType::OnlyHolidays);
    let (zone, timetable) = (crate::village::zone(), timetable());
    let next = |from: &str, rule: &Rule| {
        let start = rule.first_from(at(from), &zone, &timetable);
        start.map(|start| start.nominal.to_string())
    };
    let tet = Some("2027-02-05T05:30:00".to_owned());
    assert_eq!(next("2026-11-23T12:00", &rule), tet);
    let may = Some("2027-05-01T05:00:00".to_owned());
    assert_eq!(next("2027-02-09T05:31", &rule), may);
    assert_eq!(next("2027-05-01T05:01", &rule), None);
    let working = daily(&[Session::Morning], DayType::WorkingDays);
    let after = Some("2027-02-10T05:30:00".to_owned());
    assert_eq!(next("2027-02-04T12:00", &working), after);
}

#[test]
fn where_clocks_are_put_forward_a_session_is_moved_and_heard_once() {
    let berlin = Zone::named("Europe/Berlin").expect("a zone");
    let night = Timetable {
        seasons: vec![season("01-01", "02:30", "17:00")],
        holidays: Vec::new(),
    };
    let starts = |times: &[&str], day: &str| {
        let rule = Rule::Daily {
            times: times.iter().map(|text| time(text)).collect(),
            sessions: vec![Session::Morning],
            span: span(DayType::Every),
        };
        let starts = rule.instants(date(day), &berlin, &night).into_iter();
        let shown = starts.map(|start| berlin.civil(start.at).strftime("%H:%M").to_string());
        shown.collect::<Vec<_>>()
    };
    // Berlin 2026-03-29: from 02:00 straight to 03:00; 2026-10-25: that hour comes twice.
    assert_eq!(starts(&[], "2026-03-29"), ["03:30"]);
    assert_eq!(starts(&["03:30"], "2026-03-29"), ["03:30"]);
    assert_eq!(starts(&[], "2026-10-25"), ["02:30"]);
    assert_eq!(starts(&["02:30"], "2026-10-24"), ["02:30"]);
}

#[test]
fn a_session_keeps_its_name_when_the_timetable_changes_its_hour() {
    let rule = daily(&[Session::Morning], DayType::Every);
    let mut later = timetable();
    for season in &mut later.seasons {
        season.morning = time("06:15");
    }
    let (before, after) = (airing(rule.clone(), timetable()), airing(rule, later));
    let name = |programme: &Programme| {
        let plan = plan(programme, "2026-11-23");
        plan.cues.first().map(|cue| cue.id.to_string())
    };
    let expected = format!("{}@2026-11-23-morning", broadcast_id(1));
    assert_eq!(name(&before), Some(expected));
    assert_eq!(name(&before), name(&after));
    assert_ne!(hours(&before, "2026-11-23"), hours(&after, "2026-11-23"));
}

#[test]
fn a_session_at_a_fixed_hour_of_its_broadcast_is_planned_by_its_own_name_and_heard_once() {
    let mut rule = daily(&[Session::Evening], DayType::Every);
    if let Rule::Daily { times, .. } = &mut rule {
        *times = vec![time("17:00")];
    }
    let mut programme = airing(rule, timetable());
    programme.languages.remove(0);
    let winter = plan(&programme, "2026-11-23");
    let told: Vec<_> = winter.cues.iter().map(|cue| cue.obstacle).collect();
    assert_eq!(told, [Some(Obstacle::Newer), None]);
    let heard = winter.cues.last().map(|cue| cue.id.to_string());
    assert_eq!(heard, Some(format!("{}@2026-11-23T17:00", broadcast_id(1))));
    let found = lint(&programme, date("2026-11-23"), 7, &Limits::default());
    assert_eq!(found, [], "nothing is lost");
    assert_eq!(hours(&programme, "2026-07-01"), ["17:00", "17:30"]);
}

#[test]
fn a_start_that_a_newer_one_overtakes_is_told_of_though_a_session_begins_with_it() {
    let mut rule = daily(&[Session::Morning], DayType::Every);
    if let Rule::Daily { times, .. } = &mut rule {
        *times = vec![time("05:30"), time("05:35")];
    }
    let mut programme = airing(rule, timetable())
        .holding(2, bulletin(2, 15 * MINUTE))
        .with(broadcast(2, once("2026-11-23T05:25")));
    programme.languages.remove(0);
    let morning = plan(&programme, "2026-11-23");
    let told: Vec<_> = morning.cues.iter().map(|cue| cue.obstacle).collect();
    let newer = Some(Obstacle::Newer);
    assert_eq!(told, [None, newer, newer, None]);
    let found = lint(&programme, date("2026-11-23"), 1, &Limits::default());
    let lost = found.iter().filter(|one| one.silences());
    let lost: Vec<String> = lost.map(ToString::to_string).collect();
    let fixed = format!("{}@2026-11-23T05:30", broadcast_id(1));
    assert_eq!(lost, [format!("{fixed} is overtaken by a newer start")]);
}

#[test]
fn quiet_hours_hold_on_the_hour_of_each_season() {
    let mut programme = airing(daily(&[Session::Morning], DayType::Every), timetable());
    programme.quiet_hours = QuietHours::default();
    programme.languages.remove(0);
    let found = |day: &str| lint(&programme, date(day), 7, &Limits::default());
    assert_eq!(found("2026-11-23"), []);
    let told = found("2027-04-16");
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    let cue = format!("{}@2027-04-16-morning", broadcast_id(1));
    assert_eq!(told, [format!("{cue} lies in quiet hours")]);
}

#[test]
fn what_names_sessions_or_types_of_day_must_be_understood() {
    let names = |rule: &Rule| rule.must_understand().join(" ");
    assert_eq!(names(&daily(&Session::ALL, DayType::Every)), "sessions");
    let both = daily(&Session::ALL, DayType::NotWeekends);
    assert_eq!(names(&both), "sessions day_types");
    assert_eq!(names(&crate::village::daily(&["06:00"])), "");
    assert_eq!(names(&once("2026-11-23T06:00")), "");
    let mut said = broadcast(1, both);
    said.must_understand = said.rule.must_understand();
    let item = Item::from(serde_json::to_value(&said).expect("JSON"));
    assert_eq!(item, Item::Understood(Box::new(said)));
}
