//! The sounds of a rehearsed day. Whoever sees the calendar of a village may hear what its
//! loudspeakers will say there, wherever it was recorded.

use anyhow::Context;
use axum::http::HeaderMap;
use axum::response::Response;
use programme::ids::{AreaId, BulletinId, ContentHash};
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
    let chime = chime::kept(connection).await?;
    if let Some(chime) = chime.filter(|chime| chime.hash == hash) {
        return Ok(Some(chime.size_bytes));
    }
    let (zone, timetable) = (&area.ways.zone, &area.ways.timetable);
    let zone = Zone::named(zone).map_err(anyhow::Error::from)?;
    let today = bounds(&zone, zone.date(state.now()));
    let (from, _) = today.context("a day that the zone does not know")?;
    let broadcasts = broadcast::in_force(connection, &area.id, from).await?;
    let held = approved(connection, &build::named(&broadcasts)).await?;
    let valid = |one: &Bulletin| one.valid_until.is_none_or(|until| until > from);
    // A browser asks piece by piece and a start may be years ahead, so it is looked for only where
    // this very sound is held.
    let starts = |id: &BulletinId| {
        let mut holding = broadcasts.iter().filter(|one| one.bulletins.contains(id));
        holding.any(|one| one.rule.first_from(from, &zone, timetable).is_some())
    };
    let valid = held.iter().filter(|(_, one)| valid(one));
    let mut sounds = valid.flat_map(|(id, one)| {
        let sounds = one.recordings.iter().map(|spoken| &spoken.sound);
        sounds.map(move |sound| (id, sound))
    });
    let found = sounds.find(|(id, sound)| sound.hash == hash && starts(id));
    Ok(found.map(|(_, sound)| sound.size_bytes))
}
