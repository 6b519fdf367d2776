//! Who signs in, and what they may do where.

pub mod rights;
pub mod roles;
pub mod identity;
pub mod passwords;
pub mod pins;
pub mod person;
pub mod browser;
pub mod sessions;
pub mod typed;
pub mod tokens;
pub mod invitations;
pub mod keeping;
pub mod sign_in;
pub mod invited;
pub mod account;
pub mod admin;
pub mod me_api;
pub mod keeping_api;
pub mod invitations_api;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::state::State;

pub use admin::NAV;

/// The pages of this room.
pub fn routes() -> Router<State> {
    sign_in::routes()
        .merge(invited::routes())
        .merge(typed::routes())
        .merge(account::routes())
        .merge(admin::routes())
}

/// `/api/v1/me…`, `/api/v1/people…` and `/api/v1/invitations…`
pub fn api() -> OpenApiRouter<State> {
    me_api::api()
        .merge(keeping_api::api())
        .merge(invitations_api::api())
}
