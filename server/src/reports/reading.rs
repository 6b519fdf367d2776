//! Everything that stations of an area reported of a span of days, station by station, so that no
//! more of the log is in memory at once than one of them wrote.

use programme::ids::{AreaId, StationId};
use programme::units::WallTime;

use super::scope::{Scope, Span};
use crate::as_run::report::{self, Reported};
use crate::database::Connection;
use crate::web::errors::Result;

/// Most starts that one report reads: some hundred villages for some months.
const MOST: usize = 100_000;

/// What was reported, as far as it was read.
#[derive(Debug)]
pub struct Reading {
    stations: std::vec::IntoIter<StationId>,
    within: (WallTime, WallTime),
    /// So many starts are still read.
    room: usize,
    /// Whether there is more than one report reads.
    pub truncated: bool,
}

impl Reading {
    /// What the stations of `scope` reported of the starts that were planned in `span`.
    ///
    /// # Errors
    /// The database failed; 422 for a span that no calendar has.
    pub async fn of(connection: &mut Connection, scope: &Scope, span: Span) -> Result<Self> {
        Ok(Self {
            within: scope.within(span)?,
            stations: stations(connection, &scope.area.id).await?.into_iter(),
            room: MOST,
            truncated: false,
        })
    }

    /// The next station with its starts; `None` when all were read, or as much as a report reads.
    ///
    /// # Errors
    /// The database failed, or holds what cannot be read.
    pub async fn next(
        &mut self,
        connection: &mut Connection,
    ) -> Result<Option<(StationId, Vec<Reported>)>> {
        let Some(station) = self.stations.next() else {
            return Ok(None);
        };
        let (from, until) = self.within;
        let starts = report::of_station(connection, &station, from, until).await?;
        let Some(room) = self.room.checked_sub(starts.len()) else {
            self.truncated = true;
            return Ok(None);
        };
        self.room = room;
        // Lines of a month are put together in milliseconds, and others wait for this thread.
        tokio::task::yield_now().await;
        Ok(Some((station, starts.into_values().collect())))
    }
}

/// The stations of an area and below, closed ones too: what they aired was heard.
async fn stations(connection: &mut Connection, within: &AreaId) -> Result<Vec<StationId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT s.id FROM stations s JOIN area_lines l ON l.area_id = s.area_id \
         WHERE l.above_id = $1 ORDER BY s.created_at_ms, s.id",
    )
    .bind(within.as_str())
    .fetch_all(connection)
    .await?;
    let ids = rows.into_iter().map(|(id,)| id.parse());
    Ok(ids.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}
