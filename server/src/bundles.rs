//! Bundles: programme and recordings for villages without internet, carried on a stick, and their
//! as-run, which comes back the same way.
//!
//! Nothing here is signed in another way or kept in another place than what goes over the network:
//! a bundle holds the very programme that was published, and lines that come back are kept by
//! [`crate::as_run::store`].

pub mod journeys;
pub mod make;
pub mod export;
pub mod archive;
pub mod parcel;
pub mod names;
pub mod plain;
pub mod pages;
pub mod api;

use crate::people::rights::Right;
use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/bundles",
    key: "bundles-title",
    right: Some(Right::Carry),
};
