//! Any bytes as the Ogg Opus file of a recording, under their own hash.
#![no_main]

use std::sync::LazyLock;

use programme::ids::ContentHash;
use recordings::{Error, durable, wav};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(init: recordings_fuzz::let_panics_be_caught(), |bytes: &[u8]| {
    let opus = FOLDER.path().join("recording.opus");
    durable::write(&opus, bytes).unwrap();
    match wav::ready(&opus, &ContentHash::of(bytes), &FOLDER.path().join("ready.wav")) {
        Err(Error::Storage(error)) => panic!("{error}"),
        Ok(_) | Err(_) => {}
    }
});
