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
use programme::air::DOUBLE_CLICK;
use programme::as_run::chain::Tip;
use programme::ids::{ContentHash, JournalId};
use programme::signed::Envelope;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use town::deeds::text;
use town::disk::{Act, Disk, lay_out, read};
use town::town::{Town, VILLAGE, Who, full_second, now};
use town::village::{Village, nothing_is_torn};

/// So many ways in which the disk may keep what was not flushed are looked at after each step.
const WAYS: u32 = 3;
/// How often the PC's page is looked at.
const LOOKS: u32 = 300;

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

    let logs = [enrolling, running, enrolling_again, running_again];
    let told = replay(&logs, &village.state(), &[&station, &other]).await;
    assert!(
        told.lines.values().any(|lines| *lines >= 3),
        "it told of what it aired"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_by_network_by_hand_and_by_stick_is_kept_once_the_player_tells_of_it() {
    let mut town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let officer = town.script(Who::Officer);
    officer.choose_pin(&town, Who::Officer).await;
    let (station, code) = admin.new_station(&town.village).await;
    let approved = town.announcement(1).await;
    let mut village = Village::with_wav_file();
    let enrolling = village.watch("enrol");
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    let running = village.watch("run");
    village.power_on().await;

    // One programme takes the place of another.
    for hours in [1, 2] {
        let at = full_second(Duration::from_secs(hours * 3_600));
        head.air_once(&approved.id, &town.village, at).await.done();
        admin.holds(&station).await;
    }
    press(&village, "volume", &[("to", "louder")]).await;
    press(&village, "volume", &[("to", "louder")]).await;
    officer
        .order_emergency(&approved.id, &town.village, 9)
        .await;
    tells(&village, |told| !told["emergency"].is_null()).await;
    admin
        .says(&station, |health| !health["emergencies"][0].is_null())
        .await;
    press(&village, "stop", &[]).await;
    tells(&village, |told| told["stop_asked"] == true).await;
    // A second press that comes at once is the hand's, not the head's.
    tokio::time::sleep(DOUBLE_CLICK).await;
    press(&village, "stop", &[]).await;
    tells(&village, |told| told["emergency"].is_null()).await;
    assert!(village.shut_down().await.success());

    // The next one comes by stick, to a village without internet.
    let at = full_second(Duration::from_secs(3 * 3_600));
    head.air_once(&approved.id, &town.village, at).await.done();
    let stick = tempfile::tempdir().expect("a stick");
    let place = stick.path().display().to_string();
    town.command_line(&["bundle", "export", &place, "--area", VILLAGE], "");
    town.stop_server().await;
    let offline = village.watch("offline");
    village.power_on().await;
    let before = tells(&village, |told| told["generation"] != 0).await["generation"].clone();
    press(&village, "stick", &[("path", &place)]).await;
    tells(&village, |told| {
        told["generation"].as_u64() > before.as_u64()
    })
    .await;
    press(&village, "volume", &[("to", "louder")]).await;
    assert!(village.shut_down().await.success());

    let logs = [enrolling, running, offline];
    let told = replay(&logs, &village.state(), &[&station]).await;
    assert!(
        told.generation > before.as_u64().unwrap_or(0),
        "the stick's"
    );
    assert_eq!(told.volume_db, Some(6.0), "two presses louder, and no more");
    assert_eq!(told.emergencies.len(), 1, "it told of the emergency");
}

/// Presses a key on the PC's page.
async fn press(village: &Village, key: &str, with: &[(&str, &str)]) {
    let browser = reqwest::Client::new();
    let pressed = browser
        .post(format!("{}/{key}", village.screen()))
        .form(with);
    let answer = pressed.send().await.expect("the page answers");
    assert!(answer.status().is_success(), "{key}: {answer:?}");
}

/// Waits until the PC's page tells what is wanted.
async fn tells(village: &Village, fits: impl Fn(&Value) -> bool) -> Value {
    let mut told = Value::Null;
    for _ in 0..LOOKS {
        let answer = reqwest::get(format!("{}/status", village.screen())).await;
        told = answer.expect("the page").json().await.expect("a status");
        if fits(&told) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the page still tells {told:#}");
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
#[derive(Debug, Default)]
struct Told {
    /// How often it became a station.
    enrolled: usize,
    /// The highest line of each journal.
    lines: BTreeMap<String, u64>,
    /// The journal that it told of first.
    first: Option<String>,
    /// The newest programme of this station.
    generation: u64,
    /// The volume that was set last.
    volume_db: Option<f64>,
    /// The emergencies that it holds for this station.
    emergencies: BTreeSet<String>,
}

impl Told {
    fn hear(&mut self, said: &[u8]) {
        let said = String::from_utf8_lossy(said);
        // `loaban-player enrol` says so on the terminal.
        if said.starts_with("This PC is ") {
            self.enrolled += 1;
            self.generation = 0;
            self.emergencies.clear();
        }
        self.hear_of_state(&said);
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

    /// What it tells of itself to the server and on its page: both name the same things alike.
    fn hear_of_state(&mut self, said: &str) {
        let body = said.split_once("\r\n\r\n").map_or(said, |(_, body)| body);
        let Ok(state) = serde_json::from_str::<Value>(body) else {
            return;
        };
        self.generation = state["generation"]
            .as_u64()
            .map_or(self.generation, |told| told.max(self.generation));
        self.volume_db = state["volume_db"].as_f64().or(self.volume_db);
        let held = state["emergencies"].as_array().into_iter().flatten();
        let names = held.filter_map(|one| one["id"].as_str());
        self.emergencies.extend(names.map(str::to_owned));
    }
}

/// Cuts the power at each step of what the logs tell of, and gives back what was told at the end.
///
/// `stations` are those that the PC became, one after the other.
async fn replay(logs: &[PathBuf], root: &Path, stations: &[&str]) -> Told {
    let seed = std::env::var("LOABAN_SEED")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(now().as_microsecond().unsigned_abs());
    println!("LOABAN_SEED={seed}");
    let chance = Randomness::seeded(seed);
    let mut written = Vec::new();
    for log in logs {
        written.push(whole(log).await);
    }
    let acts = read(&written, root);
    let (mut disk, mut told) = (Disk::default(), Told::default());
    let mut seen = BTreeSet::new();
    for (step, act) in acts.iter().enumerate() {
        disk.act(act);
        if let Act::Say(bytes) = act {
            told.hear(bytes);
        }
        for _ in 0..WAYS {
            let left = disk.cut(root, &chance);
            let known = (format!("{told:?}"), fingerprint(&left));
            if seen.insert(known) {
                judge(&left, &told, stations, step).await;
            }
        }
    }
    println!("{} steps, {} disks", acts.len(), seen.len());
    assert!(told.enrolled > 0, "it said that the PC is a station");
    assert!(seen.len() > 100, "the disk had its way");
    told
}

fn fingerprint(left: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<(PathBuf, ContentHash)> {
    let hash = |(path, bytes): (&PathBuf, &Vec<u8>)| (path.clone(), ContentHash::of(bytes));
    left.iter().map(hash).collect()
}

/// Starts with what is left, as a player does, and looks at it.
async fn judge(left: &BTreeMap<PathBuf, Vec<u8>>, told: &Told, stations: &[&str], step: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path();
    lay_out(left, state);
    let enrolment = Enrolment::load(state).unwrap_or_else(|e| panic!("step {step}: {e:#}"));
    let lost = enrolment.is_none() && told.enrolled > 0;
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
    let named = enrolment
        .as_ref()
        .map(|enrolment| enrolment.station.as_str());
    let spoke = told.enrolled.checked_sub(1).map(|last| stations[last]);
    // While it becomes another one, it keeps nothing of what the former told.
    if named == spoke
        && let Err(lost) = keeps(&mut opened, told).await
    {
        panic!("step {step}: {lost}");
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
    let other = enrolment.is_some_and(|enrolment| enrolment.station.as_str() != stations[0]);
    let firsts = told.first.as_deref() == Some(journal.as_str());
    assert!(
        !(other && firsts),
        "step {step}: the PC writes on as the station that it was"
    );
}

/// Whether a state has all that was told of.
async fn keeps(state: &mut State, told: &Told) -> Result<(), String> {
    let programme = state.programme().await.expect("it is read");
    let generation = programme.and_then(|held| signed(&held.envelope)["generation"].as_u64());
    let generation = generation.unwrap_or(0);
    if generation < told.generation {
        return Err(format!(
            "{} was told and {generation} is kept",
            told.generation
        ));
    }
    let volume = state.volume().await.expect("it is read");
    let volume_db = f64::from(volume.decibels().0);
    // It was only ever turned up.
    if told.volume_db.is_some_and(|told| volume_db < told) {
        return Err(format!(
            "{:?} dB was told and {volume_db} is kept",
            told.volume_db
        ));
    }
    let held = state.emergencies().await.expect("it is read");
    let held = held.map_or_else(Vec::new, |held| held.envelopes);
    let held: BTreeSet<String> = held.iter().map(|one| text(&signed(one), "id")).collect();
    match told.emergencies.is_subset(&held) {
        true => Ok(()),
        false => Err(format!(
            "{:?} was told and {held:?} is kept",
            told.emergencies
        )),
    }
}

/// What was signed.
fn signed(envelope: &Envelope) -> Value {
    serde_json::from_slice(&envelope.payload).expect("it is JSON")
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
