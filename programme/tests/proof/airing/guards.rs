//! The guards that hold at the moment of playing.

use super::*;

fn at_nine(time: &str, minutes: u32, missed: MissedRule) -> Programme {
    let mut say = broadcast(1, daily(&[time]));
    say.missed = missed;
    village()
        .holding(1, bulletin(1, MINUTE * minutes))
        .with(say)
}

#[test]
fn what_would_sound_in_quiet_hours_is_not_started() {
    for (time, minutes) in [("04:45", 1), ("20:58", 3), ("23:00", 1)] {
        let programme = at_nine(time, minutes, MissedRule::AskHead);
        let mut station = Station::new(&programme, monday("00:00"));
        station.run_until(at("2026-11-24T00:00"));
        let outcomes = station.outcomes();
        assert_eq!(outcomes[&cue(1, time)], suppressed(Suppressor::QuietHours));
        assert_eq!(station.heard, []);
    }
}

#[test]
fn what_ends_as_quiet_hours_begin_is_heard() {
    let mut station = Station::new(&at_nine("20:58", 2, MissedRule::OnlyThen), monday("20:00"));
    station.run_until(monday("22:00"));
    assert_eq!(station.outcomes()[&cue(1, "20:58")], Outcome::Aired);
}

#[test]
fn an_overrun_is_cut_as_quiet_hours_begin() {
    let mut station = Station::new(&at_nine("20:57", 3, until("23:00")), monday("20:00"));
    station.run_until(monday("20:58"));
    station.output_hangs = true;
    station.run_until(monday("20:59"));
    station.output_hangs = false;
    station.delay_output(MINUTE);
    station.run_until(monday("22:00"));
    let outcomes = station.outcomes();
    let Outcome::Cut { position, why } = &outcomes[&cue(1, "20:57")] else {
        panic!("{outcomes:?}");
    };
    assert_eq!((*why, position.as_secs()), (CutCause::QuietHours, 120));
}

#[test]
fn a_queue_that_reaches_quiet_hours_stops_there() {
    let programme = village()
        .holding(1, bulletin(1, 20 * MINUTE))
        .with(broadcast(1, daily(&["20:38"])))
        .holding(2, bulletin(2, 2 * MINUTE))
        .with(broadcast(2, daily(&["20:57"])));
    let mut station = Station::new(&programme, monday("20:00"));
    station.run_until(monday("22:00"));
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "20:38")], Outcome::Aired);
    assert_eq!(
        outcomes[&cue(2, "20:57")],
        suppressed(Suppressor::QuietHours)
    );
}

#[test]
fn what_is_not_valid_any_more_is_not_started_and_not_continued() {
    let mut brief = bulletin(1, 3 * MINUTE);
    brief.valid_until = Some(monday("17:02"));
    let mut say = broadcast(1, daily(&["17:00"]));
    say.missed = until("20:00");
    let short = village().holding(1, brief.clone()).with(say.clone());
    let mut station = Station::new(&short, monday("16:00"));
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(suppressed(Suppressor::Expired)));
    brief.valid_until = None;
    let endless = village().holding(1, brief).with(say);
    let mut station = Station::new(&endless, monday("16:00"));
    station.run_until(monday("17:01"));
    station.publish(&short.at_generation(2));
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(cut(2 * MINUTE, CutCause::Expired)));
}

#[test]
fn an_output_that_hangs_is_given_up_and_the_queue_goes_on() {
    let programme = at_five(1, MissedRule::OnlyThen).saying(2, "17:10");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:00:30"));
    station.output_hangs = true;
    station.run_until(monday("17:07"));
    assert_eq!(
        outcome(&station),
        Some(cut(30 * SECOND, CutCause::OutputLost))
    );
    station.output_hangs = false;
    station.run_until(monday("18:00"));
    assert_eq!(station.outcomes()[&cue(2, "17:10")], Outcome::Aired);
}

#[test]
fn what_power_kept_off_until_it_was_not_valid_any_more_was_missed_and_not_forbidden() {
    let mut brief = bulletin(1, MINUTE);
    brief.valid_until = Some(monday("17:30"));
    let mut say = broadcast(1, daily(&["17:00"]));
    say.missed = until("20:00");
    let programme = village().holding(1, brief).with(say);
    for (off, became) in [
        ("17:28", Outcome::Aired),
        ("17:29:30", missed(MissedCause::PowerOff)),
        ("17:45", missed(MissedCause::PowerOff)),
    ] {
        let mut station = Station::new(&programme, monday("16:00"));
        station.cut_power();
        station.run_until(monday(off));
        station.boot();
        station.vouch(0);
        station.run_until(monday("18:00"));
        assert_eq!(outcome(&station), Some(became), "power at {off}");
    }
}
