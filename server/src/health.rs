//! For monitors and proxies: is it alive, can it work, what has it counted.

use std::fmt::Display;
use std::time::Duration;

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

/// What does not answer within this is away. A proxy waits no longer than some seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// Ready means that the database answers and the store of recordings does.
async fn ready(state: State) -> Response {
    let absent = programme::ids::ContentHash::of(b"readyz");
    let probe = crate::objects::Key::Recording(absent);
    let (database, objects) = tokio::join!(
        in_time(sessions::count(&state)),
        in_time(state.objects.size_bytes(&probe)),
    );
    match database.and(objects) {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: see the log\n").into_response()
        }
    }
}

/// Whether something answers, and answers in time.
async fn in_time<T, E: Display>(asked: impl Future<Output = Result<T, E>>) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
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
