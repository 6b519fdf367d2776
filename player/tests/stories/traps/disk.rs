//! The trap of the read-only file system that looks healthy: it gives back all that it held, says
//! how much room it has, and everything seems well until something is written.
//!
//! The kernel refuses each byte that this process writes into a file (RLIMIT_FSIZE): to the player
//! that is a disk that is full or read-only, and all else goes on.

use std::time::Duration;

use loaban_player::daemon::{Standing, Status};
use loaban_player::doctor;
use programme::as_run::{CutCause, DISK_UNWRITABLE, Outcome, Record};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{MINUTE, is_told, page};
use crate::commune::clock_of;
use crate::pc::{Pc, at, is_on_air};

/// While it lives, the disk takes nothing.
pub struct NoDisk {
    before: Rlimit,
    /// Taken, for it would end the process.
    _refused: Signal,
}

impl NoDisk {
    pub fn now() -> Self {
        let refused = signal(SignalKind::from_raw(libc::SIGXFSZ)).unwrap();
        let before = getrlimit(Resource::Fsize);
        let nothing = Rlimit {
            current: Some(0),
            maximum: before.maximum,
        };
        setrlimit(Resource::Fsize, nothing).unwrap();
        Self {
            before,
            _refused: refused,
        }
    }
}

impl Drop for NoDisk {
    fn drop(&mut self) {
        setrlimit(Resource::Fsize, self.before).unwrap();
    }
}

fn is_unwritable(status: &Status) -> bool {
    status.standing == Standing::Unwritable
}

/// Lets time pass until the player has gone on, and everybody is told.
async fn goes_on(pc: &Pc) {
    for _ in 0..100 {
        pc.skip(Duration::from_secs(2)).await;
        pc.pass(Duration::from_millis(500)).await;
        if pc.status().await.standing == Standing::Ready && !is_told(pc) {
            return;
        }
    }
    panic!("it does not go on: {:#?}", pc.status().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_read_only_file_system_looks_healthy_page_and_panel_say_that_nothing_airs() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    let only = programme::programme::MissedRule::OnlyThen;
    pc.commune.add(&mut programme, 2, at(7, 30), 2, only);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    let no_disk = NoDisk::now();
    // It is found out without a cue.
    pc.skip(61 * Duration::from_secs(1)).await;
    pc.until(is_unwritable).await;
    pc.pass_until(|_| is_told(&pc)).await;
    let free = pc.commune.look().health.clone().unwrap().disk_free_bytes;
    assert!(free > 0, "what takes nothing is not full for that");
    let said = page(&pc).await;
    assert!(said.contains("KHÔNG PHÁT: KHÔNG GHI ĐƯỢC Ổ ĐĨA"), "{said}");
    let findings = doctor::examine(&pc.settings, &clock_of(&pc.clock)).await;
    let disk = findings.iter().find(|finding| finding.what == "disk");
    assert!(disk.unwrap().cure.is_some(), "{findings:#?}");

    // A cue comes, and cannot be on record: nothing is heard, and the page is still there.
    pc.skip(30 * MINUTE).await;
    pc.pass(Duration::from_secs(10)).await;
    // Until it is too late to be heard.
    pc.skip(20 * MINUTE).await;
    let status = pc.until(is_unwritable).await;
    assert_eq!((status.generation, status.next), (1, Vec::new()));
    assert!(!pc.wav_file().exists(), "nothing was heard");
    let english = reqwest::get(format!("{}/?language=en", pc.screen())).await;
    let english = english.unwrap().text().await.unwrap();
    assert!(english.contains("NOTHING AIRS"), "{english}");
    assert!(!english.contains("Next: 07:30"), "it promises nothing");
    assert!(is_told(&pc));

    drop(no_disk);
    goes_on(&pc).await;
    let wall = pc.status().await.wall.unwrap();
    pc.skip(crate::pc::instant(at(7, 30)).since(wall) - Duration::from_secs(5))
        .await;
    pc.pass_until(is_on_air).await;
    let records = pc.reported(4).await;
    let [Record::Outcome { outcome, .. }, Record::Started { .. }, ..] = &records[..] else {
        panic!("{records:#?}");
    };
    assert!(matches!(outcome, Outcome::Missed { .. }), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_in_the_middle_of_the_journal_silences_on_record_and_is_waited_for() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.commune.look().also_takes = vec![DISK_UNWRITABLE.to_owned()];
    pc.enrol().await.unwrap();
    pc.switch_on().await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 60));
    pc.prepared(1).await;
    pc.skip(30 * MINUTE - Duration::from_secs(5)).await;
    pc.pass_until(|status| {
        let cue = status.on_air.as_ref();
        cue.is_some_and(|cue| cue.position > Duration::from_secs(5))
    })
    .await;
    let no_disk = NoDisk::now();
    pc.pass_until(is_unwritable).await;
    pc.pass_until(|_| is_told(&pc)).await;
    pc.skip(10 * MINUTE).await;
    assert!(is_unwritable(&pc.status().await));
    drop(no_disk);
    goes_on(&pc).await;
    let records = pc.reported(3).await;
    let Record::Ended { position, cut, .. } = &records[1] else {
        panic!("{records:#?}");
    };
    assert_eq!(*cut, Some(CutCause::DiskUnwritable));
    assert!((3..=8).contains(&position.as_secs()), "{position:?}");
    pc.pass(Duration::from_secs(5)).await;
    assert_eq!(pc.commune.records().len(), 3, "it does not air again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_cannot_be_made_keeps_the_page_up_until_it_can() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    let folder = pc.state_dir().to_owned();
    recordings::durable::write(&folder, b"no folder").unwrap();
    pc.switch_on().await;
    pc.until(is_unwritable).await;
    recordings::durable::remove(&folder).unwrap();
    for _ in 0..40 {
        pc.skip(Duration::from_secs(2)).await;
    }
    pc.until(|status| status.standing == Standing::NotEnrolled)
        .await;
    pc.enrol().await.unwrap();
    pc.skip(Duration::from_secs(2)).await;
    pc.until(|status| status.station.is_some() && status.wall.is_some())
        .await;
}
