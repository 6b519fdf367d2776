//! Cuts the power at each step of what was written, and starts with what the disk has left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use loaban_player::state::State;
use loaban_player::station::Enrolment;
use loaban_server::clock::Randomness;
use programme::as_run::chain::Tip;
use programme::ids::{ContentHash, JournalId};
use programme::signed::Envelope;
use recordings::Error;
use recordings::store::Store;
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use town::deeds::text;
use town::disk::{Act, Disk, lay_out, read};
use town::town::now;
use town::village::nothing_is_torn;

use crate::told::Told;

/// So many ways in which the disk may keep what was not flushed are looked at after each step.
const WAYS: u32 = 3;

/// What the story came to, by which each cut within it is judged.
struct Judge<'s> {
    /// The stations that the PC became, one after the other.
    stations: &'s [&'s str],
    /// All that it told in the end.
    told: Told,
    /// Each recording as the server has it, with the hash of what airs of it.
    recordings: BTreeMap<ContentHash, (Vec<u8>, String)>,
}

/// Cuts the power at each step of what the logs tell of, and gives back what was told at the end.
///
/// `stations` are those that the PC became, one after the other.
pub async fn replay(logs: &[PathBuf], root: &Path, stations: &[&str]) -> Told {
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
    let judge = Judge::of(&acts, root, stations);
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
                judge.look(&left, &told, step).await;
            }
        }
    }
    println!("{} steps, {} disks", acts.len(), seen.len());
    assert!(told.enrolled > 0, "it said that the PC is a station");
    assert!(seen.len() > 100, "the disk had its way");
    told
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

fn fingerprint(left: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<(PathBuf, ContentHash)> {
    let hash = |(path, bytes): (&PathBuf, &Vec<u8>)| (path.clone(), ContentHash::of(bytes));
    left.iter().map(hash).collect()
}

impl<'s> Judge<'s> {
    fn of(acts: &[Act], root: &Path, stations: &'s [&'s str]) -> Self {
        let mut told = Told::default();
        for act in acts {
            if let Act::Say(bytes) = act {
                told.hear(bytes);
            }
        }
        let file = |path: PathBuf| std::fs::read(path).expect("it was made");
        let store = Store::open(&root.join("recordings")).expect("a store");
        let held = store.list().expect("recordings").into_iter();
        let recordings = held.map(|held| {
            let wav = file(root.join(format!("ready/{}.wav", held.hash)));
            let airs = ContentHash::of(&wav).to_string();
            (held.hash, (file(store.path(&held.hash)), airs))
        });
        Self {
            stations,
            told,
            recordings: recordings.collect(),
        }
    }

    /// Starts with what is left, as a player does, and looks at it.
    async fn look(&self, left: &BTreeMap<PathBuf, Vec<u8>>, told: &Told, step: usize) {
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
        let spoke = told.enrolled.checked_sub(1).map(|last| self.stations[last]);
        let journal = opened.journal.clone();
        // While it becomes another one, it keeps nothing of what the former told.
        let kept = match named == spoke {
            true => self.keeps(&mut opened, told).await,
            false => Ok(()),
        };
        opened.close().await.expect("it closes");
        let lines = lines(&state.join("state.db"), &journal).await;
        let kept = kept.and_then(|()| keeps_lines(&lines, &journal, told, named == spoke));
        let kept = kept.and_then(|()| self.airs_whole(state, told));
        kept.unwrap_or_else(|lost| panic!("step {step}: {lost}"));
        // The journal that was told of first is the first station's; another one has its own.
        let other = named.is_some_and(|station| station != self.stations[0]);
        let firsts = told.first.as_deref() == Some(journal.as_str());
        assert!(
            !(other && firsts),
            "step {step}: the PC writes on as the station that it was"
        );
    }

    /// Whether a state has all that was told of.
    async fn keeps(&self, state: &mut State, told: &Told) -> Result<(), String> {
        let programme = state.programme().await.expect("it is read");
        let generation = programme.and_then(|held| signed(&held.envelope)["generation"].as_u64());
        let generation = generation.unwrap_or(0);
        if generation < told.generation {
            return Err(format!(
                "{} was told and {generation} is kept",
                told.generation
            ));
        }
        self.keeps_volume(
            f64::from(state.volume().await.expect("it is read").decibels().0),
            told,
        )?;
        let held = state.emergencies().await.expect("it is read");
        let held = held.unwrap_or_default();
        let names = |words: &[Envelope]| -> BTreeSet<String> {
            words.iter().map(|one| text(&signed(one), "id")).collect()
        };
        has_all(&told.emergencies, &names(&held.envelopes))?;
        has_all(&told.stops, &names(&held.stops))
    }

    /// It is the volume that was told last, or the one that is told next: exactly.
    fn keeps_volume(&self, kept: f64, told: &Told) -> Result<(), String> {
        let last = told.volumes_db.last().copied().unwrap_or(0.0);
        let next = self.told.volumes_db.get(told.volumes_db.len());
        match kept == last || next == Some(&kept) {
            true => Ok(()),
            false => Err(format!(
                "{last} dB was told, {next:?} follows, {kept} is kept"
            )),
        }
    }

    /// Whether what counts as ready is what the server has, and what had arrived of a download
    /// comes to just that, or to nothing.
    fn airs_whole(&self, state: &Path, told: &Told) -> Result<(), String> {
        let mut ready = 0;
        let store = Store::open(&state.join("recordings")).expect("a store");
        for (hash, (bytes, airs)) in &self.recordings {
            // That the file is what its seal says was seen before.
            let seal = std::fs::read_to_string(state.join(format!("ready/{hash}.wav.sha256")));
            if let Ok(seal) = seal {
                ready += 1;
                if seal != *airs {
                    return Err(format!("another sound airs in the place of {hash}"));
                }
            }
            if let Some(damage) = goes_on(&store, hash, bytes) {
                return Err(format!("{hash}: {damage}"));
            }
        }
        match ready >= told.ready {
            true => Ok(()),
            false => Err(format!("{} were told to be ready, {ready} are", told.ready)),
        }
    }
}

