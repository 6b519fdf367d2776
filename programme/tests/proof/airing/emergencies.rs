//! Emergencies: they interrupt, they break quiet hours, and they end when somebody says so.

use programme::day_plan::Segment;
use programme::emergency::{Emergency, drill_mark};
use programme::units::Decibels;

use super::*;
use crate::village::{ordered, sound, verified};

/// The hearing `number` of the emergency 9.
fn hearing(number: u32) -> CueId {
    CueId::emergency(&broadcast_id(9), number)
}

/// What became of each hearing of the emergency 9, in their order.
pub fn hearings(station: &Station) -> Vec<Outcome> {
    station.check_journal();
    let outcomes = station.outcomes();
    (1..)
        .map_while(|number| outcomes.get(&hearing(number)).cloned())
        .collect()
}

/// When each sound of the emergency 9 began and how long it was, in seconds after 17:00.
pub fn heard_of_it(station: &Station) -> Vec<(u64, u64)> {
    let heard = station.heard.iter().zip(heard(station));
    let own = heard.filter(|(heard, _)| heard.cue.hearing().is_some());
    own.map(|(_, seconds)| seconds).collect()
}

#[test]
fn one_interrupts_at_once_and_what_it_cut_airs_again_after_it() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.order(emergency(9, monday("17:01")));
    station.run_until(monday("18:00"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
    assert_eq!(outcome(&station), Some(Outcome::Aired));
    // Half a second is what the output needs; the gap is ten seconds.
    let from: Vec<_> = station.heard.iter().map(|heard| heard.from).collect();
    let began = monday("17:01") + LEAD;
    assert_eq!(from[1], began);
    assert_eq!(from[2], began + MINUTE + 10 * SECOND);
    assert_eq!(station.heard[0].length, MINUTE);
    assert_eq!(station.heard[3].length, 4 * MINUTE);
    assert!(from[3] >= from[2] + MINUTE);
}

#[test]
fn one_is_as_loud_as_the_station_lets_emergencies_be_whatever_the_class_of_its_bulletin() {
    for class in [Class::Ordinary, Class::Priority, Class::Emergency] {
        let mut programme = village();
        programme.chime = Some(sound("chime", 4 * SECOND));
        programme.volume_db = Decibels(-10.0);
        programme.class_volume_db = [(Class::Emergency, Decibels(6.0))].into();
        let mut order = emergency(9, monday("17:00"));
        order.content.class = class;
        let plan = order.plan(&programme).unwrap().unwrap();
        let gains = plan.segments.iter().filter_map(|segment| match segment {
            Segment::Sound { gain_db, .. } => Some(gain_db.0),
            Segment::Silence { .. } => None,
        });
        assert_eq!(gains.collect::<Vec<_>>(), [-4.0, -4.0], "{class:?}");
    }
}

#[test]
fn what_is_only_for_its_time_stays_cut() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(monday("17:01"));
    station.order(emergency(9, monday("17:01")));
    station.run_until(monday("20:00"));
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::Emergency)));
    assert_eq!(heard_of_it(&station).len(), 2);
}

#[test]
fn between_two_hearings_nothing_else_is_heard() {
    let programme = village().saying(1, "17:01:04").saying(2, "17:10");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:00"));
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("18:00"));
    let own = heard_of_it(&station);
    assert_eq!(own, [(0, 60), (70, 60)]);
    let outcomes = station.outcomes();
    let first = CueId::new(&broadcast_id(1), at_civil("17:01:04"));
    assert_eq!(outcomes[&first], Outcome::Aired, "it waited for its turn");
    assert_eq!(outcomes[&cue(2, "17:10")], Outcome::Aired);
}

fn at_civil(time: &str) -> jiff::civil::DateTime {
    format!("2026-11-23T{time}").parse().expect("a civil time")
}

