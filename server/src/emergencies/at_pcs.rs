//! What was ordered at village PCs, as they reported it, and where standbys are ready.

use std::collections::BTreeMap;

use programme::as_run::{Entry, Record};
use programme::emergency::Order;
use programme::ids::{AreaId, BroadcastId, BulletinId, PersonId, StationId};
use programme::units::WallTime;

use super::standby::{self, Kept};
use super::standing::{self, Progress};
use crate::areas::area::{self, Area};
use crate::as_run::store::EMERGENCY_ORDERED;
use crate::database::Connection;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// Where people see what was ordered at PCs.
pub const PAGE: &str = "/emergencies#at-pcs";

/// So many orders are listed, the newest first.
const MOST: i64 = 50;

/// An order that somebody gave at a PC.
#[derive(Debug, Clone)]
pub struct Ordered {
    /// The station.
    pub station: StationId,
    /// Its village.
    pub village: String,
    /// The name of the order, that of a broadcast.
    pub broadcast: BroadcastId,
    /// The bulletin.
    pub bulletin: BulletinId,
    /// Its title.
    pub title: String,
    /// Who ordered it.
    pub person: PersonId,
    /// Who, and why, in words.
    pub order: Order,
    /// Station time, if that was known.
    pub at: Option<WallTime>,
    /// When the server was told.
    pub received_at: WallTime,
    /// How far it is, as far as that was reported.
    pub progress: Option<Progress>,
    /// Hearings that were heard.
    pub heard: usize,
}

/// The last orders at PCs of areas that a person may see, the newest first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn visible(
    state: &State,
    connection: &mut Connection,
    person: &PersonId,
) -> Result<Vec<Ordered>> {
    // The index of such lines is found by the word itself, and not by a value for it.
    let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
        "SELECT a.station_id, v.name, a.entry, a.received_at_ms FROM as_run a \
         JOIN stations s ON s.id = a.station_id JOIN areas v ON v.id = s.area_id \
         WHERE a.record = 'emergency_ordered' AND EXISTS (SELECT 1 FROM roles r JOIN area_lines l \
         ON l.above_id = r.area_id WHERE r.person_id = $1 AND l.area_id = s.area_id) \
         ORDER BY a.received_at_ms DESC, a.journal_id, a.sequence DESC LIMIT $2",
    )
    .bind(person.as_str())
    .bind(MOST)
    .fetch_all(&mut *connection)
    .await?;
    let mut found = Vec::new();
    for (station, village, entry, received_at_ms) in rows {
        let entry: Entry = serde_json::from_str(&entry)?;
        if let Record::EmergencyOrdered {
            broadcast,
            bulletin,
            title,
            person,
            order,
            ..
        } = entry.record
        {
            let station: StationId = station.parse().map_err(anyhow::Error::from)?;
            let now = state.now();
            let (progress, heard) =
                standing::at_station(connection, &broadcast, &station, now).await?;
            found.push(Ordered {
                station,
                village,
                broadcast,
                bulletin,
                title,
                person,
                order,
                at: entry.wall,
                received_at: WallTime::from_millis(received_at_ms),
                progress,
                heard,
            });
        }
    }
    Ok(found)
}

/// What an order at a PC let people hear, if it is one.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn title(connection: &mut Connection, id: &BroadcastId) -> Result<Option<String>> {
    let told = told(connection, id).await?;
    Ok(told.map(|(title, _)| title))
}

/// Who gave an order at a PC, if it is one.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn order(connection: &mut Connection, id: &BroadcastId) -> Result<Option<Order>> {
    let told = told(connection, id).await?;
    Ok(told.map(|(_, order)| Order {
        at_pc: true,
        ..order
    }))
}

async fn told(connection: &mut Connection, id: &BroadcastId) -> Result<Option<(String, Order)>> {
    let row: Option<(String,)> =
        sqlx::query_as("SELECT entry FROM as_run WHERE broadcast_id = $1 AND record = $2 LIMIT 1")
            .bind(id.as_str())
            .bind(EMERGENCY_ORDERED)
            .fetch_optional(connection)
            .await?;
    let Some((entry,)) = row else {
        return Ok(None);
    };
    let entry: Entry = serde_json::from_str(&entry)?;
    Ok(match entry.record {
        Record::EmergencyOrdered { title, order, .. } => Some((title, order)),
        Record::Started { .. }
        | Record::Ended { .. }
        | Record::Outcome { .. }
        | Record::EmergencyStopped { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => None,
    })
}

/// What an order at a PC let people hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtPc {
    /// The bulletin.
    pub bulletin: BulletinId,
    /// Its title.
    pub title: String,
    /// Whether it was an exercise.
    pub drill: bool,
}

