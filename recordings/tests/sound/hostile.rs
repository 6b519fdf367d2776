//! Files from strangers, broken on purpose: each ends in a result, soon and in little memory.
//!
//! The damage is drawn from a fixed seed, so a failure comes back. What the fuzzers under `fuzz/`
//! find is kept in `tests/cases/` and tried here, by every entry point, for ever.

use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use ogg::{PacketReader, PacketWriteEndInfo, PacketWriter};
use programme::ids::ContentHash;
use recordings::decode;
use recordings::encode::Coding;
use recordings::error::Error;
use recordings::ingest::{Settings, ingest};
use recordings::wav::{Reader, ready};

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
fn attack(seed: u64, cases: usize, files: &[(&str, Vec<u8>)], entry: &dyn Fn(&[u8])) {
    let mut damage = Damage(seed);
    for (name, file) in files {
        for case in 0..cases {
            let other = &files[damage.below(files.len())].1;
            let bytes = damage.apply(file, other);
            let spent = spent_in(|| entry(&bytes));
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

fn decode_all(bytes: &[u8]) {
    let Ok(mut decoder) = decode::open(Cursor::new(bytes.to_vec())) else {
        return;
    };
    let mut frames = 0;
    while let Ok(Some(block)) = decoder.next_block() {
        assert!(
            block.iter().all(|sample| sample.abs() <= 8.0),
            "a sample out of bounds"
        );
        frames += block.len();
        assert!(frames < 100_000_000, "sound without end");
    }
}

fn ingest_one(folder: &Path, bytes: &[u8]) {
    let coding = Coding {
        complexity: 0,
        ..Coding::default()
    };
    let settings = Settings {
        coding,
        ..Settings::default()
    };
    let output = folder.join("recording.opus");
    let go_on = |_| ControlFlow::Continue(());
    let source = Cursor::new(bytes.to_vec());
    match ingest(source, &settings, folder, &output, &go_on) {
        Ok(ingested) => {
            let wav = folder.join("ready.wav");
            let ready = ready(&output, &ingested.hash, &wav).expect("what we made can be aired");
            assert_eq!(ready.duration.as_millis(), u128::from(ingested.duration_ms));
        }
        Err(Error::Storage(error)) => panic!("the file was blamed on the disk: {error}"),
        Err(_) => {}
    }
}

fn ready_one(folder: &Path, bytes: &[u8]) {
    let opus = folder.join("hostile.opus");
    fs::write(&opus, bytes).expect("a written file");
    match ready(&opus, &ContentHash::of(bytes), &folder.join("ready.wav")) {
        Ok(_) | Err(Error::Unreadable(_)) => {}
        Err(error) => panic!("the file was blamed on something else: {error}"),
    }
}

fn read_one(folder: &Path, bytes: &[u8]) {
    let wav = folder.join("hostile.wav");
    fs::write(&wav, bytes).expect("a written file");
    let Ok(mut reader) = Reader::open(&wav) else {
        return;
    };
    let mut block = [0.0; 4_096];
    let mut frames = 0;
    while let Ok(count @ 1..) = reader.read(&mut block) {
        frames += count;
    }
    assert!(frames as u64 <= reader.frames());
    // A failure is an answer too; what counts is that there is one.
    let _ = reader
        .seek(frames as u64 / 2)
        .and_then(|()| reader.read(&mut block));
}

#[test]
fn decoding_survives_damage() {
    attack(0x10A_BA4, 150, &files(), &decode_all);
}

#[test]
fn amr_survives_damage() {
    attack(0xA3B, 2_000, &[("a.amr", amr())], &decode_all);
}

#[test]
fn ingesting_survives_damage() {
    let folder = Folder::new();
    attack(0x1_6357, 12, &files(), &|bytes| {
        ingest_one(&folder.path(""), bytes)
    });
}

#[test]
fn making_ready_survives_damage() -> Outcome {
    let folder = Folder::new();
    let (_, opus) = folder.ingest(&crate::files::sample("village-meeting.pcc.m4a"))?;
    let files = [("ours.opus", fs::read(opus)?)];
    attack(0x4EAD, 300, &files, &|bytes| {
        ready_one(&folder.path(""), bytes)
    });
    Ok(())
}

#[test]
fn making_ready_survives_damage_behind_right_checksums() -> Outcome {
    let folder = Folder::new();
    let (_, opus) = folder.ingest(&crate::files::sample("village-meeting.pcc.m4a"))?;
    let ours = fs::read(opus)?;
    let mut damage = Damage(0xC4C);
    for _ in 0..150 {
        ready_one(&folder.path(""), &damaged_packets(&ours, &mut damage)?);
    }
    Ok(())
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
    attack(0x3A7, 500, &files, &|bytes| {
        read_one(&folder.path(""), bytes)
    });
    Ok(())
}

#[test]
fn what_once_broke_us_does_not_again() -> Outcome {
    let folder = Folder::new();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut tried = 0;
    for entry in fs::read_dir(cases)? {
        let bytes = fs::read(entry?.path())?;
        let spent = spent_in(|| {
            decode_all(&bytes);
            ingest_one(&folder.path(""), &bytes);
            ready_one(&folder.path(""), &bytes);
            read_one(&folder.path(""), &bytes);
        });
        assert!(spent < LONGEST);
        tried += 1;
    }
    assert!(tried > 0, "the cases are gone");
    Ok(())
}
