//! Any frames behind the magic of an AMR file.
#![no_main]

use std::io::Cursor;

libfuzzer_sys::fuzz_target!(init: recordings_fuzz::let_panics_be_caught(), |frames: &[u8]| {
    let file = [b"#!AMR\n", frames].concat();
    if let Ok(mut decoder) = recordings::decode::open(Cursor::new(file)) {
        while let Ok(Some(block)) = decoder.next_block() {
            assert!(block.iter().all(|sample| sample.abs() <= 1.0));
        }
    }
});
