//! What phones, browsers and computers send is decoded to the sound that was in it.

use std::path::PathBuf;

use recordings::decode::Format;

use crate::compare::{compare, envelope, measured};
use crate::files::{Folder, decode, heard_by_ffmpeg};
use crate::{Outcome, amr_voice};

/// A way to make a file, and what must come of it.
struct Case {
    name: &'static str,
    format: Format,
    rate_hz: u32,
    channels: u32,
    arguments: &'static [&'static str],
    piped: bool,
    /// Lossy codings bend the shape.
    correlation: f64,
    /// Frames that may come before the sound (encoder priming that the container does not declare),
    /// and in all (priming, and the last packet's padding).
    late: i64,
    longer: i64,
    /// Frames of the sound that a reader takes for priming and cuts.
    early: i64,
}

const fn case(
    name: &'static str,
    format: Format,
    rate_hz: u32,
    arguments: &'static [&'static str],
) -> Case {
    Case {
        name,
        format,
        rate_hz,
        channels: 1,
        arguments,
        piped: false,
        correlation: 0.98,
        late: 0,
        longer: 0,
        early: 0,
    }
}

impl Case {
    const fn stereo(self) -> Self {
        Self {
            channels: 2,
            ..self
        }
    }

    const fn piped(self) -> Self {
        Self {
            piped: true,
            ..self
        }
    }

    const fn at_least(self, correlation: f64) -> Self {
        Self {
            correlation,
            ..self
        }
    }

    const fn padded(self, late: i64, longer: i64) -> Self {
        Self {
            late,
            longer,
            ..self
        }
    }

    const fn cut(self, early: i64) -> Self {
        Self { early, ..self }
    }

    fn file(&self, folder: &Folder) -> PathBuf {
        let voice = folder.voice(self.rate_hz, self.channels);
        if self.piped {
            folder.piped(&voice, self.arguments, self.name)
        } else {
            folder.made(&voice, self.arguments, self.name)
        }
    }
}

const FRAGMENTS: &[&str] = &[
    "-c:a",
    "aac",
    "-b:a",
    "64k",
    "-movflags",
    "frag_keyframe+empty_moov+default_base_moof",
    "-frag_duration",
    "1000000",
    "-f",
    "mp4",
];
const WITH_PICTURE: &[&str] = &[
    "-f",
    "lavfi",
    "-i",
    "testsrc=s=64x64:r=5",
    "-shortest",
    "-c:v",
    "mpeg4",
    "-c:a",
    "aac",
];

/// Symphonia reads no edit list: the 1024 frames of AAC's priming stay, 23 ms of silence that the
/// trimming of silence takes off again.
const AAC_PRIMING: i64 = 1_024;
const AAC_PADDED: i64 = 3_072;

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("s16.wav", Format::Wav, 44_100, &["-c:a", "pcm_s16le"]).at_least(0.999_99),
    case("s24.wav", Format::Wav, 48_000, &["-c:a", "pcm_s24le"]).at_least(0.999_99).stereo(),
    case("float.wav", Format::Wav, 48_000, &["-c:a", "pcm_f32le"]).at_least(0.999_99),
    case("u8.wav", Format::Wav, 22_050, &["-c:a", "pcm_u8"]).at_least(0.99),
    case("mulaw.wav", Format::Wav, 8_000, &["-c:a", "pcm_mulaw"]).at_least(0.99),
    case("adpcm.wav", Format::Wav, 44_100, &["-c:a", "adpcm_ima_wav"]).padded(0, 2_048),
    case("unknown-length.wav", Format::Wav, 44_100, &["-f", "wav"]).at_least(0.999_99).piped(),
    case("voice.aiff", Format::Aiff, 44_100, &[]).at_least(0.999_99),
    case("pcm.caf", Format::Caf, 44_100, &[]).at_least(0.999_99),
    case("alac.caf", Format::Caf, 44_100, &["-c:a", "alac"]).at_least(0.999_99),
    case("voice.flac", Format::Flac, 48_000, &[]).at_least(0.999_99).stereo(),
    case("cbr.mp3", Format::Mp3, 44_100, &["-b:a", "64k"]).padded(0, 1_152),
    case("vbr.mp3", Format::Mp3, 48_000, &["-q:a", "4"]).padded(0, 1_152).stereo(),
    case("low.mp3", Format::Mp3, 22_050, &["-b:a", "32k"]).at_least(0.95).padded(0, 1_152),
    case("headless.mp3", Format::Mp3, 44_100, &["-b:a", "64k", "-write_xing", "0", "-f", "mp3"])
        .padded(2_400, 4_000).piped(),
    case("voice.aac", Format::Adts, 44_100, &["-c:a", "aac", "-b:a", "64k"])
        .padded(AAC_PRIMING, AAC_PADDED),
    case("end.m4a", Format::Mp4, 44_100, &["-c:a", "aac"]).padded(AAC_PRIMING, AAC_PADDED),
    case("front.m4a", Format::Mp4, 48_000, &["-c:a", "aac", "-movflags", "+faststart"])
        .padded(AAC_PRIMING, AAC_PADDED).stereo(),
    case("film.mp4", Format::Mp4, 44_100, WITH_PICTURE).padded(AAC_PRIMING, 12_000),
    case("voice.3gp", Format::Mp4, 44_100, &["-c:a", "aac"]).padded(AAC_PRIMING, AAC_PADDED),
    case("safari.mp4", Format::Mp4, 48_000, FRAGMENTS).padded(AAC_PRIMING, AAC_PADDED).piped(),
    case("alac.m4a", Format::Mp4, 44_100, &["-c:a", "alac"]).at_least(0.999_99),
    case("opus.mp4", Format::Mp4, 48_000, &["-c:a", "libopus"])
        .at_least(0.95).padded(0, 960).cut(648),
    case("vorbis.ogg", Format::Ogg, 44_100, &["-c:a", "libvorbis"]).at_least(0.95),
    case("voice.opus", Format::Ogg, 48_000, &["-c:a", "libopus"]).at_least(0.95),
    case("voice.webm", Format::Webm, 48_000, &["-c:a", "libopus"]).at_least(0.95).padded(0, 960),
    case("chrome.webm", Format::Webm, 48_000, &["-c:a", "libopus", "-f", "webm", "-live", "1"])
        .at_least(0.95).padded(0, 960).piped(),
];

