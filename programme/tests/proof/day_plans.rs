//! Day plans: what airs on a date, in which order, and until when it may be late.

use std::time::Duration;

use programme::as_run::CueId;
use programme::day_plan::{Cue, GRACE, Obstacle, PAUSE, RAMP, Segment};
use programme::programme::{Class, Item, MissedRule, Programme};
use programme::rule::Rule;
use programme::units::Decibels;

use crate::village::{
    Adding, MINUTE, at, broadcast, broadcast_id, bulletin, bulletin_id, daily, monday, once, plan,
    sound, spoken, until, village,
};

const SECOND: Duration = Duration::from_secs(1);

fn cues(programme: &Programme) -> Vec<Cue> {
    plan(programme, "2026-11-23").cues
}

fn only(programme: &Programme) -> Cue {
    let mut cues = cues(programme);
    assert_eq!(cues.len(), 1);
    cues.remove(0)
}

/// The content of a cue in short: languages, `♪` for the chime, and silences in milliseconds.
fn score(cue: &Cue) -> Vec<String> {
    let short = |segment: &Segment| match segment {
        Segment::Sound { language, .. } => language
            .as_ref()
            .map_or("♪".to_owned(), |language| language.to_string()),
        Segment::Silence { duration } => duration.as_millis().to_string(),
    };
    cue.segments.iter().map(short).collect()
}

#[test]
fn a_cue_opens_with_the_chime_and_repeats_the_languages_in_the_order_of_the_village() {
    let mut say = broadcast(1, daily(&["17:00"]));
    say.chime = true;
    say.repeats = 2;
    let mut both = bulletin(1, MINUTE);
    both.recordings = vec![
        spoken("vi", "vi", 60 * SECOND),
        spoken("mww", "mww", 50 * SECOND),
        spoken("pcc", "pcc", 70 * SECOND),
    ];
    let mut programme = village().holding(1, both).with(say);
    programme.chime = Some(sound("chime", 4 * SECOND));
    programme.volume_db = Decibels(-3.0);
    let cue = only(&programme);
    let heard = [
        "♪", "1500", "pcc", "1500", "vi", "30000", "pcc", "1500", "vi",
    ];
    assert_eq!(score(&cue), heard);
    assert_eq!(
        cue.duration(),
        4 * SECOND + 2 * (130 * SECOND) + 3 * PAUSE + 30 * SECOND
    );
    let quieter = |segment: &Segment| match segment {
        Segment::Sound { gain_db, .. } => *gain_db == Decibels(-3.0),
        Segment::Silence { .. } => true,
    };
    assert!(cue.segments.iter().all(quieter));
}

#[test]
fn speech_rises_after_the_chime_and_only_there() {
    let ramps = |chime: bool| {
        let mut say = broadcast(1, daily(&["17:00"]));
        say.chime = chime;
        say.repeats = 2;
        let mut programme = village().holding(1, bulletin(1, MINUTE)).with(say);
        programme.chime = Some(sound("chime", 4 * SECOND));
        let ramp = |segment: &Segment| match segment {
            Segment::Sound { ramp, .. } => Some(*ramp),
            Segment::Silence { .. } => None,
        };
        let cue = only(&programme);
        cue.segments.iter().filter_map(ramp).collect::<Vec<_>>()
    };
    assert_eq!(ramps(true), [Duration::ZERO, RAMP, Duration::ZERO]);
    assert_eq!(ramps(false), [Duration::ZERO, Duration::ZERO]);
}

#[test]
fn a_class_is_as_much_louder_as_the_station_lets_it_be_and_its_chime_with_it() {
    let mut say = broadcast(1, daily(&["17:00"]));
    say.bulletins = vec![bulletin_id(1), bulletin_id(2)];
    say.chime = true;
    let mut urgent = bulletin(2, MINUTE);
    urgent.class = Class::Emergency;
    let mut programme = village()
        .holding(1, bulletin(1, MINUTE))
        .holding(2, urgent)
        .with(say);
    programme.chime = Some(sound("chime", 4 * SECOND));
    programme.volume_db = Decibels(-10.0);
    programme.class_volume_db = [(Class::Emergency, Decibels(6.0))].into();
    let gain = |segment: &Segment| match segment {
        Segment::Sound { gain_db, .. } => Some(gain_db.0),
        Segment::Silence { .. } => None,
    };
    let cue = only(&programme);
    let gains: Vec<_> = cue.segments.iter().filter_map(gain).collect();
    assert_eq!(gains, [-4.0, -10.0, -4.0], "chime, ordinary, emergency");
}

