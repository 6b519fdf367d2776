//! How an emergency stands at each station: what the station says that it holds, beside what it
//! reported of each hearing.

use std::collections::{BTreeMap, BTreeSet};

use programme::as_run::{CueId, CutCause, Entry, Outcome, Record, Suppressor};
use programme::ids::{BroadcastId, StationId};
use programme::units::WallTime;

use super::emergency::Kept;
use crate::areas::area::Area;
use crate::as_run::report::{self, Reported};
use crate::database::Connection;
use crate::stations::standing::ONLINE_WITHIN;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// How an emergency stands at a station.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The station.
    pub station: Station,
    /// The name of its village.
    pub village: String,
    /// How far it is.
    pub progress: Progress,
    /// Hearings that were heard to their end, or nearly.
    pub heard: usize,
    /// Whether it was there lately.
    pub online: bool,
    /// It holds an older word than the last one.
    pub behind: bool,
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
    /// It was not heard: what the station says became of it last.
    Ended(Outcome),
}

impl Progress {
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
            Self::Ended(_) => "ended",
        }
    }
}

/// How an emergency stands at every station in `areas`, which are its own, by village.
///
/// # Errors
/// The database failed.
pub async fn of(
    connection: &mut Connection,
    kept: &Kept,
    areas: &[Area],
    now: WallTime,
) -> Result<Vec<Standing>> {
    let heard = heard(connection, &kept.word.id).await?;
    let mut reported: BTreeMap<StationId, Vec<Reported>> = BTreeMap::new();
    for (station, start) in report::of_broadcast(connection, &kept.word.id).await? {
        reported.entry(station).or_default().push(start);
    }
    let mut standings = Vec::new();
    for area in areas {
        let names: Vec<(String, String)> = sqlx::query_as(
            "SELECT a.id, a.name FROM areas a JOIN area_lines l ON l.area_id = a.id \
             WHERE l.above_id = $1",
        )
        .bind(area.id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let names: BTreeMap<String, String> = names.into_iter().collect();
        for station in station::below(connection, &area.id).await? {
            let village = names
                .get(station.area.as_str())
                .cloned()
                .unwrap_or_default();
            let heard = heard.get(&station.id).map_or(0, BTreeSet::len);
            let reported = reported.get(&station.id).map_or(&[][..], Vec::as_slice);
            standings.push(standing(kept, station, village, heard, reported, now));
        }
    }
    standings.sort_by(|one, other| one.village.cmp(&other.village));
    Ok(standings)
}

fn standing(
    kept: &Kept,
    station: Station,
    village: String,
    heard: usize,
    reported: &[Reported],
    now: WallTime,
) -> Standing {
    let held = station.health.as_ref().and_then(|(health, _)| {
        let mut held = health.emergencies.iter();
        held.find(|held| held.id == kept.word.id).cloned()
    });
    let seen_at = station.seen_at;
    Standing {
        online: seen_at.is_some_and(|at| now.since(at) <= ONLINE_WITHIN),
        behind: held
            .as_ref()
            .is_some_and(|held| held.revision < kept.word.revision),
        progress: if station.enrolled_at.is_none() {
            Progress::NotEnrolled
        } else if let Some(said) = progress(reported, heard, now) {
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
        heard,
    }
}

/// What a station reported comes to; `None` while it reported nothing that says so.
fn progress(reported: &[Reported], heard: usize, now: WallTime) -> Option<Progress> {
    let sounds = |start: &&Reported| {
        let last = start.attempts.last();
        start.outcome.is_none() && last.is_some_and(|attempt| attempt.sounds(now))
    };
    if let Some(start) = reported.iter().find(sounds) {
        return Some(Progress::OnAir(number(&start.cue)));
    }
    if reported.iter().any(|start| by_operator(&start.outcome)) {
        return Some(Progress::Stopped);
    }
    if heard > 0 {
        return Some(Progress::Heard);
    }
    let last = reported.iter().max_by_key(|start| number(&start.cue))?;
    last.outcome.clone().map(Progress::Ended)
}

fn number(cue: &CueId) -> u32 {
    cue.hearing().map_or(0, |(_, number)| number)
}

fn by_operator(outcome: &Option<Outcome>) -> bool {
    matches!(
        outcome,
        Some(
            Outcome::Cut {
                why: CutCause::Operator,
                ..
            } | Outcome::Suppressed {
                by: Suppressor::Operator
            }
        )
    )
}

/// Which hearings were heard, station by station. Read apart from what else was reported, because
/// an emergency without a number makes more lines than a page reads.
async fn heard(
    connection: &mut Connection,
    id: &BroadcastId,
) -> Result<BTreeMap<StationId, BTreeSet<CueId>>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT station_id, entry FROM as_run WHERE broadcast_id = $1 AND record = 'outcome'",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    let mut heard: BTreeMap<StationId, BTreeSet<CueId>> = BTreeMap::new();
    for (station, entry) in rows {
        let entry: Entry = serde_json::from_str(&entry)?;
        if let Record::Outcome {
            cue,
            outcome: Outcome::Aired,
            ..
        } = entry.record
        {
            let station: StationId = station.parse().map_err(anyhow::Error::from)?;
            heard.entry(station).or_default().insert(cue);
        }
    }
    Ok(heard)
}
