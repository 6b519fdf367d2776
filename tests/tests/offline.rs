//! The server is gone: what the village holds airs all the same, and the log arrives later.

use std::time::Duration;

use programme::wire::Fault;
use serde_json::json;
use tokio::time::sleep;
use town::chatter::read_wav;
use town::correlate::find_in;
use town::network::Network;
use town::town::{Town, Who, full_minute, sleep_until};
use town::village::Village;

/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_next_cue_airs_and_its_log_arrives_when_the_server_is_back() {
    let mut town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let approved = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let at = full_minute(Duration::from_secs(20));
    head.air_once(&approved.id, &town.village, at).await.done();
    admin.holds(&station).await;

    town.stop_server().await;
    // The program on the PC may be started again: within one boot the time stays known.
    assert!(village.shut_down().await.success(), "the player ends well");
    village.power_on().await;
    sleep_until(at + Duration::from_secs(5)).await;
    let heard = read_wav(&village.wav_file());
    assert!(
        heard.iter().any(|sample| sample.abs() > 0.1),
        "nothing sounds at {at}"
    );
    sleep_until(at + Duration::from_secs(40)).await;
    let heard = read_wav(&village.wav_file());

    town.start_server().await;
    let folder = tempfile::tempdir().expect("a folder");
    let meeting = head.sound(&approved.recordings[0], &folder).await;
    let found = find_in(&meeting, &heard, 0..heard.len());
    assert!(found.likeness > ITSELF, "it is heard whole: {found:?}");
    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    let started = line["attempts"][0]["started_ms"].as_i64().expect("a start");
    assert!(
        (started - at.as_millisecond()).abs() <= 100,
        "on time by its own account: {line}"
    );
    let officer = town.sign_in(Who::Officer).await;
    let log = officer.open("/as-run").await.all_words();
    assert!(log.contains("Họp thôn") && log.contains("Đã phát"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_with_one_byte_changed_is_refused_and_the_one_before_airs_on() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    village
        .enrol(&network.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let approved = town
        .approved("Tiêm phòng", &[("vi", "health-book.vi.ogg")])
        .await;
    let at = full_minute(Duration::from_secs(20));
    head.air_once(&approved.id, &town.village, at).await.done();
    let held = admin.holds(&station).await["published_generation"].clone();

    network.tamper(true);
    head.air_once(
        &approved.id,
        &town.village,
        full_minute(Duration::from_secs(600)),
    )
    .await
    .done();
    let refused = admin.says(&station, |health| {
        health["faults"]
            .as_array()
            .is_some_and(|all| all.contains(&json!(Fault::ProgrammeRefused)))
    });
    let health = refused.await;
    assert!(network.tampered() > 0, "a programme went by");
    assert_eq!(
        health["generation"], held,
        "it stays with the programme that it holds"
    );
    let page = town.sign_in(Who::Admin).await;
    let page = page.open(&format!("/stations/{station}")).await.all_words();
    assert!(page.contains("Máy từ chối chương trình mới"), "{page}");
    assert!(page.contains("sửa đổi trên đường truyền"), "{page}");
    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");

    network.tamper(false);
    network.cut();
    sleep(Duration::from_millis(200)).await;
    network.mend();
    assert_ne!(
        admin.holds(&station).await["published_generation"],
        held,
        "the next is taken"
    );
}
