//! What authors do: begin a bulletin, change it, give it a recording per language.

use programme::ids::{BulletinId, PersonId, RecordingId};
use programme::programme::Language;
use serde_json::json;

use super::bulletin::{self, Bulletin, Content, class_name};
use super::content::{check, detail};
use crate::areas::area::Area;
use crate::audit::{self, Author};
use crate::database::Write;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::recordings::ingest::Claim;
use crate::recordings::recording::{Recording, Stage};
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Names the refusal of whoever changes a bulletin that is no longer as they saw it.
pub const CHANGED: &str = "error-bulletin-changed-meanwhile";

/// Begins a bulletin in `area`. The name is the caller's, so that a form sent twice begins one.
///
/// # Errors
/// 403 and 404 without [`Right::Record`] there, 422 for content that cannot be, 409 when somebody
/// else's bulletin has the name.
pub async fn create(
    state: &State,
    actor: &Actor,
    area: &Area,
    id: &BulletinId,
    content: &Content,
) -> Result<()> {
    let mut write = state.database.write().await?;
    if !begin(state, &mut write, actor, area, id, content).await? {
        let there = bulletin::find(&mut write, id).await?;
        let again = there.author == *actor.id() && there.area == area.id;
        return again
            .then_some(())
            .ok_or_else(|| Error::conflict("error-bulletin-name-taken"));
    }
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(())
}

/// Begins a bulletin within `write`, and says whether its name was free.
///
/// # Errors
/// As [`create`], but for the name.
pub async fn begin(
    state: &State,
    write: &mut Write,
    actor: &Actor,
    area: &Area,
    id: &BulletinId,
    content: &Content,
) -> Result<bool> {
    actor.require(Right::Record, area)?;
    let now = state.now().as_millis();
    let until = check(state, write, actor, area, content).await?;
    let added = sqlx::query(
        "INSERT INTO bulletins (id, area_id, author_id, title, class, topic, script, \
         valid_until_day, valid_until_ms, state, version, created_at_ms, changed_at_ms, \
         on_behalf_of) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', 1, $10, $10, $11) \
         ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(area.id.as_str())
    .bind(actor.id().as_str())
    .bind(content.title.trim())
    .bind(class_name(content.class))
    .bind(&content.topic)
    .bind(content.script.trim())
    .bind(content.valid_until_day.to_string())
    .bind(until.as_millis())
    .bind(now)
    .bind(content.on_behalf_of.trim())
    .execute(&mut **write)
    .await?
    .rows_affected();
    if added == 0 {
        return Ok(false);
    }
    note_maker(write, id, actor.id()).await?;
    note(
        state,
        write,
        actor,
        "bulletin.create",
        id,
        area,
        &detail(content),
    )
    .await?;
    Ok(true)
}

/// Changes what `bulletin` says, if it is still as its version was.
///
/// # Errors
/// As [`create`], but never 404; 409 when somebody else changed it, or it is no longer open.
pub async fn update(
    state: &State,
    actor: &Actor,
    area: &Area,
    bulletin: &Bulletin,
    content: &Content,
) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    let id = &bulletin.id;
    let mut write = state.database.write().await?;
    let until = check(state, &mut write, actor, area, content).await?;
    let changed = sqlx::query(
        "UPDATE bulletins SET title = $1, class = $2, topic = $3, script = $4, \
         valid_until_day = $5, valid_until_ms = $6, state = 'draft', version = version + 1, \
         changed_at_ms = $7, on_behalf_of = $10 \
         WHERE id = $8 AND version = $9 AND state IN ('draft', 'rejected')",
    )
    .bind(content.title.trim())
    .bind(class_name(content.class))
    .bind(&content.topic)
    .bind(content.script.trim())
    .bind(content.valid_until_day.to_string())
    .bind(until.as_millis())
    .bind(state.now().as_millis())
    .bind(id.as_str())
    .bind(bulletin.version)
    .bind(content.on_behalf_of.trim())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(why_not(&mut write, id).await);
    }
    note_maker(&mut write, id, actor.id()).await?;
    note(
        state,
        &mut write,
        actor,
        "bulletin.change",
        id,
        area,
        &detail(content),
    )
    .await?;
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(())
}

/// Lets `recording` speak for `bulletin` in its language, in the place of another that did.
///
/// # Errors
/// 403 without [`Right::Record`], 409 for a bulletin that is not open or a recording that
/// is not ready.
pub async fn attach(
    state: &State,
    actor: &Actor,
    area: &Area,
    bulletin: &Bulletin,
    recording: &Recording,
) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    if !matches!(recording.stage, Stage::Ready { .. }) {
        return Err(Error::conflict("error-bulletin-recording-not-ready"));
    }
    let id = &bulletin.id;
    let mut write = state.database.write().await?;
    if !put(state, &mut write, id, &recording.language, &recording.id).await? {
        return Err(why_not(&mut write, id).await);
    }
    for maker in [actor.id(), &recording.author] {
        note_maker(&mut write, id, maker).await?;
    }
    let detail = json!({ "language": recording.language, "recording": recording.id });
    note(
        state,
        &mut write,
        actor,
        "bulletin.attach",
        id,
        area,
        &detail,
    )
    .await?;
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(())
}