/// The orders given at PCs of `within` and below of which something was reported that was planned
/// from `from` on and before `until`.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_starts(
    connection: &mut Connection,
    within: &AreaId,
    (from, until): (WallTime, WallTime),
) -> Result<BTreeMap<BroadcastId, AtPc>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT o.entry FROM as_run o WHERE o.record = $1 AND o.broadcast_id IN \
         (SELECT a.broadcast_id FROM as_run a JOIN stations s ON s.id = a.station_id \
         JOIN area_lines l ON l.area_id = s.area_id WHERE l.above_id = $2 \
         AND a.cue IS NOT NULL AND a.planned_ms >= $3 AND a.planned_ms < $4)",
    )
    .bind(EMERGENCY_ORDERED)
    .bind(within.as_str())
    .bind(from.as_millis())
    .bind(until.as_millis())
    .fetch_all(connection)
    .await?;
    let mut found = BTreeMap::new();
    for (entry,) in rows {
        let entry: Entry = serde_json::from_str(&entry)?;
        if let Record::EmergencyOrdered {
            broadcast,
            bulletin,
            title,
            order,
            ..
        } = entry.record
        {
            let drill = order.drill;
            let one = AtPc {
                bulletin,
                title,
                drill,
            };
            found.insert(broadcast, one);
        }
    }
    Ok(found)
}

/// Where a standby is ready, and where it cannot help yet.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Villages whose station holds all its recordings.
    pub ready: Vec<Area>,
    /// Villages whose station does not, by its last word.
    pub lacking: Vec<Area>,
    /// Villages in which nobody has a PIN to order it.
    pub nobody: Vec<Area>,
}

/// The places in which something stands by, each read once for all standbys of a page.
#[derive(Default)]
pub struct Places(BTreeMap<AreaId, Vec<Place>>);

/// A station with its village.
struct Place {
    village: Area,
    station: Station,
    /// Whether somebody may order at its PC.
    is_kept: bool,
}

impl Places {
    /// Looks at every station for which `kept` stands by.
    ///
    /// # Errors
    /// The database failed.
    pub async fn coverage(
        &mut self,
        state: &State,
        connection: &mut Connection,
        kept: &Kept,
    ) -> Result<Coverage> {
        let mut coverage = Coverage::default();
        for target in &kept.areas {
            if !self.0.contains_key(target) {
                let places = places(state, connection, target).await?;
                self.0.insert(target.clone(), places);
            }
            for place in self.0.get(target).into_iter().flatten() {
                let health = place.station.health.as_ref();
                let held = health.map(|(health, _)| &health.standby);
                let ready = held.is_some_and(|held| held.contains(&kept.standby.bulletin));
                let list = match ready {
                    true => &mut coverage.ready,
                    false => &mut coverage.lacking,
                };
                list.push(place.village.clone());
                if !place.is_kept {
                    coverage.nobody.push(place.village.clone());
                }
            }
        }
        Ok(coverage)
    }
}

/// The stations of an area and below that are open.
async fn places(state: &State, connection: &mut Connection, within: &AreaId) -> Result<Vec<Place>> {
    let below = area::with_all_below(state, connection, within).await?;
    let below = below.into_iter().map(|area| (area.id.clone(), area));
    let below: BTreeMap<AreaId, Area> = below.collect();
    let kept = standby::kept_by_somebody(connection, within).await?;
    let stations = station::below(connection, within).await?.into_iter();
    let place = |station: Station| {
        let village = below.get(&station.area);
        let village = village.filter(|area| area.within_closed_ms.is_none())?;
        Some(Place {
            is_kept: kept.contains(village.id.as_str()),
            village: village.clone(),
            station,
        })
    };
    Ok(stations.filter_map(place).collect())
}
