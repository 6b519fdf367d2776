//! What journals say about planned starts: lines put together to attempts and outcomes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::proof::Heard;
use programme::as_run::{CueId, CutCause, Entry, Outcome, Record};
use programme::emergency::Order;
use programme::ids::{AreaId, BroadcastId, ContentHash, PersonId, StationId};
use programme::stop::FromPanel;
use programme::units::{Decibels, WallTime};

use super::unwanted::Cancelled;
use crate::database::Connection;
use crate::web::errors::Result;

/// What a station reported about one planned start.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// The planned start.
    pub cue: CueId,
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// When it was planned.
    pub planned: WallTime,
    /// Attempts at it, the first one first.
    pub attempts: Vec<Attempt>,
    /// What became of it; `None` while that is open.
    pub outcome: Option<Outcome>,
    /// Who stopped it from the panel, if somebody did.
    pub stopped: Option<FromPanel>,
}

/// One attempt at a planned start.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Counts the attempts.
    pub number: u32,
    /// Station time when its first sound left the output.
    pub started: WallTime,
    /// How long the whole would have lasted.
    pub duration: Duration,
    /// How much was heard, and why it ended early; `None` while it sounds.
    pub ended: Option<(Duration, Option<CutCause>)>,
    /// How loud it left the output.
    pub level: Option<Decibels>,
    /// Whether it came back from the loudspeakers; `None` where nobody listens.
    pub heard: Option<Heard>,
    /// The recordings of it, in order, each as often as it is heard.
    pub content: Vec<ContentHash>,
    /// Who ordered it as an emergency, and why.
    pub order: Option<Order>,
    /// Whether it began in quiet hours.
    pub in_quiet_hours: bool,
}

/// A station reports within moments of an end when the connection holds. After this long without a
/// word, nobody may go on saying that sound is on.
const REPORT_MARGIN: Duration = Duration::from_secs(2 * 60);

impl Reported {
    /// Whether it is a session that never sounded by itself, beside a fixed start of its broadcast
    /// at the same instant, reported or still planned: people are told of that one, as
    /// [`DayPlan::starts`] has it.
    ///
    /// [`DayPlan::starts`]: programme::day_plan::DayPlan::starts
    pub fn is_heard_by(&self, cue: &CueId, broadcast: &BroadcastId, planned: WallTime) -> bool {
        let is_session = self.attempts.is_empty() && self.cue.is_of_session();
        let together = *broadcast == self.broadcast && planned == self.planned;
        is_session && together && !cue.first().is_of_session()
    }
}

impl Attempt {
    /// Whether sound is on at `now`, as far as the station said.
    pub fn sounds(&self, now: WallTime) -> bool {
        self.ended.is_none() && now <= self.started + self.duration + REPORT_MARGIN
    }
}

/// What `station` reported about the starts that were planned from `from` on and before `until`.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_station(
    connection: &mut Connection,
    station: &StationId,
    from: WallTime,
    until: WallTime,
) -> Result<BTreeMap<CueId, Reported>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT entry FROM as_run WHERE station_id = $1 AND cue IN (SELECT cue FROM as_run \
         WHERE station_id = $1 AND planned_ms >= $2 AND planned_ms < $3) \
         ORDER BY received_at_ms, journal_id, sequence",
    )
    .bind(station.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(&mut *connection)
    .await?;
    let mut starts = put_together(rows.into_iter().map(|(json,)| json))?;
    let cancelled = Cancelled::among(connection, starts.values()).await?;
    starts.retain(|_, start| !cancelled.in_time(start));
    Ok(starts)
}

/// What `station` reported about one start; `None` when that is nothing.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_cue(
    connection: &mut Connection,
    station: &StationId,
    cue: &CueId,
) -> Result<Option<Reported>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT entry FROM as_run WHERE station_id = $1 AND cue = $2 \
         ORDER BY received_at_ms, journal_id, sequence",
    )
    .bind(station.as_str())
    .bind(cue.as_str())
    .fetch_all(connection)
    .await?;
    Ok(put_together(rows.into_iter().map(|(json,)| json))?.remove(cue))
}

