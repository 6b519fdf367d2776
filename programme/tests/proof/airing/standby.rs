//! Standbys: what a person at the PC orders sounds at once, whatever is known of the time.

use programme::clock::{BootId, StationClock, Vouched, Voucher};
use programme::day_plan::PAUSE;
use programme::emergency::drill_mark;
use programme::standby::OrderedHere;
use programme::units::{BootTime, WallTime};

use super::*;
use crate::village::verified;

/// The flood warning stands by, and a notice of four minutes airs daily at 17:00.
fn flood() -> Programme {
    let flood = bulletin(9, MINUTE);
    at_five(4, until("20:00")).holding(9, flood).standing_by(9)
}

/// What became of each hearing of the order 90, in their order.
fn hearings(station: &Station) -> Vec<Outcome> {
    station.check_journal();
    let outcomes = station.outcomes();
    let hearing = |number| outcomes.get(&CueId::emergency(&broadcast_id(90), number));
    (1..).map_while(|number| hearing(number).cloned()).collect()
}

/// When each sound of it began, and how long it was.
fn heard_of_it(station: &Station) -> Vec<(WallTime, Duration)> {
    let own = station
        .heard
        .iter()
        .filter(|heard| heard.cue.hearing().is_some());
    own.map(|heard| (heard.from, heard.length)).collect()
}

