//! Extractors whose refusals speak the reader's language. Use these, not axum's own.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::errors::Error;
use crate::state::State;

/// The fields of a form.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// The value of a JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The variable parts of the path; one that cannot be read is a thing that does not exist.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The query of the address.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest<State> for Form<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let request = checked(request, state, escapes_nul, &[MARKS, MARKS_ESCAPED]).await?;
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(value)) => Ok(Self(value)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

impl<T: DeserializeOwned> FromRequest<State> for Json<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let request = checked(request, state, writes_nul, &[MARKS, MARKS_IN_JSON]).await?;
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<State> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        if escapes_nul(parts.uri.path().as_bytes()) {
            return Err(Error::not_found());
        }
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Error::not_found())
    }
}

impl<T: DeserializeOwned> FromRequestParts<State> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        if escapes_nul(parts.uri.query().unwrap_or_default().as_bytes()) {
            return Err(nul());
        }
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| unreadable(&rejection))
    }
}

/// Refuses text with the character NUL in it, which PostgreSQL keeps in no text and nobody can see.
///
/// # Errors
/// 422 for such a text.
pub fn without_nul(text: &str) -> Result<(), Error> {
    if text.contains('\0') {
        return Err(nul());
    }
    Ok(())
}

/// The request with its body read, once no text in it holds a NUL as `finds_nul` finds them; what
/// turns text around, as `marks` write it, is taken out.
async fn checked(
    request: Request,
    state: &State,
    finds_nul: fn(&[u8]) -> bool,
    marks: &[&[&str]],
) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    // The limit of the route stands among the extensions of the request.
    let whole = Request::from_parts(parts.clone(), body);
    let bytes = Bytes::from_request(whole, state)
        .await
        .map_err(|rejection| too_large(rejection.status()))?;
    if finds_nul(&bytes) {
        return Err(nul());
    }
    let plain = without_marks(&bytes, marks);
    // Only what was laid one into another, to come out as one, holds marks now.
    if without_marks(&plain, marks) != plain {
        let refused = Error::refused(StatusCode::BAD_REQUEST, "error-unreadable-request");
        return Err(refused.with("reason", "U+202E"));
    }
    Ok(Request::from_parts(parts, Body::from(plain)))
}

/// What sets the direction of text. Nobody sees these characters, no language here needs them, they
/// come along with what is pasted, and they let a name read as another one.
const MARKS: &[&str] = &[
    "\u{200E}", "\u{200F}", "\u{202A}", "\u{202B}", "\u{202C}", "\u{202D}", "\u{202E}", "\u{2066}",
    "\u{2067}", "\u{2068}", "\u{2069}", "\u{61C}",
];
/// The same as a form escapes them.
const MARKS_ESCAPED: &[&str] = &[
    "%E2%80%8E",
    "%E2%80%8F",
    "%E2%80%AA",
    "%E2%80%AB",
    "%E2%80%AC",
    "%E2%80%AD",
    "%E2%80%AE",
    "%E2%81%A6",
    "%E2%81%A7",
    "%E2%81%A8",
    "%E2%81%A9",
    "%D8%9C",
];
/// The same as JSON may escape them.
const MARKS_IN_JSON: &[&str] = &[
    r"\u200E", r"\u200F", r"\u202A", r"\u202B", r"\u202C", r"\u202D", r"\u202E", r"\u2066",
    r"\u2067", r"\u2068", r"\u2069", r"\u061C",
];

/// A body without those `marks`, of which case says nothing.
fn without_marks(body: &[u8], marks: &[&[&str]]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((first, behind)) = rest.split_first() {
        let begins = |mark: &&str| {
            let begin = rest.get(..mark.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(mark.as_bytes()))
        };
        if let Some(mark) = marks.iter().copied().flatten().copied().find(begins) {
            rest = rest.get(mark.len()..).unwrap_or_default();
        } else if let (b'\\', Some((escaped, behind))) = (first, behind.split_first()) {
            // What is escaped may be a backslash itself.
            kept.extend([*first, *escaped]);
            rest = behind;
        } else {
            kept.push(*first);
            rest = behind;
        }
    }
    kept
}

/// Whether a form or a query has a NUL in one of its values.
fn escapes_nul(form: &[u8]) -> bool {
    form.contains(&0) || form.windows(3).any(|three| three == b"%00")
}

/// Whether a text in JSON has a NUL in it. It can only be escaped (RFC 8259 §7).
fn writes_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(backslash) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(backslash + 1..).unwrap_or_default();
        if escape.starts_with(b"u0000") {
            return true;
        }
        // The escaped character may be a backslash itself.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

fn nul() -> Error {
    Error::invalid("error-nul-character")
}

/// Text as it stands in the query of an address: everything is escaped that means something there.
pub fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// What the parser says is in English, and helps whoever wrote the script or the form.
fn unreadable(rejection: &dyn std::error::Error) -> Error {
    let mut reason = rejection.to_string();
    let mut source = rejection.source();
    while let Some(inner) = source {
        reason = inner.to_string();
        source = inner.source();
    }
    Error::refused(StatusCode::BAD_REQUEST, "error-unreadable-request").with("reason", reason)
}

fn too_large(status: StatusCode) -> Error {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Error::refused(status, "error-request-too-large")
    } else {
        Error::refused(StatusCode::BAD_REQUEST, "error-request-cut-off")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_however_it_is_written_and_no_text_is_taken_for_one() {
        assert!(escapes_nul(b"title=a%00b") && escapes_nul(b"title=a\0"));
        assert!(!escapes_nul(b"title=100%2500"));
        assert!(writes_nul(br#"{"title":"a\u0000b"}"#) && writes_nul(br#"["\\\u0000"]"#));
        assert!(!writes_nul(br#"["\\u0000", "\u0001", "u0000", "\"]"#));
    }

    #[test]
    fn what_turns_text_around_is_taken_out_however_it_is_written_and_nothing_else_is() {
        let form = |text: &str| without_marks(text.as_bytes(), &[MARKS, MARKS_ESCAPED]);
        assert_eq!(form("a=Th%E2%80%AE%c3%b4n%e2%81%a9+1"), b"a=Th%c3%b4n+1");
        assert_eq!(form("a=\u{202e}%"), b"a=%");
        assert_eq!(form("a=%25E2%80%AE%E2%80%9C"), b"a=%25E2%80%AE%E2%80%9C");
        let json = |text: &str| without_marks(text.as_bytes(), &[MARKS, MARKS_IN_JSON]);
        let plain = r#"{"name":"Thôn “1”"}"#;
        assert_eq!(
            json("{\"name\":\"\u{202e}Thôn \\u200f“1”\\u202E\"}"),
            plain.as_bytes()
        );
        let path = r#"["C:\\u202e", "\\"]"#;
        assert_eq!(json(path), path.as_bytes());
    }
}
