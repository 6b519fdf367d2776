//! STOP from the panel does what STOP at the PC does, for what it names, and for nothing else.

use programme::programme::QuietHours;
use programme::rule::Rule;
use programme::signed::{Envelope, Purpose, Refusal, Verified};
use programme::stop::{MARGIN, Stop};
use programme::units::WallTime;

use super::*;
use crate::station::End;
use crate::village::{believed, key, once, panel_stop};

/// Who is on record for what became of the cue at `time` of broadcast `number`.
fn stopped_by(station: &Station, number: u8, time: &str) -> Option<String> {
    let mut records = station.journal.iter();
    records.find_map(|record| {
        let Record::Outcome {
            cue: found,
            stopped: Some(from_panel),
            ..
        } = record
        else {
            return None;
        };
        (*found == cue(number, time)).then(|| from_panel.by.clone())
    })
}

fn of_broadcast(number: u8, issued_at: &str) -> Stop {
    Stop {
        broadcast: Some(broadcast_id(number)),
        ..panel_stop(9, monday(issued_at))
    }
}

#[test]
fn what_sounds_is_cut_what_waits_is_left_out_and_later_cues_air() {
    let programme = at_five(4, until("20:00"))
        .saying(2, "17:01")
        .saying(3, "17:02");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:01:30"));
    station.stop(panel_stop(9, monday("17:01:29")));
    station.run_until(monday("20:30"));
    let outcomes = station.outcomes();
    let cut_at = cut(90 * SECOND, CutCause::Operator);
    assert_eq!(outcomes[&cue(1, "17:00")], cut_at);
    assert_eq!(outcomes[&cue(2, "17:01")], suppressed(Suppressor::Operator));
    assert_eq!(outcomes[&cue(3, "17:02")], Outcome::Aired);
    for (number, time) in [(1, "17:00"), (2, "17:01")] {
        let by = stopped_by(&station, number, time);
        assert_eq!(by.as_deref(), Some("Vàng Văn Sáng"));
    }
    assert_eq!(stopped_by(&station, 3, "17:02"), None);
    let of_the_end = |record: &Record| {
        matches!(
            record,
            Record::Ended {
                stopped: Some(_),
                ..
            }
        )
    };
    assert!(station.journal.iter().any(of_the_end));
}

#[test]
fn one_broadcast_is_stopped_and_what_waits_behind_it_airs() {
    let programme = at_five(4, until("20:00")).saying(2, "17:01");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("17:02"));
    station.stop(of_broadcast(1, "17:02"));
    station.run_until(monday("20:30"));
    let outcomes = station.outcomes();
    assert_eq!(
        outcomes[&cue(1, "17:00")],
        cut(2 * MINUTE, CutCause::Operator)
    );
    assert_eq!(outcomes[&cue(2, "17:01")], Outcome::Aired);
    assert_eq!(stopped_by(&station, 2, "17:01"), None);
}

#[test]
fn a_late_word_stops_nothing_that_began_after_it_was_said() {
    let programme = at_five(4, until("20:00"))
        .saying(2, "18:00")
        .saying(3, "18:30");
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("18:00:30"));
    station.stop(panel_stop(8, monday("17:02")));
    station.stop(of_broadcast(1, "17:02"));
    station.run_until(monday("19:00"));
    let outcomes = station.outcomes();
    for (number, time) in [(1, "17:00"), (2, "18:00"), (3, "18:30")] {
        assert_eq!(outcomes[&cue(number, time)], Outcome::Aired, "{time}");
    }
}

#[test]
fn a_start_of_the_next_day_is_another_one() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.stop(of_broadcast(1, "17:01"));
    station.run_until(at("2026-11-24T18:00"));
    let tuesday = "2026-11-24T17:00".parse().expect("a civil time");
    let tuesday = CueId::new(&broadcast_id(1), tuesday);
    assert_eq!(station.outcomes()[&tuesday], Outcome::Aired);
}

#[test]
fn what_a_power_cut_interrupted_does_not_come_back_when_it_was_stopped_meanwhile() {
    for stop in [panel_stop(9, monday("17:05")), of_broadcast(1, "17:05")] {
        let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
        station.run_until(monday("17:01"));
        station.cut_power();
        station.run_until(monday("17:30"));
        station.stops.push(stop);
        station.boot();
        station.vouch(0);
        station.run_until(monday("20:30"));
        assert_eq!(heard(&station).len(), 1, "{:?}", heard(&station));
        let Some(Outcome::Cut { why, .. }) = outcome(&station) else {
            panic!("{:?}", outcome(&station));
        };
        assert_eq!(why, CutCause::PowerLost, "the power silenced it");
        assert!(stopped_by(&station, 1, "17:00").is_some(), "and this why");
    }
}

