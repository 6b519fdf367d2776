//! Ending a broadcast before its time.

use programme::ids::BroadcastId;
use serde_json::json;

use super::broadcast::{self, Broadcast};
use super::{place, room};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;

/// Cancels a broadcast; what is on air of it ends. Cancelling twice changes nothing.
///
/// # Errors
/// 403 without the right in every target area, and for an officer's broadcast but for officers.
pub async fn cancel(state: &State, actor: &Actor, id: &BroadcastId) -> Result<()> {
    let mut connection = state.database.read().await?;
    let old = cancellable(state, &mut connection, actor, id).await?;
    drop(connection);
    let mut write = state.database.write().await?;
    write_cancel(state, &mut write, actor, &old).await?;
    write.commit().await?;
    place::publish(state, vec![old]).await
}

/// The broadcast, if the actor may cancel it.
///
/// # Errors
/// 403 when they may not; 404 for a broadcast that is not for their eyes.
pub(super) async fn cancellable(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<Broadcast> {
    let broadcast = broadcast::find(connection, id).await?;
    let standing = room::standing(state, connection, actor, &broadcast).await?;
    standing.required()?;
    Ok(broadcast)
}

/// Writes that a broadcast is cancelled, unless it is so already.
///
/// # Errors
/// The database failed.
pub(super) async fn write_cancel(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    old: &Broadcast,
) -> Result<()> {
    let person = Some(actor.id().as_str());
    if broadcast::cancel(write, &old.id, person, state.now()).await? {
        let (id, place) = (old.id.as_str(), old.targets.first());
        let (author, verb) = (Author::from(actor), "broadcast.cancel");
        audit::record(state, write, &author, verb, id, place, json!({})).await?;
    }
    Ok(())
}
