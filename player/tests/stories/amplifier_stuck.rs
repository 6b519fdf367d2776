//! An amplifier that cannot be switched off while the player cannot go on: whoever stands in front
//! of the PC is told, and so is the commune.

use std::path::PathBuf;
use std::time::Duration;

use loaban_player::daemon::{Standing, Status};
use programme::wire::{Fault, FaultName};
use sqlx::{Connection, SqliteConnection};

use crate::amplifier::{Relay, pc_with};
use crate::pc::{Pc, at, is_on_air};
use crate::traps::disk::NoDisk;

/// Lets time pass, slowly enough for a script, until the status is as `wanted`.
async fn slowly_until(pc: &Pc, wanted: impl Fn(&Status) -> bool) -> Status {
    for _ in 0..600 {
        let status = pc.status().await;
        if wanted(&status) {
            return status;
        }
        pc.clock.advance(Duration::from_millis(200));
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it never came to be: {:#?}", pc.status().await);
}

/// Lets time pass until the server has been told of just these faults.
async fn is_told(pc: &Pc, faults: &[Fault]) {
    let named: Vec<FaultName> = faults.iter().copied().map(FaultName::from).collect();
    slowly_until(pc, |_| {
        let health = pc.commune.look().health.clone();
        health.is_some_and(|health| health.faults == named)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_player_cannot_begin_an_amplifier_that_stays_on_is_told_of_until_it_is_off() {
    let relay = Relay::that_does("[ ! -e \"$0.welded\" ]");
    let mut pc = pc_with(&relay, 0).await;
    pc.until(|status| status.station.is_some()).await;
    pc.shut_down().await;
    let file = format!("sqlite:{}", pc.state_dir().join("state.db").display());
    let mut state = SqliteConnection::connect(&file).await.unwrap();
    let later_release = sqlx::query("PRAGMA user_version = 99");
    later_release.execute(&mut state).await.unwrap();
    state.close().await.unwrap();
    let welded = PathBuf::from(format!("{}.welded", relay.command("off")[0]));
    recordings::durable::write(&welded, b"").unwrap();

    pc.switch_on().await;
    let status = slowly_until(&pc, |status| status.faults.len() > 1).await;
    assert_eq!(status.standing, Standing::Stuck);
    assert_eq!(status.faults, [Fault::Stuck, Fault::Amplifier]);
    let [why, amplifier] = &status.remarks[..] else {
        panic!("{:?}", status.remarks);
    };
    assert!(why.contains("release"), "{why}");
    assert!(amplifier.contains("relay fails"), "{amplifier}");
    let page = reqwest::get(pc.screen()).await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("PHẦN MỀM GẶP LỖI"), "{page}");
    assert!(page.contains("Không bật tắt được tăng âm"), "{page}");
    is_told(&pc, &[Fault::Stuck, Fault::Amplifier]).await;

    recordings::durable::remove(&welded).unwrap();
    is_told(&pc, &[Fault::Stuck]).await;
    let status = pc.status().await;
    assert_eq!(status.faults, [Fault::Stuck]);
    assert!(relay.orders().iter().all(|order| order == "off"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_that_stops_on_air_goes_on_switching_off_what_does_not_go_off() {
    let relay = Relay::new();
    let pc = pc_with(&relay, 0).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 60));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    relay.until(&["off", "on"]).await;

    // Nor does the relay write down what it is told, and so it fails.
    let no_disk = NoDisk::now();
    let status = slowly_until(&pc, |status| status.faults.len() > 1).await;
    assert_eq!(status.standing, Standing::Unwritable);
    let both = [Fault::DiskUnwritable, Fault::Amplifier];
    assert_eq!(status.faults, both);
    let signs = crate::signs::signs(&pc).await;
    assert_eq!(signs, ["good", "bad", "look", "unsure", "good"]);
    is_told(&pc, &both).await;
    assert_eq!(relay.orders(), ["off", "on"], "it is on");

    drop(no_disk);
    slowly_until(&pc, |_| relay.orders() == ["off", "on", "off"]).await;
    is_told(&pc, &[]).await;
    assert_eq!(pc.status().await.standing, Standing::Ready);
}
