//! See `entries::ingest_part`.
#![no_main]

use recordings_fuzz::{entries, folder, let_panics_be_caught};

libfuzzer_sys::fuzz_target!(init: let_panics_be_caught(), |bytes: &[u8]| {
    entries::ingest_part(folder(), bytes);
});
