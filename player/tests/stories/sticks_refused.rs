//! Sticks that bring nothing good: the last good programme airs on, and the page says why.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use loaban_player::bundle::{Log, Stage};
use programme::bundle::station_file;
use programme::ids::{ContentHash, StationId};
use programme::programme::MissedRule;

use crate::announcements::tone;
use crate::emergencies::flood;
use crate::pc::{Pc, at, is_on_air};
use crate::room::swell;
use crate::stick::{Stick, pull_out, put};

async fn page(pc: &Pc) -> String {
    let answer = reqwest::get(pc.screen()).await.unwrap();
    answer.text().await.unwrap()
}

/// A PC that holds generation 5, with one announcement at 6:30, and has no network any more.
async fn holding() -> Pc {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(5, 1, at(6, 30), 2));
    pc.prepared(5).await;
    pc.commune.look().away = true;
    pc
}

/// What is held airs, whatever was plugged in.
async fn airs_on(pc: &Pc) {
    let status = pc.status().await;
    assert_eq!((status.generation, status.ready), (5, 1), "{status:#?}");
    pc.skip(Duration::from_secs(1_710)).await;
    pc.pass_until(is_on_air).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_stick_is_refused_and_nothing_is_written_on_it() {
    let pc = holding().await;
    let stick = Stick::with(&pc, &pc.commune.one(6, 2, at(6, 30), 2));
    let mut envelope = stick.bundle.sign(&stick.key).unwrap();
    let place = envelope.payload.len() / 2;
    envelope.payload[place] ^= 1;
    let folder = stick.plug_in(&pc);
    let name = station_file(&stick.bundle.station);
    put(&folder.join(name), &serde_json::to_vec(&envelope).unwrap());
    let report = pc.dealt_with(Stage::Refused).await;
    assert!(report.why.unwrap().contains("signature"));
    assert!(page(&pc).await.contains("USB KHÔNG DÙNG ĐƯỢC"));
    assert!(!folder.join("as-run").exists());
    airs_on(&pc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_stick_takes_nothing_back_and_still_carries_the_log() {
    let pc = holding().await;
    let stick = Stick::with(&pc, &pc.commune.one(4, 2, at(6, 30), 2));
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::Older).await;
    assert_eq!(report.log, Log::Written);
    assert!(page(&pc).await.contains("USB CŨ HƠN CHƯƠNG TRÌNH ĐANG CÓ"));
    airs_on(&pc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_for_another_village_says_for_which_one() {
    let pc = holding().await;
    let mut programme = pc.commune.one(6, 2, at(6, 30), 2);
    programme.station = StationId::from_random([9; 10]);
    programme.area_name = "Bản Hai".to_owned();
    let stick = Stick::with(&pc, &programme);
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::Foreign).await;
    assert_eq!(report.villages, ["Bản Hai"]);
    let shown = page(&pc).await;
    assert!(shown.contains("USB CỦA THÔN KHÁC"), "{shown}");
    assert!(shown.contains("Bản Hai"), "{shown}");
    // Under a name that is not its own it is no better.
    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;
    let folder = stick.plug_in(&pc);
    let envelope = stick.bundle.sign(&stick.key).unwrap();
    let own = station_file(&pc.commune.look().station);
    put(&folder.join(own), &serde_json::to_vec(&envelope).unwrap());
    let report = pc.dealt_with(Stage::Refused).await;
    assert!(report.why.unwrap().contains("meant for the station"));
    airs_on(&pc).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_of_another_commune_is_refused_and_gets_no_log() {
    let pc = holding().await;
    let mut stick = Stick::with(&pc, &pc.commune.one(6, 2, at(6, 30), 2));
    stick.key = SigningKey::from_bytes(&[44; 32]);
    stick.bundle.station = StationId::from_random([9; 10]);
    let folder = stick.plug_in(&pc);
    pc.dealt_with(Stage::Refused).await;
    assert!(!folder.join("as-run").exists());
    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;
    stick.bundle.station = pc.commune.look().station.clone();
    let folder = stick.plug_in(&pc);
    pc.dealt_with(Stage::Refused).await;
    assert!(!folder.join("as-run").exists());
    airs_on(&pc).await;
}

/// What is unsigned inside a good bundle is no better than what is unsigned elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_programme_that_the_server_did_not_sign_is_refused_inside_a_bundle_too() {
    let pc = holding().await;
    let mut stick = Stick::with(&pc, &pc.commune.one(6, 2, at(6, 30), 2));
    stick.bundle.programme.payload.push(b' ');
    stick.plug_in(&pc);
    pc.dealt_with(Stage::Refused).await;
    airs_on(&pc).await;
}

/// At the chosen recording the stick blocks, so that a story can pull it out right there.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a pipe is no file")]
async fn a_stick_that_is_pulled_out_half_way_changes_nothing_and_is_gone_on_with() {
    for stop in 0..3_usize {
        let pc = holding().await;
        let mut programme = pc.commune.one(6, 2, at(6, 30), 2);
        for number in [3, 4] {
            pc.commune
                .add(&mut programme, number, at(6, 30), 2, MissedRule::OnlyThen);
        }
        let stick = Stick::with(&pc, &programme);
        let folder = stick.plug_in(&pc);
        let hash = stick.bundle.recordings[stop].hash;
        let file = folder.join(format!("recordings/{hash}.opus"));
        std::fs::remove_file(&file).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&file).status();
        assert!(made.unwrap().success());
        let reached = {
            let file = file.clone();
            // Opening it to write waits until somebody reads.
            tokio::task::spawn_blocking(move || std::fs::OpenOptions::new().write(true).open(file))
        };
        pc.pass(Duration::from_secs(4)).await;
        let pipe = reached.await.unwrap().unwrap();
        pull_out(&pc);
        drop(pipe);
        let report = pc.dealt_with(Stage::PulledOut).await;
        assert_eq!(report.copied as usize, stop, "{report:?}");
        assert!(page(&pc).await.contains("USB BỊ RÚT QUÁ SỚM"));
        assert_eq!(pc.status().await.generation, 5, "the old one is in force");

        stick.plug_in(&pc);
        let report = pc.dealt_with(Stage::InForce).await;
        assert_eq!(report.copied as usize, 3 - stop, "the rest was copied");
        assert_eq!(pc.prepared(6).await.ready, 3);
    }
}

/// A card that had turned read-only showed its free room and looked healthy.
#[tokio::test(flavor = "multi_thread")]
async fn trap_read_only_file_system_looks_healthy_a_stick_that_takes_no_log_is_told() {
    let pc = holding().await;
    let stick = Stick::with(&pc, &pc.commune.one(6, 2, at(6, 30), 2));
    // Root may write anywhere, but not below a file.
    put(&pc.stick().join("loaban/as-run"), b"in the way");
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::InForce).await;
    assert_eq!(report.log, Log::Failed);
    let shown = page(&pc).await;
    assert!(shown.contains("USB bị lỗi khi ghi nhật ký phát"), "{shown}");
}

/// Where nothing is held, what fits is more than nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_the_copying_that_was_cut_off_at_the_commune_too() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.settings.disk_reserve_mb = u64::MAX / 2_000_000;
    pc.enrol().await.unwrap();
    pc.commune.look().away = true;
    pc.switch_on().await;
    let stick = Stick::with(&pc, &pc.commune.one(1, 1, at(6, 30), 2));
    let folder = stick.plug_in(&pc);
    std::fs::remove_file(folder.join("index.json")).unwrap();
    let report = pc.dealt_with(Stage::InForce).await;
    assert!(report.no_room && report.unfinished, "{report:?}");
    let shown = page(&pc).await;
    for said in ["Ổ đĩa của máy gần đầy", "USB chưa được chép xong"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let hash = ContentHash::of(&tone(2, 1));
    assert_eq!(report.copied, 0, "{hash} does not fit");
}

/// Switches off, has the disk full or not, and switches on.
async fn again_with_reserve(pc: &mut Pc, megabytes: u64) {
    pc.shut_down().await;
    pc.settings.disk_reserve_mb = megabytes;
    pc.switch_on().await;
    pc.prepared(5).await;
}

const FULL: u64 = u64::MAX / 2_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_cannot_hold_leaves_the_old_programme_in_force_until_there_is_room() {
    let mut pc = holding().await;
    again_with_reserve(&mut pc, FULL).await;
    let mut programme = pc.commune.one(6, 2, at(6, 30), 2);
    pc.commune
        .add(&mut programme, 1, at(7, 30), 2, MissedRule::OnlyThen);
    let stick = Stick::with(&pc, &programme);
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::NoRoom).await;
    assert!(report.no_room && !report.is_good(), "{report:?}");
    assert_eq!(report.log, Log::Written, "the log goes back all the same");
    let shown = page(&pc).await;
    for said in [
        "Ổ ĐĨA ĐẦY, CHƯA NHẬN ĐƯỢC",
        "Trạm vẫn phát theo chương trình cũ",
        "Hãy xóa bớt tệp trên máy rồi cắm USB lại",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert_eq!(pc.status().await.generation, 5);

    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;
    again_with_reserve(&mut pc, 0).await;
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::InForce).await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(pc.prepared(6).await.ready, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_that_does_not_fit_does_not_silence_the_next_announcement() {
    let mut pc = holding().await;
    again_with_reserve(&mut pc, FULL).await;
    let stick = Stick::with(&pc, &pc.commune.one(6, 2, at(6, 30), 2));
    stick.plug_in(&pc);
    pc.dealt_with(Stage::NoRoom).await;
    airs_on(&pc).await;
}

/// An emergency that does not fit is no reason to air an old programme.
#[tokio::test(flavor = "multi_thread")]
async fn a_programme_whose_own_recordings_are_all_here_is_in_force_however_full_the_disk_is() {
    let mut pc = holding().await;
    again_with_reserve(&mut pc, FULL).await;
    let programme = pc.commune.one(6, 1, at(6, 40), 2);
    let mut flood = flood(&pc.commune, 2, Some(1));
    flood.areas = vec![programme.area.clone()];
    let mut stick = Stick::with(&pc, &programme).ordering(&flood);
    for (hash, sound) in flood.recordings() {
        stick.bundle.recordings.push(programme::bundle::Carried {
            hash,
            size_bytes: sound.size_bytes,
        });
    }
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::InForce).await;
    assert!(report.no_room, "{report:?}");
    assert_eq!(pc.prepared(6).await.ready, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fitted_is_kept_through_a_restart_and_gone_on_with() {
    let mut pc = holding().await;
    let mut programme = pc.commune.one(6, 2, at(6, 30), 2);
    pc.commune
        .add(&mut programme, 3, at(7, 30), 2, MissedRule::OnlyThen);
    let whole = Stick::with(&pc, &programme);
    swell(&mut programme, 3);
    Stick::with(&pc, &programme).plug_in(&pc);
    let report = pc.dealt_with(Stage::NoRoom).await;
    assert_eq!((report.copied, report.wanted), (1, 2), "{report:?}");
    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;

    again_with_reserve(&mut pc, 0).await;
    pc.pass(Duration::from_secs(2)).await;
    let folder = whole.plug_in(&pc);
    let kept = ContentHash::of(&tone(2, 2));
    std::fs::remove_file(folder.join(format!("recordings/{kept}.opus"))).unwrap();
    let report = pc.dealt_with(Stage::InForce).await;
    assert!(report.is_good(), "it was there still: {report:?}");
    assert_eq!(pc.prepared(6).await.ready, 2);
}
