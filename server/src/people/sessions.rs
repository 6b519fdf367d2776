//! Signing in and out.

use std::time::Duration;

use axum::http::StatusCode;
use programme::units::WallTime;
use serde_json::json;

use super::identity::{Actor, new_secret, secret_hash};
use super::{passwords, typed};
use crate::audit::{self, Author};
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Attempts are counted over this span.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Whose session it was is known for so long after its end, so that what they typed into a page
/// that still lay open finds them.
const KNOWN_AFTER: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Signs in and gives back the secret for the cookie.
///
/// # Errors
/// 422 for a wrong name or password, 429 after too many of them.
pub async fn sign_in(state: &State, name: &str, password: String, address: &str) -> Result<String> {
    let name = name.trim().to_lowercase();
    note_attempt(state, &name, address).await?;
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
    sqlx::query("DELETE FROM sign_in_attempts WHERE name = $1")
        .bind(name)
        .execute(&mut *write)
        .await?;
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
    sqlx::query("DELETE FROM sign_in_attempts WHERE at_ms < $1")
        .bind((now - WINDOW).as_millis())
        .execute(&mut *write)
        .await?;
    typed::prune(state, &mut write).await?;
    write.commit().await?;
    Ok(removed)
}

/// Counts the attempt before the password is read, so that many at once are counted too.
async fn note_attempt(state: &State, name: &str, address: &str) -> Result<()> {
    let now = state.now();
    let since = (now - WINDOW).as_millis();
    let mut write = state.database.write().await?;
    write.hold("sign_in_attempts").await?;
    let (by_name, by_address, oldest): (i64, i64, Option<i64>) = sqlx::query_as(
        "SELECT COUNT(CASE WHEN name = $1 THEN 1 END), COUNT(CASE WHEN address = $2 THEN 1 END), \
         MIN(at_ms) FROM sign_in_attempts WHERE at_ms > $3 AND (name = $1 OR address = $2)",
    )
    .bind(name)
    .bind(address)
    .bind(since)
    .fetch_one(&mut *write)
    .await?;
    let limits = &state.config.sessions;
    if by_name >= limits.attempts_per_name || by_address >= limits.attempts_per_address {
        let free_at = WallTime::from_millis(oldest.unwrap_or(since)) + WINDOW;
        let seconds = free_at.since(now).as_secs().max(1);
        state.metrics.count("sign_ins_throttled_total");
        return Err(
            Error::refused(StatusCode::TOO_MANY_REQUESTS, "error-too-many-attempts")
                .with("seconds", seconds)
                .with("minutes", seconds.div_ceil(60)),
        );
    }
    sqlx::query("INSERT INTO sign_in_attempts (id, name, address, at_ms) VALUES ($1, $2, $3, $4)")
        .bind(new_secret(&state.randomness))
        .bind(name)
        .bind(address)
        .bind(now.as_millis())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(())
}
