//! HE-AAC, what thrifty recorders and radio streams save: its lower half is heard, at the right
//! speed, whatever the file tells of the upper half.
//!
//! No encoder of HE-AAC is free enough to be installed here, so two streams that one made are kept
//! under `tests/he-aac/`; its README says how. The files around them are made on the spot: ADTS as
//! it was written, MP4 whole and in fragments by ffmpeg, which tells nothing of the upper half, and
//! the same with the two configurations that the encoder itself gives for telling of it.

use std::path::{Path, PathBuf};

use recordings::decode::Format;

use crate::Outcome;
use crate::compare::{compare, envelope, measured};
use crate::files::{Folder, decode, heard_by_ffmpeg, sample};

/// A stream, the rate of its core, and what the encoder says of it (ISO/IEC 14496-3 §1.6.5).
struct Stream {
    name: &'static str,
    core_hz: u32,
    /// The upper half told of behind what a decoder of AAC-LC reads, and before it.
    behind: &'static [u8],
    before: &'static [u8],
}

const STREAMS: [Stream; 2] = [
    Stream {
        name: "v1.aac",
        core_hz: 22_050,
        behind: &[0x13, 0x88, 0x56, 0xE5, 0xA0],
        before: &[0x2B, 0x8A, 0x08, 0x00],
    },
    Stream {
        name: "v2.aac",
        core_hz: 24_000,
        behind: &[0x13, 0x08, 0x56, 0xE5, 0x9D, 0x48, 0x80],
        before: &[0xEB, 0x09, 0x88, 0x00],
    },
];

/// The first packet, before any sound: the encoder looks ahead for SBR, and farther for PS.
const PRIMING: usize = 1_024;

/// What was encoded: four seconds of a spoken sample.
const EXCERPT: [&str; 4] = ["-ss", "1", "-t", "4"];

impl Stream {
    /// The stream in every file that can hold it.
    fn files(&self, folder: &Folder) -> Vec<(String, Format, PathBuf)> {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/he-aac");
        let kept = kept.join(self.name);
        let mut files = vec![("adts".to_owned(), Format::Adts, kept.clone())];
        let whole = folder.made(&kept, &["-c", "copy"], "whole.mp4");
        let fragments = [
            "-c",
            "copy",
            "-movflags",
            "frag_keyframe+empty_moov+default_base_moof",
        ];
        let fragments = folder.made(&whole, &fragments, "fragments.mp4");
        for (shape, silent) in [("whole", whole), ("fragments", fragments)] {
            let bytes = std::fs::read(&silent).expect("a file");
            files.push((format!("{shape}, not told"), Format::Mp4, silent));
            for (told, config) in [("behind", self.behind), ("before", self.before)] {
                let told = format!("{shape}, told {told}");
                let file = folder.keep(&format!("{told}.mp4"), &configured(&bytes, config));
                files.push((told, Format::Mp4, file));
            }
        }
        files
    }
}

/// A file that tells of the upper half before the lower one, for those who damage it.
pub fn told_before(folder: &Folder) -> Vec<u8> {
    let [stream, _] = &STREAMS;
    let (_, _, path) = stream.files(folder).swap_remove(3);
    std::fs::read(path).expect("a file")
}

/// The MP4 file `mp4` with `config` for its AudioSpecificConfig. Its table of contents grows, which
/// moves no sound: that lies before it, or is found from the fragment's own start.
fn configured(mp4: &[u8], config: &[u8]) -> Vec<u8> {
    let mut bytes = mp4.to_vec();
    let find = |bytes: &[u8], from: usize, what: &[u8]| {
        let at = bytes[from..]
            .windows(what.len())
            .position(|window| window == what);
        from + at.unwrap_or_else(|| panic!("no {what:?} in the file"))
    };
    let esds = find(&bytes, 0, b"esds");
    // Descriptors: a tag and a length in four bytes, of which small ones need the last.
    let length_of = |bytes: &[u8], tag: u8| find(bytes, esds, &[tag, 0x80, 0x80, 0x80]) + 4;
    let specific = length_of(&bytes, 5);
    let more = config.len() - usize::from(bytes[specific]);
    for tag in [3, 4, 5] {
        let length = length_of(&bytes, tag);
        bytes[length] += more as u8;
    }
    for name in [
        "moov", "trak", "mdia", "minf", "stbl", "stsd", "mp4a", "esds",
    ] {
        let length = find(&bytes, 0, name.as_bytes()) - 4;
        let field = bytes[length..].first_chunk_mut::<4>().expect("a length");
        *field = (u32::from_be_bytes(*field) + more as u32).to_be_bytes();
    }
    let old = specific + 1..specific + 1 + config.len() - more;
    bytes.splice(old, config.iter().copied());
    bytes
}

#[test]
fn the_lower_half_of_he_aac_is_heard_at_the_right_speed() -> Outcome {
    for stream in &STREAMS {
        let folder = Folder::new();
        let voice = folder.made(&sample("vneid.vi.m4a"), &EXCERPT, "voice.wav");
        let voice = heard_by_ffmpeg(&voice, &[], stream.core_hz);
        for (file, format, path) in stream.files(&folder) {
            let name = format!("{}, {file}", stream.name);
            let decoded = decode(&path).map_err(|error| format!("{name}: {error}"))?;
            assert_eq!(
                (decoded.format, decoded.rate_hz),
                (format, stream.core_hz),
                "{name}"
            );
            let likeness = compare(&decoded.samples[PRIMING..], &voice);
            assert!(likeness.correlation > 0.9, "{name}: {likeness:?}");
            // Some priming is left, and the end is filled to whole packets.
            assert!((0..=2_500).contains(&likeness.lag), "{name}: {likeness:?}");
            assert!(
                (0..=5_000).contains(&likeness.longer),
                "{name}: {likeness:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn he_aac_becomes_a_recording_of_the_usual_loudness_and_the_right_length() -> Outcome {
    for stream in &STREAMS {
        let folder = Folder::new();
        let voice = folder.made(&sample("vneid.vi.m4a"), &EXCERPT, "voice.wav");
        let (from_wav, output) = folder.ingest(&voice)?;
        let voice = heard_by_ffmpeg(&output, &["-c:a", "libopus"], 48_000);
        for (file, _, path) in stream.files(&folder) {
            let name = format!("{}, {file}", stream.name);
            let (ingested, output) = folder
                .ingest(&path)
                .map_err(|error| format!("{name}: {error}"))?;
            let heard = heard_by_ffmpeg(&output, &["-c:a", "libopus"], 48_000);
            let (loudness, peak) = measured(&heard);
            assert!(
                (loudness + 16.0).abs() <= 1.0 && peak <= -1.5,
                "{name}: {loudness}, {peak}"
            );
            let longer_ms = ingested.duration_ms as i64 - from_wav.duration_ms as i64;
            assert!(longer_ms.abs() <= 200, "{name}: {longer_ms} ms");
            let likeness = compare(&envelope(&heard), &envelope(&voice));
            assert!(likeness.correlation > 0.85, "{name}: {likeness:?}");
        }
    }
    Ok(())
}
