//! Every way by which bytes from strangers come in, as functions: the fuzzers call them, and so do
//! the stories of `recordings`, which thereby compile them and try what the fuzzers once found.
//!
//! Each ends for any bytes, in a result or in an error that blames the bytes; and what is made of
//! them is fit to air. `folder` is a place for files, of which nothing matters afterwards.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use ogg::{PacketWriteEndInfo, PacketWriter};
use programme::ids::ContentHash;
use recordings::encode::Coding;
use recordings::foretaste::Opening;
use recordings::ingest::{Ingested, Limits, Part, Settings};
use recordings::streamed::{Streamed, size_bytes};
use recordings::wav::Reader;
use recordings::{Error, decode as decoding, durable, ingest as ingesting, wav};

/// A way in.
pub type Entry = fn(&Path, &[u8]);

/// All of them, each under the name of its fuzzer.
pub const ALL: [(&str, Entry); 9] = [
    ("amr", amr),
    ("decode", decode),
    ("foretaste", foretaste),
    ("ingest", ingest),
    ("ingest_part", ingest_part),
    ("plain", plain),
    ("ready", ready),
    ("streamed", streamed),
    ("wav_reader", wav_reader),
];

/// Any bytes through the decoder, to their end.
pub fn decode(_: &Path, bytes: &[u8]) {
    decode_within(bytes, 8.0);
}

/// Any frames behind the magic of an AMR file.
pub fn amr(_: &Path, bytes: &[u8]) {
    let frames = bytes.strip_prefix(MAGIC).unwrap_or(bytes);
    decode_within(&[MAGIC, frames].concat(), 1.0);
}

const MAGIC: &[u8] = b"#!AMR\n";

fn decode_within(bytes: &[u8], loudest: f32) {
    let Ok(mut decoder) = decoding::open(Cursor::new(bytes.to_vec())) else {
        return;
    };
    let mut frames = 0;
    while let Ok(Some(block)) = decoder.next_block() {
        let within = block.iter().all(|sample| sample.abs() <= loudest);
        assert!(within, "a sample out of bounds");
        frames += block.len();
        assert!(frames < 100_000_000, "sound without end");
    }
}

/// Any bytes through everything that an upload goes through.
pub fn ingest(folder: &Path, bytes: &[u8]) {
    ingest_some(folder, bytes, None);
}

/// The same of a part, which lies behind the end of many a sound.
pub fn ingest_part(folder: &Path, bytes: &[u8]) {
    let from_ms = bytes.len() as u64 % 1_000;
    let until_ms = from_ms + 600;
    ingest_some(folder, bytes, Some(Part { from_ms, until_ms }));
}

fn ingest_some(folder: &Path, bytes: &[u8], part: Option<Part>) {
    let coding = Coding {
        complexity: 0,
        ..Coding::default()
    };
    let limits = Limits {
        max_duration_ms: 60_000,
        ..Limits::default()
    };
    let settings = Settings {
        coding,
        limits,
        ..Settings::default()
    };
    let output = folder.join("recording.opus");
    let source = Cursor::new(bytes.to_vec());
    let go_on = |_| ControlFlow::Continue(());
    match ingesting::ingest_part(source, part, &settings, folder, &output, &go_on) {
        Ok(ingested) => assert_can_air(folder, &output, &ingested, &settings),
        Err(Error::Storage(error)) => panic!("the file was blamed on the disk: {error}"),
        Err(_) => {}
    }
}

fn assert_can_air(folder: &Path, output: &Path, ingested: &Ingested, settings: &Settings) {
    let ready = wav::ready(output, &ingested.hash, &folder.join("ready.wav"));
    let ready = ready.expect("what we made can be aired");
    assert_eq!(ready.duration.as_millis(), u128::from(ingested.duration_ms));
    assert!(ingested.loudness.true_peak_dbtp <= settings.ceiling_dbtp);
}

