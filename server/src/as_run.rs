//! As-run: what stations say truly happened, and what the panel makes of it.

pub mod store;

use crate::people::rights::Right;
use crate::web::shell::NavLink;


/// Where the navigation leads.
pub const NAV: NavLink = NavLink { path: "/as-run", key: "as-run-title", right: Some(Right::View) };
