//! From draft to approval and out again: each step is one guarded change, so that of two people
//! who press at once one does it and the other is told.

use axum::http::StatusCode;
use programme::ids::BulletinId;
use programme::programme::Class;
use serde_json::json;

use super::bulletin::{self, Bulletin, Stage};
use super::earlier;
use crate::areas::area::Area;
use crate::areas::policy;
use crate::audit::{self, Author};
use crate::database::Write;
use crate::emergencies::place;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Letters of a reason.
const REASON_LIMIT: usize = 1_000;

/// Asks for approval. From here on nobody changes the bulletin, so that what is approved is what
/// the officer heard.
///
/// # Errors
/// 403 without the right, 409 when it was changed meanwhile, is not open, has no recording,
/// has one that is not ready, or is out of date.
pub async fn submit(state: &State, actor: &Actor, area: &Area, seen: &Bulletin) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    require_emergency(actor, area, seen)?;
    let (id, now) = (seen.id.as_str(), state.now().as_millis());
    let mut write = state.database.write().await?;
    // PostgreSQL would look at the recordings as they were before it waited for the bulletin's row.
    write.hold(id).await?;
    let changed = sqlx::query(
        "UPDATE bulletins SET state = 'submitted', submitted_at_ms = $1, submitted_by = $2, \
         rejection_reason = NULL, retracted_at_ms = NULL, retracted_by = NULL, \
         version = version + 1, changed_at_ms = $1 \
         WHERE id = $3 AND version = $4 AND state IN ('draft', 'rejected') \
         AND valid_until_ms > $1 \
         AND EXISTS (SELECT 1 FROM bulletin_recordings t WHERE t.bulletin_id = $3) \
         AND NOT EXISTS (SELECT 1 FROM bulletin_recordings t JOIN recordings r \
         ON r.id = t.recording_id WHERE t.bulletin_id = $3 AND r.state <> 'ready')",
    )
    .bind(now)
    .bind(actor.id().as_str())
    .bind(id)
    .bind(seen.version)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return why_not(state, &mut write, actor, seen, "submitted").await;
    }
    end(
        state,
        write,
        actor,
        area,
        &seen.id,
        "bulletin.submit",
        json!({}),
    )
    .await
}

/// Takes back what nobody has decided yet, so that its authors can change it, and keeps who did:
/// those who made it are told.
///
/// # Errors
/// 403 without the right, 409 when it is not submitted any more or was changed meanwhile.
pub async fn retract(state: &State, actor: &Actor, area: &Area, seen: &Bulletin) -> Result<()> {
    actor.require_in_sight(Right::Record, area)?;
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE bulletins SET state = 'draft', submitted_at_ms = NULL, submitted_by = NULL, \
         retracted_at_ms = $1, retracted_by = $4, version = version + 1, changed_at_ms = $1 \
         WHERE id = $2 AND version = $3 AND state = 'submitted'",
    )
    .bind(state.now().as_millis())
    .bind(seen.id.as_str())
    .bind(seen.version)
    .bind(actor.id().as_str())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Err(Error::conflict("error-bulletin-changed-meanwhile"));
    }
    let verb = "bulletin.retract";
    end(state, write, actor, area, &seen.id, verb, json!({})).await
}

/// Lets the bulletin air, and binds the content of its recordings: what airs is what has these
/// hashes, whatever becomes of the recordings.
///
/// # Errors
/// 403 without the right or for somebody who made it, 409 when it was changed meanwhile, is
/// not submitted, or is out of date.
pub async fn approve(state: &State, actor: &Actor, area: &Area, seen: &Bulletin) -> Result<()> {
    require_approver(actor, area, seen)?;
    require_emergency(actor, area, seen)?;
    let (id, now) = (seen.id.as_str(), state.now().as_millis());
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE bulletins SET state = 'approved', decided_at_ms = $1, decided_by = $2, \
         version = version + 1, changed_at_ms = $1 \
         WHERE id = $3 AND version = $4 AND state = 'submitted' AND valid_until_ms > $1 \
         AND ($5 = 1 OR NOT EXISTS (SELECT 1 FROM bulletin_makers m \
         WHERE m.bulletin_id = $3 AND m.person_id = $2))",
    )
    .bind(now)
    .bind(actor.id().as_str())
    .bind(id)
    .bind(seen.version)
    .bind(i64::from(area.ways.approver_may_be_author))
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return why_not(state, &mut write, actor, seen, "approved").await;
    }
    let bound = bind_content(&mut write, &seen.id).await?;
    let detail = json!({ "title": seen.content.title, "recordings": bound });
    end(
        state,
        write,
        actor,
        area,
        &seen.id,
        "bulletin.approve",
        detail,
    )
    .await
}

/// Sends the bulletin back to its authors, and keeps what was recorded of it.
///
/// # Errors
/// 403 without the right, 422 without a reason, 409 when it is not submitted or was changed
/// meanwhile.
pub async fn reject(
    state: &State,
    actor: &Actor,
    area: &Area,
    seen: &Bulletin,
    reason: &str,
) -> Result<()> {
    require_approver(actor, area, seen)?;
    let reason = check_reason(reason)?;
    if reason.is_empty() {
        return Err(Error::invalid("error-bulletin-needs-reason"));
    }
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE bulletins SET state = 'rejected', decided_at_ms = $1, decided_by = $2, \
         rejection_reason = $3, version = version + 1, changed_at_ms = $1 \
         WHERE id = $4 AND version = $5 AND state = 'submitted'",
    )
    .bind(state.now().as_millis())
    .bind(actor.id().as_str())
    .bind(reason)
    .bind(seen.id.as_str())
    .bind(seen.version)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return why_not(state, &mut write, actor, seen, "rejected").await;
    }
    let sounds: Vec<_> = earlier::sounds(&mut write, &seen.id)
        .await?
        .into_iter()
        .collect();
    let detail = json!({ "reason": reason, "recordings": sounds });
    end(
        state,
        write,
        actor,
        area,
        &seen.id,
        "bulletin.reject",
        detail,
    )
    .await
}

