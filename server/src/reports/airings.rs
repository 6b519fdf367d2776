//! What it was about that stations of an area reported of a span of days, for the campaigns and for
//! the month.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::Outcome;
use programme::emergency::Emergency;
use programme::ids::{AreaId, BroadcastId, ContentHash};
use programme::signed::Envelope;
use programme::units::WallTime;

use super::confirmations::{self, Confirmations};
use super::scope::{Scope, Span};
use crate::as_run::report::Reported;
use crate::database::Connection;
use crate::emergencies::at_pcs::{self, AtPc};
use crate::web::errors::Result;

/// What was reported was about this.
#[derive(Debug, Clone, Default)]
pub struct Airings {
    /// The bulletins of each broadcast, in order.
    pub bulletins: BTreeMap<BroadcastId, Vec<Bulletin>>,
    /// Approved recordings by their content: several bulletins may share one.
    pub sounds: BTreeMap<ContentHash, Vec<Sound>>,
    /// Emergencies that are exercises.
    pub drills: BTreeSet<BroadcastId>,
    /// What people in the villages said.
    pub confirmations: Confirmations,
}

/// A bulletin as far as reports speak of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    /// Its name.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `ordinary`, `priority` or `emergency`.
    pub class: String,
    /// The campaign that it belongs to.
    pub topic: Option<String>,
}

/// An approved recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// The bulletin.
    pub bulletin: String,
    /// What is spoken.
    pub language: String,
    /// How long it lasts.
    pub duration: Duration,
}

/// What kind of start it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Planned by the programme.
    Planned,
    /// An emergency.
    Emergency,
    /// The exercise of an emergency.
    Drill,
}

crate::rows! {
    struct BulletinRow {
        broadcast_id: String,
        id: String,
        title: String,
        class: String,
        topic: Option<String>,
    }

    struct SoundRow {
        bulletin_id: String,
        language: String,
        approved_hash: String,
        approved_duration_ms: i64,
    }
}

/// The broadcasts `a.broadcast_id` of which something was reported in an area and a span.
macro_rules! reported {
    ($what:literal, $rest:literal) => {
        concat!(
            $what,
            " IN (SELECT a.broadcast_id FROM as_run a JOIN stations s ON s.id = a.station_id \
             JOIN area_lines l ON l.area_id = s.area_id WHERE l.above_id = $1 \
             AND a.cue IS NOT NULL AND a.planned_ms >= $2 AND a.planned_ms < $3)",
            $rest
        )
    };
}

/// What it was about that stations of `scope` reported of the starts that were planned in `span`.
///
/// # Errors
/// The database failed, or holds what cannot be read; 422 for a span that no calendar has.
pub async fn of(connection: &mut Connection, scope: &Scope, span: Span) -> Result<Airings> {
    let (id, within) = (&scope.area.id, scope.within(span)?);
    let mut airings = Airings {
        bulletins: bulletins(connection, id, within).await?,
        sounds: sounds(connection, id, within).await?,
        drills: drills(connection, id, within).await?,
        confirmations: confirmations::below(connection, id, within).await?,
    };
    for (broadcast, order) in at_pcs::of_starts(connection, id, within).await? {
        airings.add_at_pc(connection, broadcast, order).await?;
    }
    Ok(airings)
}

/// Titles of what was reported, as one text for each broadcast.
///
/// # Errors
/// The database failed.
pub async fn titles(
    connection: &mut Connection,
    area: &AreaId,
    within: (WallTime, WallTime),
) -> Result<BTreeMap<BroadcastId, String>> {
    let bulletins = bulletins(connection, area, within).await?;
    let joined = |all: Vec<Bulletin>| {
        let titles: Vec<String> = all.into_iter().map(|one| one.title).collect();
        titles.join(" · ")
    };
    let titles = bulletins.into_iter();
    Ok(titles.map(|(id, all)| (id, joined(all))).collect())
}

async fn bulletins(
    connection: &mut Connection,
    area: &AreaId,
    (from, until): (WallTime, WallTime),
) -> Result<BTreeMap<BroadcastId, Vec<Bulletin>>> {
    let planned: Vec<BulletinRow> = sqlx::query_as(reported!(
        "SELECT m.broadcast_id, b.id, b.title, b.class, b.topic \
         FROM broadcast_bulletins m JOIN bulletins b ON b.id = m.bulletin_id \
         WHERE m.broadcast_id",
        " ORDER BY m.broadcast_id, m.position"
    ))
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(&mut *connection)
    .await?;
    let emergencies: Vec<BulletinRow> = sqlx::query_as(reported!(
        "SELECT e.id AS broadcast_id, b.id, e.title, b.class, b.topic \
         FROM emergencies e JOIN bulletins b ON b.id = e.bulletin_id WHERE e.id",
        ""
    ))
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<BroadcastId, Vec<Bulletin>> = BTreeMap::new();
    for row in planned.into_iter().chain(emergencies) {
        let id = row.broadcast_id.parse().map_err(anyhow::Error::from)?;
        found.entry(id).or_default().push(Bulletin {
            id: row.id,
            title: row.title,
            class: row.class,
            topic: row.topic,
        });
    }
    Ok(found)
}

/// What was approved of each recording, by the rows `r` that the rest of the query finds.
macro_rules! approved {
    ($($rest:expr),*) => {
        concat!(
            "SELECT r.bulletin_id, r.language, r.approved_hash, r.approved_duration_ms \
             FROM bulletin_recordings r WHERE r.approved_hash IS NOT NULL \
             AND r.approved_duration_ms IS NOT NULL AND r.bulletin_id ",
            $($rest),*
        )
    };
}

