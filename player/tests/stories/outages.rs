//! Servers that lie, rest or are restored, and disks that rot.

use std::time::Duration;

use axum::http::StatusCode;
use loaban_player::daemon::Status;
use loaban_player::state::{self, State};
use loaban_player::station::Enrolment;
use programme::as_run::{MissedCause, Outcome, Record};
use programme::ids::JournalId;
use programme::signed::{Envelope, Purpose};
use programme::wire::Fault;

use crate::pc::{Pc, at, instant, is_on_air};
use crate::people::page;

#[tokio::test(flavor = "multi_thread")]
async fn an_older_generation_is_refused_and_the_newer_one_airs_on() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(5, 1, at(6, 30), 2));
    pc.prepared(5).await;
    pc.commune.publish(&pc.commune.empty_programme(4));
    let status = pc
        .until(|status| status.faults == [Fault::ProgrammePast])
        .await;
    assert_eq!(status.generation, 5);
    assert!(
        status.remarks[0].contains("older than 5"),
        "{:?}",
        status.remarks
    );
    let shown = page(&pc, "/").await;
    assert!(shown.contains("không nhận một chương trình cũ"), "{shown}");
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_a_fault_until_the_server_says_that_what_is_held_is_the_newest() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let newest = pc.commune.one(5, 1, at(18, 0), 2);
    pc.commune.publish(&newest);
    pc.prepared(5).await;
    let is_past = |status: &Status| status.faults.contains(&Fault::ProgrammePast);
    for by_stream in [true, false] {
        // A cache gives an earlier answer once, and then the server's own again.
        pc.commune.publish(&pc.commune.empty_programme(4));
        pc.pass_until(is_past).await;
        pc.commune.look().mute = true;
        pc.commune.publish(&newest);
        {
            let mut inside = pc.commune.look();
            inside.etag = 1;
            inside.mute = false;
        }
        if by_stream {
            pc.commune.say_what_is_in_force();
        } else {
            pc.skip(Duration::from_secs(20 * 60)).await;
        }
        pc.pass_until(|status| !is_past(status)).await;
    }
    assert_eq!(pc.status().await.generation, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_with_one_byte_changed_is_refused() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    let forged = pc.commune.one(2, 1, at(6, 30), 2);
    pc.commune.publish(&forged);
    pc.prepared(2).await;
    {
        let mut inside = pc.commune.look();
        let bytes = serde_json::to_vec(&pc_programme(&forged)).unwrap();
        let mut envelope = Envelope::sign(Purpose::Programme, bytes, &inside.key);
        let at = envelope.payload.len() - 10;
        envelope.payload[at] ^= 1;
        inside.programme = Some(envelope);
        inside.etag += 1;
    }
    pc.skip(Duration::from_secs(20 * 60)).await;
    let status = pc
        .until(|status| status.faults.contains(&Fault::ProgrammeRefused))
        .await;
    assert_eq!(status.generation, 2);
}

