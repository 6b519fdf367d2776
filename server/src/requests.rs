//! Requests for a recording: somebody sends a text or a document, villages take it up or say why
//! not, and whoever asked sees what became of it.
//!
//! What a village makes of a request is a bulletin like any other: this room begins it, and from
//! there on only looks.

pub mod request;
pub mod rows;
pub mod steps;
pub mod documents;
pub mod fates;
pub mod form;
pub mod pages;
pub mod api;

use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/requests",
    key: "requests-title",
    right: None,
};
