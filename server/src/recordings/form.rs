//! Recordings by an ordinary form: for browsers without JavaScript, and for the phone's own
//! recorder. The file streams into pieces like any other upload.

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use futures_util::StreamExt;
use programme::ids::RecordingId;

use super::intake::{self, Wish};
use super::uploads;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::without_turns;

/// No field but the file is longer than a name.
const FIELD_LIMIT: usize = 1_000;
/// What stands around the file in a form, at most.
const AROUND_LIMIT: u64 = 10_000;

/// What came, and what the sender said about it, for the form to be shown again.
#[derive(Debug, Default)]
pub struct Sent {
    /// What was said.
    pub wish: Wish,
    /// What became of the file.
    pub recording: Option<RecordingId>,
}

/// Reads the form: `area`, `language` and `bulletin`, then `file`, of which the first counts in
/// which something was chosen.
///
/// # Errors
/// Those of an upload, and 422 without a file; `sent` then holds what was said until then.
pub async fn read(state: &State, actor: &Actor, request: Request, sent: &mut Sent) -> Result<()> {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    let length: Option<u64> = length.and_then(|text| text.parse().ok());
    let limit = uploads::size_limit_bytes(state).saturating_add(AROUND_LIMIT);
    if length.is_some_and(|length| length > limit) {
        return Err(uploads::too_large(state));
    }
    let form = Multipart::from_request(request, state).await;
    let mut form = form.map_err(|rejection| unreadable(&rejection.body_text()))?;
    while let Some(field) = form.next_field().await.map_err(|_| cut_off())? {
        match field.name().unwrap_or_default() {
            "area" => sent.wish.area = text(field).await?,
            "language" => sent.wish.language = text(field).await?,
            "bulletin" => sent.wish.bulletin = text(field).await?,
            "file" => {
                sent.wish.file_name = field.file_name().unwrap_or_default().to_owned();
                sent.recording = keep(state, actor, sent.wish.clone(), field).await?;
                if sent.recording.is_some() {
                    return Ok(());
                }
            }
            _ => {}
        }
    }
    Err(Error::invalid("error-recording-needs-file"))
}

async fn keep(
    state: &State,
    actor: &Actor,
    wish: Wish,
    mut file: Field<'_>,
) -> Result<Option<RecordingId>> {
    // A field in which no file was chosen comes without bytes and without a name.
    let mut first = file.chunk().await.map_err(|_| cut_off())?;
    while first.as_ref().is_some_and(|bytes| bytes.is_empty()) {
        first = file.chunk().await.map_err(|_| cut_off())?;
    }
    if wish.file_name.is_empty() && first.is_none() {
        return Ok(None);
    }
    let new = intake::settle(state, actor, wish).await?;
    let upload = uploads::create(state, actor, &new).await?;
    let body = futures_util::stream::iter(first.map(Ok)).chain(file);
    match uploads::append(state.clone(), upload.clone(), body, None).await {
        Ok(mut whole) => {
            let length = whole.offset_bytes;
            uploads::set_length(state, &mut whole, length).await?;
            Ok(Some(whole.recording))
        }
        Err(error) => {
            // A browser that sends forms starts from the beginning: what arrived helps nobody.
            uploads::terminate(state, actor, &upload).await?;
            Err(error)
        }
    }
}

async fn text(mut field: Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|_| cut_off())? {
        if bytes.len() + piece.len() > FIELD_LIMIT {
            return Err(unreadable("a field is too long"));
        }
        bytes.extend_from_slice(&piece);
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("a field is no text"))?;
    Ok(without_turns(&text))
}

fn unreadable(reason: &str) -> Error {
    Error::refused(StatusCode::BAD_REQUEST, "error-unreadable-request").with("reason", reason)
}

fn cut_off() -> Error {
    Error::refused(StatusCode::BAD_REQUEST, "error-request-cut-off")
}
