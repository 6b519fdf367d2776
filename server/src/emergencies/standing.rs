//! How an emergency stands at each station: what the station says that it holds, beside what it
//! reported of each hearing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::{CueId, CutCause, Entry, Outcome, Record, Suppressor};
use programme::ids::{AreaId, BroadcastId, StationId};
use programme::units::WallTime;

use super::emergency::Kept;
use crate::areas::area::{self, Area};
use crate::as_run::report::{self, Reported};
use crate::as_run::store::EMERGENCY_STOPPED;
use crate::database::Connection;
use crate::state::State;
use crate::stations::standing::is_online;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// How an emergency stands at a station.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The station.
    pub station: Station,
    /// Its village.
    pub village: Area,
    /// How far it is.
    pub progress: Progress,
    /// Hearings that were heard to their end, or nearly.
    pub heard: usize,
    /// Whether it was there lately.
    pub online: bool,
    /// It holds an older word than the last one.
    pub behind: bool,
}

impl Standing {
    /// Orders stations: what somebody must do something about comes first.
    fn urgency(&self) -> (u8, bool, &str) {
        let rank = match self.progress {
            Progress::Stopped | Progress::Cancelled(_) | Progress::Ended(_) => 1,
            Progress::NotHeld | Progress::Fetching => 2,
            Progress::NotEnrolled => 3,
            Progress::Ready | Progress::OnAir(_) => 4,
            Progress::Heard => 5,
        };
        let rank = if self.behind { 0 } else { rank };
        (rank, self.online, &self.village.name)
    }
}

/// How far a station is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// No PC is enrolled.
    NotEnrolled,
    /// It has not said that it holds the emergency.
    NotHeld,
    /// It holds it, and fetches its recordings.
    Fetching,
    /// It holds it with its recordings.
    Ready,
    /// The hearing of this number sounds.
    OnAir(u32),
    /// It was heard.
    Heard,
    /// Somebody at the PC stopped it.
    Stopped,
    /// It was cancelled before a hearing ended: how far that came, where it had begun.
    Cancelled(Option<Duration>),
    /// It was not heard: what the station says became of it last.
    Ended(Outcome),
}

impl Progress {
    /// All names, that of the worst first.
    pub const NAMES: [&str; 9] = [
        "stopped",
        "ended",
        "cancelled",
        "not_held",
        "fetching",
        "not_enrolled",
        "ready",
        "on_air",
        "heard",
    ];

    /// Its name for scripts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::NotHeld => "not_held",
            Self::Fetching => "fetching",
            Self::Ready => "ready",
            Self::OnAir(_) => "on_air",
            Self::Heard => "heard",
            Self::Stopped => "stopped",
            Self::Cancelled(_) => "cancelled",
            Self::Ended(_) => "ended",
        }
    }
}

/// How many stations are how far, by [`Progress::name`].
pub fn counts(standings: &[Standing]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for standing in standings {
        *counts.entry(standing.progress.name()).or_default() += 1;
    }
    counts
}

/// How an emergency stands at every station in `areas`, which are its own, the worst first. What
/// was closed when it was ordered does not sound, and is left out.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    kept: &Kept,
    areas: &[Area],
) -> Result<Vec<Standing>> {
    let now = state.now();
    let mut heard = heard(connection, &kept.word.id).await?;
    for (station, start) in open(connection, &kept.word.id).await? {
        heard.entry(station).or_default().open.push(start);
    }
    let mut standings = Vec::new();
    for area in areas {
        let below = area::with_all_below(state, connection, &area.id).await?;
        let below: BTreeMap<AreaId, Area> = below
            .into_iter()
            .map(|area| (area.id.clone(), area))
            .collect();
        for station in station::below(connection, &area.id).await? {
            let Some(village) = below.get(&station.area) else {
                continue;
            };
            let closed = village.within_closed_ms.map(WallTime::from_millis);
            if closed.is_none_or(|closed| closed > kept.word.issued_at) {
                let heard = heard.remove(&station.id).unwrap_or_default();
                standings.push(standing(kept, station, village.clone(), &heard, now));
            }
        }
    }
    standings.sort_by(|one, other| one.urgency().cmp(&other.urgency()));
    Ok(standings)
}

