//! Recordings on weak links and unfriendly disks.

use std::time::Duration;

use programme::ids::ContentHash;
use programme::wire::Fault;

use crate::announcements::tone;
use crate::pc::{Pc, at};

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_was_cut_goes_on_where_it_ended() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.look().cut_after = Some(5_000);
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 10));
    let whole = tone(10, 1).len();
    pc.pass_until(|status| status.ready == 1).await;
    let inside = pc.commune.look();
    let asked = inside
        .asked
        .iter()
        .filter(|(path, _)| path.contains("/recordings/"));
    assert_eq!(asked.count(), 2);
    assert_eq!(inside.sent_bytes, whole, "no byte came twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beginning_that_the_disk_garbled_is_fetched_again_at_once() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.enrol().await.unwrap();
    let partial = pc.state_dir().join("recordings/partial");
    std::fs::create_dir_all(&partial).unwrap();
    let hash = ContentHash::of(&tone(2, 1));
    overwrite(&partial.join(hash.to_string()), &[0; 5_000]);
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 2));
    let status = pc.until(|status| status.ready == 1).await;
    assert!(!status.faults.contains(&Fault::RecordingRefused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_not_what_its_name_says_is_never_ready() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let programme = pc.commune.one(1, 1, at(7, 0), 2);
    let hash = ContentHash::of(&tone(2, 1));
    pc.commune.look().recordings.get_mut(&hash).unwrap()[900] ^= 1;
    pc.commune.publish(&programme);
    let refused =
        |status: &loaban_player::daemon::Status| status.faults.contains(&Fault::RecordingRefused);
    assert_eq!(pc.until(refused).await.ready, 0);

    pc.commune.look().recordings.insert(hash, tone(2, 1));
    pc.skip(Duration::from_secs(15 * 60)).await;
    let status = pc.pass_until(|status| status.ready == 1).await;
    assert!(!refused(&status), "{status:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_needed_soonest_comes_first() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(9, 0), 2);
    let only = programme::programme::MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, at(7, 0), 2, only);
    pc.commune.add(&mut programme, 3, at(8, 0), 2, only);
    pc.until(|status| status.wall.is_some()).await;
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    let inside = pc.commune.look();
    let fetched = inside
        .asked
        .iter()
        .filter_map(|(path, _)| path.split("/recordings/").nth(1));
    let wanted = [2, 3, 1].map(|number| ContentHash::of(&tone(2, number)).to_string());
    assert_eq!(fetched.collect::<Vec<_>>(), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wav_that_the_disk_altered_is_made_again_before_it_may_air() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 2));
    pc.prepared(1).await;
    pc.shut_down().await;
    let hash = ContentHash::of(&tone(2, 1));
    let wav = pc.state_dir().join(format!("ready/{hash}.wav"));
    let good = std::fs::read(&wav).unwrap();
    let mut bad = good.clone();
    bad[10_000] ^= 4;
    overwrite(&wav, &bad);

    pc.switch_on().await;
    pc.prepared(1).await;
    assert!(std::fs::read(&wav).unwrap() == good);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_left_alone_and_said() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.settings.disk_reserve_mb = u64::MAX / 2_000_000;
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(7, 0), 2));
    let status = pc
        .until(|status| status.faults.contains(&Fault::DiskLow))
        .await;
    assert_eq!((status.ready, status.wanted), (0, 1));
    assert_eq!(pc.commune.look().sent_bytes, 0);
}

#[expect(clippy::disallowed_methods, reason = "a disk that lies asks nobody")]
fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
