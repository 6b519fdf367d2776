//! The sound card of a village PC is lost while something airs: the panel says so for as long as it
//! is true, and what was on the air goes on when the card is back.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use town::person::Person;
use town::sound_card::{SoundCard, with_virtual_card};
use town::town::{Town, Who, full_second};
use town::village::Village;

/// What both pages say of the station.
const LOST: &str = "Không mở được đường ra loa. Kiểm tra dây và card âm thanh.";

#[test]
fn a_card_that_is_lost_on_air_is_an_alarm_on_the_panel_until_it_is_back() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(story(card));
    });
}

async fn story(mut card: SoundCard) {
    let mut village = Village::with_card(&card);
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let meeting = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let at = full_second(Duration::from_secs(15));
    head.air_once(&meeting.id, &town.village, at).await.done();
    admin.holds(&station).await;
    let officer = town.sign_in(Who::Officer).await;
    let sees = |words| sees(&officer, &station, words);
    village.says("on air: Họp thôn").await;
    assert_eq!(sees(LOST).await, [false, false], "all is well");

    card.unplug();
    let health = admin.says(&station, |health| health["output_ok"] == false);
    assert_eq!(health.await["faults"], serde_json::json!(["output_lost"]));
    assert_eq!(sees(LOST).await, [true, true], "station and alarms");

    card.plug_in();
    let health = admin.says(&station, |health| health["output_ok"] == true);
    assert_eq!(health.await["faults"], serde_json::json!([]));
    assert_eq!(sees(LOST).await, [false, false], "station and alarms");
    let told = officer.open("/alarms").await.all_words();
    assert!(told.contains("Hiện không có cảnh báo nào."), "{told}");

    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
}

/// Whether the page of the station, and the page of all alarms, say `words`.
async fn sees(officer: &Person, station: &str, words: &str) -> [bool; 2] {
    let own = officer.open(&format!("/stations/{station}")).await;
    let all = officer.open("/alarms").await;
    [own, all].map(|page| page.all_words().contains(words))
}
