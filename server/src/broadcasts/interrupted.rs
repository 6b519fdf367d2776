//! Announcements that were cut short lately where the reader schedules, and that do not air again
//! there unless somebody orders them: for the front page.

use std::time::Duration;

use programme::as_run::{CutCause, Entry, Outcome, Record};
use programme::ids::BroadcastId;
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast;
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
/// is valid were meant; what comes again by its own rule needs nobody.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Vec<Interrupted>> {
    let mut found: Vec<Interrupted> = Vec::new();
    for row in rows(connection, actor, state.now()).await? {
        let entry: Entry = serde_json::from_str(&row.entry)?;
        let Record::Outcome { outcome, .. } = entry.record else {
            continue;
        };
        let Outcome::Cut { why, .. } = &outcome else {
            continue;
        };
        let id = row.area_id.parse().map_err(anyhow::Error::from)?;
        let area = area::find(state, connection, &id).await?;
        if was_meant(*why) || !actor.may(Right::Schedule, &area) {
            continue;
        }
        let broadcast: BroadcastId = row.broadcast_id.parse().map_err(anyhow::Error::from)?;
        if comes_again(state, connection, &broadcast, &area).await? {
            continue;
        }
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

/// Whether the order itself has another start there.
async fn comes_again(
    state: &State,
    connection: &mut Connection,
    id: &BroadcastId,
    area: &Area,
) -> Result<bool> {
    let order = broadcast::find(connection, id).await?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let next = order
        .rule
        .first_from(state.now(), &zone, &area.ways.timetable);
    Ok(order.cancelled_at.is_none() && next.is_some())
}

/// What was reported as cut of bulletins that may still air, and neither aired there to the end nor
/// was ordered for there since.
async fn rows(connection: &mut Connection, actor: &Actor, now: WallTime) -> Result<Vec<Row>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT a.entry, a.planned_ms, a.broadcast_id, m.bulletin_id, b.title, s.area_id \
         FROM as_run a JOIN stations s ON s.id = a.station_id \
         JOIN broadcast_bulletins m ON m.broadcast_id = a.broadcast_id \
         JOIN bulletins b ON b.id = m.bulletin_id WHERE a.record = 'outcome' \
         AND a.planned_ms >= $2 AND a.entry LIKE '%\"cut\"%' AND s.closed_at_ms IS NULL \
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
         AND d.created_at_ms > a.planned_ms) ORDER BY a.planned_ms DESC, s.area_id, m.position",
    )
    .bind(actor.id().as_str())
    .bind((now - LATELY).as_millis())
    .bind(now.as_millis())
    .fetch_all(connection)
    .await?;
    Ok(rows)
}
