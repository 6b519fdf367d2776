//! A village that has no internet from its enrolment on: its programme comes by stick, and its log
//! goes back the same way.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on has failed, also outside a test function"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;
use town::chatter::read_wav;
use town::network::Network;
use town::person::Script;
use town::town::{Town, VILLAGE, Who, full_minute, sleep_until};
use town::village::Village;

/// How long a story waits for a stick to be dealt with.
const LOOKS: u32 = 300;

/// A village PC that looks for sticks in a folder of its own.
fn village(places: &TempDir) -> Village {
    let mut village = Village::with_wav_file();
    let folders = format!("[\"{}\"]", places.path().display());
    village.set("LOABAN_PLAYER__USB_FOLDERS", &folders);
    village
}

/// The stick where the system of the PC mounts it.
fn stick(places: &TempDir) -> PathBuf {
    let stick = places.path().join("truong.thon/USB XA");
    std::fs::create_dir_all(&stick).expect("a folder");
    stick
}

/// Waits until the PC's page tells of a stick what is wanted.
async fn tells(village: &Village, fits: impl Fn(&Value) -> bool) -> Value {
    let mut told = Value::Null;
    for _ in 0..LOOKS {
        let answer = reqwest::get(format!("{}/status", village.screen())).await;
        told = answer.expect("the page").json().await.expect("a status");
        if fits(&told["stick"]) {
            return told;
        }
        sleep(Duration::from_millis(200)).await;
    }
    panic!("the page still tells {told:#}");
}

/// The line of a start, once it is known what became of it.
async fn line_of(head: &Script, station: &str, at: Timestamp) -> Value {
    head.logged(station, at, |line| line["state"] == "known")
        .await
}

/// How many lines the server holds, by its own table.
async fn lines_stored(town: &Town) -> i64 {
    let url = format!("sqlite:{}?mode=ro", town.database().display());
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
        .await
        .expect("the database");
    sqlx::query_scalar("SELECT COUNT(*) FROM as_run")
        .fetch_one(&mut connection)
        .await
        .expect("a count")
}

fn sounds(wav: &Path) -> bool {
    wav.exists() && read_wav(wav).iter().any(|sample| sample.abs() > 0.1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_without_internet_lives_by_a_stick_and_nothing_is_ever_doubled() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let places = tempfile::tempdir().expect("a folder");
    let mut village = village(&places);
    village
        .enrol(&network.url(), &code)
        .expect("the code lets the PC in");
    network.cut();
    village.power_on().await;
    let approved = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let at = full_minute(Duration::from_secs(30));
    head.air_once(&approved.id, &town.village, at).await.done();

    let usb = stick(&places);
    carry(&town, &usb);
    let told = tells(&village, |stick| stick["stage"] == "in_force").await;
    assert_eq!(told["ready"], told["wanted"], "{told:#}");
    // A stick says nothing about the time. Where NTP does not either, somebody looks at a watch.
    if told["wall_ms"].is_null() {
        assert_eq!(told["standing"], "held", "{told:#}");
        village
            .command_line(&["confirm-time"])
            .expect("somebody at the PC looks at a watch");
    }
    sleep_until(at + Duration::from_secs(5)).await;
    assert!(sounds(&village.wav_file()), "nothing sounds at {at}");
    sleep_until(at + Duration::from_secs(40)).await;

    // The log goes back by the same stick; bringing it twice doubles nothing.
    let usb_text = usb.display().to_string();
    let said = village.command_line(&["export", &usb_text]);
    assert!(said.expect("it is written").contains("USB"));
    assert_eq!(lines_stored(&town).await, 0);
    let first = town.command_line(&["bundle", "import", &usb_text], "");
    assert!(first.contains(VILLAGE), "{first}");
    let line = line_of(&head, &station, at).await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    assert_eq!(line["attempts"].as_array().map(Vec::len), Some(1), "{line}");
    let stored = lines_stored(&town).await;
    assert!(stored >= 3, "{stored}");
    let second = town.command_line(&["bundle", "import", &usb_text], "");
    assert!(second.contains("0 new lines"), "{second}");
    assert_eq!(lines_stored(&town).await, stored);
    let shown = head.get("/bundles").await.done();
    assert_eq!(shown[0]["returned_lines"], json!(stored), "{shown}");
    assert_eq!(shown[0]["taken_generation"], shown[0]["made_generation"]);

    // The next stick says what came; then the network is back.
    let said = town.command_line(&["bundle", "export", &usb_text, "--area", VILLAGE], "");
    assert!(said.contains("0 recordings were written"), "{said}");
    tells(&village, |stick| stick["stage"] == "same").await;
    network.mend();
    admin.holds(&station).await;
    sleep(Duration::from_secs(3)).await;
    let online = lines_stored(&town).await;
    let line = line_of(&head, &station, at).await;
    assert_eq!(line["attempts"].as_array().map(Vec::len), Some(1), "{line}");
    // The server vouches for the time now, which is one line; nothing else came.
    assert!(
        (stored..=stored + 2).contains(&online),
        "{stored}, {online}"
    );
    let verified = town.command_line(&["as-run", "verify"], "");
    assert!(verified.contains("Every line of 1 journals"), "{verified}");
}

/// The officer copies the stick, and does so twice, for the first time it was cut off; then it is
/// plugged in.
fn carry(town: &Town, usb: &Path) {
    let carried = tempfile::tempdir().expect("a stick");
    let place = carried.path().display().to_string();
    let export = ["bundle", "export", &place, "--area", VILLAGE];
    let said = town.command_line(&export, "");
    assert!(said.contains("recordings were written"), "{said}");
    std::fs::remove_file(carried.path().join("loaban/index.json")).expect("it was there");
    let said = town.command_line(&export, "");
    assert!(said.contains("0 recordings were written"), "{said}");
    plug_in(&carried.path().join("loaban"), usb);
}

/// Lets the folder of a stick appear whole, as a stick does that is mounted.
fn plug_in(folder: &Path, stick: &Path) {
    let moved = Command::new("mv").arg(folder).arg(stick).status();
    assert!(moved.expect("mv is there").success());
}
