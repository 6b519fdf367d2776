//! Publishing: the next generation, signed, when there is something new to say.

use anyhow::Context;
use programme::ids::{AreaId, ContentHash, StationId};
use programme::programme::Programme;
use programme::signed::{Envelope, Purpose};
use programme::units::WallTime;

use super::build;
use crate::areas::area;
use crate::database::Connection;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// So many generations of a station are kept whole, for a look at what it was told.
const KEPT_GENERATIONS: i64 = 20;
/// Of so many it is kept when they were issued: a PC may be offline for weeks, and what it holds
/// then shows by that.
const KNOWN_GENERATIONS: i64 = 2_000;

crate::rows! {
    /// What a station was given last.
    #[derive(Debug, Clone)]
    pub struct Published {
        /// Its generation.
        pub generation: i64,
        /// Names its content.
        pub digest: String,
        /// The signed envelope, exactly as stations receive it; empty where only its time is kept.
        pub envelope: String,
        /// Names these very bytes, for `ETag`.
        pub etag: String,
        /// When.
        pub issued_at_ms: i64,
    }
}

impl Published {
    /// The programme in the envelope.
    ///
    /// # Errors
    /// The database holds what cannot be read.
    pub fn programme(&self) -> Result<Programme> {
        let envelope: Envelope = serde_json::from_str(&self.envelope)?;
        Ok(serde_json::from_slice(&envelope.payload)?)
    }
}

/// What `station` was given last.
///
/// # Errors
/// The database failed.
pub async fn latest(connection: &mut Connection, station: &StationId) -> Result<Option<Published>> {
    Ok(sqlx::query_as(
        "SELECT generation, digest, envelope, etag, issued_at_ms FROM programmes \
         WHERE station_id = $1 ORDER BY generation DESC LIMIT 1",
    )
    .bind(station.as_str())
    .fetch_optional(connection)
    .await?)
}

