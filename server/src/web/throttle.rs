//! Who keeps whom from trying for ever: attempts are counted before a secret is read, so that many
//! at once are counted too.

use std::time::Duration;

use axum::http::StatusCode;
use programme::units::WallTime;

use super::errors::{Error, Result};
use crate::database::Connection;
use crate::people::identity::new_secret;
use crate::state::State;

/// Attempts are counted over this span.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Attempts at one name from everywhere, for each one that an address has: who knows a name must
/// not keep its owner out, and many addresses together must not try for ever.
const EVERYWHERE: i64 = 20;

/// Something that may be attempted so often and no oftener.
#[derive(Debug, Clone, Copy)]
pub struct Throttle {
    /// What it is among the attempts.
    pub kind: &'static str,
    /// Attempts at one name from one address; `None` where none is typed.
    pub per_name: Option<i64>,
    /// Attempts from one address. A commune may be behind one.
    pub per_address: i64,
    /// Names the refusal.
    pub refusal: &'static str,
}

crate::rows! {
    struct Counted {
        by_name: i64,
        first_by_name: Option<i64>,
        by_name_here: i64,
        first_by_name_here: Option<i64>,
        by_address: i64,
        first_by_address: Option<i64>,
    }
}

impl Throttle {
    /// Counts an attempt.
    ///
    /// # Errors
    /// 429 after too many of them.
    pub async fn note(&self, state: &State, name: &str, address: &str) -> Result<()> {
        let now = state.now();
        let since = (now - WINDOW).as_millis();
        let mut write = state.database.write().await?;
        write.hold(self.kind).await?;
        let counted: Counted = sqlx::query_as(
            "SELECT COUNT(CASE WHEN name = $1 THEN 1 END) AS by_name, \
             MIN(CASE WHEN name = $1 THEN at_ms END) AS first_by_name, \
             COUNT(CASE WHEN name = $1 AND address = $2 THEN 1 END) AS by_name_here, \
             MIN(CASE WHEN name = $1 AND address = $2 THEN at_ms END) AS first_by_name_here, \
             COUNT(CASE WHEN address = $2 THEN 1 END) AS by_address, \
             MIN(CASE WHEN address = $2 THEN at_ms END) AS first_by_address FROM attempts \
             WHERE kind = $3 AND at_ms > $4 AND (name = $1 OR address = $2)",
        )
        .bind(name)
        .bind(address)
        .bind(self.kind)
        .bind(since)
        .fetch_one(&mut *write)
        .await?;
        let everywhere = self.per_name.map(|most| most.saturating_mul(EVERYWHERE));
        let counters = [
            (
                counted.by_name_here,
                self.per_name,
                counted.first_by_name_here,
            ),
            (counted.by_name, everywhere, counted.first_by_name),
            (
                counted.by_address,
                Some(self.per_address),
                counted.first_by_address,
            ),
        ];
        let full = counters
            .into_iter()
            .filter(|(count, most, _)| most.is_some_and(|most| *count >= most));
        // Where several are full, the latest one lets go last.
        if let Some(first) = full.filter_map(|(_, _, first)| first).max() {
            let free_at = WallTime::from_millis(first) + WINDOW;
            let seconds = free_at.since(now).as_secs().max(1);
            return Err(Error::refused(StatusCode::TOO_MANY_REQUESTS, self.refusal)
                .with("seconds", seconds)
                .with("minutes", seconds.div_ceil(60)));
        }
        sqlx::query(
            "INSERT INTO attempts (id, kind, name, address, at_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new_secret(&state.randomness))
        .bind(self.kind)
        .bind(name)
        .bind(address)
        .bind(now.as_millis())
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(())
    }

    /// Forgets the attempts at `name`, because one of them succeeded.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget(&self, connection: &mut Connection, name: &str) -> Result<()> {
        sqlx::query("DELETE FROM attempts WHERE kind = $1 AND name = $2")
            .bind(self.kind)
            .bind(name)
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Removes attempts that count no longer.
///
/// # Errors
/// The database failed.
pub async fn prune(state: &State, connection: &mut Connection) -> Result<()> {
    sqlx::query("DELETE FROM attempts WHERE at_ms <= $1")
        .bind((state.now() - WINDOW).as_millis())
        .execute(connection)
        .await?;
    Ok(())
}