#[test]
fn what_is_ordered_at_night_sounds_at_once_and_the_record_says_who_ordered_it_at_the_pc() {
    let mut station = Station::new(&flood(), monday("22:00"));
    station.order_here(9, 90, true);
    station.run_until(monday("23:00"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
    let heard = heard_of_it(&station);
    let marks = 2 * (drill_mark().duration + PAUSE);
    assert_eq!(heard[0], (monday("22:00") + LEAD, MINUTE + marks));
    let orders = station.journal.iter().filter_map(|record| {
        let Record::Started {
            order,
            in_quiet_hours: true,
            ..
        } = record
        else {
            return None;
        };
        order.as_ref()
    });
    let orders: Vec<_> = orders.collect();
    assert!(orders.iter().all(|order| order.at_pc && order.drill));
    assert_eq!((orders.len(), &*orders[0].by), (2, "Vàng Văn Sáng"));
}

#[test]
fn while_the_time_is_unknown_it_sounds_and_nothing_else_does() {
    let mut station = Station::off(&flood(), monday("16:58"));
    station.switch_on();
    station.order(emergency(8, monday("16:50")));
    station.order_here(9, 90, false);
    station.run_until(monday("18:00"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
    assert_eq!(
        station.heard.len(),
        2,
        "neither the notice nor the panel's emergency"
    );
}

#[test]
fn between_two_hearings_in_unknown_time_it_is_known_when_the_next_one_begins() {
    let mut station = Station::off(&flood(), monday("16:58"));
    station.switch_on();
    station.order_here(9, 90, false);
    let begins = station.now().boot;
    station.run_for(LEAD + MINUTE + 2 * SECOND);
    let outlook = station.outlook();
    assert_eq!(outlook.on_air, None);
    let gap = 10 * SECOND;
    let next = begins.saturating_add(LEAD + MINUTE + gap);
    assert_eq!(outlook.next_at, Some(next));
    assert!(outlook.next.is_empty(), "nobody can say at what hour");
}

#[test]
fn in_unknown_time_its_end_stands_on_the_boot_time_clock() {
    let mut programme = flood();
    programme.standby[0].repeats = None;
    let mut station = Station::off(&programme, monday("10:00"));
    station.switch_on();
    station.order_here(9, 90, false);
    station.run_until(monday("15:00"));
    let heard = heard_of_it(&station);
    let (from, length) = heard[heard.len() - 1];
    assert!(from + length <= monday("12:00"), "{from:?}");
    assert!(
        from + length + 3 * MINUTE > monday("12:00"),
        "until near its end: {from:?}"
    );
}

#[test]
fn a_time_that_becomes_known_meanwhile_neither_cuts_it_nor_lengthens_it() {
    for error in [
        0,
        -400 * 24 * 3_600 * SECOND_US,
        400 * 24 * 3_600 * SECOND_US,
    ] {
        let mut station = Station::off(&flood(), monday("22:00"));
        station.switch_on();
        station.order_here(9, 90, false);
        station.run_until(monday("22:00:30"));
        station.vouch(error);
        station.run_until(monday("22:10"));
        assert_eq!(
            hearings(&station),
            [Outcome::Aired, Outcome::Aired],
            "{error}"
        );
        assert_eq!(heard_of_it(&station).len(), if error == 0 { 2 } else { 3 });
    }
}

#[test]
fn after_a_power_cut_only_what_is_left_of_it_sounds_and_not_before_the_time_is_known() {
    let mut programme = flood();
    programme.standby[0].repeats = Some(3);
    let mut station = Station::new(&programme, monday("22:00"));
    station.order_here(9, 90, false);
    station.run_until(monday("22:01:40"));
    station.cut_power();
    station.run_until(monday("22:05"));
    station.boot();
    station.run_until(monday("22:08"));
    assert_eq!(heard_of_it(&station).len(), 2, "held");
    station.vouch(0);
    station.run_until(monday("22:20"));
    assert_eq!(hearings(&station), vec![Outcome::Aired; 3]);
    let heard = heard_of_it(&station);
    assert_eq!(
        heard.len(),
        4,
        "the second from its beginning, then the third"
    );
    assert!(heard[2].0 >= monday("22:08"));
}

#[test]
fn what_was_ordered_in_unknown_time_does_not_come_back_after_a_power_cut() {
    let mut station = Station::off(&flood(), monday("22:00"));
    station.switch_on();
    station.order_here(9, 90, false);
    station.run_until(monday("22:00:30"));
    station.cut_power();
    station.boot();
    station.vouch(0);
    station.run_until(monday("23:00"));
    // In true time, the half minute that was heard.
    assert_eq!(heard_of_it(&station).len(), 1);
    assert!(matches!(hearings(&station)[..], [Outcome::Cut { .. }]));
}

#[test]
fn an_order_that_the_power_cut_before_it_was_heard_is_missed_once_the_time_is_known() {
    // What the station keeps of it may be lost, and in another boot it is of no use.
    for kept in [true, false] {
        let mut station = Station::off(&flood(), monday("22:00"));
        station.make_ready(ReadySet::new());
        station.switch_on();
        station.order_here(9, 90, false);
        if !kept {
            station.ordered_here.clear();
        }
        station.run_until(monday("22:00:30"));
        station.cut_power();
        station.boot();
        station.run_until(monday("22:10"));
        assert_eq!(
            hearings(&station),
            [],
            "nobody knows yet whether it is over"
        );
        for minute in ["22:20", "22:40"] {
            station.vouch(0);
            station.run_until(monday(minute));
            let why = MissedCause::PowerOff;
            assert_eq!(hearings(&station), [Outcome::Missed { why }], "{kept}");
            station.cut_power();
            station.boot();
        }
    }
}

#[test]
fn an_order_that_was_over_before_the_time_was_known_again_is_missed() {
    let mut station = Station::new(&flood(), monday("10:00"));
    station.make_ready(ReadySet::new());
    station.order_here(9, 90, false);
    station.cut_power();
    station.run_until(monday("13:00"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("13:10"));
    let why = MissedCause::PowerOff;
    assert_eq!(hearings(&station), [Outcome::Missed { why }]);
}

#[test]
fn what_was_ordered_under_a_date_that_a_person_got_wrong_does_not_come_back() {
    let programme = verified(&flood());
    let boot = |id: &str| BootId(id.to_owned());
    let clock = |id: &str, by, wall| {
        let mut clock = StationClock::unknown(boot(id));
        let vouched = Vouched {
            by,
            boot: BootTime::after_boot(MINUTE),
            wall,
            uncertainty: Duration::ZERO,
        };
        clock.vouch(vouched);
        clock
    };
    let ordered = |by, wall| {
        let mut ordered = OrderedHere {
            id: broadcast_id(90),
            bulletin: bulletin_id(9),
            order: emergency(9, wall).order,
            at: BootTime::after_boot(MINUTE),
            boot_id: boot("evening"),
            wall: None,
            by: None,
            shown: wall,
        };
        ordered.learn(&clock("evening", by, wall));
        ordered
    };
    let comes_back = |ordered: &OrderedHere, clock: &StationClock| {
        let plan = programme.plan_ordered(ordered, clock).unwrap();
        plan.is_some()
    };
    let tomorrow = ordered(Voucher::Person, at("2026-11-24T18:00"));
    let same = clock("evening", Voucher::Person, at("2026-11-24T18:00"));
    assert!(comes_back(&tomorrow, &same), "in its own boot");
    let night = clock("night", Voucher::Server, monday("18:40"));
    assert!(!comes_back(&tomorrow, &night));
    let morning = clock("morning", Voucher::Server, at("2026-11-24T18:10"));
    assert!(!comes_back(&tomorrow, &morning), "nor once that hour came");

    let sure = ordered(Voucher::Ntp, monday("18:00"));
    assert!(comes_back(&sure, &night));
    let ahead = ordered(Voucher::Ntp, at("2026-11-24T18:00"));
    assert!(
        !comes_back(&ahead, &night),
        "nothing is ordered in the future"
    );
    assert!(
        comes_back(&sure, &StationClock::unknown(boot("night"))),
        "and then waits for the time"
    );
}

#[test]
fn stop_in_unknown_time_leaves_the_panels_emergency_waiting() {
    let mut station = Station::off(&flood(), monday("16:58"));
    station.switch_on();
    station.order(emergency(8, monday("16:50")));
    station.order_here(9, 90, true);
    station.run_until(monday("16:58:30"));
    station.press(Key::Stop);
    station.run_for(2 * SECOND);
    station.press(Key::Stop);
    station.run_until(monday("17:05"));
    assert_eq!(heard_of_it(&station).len(), 1, "the drill is over");
    station.vouch(0);
    station.run_until(monday("17:20"));
    assert!(
        heard_of_it(&station).len() > 1,
        "the flood of the panel is heard"
    );
    let stopped = station
        .journal
        .iter()
        .filter(|record| matches!(record, Record::EmergencyStopped { .. }));
    assert_eq!(stopped.count(), 1);
}

#[test]
fn a_restart_of_the_program_goes_on_with_it_in_unknown_time() {
    let mut station = Station::off(&flood(), monday("22:00"));
    station.switch_on();
    station.order_here(9, 90, false);
    station.run_until(monday("22:00:30"));
    station.shut_down();
    station.switch_on();
    station.run_until(monday("22:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn a_standby_that_is_taken_back_falls_silent_where_it_sounds() {
    let mut station = Station::new(&flood(), monday("22:00"));
    station.order_here(9, 90, false);
    station.run_until(monday("22:00:30"));
    station.publish(&at_five(4, until("20:00")).at_generation(2));
    station.run_until(monday("22:30"));
    assert!(matches!(
        hearings(&station)[..],
        [Outcome::Cut {
            why: CutCause::Withdrawn,
            ..
        }]
    ));
}

#[test]
fn stop_pressed_twice_ends_it_in_unknown_time_too_and_for_good() {
    let mut station = Station::off(&flood(), monday("22:00"));
    station.switch_on();
    station.order_here(9, 90, false);
    station.run_until(monday("22:00:30"));
    station.press(Key::Stop);
    assert!(station.outlook().stop_asked && station.outlook().emergency.is_some());
    station.run_for(2 * SECOND);
    station.press(Key::Stop);
    station.run_until(monday("22:30"));
    assert_eq!(heard_of_it(&station).len(), 1);
    station.shut_down();
    station.switch_on();
    station.run_until(monday("22:40"));
    assert_eq!(heard_of_it(&station).len(), 1, "it does not come back");
}

#[test]
fn one_whose_bulletin_has_surely_ended_is_not_offered_nor_one_that_is_not_understood() {
    let mut programme = flood();
    let valid = monday("12:00");
    programme
        .bulletins
        .get_mut(&bulletin_id(9))
        .unwrap()
        .valid_until = Some(valid);
    let offered = |programme: &Programme, newest| programme.offered(newest).count();
    assert_eq!(offered(&programme, None), 1);
    assert_eq!(offered(&programme, Some(valid - SECOND)), 1);
    assert_eq!(offered(&programme, Some(valid)), 0);
    let verified = verified(&programme);
    assert_eq!(offered(verified.get(), None), 1);
    programme.standby[0].must_understand = vec!["only_downstream".to_owned()];
    assert_eq!(offered(&programme, None), 0);
}

#[test]
fn one_that_is_not_understood_is_reported_once() {
    let mut programme = flood();
    programme.standby[0].must_understand = vec!["only_downstream".to_owned()];
    let mut station = Station::new(&programme, monday("12:00"));
    station.run_until(monday("12:10"));
    station.shut_down();
    station.switch_on();
    station.run_until(monday("12:20"));
    let reported = station.journal.iter().filter_map(|record| {
        if let Record::NotUnderstood { broadcast, why } = record {
            Some((broadcast, why))
        } else {
            None
        }
    });
    let reported: Vec<_> = reported.collect();
    assert_eq!(reported.len(), 1, "{reported:?}");
    let (broadcast, why) = reported[0];
    assert_eq!(*broadcast, None);
    assert!(why.contains("only_downstream") && why.contains(bulletin_id(9).as_str()));
}