fn standing(
    kept: &Kept,
    station: Station,
    village: Area,
    heard: &Heard,
    now: WallTime,
) -> Standing {
    let held = station.health.as_ref().and_then(|(health, _)| {
        let mut held = health.emergencies.iter();
        held.find(|held| held.id == kept.word.id).cloned()
    });
    Standing {
        online: is_online(&station, now),
        behind: held
            .as_ref()
            .is_some_and(|held| held.revision < kept.word.revision),
        progress: if station.enrolled_at.is_none() {
            Progress::NotEnrolled
        } else if let Some(said) = heard.progress(now) {
            said
        } else {
            match held {
                None => Progress::NotHeld,
                Some(held) if held.ready => Progress::Ready,
                Some(_) => Progress::Fetching,
            }
        },
        station,
        village,
        heard: heard.aired.len(),
    }
}

/// How far a station is with what was ordered at its own PC, and how many hearings were heard.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn at_station(
    connection: &mut Connection,
    id: &BroadcastId,
    station: &StationId,
    now: WallTime,
) -> Result<(Option<Progress>, usize)> {
    let mut heard = heard(connection, id).await?;
    let mut heard = heard.remove(station).unwrap_or_default();
    let open = open(connection, id).await?;
    heard.open.extend(open.into_iter().map(|(_, start)| start));
    Ok((heard.progress(now), heard.aired.len()))
}

/// Its hearings that began and have no outcome, whenever that was: what was ordered at a PC may be
/// of a time that nobody knew.
async fn open(connection: &mut Connection, id: &BroadcastId) -> Result<Vec<(StationId, Reported)>> {
    report::open_of_broadcast(connection, id, WallTime::from_millis(i64::MIN)).await
}

/// What a station reported.
#[derive(Default)]
struct Heard {
    /// Hearings that were heard.
    aired: BTreeSet<CueId>,
    /// Somebody at the PC stopped one.
    stopped: bool,
    /// The last hearing of which it said what became of it.
    last: Option<(u32, Outcome)>,
    /// Starts whose outcome is open.
    open: Vec<Reported>,
}

impl Heard {
    fn note(&mut self, cue: CueId, outcome: Outcome) {
        let number = number(&cue);
        if outcome == Outcome::Aired {
            self.aired.insert(cue);
        }
        if self.last.as_ref().is_none_or(|(last, _)| *last <= number) {
            self.last = Some((number, outcome));
        }
    }

    /// What it comes to; `None` while nothing that was reported says so.
    fn progress(&self, now: WallTime) -> Option<Progress> {
        let sounds = |start: &&Reported| {
            let last = start.attempts.last();
            last.is_some_and(|attempt| attempt.sounds(now))
        };
        if let Some(start) = self.open.iter().find(sounds) {
            return Some(Progress::OnAir(number(&start.cue)));
        }
        if self.stopped {
            return Some(Progress::Stopped);
        }
        if !self.aired.is_empty() {
            return Some(Progress::Heard);
        }
        let last = self.last.as_ref();
        last.map(|(_, outcome)| match outcome {
            Outcome::Cut {
                position,
                why: CutCause::Withdrawn,
            } => Progress::Cancelled(Some(*position)),
            Outcome::Suppressed {
                by: Suppressor::Withdrawn,
            } => Progress::Cancelled(None),
            Outcome::Aired
            | Outcome::Cut { .. }
            | Outcome::Missed { .. }
            | Outcome::Suppressed { .. } => Progress::Ended(outcome.clone()),
        })
    }
}

fn number(cue: &CueId) -> u32 {
    cue.hearing().map_or(0, |(_, number)| number)
}

/// What became of each hearing, station by station. All of it is read, because an emergency without
/// a number makes more lines than a page reads, and the one of a STOP must not be among those left
/// out.
async fn heard(
    connection: &mut Connection,
    id: &BroadcastId,
) -> Result<BTreeMap<StationId, Heard>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT station_id, entry FROM as_run WHERE broadcast_id = $1 \
         AND record IN ('outcome', $2)",
    )
    .bind(id.as_str())
    .bind(EMERGENCY_STOPPED)
    .fetch_all(connection)
    .await?;
    let mut heard: BTreeMap<StationId, Heard> = BTreeMap::new();
    for (station, entry) in rows {
        let entry: Entry = serde_json::from_str(&entry)?;
        let station: StationId = station.parse().map_err(anyhow::Error::from)?;
        let heard = heard.entry(station).or_default();
        match entry.record {
            Record::Outcome { cue, outcome, .. } => heard.note(cue, outcome),
            Record::EmergencyStopped { .. } => heard.stopped = true,
            Record::Started { .. }
            | Record::Ended { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. } => {}
        }
    }
    Ok(heard)
}
