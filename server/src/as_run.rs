//! As-run: what stations say truly happened, and what the panel makes of it.

pub mod journal;
pub mod store;
pub mod verify;
pub mod soundness;
mod unwanted;
pub mod report;
pub mod day;
pub mod words;
pub mod orders;
pub mod clock;
pub mod spoken;
pub mod starts;
pub mod outcomes;
pub mod pages;
pub mod api;

use crate::people::rights::Right;
use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/as-run",
    key: "as-run-title",
    right: Some(Right::View),
};
