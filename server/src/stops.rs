//! STOP from the panel: whoever answers for a village silences what sounds there, at once.
//!
//! A press is signed once and kept as the very bytes that stations receive. It is pushed whole, as
//! emergencies are, and asked for by those that were away. What it stops is the station's own
//! decision by `programme`; emergencies have a cancellation of their own.

pub mod stop;
pub mod press;
pub mod standing;
pub mod waiting;
pub mod on_air;
pub mod pages;
pub mod api;

pub use api::api;
pub use pages::routes;
