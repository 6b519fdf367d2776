//! Alarms: what goes wrong at stations is kept, and so is who knows of it.
//!
//! An alarm begins when a station says that something is wrong, or says nothing any more, and ends
//! when that is over. Whoever is in charge of the station and opens a page that shows it knows of
//! it; who does not is named with a telephone number, for somebody else to call.

pub mod alarm;
pub mod settle;
pub mod known;
pub mod pages;
pub mod api;

pub use api::api;
pub use pages::routes;
