//! Style, scripts and pictures, embedded in the program and kept by browsers for good.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::errors::{Error, Result};
use super::forms::Path;
use crate::state::State;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Files;

/// The address of a file in `assets/`, with its content in it: another content is another address.
pub fn address(name: &str) -> String {
    match HASHES.get(name) {
        Some(hash) => format!("/assets/{name}?v={hash}"),
        None => format!("/assets/{name}"),
    }
}

/// `/assets/…`.
pub fn routes() -> Router<State> {
    Router::new().route("/assets/{*name}", get(asset))
}

static HASHES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Files::iter()
        .filter_map(|name| Some((name.to_string(), short_hash(&Files::get(&name)?.data))))
        .collect()
});

async fn asset(Path(name): Path<String>, uri: Uri, headers: HeaderMap) -> Result<Response> {
    let file = Files::get(&name).ok_or_else(Error::not_found)?;
    let hash = short_hash(&file.data);
    let tag = format!("\"{hash}\"");
    let named_by_content = uri.query() == Some(&format!("v={hash}"));
    let keep = if named_by_content {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = [(ETAG, tag.clone()), (CACHE_CONTROL, keep.to_owned())];
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|held| held.as_bytes() == tag.as_bytes())
    {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    let kind = [(CONTENT_TYPE, content_type(&name))];
    Ok((known, kind, file.data.into_owned()).into_response())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

fn short_hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
