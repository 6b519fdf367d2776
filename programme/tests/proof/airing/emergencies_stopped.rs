//! STOP of an emergency: pressed twice, on record, and never by accident.

use super::emergencies::{heard_of_it, hearings};
use super::*;

#[test]
fn stop_is_pressed_twice_and_then_none_of_its_hearings_is_left() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut endless = emergency(9, monday("17:00"));
    endless.repeats = None;
    station.order(endless);
    station.run_until(monday("17:00:30"));
    station.press(Key::Stop);
    assert!(station.outlook().stop_asked);
    station.run_until(monday("17:00:35"));
    assert_eq!(heard_of_it(&station), [(0, 34)], "one press is a slip");
    station.press(Key::Stop);
    assert!(!station.outlook().stop_asked);
    let on_record = |record: &Record| matches!(record, Record::EmergencyStopped { .. });
    assert!(station.journal.iter().any(on_record));
    station.run_until(monday("18:00"));
    let stopped = Duration::from_millis(34_500);
    assert_eq!(hearings(&station), [cut(stopped, CutCause::Operator)]);
    station.cut_power();
    station.boot();
    station.vouch(0);
    station.run_until(monday("18:30"));
    assert_eq!(heard_of_it(&station), [(0, 34)], "nor after a power cut");
    assert!(station.outlook().emergency.is_none());
}

#[test]
fn a_first_stop_is_forgotten_after_ten_seconds() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:00:20"));
    station.press(Key::Stop);
    station.run_until(monday("17:00:31"));
    assert!(!station.outlook().stop_asked);
    station.press(Key::Stop);
    assert!(station.outlook().stop_asked, "the first press again");
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn stop_between_two_hearings_ends_it_too() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:01:04"));
    station.press(Key::Stop);
    station.run_for(2 * SECOND);
    station.press(Key::Stop);
    station.run_until(monday("18:00"));
    let second = suppressed(Suppressor::Operator);
    assert_eq!(hearings(&station), [Outcome::Aired, second]);
}

#[test]
fn a_double_click_is_one_press() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:00:20"));
    station.press(Key::Stop);
    station.run_for(Duration::from_millis(200));
    station.press(Key::Stop);
    assert!(station.outlook().stop_asked, "the question stays");
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn one_that_was_stopped_while_the_output_rested_does_not_come_back_either() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut endless = emergency(9, monday("17:00"));
    endless.repeats = None;
    station.order(endless);
    station.run_until(monday("17:00:20"));
    station.fail_output();
    station.run_for(SECOND);
    station.press(Key::Stop);
    station.run_for(2 * SECOND);
    station.press(Key::Stop);
    station.run_for(MINUTE);
    station.cut_power();
    station.boot();
    station.vouch(0);
    station.run_until(monday("17:30"));
    assert_eq!(heard_of_it(&station).len(), 1);
}

#[test]
fn stop_while_the_time_is_unknown_ends_no_emergency_that_nobody_heard() {
    let mut station = Station::off(&village(), monday("17:00"));
    station.switch_on();
    station.order(emergency(9, monday("17:00")));
    station.press(Key::Stop);
    station.vouch(0);
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn stop_of_an_announcement_does_not_touch_an_emergency_that_only_comes() {
    let programme = at_five(4, MissedRule::OnlyThen);
    let mut station = Station::new(&programme, monday("16:59"));
    station.run_until(monday("17:01"));
    let all = emergency(9, monday("17:01"));
    let without: ReadySet = programme.recordings().into_keys().collect();
    let mut with = without.clone();
    with.extend(all.recordings().map(|(hash, _)| hash));
    station.make_ready(without.clone());
    station.hold_emergency(all);
    assert!(station.outlook().emergency.is_none(), "it has no air yet");
    station.press(Key::Stop);
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::Operator)));
    station.run_until(monday("17:02"));
    station.make_ready(with);
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}