#[test]
fn in_quiet_hours_one_sounds_and_goes_on_record_as_having_broken_them() {
    let mut station = Station::new(&at_five(4, MissedRule::OnlyThen), monday("22:00"));
    station.order(emergency(9, monday("22:00")));
    station.run_until(monday("23:00"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
    let started = station.journal.iter().find_map(|record| match record {
        Record::Started {
            order,
            in_quiet_hours,
            ..
        } => Some((order.clone(), *in_quiet_hours)),
        Record::Ended { .. }
        | Record::Outcome { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => None,
    });
    let (order, in_quiet_hours) = started.expect("it began");
    assert!(in_quiet_hours);
    let order = order.expect("somebody ordered it");
    assert_eq!((&*order.by, &*order.why), ("Lý Thị Mai", "Lũ ống"));
}

#[test]
fn of_the_programme_the_class_alone_breaks_no_quiet_hours() {
    let mut loud = bulletin(1, MINUTE);
    loud.class = Class::Emergency;
    let programme = village()
        .holding(1, loud)
        .with(broadcast(1, daily(&["22:00"])));
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("23:00"));
    assert_eq!(station.heard, []);
}

#[test]
fn one_that_is_cancelled_falls_silent_and_does_not_come_back() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut endless = emergency(9, monday("17:00"));
    endless.repeats = None;
    station.order(endless.clone());
    station.run_until(monday("17:00:40"));
    endless.revision = 2;
    endless.cancelled = true;
    station.order(endless);
    station.run_until(monday("18:00"));
    let position = Duration::from_millis(39_500);
    assert_eq!(hearings(&station), [cut(position, CutCause::Withdrawn)]);
}

#[test]
fn one_without_an_end_sounds_until_it_expires() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut endless = emergency(9, monday("17:00"));
    endless.repeats = None;
    endless.expires_at = monday("17:05");
    station.order(endless);
    station.run_until(monday("18:00"));
    let own = heard_of_it(&station);
    assert_eq!(own, [(0, 60), (70, 60), (140, 60), (210, 60)]);
    assert!(station.outlook().emergency.is_none());
    assert_eq!(hearings(&station).len(), 4, "a fifth would outlast it");
}

#[test]
fn after_a_power_cut_only_the_hearings_that_remain_are_heard() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut thrice = emergency(9, monday("17:00"));
    thrice.repeats = Some(3);
    station.order(thrice);
    station.run_until(monday("17:01:40"));
    station.cut_power();
    station.run_until(monday("17:20"));
    station.boot();
    station.run_until(monday("17:21"));
    assert_eq!(heard_of_it(&station).len(), 2, "the time is unknown");
    station.vouch(0);
    station.run_until(monday("18:00"));
    let begun = heard_of_it(&station);
    let lengths: Vec<_> = begun.iter().map(|(_, seconds)| *seconds).collect();
    assert_eq!(lengths, [60, 29, 60, 60], "the second began again");
    assert_eq!(hearings(&station), [const { Outcome::Aired }; 3]);
}

#[test]
fn one_that_expired_while_the_power_was_off_is_closed_and_not_heard() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:00:30"));
    station.cut_power();
    station.run_until(monday("19:30"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:00"));
    let noted = 28 * SECOND;
    let outcomes = hearings(&station);
    assert_eq!(outcomes, [cut(noted, CutCause::PowerLost)]);
    assert_eq!(heard_of_it(&station).len(), 1);
}

#[test]
fn an_emergency_interrupts_a_drill_and_a_drill_interrupts_no_emergency() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut drill = emergency(8, monday("17:00"));
    drill.order.drill = true;
    drill.repeats = None;
    station.order(drill);
    station.run_until(monday("17:00:20"));
    station.order(emergency(9, monday("17:00:20")));
    station.run_until(monday("17:02:25"));
    let own = heard_of_it(&station);
    assert_eq!(own, [(0, 19), (20, 60), (90, 54)], "and half a second each");
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn a_drill_says_so_before_its_first_word_and_after_its_last_one() {
    let mut drill = emergency(9, monday("17:00"));
    drill.order.drill = true;
    let content = |emergency: &Emergency| {
        let plan = ordered(emergency).plan(&verified(&village()));
        plan.expect("a known zone")
            .expect("it concerns us")
            .get()
            .content()
    };
    let marked = content(&drill);
    let mark = drill_mark().hash;
    drill.order.drill = false;
    let plain = content(&drill);
    assert!(!plain.contains(&mark));
    assert_eq!(marked, [&[mark], &plain[..], &[mark]].concat());
}

/// Nobody may take a drill for a flood because a file was lost.
#[test]
fn a_drill_that_cannot_say_that_it_is_one_does_not_sound() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut drill = emergency(9, monday("17:00"));
    drill.order.drill = true;
    let recordings: ReadySet = drill.recordings().map(|(hash, _)| hash).collect();
    station.hold_emergency(drill);
    station.make_ready(recordings.clone());
    station.run_until(monday("17:05"));
    assert_eq!(heard_of_it(&station), []);
    station.make_ready(recordings.into_iter().chain([drill_mark().hash]).collect());
    station.run_until(monday("17:10"));
    assert_eq!(heard_of_it(&station).len(), 2);
}

#[test]
fn another_area_hears_nothing() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut elsewhere = emergency(9, monday("17:00"));
    elsewhere.areas = vec![programme::ids::AreaId::from_random([77; 10])];
    station.order(elsewhere);
    station.run_until(monday("18:00"));
    assert_eq!(station.heard, []);
}

