//! Lint: what the panel is told before a programme is published.

use std::time::Duration;

use programme::lint::{Finding, Limits, lint, lint_on};
use programme::programme::{Class, Item, Programme};
use programme::rule::{Rule, RuleError, Span};
use programme::timetable::DayType;

use crate::village::{
    Adding, MINUTE, at, broadcast, broadcast_id, bulletin, bulletin_id, daily, date, monday, once,
    spoken, time, until, village,
};

fn week(programme: &Programme) -> Vec<Finding> {
    lint(programme, date("2026-11-23"), 7, &Limits::default())
}

/// A village that wants Vietnamese alone, so that languages are no finding.
fn plain() -> Programme {
    let mut programme = village();
    programme.languages.remove(0);
    programme
}

fn names(findings: &[Finding]) -> Vec<String> {
    let name = |finding: &Finding| {
        let value = serde_json::to_value(finding).expect("a value");
        value["finding"].as_str().expect("its name").to_owned()
    };
    findings.iter().map(name).collect()
}

#[test]
fn a_quiet_week_has_no_finding() {
    assert_eq!(week(&plain().saying(1, "06:00").saying(2, "17:00")), []);
}

#[test]
fn two_cues_at_one_time_clash_and_the_same_clash_is_told_once() {
    let programme = plain().saying(1, "17:00").saying(2, "17:00");
    let findings = week(&programme);
    assert_eq!(findings.len(), 1);
    let Finding::Clash {
        first,
        second,
        delay,
    } = &findings[0]
    else {
        panic!("{findings:?}");
    };
    assert_eq!(
        (&first.broadcast, &second.broadcast),
        (&broadcast_id(1), &broadcast_id(2))
    );
    assert_eq!(
        (first.planned, *delay),
        (monday("17:00"), MINUTE + programme::air::LEAD)
    );
    assert!(!findings[0].silences());
}

#[test]
fn a_cue_that_ends_when_the_next_begins_does_not_clash_with_it() {
    assert_eq!(week(&plain().saying(1, "17:00").saying(2, "17:01")), []);
}

#[test]
fn a_language_that_lacks_is_told_and_so_is_a_bulletin_that_nobody_there_understands() {
    let mut foreign = bulletin(2, MINUTE);
    foreign.recordings = vec![spoken("ium", "dao", MINUTE)];
    let programme = village().saying(1, "06:00").holding(2, foreign);
    let programme = programme.with(broadcast(2, daily(&["17:00"])));
    assert_eq!(
        week(&programme),
        [
            Finding::LanguageMissing {
                bulletin: bulletin_id(1),
                language: "pcc".parse().expect("Giáy"),
            },
            Finding::NoVillageLanguage {
                bulletin: bulletin_id(2),
                airs_in: "ium".parse().expect("Dao"),
            },
        ]
    );
}

#[test]
fn quiet_hours_are_told_for_the_start_and_for_the_end() {
    let findings = week(&plain().saying(1, "05:00").saying(2, "20:59:30"));
    assert_eq!(
        names(&findings),
        ["in_quiet_hours", "overruns_into_quiet_hours"]
    );
    assert!(findings.iter().all(Finding::silences));
    assert_eq!(
        findings[0].to_string(),
        format!("{}@2026-11-23T05:00 lies in quiet hours", broadcast_id(1))
    );
}

#[test]
fn a_broadcast_that_is_over_never_airs_and_one_that_is_to_come_may() {
    let never = Finding::NeverAirs {
        broadcast: broadcast_id(1),
    };
    let alone = |rule: Rule| {
        plain()
            .holding(1, bulletin(1, MINUTE))
            .with(broadcast(1, rule))
    };
    assert_eq!(week(&alone(once("2026-11-22T17:00"))), [never]);
    assert_eq!(week(&alone(once("2026-12-24T17:00"))), []);
    let mut ended = bulletin(1, MINUTE);
    ended.valid_until = Some(at("2026-11-20T00:00"));
    let ended = plain()
        .holding(1, ended)
        .with(broadcast(1, daily(&["17:00"])));
    assert_eq!(names(&week(&ended)), ["expires_before", "never_airs"]);
}

#[test]
fn what_would_air_on_a_day_that_nobody_looked_at_is_not_said_never_to_air() {
    // Each of its three days lies in quiet hours.
    let rule = Rule::Daily {
        times: vec![time("22:00")],
        sessions: Vec::new(),
        span: Span {
            from: date("2026-11-23"),
            until: Some(date("2026-11-25")),
            except: Vec::new(),
            on: DayType::Every,
        },
    };
    let programme = plain()
        .holding(1, bulletin(1, MINUTE))
        .with(broadcast(1, rule));
    let never = |days: &[&str]| {
        let days: Vec<_> = days.iter().map(|day| date(day)).collect();
        let found = lint_on(&programme, &days, &Limits::default());
        names(&found).contains(&"never_airs".to_owned())
    };
    assert!(never(&["2026-11-23", "2026-11-24", "2026-11-25"]));
    assert!(!never(&["2026-11-23", "2026-11-25"]), "Tuesday may do");
    assert!(!never(&["2026-11-23", "2026-11-24"]), "Wednesday comes");
    assert!(never(&[
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
        "2026-11-30"
    ]));
}

