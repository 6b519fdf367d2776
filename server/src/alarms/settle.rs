//! When alarms begin and end.

use std::collections::BTreeSet;
use std::time::Duration;

use programme::ids::{AlarmId, StationId};
use programme::units::WallTime;
use programme::wire::FaultName;

use super::alarm::{AWAY, About, LATELY, SHORTEST};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::Result;

/// So many faults of one station are kept, with names of so many bytes: a later release may know
/// more than we do, and a stolen token may say anything.
const MOST_FAULTS: usize = 32;
const LONGEST_NAME: usize = 64;
/// Looks that are further apart have a gap between them; there is one each minute.
const GAP: Duration = Duration::from_secs(150);
const DAY: Duration = Duration::from_hours(24);

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
    let wrong = faults.iter().take(MOST_FAULTS).cloned().map(About::Fault);
    let mut wrong: BTreeSet<String> = wrong.map(|about| about.name()).collect::<Result<_>>()?;
    wrong.retain(|name| name.len() <= LONGEST_NAME && name != AWAY);
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

/// A station that was not seen for so long is an alarm: a link that breaks and is back within
/// minutes is none.
const SILENT_FOR: Duration = Duration::from_secs(10 * 60);

/// Looks which stations say nothing any more and which came again, and forgets what is long over.
/// Says how many alarms begin.
///
/// A server that was away itself, or could not reach its database, or whose clock was set, hears
/// from its stations within minutes. So nothing begins before somebody has looked again and again
/// for as long as a station may be silent.
///
/// # Errors
/// The database failed.
pub async fn by_silence(state: &State) -> Result<u64> {
    let (now, limit) = (state.now(), state.now() - SILENT_FOR);
    let mut write = state.database.write().await?;
    write.hold("alarms").await?;
    let since = watched_since(&mut write, now).await?;
    sqlx::query(
        "UPDATE alarms SET until_ms = $1 WHERE until_ms IS NULL AND EXISTS \
         (SELECT 1 FROM stations s WHERE s.id = alarms.station_id AND \
         (s.closed_at_ms IS NOT NULL OR (alarms.about = 'away' AND s.seen_at_ms >= $2) OR EXISTS \
         (SELECT 1 FROM area_lines l JOIN areas c ON c.id = l.above_id \
         WHERE l.area_id = s.area_id AND c.closed_at_ms IS NOT NULL)))",
    )
    .bind(now.as_millis())
    .bind(limit.as_millis())
    .execute(&mut *write)
    .await?;
    let silent: Vec<(String, i64)> = match since <= limit {
        true => {
            sqlx::query_as(
                "SELECT id, seen_at_ms FROM stations s WHERE closed_at_ms IS NULL AND \
                 enrolled_at_ms IS NOT NULL AND seen_at_ms < $1 AND NOT EXISTS (SELECT 1 \
                 FROM area_lines l JOIN areas c ON c.id = l.above_id \
                 WHERE l.area_id = s.area_id AND c.closed_at_ms IS NOT NULL) \
                 AND NOT EXISTS (SELECT 1 FROM alarms a WHERE a.station_id = s.id \
                 AND a.about = 'away' AND a.until_ms IS NULL)",
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
        let seen_at = WallTime::from_millis(seen_at_ms);
        begun += begin(state, &mut write, &station, AWAY, seen_at).await?;
    }
    write.commit().await?;
    Ok(begun)
}

/// Since when somebody, of all replicas, has looked without a gap; notes this look.
async fn watched_since(connection: &mut Connection, now: WallTime) -> Result<WallTime> {
    const NAME: &str = "stations_watched";
    let found: Option<(String,)> = sqlx::query_as("SELECT value FROM settings WHERE name = $1")
        .bind(NAME)
        .fetch_optional(&mut *connection)
        .await?;
    let found: Option<(i64, i64)> = found.and_then(|(value,)| serde_json::from_str(&value).ok());
    let goes_on = |last: i64| {
        let ago = now.as_millis() - last;
        (0..=i64::try_from(GAP.as_millis()).unwrap_or(i64::MAX)).contains(&ago)
    };
    let since = match found {
        Some((since, last)) if goes_on(last) => since,
        Some(_) | None => now.as_millis(),
    };
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = $2",
    )
    .bind(NAME)
    .bind(serde_json::to_string(&(since, now.as_millis()))?)
    .execute(connection)
    .await?;
    Ok(WallTime::from_millis(since))
}

/// Forgets what is over and is shown no more, and what was over at once. Says how many.
///
/// # Errors
/// The database failed.
pub async fn prune(state: &State) -> Result<u64> {
    let (long_ago, lately) = (state.now() - LATELY, state.now() - DAY);
    let shortest = i64::try_from(SHORTEST.as_millis()).unwrap_or(i64::MAX);
    let mut write = state.database.write().await?;
    let mut pruned = 0;
    for statement in [
        "DELETE FROM alarms_known WHERE alarm_id IN (SELECT id FROM alarms WHERE until_ms < $1 \
         OR (until_ms < $2 AND until_ms - since_ms < $3))",
        "DELETE FROM alarms WHERE until_ms < $1 OR (until_ms < $2 AND until_ms - since_ms < $3)",
    ] {
        let done = sqlx::query(statement)
            .bind(long_ago.as_millis())
            .bind(lately.as_millis())
            .bind(shortest)
            .execute(&mut *write)
            .await?;
        pruned = done.rows_affected();
    }
    write.commit().await?;
    Ok(pruned)
}

async fn begin(
    state: &State,
    connection: &mut Connection,
    station: &StationId,
    about: &str,
    since: WallTime,
) -> Result<u64> {
    // Another replica may have begun it at the same moment.
    let begun = sqlx::query(
        "INSERT INTO alarms (id, station_id, about, since_ms) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(AlarmId::from_random(state.randomness.bytes()).as_str())
    .bind(station.as_str())
    .bind(about)
    .bind(since.as_millis())
    .execute(connection)
    .await?;
    Ok(begun.rows_affected())
}
