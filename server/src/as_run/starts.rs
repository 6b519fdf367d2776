//! The starts of a broadcast, or of everything that airs a bulletin: page by page, the newest
//! first, and counted. A bulletin that airs every day has thousands after a year, so no page reads
//! them all, and only stations that the reader may see are looked at.

use programme::ids::{BroadcastId, BulletinId, PersonId, StationId};
use programme::units::WallTime;

use super::report::{Reported, by_station};
use crate::database::Connection;
use crate::web::errors::Result;

/// So many starts with their outcome are on a page; it ends with a moment, so that what was planned
/// for one moment stands on one page.
const PAGE: i64 = 30;
/// Most starts that are read for a page: many villages may have one at the same moment.
const MOST: usize = 100;

/// Whose starts.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'i> {
    /// Those of one broadcast or emergency.
    Broadcast(&'i BroadcastId),
    /// Those of all broadcasts and emergencies that air a bulletin.
    Bulletin(&'i BulletinId),
}

/// A page of starts.
#[derive(Debug, Clone)]
pub struct Page {
    /// What stations reported, the newest start first.
    pub starts: Vec<(StationId, Reported)>,
    /// The moment before which there are older ones; `None` when there are none.
    pub older: Option<WallTime>,
    /// Whether there are more of these moments than are read.
    pub is_cut_off: bool,
}

/// Starts that have their outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// All of them.
    pub all: i64,
    /// Those that were heard to their end.
    pub aired: i64,
}

impl Whose<'_> {
    /// No broadcast has the name of a bulletin, so either may be asked for by its name.
    fn name(&self) -> &str {
        match self {
            Self::Broadcast(id) => id.as_str(),
            Self::Bulletin(id) => id.as_str(),
        }
    }
}

/// Lines `a` of the broadcasts that `$1` names, at the stations that the reader `$2` may see. They
/// are found by their broadcasts: a reader may see many stations that air much else.
macro_rules! seen {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " a.broadcast_id IN (SELECT CAST($1 AS TEXT) \
             UNION ALL SELECT broadcast_id FROM broadcast_bulletins WHERE bulletin_id = $1 \
             UNION ALL SELECT id FROM emergencies WHERE bulletin_id = $1) \
             AND (a.station_id || '') IN (SELECT s.id FROM stations s \
             JOIN area_lines l ON l.area_id = s.area_id JOIN roles r ON r.area_id = l.above_id \
             WHERE r.person_id = $2) ",
            $after
        )
    };
}

/// The newest starts that were planned before `before`, or the newest of all.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn page(
    connection: &mut Connection,
    whose: Whose<'_>,
    reader: &PersonId,
    before: Option<WallTime>,
) -> Result<Page> {
    let (whose, reader) = (whose.name(), reader.as_str());
    let until = before.map_or(i64::MAX, WallTime::as_millis);
    let last: Option<(i64,)> = sqlx::query_as(seen!(
        "SELECT a.planned_ms FROM as_run a WHERE a.record = 'outcome' AND",
        "AND a.planned_ms < $3 ORDER BY a.planned_ms DESC LIMIT 1 OFFSET $4"
    ))
    .bind(whose)
    .bind(reader)
    .bind(until)
    .bind(PAGE - 1)
    .fetch_optional(&mut *connection)
    .await?;
    let from = last.map_or(i64::MIN, |(planned_ms,)| planned_ms);
    let rows: Vec<(String, String)> = sqlx::query_as(seen!(
        "SELECT station_id, entry FROM as_run WHERE (station_id, cue) IN \
         (SELECT a.station_id, a.cue FROM as_run a WHERE a.record IN ('started', 'outcome') AND",
        "AND a.cue IS NOT NULL AND a.planned_ms >= $3 AND a.planned_ms < $4 \
         GROUP BY a.station_id, a.cue ORDER BY MAX(a.planned_ms) DESC, a.station_id, a.cue \
         LIMIT $5) ORDER BY received_at_ms, journal_id, sequence"
    ))
    .bind(whose)
    .bind(reader)
    .bind(from)
    .bind(until)
    .bind(i64::try_from(MOST + 1).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await?;
    let behind: Option<(i64,)> = sqlx::query_as(seen!(
        "SELECT a.planned_ms FROM as_run a WHERE a.record IN ('started', 'outcome') AND",
        "AND a.planned_ms < $3 LIMIT 1"
    ))
    .bind(whose)
    .bind(reader)
    .bind(from)
    .fetch_optional(&mut *connection)
    .await?;
    let mut starts = by_station(connection, rows).await?;
    let is_cut_off = starts.len() > MOST;
    starts.truncate(MOST);
    Ok(Page {
        starts,
        older: behind.map(|_| WallTime::from_millis(from)),
        is_cut_off,
    })
}

/// How many starts have their outcome, and how many were heard to their end.
///
/// # Errors
/// The database failed.
pub async fn count(
    connection: &mut Connection,
    whose: Whose<'_>,
    reader: &PersonId,
) -> Result<Count> {
    // A line that says so has this word in it, however its writer set the spaces. What was
    // cancelled in time nobody missed (`unwanted`).
    let (all, aired): (i64, i64) = sqlx::query_as(seen!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(one.aired), 0) AS BIGINT) FROM (SELECT \
         MAX(CASE WHEN a.entry LIKE '%\"aired\"%' THEN 1 ELSE 0 END) AS aired \
         FROM as_run a WHERE a.record = 'outcome' AND NOT (a.entry LIKE '%\"missed\"%' \
         AND EXISTS (SELECT 1 FROM broadcasts c WHERE c.id = a.broadcast_id \
         AND c.cancelled_at_ms <= a.planned_ms)) AND",
        "GROUP BY a.station_id, a.cue) AS one"
    ))
    .bind(whose.name())
    .bind(reader.as_str())
    .fetch_one(connection)
    .await?;
    Ok(Count { all, aired })
}
