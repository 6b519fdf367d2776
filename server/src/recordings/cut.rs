//! Trimming by hand. A part that somebody chose becomes a recording of its own, made anew out of
//! the untouched original; the one that it was chosen from stays, so that nothing is lost and an
//! approval holds for what was heard.

use programme::ids::RecordingId;
use recordings::ingest::Part;
use serde_json::json;

use super::ingest::SUBJECT;
use super::recording::{Cut, Original, Recording, Stage};
use crate::areas::area::Area;
use crate::audit::{self, Author};
use crate::bulletins::bulletin::{self, Bulletin};
use crate::bulletins::drafts;
use crate::database::{Connection, Write};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// A part must be so long: what is shorter no server takes as a recording.
const SHORTEST_MS: u64 = 500;

/// Makes a recording out of `part` of `recording`, counted in its sound as it airs, and gives back
/// its name. Where the recording speaks for a bulletin that is open, the part joins it once it is
/// ready. The same part once more is the same recording.
///
/// # Errors
/// 403 without [`Right::Record`] there, 409 for a recording that is not ready, 422 for a part that
/// cannot be.
pub async fn cut(
    state: &State,
    actor: &Actor,
    area: &Area,
    recording: &Recording,
    part: Part,
) -> Result<RecordingId> {
    actor.require_in_sight(Right::Record, area)?;
    let (Some(original), Stage::Ready { report, .. }) = (recording.original, &recording.stage)
    else {
        return Err(Error::conflict("error-bulletin-recording-not-ready"));
    };
    let whole = Part {
        from_ms: 0,
        until_ms: report.duration_ms,
    };
    let until_ms = part.until_ms.min(whole.until_ms);
    let long_enough = until_ms.saturating_sub(part.from_ms) >= SHORTEST_MS;
    if !long_enough || (part.from_ms, until_ms) == (whole.from_ms, whole.until_ms) {
        return Err(Error::invalid("error-recording-cut"));
    }
    // A part of a part is a part of the whole.
    let before = recording.cut.as_ref().map_or(0, |cut| cut.part.from_ms);
    let part = Part {
        from_ms: before + part.from_ms,
        until_ms: before + until_ms,
    };
    let mut write = state.database.write().await?;
    write.hold(recording.id.as_str()).await?;
    if let Some(there) = same(&mut write, &recording.id, part).await? {
        return Ok(there);
    }
    let id = RecordingId::from_random(state.randomness.bytes());
    insert(state, &mut write, actor, recording, &id, original, part).await?;
    let detail = json!({
        "recording": recording.id,
        "from_ms": part.from_ms,
        "until_ms": part.until_ms,
    });
    let (author, place) = (Author::from(actor), Some(&area.id));
    let name = id.as_str();
    audit::record(
        state,
        &mut write,
        &author,
        "recording.cut",
        name,
        place,
        detail,
    )
    .await?;
    write.commit().await?;
    state.wake.announce(SUBJECT).await;
    Ok(id)
}

/// Lets the recording that `cut` was chosen from speak again in the bulletins of `cut` that are
/// open, and gives back its name.
///
/// # Errors
/// 403 without [`Right::Record`], 409 for a recording that is no part, or that
/// speaks in no open bulletin.
pub async fn undo(
    state: &State,
    actor: &Actor,
    area: &Area,
    recording: &Recording,
) -> Result<RecordingId> {
    actor.require_in_sight(Right::Record, area)?;
    let Some(Cut { of: Some(of), .. }) = &recording.cut else {
        return Err(Error::conflict("error-recording-not-cut"));
    };
    let mut connection = state.database.read().await?;
    let before = super::recording::find(&mut connection, of).await?;
    let speaks = open_bulletins(&mut connection, &recording.id).await?;
    drop(connection);
    if speaks.is_empty() {
        return Err(Error::conflict("error-recording-not-cut"));
    }
    for bulletin in speaks {
        drafts::attach(state, actor, area, &bulletin, &before).await?;
    }
    Ok(before.id)
}

/// The bulletins that a recording speaks for and that may be changed.
///
/// # Errors
/// The database failed.
pub async fn open_bulletins(
    connection: &mut Connection,
    id: &RecordingId,
) -> Result<Vec<Bulletin>> {
    let mut speaks = bulletin::of_recording(connection, id).await?;
    speaks.retain(|bulletin| bulletin.stage.is_open());
    Ok(speaks)
}

/// A recording of the same part that is there already, unless nothing came of it.
async fn same(write: &mut Write, of: &RecordingId, part: Part) -> Result<Option<RecordingId>> {
    let row: Option<(String,)> = sqlx::query_as(
        "SELECT id FROM recordings WHERE cut_of = $1 AND cut_from_ms = $2 AND cut_until_ms = $3 \
         AND state <> 'refused' ORDER BY created_at_ms LIMIT 1",
    )
    .bind(of.as_str())
    .bind(as_bigint(part.from_ms))
    .bind(as_bigint(part.until_ms))
    .fetch_optional(&mut **write)
    .await?;
    let id = row.map(|(id,)| id.parse()).transpose();
    Ok(id.map_err(anyhow::Error::from)?)
}

async fn insert(
    state: &State,
    write: &mut Write,
    actor: &Actor,
    recording: &Recording,
    id: &RecordingId,
    original: Original,
    part: Part,
) -> Result<()> {
    // Nobody removes the original while it is about to be read.
    write.hold(super::shelf::HOLD).await?;
    let bulletin = open_bulletins(write, &recording.id).await?;
    let bulletin = bulletin.first().map(|bulletin| bulletin.id.to_string());
    sqlx::query(
        "INSERT INTO recordings (id, area_id, author_id, language, file_name, for_bulletin_id, \
         state, created_at_ms, original_hash, original_size_bytes, cut_of, cut_from_ms, \
         cut_until_ms) VALUES ($1, $2, $3, $4, $5, $6, 'processing', $7, $8, $9, $10, $11, $12)",
    )
    .bind(id.as_str())
    .bind(recording.area.as_str())
    .bind(actor.id().as_str())
    .bind(recording.language.as_str())
    .bind(&recording.file_name)
    .bind(bulletin)
    .bind(state.now().as_millis())
    .bind(original.hash.to_string())
    .bind(as_bigint(original.size_bytes))
    .bind(recording.id.as_str())
    .bind(as_bigint(part.from_ms))
    .bind(as_bigint(part.until_ms))
    .execute(&mut **write)
    .await?;
    Ok(())
}

fn as_bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
