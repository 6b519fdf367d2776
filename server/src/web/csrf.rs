//! Refuses what another site makes a browser send.
//!
//! Two locks. A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`), and that must
//! be here. And what changes something for a person who is signed in carries the session's secret
//! in the header `X-CSRF-Token` or as the first field, `csrf`, of a form. A token for scripts needs
//! neither, because no browser sends it by itself.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use futures_util::StreamExt;
use futures_util::stream;
use subtle::ConstantTimeEq;

use super::errors::{Error, Result};
use crate::people::identity::{Actor, Via};
use crate::state::State;

/// Largest form without files, in bytes.
pub const FORM_LIMIT: usize = 1_000_000;
/// What a form is refused with that another site made, or that an earlier session left.
pub const FORGED: &str = "error-forged-form";
/// By here the first field of a form with files has come to its end.
const FIRST_FIELD_LIMIT: usize = 8_192;

/// Lets a request through, or says that it was forged.
///
/// # Errors
/// [`error-forged-form`](Error) (403) for a request that another site made.
pub async fn check(state: &State, actor: Option<&Actor>, request: Request) -> Result<Request> {
    let harmless = [Method::GET, Method::HEAD, Method::OPTIONS];
    let by_token = actor.is_some_and(|actor| actor.via() == Via::Token);
    if harmless.contains(request.method()) || by_token {
        return Ok(request);
    }
    if !is_from_here(request.headers(), &state.config.server.public_url) {
        return Err(forged());
    }
    match actor {
        Some(actor) => check_secret(actor.csrf(), request).await,
        None => Ok(request),
    }
}

/// A client that sends neither header is no browser, so nobody can have made it send a cookie.
pub fn is_from_here(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
    };
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text(ORIGIN) else {
        return !headers.contains_key(ORIGIN);
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    (!public_url.is_empty() && origin == public_url) || (host.is_some() && host == text(HOST))
}

async fn check_secret(secret: &str, request: Request) -> Result<Request> {
    if let Some(shown) = request.headers().get("x-csrf-token") {
        return same(shown.as_bytes(), secret)
            .then_some(request)
            .ok_or_else(forged);
    }
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let (parts, body) = request.into_parts();
    let (found, body) = if kind.starts_with("application/x-www-form-urlencoded") {
        let bytes = to_bytes(body, FORM_LIMIT).await.map_err(|_| {
            Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "error-request-too-large")
        })?;
        (in_form(&bytes), Body::from(bytes))
    } else if kind.starts_with("multipart/form-data") {
        first_field(body).await?
    } else {
        (None, body)
    };
    match found {
        Some(shown) if same(shown.as_bytes(), secret) => Ok(Request::from_parts(parts, body)),
        Some(_) | None => Err(forged()),
    }
}

/// Secrets are hexadecimal digits, so nothing in them is ever escaped.
fn in_form(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let secret = text
        .split('&')
        .find_map(|pair| pair.strip_prefix("csrf="))?;
    Some(secret.to_owned())
}

/// Reads on until the first field is whole, and gives back a body that has it still.
async fn first_field(body: Body) -> Result<(Option<String>, Body)> {
    let mut stream = body.into_data_stream();
    let mut head = Vec::new();
    let found = loop {
        if let Some(found) = in_multipart(&head) {
            break Some(found);
        }
        match stream.next().await {
            Some(piece) if head.len() < FIRST_FIELD_LIMIT => head.extend_from_slice(&piece?),
            Some(_) | None => break None,
        }
    };
    let head = stream::iter([Ok(Bytes::from(head))]);
    Ok((found, Body::from_stream(head.chain(stream))))
}

/// The first field of `multipart/form-data` (RFC 7578), if it is `csrf` and has come to its end.
fn in_multipart(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let (headers, rest) = text.split_once("\r\n\r\n")?;
    let (value, _) = rest.split_once("\r\n")?;
    headers.contains("name=\"csrf\"").then(|| value.to_owned())
}

fn same(shown: &[u8], secret: &str) -> bool {
    shown.ct_eq(secret.as_bytes()).into()
}

fn forged() -> Error {
    Error::refused(StatusCode::FORBIDDEN, FORGED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_requests_from_here_pass() {
        let here = [("host", "loa.example"), ("origin", "https://loa.example")];
        assert!(is_from_here(&headers(&here), ""));
        assert!(is_from_here(
            &headers(&[("sec-fetch-site", "same-origin")]),
            ""
        ));
        let proxied = [("host", "127.0.0.1"), ("origin", "https://loa.example")];
        assert!(is_from_here(&headers(&proxied), "https://loa.example"));
        let elsewhere = [("host", "loa.example"), ("origin", "https://evil.example")];
        assert!(!is_from_here(&headers(&elsewhere), "https://loa.example"));
        assert!(!is_from_here(
            &headers(&[("sec-fetch-site", "cross-site")]),
            ""
        ));
        assert!(!is_from_here(
            &headers(&[("host", "loa.example"), ("origin", "null")]),
            ""
        ));
    }

    #[test]
    fn the_secret_is_read_from_the_first_field_of_a_form_with_files() {
        let head = b"--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--b";
        assert_eq!(in_multipart(head), Some("abc".to_owned()));
        assert_eq!(in_multipart(&head[..54]), None);
        let other = b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--b";
        assert_eq!(in_multipart(other), None);
    }
}