#[test]
fn every_format_gives_the_sound_that_was_put_in() -> Outcome {
    for case in CASES {
        let folder = Folder::new();
        let file = case.file(&folder);
        let decoded = decode(&file).map_err(|error| format!("{}: {error}", case.name))?;
        assert_eq!(decoded.format, case.format, "{}", case.name);
        assert_eq!(decoded.rate_hz, case.rate_hz, "{}", case.name);
        let voice = decode(&folder.voice(case.rate_hz, case.channels))?;
        let likeness = compare(&decoded.samples, &voice.samples);
        let Case {
            name,
            correlation,
            late,
            longer,
            early,
            ..
        } = *case;
        assert!(likeness.correlation >= correlation, "{name}: {likeness:?}");
        assert!(
            (-early..=late).contains(&likeness.lag),
            "{name}: {likeness:?}"
        );
        let most = late.max(longer);
        assert!(
            (-early..=most).contains(&likeness.longer),
            "{name}: {likeness:?}"
        );
    }
    Ok(())
}

#[test]
fn a_name_says_nothing_and_the_content_everything() -> Outcome {
    let folder = Folder::new();
    let flac = folder.made(&folder.voice(48_000, 1), &[], "voice.flac");
    let liar = folder.path("voice.mp3");
    std::fs::rename(flac, &liar)?;
    assert_eq!(decode(&liar)?.format, Format::Flac);
    Ok(())
}

#[test]
fn every_format_becomes_a_recording_of_the_same_loudness() -> Outcome {
    for case in CASES {
        let folder = Folder::new();
        let file = case.file(&folder);
        let (ingested, output) = folder
            .ingest(&file)
            .map_err(|error| format!("{}: {error}", case.name))?;
        let heard = heard_by_ffmpeg(&output, &["-c:a", "libopus"], 48_000);
        let (loudness, peak) = measured(&heard);
        let name = case.name;
        assert!(
            (-17.0..=-15.0).contains(&loudness),
            "{name}: {loudness} LUFS"
        );
        assert!(peak <= -1.5, "{name}: {peak} dBTP");
        assert!(
            (loudness - ingested.loudness.integrated_lufs).abs() < 0.1,
            "{name}: {ingested:?}"
        );
        assert!(
            (peak - ingested.loudness.true_peak_dbtp).abs() < 0.1,
            "{name}: {ingested:?}"
        );
        assert_eq!(heard.len() as u64, ingested.duration_ms * 48, "{name}");
        // The high-pass turns phases, so the course of the loudness is compared.
        let voice = heard_by_ffmpeg(&folder.voice(case.rate_hz, 1), &[], 48_000);
        let likeness = compare(&envelope(&heard), &envelope(&voice));
        assert!(likeness.correlation > 0.85, "{name}: {likeness:?}");
    }
    Ok(())
}

#[test]
fn a_simple_phone_s_amr_gives_the_sound_that_ffmpeg_hears() -> Outcome {
    let folder = Folder::new();
    let voice = decode(&folder.voice(8_000, 1))?;
    for (mode, _) in amr_voice::MODES {
        let file = folder.keep("voice.amr", &amr_voice::amr(&voice.samples, mode, false));
        let decoded = decode(&file)?;
        assert_eq!((decoded.format, decoded.rate_hz), (Format::Amr, 8_000));
        let reference = heard_by_ffmpeg(&file, &[], 8_000);
        let likeness = compare(&decoded.samples, &reference);
        assert!(likeness.correlation > 0.99, "mode {mode}: {likeness:?}");
        assert_eq!((likeness.lag, likeness.longer), (0, 0), "mode {mode}");
    }
    Ok(())
}

#[test]
fn an_amr_file_that_leaves_pauses_out_keeps_its_length() -> Outcome {
    let folder = Folder::new();
    let mut voice = decode(&folder.voice(8_000, 1))?.samples;
    voice.splice(40_000..40_000, std::iter::repeat_n(0.0, 24_000));
    let file = amr_voice::amr(&voice, 7, true);
    let types = amr_voice::frame_types(&file);
    assert!(
        types.contains(&8) && types.contains(&15),
        "no pauses were left out"
    );
    let decoded = decode(&folder.keep("voice.amr", &file))?;
    assert_eq!(decoded.samples.len(), voice.len() / 160 * 160);
    let likeness = compare(&decoded.samples, &voice);
    assert!(likeness.correlation > 0.8, "{likeness:?}");
    let pause = &decoded.samples[52_000..60_000];
    assert!(
        pause.iter().all(|sample| sample.abs() < 0.02),
        "the pause is not quiet"
    );
    Ok(())
}

#[test]
fn a_sound_recorded_on_one_side_only_is_heard_in_full() -> Outcome {
    let folder = Folder::new();
    let arguments = ["-af", "pan=stereo|c0=c0|c1=0*c0"];
    let left = folder.made(&folder.voice(48_000, 1), &arguments, "left.wav");
    let (ingested, _) = folder.ingest(&left)?;
    assert!(
        (ingested.loudness.integrated_lufs + 16.0).abs() < 1.0,
        "{ingested:?}"
    );
    Ok(())
}
