//! A server whose disk died and that was put back from an old backup, with a village that went on
//! meanwhile: the village is not silenced, and nothing of its log is lost or doubled. And what the
//! server once said, that somebody says again: it is worth nothing.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use jiff::Timestamp;
use programme::wire::Fault;
use serde_json::{Value, json};
use town::deeds::day;
use town::network::Network;
use town::person::Script;
use town::town::{Town, Who, full_second};
use town::village::Village;

/// The lines of the log that tell of the start at `at`.
async fn lines(head: &Script, station: &str, at: Timestamp) -> Vec<Value> {
    let path = format!("/as-run?station={station}&date={}", day(at));
    let all = head.get(&path).await.done();
    let all = all.as_array().expect("lines").iter();
    all.filter(|line| line["planned_ms"] == at.as_millisecond())
        .cloned()
        .collect()
}

fn is_aired(line: &Value) -> bool {
    line["outcome"]["outcome"] == "aired"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_from_an_old_backup_silences_no_village_and_loses_and_doubles_no_line() {
    let mut town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let bulletin = town.announcement(1).await.id;
    let before = full_second(Duration::from_secs(8));
    head.air_once(&bulletin, &town.village, before).await.done();
    head.logged(&station, before, is_aired).await;

    let folder = tempfile::tempdir().expect("a folder for the backup");
    let backup = folder.path().join("backup").display().to_string();
    town.command_line(&["backup", &backup], "");
    let after = full_second(Duration::from_secs(8));
    head.air_once(&bulletin, &town.village, after).await.done();
    let later = full_second(Duration::from_secs(3_600));
    head.air_once(&bulletin, &town.village, later).await.done();
    head.logged(&station, after, is_aired).await;
    let held = admin.holds(&station).await["health"]["generation"].as_u64();
    let held = held.expect("a generation");

    town.stop_server().await;
    let said = town.command_line(&["restore", &backup], "");
    assert!(said.contains("will be given newer programmes"), "{said}");
    town.start_server().await;
    let newer = |health: &Value| health["generation"].as_u64() > Some(held);
    let health = admin.says(&station, newer).await;
    assert_eq!(health["faults"], json!([]), "all is well again");
    for at in [before, after] {
        head.logged(&station, at, is_aired).await;
        assert_eq!(lines(&head, &station, at).await.len(), 1, "it is told once");
    }
    let coming = head.get("/broadcasts").await.done();
    assert_eq!(
        coming,
        json!([]),
        "what was ordered since is to be ordered again"
    );

    let again = full_second(Duration::from_secs(8));
    head.air_once(&bulletin, &town.village, again).await.done();
    head.logged(&station, again, is_aired).await;
    let aired = village.log().matches("on air: ").count();
    assert_eq!(aired, 3, "nothing sounded a second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_answer_of_the_server_that_comes_again_takes_no_start_away() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let network = Network::to(&town.url()).await;
    let mut village = Village::with_wav_file();
    let enrolled = village.enrol(&network.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let bulletin = town.announcement(1).await.id;
    let order = async |at| head.air_once(&bulletin, &town.village, at).await.done();
    let takes = async |held: u64| {
        let newer = |health: &Value| health["generation"].as_u64() > Some(held);
        let health = admin.says(&station, newer).await;
        health["generation"].as_u64().expect("a generation")
    };
    let empty = takes(0).await;
    order(full_second(Duration::from_secs(7_200))).await;
    let first = takes(empty).await;
    let earlier = network.programme();
    let at = full_second(Duration::from_secs(20));
    order(at).await;
    let held = takes(first).await;

    network.replay(Some(earlier));
    order(full_second(Duration::from_secs(10_800))).await;
    let past = json!([Fault::ProgrammePast]);
    let refuses = admin.says(&station, |health| health["faults"] == past);
    let health = refuses.await;
    assert_eq!(health["generation"], held, "it keeps what it holds");
    let panel = town.sign_in(Who::Admin).await;
    let shown = async || {
        panel
            .open(&format!("/stations/{station}"))
            .await
            .all_words()
    };
    let words = shown().await;
    for said in [
        "nhận lại một chương trình cũ",
        "hãy xem mạng ở thôn",
        "Không cần cài lại",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!words.contains("chữ ký"), "its signature is right: {words}");
    head.logged(&station, at, is_aired).await;

    network.replay(None);
    network.cut();
    network.mend();
    takes(held).await;
    let words = shown().await;
    assert!(!words.contains("chương trình cũ"), "{words}");
}
