//! Ending a broadcast before its time.

use programme::ids::BroadcastId;
use serde_json::json;

use super::broadcast::{self, Broadcast};
use super::place;
use super::room;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::Version;

/// What whoever cancels is told of a broadcast that goes on at another time.
pub(super) const MOVED: &str = "error-broadcast-moved-on";

/// Cancels a broadcast; what is on air of it ends. Cancelling twice changes nothing. Of one that
/// was given another time ends what is left of it under its own name, for who `seen` that.
///
/// # Errors
/// 403 without the right in every target area, and for an officer's broadcast but for officers; 409
/// for whoever saw it as it was before it was given another time, at which it airs all the same.
pub async fn cancel(
    state: &State,
    actor: &Actor,
    id: &BroadcastId,
    seen: Option<&Version>,
) -> Result<()> {
    let mut write = state.database.write().await?;
    // Who gives it another time at the same moment comes first or second, never in between.
    write.hold("broadcasts").await?;
    let old = cancellable(state, &mut write, actor, id, seen).await?;
    write_cancel(state, &mut write, actor, &old).await?;
    write.commit().await?;
    place::publish(state, vec![old]).await
}

/// The broadcast, if the actor may cancel it.
///
/// # Errors
/// 403 when they may not; 404 for a broadcast that is not for their eyes; 409 for one that goes on
/// at another time, unless they have `seen` what is left of it.
pub(super) async fn cancellable(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &BroadcastId,
    seen: Option<&Version>,
) -> Result<Broadcast> {
    let broadcast = broadcast::find(connection, id).await?;
    let standing = room::standing(state, connection, actor, &broadcast).await?;
    standing.required()?;
    let knows = broadcast.cancelled_at.is_none() && seen == Some(&broadcast.version());
    match &broadcast.moved_to {
        Some(to) if !knows => Err(Error::conflict(MOVED).with("to", to)),
        Some(_) | None => Ok(broadcast),
    }
}

/// Writes that a broadcast is cancelled, and says whether it was not so already.
///
/// # Errors
/// The database failed.
pub(super) async fn write_cancel(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    old: &Broadcast,
) -> Result<bool> {
    let person = Some(actor.id().as_str());
    let cancels = broadcast::cancel(write, &old.id, person, state.now()).await?;
    if cancels {
        let (id, place) = (old.id.as_str(), old.targets.first());
        let (author, verb) = (Author::from(actor), "broadcast.cancel");
        audit::record(state, write, &author, verb, id, place, json!({})).await?;
    }
    Ok(cancels)
}
