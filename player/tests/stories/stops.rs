//! STOP on the panel: obeyed at once, also late, and never by what it does not name.

use std::time::Duration;

use programme::as_run::{CutCause, Outcome, Record};
use programme::ids::{AreaId, BroadcastId};
use programme::programme::MissedRule;
use programme::stop::FromPanel;

use crate::pc::{Pc, at, instant, is_on_air};

/// A PC on which an announcement of a minute sounds since 06:30, which airs again after a power
/// cut.
async fn on_air() -> Pc {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    let until = MissedRule::Until {
        until: at(8, 0).time(),
    };
    pc.commune.add(&mut programme, 1, at(6, 30), 60, until);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc
}

/// Who stopped what the records say, by the ends of attempts and by the outcomes.
fn stopped(records: &[Record]) -> Vec<&FromPanel> {
    records.iter().filter_map(stopped_by).collect()
}

fn stopped_by(record: &Record) -> Option<&FromPanel> {
    match record {
        Record::Ended { stopped, cut, .. } => {
            let by_operator = *cut == Some(CutCause::Operator);
            stopped.as_ref().filter(|_| by_operator)
        }
        Record::Outcome { stopped, .. } => stopped.as_ref(),
        Record::Started { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::StatusSpoken { .. }
        | Record::ClockVouched { .. } => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sounds_falls_silent_and_the_record_the_page_and_the_server_say_so() {
    let pc = on_air().await;
    let stop = pc.commune.pressed(9);
    pc.commune.stop(&stop);
    // The PC's clock stands still: nothing but the word itself silences it.
    pc.until(|status| status.on_air.is_none()).await;
    let page = reqwest::get(pc.screen()).await.unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("Đã dừng: Bản tin số 1 (Lý Thị Mai)"),
        "{page}"
    );
    let records = pc.reported(3).await;
    assert_eq!(stopped(&records), [&stop.from_panel(), &stop.from_panel()]);
    let health = pc.commune.look().health.clone().unwrap();
    assert_eq!(health.stops, [stop.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_does_not_come_back_after_a_power_cut_that_follows() {
    let mut pc = on_air().await;
    pc.commune.stop(&pc.commune.pressed(9));
    pc.until(|status| status.on_air.is_none()).await;
    pc.cut_power().await;
    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.clock.reboot(back);
    pc.commune.look().wall_at_boot = back;
    pc.switch_on().await;
    pc.prepared(1).await;
    pc.pass(Duration::from_secs(10)).await;
    assert!(pc.status().await.on_air.is_none());
    assert_eq!(pc.reported(3).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_power_cut_silenced_does_not_come_back_when_it_was_stopped_meanwhile() {
    let mut pc = on_air().await;
    pc.cut_power().await;
    // The word comes with the first poll, which the stream of this server does not repeat.
    pc.commune.look().mute = true;
    let stop = pc.commune.pressed(9);
    pc.commune.stop(&stop);
    let back = pc.commune.wall() + Duration::from_secs(600);
    pc.clock.reboot(back);
    pc.commune.look().wall_at_boot = back;
    pc.switch_on().await;
    let obeyed = |pc: &Pc| {
        let health = pc.commune.look().health.clone();
        health.is_some_and(|health| health.stops == [stop.id.clone()])
    };
    for _ in 0..400 {
        if obeyed(&pc) {
            break;
        }
        pc.pass(Duration::from_millis(100)).await;
    }
    assert!(obeyed(&pc));
    pc.pass(Duration::from_secs(10)).await;
    assert!(pc.status().await.on_air.is_none());
    let records = pc.commune.records();
    let is_cut = |record: &Record| {
        matches!(
            record,
            Record::Outcome {
                outcome: Outcome::Cut { .. },
                ..
            }
        )
    };
    assert!(records.iter().any(is_cut), "{records:#?}");
    assert!(stopped(&records).contains(&&stop.from_panel()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_that_the_stream_lost_comes_with_the_next_poll_and_stops_nothing_later() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.settings.poll_interval = Duration::from_secs(60);
    pc.enrol().await.unwrap();
    pc.commune.look().mute = true;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 20));
    pc.switch_on().await;
    pc.prepared(1).await;
    // Somebody stops what sounded at six, and the word is long on its way.
    let stop = pc.commune.pressed(9);
    pc.commune.look().away = true;
    pc.commune.stop(&stop);
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc.commune.look().away = false;
    let records = pc.reported(3).await;
    let aired = |record: &Record| {
        matches!(
            record,
            Record::Outcome {
                outcome: Outcome::Aired,
                ..
            }
        )
    };
    assert!(records.iter().any(aired), "{records:#?}");
    for _ in 0..400 {
        let health = pc.commune.look().health.clone().unwrap();
        if health.stops == [stop.id.clone()] {
            return;
        }
        pc.pass(Duration::from_millis(500)).await;
    }
    panic!("the station never said that it holds the word");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_something_else_or_is_forged_stops_nothing() {
    let pc = on_air().await;
    let mut elsewhere = pc.commune.pressed(7);
    elsewhere.areas = vec![AreaId::from_random([77; 10])];
    pc.commune.stop(&elsewhere);
    let mut other = pc.commune.pressed(8);
    other.broadcast = Some(BroadcastId::from_random([77; 10]));
    pc.commune.stop(&other);
    let mut before = pc.commune.pressed(9);
    before.issued_at = instant(at(6, 20));
    pc.commune.stop(&before);
    let right = pc.commune.look().key.clone();
    pc.commune.look().key = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
    pc.commune.stop(&pc.commune.pressed(10));
    pc.commune.look().key = right;
    pc.pass(Duration::from_secs(5)).await;
    assert!(is_on_air(&pc.status().await));
    let records = pc.reported(3).await;
    assert!(stopped(&records).is_empty(), "{records:#?}");
}
