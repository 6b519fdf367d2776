//! Stations: village PCs. They come in by a code, pull what they are to air, and say how they are.

pub mod loudness;
pub mod position;
pub mod draft;
pub mod station;
pub mod code;
pub mod enrol;
pub mod caller;
pub mod health;
pub mod sync;
pub mod events;
pub mod standing;
pub mod api;
mod form;
pub mod pages;

use crate::people::rights::Right;
use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/stations",
    key: "stations-title",
    right: Some(Right::View),
};
