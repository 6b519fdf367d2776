//! The sounds of a rehearsed day. Whoever sees the calendar of a village may hear what its
//! loudspeakers will say there, wherever it was recorded.

use anyhow::Context;
use axum::http::HeaderMap;
use axum::response::Response;
use programme::ids::{AreaId, ContentHash};
use programme::programme::Bulletin;
use programme::zone::Zone;

use crate::areas::area::{self, Area};
use crate::as_run::day::bounds;
use crate::broadcasts::broadcast;
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::{build, chime};
use crate::recordings::sound::{self, OPUS, Wanted};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Path;

/// Where a sound of a village's day is heard.
pub fn address(area: &AreaId, hash: ContentHash) -> String {
    format!("/broadcasts/rehearsal/{area}/{hash}")
}

/// The chime, or an approved recording of what can be rehearsed in the area: Ogg Opus, by range.
pub async fn hear(
    state: State,
    headers: HeaderMap,
    actor: Actor,
    Path((area, hash)): Path<(AreaId, ContentHash)>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &area).await?;
    actor.require(Right::View, &area)?;
    let size_bytes = size_of(&state, &mut connection, &area, hash).await?;
    drop(connection);
    let wanted = Wanted {
        hash,
        size_bytes: size_bytes.ok_or_else(Error::not_found)?,
        content_type: OPUS,
    };
    sound::send(&state, &headers, &Key::Recording(hash), wanted).await
}

/// The size of what can be rehearsed in an area under this hash: the chime, and what is valid and
/// has a start from today on. `None` when nothing can.
async fn size_of(
    state: &State,
    connection: &mut Connection,
    area: &Area,
    hash: ContentHash,
) -> Result<Option<u64>> {
    let (zone, timetable) = (&area.ways.zone, &area.ways.timetable);
    let zone = Zone::named(zone).map_err(anyhow::Error::from)?;
    let today = bounds(&zone, zone.date(state.now()));
    let (from, _) = today.context("a day that the zone does not know")?;
    let mut broadcasts = broadcast::in_force(connection, &area.id, from).await?;
    broadcasts.retain(|one| one.rule.first_from(from, &zone, timetable).is_some());
    let held = approved(connection, &build::named(&broadcasts)).await?;
    let valid = |one: &Bulletin| one.valid_until.is_none_or(|until| until > from);
    let bulletins = held.into_values().filter(valid);
    let spoken = bulletins.flat_map(|one| one.recordings);
    let chime = chime::kept(connection).await?;
    let mut sounds = spoken.map(|one| one.sound).chain(chime);
    let found = sounds.find(|sound| sound.hash == hash);
    Ok(found.map(|sound| sound.size_bytes))
}
