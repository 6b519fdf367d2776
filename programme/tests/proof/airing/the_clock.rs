//! A clock that is unknown, or steps.

use super::*;

#[test]
fn nothing_airs_while_the_time_is_unknown_and_the_screen_says_so() {
    let mut station = Station::off(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.boot();
    station.run_until(monday("17:30"));
    assert!(station.outlook().held);
    assert_eq!(station.journal, []);
    station.vouch(0);
    station.run_for(MINUTE);
    assert_eq!(outcome(&station), Some(missed(MissedCause::ClockUnknown)));
}

#[test]
fn what_is_not_too_late_airs_once_the_time_is_known() {
    let mut station = Station::off(&at_five(1, until("20:00")), monday("16:00"));
    station.boot();
    station.run_until(monday("17:30"));
    station.vouch(0);
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

#[test]
fn a_step_back_airs_nothing_again() {
    let mut station = Station::new(&at_five(1, until("20:00")), monday("16:00"));
    station.run_until(monday("17:30"));
    station.vouch(-3_600 * SECOND_US);
    station.run_until(at("2026-11-24T12:00"));
    assert_eq!(station.heard.len(), 1);
    station.check_outcomes();
}

#[test]
fn a_step_back_before_the_hour_waits_for_it_again() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.vouch(3_000 * SECOND_US);
    station.run_until(monday("16:05"));
    assert_eq!(station.journal, []);
    station.vouch(0);
    station.run_until(monday("18:00"));
    assert_eq!(heard(&station), [(0, 60)]);
}

#[test]
fn a_step_forward_over_the_hour_is_missed_because_of_the_clock() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("08:00"));
    station.run_until(monday("16:30"));
    station.vouch(2 * 3_600 * SECOND_US);
    assert_eq!(outcome(&station), Some(missed(MissedCause::ClockUnknown)));
    assert_eq!(station.heard, []);
}

#[test]
fn a_step_that_shows_that_the_program_began_after_the_hour_is_missed_because_of_the_power() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("16:30"));
    station.vouch(2 * 3_600 * SECOND_US);
    assert_eq!(outcome(&station), Some(missed(MissedCause::PowerOff)));
}

#[test]
fn a_step_into_quiet_hours_silences_what_is_on_air() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.vouch(5 * 3_600 * SECOND_US);
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::QuietHours)));
}

#[test]
fn sound_that_began_in_known_time_goes_on_and_is_guarded_on_the_other_axis() {
    let mut say = broadcast(1, daily(&["20:55"]));
    say.missed = MissedRule::OnlyThen;
    let programme = village().holding(1, bulletin(1, 5 * MINUTE)).with(say);
    let mut station = Station::new(&programme, monday("20:00"));
    station.run_until(monday("20:56"));
    station.output_hangs = true;
    station.forget_the_time();
    station.run_until(monday("20:59:59"));
    assert_eq!(station.outcomes().len(), 0);
    station.run_until(monday("21:00"));
    station.check_journal();
    let outcomes = station.outcomes();
    assert_eq!(
        outcomes[&cue(1, "20:55")],
        cut(MINUTE, CutCause::QuietHours)
    );
}
