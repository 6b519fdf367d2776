//! A release that was installed is tried before the old one makes way: it takes up a copy of what
//! the station keeps, and says what it cannot.

use loaban_player::trial;
use sqlx::{Connection, Row, SqliteConnection};

use crate::commune::clock_of;
use crate::pc::{Pc, at};
use crate::unreadable::alter;

/// Tries this release on what the PC keeps, and says why it does not take that up.
async fn trouble(pc: &Pc) -> Option<String> {
    let tried = trial::take_up_a_copy(&pc.settings, &clock_of(&pc.clock)).await;
    assert!(!pc.state_dir().join("trial").exists(), "nothing is left");
    tried.err().map(|error| format!("{error:#}"))
}

/// All facts that the state holds.
async fn facts(pc: &Pc) -> Vec<(String, Vec<u8>)> {
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut db = SqliteConnection::connect(&file).await.unwrap();
    let asked = sqlx::query("SELECT name, CAST(value AS BLOB) FROM fact ORDER BY name");
    let rows = asked.fetch_all(&mut db).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_new_release_takes_up_is_as_it_was_and_the_old_one_goes_on() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.switch_on().await;
    assert_eq!(trouble(&pc).await, None, "this PC is no station yet");
    pc.shut_down().await;
    pc.enrol().await.unwrap();
    assert_eq!(trouble(&pc).await, None, "and has not begun as one");
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    assert_eq!(trouble(&pc).await, None);
    pc.commune.publish(&pc.commune.empty_programme(2));
    pc.prepared(2).await;
    pc.shut_down().await;
    let before = facts(&pc).await;
    assert_eq!(trouble(&pc).await, None);
    assert_eq!(facts(&pc).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_and_what_would_be_left_behind_is_found_by_the_trial() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    // What the migration of this release makes is there, made by somebody else.
    migrated(&pc, "PRAGMA user_version = 0").await;
    let why = trouble(&pc).await.unwrap();
    assert!(why.contains("bring the state up to date"), "{why}");
    migrated(&pc, "PRAGMA user_version = 99").await;
    let why = trouble(&pc).await.unwrap();
    assert!(why.contains("written by a later release"), "{why}");
    migrated(&pc, "PRAGMA user_version = 1").await;

    alter(
        &pc,
        "UPDATE fact SET value = 'torn' WHERE name = 'programme'",
    )
    .await;
    let why = trouble(&pc).await.unwrap();
    assert!(
        why.contains("programme in the state cannot be read"),
        "{why}"
    );
    let torn = ("programme".to_owned(), b"torn".to_vec());
    assert!(
        facts(&pc).await.contains(&torn),
        "where it was, it is still"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_for_a_copy_keeps_the_old_release() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    assert_eq!(trouble(&pc).await, None);
    pc.settings.disk_reserve_mb = u64::MAX;
    let why = trouble(&pc).await.unwrap();
    assert!(why.contains("remove files that nobody needs"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_state_that_the_old_release_airs_from_by_heart_keeps_it() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.shut_down().await;
    overwrite(&pc, "state.db");
    let why = trouble(&pc).await.unwrap();
    assert!(why.contains("copy the state"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_enrolment_is_not_that_of_a_pc_that_is_no_station() {
    let pc = Pc::on_duty(at(6, 0)).await;
    overwrite(&pc, "station.json");
    let why = trouble(&pc).await.unwrap();
    assert!(why.contains("enrol this PC again"), "{why}");
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a disk does to a file is not written as the player writes"
)]
fn overwrite(pc: &Pc, file: &str) {
    std::fs::write(pc.state_dir().join(file), "torn").unwrap();
}

async fn migrated(pc: &Pc, statement: &'static str) {
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut db = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query(statement).execute(&mut db).await.unwrap();
    db.close().await.unwrap();
}
