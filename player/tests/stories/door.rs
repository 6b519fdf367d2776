//! Another program has the address of the page: the village hears its programme all the same.

use std::time::Duration;

use programme::wire::{Fault, FaultName};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::commune::clock_of;
use crate::pc::{Pc, at};

fn is_told(pc: &Pc, fault: Fault) -> bool {
    let inside = pc.commune.look();
    let health = inside.health.as_ref();
    health.is_some_and(|health| health.faults.contains(&FaultName::Known(fault)))
}

async fn pass_until(pc: &Pc, wanted: impl Fn() -> bool) {
    for _ in 0..600 {
        if wanted() {
            return;
        }
        pc.pass(Duration::from_millis(200)).await;
    }
    panic!("it never came to be: {:#?}", pc.commune.look().health);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_silences_no_village_and_is_told_and_tried_again() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.enrol().await.unwrap();
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 1), 2));
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    pc.settings.screen_listen = other.local_addr().unwrap();
    let (told, shutdown) = watch::channel(false);
    let (settings, clock) = (pc.settings.clone(), clock_of(&pc.clock));
    let player = tokio::spawn(loaban_player::run(settings, clock, shutdown));
    pass_until(&pc, || is_told(&pc, Fault::PageShut)).await;
    pc.reported(3).await;

    let listen = pc.settings.screen_listen;
    drop(other);
    pass_until(&pc, || !is_told(&pc, Fault::PageShut)).await;
    let page = reqwest::get(format!("http://{listen}/")).await.unwrap();
    assert!(page.status().is_success());
    told.send(true).unwrap();
    player.await.unwrap().unwrap();
}
