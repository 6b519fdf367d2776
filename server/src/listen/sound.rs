//! The sound behind a public page: Ogg Opus as the library keeps it, or the plain file that every
//! phone plays, decoded as it is sent.

use std::io::Cursor;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{TryStreamExt as _, stream};
use object_store::GetRange;
use programme::ids::ContentHash;
use recordings::plain::{self, HEADER_BYTES, Plain};
use tokio::sync::{Semaphore, mpsc};

use crate::objects::Key;
use crate::recordings::sound::OPUS;
use crate::state::State;
use crate::web::byte_range::{Wanted, wanted};
use crate::web::errors::{Error, Result};

/// So many plain files are decoded at once. Others are told to come back.
const AT_ONCE: usize = 32;
/// Seconds after which they may.
const LATER_S: u64 = 20;
/// Blocks of sound that wait for a slow phone.
const AHEAD: usize = 8;

static DECODING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(AT_ONCE)));

/// How a recording is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is kept.
    Opus,
    /// WAV.
    Plain,
}

/// Answers a request for a recording that a page lists.
///
/// # Errors
/// The store failed; 503 while too many phones are listening to plain files.
pub async fn send(
    state: &State,
    headers: &HeaderMap,
    hash: ContentHash,
    duration: Duration,
    form: Form,
) -> Result<Response> {
    let (ending, kind) = match form {
        Form::Opus => ("opus", OPUS),
        Form::Plain => ("wav", "audio/wav"),
    };
    let tag = format!("\"{hash}-{ending}\"");
    let known = [
        (ETAG, tag.clone()),
        (CACHE_CONTROL, "public, max-age=3600".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CONTENT_TYPE, kind.to_owned()),
    ];
    let held = headers.get(IF_NONE_MATCH);
    if held.is_some_and(|held| held.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    let found = match form {
        Form::Opus => {
            state
                .objects
                .get(&Key::Recording(hash), None)
                .await?
                .size_bytes
        }
        Form::Plain => plain::size_bytes(duration),
    };
    let (status, range) = match wanted(headers, &tag, found) {
        Wanted::Whole => (StatusCode::OK, 0..found),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => {
            let size = [(CONTENT_RANGE, format!("bytes */{found}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, size).into_response());
        }
    };
    let length = [(CONTENT_LENGTH, (range.end - range.start).to_string())];
    let last = range.end.saturating_sub(1);
    let part = (status == StatusCode::PARTIAL_CONTENT).then(|| {
        [(
            CONTENT_RANGE,
            format!("bytes {}-{last}/{found}", range.start),
        )]
    });
    let body = match form {
        Form::Opus => {
            let get = Some(GetRange::Bounded(range));
            let found = state.objects.get(&Key::Recording(hash), get).await?;
            Body::from_stream(found.bytes)
        }
        Form::Plain => decoded(state, hash, duration, range).await?,
    };
    Ok(match part {
        Some(part) => (status, known, length, part, body).into_response(),
        None => (status, known, length, body).into_response(),
    })
}

/// The bytes of a plain file in `range`, as they are decoded.
async fn decoded(
    state: &State,
    hash: ContentHash,
    duration: Duration,
    range: std::ops::Range<u64>,
) -> Result<Body> {
    let permit = Arc::clone(&DECODING).try_acquire_owned().map_err(|_| {
        let busy = Error::refused(StatusCode::SERVICE_UNAVAILABLE, "error-listen-busy");
        busy.with("seconds", LATER_S)
    })?;
    let found = state.objects.get(&Key::Recording(hash), None).await?;
    let pieces: Vec<Bytes> = found
        .bytes
        .try_collect()
        .await
        .map_err(anyhow::Error::from)?;
    let (sending, coming) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let sent = decode(&pieces.concat(), duration, range, &sending);
        if let Err(error) = sent {
            tracing::warn!(recording = %hash, "a recording cannot be decoded to listen: {error}");
            // Whoever listens may be gone.
            let _ = sending.blocking_send(Err(std::io::Error::other("the recording ends here")));
        }
    });
    let bytes = stream::unfold(coming, async |mut coming: mpsc::Receiver<_>| {
        let piece = coming.recv().await?;
        Some((piece, coming))
    });
    Ok(Body::from_stream(bytes))
}

type Sending = mpsc::Sender<std::io::Result<Bytes>>;

/// Decodes until the range is sent, or nobody listens any more.
fn decode(
    opus: &[u8],
    duration: Duration,
    range: std::ops::Range<u64>,
    sending: &Sending,
) -> std::result::Result<(), recordings::Error> {
    let mut at = 0;
    if !pass_on(&plain::header(duration), &mut at, &range, sending) {
        return Ok(());
    }
    debug_assert_eq!(HEADER_BYTES, plain::header(duration).len());
    let mut decoding = Plain::open(Cursor::new(opus), duration)?;
    while at < range.end {
        let Some(block) = decoding.next_block()? else {
            break;
        };
        if !pass_on(&block, &mut at, &range, sending) {
            break;
        }
    }
    Ok(())
}

/// Sends what of `bytes`, which stand at `at`, lies in `range`; whether anybody wants more.
fn pass_on(bytes: &[u8], at: &mut u64, range: &std::ops::Range<u64>, sending: &Sending) -> bool {
    let start = *at;
    *at += bytes.len() as u64;
    let from = range.start.max(start).min(*at) - start;
    let until = range.end.min(*at).max(start) - start;
    let index = |place: u64| usize::try_from(place).unwrap_or(bytes.len());
    let wanted = bytes.get(index(from)..index(until)).unwrap_or_default();
    if wanted.is_empty() {
        return *at < range.end;
    }
    let sent = sending.blocking_send(Ok(Bytes::copy_from_slice(wanted)));
    sent.is_ok() && *at < range.end
}
