//! The numbers of a month: those that provincial systems count of each station, and what was heard
//! by campaign, class and language. Everything rests on what stations reported; what they have not
//! reported is not guessed at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::{MissedCause, Outcome};
use programme::ids::{AreaId, BroadcastId, StationId};
use programme::units::WallTime;

use super::airings::{self, Airings, Kind};
use super::confirmations::Answer;
use super::reading::Reading;
use super::scope::{Scope, Span};
use crate::as_run::report::Reported;
use crate::as_run::words;
use crate::database::Connection;
use crate::web::errors::Result;

/// A month of an area.
#[derive(Debug, Clone, Default)]
pub struct Month {
    /// What was planned and reported.
    pub planned: Tally,
    /// Emergencies.
    pub emergencies: Tally,
    /// Exercises of emergencies.
    pub drills: Tally,
    /// Each station, by the names of their villages.
    pub stations: Vec<StationMonth>,
    /// What was heard by campaign; the name is empty for bulletins that belong to none.
    pub topics: BTreeMap<String, Share>,
    /// By class.
    pub classes: BTreeMap<String, Share>,
    /// By language.
    pub languages: BTreeMap<String, Share>,
    /// Why starts were not heard to the end, by the name of the sentence, the most frequent first.
    pub causes: Vec<(&'static str, usize)>,
    /// Whether there was more than one report reads.
    pub truncated: bool,
}

/// A station's month.
#[derive(Debug, Clone)]
pub struct StationMonth {
    /// The station.
    pub id: StationId,
    /// Its name for people.
    pub name: String,
    /// Its village.
    pub area_name: String,
    /// Households in the village, where known: with the first of its stations alone, and with the
    /// villages where the area contains some, so that a sum counts each once.
    pub households: Option<i64>,
    /// Loudspeaker clusters that it feeds.
    pub clusters: i64,
    /// Where it stands, as people write it; empty where that is not known.
    pub position: String,
    /// When it was last heard of: what it aired since is not known.
    pub seen_at: Option<WallTime>,
    /// What was planned and reported.
    pub planned: Tally,
    /// Emergencies.
    pub emergencies: Tally,
    /// Exercises of emergencies.
    pub drills: Tally,
}

/// Starts, counted by what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bulletins that were heard to the end at least once.
    pub bulletins: BTreeSet<String>,
    /// Starts that were reported.
    pub starts: usize,
    /// Heard to the end.
    pub aired: usize,
    /// Cut short.
    pub cut: usize,
    /// Not heard, and should have been.
    pub missed: usize,
    /// Forbidden by a rule or a person.
    pub suppressed: usize,
    /// Begun, with no outcome reported.
    pub open: usize,
    /// The station was not able when the time came.
    pub unable: usize,
    /// How long sound was on, over all attempts.
    pub heard: Duration,
    /// How much was heard of what was asked for: of each start the attempt that came furthest.
    pub of_asked: Duration,
    /// How long it would have been on, of starts whose length is known.
    pub asked: Duration,
    /// Starts whose length is not known, because it never sounded anywhere.
    pub of_unknown_length: usize,
    /// People who said *clear*, *unclear* and *silent*.
    pub answers: [usize; 3],
    /// Starts that never sounded there, by their broadcasts: how long they would have been on may
    /// show where they did.
    silent: BTreeMap<BroadcastId, usize>,
}

/// What was heard of a campaign, a class or a language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// Bulletins that were heard to the end at least once.
    pub bulletins: BTreeSet<String>,
    /// Starts in which it was heard to the end.
    pub times: usize,
    /// How long.
    pub heard: Duration,
}

impl Tally {
    /// Per cent of what was asked for that was heard; `None` when nothing was.
    pub fn ratio(&self) -> Option<u32> {
        let ratio = self.of_asked.as_secs_f64() / self.asked.as_secs_f64();
        ratio.is_finite().then(|| (ratio * 100.0).round() as u32)
    }

    /// Starts at which the station was able, and of how many that is known.
    pub fn able(&self) -> (usize, usize) {
        let known = self.starts - self.suppressed.min(self.starts);
        (known - self.unable.min(known), known)
    }

