//! When alarms begin and end.

use std::collections::BTreeSet;

use programme::ids::{AlarmId, StationId};
use programme::units::WallTime;
use programme::wire::FaultName;

use super::alarm::About;
use crate::database::Connection;
use crate::state::State;
use crate::stations::standing::ONLINE_WITHIN;
use crate::web::errors::Result;

/// Takes what a station says is wrong with it: what is new begins, and what it no longer names is
/// over, as it is that nothing was heard of it.
///
/// # Errors
/// The database failed.
pub async fn by_word(
    state: &State,
    connection: &mut Connection,
    station: &StationId,
    faults: &[FaultName],
) -> Result<()> {
    let wrong = faults.iter().cloned().map(About::Fault);
    let wrong: BTreeSet<String> = wrong.map(|about| about.name()).collect::<Result<_>>()?;
    let going_on: Vec<(String, String)> =
        sqlx::query_as("SELECT id, about FROM alarms WHERE station_id = $1 AND until_ms IS NULL")
            .bind(station.as_str())
            .fetch_all(&mut *connection)
            .await?;
    for (id, _) in going_on.iter().filter(|(_, about)| !wrong.contains(about)) {
        sqlx::query("UPDATE alarms SET until_ms = $1 WHERE id = $2")
            .bind(state.now().as_millis())
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    let told: BTreeSet<String> = going_on.into_iter().map(|(_, about)| about).collect();
    for about in wrong.difference(&told) {
        begin(state, connection, station, about, state.now()).await?;
    }
    Ok(())
}

/// Looks which stations say nothing any more and which came again. Says how many alarms begin.
///
/// A server that was away itself hears from its stations within minutes, so nothing begins before
/// it runs as long as a station may be silent.
///
/// # Errors
/// The database failed.
pub async fn by_silence(state: &State) -> Result<u64> {
    let limit = state.now() - ONLINE_WITHIN;
    let mut write = state.database.write().await?;
    sqlx::query(
        "UPDATE alarms SET until_ms = $1 WHERE until_ms IS NULL AND EXISTS \
         (SELECT 1 FROM stations s WHERE s.id = alarms.station_id AND \
         (s.closed_at_ms IS NOT NULL OR (alarms.about = 'away' AND s.seen_at_ms >= $2)))",
    )
    .bind(state.now().as_millis())
    .bind(limit.as_millis())
    .execute(&mut *write)
    .await?;
    let silent: Vec<(String, i64)> = match state.running_since <= limit {
        true => {
            sqlx::query_as(
                "SELECT id, seen_at_ms FROM stations s WHERE closed_at_ms IS NULL AND \
                 enrolled_at_ms IS NOT NULL AND seen_at_ms < $1 AND NOT EXISTS (SELECT 1 \
                 FROM alarms a WHERE a.station_id = s.id AND a.about = 'away' \
                 AND a.until_ms IS NULL)",
            )
            .bind(limit.as_millis())
            .fetch_all(&mut *write)
            .await?
        }
        false => Vec::new(),
    };
    let mut begun = 0;
    for (station, seen_at_ms) in silent {
        let station = station.parse().map_err(anyhow::Error::from)?;
        let since = WallTime::from_millis(seen_at_ms);
        begin(state, &mut write, &station, &About::Away.name()?, since).await?;
        begun += 1;
    }
    write.commit().await?;
    Ok(begun)
}

async fn begin(
    state: &State,
    connection: &mut Connection,
    station: &StationId,
    about: &str,
    since: WallTime,
) -> Result<()> {
    // Another replica may have begun it at the same moment.
    sqlx::query(
        "INSERT INTO alarms (id, station_id, about, since_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(AlarmId::from_random(state.randomness.bytes()).as_str())
    .bind(station.as_str())
    .bind(about)
    .bind(since.as_millis())
    .execute(connection)
    .await?;
    Ok(())
}
