//! tus 1.0.0, the protocol of resumable uploads, with its extensions creation,
//! creation-with-upload, creation-defer-length, expiration, checksum and termination.
//!
//! Section names in comments are those of <https://tus.io/protocols/resumable-upload>.

mod headers;
mod metadata;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use programme::ids::UploadId;
use utoipa::OpenApi;

use super::uploads::{self, Upload};
use crate::openapi;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Path;
use crate::web::frame::Problem;
use crate::web::shell::Shell;

/// Where uploads live.
const PLACE: &str = "/api/v1/uploads";

/// The version that is spoken here.
const VERSION: &str = "1.0.0";

/// `/api/v1/uploads…`.
pub fn routes() -> Router<State> {
    Router::new()
        .route(PLACE, any(collection))
        .route("/api/v1/uploads/{upload}", any(upload))
        .layer(from_fn(versioned))
}

/// Core protocol, Tus-Resumable and Tus-Version: every answer names the version, and one to whoever
/// speaks another says which there are.
async fn versioned(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let version = HeaderValue::from_static(VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        let versions = HeaderName::from_static("tus-version");
        response.headers_mut().insert(versions, version.clone());
    }
    let spoken = HeaderName::from_static("tus-resumable");
    response.headers_mut().insert(spoken, version);
    response
}

/// Core protocol, Tus-Resumable: every request but OPTIONS, and the GET that is our own, names its
/// version.
///
/// # Errors
/// 412 for another version, and for none.
fn speaks(request: &Request) -> Result<()> {
    let named = request.headers().get("tus-resumable");
    if named.is_some_and(|version| version == VERSION) {
        return Ok(());
    }
    let status = StatusCode::PRECONDITION_FAILED;
    Err(Error::refused(status, "error-tus-version"))
}

/// Core protocol, X-HTTP-Method-Override: for networks that let only GET and POST through.
fn method(request: &Request) -> Method {
    let meant = request.headers().get("x-http-method-override");
    let meant = meant.and_then(|name| Method::from_bytes(name.as_bytes()).ok());
    match meant {
        Some(meant) if request.method() == Method::POST => meant,
        Some(_) | None => request.method().clone(),
    }
}

async fn collection(state: State, request: Request) -> Result<Response> {
    match method(&request) {
        Method::OPTIONS => Ok(abilities(&state)),
        Method::POST => {
            let actor = actor(&request)?;
            speaks(&request)?;
            create(state, actor, request).await
        }
        _ => Ok(refused("OPTIONS, POST")),
    }
}

async fn upload(
    state: State,
    shell: Shell,
    Path(id): Path<UploadId>,
    request: Request,
) -> Result<Response> {
    let method = method(&request);
    match method {
        Method::OPTIONS => return Ok(abilities(&state)),
        Method::DELETE | Method::GET | Method::HEAD | Method::PATCH => {}
        _ => return Ok(refused("DELETE, GET, HEAD, OPTIONS, PATCH")),
    }
    let actor = actor(&request)?;
    if method != Method::GET {
        speaks(&request)?;
    }
    let upload = uploads::find(&state, &actor, &id).await?;
    match method {
        Method::HEAD => Ok(head(&upload)),
        Method::PATCH => patch(state, upload, request).await,
        Method::DELETE => end(&state, &actor, &upload).await,
        _ => super::api::of_upload(&state, &shell, &upload).await,
    }
}

/// A method that is not taken, with those that are (RFC 9110 §15.5.6).
fn refused(taken: &'static str) -> Response {
    let mut response = openapi::method_refused().into_response();
    let taken = HeaderValue::from_static(taken);
    response.headers_mut().insert(ALLOW, taken);
    response
}

/// Who asks; not an extractor, because OPTIONS is for everybody.
fn actor(request: &Request) -> Result<Actor> {
    request
        .extensions()
        .get::<Actor>()
        .cloned()
        .ok_or(Error::SignInNeeded)
}