    fn add(&mut self, start: &Reported) {
        self.starts += 1;
        match &start.outcome {
            Some(Outcome::Aired) => self.aired += 1,
            Some(Outcome::Cut { .. }) => self.cut += 1,
            Some(Outcome::Missed { why }) => {
                self.missed += 1;
                self.unable += usize::from(was_unable(*why));
            }
            Some(Outcome::Suppressed { .. }) => {
                self.suppressed += 1;
                return;
            }
            None => self.open += 1,
        }
        self.heard += airings::heard(start);
        match start.attempts.iter().map(|one| one.duration).max() {
            Some(asked) => {
                self.asked += asked;
                self.of_asked += airings::heard_at_once(start).min(asked);
            }
            None => *self.silent.entry(start.broadcast.clone()).or_default() += 1,
        }
    }

    /// Adds how long what never sounded there would have been on, once it is known of all.
    fn settle(&mut self, lengths: &BTreeMap<BroadcastId, Duration>) {
        for (broadcast, starts) in std::mem::take(&mut self.silent) {
            match lengths.get(&broadcast) {
                Some(length) => {
                    let starts = u32::try_from(starts).unwrap_or(u32::MAX);
                    self.asked = self.asked.saturating_add(length.saturating_mul(starts));
                }
                None => self.of_unknown_length += starts,
            }
        }
    }
}

/// Whether a start was missed because the station could not air, and not by the plan or by people.
fn was_unable(why: MissedCause) -> bool {
    match why {
        MissedCause::PowerOff
        | MissedCause::ClockUnknown
        | MissedCause::NotReady
        | MissedCause::OutputFailed
        | MissedCause::DiskUnwritable => true,
        MissedCause::LateProgramme | MissedCause::Overrun | MissedCause::NotAnswered => false,
    }
}

/// The month of an area and everything below.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(connection: &mut Connection, scope: &Scope, span: Span) -> Result<Month> {
    let airings = airings::of(connection, scope, span).await?;
    let mut reading = Reading::of(connection, scope, span).await?;
    let mut month = Month {
        stations: stations(connection, &scope.area.id, span, scope).await?,
        ..Month::default()
    };
    let mut lengths = BTreeMap::new();
    let mut causes: BTreeMap<&'static str, usize> = BTreeMap::new();
    while let Some((station, starts)) = reading.next(connection).await? {
        let place = month.stations.iter().position(|one| one.id == station);
        for start in &starts {
            let kind = airings.kind(start);
            let own = place.and_then(|place| month.stations.get_mut(place));
            let own = own.map(|one| one.tally(kind));
            let whole = match kind {
                Kind::Planned => &mut month.planned,
                Kind::Emergency => &mut month.emergencies,
                Kind::Drill => &mut month.drills,
            };
            for tally in own.into_iter().chain([whole]) {
                tally.add(start);
                count_words(tally, &airings, &station, start);
            }
            if kind == Kind::Planned {
                month.share(&airings, start);
                if let Some(cause) = start.outcome.as_ref().and_then(cause) {
                    *causes.entry(cause).or_default() += 1;
                }
            }
            note_length(&mut lengths, start);
        }
    }
    month.truncated = reading.truncated;
    month.settle(&lengths);
    month.causes = causes.into_iter().collect();
    month
        .causes
        .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Ok(month)
}

/// Notes how long a broadcast lasts, as far as it sounded anywhere.
fn note_length(lengths: &mut BTreeMap<BroadcastId, Duration>, start: &Reported) {
    for attempt in &start.attempts {
        let longest = lengths.entry(start.broadcast.clone()).or_default();
        *longest = attempt.duration.max(*longest);
    }
}

/// Counts the bulletins that were heard and what people said.
fn count_words(tally: &mut Tally, airings: &Airings, station: &StationId, start: &Reported) {
    if airings::was_aired(start) {
        let about = airings.about(start).iter();
        tally.bulletins.extend(about.map(|one| one.id.clone()));
    }
    let said = airings
        .confirmations
        .get(&(station.clone(), start.cue.clone()));
    for one in said.into_iter().flatten() {
        for (count, answer) in tally.answers.iter_mut().zip(Answer::ALL) {
            *count += usize::from(one.answer == answer);
        }
    }
}

