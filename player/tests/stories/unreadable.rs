//! A disk that alters one value of what a station keeps.

use std::time::Duration;

use loaban_player::state::State;
use programme::ids::JournalId;
use programme::wire::Fault;
use sqlx::{Connection, SqliteConnection};

use crate::pc::{Pc, at, is_on_air};

pub async fn alter(pc: &Pc, statement: &'static str) {
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut db = SqliteConnection::connect(&file).await.unwrap();
    let done = sqlx::query(statement).execute(&mut db).await.unwrap();
    assert!(done.rows_affected() > 0, "nothing was altered");
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_value_cannot_be_read_the_village_hears_its_bulletin_and_somebody_is_told() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.shut_down().await;
    alter(&pc, "UPDATE fact SET value = substr(value, 1, 3) || '\"'").await;
    pc.switch_on().await;
    let status = pc
        .until(|status| status.generation == 1 && status.ready == 1)
        .await;
    assert!(status.faults.contains(&Fault::StateDamaged), "{status:?}");
    assert!(
        status
            .remarks
            .iter()
            .any(|said| said.contains("cannot be read")),
        "{status:?}"
    );
    let told = |pc: &Pc| pc.commune.look().health.clone();
    assert!(
        told(&pc).is_some_and(|health| health.faults.contains(&Fault::StateDamaged.into())),
        "the panel is told"
    );
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
}

#[tokio::test]
async fn what_could_not_be_read_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = || JournalId::from_random([1; 10]);
    let (state, _) = State::open(folder.path(), fresh()).await.unwrap();
    state.close().await.unwrap();
    let file = format!("sqlite:{}", folder.path().join("state.db").display());
    let mut db = SqliteConnection::connect(&file).await.unwrap();
    let torn = "UPDATE fact SET value = 'torn' WHERE name = 'journal'";
    sqlx::query(torn).execute(&mut db).await.unwrap();
    let (state, moved) = State::open(folder.path(), fresh()).await.unwrap();
    assert_eq!(moved, None);
    assert_eq!(state.unreadable.len(), 1, "{:?}", state.unreadable);
    state.close().await.unwrap();
    let aside: String = sqlx::query_scalar("SELECT value FROM fact WHERE name = $1")
        .bind("journal.unreadable")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(aside, "torn");
    let (state, _) = State::open(folder.path(), fresh()).await.unwrap();
    assert!(state.unreadable.is_empty(), "it is said once");
}