/// Core protocol, OPTIONS.
fn abilities(state: &State) -> Response {
    let limit = uploads::size_limit_bytes(state).to_string();
    let said = [
        ("tus-version", VERSION.to_owned()),
        ("tus-max-size", limit),
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-checksum-algorithm", "sha1,sha256".to_owned()),
    ];
    (StatusCode::NO_CONTENT, said).into_response()
}

const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination";

/// Starts an upload (tus 1.0.0: creation, creation-with-upload, creation-defer-length).
/// `Upload-Metadata` may say `filename`, `language`, `area` and `bulletin`.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads",
    params(("Tus-Resumable" = String, Header), ("Upload-Length" = Option<u64>, Header),
        ("Upload-Defer-Length" = Option<u8>, Header), ("Upload-Metadata" = Option<String>, Header)),
    responses((status = 201, headers(("Location" = String))), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem), (status = 413, body = Problem)))]
async fn create(state: State, actor: Actor, request: Request) -> Result<Response> {
    let headers = request.headers();
    let length = headers::length(headers)?;
    let deferred = headers
        .get("upload-defer-length")
        .is_some_and(|value| value == "1");
    if length.is_some() == deferred {
        return Err(Error::refused(
            StatusCode::BAD_REQUEST,
            "error-upload-length-missing",
        ));
    }
    let checksum = headers::checksum(headers)?;
    let carries_bytes = is_bytes(headers);
    let new = metadata::read(&state, &actor, headers, length).await?;
    let mut upload = uploads::create(&state, &actor, &new).await?;
    if carries_bytes && !upload.is_whole() {
        let body = request.into_body();
        upload = append(state, upload, body, checksum).await?;
    }
    let place = format!("{PLACE}/{}", upload.id);
    let mut response = (StatusCode::CREATED, [(LOCATION, place)]).into_response();
    headers::put_progress(response.headers_mut(), &upload);
    Ok(response)
}

/// How far an upload is.
#[utoipa::path(head, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 200, headers(("Upload-Offset" = u64))), (status = 404), (status = 410),
        (status = 412)))]
fn head(upload: &Upload) -> Response {
    let mut response = (StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response();
    headers::put_progress(response.headers_mut(), upload);
    headers::put_nature(response.headers_mut(), upload);
    response
}

/// Appends bytes to an upload, from its offset on.
#[utoipa::path(patch, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path), ("Tus-Resumable" = String, Header),
        ("Upload-Offset" = u64, Header), ("Upload-Checksum" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 204, headers(("Upload-Offset" = u64))), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 412, body = Problem), (status = 415, body = Problem),
        (status = 460, body = Problem)))]
async fn patch(state: State, mut upload: Upload, request: Request) -> Result<Response> {
    let headers = request.headers();
    if !is_bytes(headers) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Error::refused(status, "error-upload-content-type"));
    }
    if headers::offset(headers)? != upload.offset_bytes {
        return Err(Error::conflict("error-upload-offset"));
    }
    let checksum = headers::checksum(headers)?;
    if let Some(length) = headers::length(headers)? {
        uploads::set_length(&state, &mut upload, length).await?;
    }
    let upload = append(state, upload, request.into_body(), checksum).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    headers::put_progress(response.headers_mut(), &upload);
    Ok(response)
}

/// Ends an upload that its sender no longer wants.
#[utoipa::path(delete, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path), ("Tus-Resumable" = String, Header)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 412, body = Problem)))]
async fn end(state: &State, actor: &Actor, upload: &Upload) -> Result<Response> {
    uploads::terminate(state, actor, upload).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The protocol as the description of the API knows it. Its methods share a handler, because a
/// header may say another method than the request.
#[derive(OpenApi)]
#[openapi(paths(create, head, patch, end, super::api::of_upload))]
pub struct Described;

fn is_bytes(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/offset+octet-stream")
}

/// In a task of its own: when the sender is gone, the handler is dropped, and what arrived until
/// then must be kept all the same.
async fn append(
    state: State,
    upload: Upload,
    body: Body,
    checksum: Option<uploads::Checksum>,
) -> Result<Upload> {
    tokio::spawn(uploads::append(
        state,
        upload,
        body.into_data_stream(),
        checksum,
    ))
    .await?
}
