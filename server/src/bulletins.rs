//! Bulletins: what is to be said, in several languages, from draft to approval.

pub mod templates;
pub mod reading;
pub mod bulletin;
pub mod behalf;
pub mod content;
pub mod drafts;
pub mod removal;
pub mod approval;
pub mod approved;
pub mod coverage;
pub mod earlier;
mod approvers;
mod rejecting;
pub mod may;
mod showing;
pub mod pages;
pub mod writing;
pub mod api;

use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/bulletins",
    key: "bulletins-title",
    right: None,
};
