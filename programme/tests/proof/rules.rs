//! Rules in a zone: which starts a date has.

use jiff::civil::Weekday;
use programme::programme::QuietHours;
use programme::rule::{Rule, RuleError, Span, Start};
use programme::timetable::{DayType, Timetable};
use programme::zone::Zone;

use crate::village::{at, daily, date, once, time, zone};

fn berlin() -> Zone {
    Zone::named("Europe/Berlin").expect("a zone")
}

/// The starts of `rule` as they are written, and as a clock in `zone` shows them.
fn shown(rule: &Rule, day: &str, zone: &Zone) -> Vec<(String, String)> {
    let starts = rule.instants(date(day), zone, &Timetable::default());
    let minute = "%dT%H:%M%:z";
    let at = |start: &Start| start.at.timestamp().to_zoned_datetime(zone.rules().clone());
    let pair = |start: &Start| {
        let shown = at(start).strftime(minute).to_string();
        (start.nominal.strftime("%dT%H:%M").to_string(), shown)
    };
    starts.iter().map(pair).collect()
}

fn pair(nominal: &str, at: &str) -> (String, String) {
    (nominal.to_owned(), at.to_owned())
}

fn span(from: &str, until: Option<&str>, except: &[&str]) -> Span {
    Span {
        from: date(from),
        until: until.map(date),
        except: except.iter().map(|day| date(day)).collect(),
        on: DayType::Every,
    }
}

#[test]
fn a_daily_rule_gives_each_hour_once_in_order_whatever_order_it_was_written_in() {
    let rule = daily(&["17:00", "05:30", "17:00", "11:30"]);
    let starts = rule.instants(date("2026-11-23"), &zone(), &Timetable::default());
    let hours: Vec<_> = starts.iter().map(|start| start.nominal.time()).collect();
    assert_eq!(hours, [time("05:30"), time("11:30"), time("17:00")]);
    assert_eq!(starts[2].at, at("2026-11-23T17:00"));
}

#[test]
fn a_span_of_days_ends_on_its_last_day_and_leaves_out_its_exceptions() {
    let rule = Rule::Daily {
        times: vec![time("06:00")],
        sessions: Vec::new(),
        span: span("2026-11-20", Some("2026-11-25"), &["2026-11-22"]),
    };
    let on = |day: &str| {
        rule.instants(date(day), &zone(), &Timetable::default())
            .len()
    };
    let days = [
        "2026-11-19",
        "2026-11-20",
        "2026-11-22",
        "2026-11-25",
        "2026-11-26",
    ];
    assert_eq!(days.map(on), [0, 1, 0, 1, 0]);
}

#[test]
fn a_weekly_rule_holds_on_its_days_alone() {
    let rule = Rule::Weekly {
        days: vec![Weekday::Monday, Weekday::Sunday],
        times: vec![time("06:00")],
        sessions: Vec::new(),
        span: span("2026-11-01", None, &[]),
    };
    let on = |day: &str| {
        rule.instants(date(day), &zone(), &Timetable::default())
            .len()
    };
    assert_eq!(
        ["2026-11-22", "2026-11-23", "2026-11-24"].map(on),
        [1, 1, 0]
    );
}

#[test]
fn an_order_for_now_belongs_to_the_local_date_of_the_order() {
    let ordered_at = at("2026-11-23T00:30");
    let rule = Rule::Now {
        ordered_at,
        until: at("2026-11-23T01:00"),
    };
    assert!(
        rule.instants(date("2026-11-22"), &zone(), &Timetable::default())
            .is_empty()
    );
    let starts = rule.instants(date("2026-11-23"), &zone(), &Timetable::default());
    assert_eq!(
        starts.iter().map(|start| start.at).collect::<Vec<_>>(),
        [ordered_at]
    );
}

#[test]
fn an_hour_that_the_clock_leaves_out_is_moved_later_by_what_the_clock_was_put_forward() {
    // Berlin 2026-03-29: from 02:00 straight to 03:00.
    let starts = shown(&daily(&["02:30"]), "2026-03-29", &berlin());
    assert_eq!(starts, [pair("29T02:30", "29T03:30+02:00")]);
}

#[test]
fn a_start_that_is_moved_onto_another_of_the_same_rule_is_not_heard_twice() {
    let starts = shown(&daily(&["02:30", "03:30"]), "2026-03-29", &berlin());
    assert_eq!(starts, [pair("29T03:30", "29T03:30+02:00")]);
}

