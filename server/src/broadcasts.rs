//! Broadcasts: which bulletins air where, and when. What is ordered here is tried on the villages'
//! own programmes before it is kept, with the functions by which the stations air.

pub mod broadcast;
pub mod order;
pub mod moving;
mod address;
pub mod outlook;
mod limits;
mod ending;
pub mod place;
pub mod room;
mod clash;
pub mod choices;
pub mod lapsed;
pub mod interrupted;
pub mod upcoming;
pub mod going_on;
pub mod calendar;
pub mod words;
pub mod form;
pub mod next;
mod form_page;
mod ordering;
pub mod now;
mod showing;
pub mod pages;
pub mod api;

use crate::people::rights::Right;
use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/broadcasts",
    key: "broadcasts-title",
    right: Some(Right::View),
};