/// Most lines that are read of one broadcast: the newest ones.
const MOST_LINES: i64 = 2_000;

/// What all stations reported about a broadcast, the newest start first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_broadcast(
    connection: &mut Connection,
    broadcast: &BroadcastId,
) -> Result<Vec<(StationId, Reported)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT station_id, entry FROM as_run WHERE (station_id, cue) IN \
         (SELECT station_id, cue FROM as_run WHERE broadcast_id = $1 AND cue IS NOT NULL) \
         ORDER BY received_at_ms DESC, journal_id, sequence LIMIT $2",
    )
    .bind(broadcast.as_str())
    .bind(MOST_LINES)
    .fetch_all(&mut *connection)
    .await?;
    by_station(connection, rows).await
}

/// The lines about starts `s` that have begun and have no outcome: the lines about them alone,
/// however many others there are.
macro_rules! open {
    ($which:literal) => {
        concat!(
            "SELECT station_id, entry FROM as_run WHERE (station_id, cue) IN \
             (SELECT s.station_id, s.cue FROM as_run s \
             WHERE s.record = 'started' AND s.planned_ms >= $2 AND ",
            $which,
            " AND NOT EXISTS (SELECT 1 FROM as_run o WHERE o.station_id = s.station_id \
             AND o.cue = s.cue AND o.record = 'outcome')) \
             ORDER BY received_at_ms, journal_id, sequence"
        )
    };
}

/// What stations reported of starts of a broadcast whose outcome is open, of those that were
/// planned since `since`, the newest start first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn open_of_broadcast(
    connection: &mut Connection,
    broadcast: &BroadcastId,
    since: WallTime,
) -> Result<Vec<(StationId, Reported)>> {
    let sql = open!("s.broadcast_id = $1");
    open(connection, sql, broadcast.as_str(), since).await
}

/// The same of all broadcasts at the stations in `area` and below.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn open_below(
    connection: &mut Connection,
    area: &AreaId,
    since: WallTime,
) -> Result<Vec<(StationId, Reported)>> {
    let sql = open!(
        "s.station_id IN (SELECT t.id FROM area_lines l JOIN stations t ON t.area_id = l.area_id \
         WHERE l.above_id = $1)"
    );
    open(connection, sql, area.as_str(), since).await
}

/// The same of all areas in which a person has a role.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn open_of_reader(
    connection: &mut Connection,
    person: &PersonId,
    since: WallTime,
) -> Result<Vec<(StationId, Reported)>> {
    let sql = open!(
        "s.station_id IN (SELECT t.id FROM roles r JOIN area_lines l ON l.above_id = r.area_id \
         JOIN stations t ON t.area_id = l.area_id WHERE r.person_id = $1)"
    );
    open(connection, sql, person.as_str(), since).await
}

async fn open(
    connection: &mut Connection,
    sql: &'static str,
    whose: &str,
    since: WallTime,
) -> Result<Vec<(StationId, Reported)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(sql)
        .bind(whose)
        .bind(since.as_millis())
        .fetch_all(&mut *connection)
        .await?;
    by_station(connection, rows).await
}

/// What all stations in `area` and below reported about the starts that were planned from `from` on
/// and before `until`, the newest start first, as far as `most` lines say; whether there are more.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn below(
    connection: &mut Connection,
    area: &AreaId,
    (from, until): (WallTime, WallTime),
    most: usize,
) -> Result<(Vec<(StationId, Reported)>, bool)> {
    let mut rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT station_id, entry FROM as_run WHERE (station_id, cue) IN \
         (SELECT a.station_id, a.cue FROM as_run a JOIN stations s ON s.id = a.station_id \
         JOIN area_lines l ON l.area_id = s.area_id WHERE l.above_id = $1 \
         AND a.cue IS NOT NULL AND a.planned_ms >= $2 AND a.planned_ms < $3) \
         ORDER BY received_at_ms DESC, journal_id, sequence LIMIT $4",
    )
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .bind(i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await?;
    let more = rows.len() > most;
    rows.truncate(most);
    Ok((by_station(connection, rows).await?, more))
}

