//! Weeks without a word from the commune: the old programme airs on, and the station says that it
//! is old.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::{DateTime, Weekday, date};
use loaban_player::daemon::Status;
use loaban_player::doctor;
use programme::as_run::{MissedCause, Outcome, Record};
use programme::ids::BulletinId;
use programme::programme::{Item, MissedRule, Programme};
use programme::rule::{Rule, Span};
use programme::timetable::DayType;
use programme::wire::Fault;

use crate::commune::clock_of;
use crate::pc::{Pc, at, instant, is_on_air};
use crate::people::page;
use crate::stick::Stick;

const SAID: &str = "Đã hơn hai tuần không có tin từ xã. Trạm vẫn phát theo chương trình cũ";

fn is_old(status: &Status) -> bool {
    status.faults.contains(&Fault::ProgrammeOld)
}

/// Lets days pass in which nothing airs, and gives the status at the end of each.
async fn live(pc: &Pc, days: u32) -> Vec<bool> {
    let mut old = Vec::new();
    for _ in 0..days {
        pc.skip(Duration::from_hours(24)).await;
        old.push(is_old(&pc.status().await));
    }
    old
}

/// No server answers from here on.
async fn cut_off(pc: &Pc) {
    pc.commune.look().away = true;
    pc.skip(pc.settings.health_interval).await;
    pc.pass_until(|status| status.server_trouble.is_some())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weeks_offline_the_page_says_so_and_all_airs_as_planned() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let planned = at(6, 30) + 17.days();
    pc.commune.publish(&pc.commune.one(1, 1, planned, 2));
    pc.prepared(1).await;
    cut_off(&pc).await;
    assert_eq!(live(&pc, 13).await, [false; 13]);
    assert_eq!(live(&pc, 3).await[1..], [true, true]);
    let shown = page(&pc, "/").await;
    assert!(shown.contains(SAID), "{shown}");
    pc.clock.set_system(pc.commune.wall());
    let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
    let found = findings.iter().find(|one| one.what == "programme").unwrap();
    let (old, unsaid) = found.how.split_once("; for ").unwrap();
    assert_eq!(old, "no. 1, 16 days old");
    assert!(unsaid.ends_with("days nobody has said that it is the newest"));

    let soon = instant(planned - 1.minute());
    pc.skip(soon.since(pc.commune.wall())).await;
    pc.pass_until(is_on_air).await;
    assert!(is_old(&pc.status().await));
    pc.pass_until(|status| status.on_air.is_none()).await;

    pc.commune.look().away = false;
    pc.commune.publish(&pc.commune.empty_programme(2));
    let status = pc.pass_until(|status| status.generation == 2).await;
    assert!(!is_old(&status), "{status:?}");
    let shown = page(&pc, "/").await;
    assert!(!shown.contains(SAID), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_that_somebody_still_says_is_the_newest_is_not_old() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let programme = pc.commune.one(1, 1, at(6, 30) + 60.days(), 2);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    assert_eq!(live(&pc, 20).await, [false; 20], "the server answers");
    cut_off(&pc).await;
    assert_eq!(live(&pc, 13).await, [false; 13]);
    assert!(live(&pc, 2).await[1]);

    // The commune has nothing newer, and a stick says so.
    Stick::with(&pc, &programme).plug_in(&pc);
    pc.pass_until(|status| !is_old(status)).await;
    assert_eq!(live(&pc, 10).await, [false; 10]);
}

/// A programme that says one thing each day at 14:00 until 08/12, and another each Thursday at
/// 17:00, without an end, while its bulletin is valid: until 11/12.
fn each_day_and_each_thursday(pc: &Pc) -> Programme {
    let mut programme = pc.commune.empty_programme(1);
    let span = |until| Span {
        from: date(2026, 11, 23),
        until,
        except: Vec::new(),
        on: DayType::Every,
    };
    let daily = Rule::Daily {
        times: vec![at(14, 0).time()],
        sessions: Vec::new(),
        span: span(Some(date(2026, 12, 8))),
    };
    let weekly = Rule::Weekly {
        days: vec![Weekday::Thursday],
        times: vec![at(17, 0).time()],
        sessions: Vec::new(),
        span: span(None),
    };
    for (number, rule) in (1..).zip([daily, weekly]) {
        let only = MissedRule::OnlyThen;
        pc.commune.add(&mut programme, number, at(6, 0), 2, only);
        if let Some(Item::Understood(last)) = programme.broadcasts.last_mut() {
            last.rule = rule;
        }
    }
    let weekly = programme
        .bulletins
        .get_mut(&BulletinId::from_random([2; 10]));
    weekly.unwrap().valid_until = Some(instant(at(6, 0) + 18.days()));
    programme
}

/// What became of each planned start that the server knows of, in the order in which it learnt.
fn outcomes(pc: &Pc) -> Vec<(DateTime, Outcome)> {
    let zone = programme::zone::Zone::named(crate::commune::ZONE).unwrap();
    let of_starts = |record: Record| match record {
        Record::Outcome {
            planned, outcome, ..
        } => Some((zone.civil(planned), outcome)),
        Record::Started { .. }
        | Record::Ended { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => None,
    };
    pc.commune
        .records()
        .into_iter()
        .filter_map(of_starts)
        .collect()
}

/// Lets time pass until `planned` is heard out.
async fn hears(pc: &Pc, planned: DateTime) {
    let soon = instant(planned - 10.seconds());
    pc.skip(soon.since(pc.commune.wall())).await;
    assert!(
        pc.status().await.on_air.is_none(),
        "nothing before {planned}"
    );
    pc.pass_until(is_on_air).await;
    pc.pass_until(|status| status.on_air.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weeks_offline_rules_air_to_their_own_end_and_all_of_it_is_told_once() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&each_day_and_each_thursday(&pc));
    pc.prepared(1).await;
    cut_off(&pc).await;
    let (daily, weekly) = (at(14, 0), at(17, 0));
    for day in 0..6 {
        hears(&pc, daily + day.days()).await;
        if day == 3 {
            hears(&pc, weekly + day.days()).await;
        }
    }
    // Somebody shuts the lid on Saturday, and opens it on Tuesday at three.
    let opened = instant(at(15, 0) + 8.days());
    pc.skip(opened.since(pc.commune.wall())).await;
    for day in 9..16 {
        hears(&pc, daily + day.days()).await;
        if day == 10 {
            hears(&pc, weekly + day.days()).await;
        }
    }
    let status = pc.status().await;
    assert!(is_old(&status), "{status:?}");
    let shown = page(&pc, "/").await;
    assert!(shown.contains(SAID), "{shown}");
    hears(&pc, weekly + 17.days()).await;
    // On the Thursday after that its bulletin is no longer valid, and nothing is planned.
    assert_eq!(live(&pc, 9).await, [true; 9]);
    assert!(outcomes(&pc).is_empty(), "nobody was there to be told");

    pc.commune.look().away = false;
    let planned = |days: &[i64], time: DateTime, became: Outcome| {
        let starts = days.iter().map(|day| (time + day.days(), became.clone()));
        starts.collect::<Vec<_>>()
    };
    let off = Outcome::Missed {
        why: MissedCause::PowerOff,
    };
    let mut expected = [
        planned(&[0, 1, 2, 3, 4, 5], daily, Outcome::Aired),
        planned(&[6, 7, 8], daily, off),
        planned(&[9, 10, 11, 12, 13, 14, 15], daily, Outcome::Aired),
        planned(&[3, 10, 17], weekly, Outcome::Aired),
    ]
    .concat();
    expected.sort_by_key(|(planned, _)| *planned);
    // A start that was heard has two lines more.
    pc.reported(expected.len() + 2 * 16).await;
    assert_eq!(outcomes(&pc), expected);
    assert_eq!(live(&pc, 2).await, [false; 2], "the server answers");
    assert_eq!(outcomes(&pc), expected, "nothing is told twice");
    let journals = pc.commune.look().journals.len();
    assert_eq!(journals, 1, "it goes on in the journal that it began");
}
