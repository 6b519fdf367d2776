//! The contract of the player's output, kept by a WAV file that is paced in real time: every sample
//! is in its place, by the output's own word, and by the clock of whoever watches the file grow.

use std::path::{Path, PathBuf};

use loaban_player::output::{Air, Attempt, Fault, Report, Request, Segment, Sink};
use programme::units::{BootTime, Decibels};
use town::capture::{Captured, boot_time, late_ms, wait_until};
use town::chatter::{chatter, read_wav};
use town::horn::{Horn, ms};
use town::tape::Tape;

/// How far what is in the file may be off the clock of this machine: it is written every 20 ms.
const TOLERANCE_MS: f64 = 30.0;

#[test]
fn a_file_holds_the_cue_on_the_exact_sample_and_silence_around_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("horn.wav");
    let mut horn = Horn::on(file(&path));
    let tape = Tape::of(&path);
    let sound = chatter(12, 48_000);
    let start = horn.in_ms(300);
    horn.air(
        1,
        vec![horn.wav("one", &sound), Segment::Silence(ms(100))],
        start,
    );
    let origin = horn.until_timeline().origin;
    horn.until_finished(1);
    let again = horn.in_ms(1_500);
    horn.air(2, vec![horn.wav("two", &sound)], again);
    horn.until_finished(2);
    let [tape] = &tape.stop()[..] else {
        panic!("one file for both");
    };
    let heard = tape.samples();
    for instant in [start, again] {
        let frame = (instant.since(origin).as_secs_f64() * 48_000.0).round() as usize;
        assert_eq!(
            &heard[frame..frame + sound.len()],
            &sound[..],
            "sample by sample"
        );
        assert_there_at(tape, frame, instant);
    }
    let sounding = heard.iter().filter(|sample| **sample != 0.0).count();
    let expected = 2 * sound.iter().filter(|sample| **sample != 0.0).count();
    assert_eq!(sounding, expected, "nothing else in the file");
}

#[test]
fn a_report_tells_how_far_and_how_loud_the_cue_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut horn = Horn::on(file(&folder.path().join("horn.wav")));
    let tone = |frame: usize| (frame as f32 * 0.1).sin() * 0.5;
    let sound: Vec<f32> = (0..48_000).map(tone).collect();
    let start = horn.in_ms(100);
    horn.air(1, vec![horn.wav("tone", &sound)], start);
    let mut told_at = None;
    let mut positions = Vec::new();
    let (at, position, level) = horn.until(|report| {
        if let Report::Started { at, length, .. } = report {
            assert!(late_ms(*at, start).abs() < 0.1, "on the sample");
            assert_eq!(*length, ms(1_000));
            told_at = Some(boot_time());
        }
        if let Report::Progress { position, .. } = report {
            let now = boot_time();
            let last = told_at.replace(now).expect("the start is told first");
            positions.push((*position, now.since(last)));
        }
        let Report::Finished {
            at,
            position,
            level,
            ..
        } = report
        else {
            return None;
        };
        Some((*at, *position, *level))
    });
    assert!(positions.len() >= 4, "{positions:?}");
    assert!(
        positions.iter().all(|(_, since)| *since < ms(350)),
        "{positions:?}"
    );
    assert!(positions.is_sorted(), "{positions:?}");
    assert_eq!(position, ms(1_000));
    assert!(late_ms(at, start.saturating_add(ms(1_000))).abs() < 0.1);
    assert!((level.peak.0 - -6.02).abs() < 0.05, "{level:?}");
    assert!((level.rms.0 - -9.03).abs() < 0.05, "{level:?}");
}

#[test]
fn a_cue_that_goes_on_leaves_out_what_was_heard() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("horn.wav");
    let mut horn = Horn::on(file(&path));
    let tape = Tape::of(&path);
    let (one, two) = (chatter(13, 48_000), chatter(14, 48_000));
    let segments = vec![horn.wav("one", &one), horn.wav("two", &two)];
    let (attempt, skip) = (Attempt(1), ms(1_250));
    let start_at = horn.in_ms(100);
    horn.output.ask(Request::Air(Air {
        attempt,
        segments,
        start_at,
        skip,
    }));
    let origin = horn.until_timeline().origin;
    let position = horn.until(|report| {
        let Report::Finished { position, .. } = report else {
            return None;
        };
        Some(*position)
    });
    assert_eq!(position, ms(2_000));
    let [tape] = &tape.stop()[..] else {
        panic!("one file");
    };
    let heard = tape.samples();
    let frame = (start_at.since(origin).as_secs_f64() * 48_000.0).round() as usize;
    // It rises within 5 ms, so as not to click.
    assert_eq!(
        &heard[frame + 240..frame + 36_000],
        &two[12_000 + 240..],
        "the rest of the second"
    );
    assert!(
        heard[frame..frame + 240]
            .iter()
            .any(|sample| *sample != 0.0),
        "it rises at once"
    );
    assert_there_at(tape, frame, start_at);
}

