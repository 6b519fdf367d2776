//! The calendar: what a village or a commune will hear day by day, planned by the functions by
//! which its stations air, and what became of what is past.

mod span;
mod bands;
mod gather;
mod day;
mod fates;
mod reported;
mod lines;
pub mod pages;
pub mod rehearsal;