#[test]
fn an_hour_that_comes_twice_is_heard_the_first_time_and_once() {
    // Berlin 2026-10-25: 02:00 to 03:00 comes twice.
    let starts = shown(&daily(&["02:30"]), "2026-10-25", &berlin());
    assert_eq!(starts, [pair("25T02:30", "25T02:30+02:00")]);
}

#[test]
fn a_start_that_is_moved_over_midnight_is_kept() {
    // Nuuk 2026-03-28: from 23:00 straight to midnight.
    let nuuk = Zone::named("America/Nuuk").expect("a zone");
    let starts = shown(&daily(&["23:30"]), "2026-03-28", &nuuk);
    assert_eq!(starts, [pair("28T23:30", "29T00:30-01:00")]);
}

#[test]
fn a_date_that_a_zone_left_out_is_heard_on_the_next_unless_that_has_its_own() {
    // Apia had no 2011-12-30.
    let apia = Zone::named("Pacific/Apia").expect("a zone");
    let daily = Rule::Daily {
        times: vec![time("08:00")],
        sessions: Vec::new(),
        span: span("2011-12-01", None, &[]),
    };
    assert_eq!(shown(&daily, "2011-12-30", &apia), []);
    let once = shown(&once("2011-12-30T08:00"), "2011-12-30", &apia);
    assert_eq!(once, [pair("30T08:00", "31T08:00+14:00")]);
}

#[test]
fn each_way_to_write_a_rule_wrongly_has_its_name() {
    let daily = |times: &[&str], span: Span| Rule::Daily {
        times: times.iter().map(|text| time(text)).collect(),
        sessions: Vec::new(),
        span,
    };
    let from = date("2026-11-23");
    let whole = || span("2026-11-23", None, &[]);
    assert_eq!(daily(&[], whole()).check(), Err(RuleError::NoTimes));
    let ends_early = daily(&["06:00"], span("2026-11-23", Some("2026-11-22"), &[]));
    let until = date("2026-11-22");
    assert_eq!(
        ends_early.check(),
        Err(RuleError::EndBeforeStart { from, until })
    );
    let excepted = daily(
        &["06:00"],
        span("2026-11-23", Some("2026-11-23"), &["2026-11-23"]),
    );
    assert_eq!(excepted.check(), Err(RuleError::NoDayLeft { from }));
    let weekly = |days: Vec<Weekday>, span: Span| Rule::Weekly {
        days,
        times: vec![time("06:00")],
        sessions: Vec::new(),
        span,
    };
    assert_eq!(weekly(Vec::new(), whole()).check(), Err(RuleError::NoDays));
    let no_sunday = span("2026-11-23", Some("2026-11-28"), &[]);
    assert_eq!(
        weekly(vec![Weekday::Sunday], no_sunday).check(),
        Err(RuleError::NoDayLeft { from })
    );
    let backwards = Rule::Now {
        ordered_at: at("2026-11-23T10:00"),
        until: at("2026-11-23T09:00"),
    };
    assert_eq!(backwards.check(), Err(RuleError::UntilBeforeOrder));
    assert_eq!(
        backwards.instants(date("2026-11-23"), &zone(), &Timetable::default()),
        []
    );
    assert_eq!(daily(&["06:00"], whole()).check(), Ok(()));
    assert_eq!(once("2026-11-23T06:00").check(), Ok(()));
}

#[test]
fn a_rule_with_exceptions_for_weeks_still_finds_its_day() {
    let mondays = ["2026-11-23", "2026-11-30", "2026-12-07"];
    let rule = |until: &str| Rule::Weekly {
        days: vec![Weekday::Monday],
        times: vec![time("06:00")],
        sessions: Vec::new(),
        span: span("2026-11-23", Some(until), &mondays),
    };
    assert_eq!(rule("2026-12-14").check(), Ok(()));
    let from = date("2026-11-23");
    assert_eq!(
        rule("2026-12-13").check(),
        Err(RuleError::NoDayLeft { from })
    );
}

#[test]
fn the_next_start_that_is_heard_lies_outside_quiet_hours() {
    let quiet = QuietHours {
        from: time("21:00"),
        until: time("05:30"),
    };
    let (here, timetable) = (zone(), Timetable::default());
    let next = |rule: &Rule| {
        let start = rule.first_heard_from(at("2026-11-23T20:00"), &here, &timetable, &quiet);
        start.map(|start| start.nominal.to_string())
    };
    let often = daily(&["05:00", "05:30", "22:00"]);
    assert_eq!(next(&often).as_deref(), Some("2026-11-24T05:30:00"));
    assert_eq!(next(&daily(&["05:00", "22:00"])), None);
    assert_eq!(next(&once("2026-11-23T19:59")), None);
}
