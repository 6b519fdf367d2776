//! Signing in and out, and where a person is signed in.

use std::time::Duration;

use programme::ids::PersonId;
use programme::units::WallTime;
use serde_json::json;

use super::identity::{Actor, new_secret, secret_hash};
use super::{passwords, typed};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::throttle::{self, Throttle};

/// Whose session it was is known for so long after its end, so that what they typed into a page
/// that still lay open finds them.
const KNOWN_AFTER: Duration = Duration::from_secs(7 * 24 * 3_600);

crate::rows! {
    /// A session that goes on.
    #[derive(Debug, Clone)]
    pub struct Session {
        /// Names it: the hash under which its secret is kept, from which nobody gets the secret.
        pub secret_hash: String,
        /// In what it goes on, such as `Chrome · Android`; empty when that is not known.
        pub browser: String,
        /// When it began.
        pub created_at_ms: i64,
        /// When it was last used, give or take a minute.
        pub seen_at_ms: i64,
    }
}

/// Signs in with a `browser` and gives back the secret for the cookie.
///
/// # Errors
/// 422 for a wrong name or password, 429 after too many of them.
pub async fn sign_in(
    state: &State,
    name: &str,
    password: String,
    address: &str,
    browser: &str,
) -> Result<String> {
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
    let opened = match found.filter(|_| right) {
        Some((id, _, hash)) => open(state, &id, &name, &hash, browser).await?,
        None => None,
    };
    let outcome = match opened {
        Some(_) => "sign_ins_total",
        None => "sign_ins_refused_total",
    };
    state.metrics.count(outcome);
    opened.ok_or_else(|| Error::invalid("error-wrong-password"))
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

/// Forgets the attempts at `name` from everywhere, for they were at a password that is gone.
///
/// # Errors
/// The database failed.
pub async fn forget_attempts(state: &State, connection: &mut Connection, name: &str) -> Result<()> {
    throttle(state).forget(connection, name).await
}

/// Starts a session of a person who has shown that they know the password kept as `hash`.
async fn open(
    state: &State,
    person_id: &str,
    name: &str,
    hash: &str,
    browser: &str,
) -> Result<Option<String>> {
    let person: PersonId = person_id.parse().map_err(anyhow::Error::from)?;
    let mut write = state.database.write().await?;
    write.hold(person_id).await?;
    let secret = begin(state, &mut write, &person, name, hash, browser).await?;
    throttle(state).forget(&mut write, name).await?;
    write.commit().await?;
    Ok(secret)
}

/// Starts a session in the transaction of its caller; none when the password is no longer the one
/// kept as `hash`, for whoever sets another ends what the old one opened.
///
/// # Errors
/// The database failed.
pub async fn begin(
    state: &State,
    connection: &mut Connection,
    person: &PersonId,
    name: &str,
    hash: &str,
    browser: &str,
) -> Result<Option<String>> {
    let secret = new_secret(&state.randomness);
    let begun = sqlx::query(
        "INSERT INTO sessions (secret_hash, person_id, csrf, created_at_ms, seen_at_ms, browser) \
         SELECT $1, id, $2, $3, $3, $4 FROM people \
         WHERE id = $5 AND password_hash = $6 AND closed_at_ms IS NULL",
    )
    .bind(secret_hash(&secret))
    .bind(new_secret(&state.randomness))
    .bind(state.now().as_millis())
    .bind(browser)
    .bind(person.as_str())
    .bind(hash)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if begun == 0 {
        return Ok(None);
    }
    let author = Author::person(person.clone(), name);
    let (verb, detail) = ("session.open", json!({ "browser": browser }));
    audit::record(
        state,
        connection,
        &author,
        verb,
        person.as_str(),
        None,
        detail,
    )
    .await?;
    Ok(Some(secret))
}

/// Where a person is signed in, what was used last first.
///
/// # Errors
/// The database failed.
pub async fn list(
    state: &State,
    connection: &mut Connection,
    person: &PersonId,
) -> Result<Vec<Session>> {
    let (idle, old) = ended_before(state, state.now());
    Ok(sqlx::query_as(
        "SELECT secret_hash, browser, created_at_ms, seen_at_ms FROM sessions \
         WHERE person_id = $1 AND seen_at_ms >= $2 AND created_at_ms >= $3 \
         ORDER BY seen_at_ms DESC, created_at_ms DESC, secret_hash",
    )
    .bind(person.as_str())
    .bind(idle.as_millis())
    .bind(old.as_millis())
    .fetch_all(connection)
    .await?)
}

/// Ends one session of `actor`.
///
/// # Errors
/// 404 when there is none of that name, or it has ended.
pub async fn end(state: &State, actor: &Actor, session: &str) -> Result<()> {
    let mut write = state.database.write().await?;
    let ended: Option<(String,)> = sqlx::query_as(
        "DELETE FROM sessions WHERE secret_hash = $1 AND person_id = $2 RETURNING browser",
    )
    .bind(session)
    .bind(actor.id().as_str())
    .fetch_optional(&mut *write)
    .await?;
    let (browser,) = ended.ok_or_else(Error::not_found)?;
    let (author, id) = (Author::from(actor), actor.id().as_str());
    let detail = json!({ "browser": browser });
    let verb = "session.end";
    audit::record(state, &mut write, &author, verb, id, None, detail).await?;
    write.commit().await?;
    Ok(())
}

/// Ends every session of `person` but the one in which `author` acts, if it is one of them.
///
/// # Errors
/// The database failed.
pub async fn end_others(state: &State, author: &Actor, person: &PersonId) -> Result<()> {
    let mut write = state.database.write().await?;
    // Whoever signs in at this moment is signed in before all end, or after.
    write.hold(person.as_str()).await?;
    let ended = sqlx::query("DELETE FROM sessions WHERE person_id = $1 AND secret_hash <> $2")
        .bind(person.as_str())
        .bind(author.secret_hash())
        .execute(&mut *write)
        .await?
        .rows_affected();
    let (author, id) = (Author::from(author), person.as_str());
    let detail = json!({ "ended": ended });
    let verb = "session.end";
    audit::record(state, &mut write, &author, verb, id, None, detail).await?;
    write.commit().await?;
    Ok(())
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