#[test]
fn a_rule_that_outlives_its_bulletin_is_told_with_the_first_start_without_it() {
    let mut brief = bulletin(1, MINUTE);
    brief.valid_until = Some(at("2026-11-25T12:00"));
    let programme = plain()
        .holding(1, brief)
        .with(broadcast(1, daily(&["06:00", "17:00"])));
    assert_eq!(
        week(&programme),
        [Finding::ExpiresBefore {
            broadcast: broadcast_id(1),
            bulletin: bulletin_id(1),
            start: at("2026-11-25T17:00"),
        }]
    );
}

#[test]
fn a_rule_that_outlives_its_bulletin_months_ahead_is_told_once_too() {
    let holding = |rule: Rule| {
        let mut lasting = bulletin(1, MINUTE);
        lasting.valid_until = Some(at("2027-03-01T00:00"));
        week(&plain().holding(1, lasting).with(broadcast(1, rule)))
    };
    let told = |start: &str| {
        [Finding::ExpiresBefore {
            broadcast: broadcast_id(1),
            bulletin: bulletin_id(1),
            start: at(start),
        }]
    };
    assert_eq!(
        holding(daily(&["06:00", "17:00"])),
        told("2027-03-01T06:00")
    );
    let fridays = |until: Option<&str>, except: &[&str]| Rule::Weekly {
        days: vec![jiff::civil::Weekday::Friday],
        times: vec![time("17:00")],
        sessions: Vec::new(),
        span: Span {
            from: date("2026-11-23"),
            until: until.map(date),
            except: except.iter().map(|day| date(day)).collect(),
            on: DayType::Every,
        },
    };
    assert_eq!(holding(fridays(None, &[])), told("2027-03-05T17:00"));
    let without = &["2027-03-05", "2027-03-12"];
    assert_eq!(holding(fridays(None, without)), told("2027-03-19T17:00"));
    assert_eq!(holding(fridays(Some("2027-03-04"), &[])), []);
    assert_eq!(holding(fridays(Some("2027-03-12"), without)), []);
    let late = Rule::Once {
        at: "2027-03-01T17:00".parse().expect("a time"),
    };
    assert_eq!(holding(late), told("2027-03-01T17:00"));
}

#[test]
fn what_is_written_wrongly_is_told_once_and_by_its_cause() {
    let wrong = plain()
        .holding(1, bulletin(1, MINUTE))
        .with(broadcast(1, daily(&[])));
    assert_eq!(
        week(&wrong),
        [Finding::RuleWrong {
            broadcast: broadcast_id(1),
            error: RuleError::NoTimes,
        }]
    );
    let missing = plain().with(broadcast(1, daily(&["17:00"])));
    assert_eq!(
        names(&week(&missing)),
        ["bulletin_missing", "empty_broadcast"]
    );
    let mut zoneless = plain().saying(1, "17:00");
    zoneless.zone = "Lao_Cai/Coc_San".to_owned();
    assert_eq!(names(&week(&zoneless)), ["zone_unknown"]);
    let mut slips = broadcast(1, daily(&["17:00"]));
    slips.repeats = 0;
    slips.missed = until("16:00");
    let slips = plain().holding(1, bulletin(1, MINUTE)).with(slips);
    assert_eq!(
        names(&week(&slips)),
        ["repeats_out_of_range", "until_before_start"]
    );
    let mut strange = plain();
    strange
        .broadcasts
        .push(Item::from(serde_json::json!({ "id": "?" })));
    assert_eq!(names(&week(&strange)), ["not_understood"]);
}

#[test]
fn a_session_is_what_follows_without_a_rest_and_may_be_too_long() {
    let long = |number: u8, hour: &str, programme: Programme| {
        let programme = programme.holding(number, bulletin(number, 20 * MINUTE));
        programme.with(broadcast(number, daily(&[hour])))
    };
    let rested = long(1, "16:00", long(2, "16:30", long(3, "17:00", plain())));
    assert_eq!(week(&rested), []);
    let crowded = long(1, "16:00", long(2, "16:25", long(3, "16:50", plain())));
    let findings = week(&crowded);
    let Some(Finding::SessionTooLong {
        at,
        duration,
        at_most,
        broadcasts,
    }) = findings.first()
    else {
        panic!("{findings:?}");
    };
    assert_eq!(
        (at.broadcast.clone(), *duration),
        (broadcast_id(1), 70 * MINUTE)
    );
    assert_eq!(*at_most, Duration::from_secs(45 * 60));
    assert_eq!(*broadcasts, [1, 2, 3].map(broadcast_id).into());
}

