//! How far a bulletin came: in how many of the villages that it was meant for it was heard. It is
//! what its author waits for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::emergency::Emergency;
use programme::ids::{BulletinId, PersonId};
use programme::signed::Envelope;
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// The front page tells of what aired within this span.
const LATELY: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Most bulletins that it tells of.
const MOST: usize = 5;
/// Most villages that are read, each once for every broadcast that it reported of.
const MOST_LINES: i64 = 5_000;

/// How far a bulletin came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The bulletin.
    pub bulletin: String,
    /// Its title.
    pub title: String,
    /// In so many villages it was heard to the end.
    pub aired: usize,
    /// It was meant for so many.
    pub meant: usize,
    /// The newest start that has its outcome.
    pub last: WallTime,
}

impl Reach {
    /// The same as a sentence.
    pub fn in_words(&self, shell: &Shell) -> String {
        let values = [
            ("title", self.title.as_str().into()),
            ("aired", self.aired.into()),
            ("meant", self.meant.into()),
        ];
        let key = match self.aired {
            0 => "reports-reach-nowhere",
            _ => "reports-reach",
        };
        shell.language.say_with(key, &values)
    }

    /// The colour of the sentence.
    pub fn tone(&self) -> &'static str {
        match self.aired {
            0 => "bad",
            aired if aired < self.meant => "warn",
            _ => "good",
        }
    }
}

crate::rows! {
    struct Row {
        broadcast_id: String,
        bulletin_id: String,
        title: String,
        area_id: String,
        last_ms: i64,
        aired: i64,
    }
}

/// The broadcasts and emergencies `m` that name a bulletin.
macro_rules! of_bulletins {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " (SELECT broadcast_id, bulletin_id FROM broadcast_bulletins \
             UNION ALL SELECT id AS broadcast_id, bulletin_id FROM emergencies) m ",
            $after
        )
    };
}

/// How far the bulletins came lately that a person helped to make, the newest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_author(
    connection: &mut Connection,
    person: &PersonId,
    now: WallTime,
) -> Result<Vec<Reach>> {
    let mut reaches = reaches(connection, person.as_str(), now - LATELY).await?;
    reaches.truncate(MOST);
    Ok(reaches)
}

/// How far a bulletin came; `None` while no station said what became of it.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_bulletin(connection: &mut Connection, id: &BulletinId) -> Result<Option<Reach>> {
    let reaches = reaches(connection, id.as_str(), WallTime::from_millis(0)).await?;
    Ok(reaches.into_iter().next())
}

/// How far the bulletin came that `whose` names, or those that the person made whom it names.
async fn reaches(connection: &mut Connection, whose: &str, since: WallTime) -> Result<Vec<Reach>> {
    // A line that says so has the word "aired" in it, however its writer set the spaces.
    let rows: Vec<Row> = sqlx::query_as(of_bulletins!(
        "SELECT m.broadcast_id, b.id AS bulletin_id, b.title, s.area_id, \
         MAX(a.planned_ms) AS last_ms, \
         CAST(MAX(CASE WHEN a.entry LIKE '%\"aired\"%' THEN 1 ELSE 0 END) AS BIGINT) AS aired \
         FROM bulletins b JOIN",
        "ON m.bulletin_id = b.id JOIN as_run a ON a.broadcast_id = m.broadcast_id \
         JOIN stations s ON s.id = a.station_id \
         WHERE (b.id = $1 OR b.id IN \
         (SELECT k.bulletin_id FROM bulletin_makers k WHERE k.person_id = $1)) \
         AND a.record = 'outcome' AND a.planned_ms >= $2 \
         GROUP BY m.broadcast_id, b.id, b.title, s.area_id ORDER BY last_ms DESC LIMIT $3"
    ))
    .bind(whose)
    .bind(since.as_millis())
    .bind(MOST_LINES)
    .fetch_all(&mut *connection)
    .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let drills = drills(connection, whose).await?;
    let mut meant = meant(connection, whose, since, &drills).await?;
    let mut reaches: Vec<Reach> = Vec::new();
    let mut aired: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        if drills.contains(&row.broadcast_id) {
            continue;
        }
        let villages = meant.entry(row.bulletin_id.clone()).or_default();
        villages.insert(row.area_id.clone());
        let heard = aired.entry(row.bulletin_id.clone()).or_default();
        if row.aired > 0 {
            heard.insert(row.area_id);
        }
        if !reaches.iter().any(|one| one.bulletin == row.bulletin_id) {
            reaches.push(Reach {
                bulletin: row.bulletin_id,
                title: row.title,
                aired: 0,
                meant: 0,
                last: WallTime::from_millis(row.last_ms),
            });
        }
    }
    for one in &mut reaches {
        let count = |of: &BTreeMap<String, BTreeSet<String>>| {
            of.get(&one.bulletin).map_or(0, BTreeSet::len)
        };
        (one.aired, one.meant) = (count(&aired), count(&meant));
    }
    Ok(reaches)
}

/// The exercises of the emergencies that name such a bulletin: they reach nobody.
async fn drills(connection: &mut Connection, whose: &str) -> Result<BTreeSet<String>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT e.id, e.envelope FROM emergencies e WHERE e.bulletin_id = $1 OR e.bulletin_id IN \
         (SELECT k.bulletin_id FROM bulletin_makers k WHERE k.person_id = $1)",
    )
    .bind(whose)
    .fetch_all(connection)
    .await?;
    let mut drills = BTreeSet::new();
    for (id, json) in rows {
        let envelope: Envelope = serde_json::from_str(&json)?;
        let word: Emergency = serde_json::from_slice(&envelope.payload)?;
        if word.order.drill {
            drills.insert(id);
        }
    }
    Ok(drills)
}

/// The villages that each bulletin was meant for, by what has aired or was to.
async fn meant(
    connection: &mut Connection,
    whose: &str,
    since: WallTime,
    drills: &BTreeSet<String>,
) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(of_bulletins!(
        "SELECT DISTINCT m.broadcast_id, m.bulletin_id, l.area_id FROM",
        "JOIN (SELECT broadcast_id, area_id FROM broadcast_targets \
         UNION ALL SELECT emergency_id AS broadcast_id, area_id FROM emergency_targets) t \
         ON t.broadcast_id = m.broadcast_id JOIN area_lines l ON l.above_id = t.area_id \
         WHERE (m.bulletin_id = $1 OR m.bulletin_id IN \
         (SELECT k.bulletin_id FROM bulletin_makers k WHERE k.person_id = $1)) \
         AND (NOT EXISTS (SELECT 1 FROM areas c WHERE c.parent_id = l.area_id) \
         OR EXISTS (SELECT 1 FROM stations s \
         WHERE s.area_id = l.area_id AND s.closed_at_ms IS NULL)) \
         AND NOT EXISTS (SELECT 1 FROM area_lines u JOIN areas c ON c.id = u.above_id \
         WHERE u.area_id = l.area_id AND c.closed_at_ms IS NOT NULL) \
         AND EXISTS (SELECT 1 FROM as_run a WHERE a.broadcast_id = m.broadcast_id \
         AND a.record = 'outcome' AND a.planned_ms >= $2)"
    ))
    .bind(whose)
    .bind(since.as_millis())
    .fetch_all(connection)
    .await?;
    let mut meant: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, bulletin, area) in rows
        .into_iter()
        .filter(|(broadcast, ..)| !drills.contains(broadcast))
    {
        meant.entry(bulletin).or_default().insert(area);
    }
    Ok(meant)
}