/// Takes an approved bulletin off the air for good, and ends the emergencies that air it: stations
/// are told at once, because the publisher hears its name.
///
/// # Errors
/// 403 without the right, 409 when it is not approved.
pub async fn withdraw(
    state: &State,
    actor: &Actor,
    area: &Area,
    seen: &Bulletin,
    reason: &str,
) -> Result<()> {
    actor.require_in_sight(Right::Approve, area)?;
    let reason = check_reason(reason)?;
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE bulletins SET state = 'withdrawn', withdrawn_at_ms = $1, withdrawn_by = $2, \
         withdrawal_reason = $3, version = version + 1, changed_at_ms = $1 \
         WHERE id = $4 AND version = $5 AND state = 'approved'",
    )
    .bind(state.now().as_millis())
    .bind(actor.id().as_str())
    .bind(reason)
    .bind(seen.id.as_str())
    .bind(seen.version)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return why_not(state, &mut write, actor, seen, "withdrawn").await;
    }
    let ended = place::end_all_of(state, &mut write, actor, &seen.id).await?;
    let detail = json!({ "reason": reason });
    end(
        state,
        write,
        actor,
        area,
        &seen.id,
        "bulletin.withdraw",
        detail,
    )
    .await?;
    for emergency in ended {
        place::announce(state, &emergency).await;
    }
    Ok(())
}

/// The class is that of the version which the step is bound to.
fn require_approver(actor: &Actor, area: &Area, seen: &Bulletin) -> Result<()> {
    match policy::may_approve(actor, area, seen.content.class) {
        true => Ok(()),
        false => actor.require_in_sight(Right::Approve, area),
    }
}

fn require_emergency(actor: &Actor, area: &Area, seen: &Bulletin) -> Result<()> {
    if seen.content.class == Class::Emergency && !actor.may(Right::Emergency, area) {
        return Err(Error::refused(
            StatusCode::FORBIDDEN,
            "error-bulletin-emergency",
        ));
    }
    Ok(())
}

fn check_reason(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    if reason.chars().count() > REASON_LIMIT {
        return Err(Error::invalid("error-bulletin-reason-long").with("most", REASON_LIMIT));
    }
    Ok(reason)
}

/// Copies what the recordings are at this moment, and gives back the hash for each language.
async fn bind_content(write: &mut Write, id: &BulletinId) -> Result<Vec<(String, String)>> {
    sqlx::query(
        "UPDATE bulletin_recordings SET \
         approved_hash = (SELECT r.hash FROM recordings r WHERE r.id = recording_id), \
         approved_size_bytes = (SELECT r.size_bytes FROM recordings r WHERE r.id = recording_id), \
         approved_duration_ms = (SELECT r.duration_ms FROM recordings r WHERE r.id = recording_id) \
         WHERE bulletin_id = $1",
    )
    .bind(id.as_str())
    .execute(&mut **write)
    .await?;
    // A language without content would read as NULL here, which is no text and ends the approval.
    Ok(sqlx::query_as(
        "SELECT language, approved_hash FROM bulletin_recordings WHERE bulletin_id = $1 \
         ORDER BY language",
    )
    .bind(id.as_str())
    .fetch_all(&mut **write)
    .await?)
}

/// Why the guard did not let the step through. The same step by the same person, sent twice, has
/// done what it should.
async fn why_not(
    state: &State,
    write: &mut Write,
    actor: &Actor,
    seen: &Bulletin,
    wanted: &'static str,
) -> Result<()> {
    let there = bulletin::find(write, &seen.id).await?;
    let own = there
        .stage
        .step()
        .is_some_and(|step| step.by == *actor.id());
    if there.stage.name() == wanted && own {
        return Ok(());
    }
    let fits = match wanted {
        "submitted" => there.stage.is_open(),
        "withdrawn" => matches!(there.stage, Stage::Approved(_)),
        _ => matches!(there.stage, Stage::Submitted(_)),
    };
    if !fits || there.version != seen.version {
        return Err(Error::conflict("error-bulletin-changed-meanwhile"));
    }
    if there.valid_until <= state.now() {
        return Err(Error::conflict("error-bulletin-out-of-date"));
    }
    if wanted == "approved" {
        return Err(Error::refused(StatusCode::FORBIDDEN, "error-bulletin-own"));
    }
    let takes = bulletin::takes(write, &seen.id).await?;
    Err(Error::conflict(match takes.is_empty() {
        true => "error-bulletin-needs-recording",
        false => "error-bulletin-recording-not-ready",
    }))
}

async fn end(
    state: &State,
    mut write: Write,
    actor: &Actor,
    area: &Area,
    id: &BulletinId,
    verb: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let (author, area) = (Author::from(actor), Some(&area.id));
    audit::record(state, &mut write, &author, verb, id.as_str(), area, detail).await?;
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(())
}
