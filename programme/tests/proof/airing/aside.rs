//! What the station says of itself is in nobody's way.

use programme::air::AWAY;
use programme::programme::QuietHours;

use super::*;
use crate::village::zone;

const SPAN: Duration = Duration::from_secs(10);

fn lets_speak(station: &Station) -> bool {
    let hours = QuietHours::default();
    station.lets_speak(SPAN, (&hours, &zone()))
}

#[test]
fn in_the_morning_of_a_day_with_a_cue_in_the_evening_it_may_speak() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("05:45"));
    assert!(lets_speak(&station));
    station.forget_the_time();
    assert!(!lets_speak(&station), "the time is unknown");
}

#[test]
fn a_cue_keeps_it_silent_from_a_minute_before_until_it_has_its_outcome() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:00") - AWAY - SPAN - SECOND);
    assert!(lets_speak(&station));
    station.run_for(SECOND);
    assert!(!lets_speak(&station), "it would come too near");
    station.run_until(monday("17:01"));
    assert!(!lets_speak(&station), "it is on air");
    station.fail_output();
    assert!(!lets_speak(&station), "it is begun again soon");
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert!(lets_speak(&station));
}

#[test]
fn it_says_nothing_in_quiet_hours_and_is_over_before_they_begin() {
    let mut station = Station::new(&village(), monday("20:59"));
    assert!(lets_speak(&station));
    station.run_until(monday("20:59:50"));
    assert!(lets_speak(&station), "it ends as they begin");
    station.run_until(monday("20:59:51"));
    assert!(!lets_speak(&station));
    station.run_until(monday("21:30"));
    assert!(!lets_speak(&station));
}

#[test]
fn an_emergency_keeps_it_silent_between_two_hearings_too() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:01:05"));
    assert!(!lets_speak(&station), "the gap is the emergency's");
    station.run_until(monday("17:10"));
    assert!(lets_speak(&station));
}

#[test]
fn a_question_to_the_village_head_does_not_silence_it_all_day() {
    let mut station = Station::new(&at_five(4, MissedRule::AskHead), monday("16:00"));
    station.cut_power();
    station.run_until(monday("17:30"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("17:31"));
    assert_eq!(station.outlook().asked.len(), 1);
    assert!(lets_speak(&station));
}
