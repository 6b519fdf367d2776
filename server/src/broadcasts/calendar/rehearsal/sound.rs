//! The sounds of a rehearsed day. Whoever sees the calendar of a village may hear what its
//! loudspeakers will say there, wherever it was recorded.

use axum::http::HeaderMap;
use axum::response::Response;
use programme::ids::{AreaId, ContentHash};

use crate::areas::area;
use crate::database::Connection;
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::programmes::chime;
use crate::recordings::sound::{self, OPUS, Wanted};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Path;

/// Where a sound of a village's day is heard.
pub fn address(area: &AreaId, hash: ContentHash) -> String {
    format!("/broadcasts/rehearsal/{area}/{hash}")
}

/// The chime, or an approved recording of what is planned for the area: Ogg Opus, by range.
pub async fn hear(
    state: State,
    headers: HeaderMap,
    actor: Actor,
    Path((area, hash)): Path<(AreaId, ContentHash)>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &area).await?;
    actor.require(Right::View, &area)?;
    let size_bytes = size_of(&mut connection, &area.id, hash).await?;
    drop(connection);
    let wanted = Wanted {
        hash,
        size_bytes: size_bytes.ok_or_else(Error::not_found)?,
        content_type: OPUS,
    };
    sound::send(&state, &headers, &Key::Recording(hash), wanted).await
}

/// The size of what is heard in an area under this hash; `None` when nothing is.
async fn size_of(
    connection: &mut Connection,
    area: &AreaId,
    hash: ContentHash,
) -> Result<Option<u64>> {
    let chime = chime::kept(connection).await?;
    if let Some(chime) = chime.filter(|chime| chime.hash == hash) {
        return Ok(Some(chime.size_bytes));
    }
    let found: Option<(i64,)> = sqlx::query_as(
        "SELECT t.approved_size_bytes FROM area_lines l \
         JOIN broadcast_targets g ON g.area_id = l.above_id \
         JOIN broadcasts b ON b.id = g.broadcast_id \
         JOIN broadcast_bulletins m ON m.broadcast_id = b.id \
         JOIN bulletins c ON c.id = m.bulletin_id \
         JOIN bulletin_recordings t ON t.bulletin_id = c.id \
         WHERE l.area_id = $1 AND t.approved_hash = $2 \
         AND b.cancelled_at_ms IS NULL AND c.state = 'approved' LIMIT 1",
    )
    .bind(area.as_str())
    .bind(hash.to_string())
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|(size,)| size.unsigned_abs()))
}
