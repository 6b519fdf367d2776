//! Emergencies: what an officer orders to sound at once, over everything and in quiet hours too.
//!
//! An order is signed once and kept as the very bytes that stations receive. It does not wait for a
//! programme: it is pushed whole to every station that it concerns, and asked for by those that
//! were away.

pub mod emergency;
pub mod request;
mod sent_before;
pub mod outlook;
pub mod place;
pub mod push;
pub mod sync;
pub mod standing;
pub mod standby;
pub mod at_pcs;
pub mod drills;
mod standby_lines;
pub mod form;
mod places;
mod ordering;
pub mod pages;
pub mod api;
mod standby_api;

use crate::people::rights::Right;
use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/emergencies",
    key: "emergencies-title",
    right: Some(Right::Emergency),
};
