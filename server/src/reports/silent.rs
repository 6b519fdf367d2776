//! Villages whose people say that the last start of which they spoke had no sound, for the front
//! page of whoever looks after them.

use std::collections::BTreeSet;
use std::time::Duration;

use programme::ids::{PersonId, StationId};
use programme::units::WallTime;
use programme::zone::Zone;

use super::confirmations::Answer;
use crate::areas::area;
use crate::as_run::report;
use crate::broadcasts::broadcast;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;

/// What was planned longer ago is no news.
const LATELY: Duration = Duration::from_hours(2 * 24);
/// So many are told at most.
const MOST: usize = 20;

/// A village without sound.
#[derive(Debug, Clone)]
pub struct Silent {
    /// Its name.
    pub village: String,
    /// What was to be heard.
    pub title: String,
    /// When that was planned.
    pub planned: WallTime,
    /// Where that start stands in the log.
    pub page: String,
}

crate::rows! {
    struct Row {
        station_id: String,
        area_id: String,
        cue: String,
        planned_ms: i64,
        answer: String,
        person_id: String,
    }
}

/// Those that the reader looks after, the newest first. A later word of the same start, or of a
/// later one there, takes the place of the one before; whoever said it themselves know it.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Vec<Silent>> {
    let since = state.now() - LATELY;
    let mut silent = Vec::new();
    for row in newest(connection, actor.id(), since).await? {
        if row.answer != Answer::Silent.name() || row.person_id == actor.id().as_str() {
            continue;
        }
        let id = row.area_id.parse().map_err(anyhow::Error::from)?;
        let area = area::find(state, connection, &id).await?;
        if !actor.may(Right::Schedule, &area) && !actor.may(Right::ManageStations, &area) {
            continue;
        }
        let station: StationId = row.station_id.parse().map_err(anyhow::Error::from)?;
        let cue = serde_json::from_value(row.cue.clone().into())?;
        let Some(start) = report::of_cue(connection, &station, &cue).await? else {
            continue;
        };
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let planned = WallTime::from_millis(row.planned_ms);
        let day = zone.date(planned);
        silent.push(Silent {
            title: broadcast::titles(connection, &start.broadcast).await?,
            page: format!("/as-run?day={day}&area={id}#{station}-{}", row.cue),
            village: area.name,
            planned,
        });
        if silent.len() == MOST {
            break;
        }
    }
    Ok(silent)
}

/// The last word about the last start of which somebody spoke, of each station below the reader's
/// roles; the latest start first.
async fn newest(
    connection: &mut Connection,
    reader: &PersonId,
    since: WallTime,
) -> Result<Vec<Row>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT c.station_id, s.area_id, c.cue, c.planned_ms, c.answer, c.person_id \
         FROM confirmations c JOIN stations s ON s.id = c.station_id \
         WHERE s.closed_at_ms IS NULL AND c.planned_ms >= $2 AND s.area_id IN \
         (SELECT l.area_id FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
         WHERE r.person_id = $1) ORDER BY c.planned_ms DESC, c.at_ms DESC, c.number DESC",
    )
    .bind(reader.as_str())
    .bind(since.as_millis())
    .fetch_all(connection)
    .await?;
    let mut known = BTreeSet::new();
    let mut newest = Vec::new();
    for row in rows {
        if known.insert(row.station_id.clone()) {
            newest.push(row);
        }
    }
    Ok(newest)
}
