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

#[test]
fn a_volume_that_is_turned_while_it_sounds_is_heard_at_once_and_does_not_click() {
    let mut town = Town::new();
    town.ask(1, 3);
    town.until(|report| matches!(report, Report::Opened { .. }).then_some(()));
    town.pass_ms(1_200);
    town.output.ask(Request::SetGain(Decibels(-6.0)));
    thread::sleep(Duration::from_millis(100));
    town.pass_ms(3_000);
    town.until(|report| matches!(report, Report::Finished { .. }).then_some(()));
    let heard = sounding(&town.file());
    assert_eq!((heard[0], heard[heard.len() - 1]), (1_000, 501));
    let steps = heard.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
    assert!(
        steps.max() <= Some(1),
        "20 ms are 960 frames: no step is heard"
    );
    // The next cue begins at the volume that was set.
    town.air_a_second();
    assert!(sounding(&town.file()).ends_with(&[501; 48_000]));
}

#[test]
fn what_is_too_loud_is_held_at_full_scale_and_comes_back_slowly() {
    let mut town = Town::new();
    let loud = (0..96_000).map(|n| if n < 9_600 { 30_000 } else { 3_000 });
    let segment = town.segment("loud", loud, 6.0, 0);
    town.air(1, segment);
    town.until_finished();
    let heard = sounding(&town.file());
    assert!(
        heard[..9_600].iter().all(|sample| *sample == i16::MAX),
        "{:?}",
        &heard[..9]
    );
    let after = &heard[9_600..];
    assert!(
        (3_200..3_400).contains(&after[0]),
        "turned down to where it fits: {}",
        after[0]
    );
    assert!(
        after.windows(2).all(|pair| pair[0] <= pair[1]),
        "it only comes back"
    );
    assert_eq!(
        after[after.len() - 1],
        5_986,
        "twice as loud, as it was asked for"
    );
}

#[test]
fn the_first_peak_of_a_loud_passage_keeps_its_shape_and_comes_no_later() {
    const QUIET: usize = 4_800;
    let mut town = Town::new();
    let tone: Vec<i16> = (0..48_000)
        .map(|n| {
            let loud = if n < QUIET { 1_000.0 } else { 30_000.0 };
            let turns = (f64::from(n as u32) + 0.5) / 96.0;
            (loud * (turns * std::f64::consts::TAU).sin()) as i16
        })
        .collect();
    let segment = town.segment("tone", tone.iter().copied(), 6.0, 0);
    town.air(1, segment);
    town.until_finished();
    let heard = sounding(&town.file());
    assert_eq!(
        heard.len(),
        tone.len(),
        "nothing was late, nothing is missing"
    );
    assert_eq!(heard[0], (f64::from(tone[0]) * 1.995).round() as i16);
    let peak = f64::from(i16::MAX) / 30_000.0;
    let first = heard.iter().zip(&tone).enumerate();
    for (at, (heard, given)) in first.skip(QUIET).take(96) {
        let wanted = f64::from(*given) * peak;
        let off = (f64::from(*heard) - wanted).abs();
        assert!(off < 500.0, "{at}: {heard} and not {wanted}");
    }
}

#[test]
fn a_ramp_rises_from_12_db_below_to_the_level_and_is_not_begun_again_in_the_middle() {
    let mut town = Town::new();
    let segment = town.segment("risen", (0..96_000).map(|_| 10_000), 0.0, 1_000);
    town.air(1, segment.clone());
    town.until_finished();
    let heard = sounding(&town.file());
    assert!((2_510..2_515).contains(&heard[0]), "{}", heard[0]);
    assert!(heard[..48_000].windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(heard[48_000..].iter().all(|sample| *sample == 10_000));
    town.air_from(2, segment, Duration::from_millis(300));
    town.until_finished();
    let again = sounding(&town.file());
    assert_eq!(again[96_000 + 480], 10_000);
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

    /// Lets time pass in steps that the output can follow.
    fn pass_ms(&self, millis: u64) {
        for _ in 0..millis / 100 {
            self.advance_ms(100);
            thread::sleep(Duration::from_millis(25));
        }
    }

    /// Asks for a cue of so many seconds, 200 ms ahead.
    fn ask(&mut self, attempt: u64, seconds: u32) {
        let name = format!("recording-{attempt}");
        let segment = self.segment(&name, (0..seconds * 48_000).map(|_| 1_000), 0.0, 0);
        self.air(attempt, segment);
    }

    /// A recording of its own.
    #[expect(
        clippy::disallowed_methods,
        reason = "what a test hears goes with its folder"
    )]
    fn segment(
        &self,
        name: &str,
        samples: impl Iterator<Item = i16>,
        gain: f32,
        ramp_ms: u64,
    ) -> Segment {
        let path = self.folder.path().join(format!("{name}.wav"));
        let spec = WavSpec {
            channels: 1,
            sample_rate: 48_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut wav = WavWriter::create(&path, spec).expect("a file");
        for sample in samples {
            wav.write_sample(sample).expect("room");
        }
        wav.finalize().expect("room");
        Segment::Wav {
            path,
            gain: Decibels(gain),
            ramp: Duration::from_millis(ramp_ms),
        }
    }

    fn air(&self, attempt: u64, segment: Segment) {
        self.air_from(attempt, segment, Duration::ZERO);
    }

    /// Asks for a cue 200 ms ahead, without its head.
    fn air_from(&self, attempt: u64, segment: Segment, skip: Duration) {
        let micros = self.micros.load(Ordering::SeqCst);
        self.output.ask(Request::Air(Air {
            attempt: Attempt(attempt),
            segments: vec![segment],
            start_at: BootTime::after_boot(Duration::from_micros(micros + 200_000)),
            skip,
        }));
    }

    /// Lets what was asked for be heard to its end.
    fn until_finished(&mut self) {
        let micros = self.micros.clone();
        self.until(|report| {
            if matches!(report, Report::Opened { .. }) {
                micros.fetch_add(4_000_000, Ordering::SeqCst);
            }
            matches!(report, Report::Finished { .. }).then_some(())
        });
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

/// The samples of the file that are a sound.
fn sounding(path: &Path) -> Vec<i16> {
    let samples = samples(path).into_iter();
    samples.filter(|sample| *sample != 0).collect()
}

fn samples(path: &Path) -> Vec<i16> {
    let mut wav = WavReader::open(path).expect("a WAV file");
    wav.samples()
        .map(|sample| sample.expect("a whole file"))
        .collect()
}
