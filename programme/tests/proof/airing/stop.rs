//! STOP always wins.

use super::*;

#[test]
fn silences_what_airs_and_what_waits_at_this_moment_and_later_cues_air() {
    let programme = at_five(4, until("20:00"))
        .saying(2, "17:01")
        .saying(3, "17:02")
        .saying(4, "17:30");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:01:30"));
    station.press(Key::Stop);
    station.run_until(monday("18:00"));
    let outcomes = station.outcomes();
    assert_eq!(
        outcomes[&cue(1, "17:00")],
        cut(90 * SECOND, CutCause::Operator)
    );
    assert_eq!(outcomes[&cue(2, "17:01")], suppressed(Suppressor::Operator));
    assert_eq!(outcomes[&cue(3, "17:02")], Outcome::Aired);
    assert_eq!(outcomes[&cue(4, "17:30")], Outcome::Aired);
}

#[test]
fn before_the_first_sound_leaves_nothing_heard() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("16:59:59"));
    station.press(Key::Stop);
    station.run_until(monday("20:30"));
    assert_eq!(outcome(&station), Some(suppressed(Suppressor::Operator)));
    assert_eq!(station.heard, []);
}

#[test]
fn with_nothing_on_air_changes_nothing() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.press(Key::Stop);
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}
