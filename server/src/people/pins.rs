//! PINs: the few digits by which an officer confirms an emergency. A session that was left open on
//! a desk is not enough to break the silence of a commune.

use std::time::Duration;

use axum::http::StatusCode;
use programme::ids::PersonId;
use programme::units::WallTime;
use serde_json::json;

use super::identity::{Actor, new_secret};
use super::{passwords, roles};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::throttle::Throttle;

/// Digits of a PIN.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// Tries are counted over this span, as those of signing in.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Whether a person has a PIN.
///
/// # Errors
/// The database failed.
pub async fn is_set(connection: &mut Connection, person: &PersonId) -> Result<bool> {
    let (set,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM people WHERE id = $1 AND pin_hash IS NOT NULL")
            .bind(person.as_str())
            .fetch_one(connection)
            .await?;
    Ok(set > 0)
}

/// Sets the PIN of whoever acts and shows their password.
///
/// # Errors
/// 422 for what is no PIN, two that differ, or a wrong password; 429 after too many of those.
pub async fn set(
    state: &State,
    actor: &Actor,
    password: String,
    pin: &str,
    again: &str,
) -> Result<()> {
    let pin = pin.trim();
    check_form(pin)?;
    if pin != again.trim() {
        return Err(Error::invalid("error-pins-differ"));
    }
    // Counted apart from tries of the PIN: who mistyped it sets another one at once.
    let (throttle, id) = (password_throttle(state), actor.id().as_str());
    throttle.note(state, id, id).await?;
    let mut connection = state.database.read().await?;
    let (kept,): (String,) = sqlx::query_as("SELECT password_hash FROM people WHERE id = $1")
        .bind(actor.id().as_str())
        .fetch_one(&mut *connection)
        .await?;
    drop(connection);
    if !passwords::is_right(password, Some(kept)).await? {
        return Err(Error::invalid("error-current-password-wrong"));
    }
    let hash = passwords::hash(&state.randomness, pin.to_owned()).await?;
    let mut write = state.database.write().await?;
    sqlx::query("UPDATE people SET pin_hash = $1 WHERE id = $2")
        .bind(hash)
        .bind(id)
        .execute(&mut *write)
        .await?;
    throttle.forget(&mut write, id).await?;
    forget_attempts(&mut write, actor.id()).await?;
    let author = Author::from(actor);
    audit::record(
        state,
        &mut write,
        &author,
        "person.pin",
        id,
        None,
        json!({}),
    )
    .await?;
    write.commit().await?;
    roles::announce_areas(state, actor.id()).await
}

/// Goes on only with the PIN of whoever acts. What it confirms calls [`forget_attempts`] in its own
/// transaction, so that nothing waits for the disk twice.
///
/// # Errors
/// 409 while none is set, 422 for a wrong one, 429 after too many of those.
pub async fn check(state: &State, actor: &Actor, pin: &str) -> Result<()> {
    let mut connection = state.database.read().await?;
    let (kept,): (Option<String>,) = sqlx::query_as("SELECT pin_hash FROM people WHERE id = $1")
        .bind(actor.id().as_str())
        .fetch_one(&mut *connection)
        .await?;
    drop(connection);
    let kept = kept.ok_or_else(|| Error::conflict("error-pin-not-set"))?;
    note_attempt(state, actor).await?;
    if !passwords::is_right(pin.trim().to_owned(), Some(kept)).await? {
        state.metrics.count("pins_refused_total");
        return Err(Error::invalid("error-pin-wrong"));
    }
    Ok(())
}

/// Refuses what is no PIN, and what a bystander would try first.
fn check_form(pin: &str) -> Result<()> {
    let digits = pin.as_bytes();
    if !DIGITS.contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Error::invalid("error-pin-form")
            .with("fewest", DIGITS.start())
            .with("most", DIGITS.end()));
    }
    if passwords::is_easy(pin) {
        return Err(Error::invalid("error-pin-easy"));
    }
    Ok(())
}

/// Counts the try before the PIN is read, so that many at once are counted too.
async fn note_attempt(state: &State, actor: &Actor) -> Result<()> {
    let person = actor.id();
    let now = state.now();
    let since = (now - WINDOW).as_millis();
    let mut write = state.database.write().await?;
    write.hold(person.as_str()).await?;
    sqlx::query("DELETE FROM pin_attempts WHERE at_ms <= $1")
        .bind(since)
        .execute(&mut *write)
        .await?;
    let (tries, oldest): (i64, Option<i64>) =
        sqlx::query_as("SELECT COUNT(*), MIN(at_ms) FROM pin_attempts WHERE person_id = $1")
            .bind(person.as_str())
            .fetch_one(&mut *write)
            .await?;
    if tries >= state.config.sessions.attempts_per_name {
        note_refusal(state, &mut write, actor, since).await?;
        write.commit().await?;
        let free_at = WallTime::from_millis(oldest.unwrap_or(since)) + WINDOW;
        let seconds = free_at.since(now).as_secs().max(1);
        let throttled = Error::refused(StatusCode::TOO_MANY_REQUESTS, "error-pin-too-many");
        return Err(throttled
            .with("seconds", seconds)
            .with("minutes", seconds.div_ceil(60)));
    }
    sqlx::query("INSERT INTO pin_attempts (id, person_id, at_ms) VALUES ($1, $2, $3)")
        .bind(new_secret(&state.randomness))
        .bind(person.as_str())
        .bind(now.as_millis())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(())
}

/// Somebody tries PINs in this person's session: one entry of the audit trail, however often they
/// go on.
async fn note_refusal(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    since: i64,
) -> Result<()> {
    let (noted,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM audit WHERE person_id = $1 AND verb = 'person.pin_refused' \
         AND at_ms > $2",
    )
    .bind(actor.id().as_str())
    .bind(since)
    .fetch_one(&mut *write)
    .await?;
    if noted == 0 {
        let (author, id) = (Author::from(actor), actor.id().as_str());
        let (verb, detail) = ("person.pin_refused", json!({}));
        audit::record(state, write, &author, verb, id, None, detail).await?;
    }
    Ok(())
}

/// How often the password is tried that sets a PIN.
fn password_throttle(state: &State) -> Throttle {
    Throttle {
        kind: "pin_password",
        per_name: Some(state.config.sessions.attempts_per_name),
        per_address: state.config.sessions.attempts_per_address,
        refusal: "error-too-many-attempts",
    }
}

/// Counts the tries of a person anew: they have shown that they know their PIN.
///
/// # Errors
/// The database failed.
pub async fn forget_attempts(connection: &mut Connection, person: &PersonId) -> Result<()> {
    sqlx::query("DELETE FROM pin_attempts WHERE person_id = $1")
        .bind(person.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_few_digits_that_nobody_tries_first() {
        for pin in ["2580", "1357", "90210", "11223344"] {
            assert!(check_form(pin).is_ok(), "{pin}");
        }
        for (pin, key) in [
            ("258", "error-pin-form"),
            ("258025802", "error-pin-form"),
            ("25a0", "error-pin-form"),
            ("٢٥٨٠", "error-pin-form"),
            ("0000", "error-pin-easy"),
            ("1234", "error-pin-easy"),
            ("87654321", "error-pin-easy"),
        ] {
            assert_eq!(check_form(pin).unwrap_err().key(), key, "{pin}");
        }
    }
}
