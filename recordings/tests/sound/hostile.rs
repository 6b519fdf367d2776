//! Files from strangers, broken on purpose: each ends in a result, soon and in little memory.
//!
//! The damage is drawn from a fixed seed, so a failure comes back. What the fuzzers under `fuzz/`
//! find is kept in `tests/cases/` and tried here, by every entry point, for ever.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};

use crate::entries::{self, Entry};
use crate::files::{Folder, write_wav};
use crate::{Outcome, amr_voice, he_aac};

/// A generator of damage (xorshift64*).
struct Damage(u64);

impl Damage {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// `file` with its end missing, bits turned, bytes doubled, or the head of `other` on it.
    fn apply(&mut self, file: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = file.to_vec();
        match self.below(6) {
            0 => bytes.truncate(self.below(file.len())),
            1 => (0..=self.below(8)).for_each(|_| {
                let at = self.below(bytes.len().min(1_024));
                bytes[at] ^= 1 << self.below(8);
            }),
            2 => (0..=self.below(40)).for_each(|_| {
                let at = self.below(bytes.len());
                bytes[at] = self.next() as u8;
            }),
            3 => {
                let (at, length) = (self.below(bytes.len()), self.below(2_000));
                let piece = bytes[at..(at + length).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                // Lengths are where decoders trust most: four bytes become extreme.
                let at = self.below(bytes.len().min(2_048).saturating_sub(4));
                let extreme = [0, 1, 0x7FFF_FFFF, u32::MAX, 0x8000_0000][self.below(5)];
                let four = bytes[at..].iter_mut().zip(u32::to_be_bytes(extreme));
                four.for_each(|(byte, extreme)| *byte = extreme);
            }
            _ => {
                let head = self.below(other.len().min(512));
                let count = head.min(bytes.len());
                bytes[..count].copy_from_slice(&other[..count]);
            }
        }
        bytes
    }
}

/// One small file of each kind.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let folder = Folder::new();
    let voice = folder.made(
        &folder.voice(22_050, 1),
        &["-ss", "1", "-t", "1.2"],
        "short.wav",
    );
    let kinds: &[(&str, &[&str])] = &[
        ("a.wav", &[]),
        ("adpcm.wav", &["-c:a", "adpcm_ima_wav"]),
        ("a.aiff", &[]),
        ("alac.caf", &["-c:a", "alac"]),
        ("a.flac", &[]),
        ("a.mp3", &["-b:a", "32k"]),
        ("a.aac", &["-c:a", "aac"]),
        ("a.m4a", &["-c:a", "aac", "-movflags", "+faststart"]),
        (
            "fragments.mp4",
            &["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"],
        ),
        ("a.ogg", &["-c:a", "libvorbis"]),
        ("a.opus", &["-c:a", "libopus"]),
        ("a.webm", &["-c:a", "libopus", "-f", "webm", "-live", "1"]),
    ];
    let mut files = vec![
        ("a.amr", amr()),
        ("he-aac.mp4", he_aac::told_before(&folder)),
    ];
    for (name, arguments) in kinds {
        let path = folder.made(&voice, arguments, name);
        files.push((name, fs::read(path).expect("a file")));
    }
    files
}

fn amr() -> Vec<u8> {
    let folder = Folder::new();
    let voice = folder.made(
        &folder.voice(8_000, 1),
        &["-ss", "1", "-t", "1.2"],
        "short.wav",
    );
    let samples = crate::files::decode(&voice).expect("a voice").samples;
    amr_voice::amr(&samples, 7, true)
}

/// Runs `entry` on damaged files and fails if one takes long; a panic fails by itself.
fn attack(seed: u64, cases: usize, files: &[(&str, Vec<u8>)], entry: Entry) {
    let (folder, mut damage) = (Folder::new(), Damage(seed));
    for (name, file) in files {
        for case in 0..cases {
            let other = &files[damage.below(files.len())].1;
            let bytes = damage.apply(file, other);
            let spent = spent_in(|| entry(&folder.path(""), &bytes));
            assert!(
                spent < LONGEST,
                "{name}, seed {seed}, case {case}: {spent:?}"
            );
        }
    }
}

/// A second of sound takes milliseconds; a busy machine may make much of them, a loop makes more.
const LONGEST: Duration = Duration::from_secs(30);

