//! A bucket that speaks as much S3 as the server uses, in this process.
//!
//! It believes every signature; whether there is one, it does check.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED, RANGE,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};

const NAME: &str = "loa";
const THEN: &str = "Mon, 23 Nov 2026 02:00:00 GMT";

#[derive(Default)]
struct Held {
    objects: BTreeMap<String, Bytes>,
    parts: BTreeMap<u32, Bytes>,
}

type Bucket = Arc<Mutex<Held>>;

/// Starts an empty bucket and gives the address of its endpoint.
pub async fn start() -> String {
    let bucket = Bucket::default();
    let service = Router::new()
        .route(&format!("/{NAME}"), get(list).post(delete))
        .route(&format!("/{NAME}/{{*key}}"), any(object))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .with_state(bucket);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = axum_server::from_tcp(listener).unwrap();
    tokio::spawn(server.serve(service.into_make_service()));
    address
}

async fn list(State(bucket): State<Bucket>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let prefix = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("prefix="));
    let prefix = prefix.unwrap_or_default().replace("%2F", "/");
    let mut xml = format!("<ListBucketResult><Name>{NAME}</Name><IsTruncated>false</IsTruncated>");
    for (key, bytes) in &bucket.lock().unwrap().objects {
        if key.starts_with(&prefix) {
            xml += &format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-23T02:00:00Z</LastModified>\
                 <ETag>\"1\"</ETag><Size>{}</Size></Contents>",
                bytes.len()
            );
        }
    }
    (xml + "</ListBucketResult>").into_response()
}

/// Removes what the body names between `<Key>` and `</Key>`.
async fn delete(State(bucket): State<Bucket>, body: String) -> Response {
    let mut held = bucket.lock().unwrap();
    let mut xml = String::from("<DeleteResult>");
    for named in body.split("<Key>").skip(1) {
        let key = named.split('<').next().unwrap_or_default();
        held.objects.remove(key);
        xml += &format!("<Deleted><Key>{key}</Key></Deleted>");
    }
    (xml + "</DeleteResult>").into_response()
}

async fn object(
    State(bucket): State<Bucket>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !headers.contains_key(AUTHORIZATION) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let query = query.unwrap_or_default();
    let mut held = bucket.lock().unwrap();
    let part = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("partNumber="));
    match (method.as_str(), part) {
        ("PUT", Some(part)) => {
            held.parts.insert(part.parse().unwrap(), body);
            [(ETAG, "\"1\"")].into_response()
        }
        ("PUT", None)
            if headers.contains_key("if-none-match") && held.objects.contains_key(&key) =>
        {
            StatusCode::PRECONDITION_FAILED.into_response()
        }
        ("PUT", None) => {
            held.objects.insert(key, body);
            [(ETAG, "\"1\"")].into_response()
        }
        ("POST", _) if query.starts_with("uploads") => {
            held.parts.clear();
            let named = format!("<Bucket>{NAME}</Bucket><Key>{key}</Key><UploadId>u</UploadId>");
            format!("<InitiateMultipartUploadResult>{named}</InitiateMultipartUploadResult>")
                .into_response()
        }
        ("POST", _) => {
            let whole: Vec<u8> = held.parts.values().flatten().copied().collect();
            held.objects.insert(key, whole.into());
            let done = "<ETag>\"1\"</ETag>";
            format!("<CompleteMultipartUploadResult>{done}</CompleteMultipartUploadResult>")
                .into_response()
        }
        _ => match held.objects.get(&key) {
            Some(bytes) => content(&method, &headers, bytes),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

fn content(method: &Method, headers: &HeaderMap, bytes: &Bytes) -> Response {
    let known = [(ETAG, "\"1\""), (LAST_MODIFIED, THEN)];
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok());
    let range = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    if let Some((from, until)) = range {
        let from: usize = from.parse().unwrap();
        let until = until
            .parse::<usize>()
            .map_or(bytes.len(), |last| last + 1)
            .min(bytes.len());
        let range = format!("bytes {from}-{}/{}", until - 1, bytes.len());
        let part = bytes.slice(from..until);
        return (
            StatusCode::PARTIAL_CONTENT,
            known,
            [(CONTENT_RANGE, range)],
            part,
        )
            .into_response();
    }
    if method == Method::HEAD {
        return (known, [(CONTENT_LENGTH, bytes.len().to_string())]).into_response();
    }
    (known, bytes.clone()).into_response()
}
