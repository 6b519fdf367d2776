//! The player: airs the programme of one station on a village PC, unattended.
//!
//! Modules stand in the order in which data flows through them.

pub mod output;