#[test]
fn one_for_the_commune_is_heard_in_its_villages() {
    let commune = programme::ids::AreaId::from_random([77; 10]);
    let mut programme = village();
    programme.within = vec![commune.clone()];
    let mut station = Station::new(&programme, monday("17:00"));
    let mut everywhere = emergency(9, monday("17:00"));
    everywhere.areas = vec![commune];
    station.order(everywhere);
    station.run_until(monday("18:00"));
    assert_eq!(heard_of_it(&station).len(), 2);
}

#[test]
fn a_clock_that_is_behind_the_server_delays_nothing() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.vouch(-300 * SECOND_US);
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn a_recording_that_is_not_there_yet_keeps_no_other_off_the_air() {
    let mut station = Station::new(&at_five(1, MissedRule::OnlyThen), monday("16:59"));
    let programme = at_five(1, MissedRule::OnlyThen);
    station.order(emergency(9, monday("16:59")));
    station.make_ready(programme.recordings().into_keys().collect());
    station.run_until(monday("17:02"));
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

#[test]
fn the_last_gap_before_its_end_keeps_nobody_off_the_air() {
    let mut station = Station::new(&village().saying(1, "17:03"), monday("16:59"));
    let mut endless = emergency(9, monday("17:00"));
    endless.repeats = None;
    endless.gap = 10 * MINUTE;
    endless.expires_at = monday("17:02");
    station.run_until(monday("17:00"));
    station.order(endless);
    station.run_until(monday("17:10"));
    assert_eq!(heard(&station)[1].0, 180, "the next one is on time");
}

#[test]
fn what_its_number_promised_beyond_its_end_is_on_record_as_expired() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut thrice = emergency(9, monday("17:00"));
    thrice.repeats = Some(3);
    thrice.expires_at = monday("17:01:30");
    station.order(thrice);
    station.run_until(monday("17:01:10"));
    let expired = suppressed(Suppressor::Expired);
    let outcomes = [Outcome::Aired, expired.clone(), expired];
    assert_eq!(hearings(&station), outcomes);
}

#[test]
fn it_waits_half_a_minute_for_a_language_and_never_for_the_chime() {
    let mut programme = village();
    programme.chime = Some(sound("chime", 2 * SECOND));
    let mut station = Station::new(&programme, monday("17:00"));
    let mut both = emergency(9, monday("17:00"));
    both.content
        .recordings
        .push(spoken("pcc", "in Giáy", 30 * SECOND));
    let vietnamese: ReadySet = [both.content.recordings[0].sound.hash].into();
    let both_ready: ReadySet = both.recordings().map(|(hash, _)| hash).collect();
    station.make_ready(vietnamese);
    station.hold_emergency(both);
    station.run_until(monday("17:00:29"));
    assert_eq!(station.heard, []);
    station.run_until(monday("17:01"));
    station.make_ready(both_ready);
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
    let lengths: Vec<_> = heard_of_it(&station)
        .iter()
        .map(|(_, length)| *length)
        .collect();
    // Without the chime, and the second time with both languages and the pause between them.
    assert_eq!(lengths, [60, 91]);
}

#[test]
fn power_cuts_in_a_storm_do_not_use_up_its_beginnings() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut once = emergency(9, monday("17:00"));
    once.repeats = Some(1);
    station.order(once);
    for minute in 1..=4_u32 {
        station.run_until(monday("17:00") + MINUTE * minute);
        station.cut_power();
        station.boot();
        station.run_for(30 * SECOND);
        station.vouch(0);
    }
    station.run_until(monday("18:00"));
    assert_eq!(hearings(&station), [Outcome::Aired]);
}

#[test]
fn a_clock_that_is_set_back_in_a_gap_does_not_lengthen_it() {
    let mut station = Station::new(&village(), monday("17:00"));
    station.vouch(3_600 * SECOND_US);
    station.order(emergency(9, monday("17:00")));
    station.run_until(monday("17:01:05"));
    station.vouch(0);
    station.run_until(monday("17:03"));
    assert_eq!(hearings(&station), [Outcome::Aired, Outcome::Aired]);
}

#[test]
fn one_whose_next_hearing_no_longer_fits_is_over() {
    let mut station = Station::new(&village(), monday("17:00"));
    let mut endless = emergency(9, monday("17:00"));
    endless.repeats = None;
    endless.expires_at = monday("17:02:30") + Duration::from_millis(200);
    station.order(endless);
    station.run_until(monday("17:01:05"));
    station.cut_power();
    station.run_until(monday("17:01:30"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("17:10"));
    assert_eq!(hearings(&station), [Outcome::Aired]);
}
