//! How close to the planned instant the first sample is heard: a village PC that holds what was
//! ordered on the panel, with its server and without, and beside it the programs that a village
//! would otherwise start by a timer, in one run on one virtual card.
//!
//! Each start is captured from the card's monitor and found by correlation, to the sample. The
//! virtual card takes a block about 10 ms before a real one would sound it, so the figures of all
//! programs are early by that much; the spread is what counts. `LOABAN_BENCH_STARTS` sets how many
//! starts of each are measured.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, hint, thread};

use jiff::{SignedDuration, Timestamp};
use programme::units::BootTime;
use tokio::runtime;
use town::budget::judge;
use town::capture::{Capture, Captured, boot_time, late_ms, wait_until};
use town::chatter::write_wav;
use town::correlate::find_in;
use town::sound_card::{SoundCard, bench_with_virtual_card};
use town::town::{Town, Who, as_wav, boot_time_at, full_second, sample, sleep_until};
use town::village::Village;

/// Starts of each program, unless the environment says otherwise.
const STARTS: usize = 100;

/// Length of the announcement: a second of speech.
const SECONDS: &str = "1";

/// From one start to the next: the announcement has ended, and the card is as idle as before.
const APART: Duration = Duration::from_secs(3);

/// How early a start is looked for already.
const EARLIEST: Duration = Duration::from_millis(100);

/// How late a start is still looked for.
const LATEST: Duration = Duration::from_millis(900);

/// How early the virtual card takes a block, in milliseconds.
const BIAS_MS: f64 = -10.0;

/// The budget: spread, and distance of the median from the bias, in milliseconds.
const BUDGET_MS: (f64, f64) = (2.0, 10.0);

fn main() {
    bench_with_virtual_card(|mut card| {
        card.plug_in();
        let starts = env::var("LOABAN_BENCH_STARTS").ok();
        let starts = starts
            .and_then(|starts| starts.parse().ok())
            .unwrap_or(STARTS);
        let runtime = runtime::Builder::new_multi_thread().enable_all().build();
        let (sound, ours) = runtime
            .expect("a runtime")
            .block_on(village_pc(&card, starts));
        println!("\nFirst sample against the planned instant, in ms (the virtual card: {BIAS_MS})");
        println!(
            "{:22} {:>6} {:>9} {:>9} {:>9} {:>9} {:>8}",
            "program", "starts", "median", "min", "max", "spread", "unheard"
        );
        for (name, found) in ["Loa Bản, online", "Loa Bản, offline"].iter().zip(&ours) {
            found.print(name);
        }
        let folder = tempfile::tempdir().expect("a folder");
        for other in Other::all(folder.path(), &sound) {
            let capture = Capture::of(&card);
            let planned: Vec<_> = (0..starts).map(|_| other.start()).collect();
            thread::sleep(Duration::from_millis(300));
            Found::of(&capture.stop(), &sound, &planned).print(other.name);
        }
        let (spread, median) = BUDGET_MS;
        for (when, found) in ["online", "offline"].iter().zip(&ours) {
            judge(
                &format!("our spread, {when}"),
                found.max - found.min,
                spread,
            );
            judge(
                &format!("our median, less the card's own, {when}"),
                (found.median - BIAS_MS).abs(),
                median,
            );
        }
    });
}

/// What is heard of a village PC while its server is there, and then while it is not; and before
/// that the announcement itself.
async fn village_pc(card: &SoundCard, starts: usize) -> (Vec<f32>, [Found; 2]) {
    let mut town = Town::built().await;
    let mut village = Village::with_card(card);
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    village
        .enrol(&town.url(), &code)
        .expect("the code lets the PC in");
    village.power_on().await;
    let folder = tempfile::tempdir().expect("a folder");
    let speech = folder.path().join("speech.wav");
    as_wav(&sample("health-book.vi.ogg"), &speech);
    let second = folder.path().join("second.wav");
    let mut cut = Command::new("ffmpeg");
    cut.args(["-v", "error", "-ss", "1", "-t", SECONDS, "-i"]);
    let cut = cut.arg(&speech).arg(&second).status();
    assert!(cut.is_ok_and(|cut| cut.success()), "ffmpeg cut nothing");
    let approved = town.approved_of("Sổ sức khoẻ", &[("vi", second)]).await;
    let sound = head.sound(&approved.recordings[0], &folder).await;

    // An order takes the server a moment, and the PC shall hold them all before the first.
    let order = Duration::from_millis(500);
    let first = full_second(order * (2 * starts as u32) + Duration::from_secs(30));
    let online = instants(first, starts);
    let offline = instants(online[starts - 1] + SignedDuration::from_secs(20), starts);
    for at in online.iter().chain(&offline) {
        head.air_once(&approved.id, &town.village, *at).await.done();
    }
    admin.holds(&station).await;
    assert!(
        full_second(Duration::ZERO) < first,
        "all was ordered in time"
    );
    let with_server = heard(card, &online, &sound).await;
    town.stop_server().await;
    let alone = heard(card, &offline, &sound).await;
    (sound, [with_server, alone])
}