#[test]
fn a_session_that_another_day_lets_in_somebody_more_is_told_of_again() {
    let mondays = Rule::Weekly {
        days: vec![jiff::civil::Weekday::Monday],
        times: vec![time("16:51")],
        sessions: Vec::new(),
        span: Span {
            from: date("2026-11-23"),
            until: None,
            except: Vec::new(),
            on: DayType::Every,
        },
    };
    let programme = plain()
        .holding(1, bulletin(1, 50 * MINUTE))
        .holding(2, bulletin(2, 20 * MINUTE))
        .with(broadcast(1, daily(&["16:00"])))
        .with(broadcast(2, mondays));
    // From a Tuesday on: the same session is too long by itself each day, and on Monday by both.
    let findings = lint(&programme, date("2026-11-24"), 7, &Limits::default());
    let heard = findings.iter().map(|finding| {
        let Finding::SessionTooLong { broadcasts, .. } = finding else {
            panic!("{findings:?}");
        };
        broadcasts.len()
    });
    assert_eq!(heard.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_day_with_more_sessions_than_allowed_is_told_once_and_names_the_first_cue_of_each() {
    let heard = |number: u8, hour: &str, programme: Programme| {
        let programme = programme.holding(number, bulletin(number, MINUTE));
        programme.with(broadcast(number, daily(&[hour])))
    };
    // The second follows the first without a rest.
    let crowded = heard(
        1,
        "06:00",
        heard(2, "06:05", heard(3, "11:30", heard(4, "17:00", plain()))),
    );
    let within = |sessions| Limits {
        sessions: Some(sessions),
        ..Limits::default()
    };
    let found = |sessions| lint(&crowded, date("2026-11-23"), 7, &within(sessions));
    assert_eq!(found(3), []);
    let findings = found(2);
    let [Finding::TooManySessions { first, at_most: 2 }] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    let named: Vec<_> = first.iter().map(|at| at.broadcast.clone()).collect();
    assert_eq!(named, [1, 3, 4].map(broadcast_id));
}

#[test]
fn an_ordinary_announcement_on_a_weekend_is_told_where_those_are_free_of_them() {
    let programme = plain().holding(1, bulletin(1, MINUTE));
    let programme = programme.with(broadcast(1, daily(&["06:00"])));
    let free = Limits {
        ordinary_on_weekends: false,
        ..Limits::default()
    };
    // Monday to Friday.
    assert_eq!(lint(&programme, date("2026-11-23"), 5, &free), []);
    let findings = lint(&programme, date("2026-11-23"), 14, &free);
    assert_eq!(names(&findings), ["on_weekend"]);
    assert_eq!(week(&programme), []);
    let mut urgent = bulletin(1, MINUTE);
    urgent.class = Class::Priority;
    let programme = plain().holding(1, urgent);
    let programme = programme.with(broadcast(1, daily(&["06:00"])));
    assert_eq!(lint(&programme, date("2026-11-23"), 14, &free), []);
}

#[test]
fn a_cue_that_the_queue_keeps_off_is_told() {
    let mut late = broadcast(2, daily(&["17:01"]));
    late.missed = until("17:05");
    let mut urgent = bulletin(1, 10 * MINUTE);
    urgent.class = Class::Priority;
    let programme = plain()
        .holding(1, urgent)
        .with(broadcast(1, daily(&["17:00"])))
        .holding(2, bulletin(2, MINUTE))
        .with(late);
    assert_eq!(names(&week(&programme)), ["crowded_out"]);
    let often = plain()
        .holding(1, bulletin(1, 10 * MINUTE))
        .with(broadcast(1, daily(&["17:00", "17:03", "17:06"])));
    assert_eq!(names(&week(&often)), ["superseded", "clash"]);
}

#[test]
fn a_finding_survives_its_json() {
    let mut all = week(
        &village()
            .saying(1, "05:00")
            .saying(2, "17:00")
            .saying(3, "17:00"),
    );
    all.extend(week(
        &plain()
            .holding(1, bulletin(1, MINUTE))
            .with(broadcast(1, daily(&[]))),
    ));
    assert!(all.len() >= 5);
    for finding in all {
        let text = serde_json::to_string(&finding).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Finding>(&text).expect("read"),
            finding,
            "{text}"
        );
    }
}