/// What `station` had been given and was to keep to at some moment from `from` on and before
/// `until`, the oldest first, as far as it is kept.
///
/// # Errors
/// The database failed.
pub async fn in_force_between(
    connection: &mut Connection,
    station: &StationId,
    from: WallTime,
    until: WallTime,
) -> Result<Vec<Published>> {
    Ok(sqlx::query_as(
        "SELECT generation, digest, envelope, etag, issued_at_ms FROM programmes \
         WHERE station_id = $1 AND envelope <> '' AND issued_at_ms < $3 \
         AND issued_at_ms >= COALESCE((SELECT MAX(p.issued_at_ms) FROM programmes p \
         WHERE p.station_id = $1 AND p.envelope <> '' AND p.issued_at_ms <= $2), 0) \
         ORDER BY generation",
    )
    .bind(station.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?)
}

/// Publishes to every station in one of `areas` or below that lacks something new, and wakes it.
/// Gives back how many.
///
/// # Errors
/// As [`to_stations`].
pub async fn to_areas(state: &State, areas: &[AreaId]) -> Result<usize> {
    let mut stations = Vec::new();
    for area in areas {
        let mut connection = state.database.read().await?;
        let below = station::below(&mut connection, area).await?;
        stations.extend(below.into_iter().map(|station| station.id));
    }
    to_stations(state, &stations).await
}

/// Publishes to each of `stations` that lacks something new, whatever becomes of the others, and
/// wakes it. Gives back how many.
///
/// # Errors
/// The first failure, after all others had their turn; each is logged.
pub async fn to_stations(state: &State, stations: &[StationId]) -> Result<usize> {
    let mut published = 0;
    let mut first = None;
    for station in stations {
        match to_station(state, station).await {
            Ok(generation) => published += usize::from(generation.is_some()),
            Err(error) => {
                tracing::error!(%station, "publishing to this station failed: {error:?}");
                first.get_or_insert(error);
            }
        }
    }
    first.map_or(Ok(published), Err)
}

/// Publishes to one station, when what it was given last differs from what is in force, or is no
/// newer than what the station says it holds. Gives back the new generation.
///
/// # Errors
/// The database failed.
pub async fn to_station(state: &State, id: &StationId) -> Result<Option<u64>> {
    let mut connection = state.database.read().await?;
    let station = station::find(&mut connection, id).await?;
    if station.closed_at.is_some() || !is_due(state, &mut connection, &station).await?.0 {
        return Ok(None);
    }
    drop(connection);
    let generation = publish(state, id).await?;
    if generation.is_some() {
        state.wake.announce(id.as_str()).await;
    }
    Ok(generation)
}

/// Looks again inside the transaction, because another replica may have been quicker.
async fn publish(state: &State, id: &StationId) -> Result<Option<u64>> {
    let mut write = state.database.write().await?;
    write.hold(id.as_str()).await?;
    let station = station::find(&mut write, id).await?;
    let (due, mut programme, last) = is_due(state, &mut write, &station).await?;
    if !due {
        return Ok(None);
    }
    let digest = build::digest(&programme)?;
    let last = last.map_or(0, |last| last.generation);
    let generation = last.max(station.reported_generation).saturating_add(1);
    programme.generation = u64::try_from(generation).context("number a generation")?;
    programme.issued_at = state.now();
    let payload = serde_json::to_vec(&programme)?;
    let envelope = Envelope::sign(Purpose::Programme, payload, &state.signing_key);
    let envelope = serde_json::to_string(&envelope)?;
    let bytes = ContentHash::of(envelope.as_bytes()).to_string();
    let etag = format!("\"{generation}-{}\"", bytes.get(..16).unwrap_or_default());
    sqlx::query(
        "INSERT INTO programmes (station_id, generation, digest, envelope, etag, issued_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.as_str())
    .bind(generation)
    .bind(digest.to_string())
    .bind(envelope)
    .bind(etag)
    .bind(programme.issued_at.as_millis())
    .execute(&mut *write)
    .await?;
    for (query, kept) in [
        (
            "UPDATE programmes SET envelope = '' WHERE station_id = $1 AND generation <= $2 \
             AND envelope <> ''",
            KEPT_GENERATIONS,
        ),
        (
            "DELETE FROM programmes WHERE station_id = $1 AND generation <= $2",
            KNOWN_GENERATIONS,
        ),
    ] {
        sqlx::query(query)
            .bind(id.as_str())
            .bind(generation.saturating_sub(kept))
            .execute(&mut *write)
            .await?;
    }
    write.commit().await?;
    state.metrics.count("programmes_published_total");
    Ok(Some(programme.generation))
}

/// Whether `station` needs another programme, the one that is in force, and what it was given last.
async fn is_due(
    state: &State,
    connection: &mut Connection,
    station: &Station,
) -> Result<(bool, Programme, Option<Published>)> {
    let area = area::find(state, connection, &station.area).await?;
    let programme =
        build::of_area(state, connection, &area, &station.id, &station.loudness).await?;
    let last = latest(connection, &station.id).await?;
    let digest = build::digest(&programme)?.to_string();
    let due = match &last {
        Some(last) => last.digest != digest || last.generation < station.reported_generation,
        None => true,
    };
    Ok((due, programme, last))
}

/// Notes that a station says it holds `generation`, and goes on above it should the server know of
/// none so high: a server restored from a backup must not speak of the past. A station that holds
/// other bytes under the newest number counts as holding the number after it.
///
/// # Errors
/// The database failed.
pub async fn note_held(state: &State, station: &StationId, generation: u64) -> Result<()> {
    let mut connection = state.database.read().await?;
    let last = latest(&mut connection, station)
        .await?
        .map_or(0, |last| last.generation);
    drop(connection);
    // What no server can have numbered is not believed; half of what fits leaves room above.
    let held = i64::try_from(generation).unwrap_or(i64::MAX);
    if held <= last || held > i64::MAX / 2 {
        return Ok(());
    }
    tracing::warn!(%station, held, last, "a station holds a later programme than was published");
    let mut write = state.database.write().await?;
    sqlx::query(
        "UPDATE stations SET reported_generation = $1 WHERE id = $2 AND reported_generation < $1",
    )
    .bind(held)
    .bind(station.as_str())
    .execute(&mut *write)
    .await?;
    write.commit().await?;
    to_station(state, station).await?;
    Ok(())
}
