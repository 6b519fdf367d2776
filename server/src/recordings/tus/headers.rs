//! The headers of tus.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::recordings::uploads::{Checksum, Upload};
use crate::web::errors::{Error, Result};

/// `Upload-Length`, if it is said.
pub fn length(headers: &HeaderMap) -> Result<Option<u64>> {
    bytes(headers, "upload-length")
}

/// `Upload-Offset`.
pub fn offset(headers: &HeaderMap) -> Result<u64> {
    bytes(headers, "upload-offset")?.ok_or_else(|| unreadable("upload-offset"))
}

fn bytes(headers: &HeaderMap, name: &'static str) -> Result<Option<u64>> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let digits = value
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| unreadable(name))
}

/// `Upload-Checksum`: the name of an algorithm, a space, and the hash in base 64.
pub fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>> {
    let Some(value) = headers.get("upload-checksum") else {
        return Ok(None);
    };
    let said = value.to_str().ok().and_then(|text| text.split_once(' '));
    let (algorithm, hash) = said.ok_or_else(|| unreadable("upload-checksum"))?;
    let hash = STANDARD
        .decode(hash)
        .map_err(|_| unreadable("upload-checksum"))?;
    match algorithm {
        "sha1" => Ok(Some(Checksum::Sha1(hash))),
        "sha256" => Ok(Some(Checksum::Sha256(hash))),
        _ => Err(Error::refused(
            StatusCode::BAD_REQUEST,
            "error-upload-checksum-kind",
        )),
    }
}

/// How far an upload is, and until when it waits for more.
pub fn put_progress(headers: &mut HeaderMap, upload: &Upload) {
    put(headers, "upload-offset", &upload.offset_bytes.to_string());
    if !upload.is_whole() {
        // The date of HTTP (RFC 9110 §5.6.7).
        let expires = upload
            .expires_at
            .timestamp()
            .strftime("%a, %d %b %Y %H:%M:%S GMT");
        put(headers, "upload-expires", &expires.to_string());
    }
}

/// What the sender said about the upload when it was made.
pub fn put_nature(headers: &mut HeaderMap, upload: &Upload) {
    match upload.length_bytes {
        Some(length) => put(headers, "upload-length", &length.to_string()),
        None => put(headers, "upload-defer-length", "1"),
    }
    if !upload.metadata.is_empty() {
        put(headers, "upload-metadata", &upload.metadata);
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    // What came in as a header and digits that we wrote ourselves always fit.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

fn unreadable(name: &'static str) -> Error {
    let reason = format!("the header {name} cannot be understood");
    Error::refused(StatusCode::BAD_REQUEST, "error-unreadable-request").with("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), value.parse().unwrap())])
    }

    #[test]
    fn a_number_of_bytes_is_digits_and_nothing_else() {
        assert_eq!(
            length(&with("upload-length", "2000000000")).unwrap(),
            Some(2_000_000_000)
        );
        assert_eq!(length(&HeaderMap::new()).unwrap(), None);
        for wrong in ["-1", "+1", "1e3", "99999999999999999999", ""] {
            assert!(length(&with("upload-length", wrong)).is_err(), "{wrong}");
        }
        assert!(offset(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_checksum_names_its_algorithm() {
        let sha1 = with("upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=");
        assert!(matches!(checksum(&sha1), Ok(Some(Checksum::Sha1(hash))) if hash.len() == 20));
        assert!(checksum(&with("upload-checksum", "crc32 AAAA")).is_err());
        assert!(checksum(&with("upload-checksum", "sha1")).is_err());
    }
}
