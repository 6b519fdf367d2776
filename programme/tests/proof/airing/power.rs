//! Power cuts, sleep, and the end of the program.

use super::*;

#[test]
fn a_cut_under_only_then_is_final_and_says_how_much_was_heard() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("17:01"));
    station.cut_power();
    station.run_for(MINUTE);
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:00"));
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::PowerLost)));
    assert_eq!(heard(&station), [(0, 60)]);
}

#[test]
fn a_cut_in_the_last_tenth_counts_as_aired() {
    let mut station = Station::new(&at_five(10, until("20:00")), monday("16:00"));
    station.run_until(monday("17:09"));
    station.cut_power();
    station.boot();
    station.vouch(0);
    station.run_until(monday("21:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(heard(&station), [(0, 540)]);
    let ended = station
        .journal
        .iter()
        .find(|record| matches!(record, Record::Ended { .. }));
    let Some(Record::Ended { position, cut, .. }) = ended else {
        panic!("no end");
    };
    assert_eq!((*position, *cut), (9 * MINUTE, Some(CutCause::PowerLost)));
}

#[test]
fn until_an_hour_it_airs_again_from_the_beginning_when_power_is_back() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.cut_power();
    station.run_until(monday("17:30"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(heard(&station), [(0, 60), (1_800, 240)]);
    let numbers = station.journal.iter().filter_map(|record| match record {
        Record::Started { attempt, .. } => Some(attempt.number),
        Record::Ended { .. }
        | Record::Outcome { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => None,
    });
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn until_an_hour_that_has_passed_the_cut_is_final() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.cut_power();
    station.run_until(monday("20:01"));
    station.boot();
    station.vouch(0);
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::PowerLost)));
}

#[test]
fn nobody_hears_a_fourth_beginning() {
    let mut station = Station::new(&at_five(10, until("20:00")), monday("16:00"));
    for minute in ["17:02", "17:04", "17:06", "17:08"] {
        station.run_until(monday(minute));
        station.cut_power();
        station.boot();
        station.vouch(0);
    }
    station.run_until(monday("21:00"));
    let begun = station
        .journal
        .iter()
        .filter(|record| matches!(record, Record::Started { .. }));
    assert_eq!(begun.count(), MAX_ATTEMPTS as usize);
    assert!(matches!(outcome(&station), Some(Outcome::Cut { .. })));
}

#[test]
fn a_day_without_power_is_missed_for_that_cause() {
    let mut station = Station::off(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("18:00"));
    station.boot();
    station.vouch(0);
    assert_eq!(outcome(&station), Some(missed(MissedCause::PowerOff)));
    assert_eq!(station.heard, []);
}

#[test]
fn a_machine_that_slept_through_the_hour_was_off() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:00"));
    station.sleep(2 * HOUR);
    station.run_for(MINUTE);
    assert_eq!(outcome(&station), Some(missed(MissedCause::PowerOff)));
}

#[test]
fn after_a_long_outage_the_newest_of_a_broadcast_airs_and_nothing_piles_up() {
    let mut say = broadcast(1, daily(&["06:00", "11:00", "17:00"]));
    say.missed = until("20:00");
    let programme = village().holding(1, bulletin(1, MINUTE)).with(say);
    let mut station = Station::off(&programme, monday("00:00"));
    station.run_until(monday("18:00"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:30"));
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "06:00")], missed(MissedCause::PowerOff));
    assert_eq!(outcomes[&cue(1, "11:00")], missed(MissedCause::PowerOff));
    assert_eq!(outcomes[&cue(1, "17:00")], Outcome::Aired);
    assert_eq!(station.heard.len(), 1);
}

#[test]
fn after_a_long_outage_a_bulletin_of_two_broadcasts_airs_once() {
    let say = |number, hour: &str| {
        let mut say = broadcast(number, daily(&[hour]));
        say.missed = until("20:00");
        say
    };
    let mut other = say(3, "12:00");
    other.bulletins = vec![bulletin_id(2)];
    let programme = village().holding(1, bulletin(1, MINUTE));
    let programme = programme.holding(2, bulletin(2, MINUTE));
    let mut later = say(2, "17:00");
    later.bulletins = vec![bulletin_id(1)];
    let programme = programme.with(say(1, "06:00")).with(other).with(later);
    let mut station = Station::off(&programme, monday("00:00"));
    station.run_until(monday("18:00"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:30"));
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "06:00")], missed(MissedCause::PowerOff));
    assert_eq!(outcomes[&cue(3, "12:00")], Outcome::Aired);
    assert_eq!(outcomes[&cue(2, "17:00")], Outcome::Aired);
    assert_eq!(station.heard.len(), 2);
}

