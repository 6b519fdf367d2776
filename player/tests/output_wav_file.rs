//! The output that writes a file, under a clock that the test turns: what the file holds between
//! cues, after long gaps, and when the power goes.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says why"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use loaban_player::output::{
    Air, Attempt, Output, Report, Request, Segment, Settings, Sink, Timeline,
};
use programme::units::{BootTime, Decibels};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

#[test]
fn nothing_is_written_while_no_cue_is_on_air() {
    let mut town = Town::new();
    town.advance_ms(3_600_000);
    thread::sleep(Duration::from_millis(100));
    assert!(!town.file().exists());
    town.air_a_second();
    let size = town.size();
    town.advance_ms(60_000);
    thread::sleep(Duration::from_millis(100));
    assert_eq!(town.size(), size);
}

#[test]
fn a_short_gap_is_filled_with_silence_when_the_next_cue_comes() {
    let mut town = Town::new();
    let first = town.air_a_second();
    town.advance_ms(60_000);
    let second = town.air_a_second();
    assert_eq!(first.len(), 1, "one file for both");
    assert!(second.is_empty(), "{second:?}");
    let samples = samples(&town.file());
    let loud: Vec<_> = samples
        .iter()
        .enumerate()
        .filter(|(_, s)| **s != 0)
        .collect();
    assert_eq!(loud.len(), 2 * 48_000);
    let gap = loud[48_000].0 - loud[47_999].0;
    assert!(
        gap > 60 * 48_000,
        "the gap is as long as it was: {gap} frames"
    );
}

#[test]
fn a_long_gap_begins_a_new_file_and_keeps_the_old_one() {
    let mut town = Town::new();
    let first = town.air_a_second();
    town.advance_ms(11 * 60_000);
    let second = town.air_a_second();
    assert!(second[0].origin > first[0].origin, "{first:?} {second:?}");
    let old = samples(&town.folder.path().join("horn.1.wav"));
    let new = samples(&town.file());
    assert!(old.contains(&1_000) && new.contains(&1_000));
    assert!(
        new.len() < 10 * 48_000,
        "no gap in the new file: {} frames",
        new.len()
    );
}

#[test]
fn the_file_can_be_read_while_it_is_written_as_after_a_power_cut() {
    let mut town = Town::new();
    town.ask(1, 10);
    town.until(|report| matches!(report, Report::Opened { .. }).then_some(()));
    for _ in 0..30 {
        town.advance_ms(100);
        thread::sleep(Duration::from_millis(25));
    }
    town.until(|report| matches!(report, Report::Progress { .. }).then_some(()));
    let written = samples(&town.file());
    assert!(
        written.len() >= 48_000,
        "a second at least: {} frames",
        written.len()
    );
}

/// An output that writes a file, and a clock that goes when it is told.
struct Town {
    output: Output,
    reports: UnboundedReceiver<Report>,
    micros: Arc<AtomicU64>,
    folder: TempDir,
    asked: u64,
}

impl Town {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let micros = Arc::new(AtomicU64::new(1_000_000));
        let shown = micros.clone();
        let now = move || BootTime::after_boot(Duration::from_micros(shown.load(Ordering::SeqCst)));
        let path = folder.path().join("horn.wav");
        let sink = Sink::WavFile {
            path,
            max_bytes: 100_000_000,
            keep: 3,
        };
        let settings = Settings {
            sink,
            gain: Decibels(0.0),
        };
        let (sender, reports) = unbounded_channel();
        let output = Output::open(settings, Arc::new(now), sender).expect("a thread");
        Self {
            output,
            reports,
            micros,
            folder,
            asked: 0,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("horn.wav")
    }

    fn size(&self) -> u64 {
        std::fs::metadata(self.file()).expect("the file").len()
    }

    fn advance_ms(&self, millis: u64) {
        self.micros.fetch_add(millis * 1_000, Ordering::SeqCst);
    }

    /// Asks for a cue of so many seconds, 200 ms ahead.
    fn ask(&mut self, attempt: u64, seconds: u32) {
        let path = self.folder.path().join(format!("recording-{attempt}.wav"));
        let spec = WavSpec {
            channels: 1,
            sample_rate: 48_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut wav = WavWriter::create(&path, spec).expect("a file");
        (0..seconds * 48_000).for_each(|_| wav.write_sample(1_000_i16).expect("room"));
        wav.finalize().expect("room");
        let micros = self.micros.load(Ordering::SeqCst);
        self.output.ask(Request::Air(Air {
            attempt: Attempt(attempt),
            segments: vec![Segment::Wav {
                path,
                gain: Decibels(0.0),
                ramp: Duration::ZERO,
            }],
            start_at: BootTime::after_boot(Duration::from_micros(micros + 200_000)),
            skip: Duration::ZERO,
        }));
    }

    /// Airs a second of sound to its end, and gives the files that were begun for it.
    fn air_a_second(&mut self) -> Vec<Timeline> {
        self.asked += 1;
        self.ask(self.asked, 1);
        let mut begun = Vec::new();
        let micros = self.micros.clone();
        self.until(|report| {
            if let Report::Timeline(timeline) = report {
                begun.push(timeline.clone());
            }
            if matches!(report, Report::Opened { .. }) {
                micros.fetch_add(2_000_000, Ordering::SeqCst);
            }
            matches!(report, Report::Finished { .. }).then_some(())
        });
        begun
    }

    fn until<T>(&mut self, mut wanted: impl FnMut(&Report) -> Option<T>) -> T {
        for _ in 0..2_000 {
            match self.reports.try_recv() {
                Ok(report) => match wanted(&report) {
                    Some(found) => return found,
                    None => continue,
                },
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("the report did not come within 10 s");
    }
}

fn samples(path: &Path) -> Vec<i16> {
    let mut wav = WavReader::open(path).expect("a WAV file");
    wav.samples()
        .map(|sample| sample.expect("a whole file"))
        .collect()
}
