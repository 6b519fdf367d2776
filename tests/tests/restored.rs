//! A server whose disk died and that was put back from an old backup, with a village that went on
//! meanwhile: the village is not silenced, and nothing of its log is lost or doubled.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use town::deeds::day;
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
