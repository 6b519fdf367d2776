//! The whole town in one place: what the stories, the faults and the benches stand on.
//!
//! It starts the real programs as processes and acts as the people do. It holds no rule of the
//! programme and decides nothing; what it finds out, it asks as anybody could. A new part of the
//! town is a file here with a method for each thing that somebody does.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops with a sentence"
)]

pub mod sources;
pub mod manifests;
pub mod chatter;
pub mod sound_card;
pub mod capture;
pub mod tape;
pub mod correlate;
pub mod horn;
pub mod program;
pub mod supervisor;
pub mod postgres;
pub mod page;
pub mod person;
pub mod browser;
pub mod paper;
pub mod judges;
pub mod tour;
pub mod network;
pub mod disk;
pub mod debian;
pub mod town;
pub mod wall_clock;
pub mod village;
pub mod phase;
pub mod deeds;
pub mod lived_in;
pub mod budget;
