//! What other systems fell into, by rule alone. Each story would fail if we fell in too; those that
//! need a disk, a network or a panel stand with the player and with the server.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, time as clock_face};
use programme::as_run::{Outcome, Record};
use programme::day_plan::DayPlan;
use programme::programme::{Programme, QuietHours};
use programme::units::WallTime;
use programme::zone::Zone;

use crate::station::Station;
use crate::village::{
    Adding, MINUTE, broadcast, bulletin, daily, date, monday, once, time, village,
};

const SECOND: Duration = Duration::from_secs(1);

fn never_quiet(mut programme: Programme) -> Programme {
    let midnight = time("00:00");
    programme.quiet_hours = QuietHours {
        from: midnight,
        until: midnight,
    };
    programme
}

/// One of the two hid the other, where a start was looked up by its minute.
#[test]
fn trap_two_items_at_one_minute_are_both_heard_one_after_the_other() {
    let programme = village()
        .saying(1, "17:00")
        .saying(2, "17:00")
        .saying(3, "17:00");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("18:00"));
    let heard: Vec<_> = station.heard.iter().map(|heard| heard.length).collect();
    assert_eq!(heard, [MINUTE; 3], "{:?}", station.heard);
    for pair in station.heard.windows(2) {
        assert!(pair[0].from + pair[0].length <= pair[1].from, "{pair:?}");
    }
    let outcomes = station.outcomes();
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.values().all(|outcome| *outcome == Outcome::Aired));
}

/// What was to start within twenty minutes could be neither changed nor cancelled.
#[test]
fn trap_freeze_that_blocks_cancel_what_is_withdrawn_a_second_before_is_not_heard() {
    let five = monday("17:00");
    for lead in [MINUTE * 20, MINUTE, 5 * SECOND, 2 * SECOND, SECOND] {
        let mut station = Station::new(&village().saying(1, "17:00"), monday("16:00"));
        station.run_until(five - lead);
        station.publish(&village().at_generation(2));
        station.run_until(monday("18:00"));
        assert_eq!(station.heard, [], "withdrawn {lead:?} before");
        station.check_journal();
    }
    let mut station = Station::new(&village().saying(1, "17:00"), monday("16:00"));
    station.run_until(five + 30 * SECOND);
    station.publish(&village().at_generation(2));
    station.run_until(monday("18:00"));
    assert_eq!(station.heard[0].length, 30 * SECOND, "withdrawn on air");
}

/// A schedule ended with its day, and so did what was on air.
#[test]
fn trap_clipping_at_23_59_59_what_begins_before_midnight_is_heard_to_its_end() {
    let mut long = broadcast(1, once("2026-11-23T23:58"));
    long.repeats = 3;
    let late = broadcast(2, once("2026-11-23T23:59:59"));
    for (airs, from, length) in [(long, "23:58", MINUTE * 7), (late, "23:59:59", MINUTE * 2)] {
        let programme = village()
            .holding(1, bulletin(1, MINUTE * 2))
            .holding(2, bulletin(2, MINUTE * 2))
            .with(airs);
        let mut station = Station::new(&never_quiet(programme), monday("20:00"));
        station.run_until(monday("23:00") + MINUTE * 120);
        let heard = &station.heard;
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert_eq!((heard[0].from, heard[0].length), (monday(from), length));
        let outcomes: Vec<_> = station.outcomes().into_values().collect();
        assert_eq!(outcomes, [Outcome::Aired]);
    }
}