/// Lines of several stations put together, the newest start first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub(super) async fn by_station(
    connection: &mut Connection,
    rows: Vec<(String, String)>,
) -> Result<Vec<(StationId, Reported)>> {
    let mut by_station: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (station, json) in rows {
        by_station.entry(station).or_default().push(json);
    }
    let mut reported = Vec::new();
    for (station, lines) in by_station {
        let station: StationId = station.parse().map_err(anyhow::Error::from)?;
        let starts = put_together(lines.into_iter())?;
        reported.extend(starts.into_values().map(|start| (station.clone(), start)));
    }
    let starts = reported.iter().map(|(_, start)| start);
    let cancelled = Cancelled::among(connection, starts).await?;
    reported.retain(|(_, start)| !cancelled.in_time(start));
    reported.sort_by_key(|(_, start)| std::cmp::Reverse(start.planned));
    Ok(reported)
}

/// Lines may come in any order: an attempt's end may have been received before its start, when two
/// journals or two uploads crossed.
fn put_together(lines: impl Iterator<Item = String>) -> Result<BTreeMap<CueId, Reported>> {
    let entries: Vec<Entry> = lines
        .map(|json| serde_json::from_str(&json))
        .collect::<Result<_, _>>()?;
    let mut starts: BTreeMap<CueId, Reported> = BTreeMap::new();
    let open = |cue: &CueId, broadcast: &BroadcastId, planned| Reported {
        cue: cue.clone(),
        broadcast: broadcast.clone(),
        planned,
        attempts: Vec::new(),
        outcome: None,
        stopped: None,
    };
    for entry in &entries {
        match &entry.record {
            Record::Started {
                attempt,
                broadcast,
                planned,
                starts: started,
                duration,
                content,
                order,
                in_quiet_hours,
            } => {
                let start = starts.entry(attempt.cue.clone());
                let start = start.or_insert_with(|| open(&attempt.cue, broadcast, *planned));
                start.attempts.push(Attempt {
                    number: attempt.number,
                    started: *started,
                    duration: *duration,
                    ended: None,
                    level: None,
                    heard: None,
                    content: content.clone(),
                    order: order.clone(),
                    in_quiet_hours: *in_quiet_hours,
                });
            }
            Record::Outcome {
                cue,
                broadcast,
                planned,
                outcome,
                stopped,
            } => {
                let start = starts.entry(cue.clone());
                let start = start.or_insert_with(|| open(cue, broadcast, *planned));
                start.outcome = Some(outcome.clone());
                start.stopped = stopped.clone();
            }
            Record::Ended { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. } => {}
        }
    }
    end_attempts(&entries, &mut starts);
    Ok(counted(starts))
}

/// The starts as people count them: each that is heard by another is left out.
fn counted(mut starts: BTreeMap<CueId, Reported>) -> BTreeMap<CueId, Reported> {
    let is_heard_by_another = |one: &&Reported| {
        let mut others = starts.values();
        others.any(|other| one.is_heard_by(&other.cue, &other.broadcast, other.planned))
    };
    let others = starts.values().filter(is_heard_by_another);
    let others: BTreeSet<CueId> = others.map(|one| one.cue.clone()).collect();
    starts.retain(|cue, _| !others.contains(cue));
    starts
}

/// Notes where attempts ended, in the order in which they were made.
fn end_attempts(entries: &[Entry], starts: &mut BTreeMap<CueId, Reported>) {
    for entry in entries {
        let Record::Ended {
            attempt,
            position,
            cut,
            level_db,
            heard,
            ..
        } = &entry.record
        else {
            continue;
        };
        let start = starts.get_mut(&attempt.cue);
        let attempts = start
            .map(|start| start.attempts.iter_mut())
            .into_iter()
            .flatten();
        for known in attempts.filter(|known| known.number == attempt.number) {
            known.ended = Some((*position, *cut));
            (known.level, known.heard) = (*level_db, *heard);
        }
    }
    for start in starts.values_mut() {
        start.attempts.sort_by_key(|attempt| attempt.number);
    }
}