#[test]
fn a_recording_that_fails_ends_the_cue_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut horn = Horn::on(file(&folder.path().join("horn.wav")));
    let missing = folder.path().join("missing.wav");
    let segment = Segment::Wav {
        path: missing.clone(),
        gain: Decibels(0.0),
        ramp: ms(0),
    };
    horn.air(1, vec![segment], horn.in_ms(100));
    let fault = horn.until_failed();
    let Fault::Recording { path, .. } = fault else {
        panic!("{fault:?}")
    };
    assert_eq!(path, missing);
}

#[test]
fn the_volume_changes_without_a_click_and_stays_for_the_next_cue() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("horn.wav");
    let mut horn = Horn::on(file(&path));
    let flat = vec![0.5_f32; 48_000];
    let start = horn.in_ms(100);
    horn.air(1, vec![horn.wav("flat", &flat)], start);
    wait_until(start.saturating_add(ms(400)));
    horn.output.ask(Request::SetGain(Decibels(-20.0)));
    horn.until_finished(1);
    horn.air(2, vec![horn.wav("again", &flat[..9_600])], horn.in_ms(100));
    horn.until_finished(2);
    let heard = read_wav(&path);
    let steepest = heard
        .windows(2)
        .filter(|pair| pair[0] != 0.0 && pair[1] != 0.0);
    let steepest = steepest
        .map(|pair| (pair[0] - pair[1]).abs())
        .fold(0.0, f32::max);
    assert!(steepest < 0.001, "a step of {steepest}");
    let quiet = heard
        .iter()
        .filter(|sample| (**sample - 0.05).abs() < 0.001)
        .count();
    assert!(quiet > 9_600 + 20_000, "{quiet} quiet samples");
}

#[test]
fn a_segment_with_a_ramp_rises_to_its_gain_from_a_quarter_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("horn.wav");
    let mut horn = Horn::on(file(&path));
    let segment = match horn.wav("flat", &vec![0.5; 24_000]) {
        Segment::Wav { path, .. } => Segment::Wav {
            path,
            gain: Decibels(-6.0206),
            ramp: ms(100),
        },
        gap @ Segment::Silence(_) => gap,
    };
    horn.air(1, vec![segment], horn.in_ms(100));
    horn.until_finished(1);
    let heard = read_wav(&path);
    let start = heard
        .iter()
        .position(|sample| *sample > 0.0)
        .expect("a sound");
    let at = |millis: usize| heard[start + millis * 48];
    assert!(
        (at(25) - 0.1096).abs() < 0.002,
        "a quarter of the way after 25 ms: {}",
        at(25)
    );
    assert!(
        (at(75) - 0.2032).abs() < 0.002,
        "three quarters of the way after 75 ms: {}",
        at(75)
    );
    assert!(
        (at(101) - 0.25).abs() < 0.001 && (at(490) - 0.25).abs() < 0.001,
        "{}",
        at(101)
    );
}

#[test]
fn files_are_turned_over_and_the_oldest_dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("horn.wav");
    let sink = Sink::WavFile {
        path: path.clone(),
        max_bytes: 96_000,
        keep: 2,
    };
    let mut horn = Horn::on(sink);
    let tape = Tape::of(&path);
    let sound = chatter(15, 3 * 48_000);
    let start = horn.in_ms(100);
    horn.air(1, vec![horn.wav("long", &sound)], start);
    let mut files = Vec::new();
    horn.until(|report| {
        if let Report::Timeline(timeline) = report {
            files.push(timeline.clone());
        }
        matches!(report, Report::Finished { .. }).then_some(())
    });
    assert_eq!(files.len(), 4, "{files:?}");
    let tapes = tape.stop();
    assert_eq!(tapes.len(), 4, "each file is seen");
    for (tape, file) in tapes.iter().zip(&files) {
        assert_there_at(tape, 0, file.origin);
    }
    let (older, newest) = (read_wav(&folder.path().join("horn.1.wav")), read_wav(&path));
    assert_eq!(older.len(), 48_000, "a full file");
    let place = files[2].origin.since(start).as_secs_f64() * 48_000.0;
    let place = place.round() as usize;
    let both = [older, newest].concat();
    assert_eq!(
        &both[..sound.len() - place],
        &sound[place..],
        "nothing is lost at the turn"
    );
    let kept = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!(kept, 2, "the oldest are gone");
}

/// Whether a sample came into the file when it is to be heard, by the clock of this machine.
fn assert_there_at(tape: &Captured, frame: usize, instant: BootTime) {
    let late = late_ms(tape.instant_of(frame), instant);
    assert!(
        (-1.0..TOLERANCE_MS).contains(&late),
        "frame {frame} is there {late:+.1} ms after its instant"
    );
}

fn file(path: &Path) -> Sink {
    Sink::WavFile {
        path: PathBuf::from(path),
        max_bytes: 100_000_000,
        keep: 2,
    }
}
