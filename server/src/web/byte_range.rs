//! A part of a recording, for a download that goes on where it was cut (RFC 9110 §14).

use axum::http::HeaderMap;
use axum::http::header::{IF_RANGE, RANGE};
use std::ops::Range;

/// What of a thing a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that it does not have.
    Nothing,
}

/// What `headers` ask for of a thing with `size_bytes` bytes that is known as `etag`.
///
/// One range is honoured; several, or one that cannot be read, are answered with the whole, as the
/// standard allows. So is a range of something else than what is here (`If-Range`).
pub fn wanted(headers: &HeaderMap, etag: &str, size_bytes: u64) -> Wanted {
    let other = headers
        .get(IF_RANGE)
        .is_some_and(|held| held.as_bytes() != etag.as_bytes());
    let range = headers
        .get(RANGE)
        .and_then(|range| range.to_str().ok())
        .and_then(|range| range.strip_prefix("bytes="))
        .and_then(|range| range.trim().split_once('-'));
    match range {
        Some(range) if !other => part(range, size_bytes).unwrap_or(Wanted::Whole),
        Some(_) | None => Wanted::Whole,
    }
}

fn part((first, last): (&str, &str), size_bytes: u64) -> Option<Wanted> {
    let (first, last) = (first.trim(), last.trim());
    let range = if first.is_empty() {
        let tail: u64 = last.parse().ok()?;
        size_bytes.saturating_sub(tail)..size_bytes
    } else {
        let first: u64 = first.parse().ok()?;
        let last = if last.is_empty() {
            None
        } else {
            Some(last.parse::<u64>().ok()?)
        };
        if last.is_some_and(|last| last < first) {
            return None;
        }
        let end = last
            .map_or(size_bytes, |last| last.saturating_add(1))
            .min(size_bytes);
        first..end
    };
    Some(if range.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Part(range)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(range: &str, if_range: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, range.parse().unwrap());
        if let Some(tag) = if_range {
            headers.insert(IF_RANGE, tag.parse().unwrap());
        }
        wanted(&headers, "\"abc\"", 100)
    }

    #[test]
    fn a_download_goes_on_where_it_was_cut() {
        assert_eq!(asked("bytes=40-", Some("\"abc\"")), Wanted::Part(40..100));
        assert_eq!(asked("bytes=0-0", None), Wanted::Part(0..1));
        assert_eq!(asked("bytes=90-200", None), Wanted::Part(90..100));
        assert_eq!(asked("bytes=-10", None), Wanted::Part(90..100));
        assert_eq!(asked("bytes=0-", None), Wanted::Part(0..100));
        assert_eq!(asked("bytes=100-", None), Wanted::Nothing);
        assert_eq!(asked("bytes= 5 - 9 ", None), Wanted::Part(5..10));
    }

    #[test]
    fn what_cannot_be_honoured_is_answered_with_the_whole() {
        assert_eq!(asked("bytes=40-", Some("\"other\"")), Wanted::Whole);
        for unread in [
            "bytes=9-3",
            "bytes=0-1,4-5",
            "pages=1-2",
            "bytes=-",
            "bytes=x-",
        ] {
            assert_eq!(asked(unread, None), Wanted::Whole, "{unread}");
        }
        assert_eq!(wanted(&HeaderMap::new(), "\"abc\"", 100), Wanted::Whole);
    }
}
