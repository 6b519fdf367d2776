//! Content on its way out, and content that nobody needs any longer.

use programme::ids::{ContentHash, RecordingId};
use serde_json::json;

use super::recording::{Recording, Stage};
use super::refusal::Refusal;
use super::uploads;
use crate::areas::area::Area;
use crate::audit::{self, Author};
use crate::database::Write;
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Held by whoever makes content count and by whoever removes content that nobody counts on.
pub const HOLD: &str = "recordings-content";

/// Whether `actor` may delete: their own, or as somebody who approves there.
pub fn may_delete(actor: &Actor, recording: &Recording, area: &Area) -> bool {
    let own = recording.author == *actor.id() && actor.may(Right::Record, area);
    own || actor.may(Right::Approve, area)
}

/// Deletes a recording that no bulletin uses, and its content unless another recording has it too.
///
/// # Errors
/// 403 for somebody else's, 409 for one that a bulletin uses or that is being worked on.
pub async fn delete(
    state: &State,
    actor: &Actor,
    recording: &Recording,
    area: &Area,
) -> Result<()> {
    if !may_delete(actor, recording, area) {
        return Err(Error::forbidden());
    }
    if matches!(recording.stage, Stage::Processing) {
        return Err(Error::conflict("error-recording-in-work"));
    }
    let id = recording.id.as_str();
    let mut write = state.database.write().await?;
    write.hold(HOLD).await?;
    let pieces = uploads::forget_of(&mut write, &recording.id).await?;
    let removed = sqlx::query(
        "DELETE FROM recordings WHERE id = $1 AND state <> 'processing' AND NOT EXISTS \
         (SELECT 1 FROM bulletin_recordings b WHERE b.recording_id = $1)",
    )
    .bind(id)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if removed == 0 {
        return Err(Error::conflict("error-recording-used"));
    }
    let detail = json!({ "language": recording.language, "file_name": recording.file_name });
    let author = Author::from(actor);
    audit::record(
        state,
        &mut write,
        &author,
        "recording.delete",
        id,
        Some(&area.id),
        detail,
    )
    .await?;
    // Before the commit, while nobody can start to count on the content. Should the commit fail,
    // a recording that its author gave up has lost its content, and can be deleted again.
    if let Some(original) = recording.original {
        remove_unused(
            state,
            &mut write,
            Key::Original(original.hash),
            original.hash,
        )
        .await?;
    }
    if let Stage::Ready { sound, .. } = &recording.stage {
        remove_unused(state, &mut write, Key::Recording(sound.hash), sound.hash).await?;
    }
    write.commit().await?;
    uploads::remove(state, &pieces).await?;
    state.wake.announce(id).await;
    Ok(())
}

async fn remove_unused(
    state: &State,
    write: &mut Write,
    key: Key,
    hash: ContentHash,
) -> Result<()> {
    let (uses,): (i64,) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM recordings WHERE hash = $1 OR original_hash = $1) \
         + (SELECT COUNT(*) FROM bulletin_recordings WHERE approved_hash = $1)",
    )
    .bind(hash.to_string())
    .fetch_one(&mut **write)
    .await?;
    if uses == 0 {
        state.objects.delete(&key).await?;
    }
    Ok(())
}

/// Starts the work once more on a recording that our own storage failed on.
///
/// # Errors
/// 403 for somebody else's, 409 when there is nothing to try again.
pub async fn try_again(state: &State, actor: &Actor, id: &RecordingId, area: &Area) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE recordings SET state = 'processing', refusal = NULL, attempts = 0, \
         lease_until_ms = 0 WHERE id = $1 AND state = 'refused' AND refusal = $2 \
         AND (cut_from_ms IS NOT NULL \
         OR EXISTS (SELECT 1 FROM uploads u WHERE u.recording_id = $1))",
    )
    .bind(id.as_str())
    .bind(serde_json::to_string(&Refusal::Storage)?)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Error::conflict("error-recording-not-again"));
    }
    let author = Author::from(actor);
    let verb = "recording.try_again";
    audit::record(
        state,
        &mut write,
        &author,
        verb,
        id.as_str(),
        Some(&area.id),
        json!({}),
    )
    .await?;
    write.commit().await?;
    state.wake.announce(super::ingest::SUBJECT).await;
    Ok(())
}
