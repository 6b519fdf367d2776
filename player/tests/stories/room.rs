//! What nothing names any more makes way on the disk, and what is planned never does.

use std::path::PathBuf;
use std::time::Duration;

use programme::ids::ContentHash;
use programme::programme::{MissedRule, Programme};
use programme::wire::Fault;
use recordings::store::Store;

use crate::announcements::tone;
use crate::pc::{Pc, at, instant};

/// Whether anything of a recording lies on the disk.
fn is_held(pc: &Pc, number: u8) -> bool {
    let hash = ContentHash::of(&tone(2, number));
    let store = Store::open(&pc.state_dir().join("recordings")).unwrap();
    let wav: PathBuf = pc.state_dir().join(format!("ready/{hash}.wav"));
    store.has(&hash) || wav.exists()
}

async fn until_gone(pc: &Pc, number: u8) {
    for _ in 0..500 {
        if !is_held(pc, number) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it still takes room");
}

/// A PC with one announcement at 7:00, which held another one before.
async fn with_an_old_one(time: jiff::civil::DateTime) -> Pc {
    let pc = Pc::on_duty(time).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 2));
    pc.prepared(1).await;
    pc.commune.publish(&pc.commune.one(2, 2, at(7, 0), 2));
    pc.prepared(2).await;
    assert!(is_held(&pc, 1), "nothing is removed in a hurry");
    pc
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_is_off_every_night_frees_what_nothing_names() {
    let mut pc = with_an_old_one(at(5, 0)).await;
    let morning = at(6, 0);
    pc.stay_off(Duration::from_secs(3_600), instant(morning))
        .await;
    pc.switch_on().await;
    until_gone(&pc, 1).await;
    let status = pc.prepared(2).await;
    assert_eq!((status.ready, status.wanted), (1, 1));
    assert!(is_held(&pc, 2), "what is planned stays");
}

/// Makes a recording longer than any disk is large.
pub fn swell(programme: &mut Programme, number: u8) {
    let hash = ContentHash::of(&tone(2, number));
    for bulletin in programme.bulletins.values_mut() {
        for spoken in &mut bulletin.recordings {
            if spoken.sound.hash == hash {
                spoken.sound.duration = Duration::from_secs(1 << 33);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_recording_waits_for_room_what_nothing_names_makes_way() {
    let pc = with_an_old_one(at(6, 0)).await;
    let mut programme = pc.commune.one(3, 2, at(7, 0), 2);
    pc.commune
        .add(&mut programme, 3, at(7, 30), 2, MissedRule::OnlyThen);
    swell(&mut programme, 3);
    pc.commune.publish(&programme);
    let low = pc
        .until(|status| status.faults.contains(&Fault::DiskLow))
        .await;
    assert!(!is_held(&pc, 1), "it made way first");
    assert_eq!((low.ready, low.wanted), (1, 2));
    assert!(is_held(&pc, 2), "what is planned stays");
}
