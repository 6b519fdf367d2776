//! The publisher's ear: what others announce is published, and what nobody announced is found.

use std::time::Duration;

use programme::ids::{AreaId, BroadcastId, BulletinId};
use tokio::sync::broadcast::error::RecvError;

use super::{chime, publish};
use crate::broadcasts::broadcast;
use crate::emergencies::standby;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::Result;

/// Everything is looked at so often, for what was announced while nobody listened, and for what
/// changes by time alone.
const LOOK_EVERY: Duration = Duration::from_secs(10 * 60);

/// Everything is looked at again so soon after a failure.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Publishes what others announce, until the server ends; the chime is made first, once.
pub async fn listen(state: State) {
    let mut woken = state.wake.listen();
    if let Err(error) = chime::ensure(&state).await {
        tracing::error!("stations air without a chime until the next start: {error:?}");
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let published = tokio::select! {
            () = state.stopped() => return,
            _ = look.tick() => all(&state).await,
            subject = woken.recv() => match subject {
                Ok(subject) => one(&state, &subject).await,
                Err(RecvError::Lagged(_)) => all(&state).await,
                Err(RecvError::Closed) => return,
            },
        };
        if let Err(error) = published {
            tracing::error!("publishing failed and will be tried again: {error:?}");
            look.reset_after(LOOK_AGAIN);
        }
    }
}

/// Publishes to every station that lacks something new. Gives back how many.
///
/// # Errors
/// As [`publish::to_stations`].
pub async fn all(state: &State) -> Result<usize> {
    let mut connection = state.database.read().await?;
    let stations = station::all(&mut connection).await?;
    drop(connection);
    publish::to_stations(state, &stations).await
}

/// Publishes what follows from a change of `subject`: an area, a bulletin, or a broadcast.
async fn one(state: &State, subject: &str) -> Result<usize> {
    if let Ok(area) = subject.parse::<AreaId>() {
        return publish::to_areas(state, &[area]).await;
    }
    if let Ok(id) = subject.parse::<BroadcastId>() {
        let mut connection = state.database.read().await?;
        let targets = broadcast::find(&mut connection, &id).await?.targets;
        drop(connection);
        return publish::to_areas(state, &targets).await;
    }
    let Ok(bulletin) = subject.parse::<BulletinId>() else {
        return Ok(0);
    };
    let mut connection = state.database.read().await?;
    let broadcasts = broadcast::of_bulletin(&mut connection, &bulletin).await?;
    let stands_by = standby::targets_of(&mut connection, &bulletin).await?;
    drop(connection);
    let mut targets: Vec<AreaId> = broadcasts
        .into_iter()
        .filter(|broadcast| broadcast.cancelled_at.is_none())
        .flat_map(|broadcast| broadcast.targets)
        .chain(stands_by)
        .collect();
    targets.sort();
    targets.dedup();
    publish::to_areas(state, &targets).await
}
