//! What an area hears on some days: read at once, planned by the functions by which stations air.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::civil::Date;
use programme::day_plan::{Cue, DayPlan};
use programme::ids::{AreaId, BulletinId, StationId};
use programme::lint::{Finding, lint};
use programme::programme::{Bulletin, Programme, Sound};
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;
use tokio::task::spawn_blocking;

use super::bands::{Band, bands};
use super::day::{Day, Minutes};
use super::fates::{self, Reports};
use super::reported::{self, Told};
use crate::areas::area::{self, Area, QuietSpan};
use crate::areas::policy::Policy;
use crate::areas::sessions::Sessions;
use crate::areas::tree;
use crate::as_run::report;
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::broadcasts::outlook::Hearer;
use crate::broadcasts::words::{self, Names};
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::emergencies::at_pcs;
use crate::programmes::{build, chime};
use crate::state::State;
use crate::stations::loudness::Loudness;
use crate::stations::station::{self, Station};
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// So many villages are looked at: a commune has dozens.
const MOST_VILLAGES: usize = 300;
/// So many different programmes are looked at: the villages of a commune share a few.
const MOST_PROGRAMMES: usize = 40;
/// Lines of the as-run that are read: a month of a commune, with some to spare.
const MOST_LINES: usize = 40_000;

/// What an area hears.
pub struct Calendar {
    /// Day by day.
    pub days: Vec<Day>,
    /// The villages that were looked at.
    pub villages: Vec<String>,
    /// Those of them that have no station yet.
    pub without_station: Vec<String>,
    /// How many villages there are.
    pub meant: usize,
    /// Whether stations reported more than was read: then the oldest days lack some of it.
    pub truncated: bool,
    /// Whether there are more broadcasts than were looked at: then those lack that were made first.
    pub lacks: bool,
}

/// Villages that hear the same.
struct Alike {
    villages: Vec<Hearer>,
    /// What is in force there, then what was cancelled since.
    held: [Vec<Broadcast>; 2],
}

/// What all programmes are put together from.
struct Shelf {
    approved: BTreeMap<BulletinId, Bulletin>,
    chime: Option<Sound>,
    names: Names,
    now: WallTime,
}

/// What `area` hears on `dates`, which follow one another.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    area: &Area,
    dates: &[Date],
) -> Result<Calendar> {
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let (from, until) = ends(dates, &zone).context("a day that the zone does not know")?;
    let (broadcasts, lacks) = broadcast::between(connection, &area.id, from, until).await?;
    let (alike, meant) = alike(state, connection, area, &broadcasts, from).await?;
    let held = approved(connection, &build::named(&broadcasts)).await?;
    let shelf = Shelf {
        names: names(connection, &broadcasts, &held).await?,
        approved: held,
        chime: chime::kept(connection).await?,
        now: state.now(),
    };
    let now = shelf.now;
    let span = (from, until);
    let (starts, truncated) = report::below(connection, &area.id, span, MOST_LINES).await?;
    let at_pcs = at_pcs::of_starts(connection, &area.id, span).await?;
    let mut reports = Reports::new();
    for (station, start) in starts {
        let own = reports.entry(station).or_default();
        own.insert(start.cue.clone(), start);
    }
    let mut days: Vec<Day> = dates.iter().map(|date| Day::empty(*date)).collect();
    let words = shell.clone();
    // Each day of each of them is planned in milliseconds, and others wait for this thread.
    let planned = spawn_blocking(move || {
        for alike in &alike {
            plan(alike, &shelf, &words, &mut days, &mut reports)?;
        }
        Ok::<_, Error>((alike, days, reports))
    });
    let (alike, mut days, reports) = planned.await.context("plan the days")??;
    let hearers = || alike.iter().flat_map(|alike| &alike.villages);
    let told = Told { reports, at_pcs };
    reported::add(connection, told, hearers(), &zone, &mut days, now).await?;
    let silent = |village: &&Hearer| {
        let mut stations = village.stations.iter();
        stations.all(|station| station.enrolled_at.is_none())
    };
    let named = |village: &Hearer| village.area.name.clone();
    Ok(Calendar {
        days,
        villages: hearers().map(named).collect(),
        without_station: hearers().filter(silent).map(named).collect(),
        meant,
        truncated,
        lacks,
    })
}

