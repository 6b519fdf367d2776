//! One station as the database holds it.

use programme::ids::{AreaId, StationId};
use programme::units::{Decibels, WallTime};
use programme::wire::Health;
use serde_json::json;

use super::draft::{Draft, Part};
use super::loudness::Loudness;
use super::position::Position;
use crate::areas::area::Area;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::programmes::publish;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::{self, Version};

/// A village PC with its output.
#[derive(Debug, Clone)]
pub struct Station {
    /// Its name for programs.
    pub id: StationId,
    /// The area that it serves.
    pub area: AreaId,
    /// Its name for people.
    pub name: String,
    /// How loud it is.
    pub loudness: Loudness,
    /// Where it stands, if that is known.
    pub position: Option<Position>,
    /// Since when nothing is published to it.
    pub closed_at: Option<WallTime>,
    /// When the PC that is the station came in.
    pub enrolled_at: Option<WallTime>,
    /// When the PC last said anything at all.
    pub seen_at: Option<WallTime>,
    /// The next generation must lie above this one.
    pub reported_generation: i64,
    /// How it is, by its own account, and when it said so.
    pub health: Option<(Health, WallTime)>,
}

crate::rows! {
    struct Row {
        id: String,
        area_id: String,
        name: String,
        volume_db: f64,
        class_volume_db: String,
        position: Option<String>,
        closed_at_ms: Option<i64>,
        enrolled_at_ms: Option<i64>,
        seen_at_ms: Option<i64>,
        reported_generation: i64,
        health: Option<String>,
        health_at_ms: Option<i64>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.area_id, s.name, s.volume_db, s.class_volume_db, s.position, \
             s.closed_at_ms, s.enrolled_at_ms, s.seen_at_ms, s.reported_generation, s.health, \
             s.health_at_ms FROM stations s ",
            $rest
        )
    };
}

impl Row {
    fn station(self) -> Result<Station> {
        // What another release understood differently is no reason not to publish.
        let health: Option<Health> = self
            .health
            .and_then(|json| serde_json::from_str(&json).ok());
        Ok(Station {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            area: self.area_id.parse().map_err(anyhow::Error::from)?,
            name: self.name,
            loudness: Loudness {
                // Hundredths of a decibel are all that anybody hears.
                volume: Decibels(self.volume_db as f32),
                classes: serde_json::from_str(&self.class_volume_db)?,
            },
            position: self
                .position
                .as_deref()
                .map(Position::typed)
                .transpose()?
                .flatten(),
            closed_at: self.closed_at_ms.map(WallTime::from_millis),
            enrolled_at: self.enrolled_at_ms.map(WallTime::from_millis),
            seen_at: self.seen_at_ms.map(WallTime::from_millis),
            reported_generation: self.reported_generation,
            health: health.zip(self.health_at_ms.map(WallTime::from_millis)),
        })
    }
}

/// The station with this name.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &StationId) -> Result<Station> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE s.id = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or_else(Error::not_found)?.station()
}

/// The stations of `area` and everything below that are not closed, by name.
///
/// # Errors
/// The database failed.
pub async fn below(connection: &mut Connection, area: &AreaId) -> Result<Vec<Station>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "JOIN area_lines l ON l.area_id = s.area_id \
         WHERE l.above_id = $1 AND s.closed_at_ms IS NULL ORDER BY s.name, s.id"
    ))
    .bind(area.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::station).collect()
}

/// The stations that a person may see, by name; those that are closed stand last.
///
/// # Errors
/// The database failed.
pub async fn visible(connection: &mut Connection, person: &str) -> Result<Vec<Station>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
         WHERE l.area_id = s.area_id AND r.person_id = $1) \
         ORDER BY s.closed_at_ms IS NOT NULL, s.name, s.id"
    ))
    .bind(person)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::station).collect()
}

/// Every station that is not closed.
///
/// # Errors
/// The database failed.
pub async fn all(connection: &mut Connection) -> Result<Vec<StationId>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT id FROM stations WHERE closed_at_ms IS NULL ORDER BY id")
            .fetch_all(connection)
            .await?;
    let ids = rows.into_iter().map(|(id,)| id.parse());
    Ok(ids.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}

