//! What went to each station by hand and what came back, the last time.

use programme::bundle::StationWord;
use programme::ids::StationId;
use programme::units::WallTime;
use serde_json::json;

use super::make::Made;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

crate::rows! {
    /// The last journeys of a station's sticks.
    #[derive(Debug, Clone, Default)]
    pub struct Journey {
        /// When a bundle was last made.
        pub made_at_ms: Option<i64>,
        /// The generation in it.
        pub made_generation: Option<i64>,
        /// When the as-run last came back.
        pub returned_at_ms: Option<i64>,
        /// How many of its lines were new.
        pub returned_lines: Option<i64>,
        /// The generation that the station then said it holds.
        pub taken_generation: Option<i64>,
        /// When the bundle was made that it took last.
        pub taken_bundle_ms: Option<i64>,
    }
}

/// The last journeys of the sticks of `station`.
///
/// # Errors
/// The database failed.
pub async fn of(connection: &mut Connection, station: &StationId) -> Result<Journey> {
    let found: Option<Journey> = sqlx::query_as(
        "SELECT made_at_ms, made_generation, returned_at_ms, returned_lines, taken_generation, \
         taken_bundle_ms FROM bundles WHERE station_id = $1",
    )
    .bind(station.as_str())
    .fetch_optional(connection)
    .await?;
    Ok(found.unwrap_or_default())
}

/// The stations to which `actor` may carry, each with its village, by name.
///
/// # Errors
/// The database failed.
pub async fn stations(state: &State, actor: &Actor) -> Result<Vec<(Station, Area)>> {
    let mut connection = state.database.read().await?;
    let visible = station::visible(&mut connection, actor.id().as_str()).await?;
    let mut found = Vec::new();
    for station in visible.into_iter().filter(|one| one.closed_at.is_none()) {
        let area = area::find(state, &mut connection, &station.area).await?;
        if actor.may(Right::Carry, &area) {
            found.push((station, area));
        }
    }
    found.sort_by(|(one, here), (other, there)| {
        (&here.name, &one.name).cmp(&(&there.name, &other.name))
    });
    Ok(found)
}

/// Notes that bundles were made.
///
/// # Errors
/// The database failed.
pub async fn note_made(state: &State, author: &Author, made: &[Made]) -> Result<()> {
    let mut write = state.database.write().await?;
    for one in made {
        let id = one.station.id.as_str();
        sqlx::query(
            "INSERT INTO bundles (station_id, made_at_ms, made_generation) VALUES ($1, $2, $3) \
             ON CONFLICT (station_id) DO UPDATE SET made_at_ms = excluded.made_at_ms, \
             made_generation = excluded.made_generation",
        )
        .bind(id)
        .bind(state.now().as_millis())
        .bind(one.generation)
        .execute(&mut *write)
        .await?;
        let place = Some(&one.station.area);
        let detail = json!({ "generation": one.generation });
        audit::record(state, &mut write, author, "bundle.make", id, place, detail).await?;
    }
    Ok(write.commit().await?)
}

/// Notes that the as-run of `station` came back with so many new lines. What brings nothing new,
/// because it was brought before, is not noted in the audit trail.
///
/// # Errors
/// The database failed.
pub async fn note_returned(
    state: &State,
    author: &Author,
    station: &Station,
    lines: u64,
    word: Option<&StationWord>,
) -> Result<()> {
    let id = station.id.as_str();
    let mut write = state.database.write().await?;
    write.hold(id).await?;
    let before = of(&mut write, &station.id).await?;
    let said = word.map(|word| i64::try_from(word.generation).unwrap_or(i64::MAX));
    let bundle = word.and_then(|word| word.bundle).map(WallTime::as_millis);
    let newer = before.taken_generation < said || before.taken_bundle_ms < bundle;
    if lines == 0 && !newer {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO bundles (station_id, returned_at_ms, returned_lines, taken_generation, \
         taken_bundle_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (station_id) DO UPDATE SET returned_at_ms = excluded.returned_at_ms, \
         returned_lines = excluded.returned_lines, taken_generation = excluded.taken_generation, \
         taken_bundle_ms = excluded.taken_bundle_ms",
    )
    .bind(id)
    .bind(state.now().as_millis())
    .bind(i64::try_from(lines).unwrap_or(i64::MAX))
    .bind(before.taken_generation.max(said))
    .bind(before.taken_bundle_ms.max(bundle))
    .execute(&mut *write)
    .await?;
    let (place, detail) = (Some(&station.area), json!({ "lines": lines }));
    audit::record(
        state,
        &mut write,
        author,
        "bundle.return",
        id,
        place,
        detail,
    )
    .await?;
    Ok(write.commit().await?)
}
