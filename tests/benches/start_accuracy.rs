//! How close to the planned instant the first sample is heard: the player's output, and beside it
//! the programs that a village would otherwise start by a timer, in one run on one virtual card.
//!
//! Each start is captured from the card's monitor and found by correlation, to the sample. The
//! virtual card takes a block about 10 ms before a real one would sound it, so the figures of all
//! programs are early by that much; the spread is what counts. `LOABAN_BENCH_STARTS` sets how many
//! starts of our own are measured; of each other program it is three tenths of that.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot measure stops with a sentence"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, hint, thread};

use programme::units::BootTime;
use town::capture::{Capture, boot_time, late_ms, wait_until};
use town::chatter::{chatter, write_wav};
use town::correlate::find_in;
use town::horn::{Horn, ms};
use town::sound_card::{SoundCard, bench_with_virtual_card};

/// Starts of our own, unless the environment says otherwise.
const STARTS: u32 = 100;

/// Length of the cue: half a second.
const CUE: usize = 24_000;

/// How far ahead the output is asked: the card is open and its timing known by then.
const AHEAD: Duration = Duration::from_millis(700);

/// What is looked for: the first tenth of a second.
const HEAD: usize = 4_800;

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
        let starts = env::var("LOABAN_BENCH_STARTS")
            .ok()
            .and_then(|starts| starts.parse().ok());
        let starts: u32 = starts.unwrap_or(STARTS);
        let sound = chatter(1, CUE);
        let folder = tempfile::tempdir().expect("a folder");
        println!("\nFirst sample against the planned instant, in ms (the virtual card: {BIAS_MS})");
        println!(
            "{:22} {:>6} {:>9} {:>9} {:>9} {:>9} {:>8}",
            "program", "starts", "median", "min", "max", "spread", "unheard"
        );
        let ours = measure(&card, &sound, starts, &mut Program::ours());
        ours.print("Loa Bản", starts);
        for mut program in Program::others(folder.path(), &sound) {
            let starts = (starts * 3 / 10).max(1);
            let found = measure(&card, &sound, starts, &mut program);
            found.print(program.name(), starts);
        }
        let (spread, median) = BUDGET_MS;
        goal("our spread", ours.max - ours.min, spread);
        goal(
            "our median, less the card's own",
            (ours.median - BIAS_MS).abs(),
            median,
        );
    });
}

/// Something that plays a cue at an instant.
enum Program {
    Ours {
        horn: Box<Horn>,
        number: u64,
    },
    Other {
        name: &'static str,
        arguments: Vec<&'static str>,
        file: PathBuf,
    },
}

/// When the first sample was heard, in milliseconds after the planned instant.
struct Found {
    median: f64,
    min: f64,
    max: f64,
    /// Starts whose head was not heard whole: the machine was too busy to sound it.
    unheard: usize,
}

fn measure(card: &SoundCard, sound: &[f32], starts: u32, program: &mut Program) -> Found {
    let capture = Capture::of(card);
    let planned: Vec<_> = (0..starts).map(|_| program.start(sound)).collect();
    thread::sleep(ms(300));
    let heard = capture.stop();
    let head = &sound[..HEAD];
    let mut late = Vec::new();
    for (index, start) in planned.iter().enumerate() {
        let latest = start.saturating_add(LATEST);
        let next = planned
            .get(index + 1)
            .map_or(latest, |next| next.saturating_sub(EARLIEST));
        let from = heard.frame_at(start.saturating_sub(EARLIEST));
        let found = find_in(
            head,
            heard.samples(),
            from..heard.frame_at(latest.min(next)),
        );
        if found.likeness > 0.5 {
            late.push(late_ms(heard.instant_of(found.frame), *start));
        }
    }
    assert!(!late.is_empty(), "{} was never heard", program.name());
    late.sort_by(f64::total_cmp);
    let unheard = planned.len() - late.len();
    Found {
        median: late[late.len() / 2],
        min: late[0],
        max: late[late.len() - 1],
        unheard,
    }
}

impl Found {
    fn print(&self, name: &str, starts: u32) {
        let Self {
            median,
            min,
            max,
            unheard,
        } = self;
        let spread = max - min;
        println!("{name:22} {starts:6} {median:9.2} {min:9.2} {max:9.2} {spread:9.2} {unheard:8}");
    }
}

impl Program {
    fn ours() -> Self {
        Self::Ours {
            horn: Box::new(Horn::on_card()),
            number: 0,
        }
    }

    fn others(folder: &Path, sound: &[f32]) -> [Self; 3] {
        let (wav, mp3) = (folder.join("cue.wav"), folder.join("cue.mp3"));
        write_wav(&wav, sound);
        let mut encode = Command::new("ffmpeg");
        encode
            .args(["-v", "error", "-i"])
            .arg(&wav)
            .args(["-b:a", "128k"])
            .arg(&mp3);
        assert!(
            encode.status().expect("ffmpeg is installed").success(),
            "ffmpeg made no mp3"
        );
        let other = |name, arguments: &[&'static str], file: &Path| {
            let (arguments, file) = (arguments.to_vec(), file.to_owned());
            Self::Other {
                name,
                arguments,
                file,
            }
        };
        let quiet = ["-nodisp", "-autoexit", "-loglevel", "quiet"];
        [
            other("aplay", &["-q"], &wav),
            other("mpg123", &["-q"], &mp3),
            other("ffplay", &quiet, &wav),
        ]
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Ours { .. } => "Loa Bản",
            Self::Other { name, .. } => name,
        }
    }

    /// Plays the cue once, to its end, and says for when it was planned.
    fn start(&mut self, sound: &[f32]) -> BootTime {
        match self {
            Self::Ours { horn, number } => {
                *number += 1;
                let planned = boot_time().saturating_add(AHEAD);
                horn.air(*number, vec![horn.wav("cue", sound)], planned);
                horn.until_finished(*number);
                planned
            }
            Self::Other {
                name,
                arguments,
                file,
            } => {
                // Long enough for the card to be as idle as before the first start.
                let planned = boot_time().saturating_add(ms(300));
                wait_until(planned.saturating_sub(ms(1)));
                while boot_time() < planned {
                    hint::spin_loop();
                }
                let mut play = Command::new(*name);
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
    }
}

fn goal(what: &str, found: f64, at_most: f64) {
    let verdict = if found <= at_most { "met" } else { "NOT MET" };
    println!("      {what}: {found:.2}, goal ≤ {at_most}: {verdict}");
}
