//! Recordings as the server sends them, and as a bad line does.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_RANGE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use programme::ids::ContentHash;

use super::{Commune, problem};

pub(super) async fn recording(
    State(commune): State<Commune>,
    Path(hash): Path<ContentHash>,
    headers: HeaderMap,
) -> Response {
    let mut inside = commune.look();
    let Some(bytes) = inside.recordings.get(&hash).cloned() else {
        return problem(StatusCode::NOT_FOUND, "There is no such recording", "");
    };
    let range = headers.get(RANGE).unwrap().to_str().unwrap();
    let from: usize = range["bytes=".len()..range.len() - 1].parse().unwrap();
    let rest = bytes[from..].to_vec();
    let whole = bytes.len();
    let cut = inside.cut_after.take();
    let stall = inside.stall_after.take();
    let count = cut.or(stall).unwrap_or(rest.len());
    let sent = rest[..count.min(rest.len())].to_vec();
    inside.sent_bytes += sent.len();
    let mut pieces: Vec<Result<Vec<u8>, std::io::Error>> = vec![Ok(sent)];
    if cut.is_some() {
        pieces.push(Err(std::io::Error::other("the network is gone")));
    }
    let pieces = stream::iter(pieces).then(async |piece| {
        if piece.is_err() {
            // What went before is on its way by then.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        piece
    });
    let silence = stream::pending().take(usize::from(stall.is_some()));
    let body = Body::from_stream(pieces.chain(silence));
    let range = format!("bytes {from}-{}/{whole}", whole - 1);
    (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, range)], body).into_response()
}
