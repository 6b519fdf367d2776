//! The power goes at each step of what a player writes, and the disk keeps of what was not flushed
//! whatever it likes: what was said to be kept is there, and everything else is whole or absent.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on has failed, also outside a test function"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use loaban_player::state::State;
use loaban_player::station::Enrolment;
use loaban_server::clock::Randomness;
use programme::as_run::chain::Tip;
use programme::ids::{ContentHash, JournalId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use town::disk::{Act, Disk, lay_out, read};
use town::town::{Town, Who, full_second, now};
use town::village::{Village, nothing_is_torn};

/// So many ways in which the disk may keep what was not flushed are looked at after each step.
const WAYS: u32 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_disk_keeps_at_each_step_the_player_finds_what_it_said_was_kept() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let enrolling = village.watch("enrol");
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    let approved = town.announcement(1).await;
    let running = village.watch("run");
    village.power_on().await;
    let at = full_second(Duration::from_secs(8));
    head.air_once(&approved.id, &town.village, at).await.done();
    head.logged(&station, at, |line| line["state"] == "known")
        .await;
    assert!(village.shut_down().await.success());

    // The PC becomes another station, and forgets the first.
    let (other, code) = admin.new_station(&town.village).await;
    let enrolling_again = village.watch("enrol-again");
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    let running_again = village.watch("run-again");
    village.power_on().await;
    admin.holds(&other).await;
    assert!(village.shut_down().await.success());

    let seed = std::env::var("LOABAN_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(now().as_microsecond().unsigned_abs());
    println!("LOABAN_SEED={seed}");
    let mut logs = Vec::new();
    for log in [enrolling, running, enrolling_again, running_again] {
        logs.push(whole(&log).await);
    }
    let acts = read(&logs, &village.state());
    replay(&acts, &village.state(), &station, &Randomness::seeded(seed)).await;
}

/// What strace wrote, once it has written all.
async fn whole(log: &Path) -> String {
    loop {
        let text = std::fs::read_to_string(log).expect("strace writes a log");
        if text.trim_end().ends_with("+++") && text.contains("+++ exited with 0") {
            return text;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the program has told the world.
#[derive(Default)]
struct Told {
    /// That the PC is a station.
    enrolled: bool,
    /// The highest line of each journal.
    lines: BTreeMap<String, u64>,
    /// The journal that it told of first.
    first: Option<String>,
}

impl Told {
    fn hear(&mut self, said: &[u8]) {
        let said = String::from_utf8_lossy(said);
        // `loaban-player enrol` says so on the terminal.
        self.enrolled |= said.starts_with("This PC is ");
        let Some((_, batch)) = said.split_once(r#"{"journal":""#) else {
            return;
        };
        let journal: String = batch.chars().take_while(|letter| *letter != '"').collect();
        self.first.get_or_insert_with(|| journal.clone());
        let highest = self.lines.entry(journal).or_default();
        // A batch carries its lines as texts, in which quotation marks are escaped.
        for number in batch.split(r#"\"sequence\":"#).skip(1) {
            let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
            *highest = digits
                .parse()
                .map_or(*highest, |number: u64| number.max(*highest));
        }
    }
}

async fn replay(acts: &[Act], root: &Path, first: &str, chance: &Randomness) {
    let (mut disk, mut told) = (Disk::default(), Told::default());
    let mut seen = BTreeSet::new();
    for (step, act) in acts.iter().enumerate() {
        disk.act(act);
        if let Act::Say(bytes) = act {
            told.hear(bytes);
        }
        for _ in 0..WAYS {
            let left = disk.cut(root, chance);
            let known = (told.lines.clone(), told.enrolled, fingerprint(&left));
            if seen.insert(known) {
                judge(&left, &told, first, step).await;
            }
        }
    }
    println!("{} steps, {} disks", acts.len(), seen.len());
    assert!(told.enrolled, "it said that the PC is a station");
    assert!(
        told.lines.values().any(|lines| *lines >= 3),
        "it told of what it aired"
    );
    assert!(seen.len() > 100, "the disk had its way");
}

fn fingerprint(left: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<(PathBuf, ContentHash)> {
    let hash = |(path, bytes): (&PathBuf, &Vec<u8>)| (path.clone(), ContentHash::of(bytes));
    left.iter().map(hash).collect()
}

/// Starts with what is left, as a player does, and looks at it.
async fn judge(left: &BTreeMap<PathBuf, Vec<u8>>, told: &Told, first: &str, step: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path();
    lay_out(left, state);
    let enrolment = Enrolment::load(state).unwrap_or_else(|e| panic!("step {step}: {e:#}"));
    let lost = enrolment.is_none() && told.enrolled;
    assert!(!lost, "step {step}: the enrolment is gone");
    nothing_is_torn(state);
    let opened = State::open(state, JournalId::from_random([9; 10])).await;
    let (mut opened, moved) = opened.unwrap_or_else(|error| panic!("step {step}: {error:#}"));
    assert_eq!(moved, None, "step {step}: a power cut damages no state");
    if let Some(Enrolment {
        station, journal, ..
    }) = &enrolment
    {
        opened
            .adopt(station, journal)
            .await
            .expect("it is that of the station");
    }
    let journal = opened.journal.clone();
    opened.close().await.expect("it closes");
    let lines = lines(&state.join("state.db"), &journal).await;
    let end = Tip::start(&journal).follow_all(&lines);
    let kept = end
        .unwrap_or_else(|found| panic!("step {step}: {found}"))
        .sequence;
    let sent = told.lines.get(journal.as_str()).copied().unwrap_or(0);
    assert!(
        kept >= sent,
        "step {step}: {sent} lines were sent and {kept} are kept"
    );
    // The journal that was told of first is the first station's; another one has its own.
    let other = enrolment.is_some_and(|enrolment| enrolment.station.as_str() != first);
    let firsts = told.first.as_deref() == Some(journal.as_str());
    assert!(
        !(other && firsts),
        "step {step}: the PC writes on as the station that it was"
    );
}

async fn lines(path: &Path, journal: &JournalId) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(path);
    let mut db = options.connect().await.expect("it opens");
    let lines =
        sqlx::query_scalar("SELECT entry FROM journal WHERE journal = $1 ORDER BY sequence")
            .bind(journal.as_str())
            .fetch_all(&mut db)
            .await
            .expect("lines");
    db.close().await.expect("it closes");
    lines
}
