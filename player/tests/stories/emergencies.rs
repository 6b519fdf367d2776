//! Emergencies: pushed whole, heard at once, and believed after a power cut.

use std::time::Duration;

use loaban_player::daemon::Status;
use programme::as_run::{CutCause, Outcome, Record};
use programme::emergency::{Emergency, Order};
use programme::ids::{BroadcastId, BulletinId, ContentHash};
use programme::programme::MissedRule;
use programme::wire::Fault;

use crate::announcements::tone;
use crate::commune::Commune;
use crate::pc::{Pc, at, is_on_air};

/// The flood warning, of `seconds`, heard so often with a second between, for an hour.
pub fn flood(commune: &Commune, seconds: u64, repeats: Option<u32>) -> Emergency {
    let mut programme = commune.empty_programme(1);
    commune.add(&mut programme, 9, at(6, 0), seconds, MissedRule::OnlyThen);
    let bulletin = BulletinId::from_random([9; 10]);
    Emergency {
        format_version: 1,
        must_understand: Vec::new(),
        id: BroadcastId::from_random([9; 10]),
        revision: 1,
        areas: vec![programme.area.clone()],
        content: programme.bulletins.remove(&bulletin).unwrap(),
        bulletin,
        repeats,
        gap: Duration::from_secs(1),
        issued_at: commune.wall(),
        expires_at: commune.wall() + Duration::from_secs(3_600),
        order: Order {
            by: "Lý Thị Mai".to_owned(),
            why: "Lũ ống".to_owned(),
            drill: false,
            at_pc: false,
        },
        cancelled: false,
    }
}

fn hears_the_emergency(status: &Status) -> bool {
    is_on_air(status) && status.emergency.is_some()
}

async fn press(pc: &Pc, key: &str) {
    let url = format!("{}/{key}", pc.screen());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let pressed = client.build().unwrap().post(url).send().await.unwrap();
    assert!(pressed.status().is_redirection(), "{}", pressed.status());
}

