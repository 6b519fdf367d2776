//! Who signs in, and what they may do where.

pub mod rights;
pub mod roles;
pub mod identity;
pub mod passwords;
pub mod person;
pub mod sessions;
pub mod tokens;
pub mod sign_in;
pub mod account;
pub mod admin;
pub mod api;

use axum::Router;

use crate::state::State;

pub use admin::NAV;
pub use api::api;

/// The pages of this room.
pub fn routes() -> Router<State> {
    sign_in::routes()
        .merge(account::routes())
        .merge(admin::routes())
}