fn instants(first: Timestamp, starts: usize) -> Vec<Timestamp> {
    let apart = SignedDuration::try_from(APART).expect("a few seconds");
    (0..starts).map(|n| first + apart * n as i32).collect()
}

/// Listens while an announcement starts at each of these instants.
async fn heard(card: &SoundCard, at: &[Timestamp], sound: &[f32]) -> Found {
    sleep_until(at[0] - SignedDuration::from_secs(5)).await;
    let capture = Capture::of(card);
    let mut planned = Vec::new();
    for at in at {
        sleep_until(*at).await;
        planned.push(boot_time_at(*at));
    }
    tokio::time::sleep(APART).await;
    Found::of(&capture.stop(), sound, &planned)
}

/// When the first sample was heard, in milliseconds after the planned instant.
struct Found {
    starts: usize,
    median: f64,
    min: f64,
    max: f64,
    /// Starts that were not heard whole: the machine was too busy to sound them.
    unheard: usize,
}

impl Found {
    fn of(heard: &Captured, sound: &[f32], planned: &[BootTime]) -> Self {
        let mut late = Vec::new();
        for start in planned {
            let from = heard.frame_at(start.saturating_sub(EARLIEST));
            let to = heard.frame_at(start.saturating_add(LATEST)) + sound.len();
            let found = find_in(sound, heard.samples(), from..to);
            if found.likeness > 0.9 {
                late.push(late_ms(heard.instant_of(found.frame), *start));
            }
        }
        assert!(!late.is_empty(), "it was never heard");
        late.sort_by(f64::total_cmp);
        Self {
            starts: planned.len(),
            median: late[late.len() / 2],
            min: late[0],
            max: late[late.len() - 1],
            unheard: planned.len() - late.len(),
        }
    }

    fn print(&self, name: &str) {
        let Self {
            starts,
            median,
            min,
            max,
            unheard,
        } = self;
        let spread = max - min;
        println!("{name:22} {starts:6} {median:9.2} {min:9.2} {max:9.2} {spread:9.2} {unheard:8}");
    }
}

/// A program that is started at the instant, as a timer would.
struct Other {
    name: &'static str,
    arguments: Vec<&'static str>,
    file: PathBuf,
}

impl Other {
    fn all(folder: &Path, sound: &[f32]) -> [Self; 3] {
        let (wav, mp3) = (folder.join("cue.wav"), folder.join("cue.mp3"));
        write_wav(&wav, sound);
        let mut encode = Command::new("ffmpeg");
        encode.args(["-v", "error", "-i"]).arg(&wav);
        let encoded = encode.args(["-b:a", "128k"]).arg(&mp3).status();
        assert!(encoded.is_ok_and(|it| it.success()), "ffmpeg made no mp3");
        let other = |name, arguments: &[&'static str], file: &Path| Self {
            name,
            arguments: arguments.to_vec(),
            file: file.to_owned(),
        };
        let quiet = ["-nodisp", "-autoexit", "-loglevel", "quiet"];
        [
            other("aplay", &["-q"], &wav),
            other("mpg123", &["-q"], &mp3),
            other("ffplay", &quiet, &wav),
        ]
    }

    /// Plays the announcement once, to its end, and says for when it was planned.
    fn start(&self) -> BootTime {
        // Long enough for the card to be as idle as before the first start.
        let planned = boot_time().saturating_add(Duration::from_millis(300));
        wait_until(planned.saturating_sub(Duration::from_millis(1)));
        while boot_time() < planned {
            hint::spin_loop();
        }
        let Self {
            name,
            arguments,
            file,
        } = self;
        let mut play = Command::new(name);
        play.args(arguments)
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let played = play
            .status()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(played.success(), "{name} failed");
        planned
    }
}