#[test]
fn a_bulletin_in_no_language_of_the_village_airs_in_its_first() {
    let mut foreign = bulletin(1, MINUTE);
    foreign.recordings = vec![spoken("ium", "dao", MINUTE), spoken("mww", "mong", MINUTE)];
    let programme = village()
        .holding(1, foreign)
        .with(broadcast(1, daily(&["17:00"])));
    assert_eq!(score(&only(&programme)), ["ium"]);
}

#[test]
fn several_bulletins_are_one_cue_with_the_most_urgent_class_and_the_soonest_end() {
    let mut say = broadcast(1, daily(&["17:00"]));
    say.bulletins = vec![bulletin_id(2), bulletin_id(1), bulletin_id(9)];
    let mut urgent = bulletin(2, MINUTE);
    urgent.class = Class::Priority;
    urgent.valid_until = Some(at("2026-12-01T00:00"));
    let programme = village()
        .holding(1, bulletin(1, MINUTE))
        .holding(2, urgent)
        .with(say);
    let cue = only(&programme);
    assert_eq!(cue.bulletins, [bulletin_id(2), bulletin_id(1)]);
    assert_eq!(cue.title, "Bulletin 2 · Bulletin 1");
    assert_eq!(
        (cue.class, cue.valid_until),
        (Class::Priority, Some(at("2026-12-01T00:00")))
    );
}

#[test]
fn a_bulletin_that_has_ended_is_left_out_and_does_not_silence_those_beside_it() {
    let mut say = broadcast(1, daily(&["06:00", "17:00"]));
    say.bulletins = vec![bulletin_id(1), bulletin_id(2)];
    let mut brief = bulletin(1, MINUTE);
    brief.valid_until = Some(monday("12:00"));
    let programme = village()
        .holding(1, brief.clone())
        .holding(2, bulletin(2, MINUTE))
        .with(say);
    let named: Vec<_> = cues(&programme)
        .into_iter()
        .map(|cue| cue.bulletins)
        .collect();
    assert_eq!(
        named,
        [vec![bulletin_id(1), bulletin_id(2)], vec![bulletin_id(2)]]
    );
    let alone = village()
        .holding(1, brief)
        .with(broadcast(1, daily(&["17:00"])));
    assert_eq!(cues(&alone), []);
}

#[test]
fn starts_before_the_broadcast_came_into_force_are_not_planned() {
    let mut say = broadcast(1, daily(&["06:00", "17:00"]));
    say.since = monday("12:00");
    let programme = village().holding(1, bulletin(1, MINUTE)).with(say);
    assert_eq!(only(&programme).planned, monday("17:00"));
}

#[test]
fn what_is_not_understood_stays_silent_alone_and_is_named() {
    let mut strange = broadcast(2, daily(&["17:00"]));
    strange.must_understand = vec!["only_on_market_days".to_owned()];
    let raw = serde_json::to_value(&strange).expect("a value");
    let mut programme = village().saying(1, "17:00");
    programme.broadcasts.push(Item::from(raw));
    let plan = plan(&programme, "2026-11-23");
    assert_eq!(plan.cues.len(), 1);
    assert_eq!(plan.not_understood.len(), 1);
    assert_eq!(plan.not_understood[0].broadcast, Some(broadcast_id(2)));
    assert_eq!(plan.not_understood[0].why, "only_on_market_days");
}

#[test]
fn of_what_is_planned_together_the_most_urgent_comes_first_then_the_first_published() {
    let mut urgent = bulletin(3, MINUTE);
    urgent.class = Class::Priority;
    let programme = village()
        .saying(2, "17:00")
        .saying(1, "17:00")
        .holding(3, urgent)
        .with(broadcast(3, daily(&["17:00"])));
    let order: Vec<_> = cues(&programme)
        .into_iter()
        .map(|cue| cue.broadcast)
        .collect();
    assert_eq!(order, [3, 2, 1].map(broadcast_id));
}