/// Takes the recording in `language` out of `bulletin`; the recording itself stays.
///
/// # Errors
/// 403 without [`Right::Record`], 409 for a bulletin that is not open.
pub async fn detach(
    state: &State,
    actor: &Actor,
    area: &Area,
    bulletin: &Bulletin,
    language: &Language,
) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    let id = &bulletin.id;
    let mut write = state.database.write().await?;
    if !touch(state, &mut write, id).await? {
        return Err(why_not(&mut write, id).await);
    }
    sqlx::query("DELETE FROM bulletin_recordings WHERE bulletin_id = $1 AND language = $2")
        .bind(id.as_str())
        .bind(language.as_str())
        .execute(&mut *write)
        .await?;
    note_maker(&mut write, id, actor.id()).await?;
    let detail = json!({ "language": language });
    note(
        state,
        &mut write,
        actor,
        "bulletin.detach",
        id,
        area,
        &detail,
    )
    .await?;
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(())
}

/// A recording that was made for `bulletin` is ready: it joins, in the transaction that makes it
/// ready. A bulletin that is no longer open stays as it is; the recording is in the library.
///
/// # Errors
/// The database failed.
pub async fn take_in(
    state: &State,
    write: &mut Write,
    bulletin: &BulletinId,
    claim: &Claim,
) -> Result<()> {
    if put(state, write, bulletin, &claim.language, &claim.recording).await? {
        note_maker(write, bulletin, &claim.author).await?;
        let detail = json!({ "language": claim.language, "recording": claim.recording });
        let (author, area) = (Author::server(), Some(&claim.area));
        let name = bulletin.as_str();
        audit::record(state, write, &author, "bulletin.attach", name, area, detail).await?;
    }
    Ok(())
}

/// A bulletin that `actor` may change, and its area.
///
/// # Errors
/// 404 when there is none that they may see, 403 without [`Right::Record`] there, 409 when it is
/// not open.
pub async fn open_for_change(
    state: &State,
    actor: &Actor,
    id: &BulletinId,
) -> Result<(Bulletin, Area)> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(state, &mut connection, actor, id).await?;
    actor.require_in_sight(Right::Record, &area)?;
    if bulletin.stage.is_open() {
        Ok((bulletin, area))
    } else {
        Err(Error::conflict("error-bulletin-not-open"))
    }
}

async fn put(
    state: &State,
    write: &mut Write,
    id: &BulletinId,
    language: &Language,
    recording: &RecordingId,
) -> Result<bool> {
    if !touch(state, write, id).await? {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO bulletin_recordings (bulletin_id, language, recording_id) \
         VALUES ($1, $2, $3) \
         ON CONFLICT (bulletin_id, language) DO UPDATE SET recording_id = excluded.recording_id",
    )
    .bind(id.as_str())
    .bind(language.as_str())
    .bind(recording.as_str())
    .execute(&mut **write)
    .await?;
    Ok(true)
}

/// Holds the bulletin open until the transaction ends, if it is open. The version stays: whoever is
/// typing in the form loses nothing when a recording arrives, and from submission on nothing moves.
async fn touch(state: &State, write: &mut Write, id: &BulletinId) -> Result<bool> {
    write.hold(id.as_str()).await?;
    let open = sqlx::query(
        "UPDATE bulletins SET state = 'draft', changed_at_ms = $1 \
         WHERE id = $2 AND state IN ('draft', 'rejected')",
    )
    .bind(state.now().as_millis())
    .bind(id.as_str())
    .execute(&mut **write)
    .await?
    .rows_affected();
    Ok(open > 0)
}

/// Why nothing was changed.
pub(super) async fn why_not(write: &mut Write, id: &BulletinId) -> Error {
    match bulletin::find(write, id).await {
        Ok(there) if there.stage.is_open() => Error::conflict(CHANGED),
        Ok(_) => Error::conflict("error-bulletin-not-open"),
        Err(error) => error,
    }
}

/// Whoever makes a bulletin does not approve it.
async fn note_maker(write: &mut Write, id: &BulletinId, person: &PersonId) -> Result<()> {
    sqlx::query(
        "INSERT INTO bulletin_makers (bulletin_id, person_id) VALUES ($1, $2) \
         ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(person.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}

/// Puts on record what `actor` did to a bulletin.
pub(super) async fn note(
    state: &State,
    write: &mut Write,
    actor: &Actor,
    verb: &'static str,
    id: &BulletinId,
    area: &Area,
    detail: &serde_json::Value,
) -> Result<()> {
    let (author, area) = (Author::from(actor), Some(&area.id));
    audit::record(
        state,
        write,
        &author,
        verb,
        id.as_str(),
        area,
        detail.clone(),
    )
    .await
}
