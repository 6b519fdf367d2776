//! The clock on the wall of one machine: it shows what somebody set it to and goes on from there.
//!
//! Programs under it are told a wrong time by libfaketime. The clocks that nobody can set, since
//! the boot, are left alone.

use std::path::PathBuf;

use jiff::Timestamp;
use recordings::durable;
use tempfile::TempDir;

use crate::town::now;

/// A clock that can be set while programs run by it.
pub struct WallClock {
    offset: PathBuf,
    _folder: TempDir,
}

impl WallClock {
    /// A clock that shows `at` at this moment.
    pub fn showing(at: Timestamp) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the clock");
        let clock = Self {
            offset: folder.path().join("offset"),
            _folder: folder,
        };
        clock.set(at);
        clock
    }

    /// Makes it show `at` at this moment.
    pub fn set(&self, at: Timestamp) {
        let ahead = at.duration_since(now()).as_secs_f64();
        durable::write(&self.offset, format!("{ahead:+.3}\n").as_bytes()).expect("a clock");
    }

    /// What a program must find in its environment to go by it.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            (
                "LD_PRELOAD",
                "/usr/$LIB/faketime/libfaketimeMT.so.1".to_owned(),
            ),
            ("FAKETIME_TIMESTAMP_FILE", self.offset.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            // Files keep the times that the disk knows.
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
    }
}