/// The loudspeaker clusters that a station feeds.
///
/// # Errors
/// The database failed.
pub async fn clusters(connection: &mut Connection, id: &StationId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        sqlx::query_as("SELECT name FROM clusters WHERE station_id = $1 ORDER BY position")
            .bind(id.as_str())
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Registers a station for `area`.
///
/// # Errors
/// 422 for a draft that cannot be.
pub async fn add(state: &State, author: &Author, area: &Area, draft: &Draft) -> Result<StationId> {
    let draft = draft.checked()?;
    let mut write = state.database.write().await?;
    write.hold("stations").await?;
    let former = match &draft.id {
        Some(id) => called(&mut write, id).await?,
        None => None,
    };
    let id = match (&draft.id, former) {
        (Some(id), Some(former)) if former == (draft.name.clone(), area.id.to_string()) => {
            return Ok(id.clone());
        }
        (Some(id), None) => id.clone(),
        (Some(_), Some(_)) | (None, _) => StationId::from_random(state.randomness.bytes()),
    };
    sqlx::query(
        "INSERT INTO stations (id, area_id, name, volume_db, class_volume_db, created_at_ms, \
         position, reported_generation) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
    )
    .bind(id.as_str())
    .bind(area.id.as_str())
    .bind(&draft.name)
    .bind(f64::from(draft.loudness.volume.0))
    .bind(serde_json::to_string(&draft.loudness.classes)?)
    .bind(state.now().as_millis())
    .bind(draft.position.map(|at| at.to_string()))
    .execute(&mut *write)
    .await?;
    put_clusters(&mut write, &id, &draft.clusters).await?;
    let detail = json!({
        "name": draft.name, "clusters": draft.clusters,
        "position": draft.position.map(|at| at.to_string()),
    });
    let place = Some(&area.id);
    audit::record(
        state,
        &mut write,
        author,
        "station.add",
        id.as_str(),
        place,
        detail,
    )
    .await?;
    write.commit().await?;
    Ok(id)
}

/// What the station with this id is called, and which area it serves.
async fn called(connection: &mut Connection, id: &StationId) -> Result<Option<(String, String)>> {
    let row = sqlx::query_as("SELECT name, area_id FROM stations WHERE id = $1");
    Ok(row.bind(id.as_str()).fetch_optional(connection).await?)
}

/// Changes what a station is called, what it feeds, and how loud it is, to what `says` makes of it
/// as it is; then publishes to it. What two people change of it at once both counts, where it is
/// not the same `part` of it and each has `seen` theirs so.
///
/// # Errors
/// 422 for a draft that cannot be; 409 where somebody else has changed that part.
pub async fn change(
    state: &State,
    author: &Author,
    station: &Station,
    part: Part,
    seen: Option<&Version>,
    says: impl FnOnce(Draft) -> Draft,
) -> Result<()> {
    let id = &station.id;
    let mut write = state.database.write().await?;
    write.hold("stations").await?;
    let there = find(&mut write, id).await?;
    let there = Draft::of(&mut write, &there).await?;
    let was = there.version(part);
    let draft = says(there.clone()).checked()?;
    if !overtaken::is_to_write(seen, &was, &draft.version(part))? {
        return Ok(());
    }
    sqlx::query(
        "UPDATE stations SET name = $1, volume_db = $2, class_volume_db = $3, position = $4 \
         WHERE id = $5",
    )
    .bind(&draft.name)
    .bind(f64::from(draft.loudness.volume.0))
    .bind(serde_json::to_string(&draft.loudness.classes)?)
    .bind(draft.position.map(|at| at.to_string()))
    .bind(id.as_str())
    .execute(&mut *write)
    .await?;
    sqlx::query("DELETE FROM clusters WHERE station_id = $1")
        .bind(id.as_str())
        .execute(&mut *write)
        .await?;
    put_clusters(&mut write, id, &draft.clusters).await?;
    let detail = json!({
        "name": draft.name, "clusters": draft.clusters, "volume_db": draft.loudness.volume,
        "class_volume_db": draft.loudness.classes,
        "position": draft.position.map(|at| at.to_string()), "part": draft.changes(&there),
    });
    let place = Some(&station.area);
    audit::record(
        state,
        &mut write,
        author,
        "station.change",
        id.as_str(),
        place,
        detail,
    )
    .await?;
    write.commit().await?;
    // The publisher's duty takes over when whoever asked hangs up half-way.
    state.wake.announce(station.area.as_str()).await;
    publish::to_station(state, id).await?;
    Ok(())
}

/// Closes a station: nothing is published to it, and its PC is let in no longer.
///
/// # Errors
/// The database failed.
pub async fn close(state: &State, author: &Author, station: &Station) -> Result<()> {
    let id = &station.id;
    let mut write = state.database.write().await?;
    let closed = sqlx::query(
        "UPDATE stations SET closed_at_ms = $1, token_hash = NULL \
         WHERE id = $2 AND closed_at_ms IS NULL",
    )
    .bind(state.now().as_millis())
    .bind(id.as_str())
    .execute(&mut *write)
    .await?;
    if closed.rows_affected() > 0 {
        let (place, detail) = (Some(&station.area), json!({}));
        audit::record(
            state,
            &mut write,
            author,
            "station.close",
            id.as_str(),
            place,
            detail,
        )
        .await?;
    }
    write.commit().await?;
    // Its PC listens still, and is told to go.
    state.wake.announce(id.as_str()).await;
    Ok(())
}

async fn put_clusters(
    connection: &mut Connection,
    id: &StationId,
    clusters: &[String],
) -> Result<()> {
    for (position, name) in clusters.iter().enumerate() {
        sqlx::query("INSERT INTO clusters (station_id, position, name) VALUES ($1, $2, $3)")
            .bind(id.as_str())
            .bind(i64::try_from(position).unwrap_or(i64::MAX))
            .bind(name)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