fn pc_programme(programme: &programme::programme::Programme) -> programme::programme::Programme {
    let mut newer = programme.clone();
    newer.generation += 1;
    newer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.prepared(1).await;
    pc.commune.look().busy = true;
    pc.skip(Duration::from_secs(20 * 60)).await;
    pc.pass_until(|_| {
        pc.commune
            .look()
            .asked
            .iter()
            .any(|(_, status)| *status == 503)
    })
    .await;
    let asked = pc.commune.look().asked.len();
    pc.skip(Duration::from_secs(9 * 60)).await;
    pc.pass(Duration::from_secs(2)).await;
    assert_eq!(
        pc.commune.look().asked.len(),
        asked,
        "it asked to be left alone for ten minutes"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_restored_from_a_backup_gets_the_lines_it_lost_again() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    let only = programme::programme::MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, at(6, 33), 2, only);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc.reported(3).await;
    pc.commune.look().journals.clear();
    pc.skip(Duration::from_secs(100)).await;
    pc.reported(6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_does_not_fit_goes_on_in_another_journal_and_nothing_is_lost() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    let only = programme::programme::MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, at(6, 33), 2, only);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    pc.reported(3).await;
    // The server has another last line: somebody changed it there, or the PC's disk was put back.
    {
        let mut inside = pc.commune.look();
        let last = inside.journals[0].1.last_mut().unwrap();
        *last = last.replace("\"generation\":1", "\"generation\":7");
    }
    pc.skip(Duration::from_secs(100)).await;
    let records = pc.reported(6).await;
    assert_eq!(records.len(), 6, "{records:#?}");
    let inside = pc.commune.look();
    assert_eq!(inside.journals.len(), 2);
    assert_eq!(
        (inside.journals[0].1.len(), inside.journals[1].1.len()),
        (4, 3),
        "the first line says who vouched for the time"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_no_journal_makes_good_hide_no_health_and_are_rarely_posted() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.look().refuses_lines = true;
    pc.commune.publish(&pc.commune.empty_programme(3));
    pc.prepared(3).await;
    let known = |pc: &Pc| {
        let health = pc.commune.look().health.clone();
        health.is_some_and(|health| health.generation == 3)
    };
    for _ in 0..100 {
        pc.pass(Duration::from_secs(1)).await;
        if known(&pc) {
            break;
        }
    }
    assert!(known(&pc), "the server knows how the station is");
    let posts = |pc: &Pc| {
        let asked = pc.commune.look().asked.clone();
        let posts = asked.iter().filter(|(path, _)| path.ends_with("/as-run"));
        posts.count()
    };
    pc.pass_until(|_| posts(&pc) == 2).await;
    pc.pass(Duration::from_secs(60)).await;
    assert_eq!(posts(&pc), 2, "once in each of two journals");
    pc.skip(Duration::from_hours(6)).await;
    pc.pass(Duration::from_secs(5)).await;
    assert_eq!(posts(&pc), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_state_is_moved_aside_and_the_station_goes_on() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.shut_down().await;
    let path = pc.state_dir().join("state.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..64].fill(7);
    overwrite(&path, &bytes);

    pc.switch_on().await;
    pc.prepared(1).await;
    let aside = std::fs::read(pc.state_dir().join("state.db.damaged-1")).unwrap();
    assert!(aside == bytes, "what was there is kept as it was");
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_lost_counts_its_lines_in_a_journal_of_their_own() {
    let pc = Pc::beside_server(at(6, 0)).await;
    pc.enrol().await.unwrap();
    let enrolled = Enrolment::load(pc.state_dir()).unwrap().unwrap();
    let mut names = Vec::new();
    for (folder, fresh) in [("state-1", 1), ("state-2", 2), ("state-2", 3)] {
        let folder = pc.state_dir().join(folder);
        let fresh = JournalId::from_random([fresh; 10]);
        let (mut state, _) = State::open(&folder, fresh).await.unwrap();
        let (station, journal) = (&enrolled.station, &enrolled.journal);
        state.adopt(station, journal).await.unwrap();
        names.push(state.journal.clone());
        state.close().await.unwrap();
    }
    assert_ne!(names[0], names[1], "the server has lines of the first one");
    assert_eq!(names[1], names[2], "a restart goes on with its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_players_on_one_folder_are_refused() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.until(|status| status.station.is_some()).await;
    let refused = state::lock(pc.state_dir()).unwrap_err();
    assert!(
        refused.to_string().contains("another player runs"),
        "{refused}"
    );
}

#[expect(clippy::disallowed_methods, reason = "a disk that rots asks nobody")]
fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_while_the_stream_says_that_just_what_is_held_is_in_force() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(17, 0), 2));
    pc.prepared(1).await;
    let four_minutes = Duration::from_secs(240);
    let asked = || {
        let inside = pc.commune.look();
        let asked = inside.asked.iter();
        asked
            .filter(|(path, _)| path.ends_with("/programme"))
            .count()
    };
    pc.skip(Duration::from_secs(1)).await;
    let before = asked();
    for _ in 0..15 {
        pc.commune.say_what_is_in_force();
        tokio::time::sleep(Duration::from_millis(50)).await;
        pc.skip(four_minutes).await;
    }
    pc.pass(Duration::from_secs(2)).await;
    assert_eq!(asked(), before);
    // Another server, or one that is silent, is asked as ever.
    for _ in 0..10 {
        pc.skip(four_minutes).await;
    }
    pc.pass_until(|_| asked() > before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_that_is_held_is_asked_for_by_its_tag_and_never_sent_again() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(18, 0), 2));
    pc.prepared(1).await;
    // Nobody says on the stream what is in force, so that it asks; then as it was just started.
    for restarts in [false, true] {
        pc.commune.look().asked.clear();
        if restarts {
            pc.shut_down().await;
            pc.commune.look().asked.clear();
            pc.switch_on().await;
        } else {
            pc.skip(Duration::from_secs(20 * 60)).await;
        }
        pc.pass_until(|_| !answers(&pc).is_empty()).await;
        let answers = answers(&pc);
        let unchanged = |status: &StatusCode| *status == StatusCode::NOT_MODIFIED;
        assert!(answers.iter().all(unchanged), "{restarts}: {answers:?}");
    }
    let status = pc.status().await;
    assert_eq!((status.generation, status.faults), (1, Vec::new()));

    pc.commune.publish(&pc.commune.one(2, 1, at(18, 0), 2));
    pc.prepared(2).await;
    assert!(answers(&pc).contains(&StatusCode::OK), "another is sent");
}

/// What the PC was answered when it asked for its programme.
fn answers(pc: &Pc) -> Vec<StatusCode> {
    let inside = pc.commune.look();
    let asked = inside.asked.iter();
    let asked = asked.filter(|(path, _)| path.ends_with("/station/programme"));
    asked.map(|(_, status)| *status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_due_without_power_is_told_although_the_programme_that_comes_first_lacks_it() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(10 * 60)).await;
    let off = Duration::from_secs(50 * 60);
    pc.power_off(off, instant(at(6, 10))).await;
    let mut newer = pc.commune.empty_programme(2);
    newer.issued_at = instant(at(6, 50));
    pc.commune.publish(&newer);
    // The link brings the programme, and is too slow to set a clock by it.
    pc.commune.look().time_takes = Duration::from_secs(14);
    pc.switch_on().await;
    pc.until(|status| status.generation == 2).await;
    let status = pc.status().await;
    assert_eq!(status.wall, None, "nobody knows the time: {status:?}");
    pc.commune.look().time_takes = Duration::ZERO;
    pc.pass_until(|status| status.wall.is_some()).await;
    let records = pc.reported(1).await;
    let missed = Outcome::Missed {
        why: MissedCause::PowerOff,
    };
    let [Record::Outcome { outcome, .. }] = &*records else {
        panic!("one line: {records:?}");
    };
    assert_eq!(*outcome, missed);
}
