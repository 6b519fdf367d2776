//! A phone that sends recordings by tus, as a client that knows nothing of this server would.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Answer, Browser};

pub const UPLOADS: &str = "/api/v1/uploads";
pub const BYTES: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// A sample recording, as it lies in `recordings/samples/`.
pub fn sample(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../recordings/samples/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// `Upload-Metadata` that says all of `pairs`.
pub fn metadata(pairs: &[(&str, &str)]) -> String {
    let pair = |(key, value): &(&str, &str)| format!("{key} {}", STANDARD.encode(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join(",")
}

/// A request that speaks tus 1.0.0.
pub async fn tus(
    browser: &mut Browser,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Answer {
    let mut all = vec![("tus-resumable", "1.0.0")];
    all.extend_from_slice(headers);
    browser.send(method, path, &all, body).await
}

/// Starts an upload of `length` bytes and gives back its address.
pub async fn begin(browser: &mut Browser, length: usize, said: &[(&str, &str)]) -> String {
    let (length, said) = (length.to_string(), metadata(said));
    let headers = [
        ("upload-length", length.as_str()),
        ("upload-metadata", &said),
    ];
    let made = tus(browser, Method::POST, UPLOADS, &headers, Vec::new()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.location().to_owned()
}

/// Sends `bytes` at `offset`.
pub async fn patch(browser: &mut Browser, place: &str, offset: usize, bytes: &[u8]) -> Answer {
    let offset = offset.to_string();
    let headers = [BYTES, ("upload-offset", offset.as_str())];
    tus(browser, Method::PATCH, place, &headers, bytes.to_vec()).await
}

/// Sends a whole recording and waits for what becomes of it.
pub async fn record(browser: &mut Browser, bytes: &[u8], said: &[(&str, &str)]) -> Value {
    let place = begin(browser, bytes.len(), said).await;
    let sent = patch(browser, &place, 0, bytes).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
    outcome(browser, &place).await
}

/// What an upload has become, once that is certain.
pub async fn outcome(browser: &mut Browser, place: &str) -> Value {
    for _ in 0..600 {
        let recording = browser.get(place).await.json();
        if ["ready", "refused"].contains(&recording["state"].as_str().unwrap_or_default()) {
            return recording;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the work on {place} did not end within a minute");
}
