//! A day on which nothing goes wrong.

use super::*;

#[test]
fn a_cue_airs_at_its_instant_whole_and_once() {
    let mut station = Station::new(&at_five(2, MissedRule::OnlyThen), monday("16:00"));
    station.run_until(at("2026-11-24T12:00"));
    assert_eq!(
        station.heard,
        [Heard {
            cue: cue(1, "17:00"),
            from: monday("17:00"),
            length: 2 * MINUTE,
        }]
    );
    assert_eq!(outcome(&station), Some(Outcome::Aired));
}

#[test]
fn the_journal_tells_begin_end_and_outcome() {
    let programme = at_five(2, MissedRule::OnlyThen);
    let mut station = Station::new(&programme, monday("16:00"));
    station.run_until(monday("18:00"));
    let content = programme.recordings().into_keys().collect::<Vec<_>>();
    let [
        Record::Started {
            content: begun,
            duration,
            planned,
            ..
        },
        ended,
        settled,
    ] = &station.journal[..]
    else {
        panic!("{:?}", station.journal);
    };
    assert_eq!(
        (begun, *duration, *planned),
        (&content, 2 * MINUTE, monday("17:00"))
    );
    assert!(matches!(ended, Record::Ended { position, cut: None, .. } if *position == *duration));
    assert!(matches!(
        settled,
        Record::Outcome {
            outcome: Outcome::Aired,
            ..
        }
    ));
}

#[test]
fn an_urgent_cue_goes_first_in_the_queue_and_interrupts_nothing() {
    let urgent = |class| {
        let mut bulletin = bulletin(3, MINUTE);
        bulletin.class = class;
        bulletin
    };
    for class in [Class::Priority, Class::Emergency] {
        let programme = at_five(3, MissedRule::OnlyThen)
            .saying(2, "17:01")
            .holding(3, urgent(class))
            .with(broadcast(3, daily(&["17:02"])));
        let mut station = Station::new(&programme, monday("16:00"));
        station.run_until(monday("18:00"));
        let order: Vec<_> = station
            .heard
            .iter()
            .map(|heard| heard.cue.clone())
            .collect();
        assert_eq!(order, [cue(1, "17:00"), cue(3, "17:02"), cue(2, "17:01")]);
        assert_eq!(station.heard[1].from, monday("17:03") + LEAD);
    }
}

#[test]
fn the_day_goes_as_the_plan_rehearsed_it() {
    let programme = at_five(3, MissedRule::OnlyThen)
        .saying(2, "17:01")
        .saying(3, "17:01")
        .saying(4, "20:59:30")
        .saying(5, "05:30");
    let mut station = Station::new(&programme, monday("00:00"));
    station.run_until(monday("23:59"));
    let plan = crate::village::plan(&programme, "2026-11-23");
    let airing = plan.cues.iter().filter(|cue| cue.obstacle.is_none());
    let mut rehearsed: Vec<_> = airing.map(|cue| (cue.expected, cue.id.clone())).collect();
    rehearsed.sort();
    let heard: Vec<_> = station
        .heard
        .iter()
        .map(|heard| (heard.from, heard.cue.clone()))
        .collect();
    assert_eq!(heard, rehearsed);
    assert_eq!(heard.len(), 4);
}

#[test]
fn an_order_for_now_airs_as_soon_as_the_station_hears_of_it() {
    let mut station = Station::new(&village(), monday("16:00"));
    station.run_until(monday("17:10"));
    let now = Rule::Now {
        ordered_at: monday("17:09"),
        until: monday("17:30"),
    };
    let order = village().at_generation(2).holding(1, bulletin(1, MINUTE));
    station.publish(&order.with(broadcast(1, now)));
    station.run_until(monday("18:00"));
    assert_eq!(station.heard.len(), 1);
    assert_eq!(station.heard[0].from, monday("17:10") + LEAD);
}

#[test]
fn the_screen_shows_what_airs_what_comes_and_nothing_that_cannot() {
    let programme = at_five(3, MissedRule::OnlyThen)
        .saying(2, "19:00")
        .saying(3, "22:00");
    let mut station = Station::new(&programme, monday("16:00"));
    let next = |station: &Station| {
        station
            .outlook()
            .next
            .into_iter()
            .map(|cue| cue.id)
            .collect::<Vec<_>>()
    };
    let tomorrow = |number, time: &str| {
        let civil = format!("2026-11-24T{time}").parse().expect("a civil time");
        CueId::new(&broadcast_id(number), civil)
    };
    let (five, seven) = (cue(1, "17:00"), cue(2, "19:00"));
    assert_eq!(
        next(&station),
        [
            five,
            seven.clone(),
            tomorrow(1, "17:00"),
            tomorrow(2, "19:00")
        ]
    );
    station.run_until(monday("17:01"));
    let (attempt, cue_on_air, position) = station.outlook().on_air.expect("on air");
    assert_eq!((attempt.number, cue_on_air.broadcast), (1, broadcast_id(1)));
    assert_eq!(position, MINUTE);
    assert_eq!(next(&station)[0], seven);
    assert!(!station.outlook().held);
}
