//! What airs where and when: vocabulary, rules, decisions.
//!
//! Pure: no input or output, no async, and no clock is ever read here; time and randomness come in
//! as arguments. Server and player both decide by this crate, so a day that the panel rehearses is
//! the day that the player airs.
//!
//! Modules stand in the order in which data flows through them. A new kind of decision starts as a
//! value in [`ids`] or in the module of its step, never as a flag that a program interprets.

pub mod units;
pub mod ids;
pub mod clock;
pub mod zone;
pub mod timetable;
pub mod rule;
pub mod programme;
pub mod quiet;
pub mod day_plan;
pub mod lint;
pub mod signed;
pub mod emergency;
pub mod stop;
pub mod standby;
pub mod enrolment;
pub mod air;
pub mod as_run;
pub mod wire;
pub mod bundle;
