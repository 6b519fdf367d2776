//! What aired in a village lately, by its own log: only what was truly heard and may still be
//! heard. An exercise is left out, and so is an emergency that is over because somebody said so:
//! whoever listens a day later would take either for true.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::{CueId, Outcome};
use programme::ids::{AreaId, BroadcastId, ContentHash};
use programme::units::WallTime;
use sqlx::AssertSqlSafe;

use crate::as_run::report::{self, Reported};
use crate::as_run::store::EMERGENCY_STOPPED;
use crate::database::{Connection, places};
use crate::emergencies::at_pcs;
use crate::web::errors::Result;

/// So far back the page looks.
pub const LATELY: Duration = Duration::from_hours(30 * 24);
/// Most lines of the log that one look reads, the newest: some villages for a month.
const MOST_LINES: usize = 5_000;
/// Most bulletins on a page, the newest.
const MOST: usize = 40;
/// So many names are asked about at once.
const AT_ONCE: usize = 200;

/// A bulletin that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Its title.
    pub title: String,
    /// When it was heard last.
    pub last: WallTime,
    /// At how many starts it was heard.
    pub times: usize,
    /// Whether it was heard as an emergency.
    pub emergency: bool,
    /// What was heard of it.
    pub spoken: Vec<Spoken>,
}

/// A recording that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The language.
    pub language: String,
    /// The content.
    pub hash: ContentHash,
    /// How large it is.
    pub size_bytes: u64,
    /// How long it lasts.
    pub duration: Duration,
}

/// What was heard by its broadcasts, as the log says: that much does not change any more.
pub type Aired = BTreeMap<BroadcastId, Vec<Airing>>;

/// A start that was heard.
#[derive(Debug)]
pub struct Airing {
    cue: CueId,
    began: WallTime,
    content: BTreeSet<ContentHash>,
    emergency: bool,
}

crate::rows! {
    struct Row {
        id: String,
        title: String,
        language: String,
        hash: String,
        size_bytes: i64,
        duration_ms: i64,
    }
}

/// What the log of `area` says until `now`.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn aired(connection: &mut Connection, area: &AreaId, now: WallTime) -> Result<Aired> {
    let within = (now - LATELY, now);
    let (starts, _) = report::below(connection, area, within, MOST_LINES).await?;
    let mut aired = Aired::new();
    for (_, start) in starts {
        if let Some(airing) = airing(&start) {
            aired.entry(start.broadcast).or_default().push(airing);
        }
    }
    Ok(aired)
}

/// What of that may still be heard in `area` at `now`, the newest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn lately(
    connection: &mut Connection,
    area: &AreaId,
    now: WallTime,
    aired: &Aired,
) -> Result<Vec<Heard>> {
    let within = (now - LATELY, now);
    let mut broadcasts: BTreeMap<String, Vec<BroadcastId>> = BTreeMap::new();
    for (broadcast, bulletin) in bulletins(connection, area, within, aired).await? {
        broadcasts.entry(bulletin).or_default().push(broadcast);
    }
    let mut heard: BTreeMap<String, Heard> = BTreeMap::new();
    let bulletins: Vec<&String> = broadcasts.keys().collect();
    for row in approved(connection, &bulletins).await? {
        let airings = broadcasts.get(&row.id).into_iter().flatten();
        let airings = airings
            .filter_map(|broadcast| aired.get(broadcast))
            .flatten();
        row.adds_to(&mut heard, airings)?;
    }
    let mut heard: Vec<Heard> = heard.into_values().collect();
    heard.sort_by_key(|one| std::cmp::Reverse(one.last));
    heard.truncate(MOST);
    Ok(heard)
}

/// A start, if it was heard and was no exercise.
fn airing(start: &Reported) -> Option<Airing> {
    // The outcome is that of the last attempt.
    let attempt = start.attempts.last()?;
    let order = attempt.order.as_ref();
    let is_drill = order.is_some_and(|order| order.drill);
    let was_heard = start.outcome == Some(Outcome::Aired) && !is_drill;
    was_heard.then(|| Airing {
        cue: start.cue.clone(),
        began: attempt.started,
        content: attempt.content.iter().copied().collect(),
        emergency: order.is_some(),
    })
}

