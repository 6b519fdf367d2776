//! Announcements that were cut short lately where the reader schedules, and that do not air again
//! there unless somebody orders them: for the front page.

mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::as_run::{CueId, CutCause, Entry, Outcome, Record};
use programme::ids::BulletinId;
use programme::units::WallTime;

use super::broadcast::{self, Broadcast};
use super::upcoming;
use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;

/// What was planned longer ago is no news.
const LATELY: Duration = Duration::from_hours(2 * 24);
/// So many are told at most.
const MOST: usize = 20;
/// Of so many lines of the log, the last ones.
const MOST_LINES: i64 = 400;

/// A bulletin that was cut.
#[derive(Debug, Clone)]
pub struct Interrupted {
    bulletin: String,
    broadcast: String,
    /// Its title.
    pub title: String,
    /// When that start was planned.
    pub planned: WallTime,
    /// Where, with the same end.
    pub places: Vec<Area>,
    /// How far it came and why no farther.
    pub outcome: Outcome,
}

crate::rows! {
    struct Row {
        entry: String,
        planned_ms: i64,
        broadcast_id: String,
        bulletin_id: String,
        title: String,
        valid_until_ms: i64,
        station_id: String,
        area_id: String,
    }
}

impl Interrupted {
    /// The names of the villages.
    pub fn villages(&self) -> String {
        let names: Vec<&str> = self.places.iter().map(|area| area.name.as_str()).collect();
        names.join(", ")
    }

    /// The form of an order that is filled in with what and where.
    pub fn order(&self) -> String {
        let mut address = format!("/broadcasts/new?bulletin={}", self.bulletin);
        for area in &self.places {
            address.push_str(&format!("&area={}", area.id));
        }
        address
    }
}

/// Those that the reader may order again, the newest first. STOP, a withdrawal and the end of what
/// is valid were meant; what is heard there again as it is ordered already needs nobody, and of
/// several in one broadcast those that came to their end before it was cut.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Vec<Interrupted>> {
    let mut found: Vec<Interrupted> = Vec::new();
    let mut known = Known::default();
    for row in rows(connection, actor, state.now()).await? {
        let entry: Entry = serde_json::from_str(&row.entry)?;
        let Record::Outcome { cue, outcome, .. } = entry.record else {
            continue;
        };
        let Outcome::Cut { why, .. } = &outcome else {
            continue;
        };
        if was_meant(*why) {
            continue;
        }
        known.learn(state, connection, &row).await?;
        if known.was_heard_whole(connection, &row, &cue).await? {
            continue;
        }
        let (areas, orders) = (&known.areas, &known.orders);
        let (Some(area), Some(ordered)) = (areas.get(&row.area_id), orders.get(&row.bulletin_id))
        else {
            continue;
        };
        let valid_until = WallTime::from_millis(row.valid_until_ms);
        if !actor.may(Right::Schedule, area) || comes_again(state, ordered, area, valid_until)? {
            continue;
        }
        let area = area.clone();
        let planned = WallTime::from_millis(row.planned_ms);
        let is_full = found.len() == MOST;
        let same = found.iter_mut().find(|one| {
            one.bulletin == row.bulletin_id
                && one.broadcast == row.broadcast_id
                && one.outcome == outcome
        });
        match same {
            Some(one) if one.places.iter().any(|place| place.id == area.id) => {}
            Some(one) => one.places.push(area),
            None if is_full => break,
            None => found.push(Interrupted {
                bulletin: row.bulletin_id,
                broadcast: row.broadcast_id,
                title: row.title,
                planned,
                places: vec![area],
                outcome,
            }),
        }
    }
    Ok(found)
}

/// What was read for the lines so far.
#[derive(Debug, Default)]
struct Known {
    areas: BTreeMap<String, Area>,
    /// The orders of each bulletin.
    orders: BTreeMap<String, Vec<Broadcast>>,
    /// What came to its end at a station before the start was cut.
    whole: BTreeMap<(String, CueId), BTreeSet<BulletinId>>,
}

