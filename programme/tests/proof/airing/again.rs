//! Once more: what was heard last, when somebody at the PC asks for it.

use super::*;

#[test]
fn what_was_heard_last_is_heard_again_at_once_and_on_record_by_its_own_name() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("18:00"));
    let again = station.outlook().again.expect("something was heard");
    assert_eq!(again.id, cue(1, "17:00"));
    station.press(Key::Again);
    station.run_until(monday("18:10"));
    assert_eq!(heard(&station), [(0, 240), (3_600, 240)]);
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "17:00").again(1)], Outcome::Aired);
    station.press(Key::Again);
    station.run_until(monday("18:20"));
    assert_eq!(
        station.outcomes()[&cue(1, "17:00").again(2)],
        Outcome::Aired
    );
}

#[test]
fn pressed_twice_in_a_hurry_it_is_heard_once() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("18:00"));
    station.press(Key::Again);
    station.press(Key::Again);
    station.run_until(monday("18:30"));
    assert_eq!(heard(&station).len(), 2);
}

#[test]
fn in_quiet_hours_nothing_is_heard_again() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("20:58"));
    assert_eq!(station.outlook().again, None, "it would sound beyond 21:00");
    station.press(Key::Again);
    station.run_until(monday("23:00"));
    assert_eq!(heard(&station), [(0, 240)]);
}

#[test]
fn it_falls_silent_when_a_newer_programme_makes_the_hour_quiet() {
    let programme = at_five(4, MissedRule::OnlyThen);
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("18:00"));
    station.press(Key::Again);
    station.run_until(monday("18:01"));
    let mut earlier = programme.at_generation(2);
    earlier.quiet_hours.from = time("18:00");
    station.publish(&earlier);
    station.run_until(monday("18:30"));
    let outcome = station.outcomes().remove(&cue(1, "17:00").again(1));
    let position = MINUTE - LEAD;
    assert_eq!(outcome, Some(cut(position, CutCause::QuietHours)));
}

#[test]
fn what_was_taken_out_of_the_programme_is_not_heard_again() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("17:30"));
    station.publish(&village().at_generation(2));
    assert_eq!(station.outlook().again, None);
    station.press(Key::Again);
    station.run_until(monday("18:00"));
    assert_eq!(heard(&station), [(0, 240)]);
}

#[test]
fn taken_out_while_it_is_heard_again_it_falls_silent() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("18:00"));
    station.press(Key::Again);
    station.run_until(monday("18:01"));
    station.publish(&village().at_generation(2));
    station.run_until(monday("18:30"));
    let outcome = station.outcomes().remove(&cue(1, "17:00").again(1));
    let position = MINUTE - LEAD;
    assert_eq!(outcome, Some(cut(position, CutCause::Withdrawn)));
}

#[test]
fn a_power_cut_ends_it_for_good() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("18:00"));
    station.press(Key::Again);
    station.run_until(monday("18:01"));
    station.cut_power();
    station.boot();
    station.vouch(0);
    station.run_until(monday("18:30"));
    let outcome = station.outcomes().remove(&cue(1, "17:00").again(1));
    assert!(matches!(
        outcome,
        Some(Outcome::Cut {
            why: CutCause::PowerLost,
            ..
        })
    ));
    let again = station.outlook().again.expect("and can be asked for again");
    assert_eq!(again.id, cue(1, "17:00"));
}

#[test]
fn what_waits_for_its_turn_is_not_superseded_by_it() {
    let mut twice = broadcast(1, daily(&["16:30", "17:00"]));
    twice.missed = MissedRule::OnlyThen;
    let mut urgent = bulletin(2, 3 * MINUTE);
    urgent.class = Class::Priority;
    let programme = village()
        .holding(1, bulletin(1, MINUTE))
        .with(twice)
        .holding(2, urgent)
        .with(broadcast(2, daily(&["16:59"])));
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:00:30"));
    station.press(Key::Again);
    station.run_until(monday("18:00"));
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "17:00")], Outcome::Aired);
}
