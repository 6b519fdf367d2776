//! The player: airs the programme of one station on a village PC, unattended.
//!
//! It decides nothing about what airs: that is `programme`'s. It keeps the last good programme and
//! its recordings, wakes when the air core says so, writes down what happened before it goes on,
//! and tells the server when the server is there. It never needs the network to air.
//!
//! Modules stand in the order in which data flows through them. A new source of wake-ups is a
//! variant of the loop's `Wake`; a new kind of output is a variant of [`output::Sink`]; a new word
//! on the page is a line in [`screen::words`].

pub mod config;
pub mod clock;
pub mod plain;
pub mod station;
pub mod age;
pub mod enrol;
pub mod volume;
pub mod disk;
pub mod watchdog;
pub mod renewal;
pub mod state;
pub mod ready;
pub mod thrift;
pub mod sync;
pub mod bundle;
pub mod journal;
pub mod press;
pub mod daemon;
pub mod trial;
pub mod pins;
pub mod duties;
pub mod output;
pub mod loopback;
pub mod amplifier;
pub mod screen;
pub mod door;
pub mod stuck;
pub mod run;
pub mod today;
pub mod doctor;
pub mod commands;

pub use run::run;

/// The zone of the whole country that the program is made for, until a programme tells another.
pub const HOME_ZONE: &str = "Asia/Ho_Chi_Minh";

/// This release, as the server is told.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
