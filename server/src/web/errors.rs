//! One error for the whole server: a page with a sentence of advice for people, problem+json
//! (RFC 9457) for scripts.
//!
//! A handler returns [`Error`]; the frame around all handlers turns it into either, in the reader's
//! language, and logs what is the server's own fault, once.

use std::fmt;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// What handlers return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the session has ended.
    #[error("nobody is signed in")]
    SignInNeeded,
    /// The request cannot be granted, and the sentence says why and what to do.
    #[error("{0}")]
    Refused(Refusal),
    /// The server's own fault. Nothing of it is shown.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

/// A refusal: a status, and the name of a sentence that has an `.advice` beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status of the answer.
    pub status: StatusCode,
    /// Names the sentence in `languages/`, and, without `error-`, the problem's type.
    pub key: &'static str,
    /// Values for the sentence.
    pub values: Vec<(&'static str, String)>,
}

impl Error {
    /// A refusal with the given status.
    pub fn refused(status: StatusCode, key: &'static str) -> Self {
        Self::Refused(Refusal {
            status,
            key,
            values: Vec::new(),
        })
    }

    /// What was sent does not make sense (422).
    pub fn invalid(key: &'static str) -> Self {
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, key)
    }

    /// What is there does not allow it (409): somebody was quicker, or the state is another.
    pub fn conflict(key: &'static str) -> Self {
        Self::refused(StatusCode::CONFLICT, key)
    }

    /// There is no such thing, or none that this person may see (404).
    pub fn not_found() -> Self {
        Self::refused(StatusCode::NOT_FOUND, "error-not-found")
    }

    /// This person may not do that there (403).
    pub fn forbidden() -> Self {
        Self::refused(StatusCode::FORBIDDEN, "error-forbidden")
    }

    /// The same with a value for its sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.values.push((name, value.to_string()));
        }
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::Refused(refusal) => refusal.status,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The name of its sentence.
    pub fn key(&self) -> &'static str {
        match self {
            Self::SignInNeeded => "error-sign-in-needed",
            Self::Refused(refusal) => refusal.key,
            Self::Internal(_) => "error-internal",
        }
    }

    /// Values for its sentence.
    pub fn values(&self) -> &[(&'static str, String)] {
        match self {
            Self::Refused(refusal) => &refusal.values,
            Self::SignInNeeded | Self::Internal(_) => &[],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key)
    }
}

/// Only the status; the frame writes the body, because it knows who reads.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

macro_rules! internal {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                Self::Internal(error.into())
            }
        }
    )*};
}

internal! {
    anyhow::Error, sqlx::Error, object_store::Error, std::io::Error, serde_json::Error,
    askama::Error, tokio::task::JoinError, axum::Error
}
