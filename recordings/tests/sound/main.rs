//! Sound, from strangers' files to what a station airs, with real files of every kind.
//!
//! The files are made on the spot by `ffmpeg` from the sample announcements, so nothing large is
//! committed; a machine without `ffmpeg` fails these tests and says so.
#![expect(
    clippy::disallowed_methods,
    reason = "a test tears files and fills folders on purpose"
)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be prepared, or sees what must not be, ends at once"
)]

/// What the fuzzers call, which `make fuzz` builds elsewhere: here it is compiled and tried.
#[path = "../../fuzz/src/entries.rs"]
mod entries;

mod amr_voice;
mod compare;
mod files;

mod formats;
mod he_aac;
mod refused;
mod cut_off;
mod levels;
mod part;
mod seam;
mod ready;
mod streamed;
mod quality;
mod hostile;
mod long;
mod store;
mod durable;
mod samples;
mod recognise;

/// What every test gives: nothing, or the reason why it could not even be tried.
type Outcome = Result<(), Box<dyn std::error::Error>>;
