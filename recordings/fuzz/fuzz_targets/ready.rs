//! Any bytes as the Ogg Opus file of a recording, under their own hash: as they are, and, since
//! their checksums would hardly ever be right, as packets in pages that are.
#![no_main]

use std::sync::LazyLock;

use ogg::{PacketWriteEndInfo, PacketWriter};
use programme::ids::ContentHash;
use recordings::{Error, durable, wav};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(init: recordings_fuzz::let_panics_be_caught(), |bytes: &[u8]| {
    make_ready(bytes);
    make_ready(&paged(bytes));
});

fn make_ready(bytes: &[u8]) {
    let opus = FOLDER.path().join("recording.opus");
    durable::write(&opus, bytes).unwrap();
    match wav::ready(&opus, &ContentHash::of(bytes), &FOLDER.path().join("ready.wav")) {
        Err(Error::Storage(error)) => panic!("{error}"),
        Ok(_) | Err(_) => {}
    }
}

/// `bytes` cut into packets, each led by its length, behind sound headers.
fn paged(bytes: &[u8]) -> Vec<u8> {
    let mut writer = PacketWriter::new(Vec::new());
    let head = b"OpusHead\x01\x01\x38\x01\x80\xBB\x00\x00\x00\x00\x00".as_slice();
    for header in [head, b"OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"] {
        writer.write_packet(header, 1, PacketWriteEndInfo::EndPage, 0).unwrap();
    }
    let mut rest = bytes;
    while let [length, granule, later @ ..] = rest {
        let (packet, later) = later.split_at(later.len().min(usize::from(*length)));
        let end = match later.len() {
            0..=1 => PacketWriteEndInfo::EndStream,
            _ => PacketWriteEndInfo::EndPage,
        };
        writer.write_packet(packet, 1, end, u64::from(*granule) * 960).unwrap();
        rest = later;
    }
    writer.into_inner()
}