#[test]
fn what_is_late_airs_where_the_newer_one_asks_the_head() {
    let mut early = broadcast(1, daily(&["06:00"]));
    early.missed = until("20:00");
    let mut late = broadcast(2, daily(&["17:00"]));
    late.bulletins.clone_from(&early.bulletins);
    late.missed = MissedRule::AskHead;
    let programme = village().holding(1, bulletin(1, MINUTE));
    let programme = programme.with(early).with(late);
    let mut station = Station::off(&programme, monday("00:00"));
    station.run_until(monday("18:00"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("18:30"));
    assert_eq!(station.outcomes()[&cue(1, "06:00")], Outcome::Aired);
}

#[test]
fn two_broadcasts_of_a_bulletin_that_are_on_time_are_both_heard() {
    let early = broadcast(1, daily(&["17:00"]));
    let mut late = broadcast(2, daily(&["17:00"]));
    late.bulletins.clone_from(&early.bulletins);
    let programme = village().holding(1, bulletin(1, MINUTE));
    let programme = programme.with(early).with(late);
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("18:00"));
    let outcomes = station.outcomes();
    assert_eq!(outcomes[&cue(1, "17:00")], Outcome::Aired);
    assert_eq!(outcomes[&cue(2, "17:00")], Outcome::Aired);
}

#[test]
fn power_may_go_between_any_two_commands_and_the_record_stays_whole() {
    for fuse in 0..12 {
        let mut station = Station::new(&at_five(1, until("20:00")), monday("16:59"));
        station.fuse = Some((End::PowerCut, fuse));
        station.run_until(monday("17:10"));
        if !station.is_on() {
            station.boot();
            station.vouch(0);
        }
        station.run_until(monday("20:30"));
        assert_eq!(
            outcome(&station),
            Some(Outcome::Aired),
            "the fuse was {fuse}"
        );
        station.check_outcomes();
    }
}

#[test]
fn a_program_that_is_told_to_end_says_so_and_goes_on_by_the_rule() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("17:01"));
    station.shut_down();
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::ShutDown)));
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.shut_down();
    assert_eq!(outcome(&station), None);
    station.switch_on();
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    assert_eq!(heard(&station), [(0, 60), (60, 240)]);
}

/// The process dies and the boot stays: the clock is known, and the record goes on.
#[test]
fn a_crash_between_any_two_commands_costs_no_line_and_no_knowledge_of_the_time() {
    for commands in 0..12 {
        let mut station = Station::new(&at_five(1, until("20:00")), monday("16:59"));
        station.fuse = Some((End::Crash, commands));
        station.run_until(monday("20:30"));
        assert_eq!(station.deaths, 1, "after {commands} commands");
        assert_eq!(outcome(&station), Some(Outcome::Aired), "after {commands}");
        station.check_journal();
        station.check_outcomes();
    }
}

#[test]
fn a_full_disk_before_a_cue_lets_nothing_sound_and_the_program_goes_on_when_there_is_room() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.fill_disk();
    station.run_until(monday("17:30"));
    assert_eq!((station.is_on(), heard(&station)), (false, vec![]));
    station.make_room();
    station.run_until(monday("20:30"));
    assert_eq!(heard(&station), [(1_800, 240)]);
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

/// Whoever reads the log must not look for a power cut.
#[test]
fn what_a_full_disk_cut_and_what_it_kept_off_the_air_say_so() {
    let only_then = at_five(4, MissedRule::OnlyThen).saying(2, "17:30");
    let mut station = Station::new(&only_then.saying(3, "16:30"), monday("16:00"));
    station.cut_power();
    station.run_until(monday("16:50"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("17:01"));
    station.fill_disk();
    station.run_until(monday("17:45"));
    station.make_room();
    station.run_until(monday("17:50"));
    let outcomes = station.outcomes();
    let cut = cut(MINUTE, CutCause::DiskUnwritable);
    assert_eq!(outcomes[&cue(1, "17:00")], cut);
    let why = MissedCause::DiskUnwritable;
    assert_eq!(outcomes[&cue(2, "17:30")], missed(why));
    assert_eq!(outcomes[&cue(3, "16:30")], missed(MissedCause::PowerOff));
}

#[test]
fn a_disk_that_fills_up_on_air_silences_within_a_note_and_loses_nothing() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.fill_disk();
    station.run_until(monday("17:02"));
    assert_eq!(heard(&station), [(0, 62)]);
    station.make_room();
    station.run_until(monday("17:30"));
    assert_eq!(heard(&station), [(0, 62), (120, 240)]);
    station.check_journal();
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}