#[test]
fn one_that_airs_again_after_a_power_cut_is_stopped_by_the_word_that_was_said_before() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.cut_power();
    station.run_until(monday("17:30"));
    station.boot();
    station.vouch(0);
    station.run_until(monday("17:30:20"));
    assert!(station.outlook().on_air.is_some());
    station.stop(panel_stop(9, monday("17:05")));
    assert!(station.outlook().on_air.is_none());
    station.run_until(monday("20:30"));
    assert_eq!(heard(&station).len(), 2);
}

#[test]
fn it_holds_beyond_a_power_cut_also_when_nothing_was_written_after_the_silence() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    // Silence and the end of the attempt; then the power goes.
    station.fuse = Some((End::PowerCut, 2));
    station.stop(panel_stop(9, monday("17:01")));
    assert!(!station.is_on());
    station.stops.clear();
    station.boot();
    station.vouch(0);
    station.run_until(monday("20:30"));
    assert_eq!(outcome(&station), Some(cut(MINUTE, CutCause::Operator)));
    assert!(stopped_by(&station, 1, "17:00").is_some());
}

#[test]
fn what_was_prepared_and_has_not_sounded_is_stopped_too() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("16:59:59"));
    station.stop(panel_stop(9, monday("16:59:58")));
    station.run_until(monday("20:30"));
    assert_eq!(outcome(&station), Some(suppressed(Suppressor::Operator)));
    assert_eq!(station.heard, []);
}

#[test]
fn a_clock_that_is_a_little_off_does_not_save_what_sounds() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    // The station is ahead of the server, and its start is, for the server, still to come.
    station.vouch(4 * SECOND_US);
    station.run_until(monday("16:59:58"));
    assert!(station.outlook().on_air.is_some());
    station.stop(panel_stop(9, monday("16:59:58")));
    assert!(station.outlook().on_air.is_none());
    assert!(MARGIN >= 5 * SECOND);
}

/// What was ordered at `since` beside the daily one at 17:00, to air by `rule`.
fn ordered_beside(rule: Rule, since: WallTime) -> Programme {
    let programme = at_five(4, until("20:00")).at_generation(2);
    let mut say = broadcast(2, rule);
    say.since = since;
    programme.holding(2, bulletin(2, MINUTE)).with(say)
}

/// What was ordered at `since` to air as soon as the station hears of it.
fn ordered_for_now(since: WallTime) -> Programme {
    let rule = Rule::Now {
        ordered_at: since,
        until: since + MINUTE * 30,
    };
    ordered_beside(rule, since)
}

#[test]
fn what_is_ordered_after_the_press_is_heard_however_soon_and_by_whatever_clock() {
    let pressed = monday("17:01");
    for after in [Duration::from_millis(1), SECOND, 4 * SECOND, 6 * SECOND] {
        for error in [-4, 0, 4] {
            let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
            station.vouch(error * SECOND_US);
            station.run_until(pressed);
            station.stop(panel_stop(9, pressed));
            station.run_until(pressed + after);
            station.publish(&ordered_for_now(pressed + after));
            station.run_until(monday("17:10"));
            let outcomes = station.outcomes();
            let what = format!("ordered after {after:?}, clock off by {error} s");
            let now = CueId::now(&broadcast_id(2));
            assert_eq!(outcomes.get(&now), Some(&Outcome::Aired), "{what}");
            let stopped = &outcomes[&cue(1, "17:00")];
            assert!(
                matches!(stopped, Outcome::Cut { .. }),
                "{what}: {stopped:?}"
            );
        }
    }
}

#[test]
fn what_was_ordered_before_the_press_is_meant_also_when_it_comes_after_the_word() {
    let pressed = monday("17:01");
    for before in [Duration::ZERO, Duration::from_millis(1), 20 * SECOND] {
        let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
        station.run_until(pressed);
        station.stop(panel_stop(9, pressed));
        station.run_until(pressed + SECOND);
        station.publish(&ordered_for_now(monday("17:01") - before));
        station.run_until(monday("17:10"));
        let now = CueId::now(&broadcast_id(2));
        let outcome = &station.outcomes()[&now];
        assert_eq!(*outcome, suppressed(Suppressor::Operator), "{before:?}");
    }
}

#[test]
fn a_start_that_was_put_on_the_next_minute_after_the_press_is_heard() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01:57"));
    station.stop(panel_stop(9, monday("17:01:57")));
    station.run_until(monday("17:01:58"));
    let rule = once("2026-11-23T17:02");
    station.publish(&ordered_beside(rule, monday("17:01:58")));
    station.run_until(monday("17:10"));
    assert_eq!(station.outcomes()[&cue(2, "17:02")], Outcome::Aired);
}

#[test]
fn what_somebody_at_the_pc_lets_sound_after_the_word_came_is_heard_at_once() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.stop(panel_stop(9, monday("17:01")));
    station.run_until(monday("17:01:01"));
    station.press(Key::Again);
    station.run_until(monday("17:10"));
    assert_eq!(heard(&station), [(0, 60), (61, 240)]);

    let mut station = Station::off(&at_five(4, MissedRule::AskHead), monday("17:30"));
    station.switch_on();
    station.vouch(0);
    station.stop(panel_stop(9, monday("17:30")));
    station.run_until(monday("17:30:01"));
    station.press(Key::Air(cue(1, "17:00")));
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired), "a yes is a yes");
}