/// The instants at which the days begin and end.
fn ends(dates: &[Date], zone: &Zone) -> Option<(WallTime, WallTime)> {
    let midnight = |date: Date| zone.instant(date.at(0, 0, 0, 0));
    let after = dates.last()?.tomorrow().ok()?;
    Some((midnight(*dates.first()?)?, midnight(after)?))
}

/// The villages of an area, itself if it is one, that were not closed by `from`.
///
/// # Errors
/// The database failed.
pub(super) async fn hearers(
    state: &State,
    connection: &mut Connection,
    area: &Area,
    from: WallTime,
) -> Result<Vec<Hearer>> {
    let areas = area::with_all_below(state, connection, &area.id).await?;
    let mut stations: BTreeMap<AreaId, Vec<Station>> = BTreeMap::new();
    for station in station::below(connection, &area.id).await? {
        let own = stations.entry(station.area.clone()).or_default();
        own.push(station);
    }
    let containing: BTreeSet<AreaId> = areas.iter().filter_map(|one| one.parent.clone()).collect();
    let mut villages = Vec::new();
    for area in areas {
        let stations = stations.remove(&area.id).unwrap_or_default();
        let is_village = !stations.is_empty() || !containing.contains(&area.id);
        let open = area.within_closed_ms.is_none_or(|at| at > from.as_millis());
        if open && is_village {
            villages.push(Hearer { area, stations });
        }
    }
    Ok(villages)
}

/// The villages of an area, those that hear the same together; and how many there are.
async fn alike(
    state: &State,
    connection: &mut Connection,
    area: &Area,
    broadcasts: &[Broadcast],
    from: WallTime,
) -> Result<(Vec<Alike>, usize)> {
    let mut villages = hearers(state, connection, area, from).await?;
    let meant = villages.len();
    villages.truncate(MOST_VILLAGES);
    type Sameness = (
        Vec<String>,
        QuietSpan,
        (Sessions, Policy, Timetable),
        String,
        Vec<usize>,
    );
    let mut places: BTreeMap<Sameness, usize> = BTreeMap::new();
    let mut alike: Vec<Alike> = Vec::new();
    for village in villages {
        let reaching = |(_, one): &(usize, &Broadcast)| reaches(one, &village.area);
        let held: Vec<(usize, &Broadcast)> =
            broadcasts.iter().enumerate().filter(reaching).collect();
        let numbers = held.iter().map(|(number, _)| *number).collect();
        let ways = village.area.ways.clone();
        let same = (
            ways.languages,
            ways.quiet_hours,
            (ways.sessions, ways.policy, ways.timetable),
            ways.zone,
            numbers,
        );
        let place = *places.entry(same).or_insert(alike.len());
        if let Some(known) = alike.get_mut(place) {
            known.villages.push(village);
        } else if alike.len() < MOST_PROGRAMMES {
            let held = held.into_iter().map(|(_, one)| one.clone());
            let (in_force, cancelled) = held.partition(|one| one.cancelled_at.is_none());
            alike.push(Alike {
                villages: vec![village],
                held: [in_force, cancelled],
            });
        }
    }
    Ok((alike, meant))
}

/// Whether a broadcast is heard in an area: it is meant for it or for what contains it, and was
/// ordered before that was closed.
fn reaches(broadcast: &Broadcast, area: &Area) -> bool {
    let mut targets = broadcast.targets.iter();
    let closed = area.within_closed_ms.map(WallTime::from_millis);
    targets.any(|target| area.line.contains(target))
        && closed.is_none_or(|closed| closed > broadcast.since)
}

