//! The programmes that the stations of an area were to keep to on a day, by one question.

use std::collections::BTreeMap;

use programme::ids::{AreaId, StationId};
use programme::units::WallTime;

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
         WHERE l.above_id = $1 AND s.closed_at_ms IS NULL AND ((p.issued_at_ms < $3 \
         AND p.issued_at_ms >= COALESCE((SELECT MAX(q.issued_at_ms) FROM programmes q \
         WHERE q.station_id = p.station_id AND q.issued_at_ms <= $2), 0)) OR p.generation = \
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