/// Names the reason why a start was not heard to its end.
fn cause(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Aired => None,
        Outcome::Cut { why, .. } => Some(words::cut(*why)),
        Outcome::Missed { why } => Some(words::missed(*why)),
        Outcome::Suppressed { by } => Some(words::suppressed(*by)),
    }
}

impl Month {
    /// Adds what is known once all stations were read.
    fn settle(&mut self, lengths: &BTreeMap<BroadcastId, Duration>) {
        let whole = [&mut self.planned, &mut self.emergencies, &mut self.drills];
        let own = self.stations.iter_mut();
        let own = own.flat_map(|one| [&mut one.planned, &mut one.emergencies, &mut one.drills]);
        own.chain(whole).for_each(|tally| tally.settle(lengths));
    }

    /// Adds a start to the campaigns, classes and languages that it was about.
    fn share(&mut self, airings: &Airings, start: &Reported) {
        let aired = airings::was_aired(start);
        let mut counted: BTreeSet<(u8, String)> = BTreeSet::new();
        for (bulletin, sound, heard) in airings.parts(start) {
            let topic = bulletin.topic.clone().unwrap_or_default();
            let shares = [
                (0, &mut self.topics, topic),
                (1, &mut self.classes, bulletin.class.clone()),
                (2, &mut self.languages, sound.language.clone()),
            ];
            for (number, shares, name) in shares {
                let share = shares.entry(name.clone()).or_default();
                share.heard += heard;
                if aired {
                    share.bulletins.insert(bulletin.id.clone());
                    share.times += usize::from(counted.insert((number, name)));
                }
            }
        }
    }
}

impl StationMonth {
    fn tally(&mut self, kind: Kind) -> &mut Tally {
        match kind {
            Kind::Planned => &mut self.planned,
            Kind::Emergency => &mut self.emergencies,
            Kind::Drill => &mut self.drills,
        }
    }
}

crate::rows! {
    struct Row {
        id: String,
        name: String,
        area_id: String,
        area_name: String,
        households: Option<i64>,
        clusters: i64,
        position: Option<String>,
        seen_at_ms: Option<i64>,
    }
}

/// The stations that there were in a month, before anything is counted.
async fn stations(
    connection: &mut Connection,
    within: &AreaId,
    span: Span,
    scope: &Scope,
) -> Result<Vec<StationMonth>> {
    let (from, until) = span.instants(&scope.zone).unzip();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.id, s.name, a.id AS area_id, a.name AS area_name, CASE WHEN EXISTS \
         (SELECT 1 FROM areas c WHERE c.parent_id = a.id) THEN NULL ELSE a.households END \
         AS households, s.seen_at_ms, s.position, \
         (SELECT COUNT(*) FROM clusters c WHERE c.station_id = s.id) AS clusters \
         FROM stations s JOIN areas a ON a.id = s.area_id \
         JOIN area_lines l ON l.area_id = s.area_id WHERE l.above_id = $1 \
         AND (s.closed_at_ms IS NULL OR s.closed_at_ms > $2) AND s.created_at_ms < $3 \
         ORDER BY a.created_at_ms, a.id, s.name, s.id",
    )
    .bind(within.as_str())
    .bind(from.map_or(i64::MIN, WallTime::as_millis))
    .bind(until.map_or(i64::MAX, WallTime::as_millis))
    .fetch_all(connection)
    .await?;
    let mut stations = Vec::with_capacity(rows.len());
    let mut counted = BTreeSet::new();
    for row in rows {
        let is_first = counted.insert(row.area_id);
        stations.push(StationMonth {
            id: row.id.parse().map_err(anyhow::Error::from)?,
            name: row.name,
            area_name: row.area_name,
            households: row.households.filter(|_| is_first),
            clusters: row.clusters,
            position: row.position.unwrap_or_default(),
            seen_at: row.seen_at_ms.map(WallTime::from_millis),
            planned: Tally::default(),
            emergencies: Tally::default(),
            drills: Tally::default(),
        });
    }
    Ok(stations)
}
