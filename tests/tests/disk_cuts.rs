//! The power goes at each step of what a player writes, and the disk keeps of what was not flushed
//! whatever it likes: what was said to be kept is there, and everything else is whole or absent.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on has failed, also outside a test function"
)]

#[path = "disk_cuts/told.rs"]
mod told;
#[path = "disk_cuts/judge.rs"]
mod judge;

use std::path::Path;
use std::time::Duration;

use programme::air::DOUBLE_CLICK;
use serde_json::{Value, json};
use town::network::Network;
use town::town::{Town, VILLAGE, Who, full_second};
use town::village::Village;

use judge::replay;

/// How often the PC's page is looked at.
const LOOKS: u32 = 300;
/// A recording of three seconds is under way for more than one of these.
const PACKET: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_disk_keeps_at_each_step_the_player_finds_what_it_said_was_kept() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let enrolling = village.watch("enrol");
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    let approved = town.announcement(1).await;
    let running = village.watch("run");
    village.power_on().await;
    let at = full_second(Duration::from_secs(8));
    head.air_once(&approved.id, &town.village, at).await.done();
    head.logged(&station, at, |line| line["state"] == "known")
        .await;
    assert!(village.shut_down().await.success());

    // The PC becomes another station, and forgets the first.
    let (other, code) = admin.new_station(&town.village).await;
    let enrolling_again = village.watch("enrol-again");
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    let running_again = village.watch("run-again");
    village.power_on().await;
    admin.holds(&other).await;
    assert!(village.shut_down().await.success());

    let logs = [enrolling, running, enrolling_again, running_again];
    let told = replay(&logs, &village.state(), &[&station, &other]).await;
    assert!(
        told.lines.values().any(|lines| *lines >= 3),
        "it told of what it aired"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_by_network_by_hand_and_by_stick_is_kept_once_the_player_tells_of_it() {
    let mut town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let officer = town.script(Who::Officer);
    officer.choose_pin(&town, Who::Officer).await;
    let (station, code) = admin.new_station(&town.village).await;
    let approved = town.announcement(1).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    let enrolling = village.watch("enrol");
    village
        .enrol(&network.url(), &code)
        .expect("the code lets the PC in");
    let running = village.watch("run");
    village.power_on().await;
    tells(&village, |told| told["generation"] != 0).await;

    // One programme takes the place of another.
    for hours in [1, 2] {
        network.slow(PACKET);
        let at = full_second(Duration::from_secs(hours * 3_600));
        head.air_once(&approved.id, &town.village, at).await.done();
        if hours == 1 {
            let recording = head.hash(&approved.recordings[0]).await;
            breaks_within(&network, &village, &recording.to_string()).await;
        }
        network.slow(Duration::ZERO);
        admin.holds(&station).await;
    }
    let asked = network.asked("GET /api/v1/station/recordings/");
    assert!(asked > 1, "the download was broken off and gone on with");
    for volume_db in [3.0, 6.0] {
        press(&village, "volume", &[("to", "louder")]).await;
        tells(&village, |told| told["volume_db"] == volume_db).await;
    }
    officer
        .order_emergency(&approved.id, &town.village, 9)
        .await;
    tells(&village, |told| !told["emergency"].is_null()).await;
    admin
        .says(&station, |health| !health["emergencies"][0].is_null())
        .await;
    stops_the_emergency(&village).await;
    stops_from_the_panel(&town, &station).await;
    assert!(village.shut_down().await.success());

    // The next one comes by stick, to a village without internet.
    let at = full_second(Duration::from_secs(3 * 3_600));
    head.air_once(&approved.id, &town.village, at).await.done();
    let stick = tempfile::tempdir().expect("a stick");
    let place = stick.path().display().to_string();
    town.command_line(&["bundle", "export", &place, "--area", VILLAGE], "");
    town.stop_server().await;
    let offline = village.watch("offline");
    let before = takes_in(&mut village, &place).await;
    assert!(village.shut_down().await.success());

    let logs = [enrolling, running, offline];
    let told = replay(&logs, &village.state(), &[&station]).await;
    assert!(told.generation > before, "the stick's");
    assert_eq!(told.volumes_db, [0.0, 3.0, 6.0, 3.0], "each press");
    assert_eq!(told.emergencies.len(), 1, "it told of the emergency");
    assert!(
        told.silenced,
        "it told that the emergency was stopped there"
    );
    assert_eq!(told.stops.len(), 1, "it told of STOP on the panel");
    assert_eq!(told.ready, 2, "it told that recording and chime are ready");
}

/// The link breaks while the player fetches `recording`, and is there again.
async fn breaks_within(network: &Network, village: &Village, recording: &str) {
    let partial = format!("recordings/partial/{recording}");
    begins(&village.state().join(partial)).await;
    network.cut();
    network.mend();
}

/// Somebody at the PC stops what sounds, and says so once more.
async fn stops_the_emergency(village: &Village) {
    press(village, "stop", &[]).await;
    tells(village, |told| told["stop_asked"] == true).await;
    // A second press that comes at once is the hand's, not the head's.
    tokio::time::sleep(DOUBLE_CLICK).await;
    press(village, "stop", &[]).await;
    tells(village, |told| told["emergency"].is_null()).await;
}

/// The village head stops at the panel whatever sounds there, and the PC has heard it.
async fn stops_from_the_panel(town: &Town, station: &str) {
    let here = json!({ "area": town.village });
    town.script(Who::Head).post("/stops", here).await.done();
    let admin = town.script(Who::Admin);
    admin
        .says(station, |health| !health["stops"][0].is_null())
        .await;
}

/// The PC takes in what is on the stick, and is set quieter; gives the generation that it had.
async fn takes_in(village: &mut Village, place: &str) -> u64 {
    village.power_on().await;
    let generation = |told: &Value| told["generation"].as_u64().unwrap_or(0);
    let before = generation(&tells(village, |told| generation(told) != 0).await);
    press(village, "stick", &[("path", place)]).await;
    tells(village, |told| generation(told) > before).await;
    press(village, "volume", &[("to", "quieter")]).await;
    tells(village, |told| told["volume_db"] == 3.0).await;
    before
}

/// Waits until a download has brought something, and not all.
async fn begins(partial: &Path) {
    for _ in 0..LOOKS * 10 {
        if partial.metadata().is_ok_and(|file| file.len() > 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing came of {}", partial.display());
}

/// Presses a key on the PC's page.
async fn press(village: &Village, key: &str, with: &[(&str, &str)]) {
    let browser = reqwest::Client::new();
    let pressed = browser
        .post(format!("{}/{key}", village.screen()))
        .form(with);
    let answer = pressed.send().await.expect("the page answers");
    assert!(answer.status().is_success(), "{key}: {answer:?}");
}

/// Waits until the PC's page tells what is wanted.
async fn tells(village: &Village, fits: impl Fn(&Value) -> bool) -> Value {
    let mut told = Value::Null;
    for _ in 0..LOOKS {
        let answer = reqwest::get(format!("{}/status", village.screen())).await;
        told = answer.expect("the page").json().await.expect("a status");
        if fits(&told) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the page still tells {told:#}");
}
