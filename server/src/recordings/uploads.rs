//! Bytes on their way in. Each piece that arrives becomes an object, and the offset moves by
//! compare-and-set in the database: any replica can take the next piece, and a link that breaks
//! costs at most the piece that was under way.

mod append;
mod ending;

use std::time::Duration;

use axum::http::StatusCode;
use programme::ids::{AreaId, BulletinId, PersonId, RecordingId, UploadId};
use programme::programme::Language;
use programme::units::WallTime;
use serde_json::json;

use crate::areas::area::Area;
use crate::audit::{self, Author};
use crate::database::{Connection, Write};
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

pub use append::{Checksum, append};
pub use ending::{forget_of, remove, sweep, terminate};

/// One upload, which may still be under way.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Its name.
    pub id: UploadId,
    /// The recording that comes out of it.
    pub recording: RecordingId,
    /// Where that recording belongs.
    pub area: AreaId,
    /// Who sends.
    pub author: PersonId,
    /// How many bytes will come, once the sender has said so.
    pub length_bytes: Option<u64>,
    /// How many bytes are there.
    pub offset_bytes: u64,
    /// The header `Upload-Metadata` as it came.
    pub metadata: String,
    /// When it is removed unless more arrives.
    pub expires_at: WallTime,
}

/// What starts an upload.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// Where the recording belongs.
    pub area: Area,
    /// What is spoken in it.
    pub language: Language,
    /// What the phone calls the file; only shown.
    pub file_name: String,
    /// The bulletin that the recording joins once it is ready.
    pub bulletin: Option<BulletinId>,
    /// How many bytes will come, if that is known.
    pub length_bytes: Option<u64>,
    /// The header `Upload-Metadata` as it came.
    pub metadata: String,
}

impl Upload {
    /// Whether all bytes are there.
    pub fn is_whole(&self) -> bool {
        self.length_bytes == Some(self.offset_bytes)
    }
}

/// Most bytes that one file may have.
pub fn size_limit_bytes(state: &State) -> u64 {
    state.config.uploads.size_limit_mb.saturating_mul(1_000_000)
}

/// The refusal of a file that is too large.
pub fn too_large(state: &State) -> Error {
    Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "error-upload-too-large")
        .with("limit", state.config.uploads.size_limit_mb)
}

/// Starts an upload and the recording that comes out of it.
///
/// # Errors
/// 403 and 404 without [`Right::Record`] in the area, 413 for a length over the limit, 422 for
/// a language that nobody here has heard of.
pub async fn create(state: &State, actor: &Actor, new: &NewUpload) -> Result<Upload> {
    actor.require(Right::Record, &new.area)?;
    if new
        .length_bytes
        .is_some_and(|length| length > size_limit_bytes(state))
    {
        return Err(too_large(state));
    }
    let upload = Upload {
        id: UploadId::from_random(state.randomness.bytes()),
        recording: RecordingId::from_random(state.randomness.bytes()),
        area: new.area.id.clone(),
        author: actor.id().clone(),
        length_bytes: new.length_bytes,
        offset_bytes: 0,
        metadata: new.metadata.clone(),
        expires_at: expiry(state),
    };
    let mut write = state.database.write().await?;
    insert(state, &mut write, new, &upload).await?;
    let (author, area) = (Author::from(actor), Some(&upload.area));
    let detail = json!({ "language": new.language, "file_name": new.file_name });
    let name = upload.recording.as_str();
    audit::record(
        state,
        &mut write,
        &author,
        "recording.upload",
        name,
        area,
        detail,
    )
    .await?;
    let whole = hand_on(&mut write, &upload.id).await?;
    write.commit().await?;
    if whole {
        state.wake.announce(super::ingest::SUBJECT).await;
    }
    Ok(upload)
}

