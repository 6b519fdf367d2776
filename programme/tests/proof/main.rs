//! The proof of this crate: stories of each rule, random days against the invariants, and the
//! frozen formats.

#![expect(
    clippy::expect_used,
    reason = "a proof that cannot go on has failed, also outside a test function"
)]

mod village;
mod station;
mod rules;
mod timetables;
mod quiet;
mod day_plans;
mod findings;
mod airing;
mod simulation;
mod reproductions;
mod traps;
mod trust;
mod bundle;
mod chain;
mod formats;
mod sound;
mod hardware_clock;
mod pins;
mod hostile;