/// What broadcasts and bulletins are called.
///
/// # Errors
/// The database failed.
pub(super) async fn names(
    connection: &mut Connection,
    broadcasts: &[Broadcast],
    held: &BTreeMap<BulletinId, Bulletin>,
) -> Result<Names> {
    let title = |id: &BulletinId| held.get(id).map(|one| one.title.clone());
    let titles = |one: &Broadcast| {
        let titles: Vec<String> = one.bulletins.iter().filter_map(title).collect();
        (one.id.clone(), titles.join(" · "))
    };
    let bulletins = held.iter().map(|(id, one)| (id.clone(), one.title.clone()));
    let languages = tree::spoken_languages(connection).await?;
    Ok(Names::titled(
        broadcasts.iter().map(titles).collect(),
        bulletins.collect(),
        languages,
    ))
}

/// Adds what villages that hear the same will hear or heard.
fn plan(
    alike: &Alike,
    shelf: &Shelf,
    shell: &Shell,
    days: &mut [Day],
    reports: &mut Reports,
) -> Result<()> {
    let Some(first) = alike.villages.first() else {
        return Ok(());
    };
    let ways = &first.area.ways;
    let zone = Zone::named(&ways.zone).map_err(anyhow::Error::from)?;
    let parts = bands(ways.quiet_hours, ways.sessions);
    let [in_force, cancelled] = &alike.held;
    let (in_force, gone) = (shelf.programme(first, in_force)?, cancelled);
    let cancelled = shelf.programme(first, gone)?;
    let today = zone.date(shelf.now);
    for day in days {
        let plan = DayPlan::of(&in_force, day.date).map_err(anyhow::Error::from)?;
        let mut cues: Vec<Cue> = plan.starts().cloned().collect();
        if !gone.is_empty() {
            let was = DayPlan::of(&cancelled, day.date).map_err(anyhow::Error::from)?;
            let before = |cue: &&Cue| {
                let one = gone.iter().find(|one| one.id == cue.broadcast);
                one.and_then(|one| one.cancelled_at)
                    .is_some_and(|at| cue.planned < at)
            };
            cues.extend(was.starts().filter(before).cloned());
        }
        for cue in &cues {
            for village in &alike.villages {
                let heard = fates::of_village(village, cue, reports, shelf.now);
                day.add(cue, &village.area.name, heard);
            }
        }
        day.count(counted(&cues, &parts, &zone));
        if day.date >= today {
            // What is past cannot be mended any more.
            cues.retain(|cue| cue.expected >= shelf.now);
            for finding in lint(&in_force, day.date, 1, &ways.limits()) {
                let is_over = matches!(finding,
                    Finding::ExpiresBefore { start, .. } if start < shelf.now);
                if !is_over && concerns(&finding, &cues, day.date, &zone) {
                    let text = words::finding(&finding, &shelf.names, &zone, shell);
                    day.note(text, finding.silences());
                }
            }
        }
    }
    Ok(())
}

fn counted(cues: &[Cue], parts: &[Band], zone: &Zone) -> Minutes {
    Minutes::of(cues.iter(), parts, zone)
}

impl Shelf {
    /// What a village's station holds when it is told of `broadcasts` and no others.
    fn programme(&self, village: &Hearer, broadcasts: &[Broadcast]) -> Result<Programme> {
        let named = build::named(broadcasts);
        let mut held = self.approved.clone();
        held.retain(|id, _| named.contains(id));
        let station = village.stations.first().map(|one| one.id.clone());
        let station = station.unwrap_or_else(|| StationId::from_random([0; 10]));
        let (area, loudness) = (&village.area, Loudness::default());
        let chime = self.chime.clone();
        build::put_together(area, &station, &loudness, chime, broadcasts, held)
    }
}

/// Whether a finding is about one of `cues`, which are starts of that day, or about what airs in
/// one.
pub(super) fn concerns(finding: &Finding, cues: &[Cue], date: Date, zone: &Zone) -> bool {
    if let Finding::LanguageMissing { bulletin, .. } | Finding::NoVillageLanguage { bulletin, .. } =
        finding
    {
        return cues.iter().any(|cue| cue.bulletins.contains(bulletin));
    }
    if let Finding::ExpiresBefore { start, .. } = finding {
        return zone.date(*start) == date;
    }
    let named = finding.cues();
    named
        .iter()
        .any(|at| cues.iter().any(|cue| cue.id == at.cue))
}
