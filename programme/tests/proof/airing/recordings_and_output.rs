//! Recordings that are not ready, outputs that fail.

use super::*;

#[test]
fn a_cue_waits_for_its_recording_as_long_as_it_may() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    let all = at_five(1, MissedRule::OnlyThen)
        .recordings()
        .into_keys()
        .collect();
    station.make_ready(ReadySet::new());
    station.run_until(monday("17:03"));
    assert_eq!(station.journal, []);
    station.make_ready(all);
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(station.heard[0].from, monday("17:03") + LEAD);
}

#[test]
fn a_recording_that_never_comes_is_the_cause() {
    for missed_rule in [MissedRule::OnlyThen, until("20:00"), MissedRule::AskHead] {
        let mut station = Station::new(&at_five(1, missed_rule), monday("16:00"));
        station.make_ready(ReadySet::new());
        station.run_until(at("2026-11-24T06:00"));
        assert_eq!(outcome(&station), Some(missed(MissedCause::NotReady)));
    }
}

#[test]
fn what_becomes_impossible_is_on_record_at_once() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.make_ready(ReadySet::new());
    station.run_until(monday("17:04:59"));
    assert_eq!(outcome(&station), None);
    station.run_until(monday("17:05"));
    assert_eq!(outcome(&station), Some(missed(MissedCause::NotReady)));
}

#[test]
fn what_came_before_took_too_long() {
    let programme = at_five(10, MissedRule::OnlyThen);
    let mut late = broadcast(2, daily(&["17:01"]));
    late.missed = until("17:05");
    let programme = programme.holding(2, bulletin(2, MINUTE)).with(late);
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("18:00"));
    assert_eq!(
        station.outcomes()[&cue(2, "17:01")],
        missed(MissedCause::Overrun)
    );
}

#[test]
fn an_output_that_fails_is_tried_again_while_it_may_and_is_named_when_nothing_was_heard() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.output_works = false;
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(missed(MissedCause::OutputFailed)));
    let begun = station
        .journal
        .iter()
        .filter(|record| matches!(record, Record::Started { .. }));
    assert_eq!(begun.count(), MAX_ATTEMPTS as usize);
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.output_works = false;
    station.run_until(monday("17:00:10"));
    station.output_works = true;
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    let prepared = monday("17:00") - programme::air::PREPARE;
    assert_eq!(station.heard[0].from, prepared + RETRY + LEAD);
}

#[test]
fn an_output_lost_in_the_middle_follows_the_missed_rule() {
    let lost = |rule| {
        let mut station = Station::new(&at_five(4, rule), monday("16:00"));
        station.run_until(monday("17:01"));
        station.fail_output();
        station.run_until(monday("20:30"));
        outcome(&station)
    };
    assert_eq!(
        lost(MissedRule::OnlyThen),
        Some(cut(MINUTE, CutCause::OutputLost))
    );
    assert_eq!(lost(until("20:00")), Some(Outcome::Aired));
}