/// Any bytes as the Ogg Opus file of a recording, under their own hash: as they are, and, since
/// their checksums would hardly ever be right, as packets in pages that are.
pub fn ready(folder: &Path, bytes: &[u8]) {
    let (opus, wav) = (folder.join("hostile.opus"), folder.join("ready.wav"));
    for bytes in [bytes, paged(bytes).as_slice()] {
        durable::write(&opus, bytes).expect("a written file");
        blames_the_bytes(wav::ready(&opus, &ContentHash::of(bytes), &wav));
    }
}

/// The same for an amplifier that plays by itself.
pub fn plain(folder: &Path, bytes: &[u8]) {
    let (opus, wav) = (folder.join("hostile.opus"), folder.join("plain.wav"));
    for bytes in [bytes, paged(bytes).as_slice()] {
        durable::write(&opus, bytes).expect("a written file");
        blames_the_bytes(wav::plain(&opus, &ContentHash::of(bytes), &wav));
    }
}

fn blames_the_bytes<T>(result: Result<T, Error>) {
    match result {
        Ok(_) | Err(Error::Unreadable(_)) => {}
        Err(error) => panic!("the file was blamed on something else: {error}"),
    }
}

/// The same for a phone, read from its first byte to its last and from the middle.
pub fn streamed(_: &Path, bytes: &[u8]) {
    let lasts = Duration::from_secs(12);
    for bytes in [bytes, paged(bytes).as_slice()] {
        let Ok(streamed) = Streamed::open(Cursor::new(bytes), lasts) else {
            continue;
        };
        let (mut at, size) = (0, size_bytes(lasts));
        while at < size {
            match streamed.read(at) {
                Ok(piece) if piece.is_empty() => panic!("it ends at {at} of {size}"),
                Ok(piece) => at += piece.len() as u64,
                Err(_) => break,
            }
        }
        assert!(at <= size, "{at} of {size} bytes");
        // A failure is an answer too; what counts is that there is one.
        let _ = streamed.read(size / 2);
    }
}

/// Any bytes as the recording with which a cue begins.
pub fn foretaste(_: &Path, bytes: &[u8]) {
    let opening = Opening {
        gain_db: -6.0,
        pause: Duration::from_millis(100),
        ramp: Duration::from_millis(500),
        ramp_from_db: -12.0,
        most: Duration::from_secs(1),
    };
    let source = Cursor::new(bytes.to_vec());
    if let Ok(heard) = recordings::foretaste::foretaste(source, &opening) {
        let decoder = decoding::open(Cursor::new(heard));
        assert!(decoder.is_ok(), "what is offered can be heard");
    }
}

/// Any bytes as a ready WAV file.
pub fn wav_reader(folder: &Path, bytes: &[u8]) {
    let path = folder.join("hostile.wav");
    durable::write(&path, bytes).expect("a written file");
    let Ok(mut reader) = Reader::open(&path) else {
        return;
    };
    let mut block = [0.0; 4_096];
    let mut frames = 0;
    while let Ok(count @ 1..) = reader.read(&mut block) {
        frames += count as u64;
    }
    assert!(frames <= reader.frames());
    let _ = reader
        .seek(frames / 2)
        .and_then(|()| reader.read(&mut block));
}

/// `bytes` cut into packets, each led by its length, behind sound headers.
fn paged(bytes: &[u8]) -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new());
    let head = b"OpusHead\x01\x01\x38\x01\x80\xBB\x00\x00\x00\x00\x00".as_slice();
    let tags = b"OpusTags\x00\x00\x00\x00\x00\x00\x00\x00".as_slice();
    let mut write = |packet: &[u8], end, granule| {
        let written = writer.write_packet(packet.to_vec(), 1, end, granule);
        written.expect("memory takes all");
    };
    write(head, PacketWriteEndInfo::EndPage, 0);
    write(tags, PacketWriteEndInfo::EndPage, 0);
    let mut rest = bytes;
    while let [length, granule, later @ ..] = rest {
        let (packet, later) = later.split_at(later.len().min(usize::from(*length)));
        let end = match later.len() {
            0..=1 => PacketWriteEndInfo::EndStream,
            _ => PacketWriteEndInfo::EndPage,
        };
        write(packet, end, u64::from(*granule) * 960);
        rest = later;
    }
    writer.into_inner()
}
