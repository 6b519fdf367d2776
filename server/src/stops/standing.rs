//! Whether stations have obeyed a stop: what they say that they hold, and what they reported.

use programme::as_run::{Entry, Outcome, Record};
use programme::ids::StationId;

use super::stop::Kept;
use crate::areas::area::{self, Area};
use crate::broadcasts::broadcast;
use crate::database::Connection;
use crate::state::State;
use crate::stations::standing::is_online;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// Most starts of one station that are told.
const MOST_ENDED: i64 = 20;

/// How a stop stands at a station.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The station.
    pub station: Station,
    /// Its village.
    pub village: Area,
    /// Whether it has the word and has obeyed it.
    pub obeyed: bool,
    /// Whether it was there lately.
    pub online: bool,
    /// What ended by it, by title.
    pub ended: Vec<(String, Outcome)>,
}

impl Standing {
    /// Its name for scripts: `not_enrolled`, `waiting` or `obeyed`.
    pub fn name(&self) -> &'static str {
        match (self.station.enrolled_at, self.obeyed) {
            (None, _) => "not_enrolled",
            (Some(_), false) => "waiting",
            (Some(_), true) => "obeyed",
        }
    }

    fn rank(&self) -> (bool, bool, &str) {
        let enrolled = self.station.enrolled_at.is_some();
        (self.obeyed || !enrolled, self.online, &self.village.name)
    }
}

/// How a stop stands at every station that it is meant for, those that did not obey first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(state: &State, connection: &mut Connection, kept: &Kept) -> Result<Vec<Standing>> {
    let mut standings = Vec::new();
    for target in &kept.word.areas {
        let villages = area::with_all_below(state, connection, target).await?;
        for station in station::below(connection, target).await? {
            let village = villages.iter().find(|area| area.id == station.area);
            let Some(village) = village.cloned() else {
                continue;
            };
            let ended = ended(connection, kept, &station.id).await?;
            let health = station.health.as_ref().map(|(health, _)| &health.stops);
            let held = health.is_some_and(|held| held.contains(&kept.word.id));
            standings.push(Standing {
                obeyed: held || !ended.is_empty(),
                online: is_online(&station, state.now()),
                village,
                station,
                ended,
            });
        }
    }
    standings.sort_by(|one, other| one.rank().cmp(&other.rank()));
    Ok(standings)
}

/// What a station says that it ended because of the stop.
async fn ended(
    connection: &mut Connection,
    kept: &Kept,
    station: &StationId,
) -> Result<Vec<(String, Outcome)>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT entry FROM as_run WHERE station_id = $1 AND record = 'outcome' \
         AND received_at_ms >= $2 AND entry LIKE $3 ORDER BY received_at_ms, sequence LIMIT $4",
    )
    .bind(station.as_str())
    .bind(kept.word.issued_at.as_millis())
    .bind(format!("%{}%", kept.word.id))
    .bind(MOST_ENDED)
    .fetch_all(&mut *connection)
    .await?;
    let mut ended = Vec::new();
    for (entry,) in rows {
        let entry: Entry = serde_json::from_str(&entry)?;
        if let Record::Outcome {
            broadcast, outcome, ..
        } = entry.record
        {
            ended.push((broadcast::titles(connection, &broadcast).await?, outcome));
        }
    }
    Ok(ended)
}
