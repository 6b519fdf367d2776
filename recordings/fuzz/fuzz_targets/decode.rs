//! Any bytes through the decoder, to their end.
#![no_main]

use std::io::Cursor;

libfuzzer_sys::fuzz_target!(init: recordings_fuzz::let_panics_be_caught(), |bytes: &[u8]| {
    if let Ok(mut decoder) = recordings::decode::open(Cursor::new(bytes.to_vec())) {
        while let Ok(Some(block)) = decoder.next_block() {
            assert!(block.iter().all(|sample| sample.abs() <= 8.0));
        }
    }
});