async fn sounds(
    connection: &mut Connection,
    area: &AreaId,
    (from, until): (WallTime, WallTime),
) -> Result<BTreeMap<ContentHash, Vec<Sound>>> {
    let rows: Vec<SoundRow> = sqlx::query_as(approved!(
        "IN (",
        reported!(
            "SELECT m.bulletin_id FROM broadcast_bulletins m WHERE m.broadcast_id",
            ""
        ),
        " UNION ",
        reported!(
            "SELECT e.bulletin_id FROM emergencies e WHERE e.id",
            ") ORDER BY r.bulletin_id, r.language"
        )
    ))
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    let mut found: BTreeMap<ContentHash, Vec<Sound>> = BTreeMap::new();
    for row in rows {
        let (hash, sound) = row.sound()?;
        found.entry(hash).or_default().push(sound);
    }
    Ok(found)
}

impl SoundRow {
    fn sound(self) -> Result<(ContentHash, Sound)> {
        let duration = u64::try_from(self.approved_duration_ms).unwrap_or_default();
        let sound = Sound {
            bulletin: self.bulletin_id,
            language: self.language,
            duration: Duration::from_millis(duration),
        };
        let hash = self.approved_hash.parse().map_err(anyhow::Error::from)?;
        Ok((hash, sound))
    }
}

async fn drills(
    connection: &mut Connection,
    area: &AreaId,
    (from, until): (WallTime, WallTime),
) -> Result<BTreeSet<BroadcastId>> {
    let rows: Vec<(String,)> = sqlx::query_as(reported!(
        "SELECT e.envelope FROM emergencies e WHERE e.id",
        ""
    ))
    .bind(area.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    let mut drills = BTreeSet::new();
    for (json,) in rows {
        let envelope: Envelope = serde_json::from_str(&json)?;
        let word: Emergency = serde_json::from_slice(&envelope.payload)?;
        if word.order.drill {
            drills.insert(word.id);
        }
    }
    Ok(drills)
}

impl Airings {
    /// Adds what was ordered at a PC, of which no table but the log says what it was about.
    async fn add_at_pc(
        &mut self,
        connection: &mut Connection,
        broadcast: BroadcastId,
        order: AtPc,
    ) -> Result<()> {
        let id = order.bulletin.as_str();
        let row: Option<(String, Option<String>)> =
            sqlx::query_as("SELECT class, topic FROM bulletins WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *connection)
                .await?;
        let sounds: Vec<SoundRow> = sqlx::query_as(approved!("= $1 ORDER BY r.language"))
            .bind(id)
            .fetch_all(connection)
            .await?;
        for row in sounds {
            let (hash, sound) = row.sound()?;
            let known = self.sounds.entry(hash).or_default();
            if !known.contains(&sound) {
                known.push(sound);
            }
        }
        if order.drill {
            self.drills.insert(broadcast.clone());
        }
        if let Some((class, topic)) = row {
            let bulletin = Bulletin {
                id: id.to_owned(),
                title: order.title,
                class,
                topic,
            };
            self.bulletins.insert(broadcast, vec![bulletin]);
        }
        Ok(())
    }

    /// What kind of start it was.
    pub fn kind(&self, start: &Reported) -> Kind {
        match start.cue.hearing() {
            None => Kind::Planned,
            Some(_) if self.drills.contains(&start.broadcast) => Kind::Drill,
            Some(_) => Kind::Emergency,
        }
    }

    /// The bulletins of a start.
    pub fn about(&self, start: &Reported) -> &[Bulletin] {
        self.bulletins
            .get(&start.broadcast)
            .map_or(&[], Vec::as_slice)
    }

    /// How much of each approved recording was heard of a start: what was heard in all, shared out
    /// by how long each lasts. Chime and silences count with the recordings between which they
    /// stand.
    pub fn parts(&self, start: &Reported) -> Vec<(&Bulletin, &Sound, Duration)> {
        let bulletins = self.about(start);
        let mut parts = Vec::new();
        for attempt in &start.attempts {
            let heard = attempt.ended.map_or(Duration::ZERO, |(heard, _)| heard);
            let named = attempt.content.iter().filter_map(|hash| {
                let sounds = self.sounds.get(hash)?;
                sounds.iter().find_map(|sound| {
                    let bulletin = bulletins.iter().find(|one| one.id == sound.bulletin)?;
                    Some((bulletin, sound))
                })
            });
            let named: Vec<_> = named.collect();
            let whole: Duration = named.iter().map(|(_, sound)| sound.duration).sum();
            for (bulletin, sound) in named {
                let share = sound.duration.as_secs_f64() / whole.as_secs_f64().max(0.001);
                parts.push((bulletin, sound, heard.mul_f64(share.clamp(0.0, 1.0))));
            }
        }
        parts
    }
}

/// How long sound was on for a start, over all attempts.
pub fn heard(start: &Reported) -> Duration {
    attempts(start).sum()
}

/// How long sound was on in the attempt at a start that came furthest. Each attempt begins at the
/// beginning, so nobody heard more of it than this.
pub fn heard_at_once(start: &Reported) -> Duration {
    attempts(start).max().unwrap_or_default()
}

fn attempts(start: &Reported) -> impl Iterator<Item = Duration> {
    let ended = start.attempts.iter().filter_map(|attempt| attempt.ended);
    ended.map(|(heard, _)| heard)
}

/// Whether a start was heard to its end.
pub fn was_aired(start: &Reported) -> bool {
    start.outcome == Some(Outcome::Aired)
}
