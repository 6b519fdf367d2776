//! Bytes of sound for whoever may hear them: whole or by range (RFC 9110 §14).

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use object_store::GetRange;
use programme::ids::ContentHash;
use recordings::decode::Format;

use crate::objects::Key;
use crate::state::State;
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
    let tag = format!("\"{}\"", wanted.hash);
    let known = [
        (ETAG, tag.clone()),
        // The content never changes; who may hear it does, so nobody between may keep it.
        (CACHE_CONTROL, "private, max-age=3600".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let names = |name| {
        headers
            .get(name)
            .is_some_and(|held| held.as_bytes() == tag.as_bytes())
    };
    if names(IF_NONE_MATCH) {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let asked = asked.filter(|_| !headers.contains_key(IF_RANGE) || names(IF_RANGE));
    let range = match asked.map_or(Asked::Whole, |text| parse(text, wanted.size_bytes)) {
        Asked::Whole => None,
        Asked::Part(first, end) => Some((first, end)),
        Asked::Nothing => {
            let size = [(CONTENT_RANGE, format!("bytes */{}", wanted.size_bytes))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, size).into_response());
        }
    };
    let get = range.map(|(first, end)| GetRange::Bounded(first..end));
    let found = state.objects.get(key, get).await?;
    let length = found.range.end - found.range.start;
    let kind = [
        (CONTENT_TYPE, wanted.content_type.to_owned()),
        (CONTENT_LENGTH, length.to_string()),
        // Sent by strangers: a browser plays it or saves it, and never shows it as a page.
        (
            CONTENT_DISPOSITION,
            "inline; filename=\"loa-ban\"".to_owned(),
        ),
    ];
    let body = Body::from_stream(found.bytes);
    Ok(match range {
        None => (known, kind, body).into_response(),
        Some((first, end)) => {
            let part = [(
                CONTENT_RANGE,
                format!("bytes {first}-{}/{}", end - 1, found.size_bytes),
            )];
            (StatusCode::PARTIAL_CONTENT, known, kind, part, body).into_response()
        }
    })
}

/// What the header `Range` asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    /// From the first byte up to, not including, the second.
    Part(u64, u64),
    /// Nothing that is there.
    Nothing,
}

/// One range is served; of several, or of what cannot be understood, the whole (RFC 9110 §14.2
/// lets a server ignore the header).
fn parse(text: &str, size: u64) -> Asked {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|spec| spec.split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (first, end) = match (number(first), number(last)) {
        (Some(first), Some(last)) if last >= first => (first, last.saturating_add(1).min(size)),
        (Some(first), None) if last.trim().is_empty() => (first, size),
        (None, Some(count)) if first.trim().is_empty() => (size.saturating_sub(count), size),
        _ => return Asked::Whole,
    };
    if first < end {
        Asked::Part(first, end)
    } else {
        Asked::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_players_of_sound_write_them() {
        assert_eq!(parse("bytes=0-", 100), Asked::Part(0, 100));
        assert_eq!(parse("bytes=0-1", 100), Asked::Part(0, 2));
        assert_eq!(parse("bytes=90-1000", 100), Asked::Part(90, 100));
        assert_eq!(parse("bytes=-10", 100), Asked::Part(90, 100));
        assert_eq!(parse("bytes=100-", 100), Asked::Nothing);
        for whole in ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-"] {
            assert_eq!(parse(whole, 100), Asked::Whole, "{whole}");
        }
    }
}
