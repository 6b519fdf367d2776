//! Places: province, commune, village. Rights, targets and quiet hours hang on them.

pub mod sessions;
pub mod area;
pub mod tree;
mod listing;
pub mod pages;
pub mod api;

use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/areas",
    key: "areas-title",
    right: None,
};