/// Goes on with what a download had brought, as a player does, and says what became wrong of it.
fn goes_on(store: &Store, hash: &ContentHash, whole: &[u8]) -> Option<String> {
    let begun = store.list_partial().expect("a folder");
    let begun = begun.into_iter().find(|begun| begun.hash == *hash)?;
    let arrived = usize::try_from(begun.size_bytes).expect("a file");
    let Some(rest) = whole.get(arrived..) else {
        return Some(format!("{arrived} bytes of {} arrived", whole.len()));
    };
    let mut partial = store.partial(hash).expect("a download");
    partial.append(rest).expect("a disk");
    match partial.finish() {
        // What the cut garbled is thrown away, and the next download begins anew.
        Err(Error::Unreadable(_)) if !store.has(hash) && store.arrived_bytes(hash) == 0 => None,
        Err(error) => Some(error.to_string()),
        Ok(_) => store.verify(hash).err().map(|error| error.to_string()),
    }
}

fn has_all(told: &BTreeSet<String>, kept: &BTreeSet<String>) -> Result<(), String> {
    match told.is_subset(kept) {
        true => Ok(()),
        false => Err(format!("{told:?} was told and {kept:?} is kept")),
    }
}

/// Whether the log holds together and has what was told of it, if it is that of the station that
/// `spoke`.
fn keeps_lines(
    lines: &[String],
    journal: &JournalId,
    told: &Told,
    spoke: bool,
) -> Result<(), String> {
    let end = Tip::start(journal).follow_all(lines);
    let kept = end.map_err(|found| found.to_string())?.sequence;
    let sent = told.lines.get(journal.as_str()).copied().unwrap_or(0);
    if kept < sent {
        return Err(format!("{sent} lines were sent and {kept} are kept"));
    }
    // Without that line the emergency would sound again when the power is back.
    let stopped = |line: &String| line.contains(r#""emergency_stopped""#);
    match spoke && told.silenced && !lines.iter().any(stopped) {
        true => Err("an emergency was stopped and sounds again".to_owned()),
        false => Ok(()),
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
