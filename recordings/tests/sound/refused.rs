//! What is no recording is refused, by the right name.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use recordings::decode::MediaSource;
use recordings::error::{Damage, Error, Limit, What};
use recordings::ingest::{Limits, Progress, Settings, Stage, ingest};

use crate::files::{Folder, decode, sample, write_wav};
use crate::{Outcome, amr_voice};

fn refusal(folder: &Folder, path: &Path) -> Error {
    let refused = folder.ingest(path).map(|(ingested, _)| ingested);
    assert!(
        !folder.path("recording.opus").exists(),
        "a refused file left a recording"
    );
    refused.expect_err("a refusal")
}

#[test]
fn a_file_that_is_no_sound_is_named() {
    let folder = Folder::new();
    let picture = folder.made(&sample("vneid.vi.m4a"), &PICTURE, "photo.jpg");
    let windows = folder.made(&folder.voice(44_100, 1), &["-c:a", "wmav2"], "voice.wma");
    let film = folder.made(&folder.voice(44_100, 1), &MUTE_FILM, "mute.mp4");
    let web_film = folder.made(&film, &["-c:v", "libvpx", "-b:v", "50k"], "mute.webm");
    let letter = "Kính gửi Uỷ ban nhân dân xã. ".repeat(50);
    let named = |path: &Path, what: What| {
        let error = refusal(&folder, path);
        assert!(
            matches!(&error, Error::Unsupported(named) if *named == what),
            "{path:?} {error}"
        );
    };
    named(&picture, What::Picture);
    named(&windows, What::Wma);
    named(&film, What::VideoWithoutSound);
    named(&web_film, What::VideoWithoutSound);
    named(&folder.keep("letter.txt", letter.as_bytes()), What::Text);
    named(
        &folder.keep("page.mp3", b"<!DOCTYPE html><html></html>"),
        What::Text,
    );
    named(
        &folder.keep("a.pdf", b"%PDF-1.4\n%\xE2\xE3\xCF\xD3\n1 0 obj"),
        What::Pdf,
    );
    named(
        &folder.keep("a.docx", b"PK\x03\x04\x14\x00\x06\x00\x08\x00"),
        What::Zip,
    );
    named(
        &folder.keep("a.mid", b"MThd\x00\x00\x00\x06\x00\x01\x00\x02"),
        What::Midi,
    );
    named(
        &folder.keep("a.amr", b"#!AMR-WB\n\x04\x00"),
        What::AmrWideband,
    );
    let program = std::env::current_exe().expect("this program");
    named(&program, What::Program);
}

const PICTURE: [&str; 6] = ["-f", "lavfi", "-i", "testsrc=s=320x240", "-frames:v", "1"];
const MUTE_FILM: [&str; 9] = [
    "-f",
    "lavfi",
    "-i",
    "testsrc=s=64x64:r=5:d=3",
    "-map",
    "1:v",
    "-c:v",
    "mpeg4",
    "-an",
];

#[test]
fn amr_in_3gp_is_told_apart_from_other_3gp() -> Outcome {
    let folder = Folder::new();
    let voice = decode(&folder.voice(8_000, 1))?;
    let amr = folder.keep("voice.amr", &amr_voice::amr(&voice.samples, 7, false));
    let old_phone = folder.made(&amr, &["-c", "copy"], "voice.3gp");
    assert!(matches!(
        refusal(&folder, &old_phone),
        Error::Unsupported(What::AmrIn3gp)
    ));
    Ok(())
}

#[test]
fn a_file_without_any_sense_is_no_sound() {
    let folder = Folder::new();
    let mut state = 1_u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..200_000).map(|_| random()).collect();
    let error = refusal(&folder, &folder.keep("noise.mp3", &noise));
    assert!(matches!(error, Error::Unreadable(_)), "{error}");
    let error = refusal(&folder, &folder.keep("empty.m4a", b""));
    assert!(matches!(error, Error::Unreadable(Damage::Empty)), "{error}");
}

#[test]
fn a_file_cut_in_half_is_said_to_be_cut_off() {
    let folder = Folder::new();
    let voice = folder.voice(44_100, 1);
    for (name, arguments) in [
        ("voice.wav", [].as_slice()),
        ("voice.aiff", &[]),
        ("voice.flac", &[]),
        ("vbr.mp3", &["-q:a", "4"]),
        ("end.m4a", &["-c:a", "aac"]),
        ("front.m4a", &["-c:a", "aac", "-movflags", "+faststart"]),
        ("voice.ogg", &["-c:a", "libvorbis"]),
    ] {
        let whole = folder.made(&voice, arguments, name);
        let bytes = std::fs::read(&whole).expect("the whole file");
        let half = folder.keep(&format!("half-{name}"), &bytes[..bytes.len() / 2]);
        let error = refusal(&folder, &half);
        let cut = matches!(error, Error::Unreadable(Damage::Truncated { .. }));
        assert!(cut, "{name}: {error}");
    }
}

#[test]
fn an_amr_file_cut_within_a_frame_is_said_to_be_cut_off() -> Outcome {
    let folder = Folder::new();
    let voice = decode(&folder.voice(8_000, 1))?;
    let amr = amr_voice::amr(&voice.samples, 7, false);
    let half = folder.keep("half.amr", &amr[..amr.len() / 2 + 5]);
    let error = refusal(&folder, &half);
    assert!(
        matches!(error, Error::Unreadable(Damage::Truncated { .. })),
        "{error}"
    );
    Ok(())
}

