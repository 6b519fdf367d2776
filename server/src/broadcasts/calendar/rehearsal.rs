//! A village's day in rehearsal: what its station will air when nothing goes wrong, planned by the
//! function by which it airs, and what it will not air, and why.

pub mod page;
mod reading;
pub mod sound;

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::civil::Date;
use programme::day_plan::{Cue, DayPlan};
use programme::ids::{AreaId, BroadcastId, BulletinId, StationId};
use programme::lint::lint;
use programme::programme::{Bulletin, Programme};
use programme::units::WallTime;
use programme::zone::Zone;

use super::gather;
use crate::as_run::day::bounds;
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::broadcasts::outlook::Hearer;
use crate::broadcasts::words;
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::programmes::{build, chime};
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// A village's day before it has come.
struct Rehearsal {
    /// The starts, in the order in which they will sound.
    cues: Vec<Cue>,
    /// The starts of which nothing is left to be heard, soonest first.
    silent: Vec<Silent>,
    /// What they air.
    bulletins: BTreeMap<BulletinId, Bulletin>,
    /// What one should know beside that.
    notes: Vec<String>,
}

/// A start that somebody ordered, and that has nothing to be heard.
struct Silent {
    broadcast: BroadcastId,
    title: String,
    planned: WallTime,
    /// Names why.
    why: &'static str,
}

/// The page of a day of an area.
pub fn address(area: &AreaId, day: Date) -> String {
    format!("/broadcasts/rehearsal?area={area}&day={day}")
}

impl Rehearsal {
    /// What the station of `village` would air on `date` if it were told now.
    async fn of(
        connection: &mut Connection,
        shell: &Shell,
        village: &Hearer,
        date: Date,
        zone: &Zone,
    ) -> Result<Self> {
        let (from, _) = bounds(zone, date).context("a day that the zone does not know")?;
        let broadcasts = broadcast::in_force(connection, &village.area.id, from).await?;
        let held = approved(connection, &build::named(&broadcasts)).await?;
        let names = gather::names(connection, &broadcasts, &held).await?;
        let programme = programme(connection, village, &broadcasts, held).await?;
        let plan = DayPlan::of(&programme, date).map_err(anyhow::Error::from)?;
        let mut notes: Vec<String> = Vec::new();
        for finding in lint(&programme, date, 1, &village.area.ways.limits()) {
            // What keeps a start off stands at that start.
            let is_note = !finding.silences();
            if is_note && gather::concerns(&finding, &plan.cues, date, zone) {
                let text = words::finding(&finding, &names, zone, shell);
                if !notes.contains(&text) {
                    notes.push(text);
                }
            }
        }
        let mut silent = silent(&broadcasts, &programme, &plan, zone);
        for one in &mut silent {
            one.title = broadcast::titles(connection, &one.broadcast).await?;
        }
        let mut cues: Vec<Cue> = plan.starts().cloned().collect();
        // The sort is stable: what begins together stays in the order of the plan.
        cues.sort_by_key(|cue| cue.expected);
        Ok(Self {
            cues,
            silent,
            bulletins: programme.bulletins,
            notes,
        })
    }
}

/// What the first station of a village would be told, or a station that it does not have yet.
async fn programme(
    connection: &mut Connection,
    village: &Hearer,
    broadcasts: &[Broadcast],
    held: BTreeMap<BulletinId, Bulletin>,
) -> Result<Programme> {
    let chime = chime::kept(connection).await?;
    let station = village.stations.first();
    let loudness = station.map(|one| one.loudness.clone()).unwrap_or_default();
    let id = station.map_or_else(|| StationId::from_random([0; 10]), |one| one.id.clone());
    build::put_together(&village.area, &id, &loudness, chime, broadcasts, held)
}

/// The starts that broadcasts have on the day of `plan` and that are not in it, without titles.
fn silent(
    broadcasts: &[Broadcast],
    programme: &Programme,
    plan: &DayPlan,
    zone: &Zone,
) -> Vec<Silent> {
    let mut silent = Vec::new();
    for one in broadcasts {
        let holds = |id: &BulletinId| programme.bulletins.contains_key(id);
        let why = match one.bulletins.iter().any(holds) {
            true => "as-run-why-expired",
            false => "as-run-why-withdrawn",
        };
        for start in one.rule.instants(plan.date, zone, &programme.timetable) {
            let is_planned = |cue: &Cue| cue.broadcast == one.id && cue.planned == start.at;
            if start.at >= one.since && !plan.cues.iter().any(is_planned) {
                silent.push(Silent {
                    broadcast: one.id.clone(),
                    title: String::new(),
                    planned: start.at,
                    why,
                });
            }
        }
    }
    silent.sort_by_key(|one| one.planned);
    silent
}
