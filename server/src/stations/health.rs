//! How a station is, by its own account.

use programme::wire::Health;

use super::caller::Caller;
use crate::alarms::settle;
use crate::programmes::publish;
use crate::state::State;
use crate::web::errors::Result;

/// Keeps what a station says of itself, and the alarms that follow from it.
///
/// # Errors
/// The database failed.
pub async fn keep(state: &State, caller: &Caller, health: &Health) -> Result<()> {
    let mut write = state.database.write().await?;
    sqlx::query(
        "UPDATE stations SET health = $1, health_at_ms = $2, seen_at_ms = $2 WHERE id = $3",
    )
    .bind(serde_json::to_string(health)?)
    .bind(state.now().as_millis())
    .bind(caller.id.as_str())
    .execute(&mut *write)
    .await?;
    settle::by_word(state, &mut write, &caller.id, &health.faults).await?;
    write.commit().await?;
    publish::note_held(state, &caller.id, health.generation).await
}