/// The broadcasts that may still be heard among those that aired, each with its bulletin by name.
async fn bulletins(
    connection: &mut Connection,
    area: &AreaId,
    within: (WallTime, WallTime),
    aired: &Aired,
) -> Result<Vec<(BroadcastId, String)>> {
    let mut found = Vec::new();
    let mut stopped = BTreeSet::new();
    let ids: Vec<&BroadcastId> = aired.keys().collect();
    for ids in ids.chunks(AT_ONCE) {
        let places = places(ids.len());
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT broadcast_id, bulletin_id FROM broadcast_bulletins \
             WHERE broadcast_id IN ({places}) UNION ALL \
             SELECT id, bulletin_id FROM emergencies \
             WHERE cancelled_at_ms IS NULL AND id IN ({places})"
        )));
        let mut ended = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT broadcast_id FROM as_run WHERE broadcast_id IN ({places}) \
             AND record = '{EMERGENCY_STOPPED}'"
        )));
        for id in ids {
            query = query.bind(id.as_str());
            ended = ended.bind(id.as_str());
        }
        let rows: Vec<(String, String)> = query.fetch_all(&mut *connection).await?;
        for (broadcast, bulletin) in rows {
            found.push((broadcast.parse().map_err(anyhow::Error::from)?, bulletin));
        }
        let rows: Vec<(String,)> = ended.fetch_all(&mut *connection).await?;
        stopped.extend(rows.into_iter().map(|(broadcast,)| broadcast));
    }
    // Who ordered at a PC also says there that it is over.
    for (broadcast, order) in at_pcs::of_starts(connection, area, within).await? {
        if aired.contains_key(&broadcast) && !stopped.contains(broadcast.as_str()) {
            found.push((broadcast, order.bulletin.to_string()));
        }
    }
    Ok(found)
}

/// The recordings of those bulletins that are approved still.
async fn approved(connection: &mut Connection, bulletins: &[&String]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for ids in bulletins.chunks(AT_ONCE) {
        let places = places(ids.len());
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT b.id, b.title, t.language, t.approved_hash AS hash, \
             t.approved_size_bytes AS size_bytes, t.approved_duration_ms AS duration_ms \
             FROM bulletins b JOIN bulletin_recordings t ON t.bulletin_id = b.id \
             WHERE b.state = 'approved' AND t.approved_hash IS NOT NULL AND b.id IN ({places}) \
             ORDER BY b.id, t.language"
        )));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let found: Vec<Row> = query.fetch_all(&mut *connection).await?;
        rows.extend(found);
    }
    Ok(rows)
}

impl Row {
    /// Adds this recording of a bulletin, if it was heard at some of its `airings`.
    fn adds_to<'a>(
        self,
        heard: &mut BTreeMap<String, Heard>,
        airings: impl Iterator<Item = &'a Airing> + Clone,
    ) -> Result<()> {
        let hash: ContentHash = self.hash.parse().map_err(anyhow::Error::from)?;
        let with_it = airings.filter(|airing| airing.content.contains(&hash));
        let Some(last) = with_it.clone().map(|airing| airing.began).max() else {
            return Ok(());
        };
        // Several stations of a village air one start.
        let cues: BTreeSet<&CueId> = with_it.clone().map(|airing| &airing.cue).collect();
        let times = cues.len();
        let emergency = with_it.clone().any(|airing| airing.emergency);
        let one = heard.entry(self.id).or_insert_with(|| Heard {
            title: self.title,
            last,
            times,
            emergency,
            spoken: Vec::new(),
        });
        // Languages of one bulletin air at the same starts, but for those that came to it later.
        one.last = one.last.max(last);
        one.times = one.times.max(times);
        one.emergency |= emergency;
        one.spoken.push(Spoken {
            language: self.language,
            hash,
            size_bytes: u64::try_from(self.size_bytes).unwrap_or(0),
            duration: Duration::from_millis(u64::try_from(self.duration_ms).unwrap_or(0)),
        });
        Ok(())
    }
}