/// Processor time of this thread would be fairer; this is what users wait for.
#[expect(
    clippy::disallowed_methods,
    reason = "how long hostile input takes is what is tested"
)]
fn spent_in(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

#[test]
fn decoding_survives_damage() {
    attack(0x10A_BA4, 150, &files(), entries::decode);
}

#[test]
fn amr_survives_damage() {
    attack(0xA3B, 2_000, &[("a.amr", amr())], entries::amr);
}

#[test]
fn ingesting_survives_damage() {
    attack(0x1_6357, 12, &files(), entries::ingest);
}

#[test]
fn ingesting_a_part_survives_damage() {
    attack(0x1_9A47, 6, &files(), entries::ingest_part);
}

#[test]
fn what_is_made_of_a_recording_survives_damage() -> Outcome {
    let files = [("ours.opus", ours()?)];
    attack(0x4EAD, 300, &files, entries::ready);
    attack(0x91A1, 100, &files, entries::plain);
    attack(0x57EA, 300, &files, entries::streamed);
    attack(0xF04E, 60, &files, entries::foretaste);
    Ok(())
}

#[test]
fn what_is_made_of_a_recording_survives_damage_behind_right_checksums() -> Outcome {
    let (folder, ours) = (Folder::new(), ours()?);
    let mut damage = Damage(0xC4C);
    for round in 0..150 {
        let bytes = damaged_packets(&ours, &mut damage)?;
        entries::ready(&folder.path(""), &bytes);
        entries::streamed(&folder.path(""), &bytes);
        if round % 5 == 0 {
            entries::plain(&folder.path(""), &bytes);
            entries::foretaste(&folder.path(""), &bytes);
        }
    }
    Ok(())
}

/// One of our own recordings.
fn ours() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let folder = Folder::new();
    let (_, opus) = folder.ingest(&crate::files::sample("village-meeting.pcc.m4a"))?;
    Ok(fs::read(opus)?)
}

/// The Ogg file `ours` with its packets and granules damaged, in pages whose checksums are right.
fn damaged_packets(
    ours: &[u8],
    damage: &mut Damage,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut packets = PacketReader::new(Cursor::new(ours));
    let mut writer = PacketWriter::new(Vec::new());
    let (one_in, turned) = (1 + damage.below(200), damage.below(4));
    while let Some(packet) = packets.read_packet()? {
        let (mut bytes, mut granule) = (packet.data.clone(), packet.absgp_page());
        if damage.below(one_in) == 0 {
            match turned {
                0 => bytes = damage.apply(&bytes, ours),
                1 => granule = damage.next() >> damage.below(64),
                2 => bytes.clear(),
                _ => bytes
                    .iter_mut()
                    .for_each(|byte| *byte ^= damage.next() as u8),
            }
        }
        let end = if packet.last_in_stream() {
            PacketWriteEndInfo::EndStream
        } else {
            PacketWriteEndInfo::EndPage
        };
        writer.write_packet(bytes, 1, end, granule)?;
    }
    Ok(writer.into_inner())
}

#[test]
fn reading_wav_survives_damage() -> Outcome {
    let folder = Folder::new();
    let wav = folder.path("ready.wav");
    write_wav(&wav, 48_000, (0..48_000).map(|n| (n as f32 * 0.01).sin()));
    let files = [("ready.wav", fs::read(wav)?)];
    attack(0x3A7, 500, &files, entries::wav_reader);
    Ok(())
}

#[test]
fn what_once_broke_us_does_not_again() -> Outcome {
    let folder = Folder::new();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut tried = 0;
    for entry in fs::read_dir(cases)? {
        let bytes = fs::read(entry?.path())?;
        for (name, entry) in entries::ALL {
            let spent = spent_in(|| entry(&folder.path(""), &bytes));
            assert!(spent < LONGEST, "{name}: {spent:?}");
        }
        tried += 1;
    }
    assert!(tried > 0, "the cases are gone");
    Ok(())
}

#[test]
fn each_entry_has_a_fuzzer_and_each_fuzzer_an_entry() -> Outcome {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml"))?;
    let mut fuzzers = Vec::new();
    for file in fs::read_dir(fuzz.join("fuzz_targets"))? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = name.ok_or("a name")?.to_owned();
        let calls = format!("entries::{name}(folder(), bytes)");
        assert!(fs::read_to_string(&path)?.contains(&calls), "{name}");
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not in the manifest"
        );
        fuzzers.push(name);
    }
    fuzzers.sort();
    assert_eq!(fuzzers, entries::ALL.map(|(name, _)| name));
    Ok(())
}
