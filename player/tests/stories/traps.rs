//! What other systems fell into, on a whole player: each story would fail if ours fell in too.

use std::time::Duration;

use jiff::ToSpan;
use loaban_player::daemon::{Standing, Status};
use loaban_player::screen::time::Said;
use programme::as_run::Record;
use programme::clock::Voucher;
use programme::ids::{BroadcastId, ContentHash};
use programme::programme::Item;
use programme::rule::Rule;
use programme::wire::Fault;

use crate::airing::sounding;
use crate::announcements::tone;
use crate::emergencies::flood;
use crate::pc::{Pc, at, instant, is_on_air};

const MINUTE: Duration = Duration::from_secs(60);

async fn page(pc: &Pc) -> String {
    let answer = reqwest::get(pc.screen()).await.unwrap();
    answer.text().await.unwrap()
}

fn is_silent(status: &Status) -> bool {
    status.on_air.is_none()
}

/// The controller was pinged before each bell, and a bell rang when that ping had timed out.
#[tokio::test(flavor = "multi_thread")]
async fn trap_monitoring_call_in_the_play_path_a_server_that_says_nothing_delays_no_cue() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 3));
    pc.prepared(1).await;
    pc.commune.look().hangs = true;
    pc.skip(30 * MINUTE - Duration::from_secs(5)).await;
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(instant(at(6, 30)));
    assert!(late < Duration::from_secs(2), "{late:?}");
    pc.pass_until(is_silent).await;
    assert!(
        pc.commune.look().unanswered > 0,
        "it was asked and is silent"
    );
    pc.shut_down().await;
    let heard = sounding(&pc);
    assert!((2.7..3.3).contains(&heard), "{heard} s were heard");
}

/// For twenty minutes before its start an item could not be taken back.
#[tokio::test(flavor = "multi_thread")]
async fn trap_freeze_that_blocks_cancel_what_is_cancelled_seconds_before_is_not_heard() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 20));
    pc.prepared(1).await;
    pc.skip(30 * MINUTE - Duration::from_secs(5)).await;
    pc.commune.publish(&pc.commune.empty_programme(2));
    pc.until(|status| status.generation == 2).await;
    pc.pass(Duration::from_secs(10)).await;
    assert!(!pc.wav_file().exists(), "nothing was heard");

    pc.commune.publish(&pc.commune.one(3, 2, at(6, 31), 20));
    pc.prepared(3).await;
    pc.pass_until(is_on_air).await;
    pc.commune.publish(&pc.commune.empty_programme(4));
    pc.until(is_silent).await;
}

/// A file that existed was ready, also when a power cut had left it empty.
#[tokio::test(flavor = "multi_thread")]
async fn trap_empty_file_counts_as_cached_it_is_fetched_again_at_once() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.enrol().await.unwrap();
    let hash = ContentHash::of(&tone(2, 1)).to_string();
    let store = pc.state_dir().join("recordings").join(&hash[..2]);
    let ready = pc.state_dir().join("ready");
    for folder in [&store, &ready] {
        std::fs::create_dir_all(folder).unwrap();
    }
    empty(&store.join(&hash));
    empty(&ready.join(format!("{hash}.wav")));
    empty(&ready.join(format!("{hash}.wav.sha256")));
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 5), 2));
    pc.prepared(1).await;
    assert_eq!(pc.status().await.faults, [], "nobody need look at it");
    pc.skip(5 * MINUTE - Duration::from_secs(5)).await;
    pc.pass_until(is_on_air).await;
    pc.pass_until(is_silent).await;
    let heard = sounding(&pc);
    assert!((1.7..2.3).contains(&heard), "{heard} s were heard");
}

#[expect(clippy::disallowed_methods, reason = "a disk that lies asks nobody")]
fn empty(path: &std::path::Path) {
    std::fs::write(path, []).unwrap();
}

/// A message of 16 KB or more was dropped without a word, and with it a long schedule.
#[tokio::test(flavor = "multi_thread")]
async fn trap_message_size_cap_silently_drops_schedule_a_megabyte_of_schedule_comes_whole() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    let Item::Understood(first) = programme.broadcasts[0].clone() else {
        panic!("it is understood");
    };
    for number in 0_u16..6_000 {
        let mut more = first.clone();
        let [high, low] = number.to_be_bytes();
        more.id = BroadcastId::from_random([high, low, 9, 9, 9, 9, 9, 9, 9, 9]);
        let day = i64::from(number % 300 + 1).days();
        more.rule = Rule::Once {
            at: at(7, 0).checked_add(day).unwrap(),
        };
        programme.broadcasts.insert(0, Item::Understood(more));
    }
    let bytes = serde_json::to_vec(&programme).unwrap().len();
    assert!(bytes > 1_000_000, "{bytes}");
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(30 * MINUTE - Duration::from_secs(5)).await;
    pc.pass_until(is_on_air).await;
    pc.pass_until(is_silent).await;

    // An emergency that is longer than the stream takes comes by another way.
    let mut emergency = flood(&pc.commune, 2, Some(1));
    emergency.order.why = "Lũ ống ".repeat(10_000);
    pc.commune.order(&emergency);
    pc.pass_until(|status| is_on_air(status) && status.emergency.is_some())
        .await;
}