#[test]
fn three_hours_are_too_long_and_the_limit_is_named() {
    let folder = Folder::new();
    let arguments = ["-af", "aloop=loop=-1:size=40000", "-t", "10800"];
    let hours = folder.made(&folder.voice(8_000, 1), &arguments, "hours.flac");
    let error = refusal(&folder, &hours);
    let Error::OverLimit(Limit::Longest { max_ms, got_ms }) = error else {
        panic!("{error}");
    };
    assert_eq!((max_ms, got_ms), (7_200_000, 10_800_000));
}

#[test]
fn a_webm_file_that_lost_its_end_is_said_to_be_cut() {
    let folder = Folder::new();
    let whole = folder.made(&folder.voice(48_000, 1), &["-c:a", "libopus"], "whole.webm");
    let bytes = std::fs::read(&whole).unwrap();
    let cut = folder.keep("cut.webm", &bytes[..bytes.len() / 7]);
    let error = refusal(&folder, &cut);
    assert!(
        matches!(error, Error::Unreadable(Damage::Truncated { .. })),
        "{error}"
    );
}

#[test]
fn a_stream_that_does_not_say_its_length_is_stopped_at_the_limit() {
    let folder = Folder::new();
    let live = ["-c:a", "libopus", "-f", "webm", "-live", "1"];
    let stream = folder.piped(&folder.voice(48_000, 1), &live, "chrome.webm");
    let limits = Limits {
        max_duration_ms: 5_000,
        ..Limits::default()
    };
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    let error = folder
        .ingest_with(&stream, &settings)
        .map(drop)
        .expect_err("a refusal");
    let Error::OverLimit(Limit::Longest {
        max_ms: 5_000,
        got_ms,
    }) = error
    else {
        panic!("{error}");
    };
    assert!((5_001..5_200).contains(&got_ms), "{got_ms}");
}

#[test]
fn a_file_with_too_many_bytes_is_not_even_opened() {
    let folder = Folder::new();
    let limits = Limits {
        max_bytes: 10_000,
        ..Limits::default()
    };
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    let error = folder
        .ingest_with(&sample("vneid.vi.m4a"), &settings)
        .map(drop);
    let Err(Error::OverLimit(Limit::Size {
        max_bytes,
        got_bytes,
    })) = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(max_bytes, 10_000);
    assert!(got_bytes > 100_000);
}

#[test]
fn silence_and_a_slip_of_the_finger_are_refused() {
    let folder = Folder::new();
    let silence = folder.path("silence.wav");
    write_wav(&silence, 48_000, std::iter::repeat_n(0.0, 480_000));
    let error = refusal(&folder, &silence);
    assert!(
        matches!(error, Error::Unreadable(Damage::Silent)),
        "{error}"
    );
    let slip = folder.made(
        &sample("vneid.vi.m4a"),
        &["-ss", "1", "-t", "0.2"],
        "slip.wav",
    );
    let error = refusal(&folder, &slip);
    assert!(
        matches!(error, Error::OverLimit(Limit::Shortest { min_ms: 500, .. })),
        "{error}"
    );
}

/// A disk that fails after some bytes.
struct Dying {
    source: std::fs::File,
    left: usize,
}

impl Read for Dying {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other("the disk is gone"));
        }
        let most = buffer.len().min(self.left);
        let count = self.source.read(&mut buffer[..most])?;
        self.left -= count;
        Ok(count)
    }
}

impl Seek for Dying {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

impl MediaSource for Dying {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len()
    }
}

#[test]
fn a_failing_disk_is_not_blamed_on_the_file() -> Outcome {
    let folder = Folder::new();
    for left in [0, 100, 50_000] {
        let source = Dying {
            source: std::fs::File::open(sample("vneid.vi.m4a"))?,
            left,
        };
        let output = folder.path("recording.opus");
        let go_on = |_| ControlFlow::Continue(());
        let result = ingest(
            source,
            &Settings::default(),
            &folder.path(""),
            &output,
            &go_on,
        );
        assert!(
            matches!(result, Err(Error::Storage(_))),
            "after {left} bytes: {result:?}"
        );
        assert!(!output.exists());
    }
    let error = folder.ingest(&folder.path("nothing.wav")).map(drop);
    assert!(matches!(error, Err(Error::Storage(_))));
    Ok(())
}

#[test]
fn whoever_watches_can_stop_the_work_at_every_stage_and_nothing_remains() -> Outcome {
    for stage in [
        Stage::Decoding,
        Stage::Levelling,
        Stage::Encoding,
        Stage::Checking,
    ] {
        let folder = Folder::new();
        let output = folder.path("recording.opus");
        let stop = |progress: Progress| match progress.stage == stage {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let source = std::fs::File::open(sample("vneid.vi.m4a"))?;
        let result = ingest(
            source,
            &Settings::default(),
            &folder.path(""),
            &output,
            &stop,
        );
        assert!(
            matches!(result, Err(Error::Cancelled)),
            "{stage:?}: {result:?}"
        );
        assert_eq!(std::fs::read_dir(folder.path(""))?.count(), 0, "{stage:?}");
    }
    Ok(())
}