/// The outcomes on record, in their order.
fn outcomes(records: &[Record]) -> Vec<Outcome> {
    let outcome = |record: &Record| match record {
        Record::Outcome { outcome, .. } => Some(outcome.clone()),
        Record::Started { .. }
        | Record::Ended { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => None,
    };
    records.iter().filter_map(outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_heard_at_night_as_soon_as_it_comes_and_the_server_sees_it_held() {
    let pc = Pc::on_duty(at(23, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    pc.commune.order(&flood(&pc.commune, 2, Some(2)));
    let status = pc.pass_until(hears_the_emergency).await;
    assert_eq!(status.emergency.unwrap().order.why, "Lũ ống");
    let page = reqwest::get(pc.screen())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("KHẨN CẤP") && page.contains("Lý Thị Mai"),
        "{page}"
    );

    let records = pc.reported(6).await;
    assert_eq!(outcomes(&records), [Outcome::Aired, Outcome::Aired]);
    let Record::Started {
        in_quiet_hours,
        order,
        ..
    } = &records[0]
    else {
        panic!("{records:#?}");
    };
    assert!(*in_quiet_hours && order.is_some());
    let health = pc.commune.look().health.clone().unwrap();
    assert!(health.emergencies[0].ready, "{health:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_interrupts_what_is_on_air_which_airs_again_by_its_rule() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    let until = MissedRule::Until {
        until: at(8, 0).time(),
    };
    pc.commune.add(&mut programme, 1, at(6, 30), 8, until);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;

    pc.commune.order(&flood(&pc.commune, 2, Some(1)));
    pc.pass_until(hears_the_emergency).await;
    let records = pc.reported(8).await;
    let cut = Some(CutCause::Emergency);
    assert!(matches!(&records[1], Record::Ended { cut: why, .. } if *why == cut));
    assert_eq!(outcomes(&records), [Outcome::Aired, Outcome::Aired]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_stop_asks_and_the_second_ends_it_for_good() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    pc.commune.order(&flood(&pc.commune, 20, None));
    pc.pass_until(hears_the_emergency).await;
    press(&pc, "stop").await;
    pc.until(|status| status.stop_asked).await;
    let page = reqwest::get(pc.screen())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("Bấm DỪNG lần nữa"), "{page}");
    // A double click is no second press.
    pc.pass(Duration::from_secs(2)).await;
    press(&pc, "stop").await;
    pc.until(|status| status.emergency.is_none()).await;
    let records = pc.reported(4).await;
    assert!(
        matches!(&records[1], Record::EmergencyStopped { .. }),
        "{records:#?}"
    );
    assert!(
        matches!(
            &records[2],
            Record::Ended {
                cut: Some(CutCause::Operator),
                ..
            }
        ),
        "{records:#?}"
    );

    pc.cut_power().await;
    pc.clock.reboot(pc.commune.wall());
    pc.switch_on().await;
    pc.prepared(1).await;
    pc.pass(Duration::from_secs(5)).await;
    assert_eq!(pc.commune.records().len(), 4, "it does not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_without_a_server_it_is_heard_once_the_time_is_known() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    pc.commune.order(&flood(&pc.commune, 4, Some(2)));
    pc.pass_until(hears_the_emergency).await;
    pc.cut_power().await;

    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.clock.reboot(back);
    pc.commune.look().wall_at_boot = back;
    pc.commune.look().away = true;
    pc.switch_on().await;
    pc.pass(Duration::from_secs(5)).await;
    let status = pc.status().await;
    assert!(status.on_air.is_none() && status.wall.is_none());
    pc.commune.look().away = false;
    let records = pc.reported(8).await;
    assert_eq!(outcomes(&records), [Outcome::Aired, Outcome::Aired]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_cancelled_falls_silent() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    let mut flood = flood(&pc.commune, 20, None);
    pc.commune.order(&flood);
    pc.pass_until(hears_the_emergency).await;
    flood.revision = 2;
    flood.cancelled = true;
    pc.commune.order(&flood);
    pc.until(|status| status.emergency.is_none()).await;
    let records = pc.reported(3).await;
    assert!(
        matches!(
            &records[1],
            Record::Ended {
                cut: Some(CutCause::Withdrawn),
                ..
            }
        ),
        "{records:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn word_that_the_stream_lost_is_fetched_at_the_next_poll() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.settings.poll_interval = Duration::from_secs(60);
    pc.enrol().await.unwrap();
    pc.commune.look().mute = true;
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    pc.commune.order(&flood(&pc.commune, 2, Some(1)));
    pc.skip(Duration::from_secs(70)).await;
    pc.pass_until(hears_the_emergency).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_recording_does_not_wait_for_a_slow_download_which_then_goes_on() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.look().stall_after = Some(5_000);
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 10));
    let (slow, urgent) = (tone(10, 1), tone(2, 9));
    let partial = pc.state_dir().join("recordings/partial");
    let partial = partial.join(ContentHash::of(&slow).to_string());
    let arrived = |_: &Status| std::fs::metadata(&partial).is_ok_and(|file| file.len() == 5_000);
    pc.until(arrived).await;
    pc.commune.order(&flood(&pc.commune, 2, Some(1)));
    pc.pass_until(hears_the_emergency).await;
    pc.pass_until(|status| status.ready == 1).await;
    let inside = pc.commune.look();
    let asked = inside.asked.iter();
    let asked = asked.filter_map(|(path, _)| path.split("/recordings/").nth(1));
    let wanted = [&slow, &urgent, &slow].map(|sound| ContentHash::of(sound).to_string());
    assert_eq!(asked.collect::<Vec<_>>(), wanted);
    let whole = slow.len() + urgent.len();
    assert_eq!(inside.sent_bytes, whole, "no byte came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn its_recording_comes_also_when_the_reserve_of_the_disk_is_used_up() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.settings.disk_reserve_mb = u64::MAX / 2_000_000;
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 2));
    let low = |status: &Status| status.faults.contains(&Fault::DiskLow);
    pc.until(low).await;
    pc.commune.order(&flood(&pc.commune, 2, Some(1)));
    let status = pc.pass_until(hears_the_emergency).await;
    assert!(low(&status), "{status:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_fetched_keeps_no_programme_away() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.enrol().await.unwrap();
    pc.commune.look().list_fails = true;
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 2));
    pc.commune.order(&flood(&pc.commune, 2, Some(1)));
    pc.switch_on().await;
    pc.prepared(1).await;
    pc.commune.look().list_fails = false;
    pc.pass_until(hears_the_emergency).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_one_is_not_heard() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    let right = pc.commune.look().key.clone();
    pc.commune.look().key = ed25519_dalek::SigningKey::from_bytes(&[99; 32]);
    pc.commune.order(&flood(&pc.commune, 2, Some(1)));
    pc.commune.look().key = right;
    pc.pass(Duration::from_secs(5)).await;
    let status = pc.status().await;
    assert!(status.emergency.is_none() && status.on_air.is_none());
    assert_eq!(pc.commune.records(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_heard_last_is_heard_again_at_a_press() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.reported(3).await;
    let status = pc.until(|status| status.again.is_some()).await;
    assert_eq!(status.again.unwrap().title, "Bản tin số 1");
    press(&pc, "again").await;
    let records = pc.reported(6).await;
    assert_eq!(outcomes(&records), [Outcome::Aired, Outcome::Aired]);
}
