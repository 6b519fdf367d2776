//! Recordings: bytes come in by tus or by a form, [`ingest`] makes sound of them that can air, and
//! whoever may hear it does.
//!
//! This room knows bulletins only as the place where a finished recording goes; what is said to
//! whom and when is decided elsewhere.

pub mod intake;
pub mod uploads;
pub mod tus;
pub mod ingest;
pub mod recording;
pub mod refusal;
pub mod advice;
pub mod shelf;
pub mod cut;
mod typed_cut;
pub mod sound;
pub mod foretaste;
pub mod waveform;
pub mod form;
pub mod pages;
pub mod api;

use axum::Router;

use crate::state::State;
use crate::web::shell::NavLink;

pub use api::api;

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/recordings",
    key: "recordings-title",
    right: None,
};

/// `/recordings…` and `/api/v1/uploads…`
pub fn routes() -> Router<State> {
    pages::routes().merge(tus::routes())
}