/// In the night in which the clock was put forward nothing aired, in the other one it aired twice.
#[test]
fn trap_dst_gap_and_repeated_hour_a_daily_start_is_heard_once_on_each_day_of_a_year() {
    let nights = [
        ("Asia/Ho_Chi_Minh", 0),
        ("Europe/Berlin", 1),
        ("America/New_York", 1),
        // By half an hour only.
        ("Australia/Lord_Howe", 1),
    ];
    for (name, moved_days) in nights {
        let mut programme = never_quiet(village().saying(1, "02:15"));
        programme.zone = name.to_owned();
        let zone = Zone::named(name).expect("a zone");
        let days = date("2026-01-02")
            .series(jiff::Span::new().days(1))
            .take(365);
        let mut before = None;
        let mut moved = 0;
        for day in days {
            let at = only_start(&programme, day);
            assert!(before < Some(at), "{name} {day}: in order");
            before = Some(at);
            let civil = zone.civil(at);
            assert_eq!(civil.date(), day, "{name}");
            if civil.time() != clock_face(2, 15, 0, 0) {
                moved += 1;
                let later = civil.time() > clock_face(2, 15, 0, 0);
                assert!(later, "{name} {day}: moved on, not back: {civil}");
            }
        }
        assert_eq!(moved, moved_days, "{name}");
    }
}

/// The same, aired: a station lives through both nights in a zone that has them, and each start
/// sounds at its instant, once, and has its one outcome.
#[test]
fn trap_dst_gap_and_repeated_hour_each_start_is_heard_at_its_instant_and_once() {
    let berlin = Zone::named("Europe/Berlin").expect("a zone");
    let hours = ["01:30", "02:15", "02:45", "04:00"];
    let says = |programme: Programme, (number, hour): (u8, &str)| programme.saying(number, hour);
    let mut programme = never_quiet((1..).zip(hours).fold(village(), says));
    programme.zone = "Europe/Berlin".to_owned();
    let nights = [
        // From 02:00 straight to 03:00: what the gap holds is heard an hour later by the wall.
        (
            "2026-03-29",
            ["29T00:30Z", "29T01:15Z", "29T01:45Z", "29T02:00Z"],
        ),
        // From 03:00 back to 02:00: the first 02:15 and the first 02:45 are meant.
        (
            "2026-10-25",
            ["24T23:30Z", "25T00:15Z", "25T00:45Z", "25T03:00Z"],
        ),
    ];
    for (night, instants) in nights {
        let [midnight, noon] = [0, 12].map(|hour| {
            let civil = date(night).at(hour, 0, 0, 0);
            berlin.instant(civil).expect("an instant")
        });
        let mut station = Station::new(&programme, midnight);
        station.run_until(noon);
        let expected = instants.map(|instant| (utc(&night[..8], instant), MINUTE));
        let heard = station.heard.iter().map(|heard| (heard.from, heard.length));
        assert_eq!(heard.collect::<Vec<_>>(), expected, "{night}");
        let told = station.journal.iter().filter_map(|record| match record {
            Record::Outcome {
                planned, outcome, ..
            } => Some((*planned, outcome.clone())),
            Record::Started { .. }
            | Record::Ended { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. } => None,
        });
        let became = expected.map(|(planned, _)| (planned, Outcome::Aired));
        assert_eq!(told.collect::<Vec<_>>(), became, "{night}");
        station.check_journal();
    }
}

/// The instant that is written as `2026-03-` and `29T00:30Z`.
fn utc(month: &str, rest: &str) -> WallTime {
    let instant: Timestamp = format!("{month}{rest}").parse().expect("an instant");
    WallTime::from_millis(instant.as_millisecond())
}

fn only_start(programme: &Programme, day: Date) -> WallTime {
    let plan = DayPlan::of(programme, day).expect("a known zone");
    assert_eq!(plan.cues.len(), 1, "{day}: {:?}", plan.cues);
    let cue = &plan.cues[0];
    assert_eq!(cue.obstacle, None, "{day}");
    cue.planned
}

/// A start that nobody told the schedule to leave out, on the last minute of a day, is on the plan
/// of that day and of no other.
#[test]
fn the_last_minute_of_a_day_belongs_to_it() {
    let programme = never_quiet(
        village()
            .holding(1, bulletin(1, MINUTE))
            .with(broadcast(1, daily(&["23:59:59"]))),
    );
    let starts = |day| DayPlan::of(&programme, date(day)).expect("a zone").cues;
    assert_eq!(starts("2026-11-23")[0].planned, monday("23:59:59"));
    assert_eq!(starts("2026-11-23").len(), 1);
}