async fn insert(
    state: &State,
    connection: &mut Connection,
    new: &NewUpload,
    upload: &Upload,
) -> Result<()> {
    let (known,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM spoken_languages WHERE code = $1")
        .bind(new.language.as_str())
        .fetch_one(&mut *connection)
        .await?;
    if known == 0 {
        return Err(Error::invalid("error-language-unknown").with("language", &new.language));
    }
    sqlx::query(
        "INSERT INTO recordings (id, area_id, author_id, language, file_name, for_bulletin_id, \
         state, created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, 'uploading', $7)",
    )
    .bind(upload.recording.as_str())
    .bind(upload.area.as_str())
    .bind(upload.author.as_str())
    .bind(new.language.as_str())
    .bind(&new.file_name)
    .bind(new.bulletin.as_ref().map(BulletinId::as_str))
    .bind(state.now().as_millis())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO uploads (id, recording_id, length_bytes, offset_bytes, metadata, \
         expires_at_ms) VALUES ($1, $2, $3, 0, $4, $5)",
    )
    .bind(upload.id.as_str())
    .bind(upload.recording.as_str())
    .bind(upload.length_bytes.map(as_bigint))
    .bind(&upload.metadata)
    .bind(upload.expires_at.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}

crate::rows! {
    struct Row {
        recording_id: String,
        area_id: String,
        author_id: String,
        length_bytes: Option<i64>,
        offset_bytes: i64,
        metadata: String,
        expires_at_ms: i64,
    }
}

/// The upload with this name, if `actor` sends it.
///
/// # Errors
/// 404 when there is none of theirs, 410 when it has expired.
pub async fn find(state: &State, actor: &Actor, id: &UploadId) -> Result<Upload> {
    let mut connection = state.database.read().await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT u.recording_id, r.area_id, r.author_id, u.length_bytes, u.offset_bytes, \
         u.metadata, u.expires_at_ms FROM uploads u JOIN recordings r ON r.id = u.recording_id \
         WHERE u.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row.filter(|row| row.author_id == actor.id().as_str()) else {
        return Err(Error::not_found());
    };
    let upload = Upload {
        id: id.clone(),
        recording: row.recording_id.parse().map_err(anyhow::Error::from)?,
        area: row.area_id.parse().map_err(anyhow::Error::from)?,
        author: row.author_id.parse().map_err(anyhow::Error::from)?,
        length_bytes: row.length_bytes.map(i64::unsigned_abs),
        offset_bytes: row.offset_bytes.unsigned_abs(),
        metadata: row.metadata,
        expires_at: WallTime::from_millis(row.expires_at_ms),
    };
    if upload.expires_at < state.now() {
        return Err(Error::refused(StatusCode::GONE, "error-upload-expired"));
    }
    Ok(upload)
}

/// Says how long an upload will be that was started without a length.
///
/// # Errors
/// 409 when another length was said before or more bytes are there already, 413 over the limit.
pub async fn set_length(state: &State, upload: &mut Upload, length_bytes: u64) -> Result<()> {
    if upload.length_bytes == Some(length_bytes) {
        return Ok(());
    }
    if length_bytes > size_limit_bytes(state) {
        return Err(too_large(state));
    }
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE uploads SET length_bytes = $1 \
         WHERE id = $2 AND length_bytes IS NULL AND offset_bytes <= $1",
    )
    .bind(as_bigint(length_bytes))
    .bind(upload.id.as_str())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Error::conflict("error-upload-other-length"));
    }
    upload.length_bytes = Some(length_bytes);
    let whole = hand_on(&mut write, &upload.id).await?;
    write.commit().await?;
    if whole {
        state.wake.announce(super::ingest::SUBJECT).await;
    }
    Ok(())
}

/// When all bytes are there, the recording's turn at ingest comes. Says whether that is so.
async fn hand_on(write: &mut Write, upload: &UploadId) -> Result<bool> {
    let handed_on = sqlx::query(
        "UPDATE recordings SET state = 'processing' WHERE state = 'uploading' AND id = \
         (SELECT recording_id FROM uploads WHERE id = $1 AND offset_bytes = length_bytes)",
    )
    .bind(upload.as_str())
    .execute(&mut **write)
    .await?
    .rows_affected();
    Ok(handed_on > 0)
}

/// One piece of an upload.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where it lies.
    pub key: Key,
    /// How many bytes it has.
    pub size_bytes: u64,
}

/// The pieces of an upload, in order.
///
/// # Errors
/// The database failed.
pub async fn pieces(connection: &mut Connection, id: &UploadId) -> Result<Vec<Piece>> {
    let rows: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT offset_bytes, size_bytes, attempt FROM upload_pieces \
         WHERE upload_id = $1 ORDER BY offset_bytes",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    let piece = |(offset, size, attempt): (i64, i64, String)| {
        let attempt = u64::from_str_radix(&attempt, 16).map_err(anyhow::Error::from)?;
        let key = Key::Upload {
            upload: id.clone(),
            offset: offset.unsigned_abs(),
            attempt,
        };
        Ok(Piece {
            key,
            size_bytes: size.unsigned_abs(),
        })
    };
    rows.into_iter().map(piece).collect()
}

fn expiry(state: &State) -> WallTime {
    let hours = u64::from(state.config.uploads.abandoned_after_hours);
    state.now() + Duration::from_secs(hours * 3_600)
}

/// Sizes are far below the 8 EiB where this would saturate.
fn as_bigint(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