#[test]
fn a_cue_is_expected_after_what_precedes_it_and_an_urgent_one_goes_first_in_the_queue() {
    let mut urgent = bulletin(3, MINUTE);
    urgent.class = Class::Priority;
    let programme = village()
        .holding(1, bulletin(1, 10 * MINUTE))
        .with(broadcast(1, daily(&["17:00"])))
        .saying(2, "17:02")
        .holding(3, urgent)
        .with(broadcast(3, daily(&["17:04"])));
    let lead = programme::air::LEAD;
    let expected: Vec<_> = cues(&programme)
        .into_iter()
        .map(|cue| (cue.broadcast, cue.expected))
        .collect();
    assert_eq!(
        expected,
        [
            (broadcast_id(1), monday("17:00")),
            (broadcast_id(2), monday("17:11") + 2 * lead),
            (broadcast_id(3), monday("17:10") + lead),
        ]
    );
}

#[test]
fn the_missed_rule_gives_the_last_moment() {
    let latest = |missed| {
        let mut say = broadcast(1, daily(&["17:00"]));
        say.missed = missed;
        let cue = only(&village().holding(1, bulletin(1, MINUTE)).with(say));
        assert_eq!(cue.on_time_until, monday("17:00") + GRACE);
        cue.latest
    };
    assert_eq!(latest(MissedRule::OnlyThen), monday("17:05"));
    assert_eq!(latest(until("19:30")), monday("19:30"));
    assert_eq!(latest(MissedRule::AskHead), monday("23:59:59.999"));
    // A slip of the author does not cost the airing.
    assert_eq!(latest(until("06:00")), monday("17:05"));
}

#[test]
fn an_order_for_now_brings_its_own_last_moment() {
    let mut say = broadcast(
        1,
        Rule::Now {
            ordered_at: monday("10:00"),
            until: monday("10:30"),
        },
    );
    say.missed = MissedRule::AskHead;
    let cue = only(&village().holding(1, bulletin(1, MINUTE)).with(say));
    assert_eq!(
        (cue.planned, cue.latest),
        (monday("10:00"), monday("10:30"))
    );
    assert_eq!(cue.id, CueId::now(&broadcast_id(1)));
}

#[test]
fn a_start_has_the_same_name_in_each_generation_and_no_other_start_has_it() {
    let name = |programme: &Programme| only(programme).id;
    let first = village().saying(1, "17:00");
    let mut later = village().saying(1, "17:00").at_generation(9);
    later.languages.reverse();
    assert_eq!(name(&first), name(&later));
    let apart = village()
        .holding(1, bulletin(1, SECOND))
        .with(broadcast(1, daily(&["17:00", "17:00:30", "17:00:30.5"])));
    let names: std::collections::BTreeSet<_> = cues(&apart).into_iter().map(|cue| cue.id).collect();
    assert_eq!(names.len(), 3);
}

#[test]
fn the_rehearsal_foresees_what_cannot_air() {
    let obstacle = |programme: &Programme| {
        cues(programme)
            .into_iter()
            .map(|cue| cue.obstacle)
            .collect::<Vec<_>>()
    };
    let night = village()
        .saying(1, "04:45")
        .saying(2, "20:59:30")
        .saying(3, "20:50");
    let quiet = Some(Obstacle::QuietHours);
    assert_eq!(obstacle(&night), [quiet, None, quiet]);
    let mut brief = bulletin(1, 2 * MINUTE);
    brief.valid_until = Some(monday("17:01"));
    let brief = village()
        .holding(1, brief)
        .with(broadcast(1, daily(&["17:00"])));
    assert_eq!(obstacle(&brief), [Some(Obstacle::Expired)]);
    let mut late = broadcast(2, daily(&["17:01"]));
    late.missed = until("17:05");
    let crowded = village()
        .holding(1, bulletin(1, 10 * MINUTE))
        .with(broadcast(1, daily(&["17:00"])))
        .holding(2, bulletin(2, MINUTE))
        .with(late);
    assert_eq!(obstacle(&crowded), [None, Some(Obstacle::TooLate)]);
    let often = village()
        .holding(1, bulletin(1, 10 * MINUTE))
        .with(broadcast(1, daily(&["17:00", "17:03", "17:06"])));
    assert_eq!(obstacle(&often), [None, Some(Obstacle::Newer), None]);
}

#[test]
fn absurd_numbers_are_brought_to_their_nearest_sense() {
    let mut say = broadcast(1, once("2026-11-23T17:00"));
    say.repeats = u32::MAX;
    say.gap = Duration::from_millis(u64::MAX);
    let programme = village()
        .holding(1, bulletin(1, Duration::from_millis(u64::MAX)))
        .with(say);
    let cue = only(&programme);
    assert_eq!(cue.content().len(), 10);
    assert_eq!(cue.obstacle, Some(Obstacle::QuietHours));
}
