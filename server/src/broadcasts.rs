//! Broadcasts: which bulletins air where, and when. What is ordered here is tried on the villages'
//! own programmes before it is kept, with the functions by which the stations air.

pub mod approved;
pub mod broadcast;
pub mod order;
pub mod outlook;
pub mod place;
pub mod api;

pub use api::api;
