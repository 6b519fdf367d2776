//! A player that the system stops as a whole and lets go on, as a PC does whose memory is full:
//! what was pressed in between finds it afterwards, and the panel knows that it is away. So it does
//! of a PC whose cable is pulled.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::sleep;
use town::network::Network;
use town::person::Script;
use town::town::{Town, Who, full_second};
use town::village::Village;

/// How long the browser of this story waits.
const PATIENCE: Duration = Duration::from_millis(500);

fn send(village: &Village, signal: Signal) {
    let id = i32::try_from(village.player_id())
        .ok()
        .and_then(Pid::from_raw);
    kill_process(id.expect("it runs"), signal).expect("it can be reached");
}

/// Presses a key and goes away when nothing comes of it.
async fn press_and_go(village: &Village, key: &str, form: &[(&str, &str)]) {
    let browser = reqwest::Client::builder().timeout(PATIENCE).build();
    let browser = browser.expect("a browser");
    let press = browser
        .post(format!("{}/{key}", village.screen()))
        .form(form);
    let answer = press.send().await;
    assert!(answer.is_err_and(|error| error.is_timeout()), "no answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gave_up_gets_nothing_done_later_but_stop() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let meeting = [("vi", "village-meeting.vi.m4a")];
    let meeting = town.approved("Họp thôn", &meeting).await;
    let at = full_second(Duration::from_secs(8));
    head.air_once(&meeting.id, &town.village, at).await.done();
    village.says("on air: Họp thôn").await;
    sleep(Duration::from_secs(1)).await;

    send(&village, Signal::STOP);
    press_and_go(&village, "volume", &[("to", "-9")]).await;
    press_and_go(&village, "stop", &[]).await;
    press_and_go(&village, "again", &[]).await;
    send(&village, Signal::CONT);
    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["why"], "operator", "{line}");
    let turned = village.command_line(&["volume", "louder"]);
    turned.expect("the player is there again");
    let mut volume = json!(0);
    while volume == json!(0) {
        let status = reqwest::get(format!("{}/status", village.screen())).await;
        let status: Value = status.expect("the page").json().await.expect("a status");
        volume = status["volume_db"].clone();
    }
    assert_eq!(volume, json!(3), "what was given up was not done");
    let heard = village.log().matches("on air: Họp thôn").count();
    assert_eq!(heard, 1, "nor is anything heard again");
}

/// A server that says something on each stream every second, and with each seventh word asks for
/// an answer; and a village PC at the other end of a wire.
async fn talkative() -> (Town, String, Network, Village) {
    let every_second = [("LOABAN_SERVER__SERVER__STREAM_INTERVAL_S", "1")];
    let town = Town::built_with(&every_second).await;
    let admin = town.script(Who::Admin);
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    let enrolled = village.enrol(&network.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    admin.holds(&station).await;
    (town, station, network, village)
}

async fn seen_at_ms(admin: &Script, station: &str) -> i64 {
    let found = admin.get(&format!("/stations/{station}")).await.done();
    found["seen_at_ms"].as_i64().expect("it was seen")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_without_news_is_seen_by_its_stream_and_a_frozen_one_is_not() {
    let (town, station, network, village) = talkative().await;
    let admin = town.script(Who::Admin);
    sleep(Duration::from_secs(5)).await;
    let polls = || network.asked("GET /api/v1/station/programme ");
    let (begin, before) = (seen_at_ms(&admin, &station).await, polls());
    sleep(Duration::from_secs(21)).await;
    let end = seen_at_ms(&admin, &station).await;
    assert!(end - begin >= 18_000, "seen from {begin} to {end}");
    let polled = polls() - before;

    send(&village, Signal::STOP);
    sleep(Duration::from_secs(9)).await;
    let last = seen_at_ms(&admin, &station).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(seen_at_ms(&admin, &station).await, last, "it is frozen");
    assert!((2..=4).contains(&polled), "{polled} answers in 21 seconds");
    send(&village, Signal::CONT);
    let path = format!("/stations/{station}");
    let again = |found: &Value| found["seen_at_ms"].as_i64() > Some(last);
    admin.until(&path, again).await;
}

/// The far ends of open connections to `port` on which something is sent and not acknowledged
/// (proc_net_tcp(5)).
fn waiting(port: u16) -> BTreeSet<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the connections");
    let ours = format!(":{port:04X}");
    let lines = table.lines().map(|line| line.split_whitespace());
    let open = lines.filter_map(|mut words| {
        let (near, far, state) = (words.nth(1)?, words.next()?, words.next()?);
        let waits = !words.next()?.starts_with("00000000:");
        (near.ends_with(&ours) && state == "01" && waits).then(|| far.to_owned())
    });
    open.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_of_a_pc_whose_cable_is_pulled_is_gone_within_two_minutes() {
    let (town, _, network, _village) = talkative().await;
    let port = town
        .url()
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok());
    let port = port.expect("a port");
    network.pull();
    sleep(Duration::from_secs(10)).await;
    let stream = waiting(port);
    assert!(!stream.is_empty(), "a weak link may be silent for so long");
    for _ in 0..100 {
        sleep(Duration::from_secs(1)).await;
        if stream.is_disjoint(&waiting(port)) {
            return;
        }
    }
    panic!("still open: {stream:?}");
}
