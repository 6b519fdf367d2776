//! Extractors whose refusals speak the reader's language. Use these, not axum's own.

use axum::extract::rejection::{FormRejection, JsonRejection};
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
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(value)) => Ok(Self(value)),
            Err(FormRejection::BytesRejection(rejection)) => Err(too_large(rejection.status())),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

impl<T: DeserializeOwned> FromRequest<State> for Json<T> {
    type Rejection = Error;
    async fn from_request(request: Request, state: &State) -> Result<Self, Error> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::BytesRejection(rejection)) => Err(too_large(rejection.status())),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<State> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Error::not_found())
    }
}

impl<T: DeserializeOwned> FromRequestParts<State> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Error> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| unreadable(&rejection))
    }
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
