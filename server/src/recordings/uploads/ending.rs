//! How an upload ends without becoming a recording.

use programme::ids::{RecordingId, UploadId};
use serde_json::json;

use super::{Upload, pieces};
use crate::audit::{self, Author};
use crate::database::Write;
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Ends an upload that its sender no longer wants.
///
/// # Errors
/// 409 while the recording is being worked on.
pub async fn terminate(state: &State, actor: &Actor, upload: &Upload) -> Result<()> {
    let mut write = state.database.write().await?;
    let found: Option<(String,)> = sqlx::query_as("SELECT state FROM recordings WHERE id = $1")
        .bind(upload.recording.as_str())
        .fetch_optional(&mut *write)
        .await?;
    let stage = found.map(|(stage,)| stage).unwrap_or_default();
    if stage == "processing" {
        return Err(Error::conflict("error-recording-in-work"));
    }
    let pieces = forget(&mut write, &upload.id).await?;
    if stage == "uploading" {
        let recording = upload.recording.as_str();
        sqlx::query("DELETE FROM recordings WHERE id = $1 AND state = 'uploading'")
            .bind(recording)
            .execute(&mut *write)
            .await?;
        let (author, area) = (Author::from(actor), Some(&upload.area));
        let verb = "recording.delete";
        audit::record(state, &mut write, &author, verb, recording, area, json!({})).await?;
    }
    write.commit().await?;
    remove(state, &pieces).await
}

/// Removes uploads on which nothing arrived for long, and says how many.
///
/// # Errors
/// The database or the store failed; what was not removed is found again.
pub async fn sweep(state: &State) -> Result<u64> {
    let mut connection = state.database.read().await?;
    let expired: Vec<(String, String)> = sqlx::query_as(
        "SELECT u.id, u.recording_id FROM uploads u JOIN recordings r ON r.id = u.recording_id \
         WHERE u.expires_at_ms < $1 AND r.state <> 'processing' ORDER BY u.expires_at_ms LIMIT 100",
    )
    .bind(state.now().as_millis())
    .fetch_all(&mut *connection)
    .await?;
    drop(connection);
    let mut removed = 0;
    for (upload, recording) in expired {
        let upload: UploadId = upload.parse().map_err(anyhow::Error::from)?;
        let mut write = state.database.write().await?;
        let pieces = forget(&mut write, &upload).await?;
        sqlx::query("DELETE FROM recordings WHERE id = $1 AND state = 'uploading'")
            .bind(recording)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        remove(state, &pieces).await?;
        removed += 1;
    }
    Ok(removed)
}

/// Removes the rows of an upload and gives back which objects that leaves without a row.
async fn forget(write: &mut Write, id: &UploadId) -> Result<Vec<Key>> {
    let pieces = pieces(write, id)
        .await?
        .into_iter()
        .map(|piece| piece.key)
        .collect();
    for delete in [
        "DELETE FROM upload_pieces WHERE upload_id = $1",
        "DELETE FROM uploads WHERE id = $1",
    ] {
        sqlx::query(delete)
            .bind(id.as_str())
            .execute(&mut **write)
            .await?;
    }
    Ok(pieces)
}

/// Removes the rows of a recording's upload, as [`forget`].
///
/// # Errors
/// The database failed.
pub async fn forget_of(write: &mut Write, recording: &RecordingId) -> Result<Vec<Key>> {
    let found: Option<(String,)> = sqlx::query_as("SELECT id FROM uploads WHERE recording_id = $1")
        .bind(recording.as_str())
        .fetch_optional(&mut **write)
        .await?;
    match found {
        Some((id,)) => forget(write, &id.parse().map_err(anyhow::Error::from)?).await,
        None => Ok(Vec::new()),
    }
}

/// Removes objects whose rows are gone.
///
/// # Errors
/// The store failed; what is left over takes space and does no other harm.
pub async fn remove(state: &State, keys: &[Key]) -> Result<()> {
    for key in keys {
        state.objects.delete(key).await?;
    }
    Ok(())
}
