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

/// A station whose power was off from 16:30 to 18:00, and that hears of `newer` before anybody says
/// what time it is.
fn back_at_six(newer: &Programme) -> Station {
    let mut station = Station::new(&at_five(4, until("17:30")), monday("16:00"));
    station.run_until(monday("16:30"));
    station.cut_power();
    station.run_until(monday("18:00"));
    station.boot();
    station.publish(newer);
    assert_eq!(outcome(&station), None, "nobody knows the time");
    station.vouch(0);
    station.run_until(monday("20:00"));
    assert_eq!(heard(&station), []);
    station
}

#[test]
fn what_was_due_before_a_programme_without_it_was_issued_is_missed_and_not_forgotten() {
    let mut expired = at_five(4, until("17:30")).at_generation(2);
    let bulletin = expired.bulletins.get_mut(&bulletin_id(1));
    bulletin.expect("it is held").valid_until = Some(monday("16:45"));
    for mut newer in [village().at_generation(2), expired] {
        newer.issued_at = monday("17:45");
        let station = back_at_six(&newer);
        assert_eq!(outcome(&station), Some(missed(MissedCause::PowerOff)));
    }
}

#[test]
fn what_was_withdrawn_before_it_was_due_leaves_no_line_although_the_station_was_off() {
    let mut newer = village().at_generation(2);
    newer.issued_at = monday("16:45");
    assert_eq!(outcome(&back_at_six(&newer)), None);
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

/// One minute at each of `times` and in the evening's session, which begins at `evening`.
fn with_evenings(times: &[&str], evening: &str, missed: MissedRule) -> Programme {
    let rule = Rule::Daily {
        times: times.iter().map(|text| time(text)).collect(),
        sessions: vec![Session::Evening],
        span: Span {
            from: date("2026-11-01"),
            until: None,
            except: Vec::new(),
            on: DayType::Every,
        },
    };
    let mut say = broadcast(1, rule);
    say.missed = missed;
    let mut programme = village().holding(1, bulletin(1, MINUTE)).with(say);
    programme.timetable.seasons.push(Season {
        from: DayOfYear::FIRST,
        morning: time("06:00"),
        evening: time(evening),
    });
    programme
}

#[test]
fn a_session_that_aired_is_not_heard_again_when_the_timetable_moves_it() {
    let at_hour = |evening: &str| with_evenings(&[], evening, MissedRule::OnlyThen);
    let mut station = Station::new(&at_hour("17:00"), monday("16:00"));
    station.run_until(monday("17:30"));
    station.publish(&at_hour("18:00").at_generation(2));
    station.run_until(monday("20:00"));
    assert_eq!(heard(&station), [(0, 60)]);
    assert_eq!(station.outcomes().len(), 1);
    station.run_until(at("2026-11-24T20:00"));
    assert_eq!(station.outcomes().len(), 2);
}

#[test]
fn a_session_heard_at_a_fixed_hour_has_its_outcome_and_is_not_heard_again() {
    let at_hour = |evening: &str| with_evenings(&["17:00"], evening, until("20:00"));
    let mut station = Station::new(&at_hour("17:00"), monday("16:00"));
    let next = station.outlook().next.into_iter();
    let at_five = next.filter(|cue| cue.planned == monday("17:00"));
    assert_eq!(at_five.count(), 1, "one start is to come");
    station.run_until(monday("17:30"));
    station.cut_power();
    station.hold(&at_hour("18:00").at_generation(2));
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:30"));
    assert_eq!(heard(&station), [(0, 60)]);
    let evening = CueId::session(&broadcast_id(1), date("2026-11-23"), Session::Evening);
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "17:00")], Outcome::Aired);
    assert_eq!(outcomes[&evening], suppressed(Suppressor::Newer));
}

#[test]
fn whenever_a_station_learns_of_the_new_hour_each_start_is_heard_once() {
    let hours = ["16:00", "17:00", "18:00"];
    let learnt = ["15:30", "16:30", "17:30", "18:30"];
    for missed in [MissedRule::OnlyThen, until("20:00")] {
        for (before, after) in hours
            .iter()
            .flat_map(|one| hours.map(|other| (*one, other)))
        {
            for at in learnt {
                let at_hour = |evening| with_evenings(&["17:00"], evening, missed);
                let mut station = Station::new(&at_hour(before), monday("15:00"));
                station.run_until(monday(at));
                station.publish(&at_hour(after).at_generation(2));
                station.run_until(monday("20:30"));
                station.check_journal();
                // What lies behind when it is learnt of is caught up on at most, and never once a
                // newer start was due.
                let by_itself = if before < at {
                    before != "17:00"
                } else if after < at {
                    after < "17:00" && at < "17:00" && missed != MissedRule::OnlyThen
                } else {
                    after != "17:00"
                };
                let sounds = 1 + usize::from(by_itself);
                let told = format!("{before} to {after}, learnt at {at}, {missed:?}");
                assert_eq!(heard(&station).len(), sounds, "{told}");
            }
        }
    }
}