/// Lines that were written while the clock was behind the newest one were deleted unsent.
#[tokio::test(flavor = "multi_thread")]
async fn trap_play_log_keyed_by_wall_clock_what_was_written_before_its_newest_time_arrives_too() {
    let mut pc = Pc::on_duty(at(8, 0)).await;
    let tuesday = at(8, 5).checked_add(1.day()).unwrap();
    pc.commune.publish(&pc.commune.one(1, 1, tuesday, 2));
    pc.prepared(1).await;
    pc.commune.look().away = true;
    pc.power_off(MINUTE, instant(at(8, 1))).await;
    pc.switch_on().await;
    pc.until(|status| status.generation == 1).await;
    // Somebody takes the wrong day.
    let said = Said {
        date: "24/11/2026".to_owned(),
        time: "08:04".to_owned(),
        ..Said::default()
    };
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let post = client
        .build()
        .unwrap()
        .post(format!("{}/time", pc.screen()));
    let answer = post.header("origin", pc.screen()).form(&said).send().await;
    assert!(answer.unwrap().status().is_redirection());
    pc.pass_until(is_on_air).await;
    pc.pass_until(is_silent).await;
    pc.commune.look().away = false;
    pc.reported(3).await;
    pc.pass_until(|status| status.clock == Some(Voucher::Server))
        .await;

    let to_come = at(8, 20);
    pc.commune.publish(&pc.commune.one(2, 2, to_come, 2));
    pc.pass_until(|status| status.generation == 2 && status.ready == 1)
        .await;
    let span = instant(to_come).since(pc.commune.wall());
    pc.skip(span - Duration::from_secs(5)).await;
    pc.pass_until(is_on_air).await;
    let records = pc.reported(6).await;
    assert_eq!(records.len(), 6, "{records:#?}");
    let lines = pc.commune.lines();
    let walls: Vec<_> = lines.iter().filter_map(|entry| entry.wall).collect();
    assert!(!walls.is_sorted(), "the clock was put back: {walls:?}");
    let journals = pc.commune.look().journals.len();
    assert_eq!(journals, 1, "and nothing in it looks broken");
    let numbers: Vec<_> = lines.iter().map(|entry| entry.sequence).collect();
    assert!(
        numbers.iter().copied().eq(1..=lines.len() as u64),
        "{numbers:?}"
    );
}

/// A player that heard nothing of its server for ten minutes rebooted, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn trap_reboot_loop_when_the_server_is_away_it_runs_on_for_days_and_airs() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let thursday = at(6, 30).checked_add(3.days()).unwrap();
    pc.commune.publish(&pc.commune.one(1, 1, thursday, 2));
    pc.prepared(1).await;
    pc.commune.look().away = true;
    for _ in 0..3 {
        pc.skip(Duration::from_hours(24)).await;
        assert_eq!(pc.status().await.generation, 1);
    }
    pc.skip(30 * MINUTE - Duration::from_secs(5)).await;
    pc.pass_until(is_on_air).await;
    pc.commune.look().away = false;
    pc.reported(3).await;
    let up = pc.commune.look().health.clone().unwrap().uptime;
    assert!(
        up > Duration::from_hours(72),
        "one run of the program: {up:?}"
    );
}

/// The display waited for an answer from the internet before it showed anything.
#[tokio::test(flavor = "multi_thread")]
async fn trap_update_check_blocks_display_the_page_is_there_before_the_server_says_a_word() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.shut_down().await;
    pc.commune.look().hangs = true;
    let soon = Duration::from_secs(10);
    tokio::time::timeout(soon, async {
        pc.switch_on().await;
        pc.until(|status| status.standing == Standing::Ready).await;
        let page = page(&pc).await;
        assert!(page.contains("Bản tin số 1"), "{page}");
    })
    .await
    .expect("the page does not wait for the server");
}

/// Alerts that were still in force sounded from the first time on after each reboot.
#[tokio::test(flavor = "multi_thread")]
async fn trap_alert_replay_after_reboot_what_was_heard_often_enough_is_not_heard_again() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    let emergency = flood(&pc.commune, 2, Some(2));
    pc.commune.order(&emergency);
    pc.pass_until(is_on_air).await;
    pc.reported(6).await;
    for _ in 0..2 {
        let now = pc.commune.wall();
        pc.power_off(MINUTE, now).await;
        pc.switch_on().await;
        pc.prepared(1).await;
        // The server has it in force, and says so to each stream that opens.
        pc.commune.order(&emergency);
        pc.pass(Duration::from_secs(20)).await;
    }
    let begun = |record: &&Record| matches!(record, Record::Started { .. });
    let records = pc.commune.records();
    assert_eq!(records.iter().filter(begun).count(), 2, "{records:#?}");
    let held = pc.commune.look().health.clone().unwrap().emergencies;
    assert_eq!(held.len(), 1, "it holds it all the same");
}

pub mod disk;

/// Whether the server knows that the disk takes nothing.
fn is_told(pc: &Pc) -> bool {
    let health = pc.commune.look().health.clone();
    health.is_some_and(|health| health.faults.contains(&Fault::DiskUnwritable.into()))
}