impl Known {
    async fn learn(&mut self, state: &State, connection: &mut Connection, row: &Row) -> Result<()> {
        if !self.areas.contains_key(&row.area_id) {
            let id = row.area_id.parse().map_err(anyhow::Error::from)?;
            let area = area::find(state, connection, &id).await?;
            self.areas.insert(row.area_id.clone(), area);
        }
        if !self.orders.contains_key(&row.bulletin_id) {
            let id: BulletinId = row.bulletin_id.parse().map_err(anyhow::Error::from)?;
            let ordered = broadcast::of_bulletin(connection, &id).await?;
            self.orders.insert(row.bulletin_id.clone(), ordered);
        }
        Ok(())
    }

    /// Whether the bulletin of this line came to its end although the broadcast was cut.
    async fn was_heard_whole(
        &mut self,
        connection: &mut Connection,
        row: &Row,
        cue: &CueId,
    ) -> Result<bool> {
        let mut ordered = self.orders.get(&row.bulletin_id).into_iter().flatten();
        let Some(order) = ordered.find(|one| one.id.as_str() == row.broadcast_id) else {
            return Ok(false);
        };
        let start = (row.station_id.clone(), cue.clone());
        if !self.whole.contains_key(&start) {
            let station = row.station_id.parse().map_err(anyhow::Error::from)?;
            let whole = whole::of(connection, &station, cue, &order.bulletins).await?;
            self.whole.insert(start.clone(), whole);
        }
        let mut whole = self.whole.get(&start).into_iter().flatten();
        Ok(whole.any(|id| id.as_str() == row.bulletin_id))
    }
}

/// Whether somebody wanted it to end there.
fn was_meant(why: CutCause) -> bool {
    match why {
        CutCause::Operator | CutCause::Withdrawn | CutCause::Expired => true,
        CutCause::PowerLost
        | CutCause::OutputLost
        | CutCause::QuietHours
        | CutCause::Emergency
        | CutCause::ShutDown
        | CutCause::DiskUnwritable => false,
    }
}

/// Whether one of `orders` is heard in `area` before what they air expires.
fn comes_again(
    state: &State,
    orders: &[Broadcast],
    area: &Area,
    valid_until: WallTime,
) -> Result<bool> {
    for order in orders {
        if area.line.iter().any(|above| order.targets.contains(above)) {
            let next = upcoming::next(state, order, area)?;
            if next.is_some_and(|next| next < valid_until) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// What was reported as cut of bulletins that may still air, and neither aired there to the end nor
/// was ordered for there since.
async fn rows(connection: &mut Connection, actor: &Actor, now: WallTime) -> Result<Vec<Row>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT a.entry, a.planned_ms, a.broadcast_id, m.bulletin_id, b.title, \
         b.valid_until_ms, a.station_id, s.area_id \
         FROM as_run a JOIN stations s ON s.id = a.station_id \
         JOIN broadcast_bulletins m ON m.broadcast_id = a.broadcast_id \
         JOIN bulletins b ON b.id = m.bulletin_id WHERE a.record = 'outcome' \
         AND a.planned_ms >= $2 AND a.entry LIKE '%\"cut\"%' \
         AND a.entry NOT LIKE '%\"operator\"%' AND s.closed_at_ms IS NULL \
         AND b.state = 'approved' AND b.valid_until_ms > $3 AND s.area_id IN \
         (SELECT l.area_id FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
         WHERE r.person_id = $1) AND NOT EXISTS (SELECT 1 FROM as_run o \
         JOIN broadcast_bulletins n ON n.broadcast_id = o.broadcast_id \
         WHERE o.station_id = a.station_id AND o.record = 'outcome' \
         AND n.bulletin_id = m.bulletin_id AND o.planned_ms > a.planned_ms \
         AND o.entry LIKE '%\"aired\"%') AND NOT EXISTS (SELECT 1 FROM broadcasts d \
         JOIN broadcast_bulletins n ON n.broadcast_id = d.id \
         JOIN broadcast_targets t ON t.broadcast_id = d.id \
         JOIN area_lines l ON l.above_id = t.area_id WHERE n.bulletin_id = m.bulletin_id \
         AND l.area_id = s.area_id AND d.cancelled_at_ms IS NULL \
         AND d.created_at_ms > a.planned_ms) ORDER BY a.planned_ms DESC, s.area_id, \
         m.position LIMIT $4",
    )
    .bind(actor.id().as_str())
    .bind((now - LATELY).as_millis())
    .bind(now.as_millis())
    .bind(MOST_LINES)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
