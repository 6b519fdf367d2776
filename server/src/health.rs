//! For monitors and proxies: is it alive, can it work, what has it counted.

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::people::sessions;
use crate::state::State;

/// `/healthz`, `/readyz`, `/metrics`: outside the frame, so that they answer when it cannot.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready means that the database answers and the store of recordings does.
async fn ready(state: State) -> Response {
    let database = sessions::count(&state)
        .await
        .err()
        .map(|error| error.to_string());
    let absent = programme::ids::ContentHash::of(b"readyz");
    let probe = crate::objects::Key::Recording(absent);
    let objects = state
        .objects
        .size_bytes(&probe)
        .await
        .err()
        .map(|error| error.to_string());
    match database.or(objects) {
        None => "ready\n".into_response(),
        Some(error) => {
            tracing::error!(error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: see the log\n").into_response()
        }
    }
}

async fn metrics(state: State) -> Response {
    let text = match sessions::count(&state).await {
        Ok(sessions) => state
            .metrics
            .text(&[("database_up", 1), ("sessions", sessions)]),
        Err(_) => state.metrics.text(&[("database_up", 0)]),
    };
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
