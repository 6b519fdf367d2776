//! Signing in and out.

use std::time::Duration;

use programme::units::WallTime;
use serde_json::json;

use super::identity::{Actor, new_secret, secret_hash};
use super::{passwords, typed};
use crate::audit::{self, Author};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::throttle::{self, Throttle};

/// Whose session it was is known for so long after its end, so that what they typed into a page
/// that still lay open finds them.
const KNOWN_AFTER: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Signs in and gives back the secret for the cookie.
///
/// # Errors
/// 422 for a wrong name or password, 429 after too many of them.
pub async fn sign_in(state: &State, name: &str, password: String, address: &str) -> Result<String> {
    let name = name.trim().to_lowercase();
    let noted = throttle(state).note(state, &name, address).await;
    noted.inspect_err(|error| {
        if matches!(error, Error::Refused(_)) {
            state.metrics.count("sign_ins_throttled_total");
        }
    })?;
    let mut connection = state.database.read().await?;
    let found: Option<(String, String, String)> = sqlx::query_as(
        "SELECT id, full_name, password_hash FROM people \
         WHERE name = $1 AND closed_at_ms IS NULL",
    )
    .bind(&name)
    .fetch_optional(&mut *connection)
    .await?;
    drop(connection);
    let hash = found.as_ref().map(|(_, _, hash)| hash.clone());
    let right = passwords::is_right(password, hash).await?;
    let Some((person_id, _, _)) = found.filter(|_| right) else {
        state.metrics.count("sign_ins_refused_total");
        return Err(Error::invalid("error-wrong-password"));
    };
    state.metrics.count("sign_ins_total");
    open(state, &person_id, &name).await
}

/// How often a person may be taken for another.
fn throttle(state: &State) -> Throttle {
    let limits = &state.config.sessions;
    Throttle {
        kind: "sign_in",
        per_name: Some(limits.attempts_per_name),
        per_address: limits.attempts_per_address,
        refusal: "error-too-many-attempts",
    }
}

/// Starts a session of a person who has shown who they are.
async fn open(state: &State, person_id: &str, name: &str) -> Result<String> {
    let secret = new_secret(&state.randomness);
    let now = state.now().as_millis();
    let mut write = state.database.write().await?;
    sqlx::query(
        "INSERT INTO sessions (secret_hash, person_id, csrf, created_at_ms, seen_at_ms) \
         VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(secret_hash(&secret))
    .bind(person_id)
    .bind(new_secret(&state.randomness))
    .bind(now)
    .execute(&mut *write)
    .await?;
    throttle(state).forget(&mut write, name).await?;
    let author = Author::person(person_id.parse().map_err(anyhow::Error::from)?, name);
    audit::record(
        state,
        &mut write,
        &author,
        "session.open",
        person_id,
        None,
        json!({}),
    )
    .await?;
    write.commit().await?;
    Ok(secret)
}

/// Ends the session of `actor`.
///
/// # Errors
/// The database failed.
pub async fn sign_out(state: &State, actor: &Actor) -> Result<()> {
    let mut write = state.database.write().await?;
    sqlx::query("DELETE FROM sessions WHERE secret_hash = $1")
        .bind(actor.secret_hash())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(())
}

/// How many sessions go on.
///
/// # Errors
/// The database failed.
pub async fn count(state: &State) -> Result<i64> {
    let (idle, old) = ended_before(state, state.now());
    let mut connection = state.database.read().await?;
    let (count,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM sessions WHERE seen_at_ms >= $1 AND created_at_ms >= $2",
    )
    .bind(idle.as_millis())
    .bind(old.as_millis())
    .fetch_one(&mut *connection)
    .await?;
    Ok(count)
}

/// Sessions had ended at `at` that were used last before the first of these instants, or were begun
/// before the second.
fn ended_before(state: &State, at: WallTime) -> (WallTime, WallTime) {
    let limits = &state.config.sessions;
    let hour = Duration::from_secs(3_600);
    let (idle, age) = (hour * limits.idle_hours, hour * 24 * limits.absolute_days);
    (at - idle, at - age)
}

/// Removes sessions that ended long ago, attempts that count no longer and forms that nobody
/// fetched, and says how many sessions.
///
/// # Errors
/// The database failed.
pub async fn prune(state: &State) -> Result<u64> {
    let now = state.now();
    let (idle, old) = ended_before(state, now - KNOWN_AFTER);
    let mut write = state.database.write().await?;
    let removed = sqlx::query("DELETE FROM sessions WHERE seen_at_ms < $1 OR created_at_ms < $2")
        .bind(idle.as_millis())
        .bind(old.as_millis())
        .execute(&mut *write)
        .await?
        .rows_affected();
    throttle::prune(state, &mut write).await?;
    typed::prune(state, &mut write).await?;
    write.commit().await?;
    Ok(removed)
}
