//! The sound behind a public page: Ogg Opus as the library keeps it, or the plain file that every
//! phone plays, decoded as it is sent.

use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::TryStreamExt as _;
use futures_util::stream::{self, BoxStream};
use programme::ids::ContentHash;
use recordings::streamed::{self, Streamed};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::heard::Spoken;
use super::pace::Share;
use crate::objects::Key;
use crate::recordings::sound::{self, OPUS, Part, Wanted};
use crate::state::State;
use crate::web::errors::Result;

/// A phone that takes nothing for so long loses its room; a player asks for the rest by range.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers a request for a recording as it is kept.
///
/// # Errors
/// The store failed.
pub async fn send_opus(state: &State, headers: &HeaderMap, spoken: &Spoken) -> Result<Response> {
    let wanted = Wanted {
        hash: spoken.hash,
        size_bytes: spoken.size_bytes,
        content_type: OPUS,
    };
    sound::send(state, headers, &Key::Recording(spoken.hash), wanted).await
}

/// Answers a request from `address` for the same as WAV.
///
/// # Errors
/// The store failed; 503 while there is no room for one more who listens so.
pub async fn send_plain(
    state: &State,
    headers: &HeaderMap,
    address: &str,
    spoken: &Spoken,
) -> Result<Response> {
    let (hash, duration) = (spoken.hash, spoken.duration);
    let wanted = Wanted {
        hash,
        size_bytes: streamed::size_bytes(duration),
        content_type: "audio/wav",
    };
    let part = Part::of(headers, &wanted);
    let Some(range) = part.range.clone() else {
        return Ok(part.head);
    };
    let seat = state.listeners.seat(address, spoken.size_bytes)?;
    let kept = state.objects.get(&Key::Recording(hash), None).await?;
    // In memory twice for a moment, one listener's at a time.
    let turn = state.listeners.turn(address).await?;
    let file = opened(kept.bytes, duration).await;
    drop(turn);
    let file = file.with_context(|| format!("decode {hash}"))?;
    // One piece waits while the next one is decoded.
    let (sending, coming) = mpsc::channel(1);
    tokio::spawn(pass_on(state.clone(), file, hash, range, sending, seat));
    let bytes = stream::unfold(coming, async |mut coming: mpsc::Receiver<_>| {
        let piece = coming.recv().await?;
        Some((piece, coming))
    });
    Ok(part.with(Body::from_stream(bytes)))
}

/// The recording of these `bytes`.
async fn opened(
    mut bytes: BoxStream<'static, object_store::Result<Bytes>>,
    duration: Duration,
) -> anyhow::Result<Streamed> {
    let mut whole = Vec::new();
    while let Some(part) = bytes.try_next().await? {
        whole.extend_from_slice(&part);
    }
    let opened = spawn_blocking(move || Streamed::open(Cursor::new(whole), duration));
    Ok(opened.await??)
}

/// Decodes until the range is sent, nobody listens any more, or somebody only sits there.
async fn pass_on(
    state: State,
    file: Streamed,
    hash: ContentHash,
    mut range: Range<u64>,
    sending: mpsc::Sender<std::io::Result<Bytes>>,
    _seat: Share,
) {
    let file = Arc::new(file);
    while !range.is_empty() {
        let (reading, at) = (Arc::clone(&file), range.start);
        let turn = state.listeners.next_turn().await;
        let read = spawn_blocking(move || reading.read(at)).await;
        drop(turn);
        let piece = match read {
            Ok(Ok(mut piece)) if !piece.is_empty() => {
                let left = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
                piece.truncate(left);
                range.start += piece.len() as u64;
                Ok(Bytes::from(piece))
            }
            Ok(Ok(_)) => break,
            Ok(Err(error)) => {
                tracing::warn!(recording = %hash, "a recording cannot be listened to: {error}");
                Err(std::io::Error::other("the recording ends here"))
            }
            // The program ends.
            Err(_) => break,
        };
        let ends = piece.is_err();
        let sent = timeout(PATIENCE, sending.send(piece)).await;
        if ends || !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
}
