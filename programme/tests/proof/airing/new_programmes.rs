//! Programmes that change while the day goes on.

use programme::rule::Span;
use programme::timetable::{DayOfYear, DayType, Season, Session};

use super::*;
use crate::village::date;

#[test]
fn what_is_withdrawn_on_air_is_silenced() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.publish(&village().at_generation(2));
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::Withdrawn)));
    assert_eq!(heard(&station), [(0, 60)]);
}

#[test]
fn a_bulletin_withdrawn_from_a_cue_on_air_silences_it() {
    let mut say = broadcast(1, daily(&["17:00"]));
    say.bulletins.push(bulletin_id(2));
    let both = village()
        .holding(1, bulletin(1, MINUTE))
        .holding(2, bulletin(2, MINUTE));
    let mut station = Station::new(&both.with(say.clone()), monday("16:00"));
    station.run_until(monday("17:00:30"));
    let one = village().at_generation(2).holding(1, bulletin(1, MINUTE));
    station.publish(&one.with(say));
    assert_eq!(
        outcome(&station),
        Some(cut(30 * SECOND, CutCause::Withdrawn))
    );
}

#[test]
fn what_is_withdrawn_while_it_waits_is_suppressed_and_what_was_to_come_leaves_no_line() {
    let programme = at_five(4, MissedRule::OnlyThen)
        .saying(2, "17:01")
        .saying(3, "19:00");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:02"));
    station.publish(&at_five(4, MissedRule::OnlyThen).at_generation(2));
    station.run_until(monday("20:00"));
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "17:00")], Outcome::Aired);
    assert_eq!(
        outcomes[&cue(2, "17:01")],
        suppressed(Suppressor::Withdrawn)
    );
    assert_eq!(outcomes.len(), 2);
}

#[test]
fn a_new_generation_with_the_same_cue_neither_stops_it_nor_airs_it_again() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.publish(&at_five(4, until("20:00")).at_generation(2));
    station.run_until(monday("17:30"));
    station.publish(&at_five(4, until("20:00")).at_generation(3));
    station.run_until(monday("20:30"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(heard(&station), [(0, 240)]);
}

#[test]
fn a_programme_that_comes_after_the_hour_came_too_late() {
    let mut station = Station::new(&village(), monday("16:00"));
    station.run_until(monday("17:10"));
    station.publish(&at_five(1, MissedRule::OnlyThen).at_generation(2));
    station.run_for(MINUTE);
    assert_eq!(outcome(&station), Some(missed(MissedCause::LateProgramme)));
}

#[test]
fn what_was_cut_and_is_in_no_plan_any_more_is_settled_as_cut() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.cut_power();
    station.hold(&village().at_generation(2));
    station.boot();
    assert_eq!(outcome(&station), None);
    station.vouch(0);
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::PowerLost)));
}

#[test]
fn an_item_that_is_not_understood_is_reported_once() {
    let mut programme = at_five(1, MissedRule::OnlyThen);
    programme
        .broadcasts
        .push(Item::from(serde_json::json!({ "id": "?" })));
    let mut station = Station::new(&programme, monday("16:00"));
    station.publish(&programme.clone().at_generation(2));
    station.cut_power();
    station.boot();
    station.vouch(0);
    station.run_until(monday("18:00"));
    let told = station
        .journal
        .iter()
        .filter(|record| matches!(record, Record::NotUnderstood { .. }));
    assert_eq!(told.count(), 1);
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

#[test]
fn what_was_overdue_before_the_programme_changed_is_settled_by_its_own_cause() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.sleep(2 * HOUR);
    station.publish(&village().at_generation(2));
    assert_eq!(outcome(&station), Some(missed(MissedCause::PowerOff)));
}

#[test]
fn a_session_that_aired_is_not_heard_again_when_the_timetable_moves_it() {
    let evenings = Rule::Daily {
        times: Vec::new(),
        sessions: vec![Session::Evening],
        span: Span {
            from: date("2026-11-01"),
            until: None,
            except: Vec::new(),
            on: DayType::Every,
        },
    };
    let at_hour = |evening: &str, generation: u64| {
        let mut programme = village()
            .holding(1, bulletin(1, MINUTE))
            .with(broadcast(1, evenings.clone()))
            .at_generation(generation);
        programme.timetable.seasons.push(Season {
            from: DayOfYear::FIRST,
            morning: time("06:00"),
            evening: time(evening),
        });
        programme
    };
    let mut station = Station::new(&at_hour("17:00", 1), monday("16:00"));
    station.run_until(monday("17:30"));
    station.publish(&at_hour("18:00", 2));
    station.run_until(monday("20:00"));
    assert_eq!(heard(&station), [(0, 60)]);
    assert_eq!(station.outcomes().len(), 1);
    station.run_until(at("2026-11-24T20:00"));
    assert_eq!(station.outcomes().len(), 2);
}
