//! A player that the system stops as a whole and lets go on, as a PC does whose memory is full:
//! what was pressed in between finds it afterwards.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::sleep;
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
