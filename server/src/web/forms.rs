//! Extractors whose refusals speak the reader's language. Use these, not axum's own.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::errors::Error;
use crate::state::State;

/// The fields of a form.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// The value of a JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The value of a JSON body that somebody signed: nothing is taken out of its texts.
#[derive(Debug)]
pub struct Exact<T>(pub T);

/// The variable parts of the path; one that cannot be read is a thing that does not exist.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The query of the address.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest<State> for Form<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let request = checked(request, state, escapes_nul, plain_form).await?;
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(value)) => Ok(Self(value)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

impl<T: DeserializeOwned> FromRequest<State> for Json<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let request = checked(request, state, writes_nul, plain_json).await?;
        read_json(request, state).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<State> for Exact<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        let request = checked(request, state, writes_nul, |bytes| bytes).await?;
        read_json(request, state).await.map(Self)
    }
}

async fn read_json<T: DeserializeOwned>(request: Request, state: &State) -> Result<T, Error> {
    match axum::Json::<T>::from_request(request, state).await {
        Ok(axum::Json(value)) => Ok(value),
        Err(rejection) => Err(unreadable(&rejection)),
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

/// The request with its body read and made `plain`, once no text in it holds a NUL as `finds_nul`
/// finds them.
async fn checked(
    request: Request,
    state: &State,
    finds_nul: fn(&[u8]) -> bool,
    plain: fn(Bytes) -> Bytes,
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
    let plain = plain(bytes);
    Ok(Request::from_parts(parts, Body::from(plain)))
}

/// Whether a character sets the direction of text. Nobody sees these, no language here needs them,
/// they come along with what is pasted, and they let a name read as another one.
fn turns_text(character: char) -> bool {
    matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(character, '\u{2066}'..='\u{2069}' | '\u{61C}')
}

/// Takes out of a text that somebody wrote what turns text around: out of forms and JSON it is
/// taken where they are read, and whatever else takes texts asks for it.
pub fn without_turns(text: &str) -> String {
    text.chars().filter(|each| !turns_text(*each)).collect()
}

/// A form without what turns text around in its fields.
fn plain_form(form: Bytes) -> Bytes {
    let fields: Vec<_> = form_urlencoded::parse(&form).collect();
    if !fields.iter().any(|(_, value)| value.contains(turns_text)) {
        return form;
    }
    let mut plain = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        plain.append_pair(&name, &without_turns(&value));
    }
    plain.finish().into()
}

/// JSON without what turns text around in its texts; what is no JSON is refused where it is read.
fn plain_json(json: Bytes) -> Bytes {
    // A text that has such a character is escaped, or has bytes beyond ASCII.
    if json.iter().all(|byte| byte.is_ascii() && *byte != b'\\') {
        return json;
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(&json) else {
        return json;
    };
    match take_turns(&mut value) {
        true => value.to_string().into(),
        false => json,
    }
}

/// Takes them out of each text in `value`, and says whether there was one.
fn take_turns(value: &mut Value) -> bool {
    match value {
        Value::String(text) if text.contains(turns_text) => {
            *text = without_turns(text);
            true
        }
        Value::Array(values) => values
            .iter_mut()
            .fold(false, |any, each| take_turns(each) | any),
        Value::Object(fields) => {
            let values = fields.values_mut();
            values.fold(false, |any, each| take_turns(each) | any)
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
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
        let form = |text: &str| plain_form(Bytes::copy_from_slice(text.as_bytes()));
        assert_eq!(
            form("a=Th%E2%80%AE%c3%b4n%e2%81%a9+1&b="),
            "a=Th%C3%B4n+1&b="
        );
        assert_eq!(form("a=\u{202e}%"), "a=%25");
        assert_eq!(form("a=\\%E2%80%AE"), "a=%5C");
        for untouched in ["a=%25E2%80%AE", "a=%E2%80%9C", "a"] {
            assert_eq!(form(untouched), untouched);
        }
        let json = |text: &str| plain_json(Bytes::copy_from_slice(text.as_bytes()));
        let turned = "{\"name\":[\"\u{202e}Thôn \\u200f“1”\\u202E\"],\"n\":1}";
        assert_eq!(json(turned), r#"{"n":1,"name":["Thôn “1”"]}"#);
        for untouched in [r#"["C:\\u202e", "\\\\"]"#, r#"{"a" : "“1”"}"#, "{\"\\u202e"] {
            assert_eq!(json(untouched), untouched);
        }
    }
}
