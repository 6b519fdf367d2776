//! What is planned and held in an area, each by one question to the database.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AreaId, BroadcastId, StationId};
use programme::programme::Programme;
use programme::rule::Rule;
use programme::signed::Envelope;
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::Result;

/// A broadcast as far as it says when it airs.
pub struct Planned {
    pub rule: Rule,
    pub since: WallTime,
    /// Titles of what of it may air now; empty when nothing may.
    pub title: String,
}

/// What a station was given.
#[derive(Default)]
pub struct Held {
    /// The newest programme.
    pub newest: Option<Programme>,
    issued: BTreeMap<u64, WallTime>,
}

impl Held {
    /// When a generation was issued, as far as that is kept.
    pub fn issued(&self, generation: u64) -> Option<WallTime> {
        self.issued.get(&generation).copied()
    }
}

crate::rows! {
    struct PlannedRow {
        id: String,
        rule: String,
        since_ms: i64,
        title: String,
    }

    struct HeldRow {
        station_id: String,
        generation: i64,
        issued_at_ms: i64,
        envelope: String,
    }
}

/// The broadcasts in force in an area and below.
pub async fn planned(
    connection: &mut Connection,
    within: &AreaId,
    now: WallTime,
) -> Result<BTreeMap<BroadcastId, Planned>> {
    let rows: Vec<PlannedRow> = sqlx::query_as(
        "SELECT b.id, b.rule, b.since_ms, c.title FROM broadcasts b \
         JOIN broadcast_bulletins m ON m.broadcast_id = b.id \
         JOIN bulletins c ON c.id = m.bulletin_id \
         WHERE b.cancelled_at_ms IS NULL AND (b.over_at_ms IS NULL OR b.over_at_ms > $2) \
         AND c.state = 'approved' AND c.valid_until_ms > $2 AND EXISTS \
         (SELECT 1 FROM broadcast_targets t JOIN area_lines l ON l.above_id = t.area_id \
         JOIN area_lines u ON u.area_id = l.area_id \
         WHERE t.broadcast_id = b.id AND u.above_id = $1) ORDER BY b.id, m.position",
    )
    .bind(within.as_str())
    .bind(now.as_millis())
    .fetch_all(connection)
    .await?;
    let mut planned: BTreeMap<BroadcastId, Planned> = BTreeMap::new();
    for row in rows {
        let id: BroadcastId = row.id.parse().map_err(anyhow::Error::from)?;
        match planned.get_mut(&id) {
            Some(one) => one.title = format!("{} · {}", one.title, row.title),
            None => {
                let one = Planned {
                    rule: serde_json::from_str(&row.rule)?,
                    since: WallTime::from_millis(row.since_ms),
                    title: row.title,
                };
                planned.insert(id, one);
            }
        }
    }
    Ok(planned)
}

/// What the stations of an area and below were given last, and when that was issued which each, by
/// `said`, says that it holds.
pub async fn held(
    connection: &mut Connection,
    within: &AreaId,
    said: &[(StationId, u64)],
) -> Result<BTreeMap<StationId, Held>> {
    // A station has been given thousands, of which two are wanted.
    let rows: Vec<HeldRow> = sqlx::query_as(
        "SELECT p.station_id, p.generation, p.issued_at_ms, CASE WHEN p.generation = \
         (SELECT MAX(n.generation) FROM programmes n WHERE n.station_id = s.id) \
         THEN p.envelope ELSE '' END AS envelope FROM stations s \
         JOIN area_lines l ON l.area_id = s.area_id \
         JOIN programmes p ON p.station_id = s.id AND p.generation IN (s.reported_generation, \
         (SELECT MAX(n.generation) FROM programmes n WHERE n.station_id = s.id)) \
         WHERE l.above_id = $1 AND s.closed_at_ms IS NULL",
    )
    .bind(within.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut held: BTreeMap<StationId, Held> = BTreeMap::new();
    for row in rows {
        let station = row.station_id.parse().map_err(anyhow::Error::from)?;
        let one = held.entry(station).or_default();
        let issued = WallTime::from_millis(row.issued_at_ms);
        let generation = u64::try_from(row.generation).unwrap_or_default();
        one.issued.insert(generation, issued);
        if !row.envelope.is_empty() {
            let envelope: Envelope = serde_json::from_str(&row.envelope)?;
            one.newest = Some(serde_json::from_slice(&envelope.payload)?);
        }
    }
    for (station, generation) in said {
        // A PC that was put in the place of another holds less than that one said.
        if let Some(one) = held.get_mut(station)
            && !one.issued.contains_key(generation)
            && let Some(at) = issued(connection, station, *generation).await?
        {
            one.issued.insert(*generation, at);
        }
    }
    Ok(held)
}

/// When a generation of a station was issued, as far as that is kept.
async fn issued(
    connection: &mut Connection,
    station: &StationId,
    generation: u64,
) -> Result<Option<WallTime>> {
    let row: Option<(i64,)> = sqlx::query_as(
        "SELECT issued_at_ms FROM programmes WHERE station_id = $1 AND generation = $2",
    )
    .bind(station.as_str())
    .bind(i64::try_from(generation).unwrap_or(i64::MAX))
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(at_ms,)| WallTime::from_millis(at_ms)))
}

/// The starts that were planned from `from` on and have their outcome: station, broadcast and when
/// each was planned, in milliseconds.
pub async fn outcomes(
    connection: &mut Connection,
    within: &AreaId,
    from: WallTime,
) -> Result<BTreeSet<(StationId, BroadcastId, i64)>> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT a.station_id, a.broadcast_id, a.planned_ms FROM as_run a \
         JOIN stations s ON s.id = a.station_id JOIN area_lines l ON l.area_id = s.area_id \
         WHERE l.above_id = $1 AND a.record = 'outcome' AND a.planned_ms >= $2",
    )
    .bind(within.as_str())
    .bind(from.as_millis())
    .fetch_all(connection)
    .await?;
    let mut outcomes = BTreeSet::new();
    for (station, broadcast, planned_ms) in rows {
        let station = station.parse().map_err(anyhow::Error::from)?;
        let broadcast = broadcast.parse().map_err(anyhow::Error::from)?;
        outcomes.insert((station, broadcast, planned_ms));
    }
    Ok(outcomes)
}
