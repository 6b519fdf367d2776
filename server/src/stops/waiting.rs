//! What STOP ends beside what sounds: the starts that wait behind it, named before the press.

use std::collections::BTreeMap;

use programme::as_run::CueId;
use programme::day_plan::{Cue, DayPlan};
use programme::ids::StationId;
use programme::programme::MissedRule;
use programme::units::WallTime;
use programme::zone::Zone;

use crate::as_run::day;
use crate::as_run::report::{self, Reported};
use crate::database::Connection;
use crate::programmes::publish;
use crate::web::errors::Result;

/// Titles of what waits at `station`, each once, by what it was given and what it reported. What
/// waits for the answer of the village head is not among them: STOP leaves that waiting.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn at_station(
    connection: &mut Connection,
    station: &StationId,
    now: WallTime,
) -> Result<Vec<String>> {
    let Some(published) = publish::latest(connection, station).await? else {
        return Ok(Vec::new());
    };
    let programme = published.programme()?;
    let zone = Zone::named(&programme.zone).map_err(anyhow::Error::from)?;
    let today = zone.date(now);
    let plan = DayPlan::of(&programme, today).map_err(anyhow::Error::from)?;
    let Some((from, until)) = day::bounds(&zone, today) else {
        return Ok(Vec::new());
    };
    let reported = report::of_station(connection, station, from, until).await?;
    let mut titles = Vec::new();
    for cue in plan.starts().filter(|cue| waits(cue, &reported, now)) {
        if !titles.contains(&cue.title) {
            titles.push(cue.title.clone());
        }
    }
    Ok(titles)
}

fn waits(cue: &Cue, reported: &BTreeMap<CueId, Reported>, now: WallTime) -> bool {
    let due = cue.planned <= now && now <= cue.latest && cue.obstacle.is_none();
    let asked = cue.missed == MissedRule::AskHead && now > cue.on_time_until;
    let open = reported.get(&cue.id).is_none_or(|start| {
        let last = start.attempts.last();
        start.outcome.is_none() && last.is_none_or(|last| last.ended.is_some())
    });
    due && !asked && open
}
