//! What the stations of an area were to keep to on a day, and which villages without one were meant
//! to hear what they aired.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AreaId, BroadcastId, StationId};
use programme::units::WallTime;

use super::StationDay;
use crate::areas::area::Area;
use crate::database::Connection;
use crate::programmes::publish::Published;
use crate::web::errors::Result;

crate::rows! {
    struct Row {
        station_id: String,
        generation: i64,
        digest: String,
        envelope: String,
        etag: String,
        issued_at_ms: i64,
    }
}

/// What each station had been given at some moment from `from` on and before `until`, as far as
/// that is kept, and what it was given last, the oldest first.
pub async fn kept(
    connection: &mut Connection,
    within: &AreaId,
    (from, until): (WallTime, WallTime),
) -> Result<BTreeMap<StationId, Vec<Published>>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.station_id, p.generation, p.digest, p.envelope, p.etag, p.issued_at_ms \
         FROM programmes p JOIN stations s ON s.id = p.station_id \
         JOIN area_lines l ON l.area_id = s.area_id \
         WHERE l.above_id = $1 AND s.closed_at_ms IS NULL AND p.envelope <> '' \
         AND ((p.issued_at_ms < $3 \
         AND p.issued_at_ms >= COALESCE((SELECT MAX(q.issued_at_ms) FROM programmes q \
         WHERE q.station_id = p.station_id AND q.envelope <> '' \
         AND q.issued_at_ms <= $2), 0)) OR p.generation = \
         (SELECT MAX(q.generation) FROM programmes q WHERE q.station_id = p.station_id)) \
         ORDER BY p.station_id, p.generation",
    )
    .bind(within.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    let mut kept: BTreeMap<StationId, Vec<Published>> = BTreeMap::new();
    for row in rows {
        let station = row.station_id.parse().map_err(anyhow::Error::from)?;
        kept.entry(station).or_default().push(Published {
            generation: row.generation,
            digest: row.digest,
            envelope: row.envelope,
            etag: row.etag,
            issued_at_ms: row.issued_at_ms,
        });
    }
    Ok(kept)
}

/// Of `villages`, those for which each broadcast on the `days` of others is meant.
pub async fn meant(
    connection: &mut Connection,
    villages: &[Area],
    days: &[StationDay],
) -> Result<BTreeMap<BroadcastId, Vec<AreaId>>> {
    let mut meant: BTreeMap<BroadcastId, Vec<AreaId>> = BTreeMap::new();
    if villages.is_empty() {
        return Ok(meant);
    }
    let lines = days.iter().flat_map(|day| &day.lines);
    let broadcasts: BTreeSet<&BroadcastId> = lines.map(|line| &line.broadcast).collect();
    for broadcast in broadcasts {
        let targets: Vec<(String,)> = sqlx::query_as(
            "SELECT area_id FROM broadcast_targets WHERE broadcast_id = $1 \
             UNION SELECT area_id FROM emergency_targets WHERE emergency_id = $1",
        )
        .bind(broadcast.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let within = |area: &&Area| {
            let mut line = area.line.iter();
            line.any(|id| targets.iter().any(|(target,)| target == id.as_str()))
        };
        let own = villages.iter().filter(within).map(|area| area.id.clone());
        meant.insert(broadcast.clone(), own.collect());
    }
    Ok(meant)
}
