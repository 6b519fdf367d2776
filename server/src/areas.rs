//! Places: province, commune, village. Rights, targets and quiet hours hang on them.

pub mod sessions;
pub mod policy;
pub mod timetable;
pub mod area;
mod change;
pub mod draft;
pub mod tree;
mod listing;
pub mod unheard;
mod form;
pub mod pages;
pub mod policy_page;
pub mod timetable_words;
pub mod timetable_page;
pub mod api;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::state::State;
use crate::web::shell::NavLink;

/// The pages of this room.
pub fn routes() -> Router<State> {
    let own = pages::routes().merge(policy_page::routes());
    own.merge(timetable_page::routes())
}

/// `/api/v1/areas…`
pub fn api() -> OpenApiRouter<State> {
    let own = api::api().merge(policy_page::api());
    own.merge(timetable_page::api())
}

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/areas",
    key: "areas-title",
    right: None,
};
