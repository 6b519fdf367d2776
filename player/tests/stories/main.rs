//! The player's stories: a whole player in one process, with real files, a real SQLite and a real
//! network stack, a clock that the story moves, and a server that can misbehave.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story that cannot go on ends there"
)]

mod announcements;
mod commune;
mod pc;

mod airing;
mod amplifier;
mod amplifier_stuck;
mod carrier;
mod clocks;
mod door;
mod countdown;
mod downloads;
mod emergencies;
mod enrolling;
mod hung;
mod misconfigured;
mod lacking;
mod old_programme;
mod outages;
mod page;
mod people;
mod room;
mod settings;
mod signs;
mod speech;
mod thrift;
mod standby;
mod orders;
mod stick;
mod stick_asked;
mod sticks;
mod sticks_refused;
mod stops;
mod traps;
mod two_nights;
mod unreadable;
mod upgrades;
mod volume;