#[test]
fn what_somebody_at_the_pc_lets_sound_before_the_word_came_is_meant_by_it() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:05"));
    station.press(Key::Again);
    station.run_until(monday("17:05:02"));
    station.stop(panel_stop(9, monday("17:05:01")));
    assert!(station.outlook().on_air.is_none());
    station.run_until(monday("17:10"));
    assert_eq!(heard(&station), [(0, 240), (300, 1)]);
}

#[test]
fn what_the_head_lets_air_and_waits_for_its_turn_is_meant_by_a_word_that_comes_later() {
    let programme = at_five(4, MissedRule::AskHead).saying(2, "17:40");
    let mut station = Station::off(&programme, monday("17:30"));
    station.switch_on();
    station.vouch(0);
    station.run_until(monday("17:40:10"));
    station.press(Key::Air(cue(1, "17:00")));
    station.run_until(monday("17:40:20"));
    // Pressed while the other sounds; the word is ten seconds on its way.
    station.stop(panel_stop(9, monday("17:40:12")));
    station.run_until(monday("18:00"));
    assert_eq!(heard(&station), [(40 * 60, 20)]);
    assert_eq!(outcome(&station), Some(suppressed(Suppressor::Operator)));
}

#[test]
fn an_emergency_is_not_touched() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.order(emergency(9, monday("17:01")));
    station.run_until(monday("17:01:30"));
    station.stop(panel_stop(9, monday("17:01:30")));
    assert!(station.outlook().emergency.is_some());
    station.run_until(monday("20:30"));
    assert_eq!(
        outcome(&station),
        Some(cut(MINUTE, CutCause::Emergency)),
        "what it interrupted stays silent"
    );
    assert!(stopped_by(&station, 1, "17:00").is_some());
    let second = CueId::emergency(&broadcast_id(9), 2);
    assert_eq!(station.outcomes()[&second], Outcome::Aired);
}

#[test]
fn what_waits_for_the_heads_answer_goes_on_waiting_unless_it_is_named() {
    let missed_at_five = || {
        let mut station = Station::off(&at_five(4, MissedRule::AskHead), monday("17:30"));
        station.switch_on();
        station.vouch(0);
        assert_eq!(station.outlook().asked.len(), 1);
        station
    };
    let mut station = missed_at_five();
    station.stop(panel_stop(9, monday("17:30")));
    assert_eq!(station.outlook().asked.len(), 1);
    station.run_until(monday("17:31"));
    station.press(Key::Air(cue(1, "17:00")));
    station.run_until(monday("18:00"));
    assert_eq!(outcome(&station), Some(Outcome::Aired), "a yes is a yes");

    let mut station = missed_at_five();
    station.stop(of_broadcast(1, "17:30"));
    assert_eq!(station.outlook().asked.len(), 0);
    assert_eq!(outcome(&station), Some(suppressed(Suppressor::Operator)));
}

#[test]
fn what_was_stopped_may_be_played_again_at_the_pc() {
    let mut station = Station::new(&at_five(4, until("20:00")), monday("16:00"));
    station.run_until(monday("17:01"));
    station.stop(panel_stop(9, monday("17:01")));
    station.run_until(monday("17:02"));
    station.press(Key::Again);
    station.run_until(monday("17:10"));
    assert_eq!(heard(&station), [(0, 60), (120, 240)]);
}

#[test]
fn another_village_is_not_meant() {
    let mut programme = at_five(4, until("20:00"));
    let near = panel_stop(9, monday("17:01"));
    assert!(near.concerns(&programme));
    programme.area = programme::ids::AreaId::from_random([2; 10]);
    programme.quiet_hours = QuietHours::NONE;
    assert!(!near.concerns(&programme));
    programme.within = near.areas.clone();
    assert!(near.concerns(&programme), "the commune is meant");
}

#[test]
fn a_word_for_another_purpose_or_of_a_later_format_is_no_stop() {
    let payload = |stop: &Stop| serde_json::to_vec(stop).expect("bytes");
    let open = |purpose, stop: &Stop| {
        let envelope = Envelope::sign(purpose, payload(stop), &key());
        Verified::<Stop>::open(&envelope, &key().verifying_key())
    };
    let mut stop = panel_stop(9, monday("17:01"));
    assert_eq!(believed(&stop).get(), &stop);
    let other = open(Purpose::Emergency, &stop).err();
    assert_eq!(other, Some(Refusal::BadSignature));
    stop.must_understand.push("only_the_chime".to_owned());
    let strange = open(Purpose::Stop, &stop).err();
    assert!(matches!(strange, Some(Refusal::NotUnderstood(_))));
    stop.format_version = 2;
    let later = open(Purpose::Stop, &stop).err();
    assert!(matches!(later, Some(Refusal::LaterFormat { found: 2, .. })));
}
