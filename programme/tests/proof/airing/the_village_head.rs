//! The village head is asked.

use super::*;

fn asked(station: &Station) -> Vec<CueId> {
    station
        .outlook()
        .asked
        .into_iter()
        .map(|cue| cue.id)
        .collect()
}

fn after_an_outage() -> Station {
    let mut station = Station::off(&at_five(1, MissedRule::AskHead), monday("16:00"));
    station.run_until(monday("18:00"));
    station.boot();
    station.vouch(0);
    station.run_for(MINUTE);
    assert_eq!(asked(&station), [cue(1, "17:00")]);
    assert_eq!(station.heard, []);
    station
}

#[test]
fn says_yes_and_it_airs() {
    let mut station = after_an_outage();
    station.press(Key::Air(cue(1, "17:00")));
    station.run_until(monday("18:30"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

#[test]
fn says_no_and_it_does_not() {
    let mut station = after_an_outage();
    station.press(Key::Leave(cue(1, "17:00")));
    station.run_until(monday("18:30"));
    assert_eq!(outcome(&station), Some(suppressed(Suppressor::Head)));
    assert_eq!(asked(&station), []);
}

#[test]
fn says_nothing_and_quiet_hours_close_the_question() {
    let mut station = after_an_outage();
    station.run_until(monday("20:58"));
    assert_eq!(outcome(&station), None);
    station.run_until(monday("21:00"));
    assert_eq!(outcome(&station), Some(missed(MissedCause::NotAnswered)));
}

#[test]
fn is_asked_again_after_a_second_cut() {
    let mut station = Station::new(&at_five(4, MissedRule::AskHead), monday("16:00"));
    for _ in 0..2 {
        station.run_until(monday("17:00"));
        station.run_for(MINUTE);
        station.cut_power();
        station.boot();
        station.vouch(0);
        assert_eq!(asked(&station), [cue(1, "17:00")]);
        station.press(Key::Air(cue(1, "17:00")));
    }
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(station.heard.len(), 3);
}

#[test]
fn is_not_asked_about_what_is_not_late() {
    let mut station = Station::new(&at_five(1, MissedRule::AskHead), monday("16:00"));
    station.press(Key::Air(cue(1, "17:00")));
    station.press(Key::Leave(cue(1, "17:00")));
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

#[test]
fn is_asked_again_when_the_output_is_lost_after_a_yes() {
    let mut station = Station::new(&at_five(4, MissedRule::AskHead), monday("16:00"));
    for minute in ["17:01", "17:11"] {
        station.run_until(monday(minute));
        station.fail_output();
        station.run_for(9 * MINUTE);
        assert_eq!(asked(&station), [cue(1, "17:00")]);
        station.press(Key::Air(cue(1, "17:00")));
    }
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(station.heard.len(), 3);
}

#[test]
fn may_answer_after_a_stop_for_what_is_asked_does_not_sound_by_itself() {
    let mut station = after_an_outage();
    station.press(Key::Stop);
    assert_eq!(asked(&station), [cue(1, "17:00")]);
    station.press(Key::Air(cue(1, "17:00")));
    station.run_until(monday("18:30"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}
