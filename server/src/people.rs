//! Who signs in, and what they may do where.

pub mod rights;
pub mod roles;
pub mod identity;
pub mod passwords;
pub mod person;
pub mod sessions;
pub mod sign_in;

use axum::Router;

use crate::state::State;

/// The pages of this room.
pub fn routes() -> Router<State> {
    sign_in::routes()
}
