//! What became of a broadcast, or of all broadcasts of a bulletin, in words, the newest first.

use programme::day_plan::GRACE;
use programme::ids::{BroadcastId, BulletinId};
use programme::zone::Zone;

use super::day::Line;
use super::report;
use super::words::{self, Said};
use crate::areas::area;
use crate::broadcasts::broadcast;
use crate::database::Connection;
use crate::emergencies::emergency;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// Most outcomes on one page.
const MOST: usize = 100;

/// What became of a start at a station.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// When it was planned, in the village's time.
    pub at: String,
    /// The village.
    pub village: String,
    /// What became of it.
    pub said: Said,
    /// Who ordered it, where it was an emergency, then the attempts at it, the first one first, and
    /// where it was stopped.
    pub attempts: Vec<String>,
}

/// What became of the starts of a broadcast, at the stations that the actor may see.
///
/// # Errors
/// The database failed.
pub async fn of_broadcast(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for (station, start) in report::of_broadcast(connection, id).await? {
        let station = station::find(connection, &station).await?;
        let area = area::find(state, connection, &station.area).await?;
        if !actor.may(Right::View, &area) || outcomes.len() >= MOST {
            continue;
        }
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let latest = start.planned + GRACE;
        let line = Line::of(start, String::new(), latest, state.now());
        let attempts = line.attempts.iter();
        let ordered = attempts.clone().find_map(|one| one.order.as_ref());
        let ordered = ordered.map(|order| words::order(order, shell));
        let attempts = attempts.map(|one| words::attempt(one, shell, state.now()));
        let stopped = words::stopped(&line.fate, line.stopped.as_ref(), shell);
        outcomes.push(Outcome {
            at: zone
                .civil(line.planned)
                .strftime("%d/%m/%Y %H:%M")
                .to_string(),
            village: area.name,
            said: words::fate(&line.fate, shell.language),
            attempts: ordered.into_iter().chain(attempts).chain(stopped).collect(),
        });
    }
    Ok(outcomes)
}

/// What became of the starts of everything that aired a bulletin.
///
/// # Errors
/// The database failed.
pub async fn of_bulletin(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    id: &BulletinId,
) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for found in broadcast::of_bulletin(connection, id).await? {
        outcomes.extend(of_broadcast(state, connection, shell, actor, &found.id).await?);
        if outcomes.len() >= MOST {
            break;
        }
    }
    for id in emergency::of_bulletin(connection, id).await? {
        outcomes.extend(of_broadcast(state, connection, shell, actor, &id).await?);
    }
    Ok(outcomes)
}
