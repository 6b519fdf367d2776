//! An upgrade while an announcement is on the air: it is heard to its end, and the new program
//! begins in the quiet after it. One that cannot begin never takes the place of one that airs.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::time::Duration;

use programme::wire::Fault;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::time::sleep;
use town::supervisor::Supervisor;
use town::town::{Town, Who, full_second, sleep_until};
use town::village::Village;

/// The player looks once a minute whether another one was laid in its place.
const A_LOOK: Duration = Duration::from_secs(60);

/// A village whose player was installed and runs, and the name of its station.
async fn on_duty(town: &Town, supervisor: &Supervisor) -> (Village, String) {
    let (station, code) = town.script(Who::Admin).new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    for (name, value) in supervisor.environment() {
        village.set(name, &value);
    }
    village.install();
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    (village, station)
}

/// Whether the station says that what was installed does not start.
fn has_failed(health: &Value) -> bool {
    let faults = health["faults"].as_array();
    faults.is_some_and(|faults| faults.contains(&json!(Fault::UpgradeFailed)))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_cuts_nothing_and_begins_when_it_is_quiet() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let supervisor = Supervisor::that_waits(Duration::from_secs(60));
    let (mut village, station) = on_duty(&town, &supervisor).await;
    let told = town.announcement(1).await;
    // Long enough ahead for a look before it, and near enough to be waited for.
    let at = full_second(A_LOOK + Duration::from_secs(20));
    head.air_once(&told.id, &town.village, at).await.done();
    admin.holds(&station).await;
    village.install();
    sleep_until(at + Duration::from_secs(1)).await;
    assert!(village.runs(), "it waits for what comes soon");

    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    let ended = village.player_ends_within(A_LOOK + Duration::from_secs(30));
    assert!(ended.await.success(), "it makes way in order");
    supervisor.hears("STOPPING=1").await;
    village.power_on().await;
    sleep(A_LOOK + Duration::from_secs(5)).await;
    assert!(village.runs(), "the new one stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_does_not_start_leaves_the_old_program_on_duty_until_one_does() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let supervisor = Supervisor::that_waits(Duration::from_secs(60));
    let (mut village, station) = on_duty(&town, &supervisor).await;
    village.install_one_that_fails("a key that it does not know");
    sleep(A_LOOK).await;
    admin.says(&station, has_failed).await;
    village.says("a key that it does not know").await;
    let page = reqwest::get(village.screen()).await.expect("the PC's page");
    let page = page.text().await.expect("a page");
    assert!(
        page.contains("Bản phần mềm mới cài không chạy được"),
        "{page}"
    );

    let told = town.announcement(1).await;
    let at = full_second(Duration::from_secs(20));
    head.air_once(&told.id, &town.village, at).await.done();
    let line = head
        .logged(&station, at, |line| line["state"] == "known")
        .await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    assert!(village.runs(), "the old one airs on");

    village.install();
    let ended = village.player_ends_within(A_LOOK + Duration::from_secs(30));
    assert!(ended.await.success(), "it makes way for one that starts");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_does_not_take_up_the_state_leaves_the_old_program_on_duty() {
    let town = Town::built().await;
    let admin = town.script(Who::Admin);
    let supervisor = Supervisor::that_waits(Duration::from_secs(60));
    let (mut village, station) = on_duty(&town, &supervisor).await;
    let began = |health: &Value| health["version"].is_string();
    admin.says(&station, began).await;
    // The one that runs has read it, and looks no more; whoever opens it now is not up to it.
    let file = format!("sqlite:{}", village.state().join("state.db").display());
    let mut state = SqliteConnection::connect(&file).await.expect("a state");
    let later = sqlx::query("PRAGMA user_version = 99").execute(&mut state);
    later.await.expect("nobody writes at this moment");
    village.install();
    sleep(A_LOOK).await;
    admin.says(&station, has_failed).await;
    village.says("was written by a later release").await;
    assert!(village.runs(), "the old one goes on");

    let own = sqlx::query("PRAGMA user_version = 1").execute(&mut state);
    own.await.expect("nobody writes at this moment");
    state.close().await.expect("a file");
    village.install();
    let ended = village.player_ends_within(A_LOOK + Duration::from_secs(30));
    assert!(
        ended.await.success(),
        "it makes way for one that takes it up"
    );
}
