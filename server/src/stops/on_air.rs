//! What sounds at this moment, as far as stations said, and whether the reader may silence it.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AreaId, BroadcastId, StationId};
use programme::stop::MARGIN;
use programme::units::WallTime;
use programme::zone::Zone;

use super::stop::{self, Kept};
use super::waiting;
use crate::areas::area::{self, Area};
use crate::as_run::report::{self, Reported};
use crate::broadcasts::broadcast;
use crate::database::Connection;
use crate::emergencies::{at_pcs, drills};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// The longest that one start may sound, and the time in which the last press is of interest.
const LATELY: std::time::Duration = std::time::Duration::from_hours(24);

/// Most starts on one page.
const MOST: usize = 20;

/// Something that sounds.
#[derive(Debug, Clone)]
pub struct Sounding {
    /// Its village.
    pub village: String,
    /// The area of that.
    pub area: AreaId,
    /// What it is called.
    pub title: String,
    /// Where the page of it is.
    pub page: String,
    /// When it began, in the village's time.
    pub since: String,
    /// What it is said to be where it is an emergency, which is not stopped but cancelled: the
    /// words, and their tone.
    pub emergency: Option<(&'static str, &'static str)>,
    /// Whether the reader may stop it.
    pub may_stop: bool,
    /// What waits behind it and is left out with it, by title, for whoever may press STOP there.
    pub waiting: Option<String>,
}

/// What a page says about an area.
#[derive(Debug, Clone)]
pub struct OnAir {
    /// The area.
    pub area: AreaId,
    /// What sounds in it.
    pub sounding: Vec<Sounding>,
    /// Whether the reader may silence all of it.
    pub may_stop: bool,
    /// The last press that is meant for it: its name, who, and when.
    pub last: Option<(String, String, String)>,
}

/// What sounds in `area` and below, and who silenced something there last.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_area(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    area: &Area,
) -> Result<OnAir> {
    let since = state.now() - LATELY;
    let open = report::open_below(connection, &area.id, since).await?;
    let last = match stop::last(connection, &area.id, since).await? {
        Some(kept) if !is_before(state, connection, &kept, &open).await? => Some(kept),
        Some(_) | None => None,
    };
    let said = |kept: Kept| {
        let at = shell.when(&kept.word.issued_at);
        (kept.word.id.to_string(), kept.word.by, at)
    };
    let has_station = !station::below(connection, &area.id).await?.is_empty();
    Ok(OnAir {
        area: area.id.clone(),
        sounding: sounding(state, connection, actor, open).await?,
        may_stop: has_station && actor.may(Right::Stop, area),
        last: last.map(said),
    })
}

/// Whether a press was before all of what sounds was ordered or began, and so says nothing of it;
/// where nothing sounds it is not. Clocks may differ a little.
async fn is_before(
    state: &State,
    connection: &mut Connection,
    kept: &Kept,
    open: &[(StationId, Reported)],
) -> Result<bool> {
    let pressed = kept.word.issued_at;
    let mut in_force = BTreeMap::new();
    let mut before = false;
    for (_, start) in open.iter().filter(|(_, start)| is_on(state, start)) {
        let began = start.attempts.last().map(|last| last.started);
        let began_before = began.is_none_or(|began| began <= pressed + MARGIN);
        let since = match in_force.get(&start.broadcast) {
            Some(known) => *known,
            None => {
                let since = came_into_force(connection, &start.broadcast).await?;
                in_force.insert(start.broadcast.clone(), since);
                since
            }
        };
        if began_before && since.is_none_or(|since| since <= pressed) {
            return Ok(false);
        }
        before = true;
    }
    Ok(before)
}

/// When a broadcast came into force; `None` of an emergency.
async fn came_into_force(
    connection: &mut Connection,
    id: &BroadcastId,
) -> Result<Option<WallTime>> {
    let found: Option<(i64,)> = sqlx::query_as("SELECT since_ms FROM broadcasts WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(found.map(|(since,)| WallTime::from_millis(since)))
}

/// What sounds in the areas of whoever reads the front page.
///
/// # Errors
/// As [`of_area`].
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Vec<Sounding>> {
    let since = state.now() - LATELY;
    let open = report::open_of_reader(connection, actor.id(), since).await?;
    sounding(state, connection, actor, open).await
}

/// Whether a broadcast sounds anywhere.
///
/// # Errors
/// As [`of_area`].
pub async fn sounds(state: &State, connection: &mut Connection, id: &BroadcastId) -> Result<bool> {
    let since = state.now() - LATELY;
    let open = report::open_of_broadcast(connection, id, since).await?;
    Ok(open.iter().any(|(_, start)| is_on(state, start)))
}

fn is_on(state: &State, start: &Reported) -> bool {
    let last = start.attempts.last();
    last.is_some_and(|attempt| attempt.sounds(state.now()))
}

async fn sounding(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    open: Vec<(StationId, Reported)>,
) -> Result<Vec<Sounding>> {
    let mut sounding = Vec::new();
    let on = open.into_iter().filter(|(_, start)| is_on(state, start));
    let on: Vec<(StationId, Reported)> = on.take(MOST).collect();
    let hearings = on.iter().filter(|(_, start)| start.cue.hearing().is_some());
    let hearings: BTreeSet<BroadcastId> =
        hearings.map(|(_, start)| start.broadcast.clone()).collect();
    let drills = drills::among(connection, &hearings).await?;
    for (station, start) in on {
        let station = station::find(connection, &station).await?;
        let area = area::find(state, connection, &station.area).await?;
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let id = &start.broadcast;
        let is_emergency = start.cue.hearing().is_some();
        let at_pc = is_emergency && at_pcs::title(connection, id).await?.is_some();
        let began = start.attempts.last().map(|attempt| attempt.started);
        let waiting = match actor.may(Right::Stop, &area) {
            true => waiting::at_station(connection, &station.id, state.now()).await?,
            false => Vec::new(),
        };
        sounding.push(Sounding {
            waiting: (!waiting.is_empty()).then(|| waiting.join(", ")),
            page: match (is_emergency, at_pc) {
                (false, _) => format!("/broadcasts/{id}"),
                (true, false) => format!("/emergencies/{id}"),
                (true, true) => "/emergencies#at-pcs".to_owned(),
            },
            title: broadcast::titles(connection, id).await?,
            since: began.map_or_else(String::new, |at| {
                zone.civil(at).strftime("%H:%M").to_string()
            }),
            emergency: is_emergency.then(|| match (drills.contains(id), at_pc) {
                (true, false) => ("stops-drill", "warn"),
                (true, true) => ("stops-drill-at-pc", "warn"),
                (false, false) => ("stops-emergency", "bad"),
                (false, true) => ("stops-at-pc", "bad"),
            }),
            may_stop: !is_emergency && actor.may(Right::Stop, &area),
            area: area.id,
            village: area.name,
        });
    }
    Ok(sounding)
}
