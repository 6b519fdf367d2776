//! Reports: who will hear, who heard, what the village says, and the numbers of a month. Nothing is
//! decided here: everything follows from programmes, from the stations' own words and the as-run.

pub mod scope;
pub mod confirmations;
pub mod ahead;
pub mod days;
pub mod misses;
pub mod silent;
pub mod airings;
pub mod reading;
pub mod topics;
pub mod month;
pub mod reach;
pub mod words;
mod cards;
pub mod pages;
pub mod sheets;
pub mod table;
mod coverage_api;
pub mod confirm_api;
pub mod api;

use crate::people::rights::Right;
use crate::web::shell::NavLink;

pub use api::api;
pub use pages::routes;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/reports",
    key: "reports-title",
    right: Some(Right::View),
};
