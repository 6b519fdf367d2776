//! The panel for people, the API for players and scripts, the library, the publisher.
//!
//! Each room of the house keeps its own SQL, its own JSON and its own pages together; this file is
//! the only wiring. It decides nothing about what airs: that is `programme`'s.
//!
//! A new room: a folder with `routes()` for pages and `api()` for `/api/v1`, a migration
//! `NNNN_room.sql`, `languages/{vi,en}/room.ftl`, `templates/room/`, and its lines below.

pub mod clock;
pub mod config;
pub mod database;
pub mod objects;
pub mod wake;
pub mod metrics;
pub mod state;
pub mod audit;
pub mod areas;
pub mod people;
pub mod recordings;
pub mod bulletins;
pub mod requests;
pub mod broadcasts;
pub mod programmes;
pub mod emergencies;
pub mod stops;
pub mod stations;
pub mod alarms;
pub mod as_run;
pub mod bundles;
pub mod reports;
pub mod listen;
pub mod front;
pub mod help;
pub mod web;
pub mod openapi;
pub mod health;
pub mod duties;
pub mod serve;
pub mod demo;
pub mod commands;

pub use serve::serve;
pub use state::State;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use web::errors::Error;
use web::shell::NavLink;

/// Where the navigation leads, in its order.
pub const NAV: &[NavLink] = &[
    bulletins::NAV,
    recordings::NAV,
    requests::NAV,
    broadcasts::NAV,
    emergencies::NAV,
    stations::NAV,
    as_run::NAV,
    bundles::NAV,
    reports::NAV,
    areas::NAV,
    people::NAV,
    audit::NAV,
];

/// Largest body that a handler takes unless it says otherwise, in bytes. Uploads say otherwise.
const BODY_LIMIT: usize = 1_000_000;

/// The whole server as one service.
pub fn router(state: State) -> Router {
    let (api, document) = openapi::document()
        .merge(areas::api())
        .merge(people::api())
        .merge(audit::api())
        .merge(recordings::api())
        .merge(bulletins::api())
        .merge(requests::api())
        .merge(broadcasts::api())
        .merge(emergencies::api())
        .merge(stops::api())
        .merge(stations::api())
        .merge(alarms::api())
        .merge(as_run::api())
        .merge(bundles::api())
        .merge(reports::api())
        .merge(listen::api())
        .split_for_parts();
    let pages = Router::new()
        .route("/", get(front::show))
        .merge(areas::routes())
        .merge(recordings::routes())
        .merge(bulletins::routes())
        .merge(requests::routes())
        .merge(broadcasts::routes())
        .merge(emergencies::routes())
        .merge(stops::routes())
        .merge(stations::routes())
        .merge(alarms::routes())
        .merge(as_run::routes())
        .merge(bundles::routes())
        .merge(reports::routes())
        .merge(listen::routes())
        .merge(people::routes())
        .merge(audit::routes())
        .merge(help::routes());
    let known = web::opened::Pages::of(pages.clone().with_state(state.clone()));
    pages
        .merge(api)
        .merge(openapi::routes(document))
        .fallback(async || Error::not_found())
        .method_not_allowed_fallback(move |route, method, uri| {
            known.clone().answer(route, method, uri)
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(state.clone(), web::frame::frame))
        .merge(web::assets::routes())
        .merge(health::routes())
        .layer(CompressionLayer::new().compress_when(serve::is_text))
        .with_state(state)
}
