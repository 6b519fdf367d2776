//! Any bytes as a ready WAV file.
#![no_main]

use std::sync::LazyLock;

use recordings::{durable, wav::Reader};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(init: recordings_fuzz::let_panics_be_caught(), |bytes: &[u8]| {
    let path = FOLDER.path().join("ready.wav");
    durable::write(&path, bytes).unwrap();
    if let Ok(mut reader) = Reader::open(&path) {
        let mut block = [0.0; 1024];
        while let Ok(1..) = reader.read(&mut block) {}
        let _ = reader.seek(reader.frames() / 2).and_then(|()| reader.read(&mut block));
    }
});
