//! Any bytes through everything that an upload goes through; what comes out must be fit to air.
#![no_main]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use recordings::encode::Coding;
use recordings::ingest::{Limits, Settings, ingest};
use recordings::{Error, wav};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

libfuzzer_sys::fuzz_target!(init: recordings_fuzz::let_panics_be_caught(), |bytes: &[u8]| {
    let coding = Coding { complexity: 0, ..Coding::default() };
    let limits = Limits { max_duration_ms: 60_000, ..Limits::default() };
    let settings = Settings { coding, limits, ..Settings::default() };
    let (folder, output) = (FOLDER.path(), FOLDER.path().join("recording.opus"));
    let go_on = |_| ControlFlow::Continue(());
    match ingest(Cursor::new(bytes.to_vec()), &settings, folder, &output, &go_on) {
        Ok(ingested) => {
            wav::ready(&output, &ingested.hash, &folder.join("ready.wav")).unwrap();
        }
        Err(Error::Storage(error)) => panic!("{error}"),
        Err(_) => {}
    }
});
