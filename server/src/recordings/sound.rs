//! Bytes of sound for whoever may hear them: whole or by range (RFC 9110 §14).

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use object_store::GetRange;
use programme::ids::ContentHash;
use recordings::decode::Format;

use crate::objects::Key;
use crate::state::State;
use crate::web::byte_range;
use crate::web::errors::Result;

/// Ogg with Opus in it (RFC 7845 §9).
pub const OPUS: &str = "audio/ogg; codecs=opus";

/// What a browser needs to hear about an original to play it.
pub fn type_of(format: Format) -> &'static str {
    match format {
        Format::Wav => "audio/wav",
        Format::Aiff => "audio/aiff",
        Format::Caf => "audio/x-caf",
        Format::Flac => "audio/flac",
        Format::Mp3 => "audio/mpeg",
        Format::Adts => "audio/aac",
        Format::Mp4 => "audio/mp4",
        Format::Webm => "audio/webm",
        Format::Ogg => "audio/ogg",
        Format::Amr => "audio/amr",
        // What a later release of `recordings` reads is saved by browsers and not played.
        _ => "application/octet-stream",
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// SHA-256 of the content.
    pub hash: ContentHash,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// What it is.
    pub content_type: &'w str,
}

/// The head of an answer, and what of the thing follows it.
pub struct Part {
    /// The head.
    pub head: Response,
    /// The bytes that follow; `None` where the head says it all.
    pub range: Option<Range<u64>>,
}

impl Part {
    /// What `headers` ask for of `wanted`.
    pub fn of(headers: &HeaderMap, wanted: &Wanted<'_>) -> Self {
        let tag = format!("\"{}\"", wanted.hash);
        let known = [
            (ETAG, tag.clone()),
            // The content never changes; who may hear it does, so nobody between may keep it.
            (CACHE_CONTROL, "private, max-age=3600".to_owned()),
            (ACCEPT_RANGES, "bytes".to_owned()),
        ];
        let all = wanted.size_bytes;
        let held = headers.get(IF_NONE_MATCH);
        if held.is_some_and(|held| held.as_bytes() == tag.as_bytes()) {
            let head = (StatusCode::NOT_MODIFIED, known).into_response();
            return Self { head, range: None };
        }
        let range = match byte_range::wanted(headers, &tag, all) {
            byte_range::Wanted::Whole => None,
            byte_range::Wanted::Part(range) => Some(range),
            byte_range::Wanted::Nothing => {
                let size = [(CONTENT_RANGE, format!("bytes */{all}"))];
                let head = (StatusCode::RANGE_NOT_SATISFIABLE, size).into_response();
                return Self { head, range: None };
            }
        };
        let sent = range.clone().unwrap_or(0..all);
        let kind = [
            (CONTENT_TYPE, wanted.content_type.to_owned()),
            (CONTENT_LENGTH, (sent.end - sent.start).to_string()),
            // Sent by strangers: a browser plays it or saves it, and never shows it as a page.
            (
                CONTENT_DISPOSITION,
                "inline; filename=\"loa-ban\"".to_owned(),
            ),
        ];
        let head = match range {
            None => (known, kind).into_response(),
            Some(range) => {
                let last = range.end.saturating_sub(1);
                let part = format!("bytes {}-{last}/{all}", range.start);
                let part = [(CONTENT_RANGE, part)];
                (StatusCode::PARTIAL_CONTENT, known, kind, part).into_response()
            }
        };
        let range = Some(sent);
        Self { head, range }
    }

    /// The answer, with the bytes behind its head.
    pub fn with(self, bytes: Body) -> Response {
        self.head.map(|_| bytes)
    }
}

/// Answers a request for the object at `key`.
///
/// # Errors
/// The store failed.
pub async fn send(
    state: &State,
    headers: &HeaderMap,
    key: &Key,
    wanted: Wanted<'_>,
) -> Result<Response> {
    let part = Part::of(headers, &wanted);
    let Some(range) = part.range.clone() else {
        return Ok(part.head);
    };
    let is_whole = range == (0..wanted.size_bytes);
    let get = (!is_whole).then_some(GetRange::Bounded(range));
    let found = state.objects.get(key, get).await?;
    Ok(part.with(Body::from_stream(found.bytes)))
}
