//! What will be heard where: broadcasts tried on the programmes of the villages, with the very
//! functions by which the stations plan their days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use programme::day_plan::{Cue, DayPlan, Obstacle};
use programme::ids::{AreaId, BroadcastId, BulletinId, StationId};
use programme::lint::{CueAt, Finding, lint};
use programme::programme::{Bulletin, Programme, Sound};
use programme::rule::Rule;
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::{self, Broadcast};
use crate::areas::area::{self, Area, QuietSpan};
use crate::areas::policy::Policy;
use crate::areas::sessions::Sessions;
use crate::bulletins::approved::approved;
use crate::database::Connection;
use crate::programmes::{build, chime};
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::Result;

/// So many starts are shown of each village.
const SHOWN: usize = 5;
/// So many days are searched for them: a month has each rule of weeks in it several times.
const SEARCHED_DAYS: u16 = 35;
/// So many days are looked at for findings: what repeats is found once.
const LINTED_DAYS: u16 = 14;
/// So many days of each season to come.
const WEEK: u16 = 7;
/// So many different programmes are looked at. The villages of a commune share a few; that a
/// province has more of them takes a broadcast of its own in each of hundreds of villages.
const MOST_PROGRAMMES: usize = 200;

/// What the villages will hear of a broadcast.
#[derive(Debug, Clone)]
pub struct Outlooks {
    /// What was looked at, once for all villages that hear the same.
    pub outlooks: Vec<Outlook>,
    /// How many villages are meant.
    pub meant: usize,
}

/// What villages with the same programme will hear of a broadcast.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The villages; there is one at least.
    pub villages: Vec<Hearer>,
    /// When nothing sounds there.
    pub quiet: QuietSpan,
    /// The zone of their civil times.
    pub zone: Zone,
    /// The next starts of the broadcast, with what will keep each off, if anything does.
    pub cues: Vec<Cue>,
    /// What a person should know about the broadcast there.
    pub findings: Vec<Finding>,
}

/// A village: what has a station, or what nothing lies below.
#[derive(Debug, Clone)]
pub struct Hearer {
    /// The village.
    pub area: Area,
    /// Its stations. One without any hears nothing yet: it is shown what a station would air.
    pub stations: Vec<Station>,
}

impl Outlooks {
    /// How many villages were looked at.
    pub fn looked_at(&self) -> usize {
        self.outlooks.iter().map(|one| one.villages.len()).sum()
    }
}

impl Outlook {
    /// Whether a start will be heard there.
    pub fn airs(&self) -> bool {
        self.cues.iter().any(|cue| cue.obstacle.is_none())
    }

    /// Whether all that keeps it off there is the quiet hours.
    pub fn is_quiet(&self) -> bool {
        let quiet = |cue: &Cue| cue.obstacle == Some(Obstacle::QuietHours);
        !self.cues.is_empty() && self.cues.iter().all(quiet)
    }
}

/// What villages that are alike share: their languages, quiet hours, limits, timetable and zone,
/// and the broadcasts that they hold beside the one that is looked at.
type Sameness = (
    Vec<String>,
    QuietSpan,
    (Sessions, Policy, Timetable),
    String,
    Vec<BroadcastId>,
);

/// Broadcasts that make room, each with what stands in its place.
pub type Instead = BTreeMap<BroadcastId, Vec<Broadcast>>;

/// What the villages of `wanted` will hear of it, where others make room as `instead` says.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    wanted: &Broadcast,
    instead: &Instead,
) -> Result<Outlooks> {
    let chime = chime::kept(connection).await?;
    let mut alike: Vec<(Sameness, Vec<Hearer>)> = Vec::new();
    let mut places: BTreeMap<Sameness, usize> = BTreeMap::new();
    let mut meant = 0;
    for (village, mut held) in villages(state, connection, wanted).await? {
        meant += 1;
        held.retain(|id| *id != wanted.id && instead.get(id).is_none_or(|own| !own.is_empty()));
        let ways = village.area.ways.clone();
        let same = (
            ways.languages,
            ways.quiet_hours,
            (ways.sessions, ways.policy, ways.timetable),
            ways.zone,
            held,
        );
        let place = *places.entry(same.clone()).or_insert_with(|| {
            alike.push((same, Vec::new()));
            alike.len() - 1
        });
        if let Some((_, hearers)) = alike.get_mut(place) {
            hearers.push(village);
        }
    }
    alike.truncate(MOST_PROGRAMMES);
    let mut known = BTreeMap::new();
    for ((.., held), _) in &alike {
        for id in held {
            if !known.contains_key(id) {
                known.insert(id.clone(), broadcast::find(connection, id).await?);
            }
        }
    }
    let known = &known;
    let standing = |id: &BroadcastId| match instead.get(id) {
        Some(others) => others.clone(),
        None => known.get(id).cloned().into_iter().collect(),
    };
    let named = build::named(known.values().chain([wanted]));
    let approved = approved(connection, &named).await?;
    let mut outlooks = Vec::with_capacity(alike.len());
    for ((.., held), hearers) in alike {
        let mut broadcasts: Vec<Broadcast> = held.iter().flat_map(&standing).collect();
        broadcasts.push(wanted.clone());
        let (chime, now) = (chime.clone(), state.now());
        outlooks.extend(of_alike(
            hearers,
            wanted,
            &broadcasts,
            &approved,
            chime,
            now,
        )?);
        // Each takes milliseconds, and others wait for this thread.
        tokio::task::yield_now().await;
    }
    Ok(Outlooks { outlooks, meant })
}

/// The villages that hear of `wanted`, each with the broadcasts that its stations are to hold.
pub(super) async fn villages(
    state: &State,
    connection: &mut Connection,
    wanted: &Broadcast,
) -> Result<Vec<(Hearer, Vec<BroadcastId>)>> {
    let mut seen = BTreeSet::new();
    let mut villages = Vec::new();
    for target in &wanted.targets {
        let areas = area::with_all_below(state, connection, target).await?;
        let mut held = broadcast::in_force_below(connection, target, state.now()).await?;
        let mut stations: BTreeMap<AreaId, Vec<Station>> = BTreeMap::new();
        for station in station::below(connection, target).await? {
            stations
                .entry(station.area.clone())
                .or_default()
                .push(station);
        }
        let containing: BTreeSet<AreaId> = areas
            .iter()
            .filter_map(|area| area.parent.clone())
            .collect();
        for area in areas {
            let stations = stations.remove(&area.id).unwrap_or_default();
            let closed = area.within_closed_ms.map(WallTime::from_millis);
            let reached = closed.is_none_or(|closed| closed > wanted.since);
            let is_village = !stations.is_empty() || !containing.contains(&area.id);
            if reached && is_village && seen.insert(area.id.clone()) {
                let held = held.remove(&area.id).unwrap_or_default();
                villages.push((Hearer { area, stations }, held));
            }
        }
    }
    Ok(villages)
}

/// What villages that are alike will hear, read from the programme of the first of them.
fn of_alike(
    villages: Vec<Hearer>,
    wanted: &Broadcast,
    broadcasts: &[Broadcast],
    approved: &BTreeMap<BulletinId, Bulletin>,
    chime: Option<Sound>,
    now: WallTime,
) -> Result<Option<Outlook>> {
    let Some(Hearer { area, stations }) = villages.first() else {
        return Ok(None);
    };
    let station = stations.first();
    let loudness = station.map(|station| station.loudness.clone());
    let loudness = loudness.unwrap_or_default();
    let station = station.map_or_else(|| StationId::from_random([0; 10]), |one| one.id.clone());
    let mut held = approved.clone();
    let named = build::named(broadcasts);
    held.retain(|id, _| named.contains(id));
    let programme = build::put_together(area, &station, &loudness, chime, broadcasts, held)?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let cues = next_cues(&programme, &zone, now, SHOWN, |cue| {
        cue.broadcast == wanted.id
    });
    let first_day = first_day(&wanted.rule, now, &zone, &area.ways.timetable);
    let first_day = first_day.map_or(zone.date(now), |day| day.max(zone.date(now)));
    let mut findings = lint(&programme, first_day, LINTED_DAYS, &area.ways.limits());
    add_of_seasons(&mut findings, &programme, first_day, area, &zone);
    findings.retain(|finding| concerns(finding, &wanted.id, &wanted.bulletins));
    Ok(Some(Outlook {
        quiet: area.ways.quiet_hours,
        villages,
        zone,
        cues,
        findings,
    }))
}

/// Adds what a person should know of the seasons to come, when sessions begin at another hour:
/// once, at the first week of each.
fn add_of_seasons(
    findings: &mut Vec<Finding>,
    programme: &Programme,
    from: Date,
    area: &Area,
    zone: &Zone,
) {
    let hour = |at: &CueAt| (at.broadcast.clone(), zone.civil(at.planned).time());
    let told = |finding: &Finding| {
        let hours: Vec<_> = finding.cues().into_iter().map(hour).collect();
        (std::mem::discriminant(finding), hours)
    };
    for turn in programme.timetable.turns_after(from) {
        for finding in lint(programme, turn, WEEK, &area.ways.limits()) {
            let known = findings.iter().any(|known| told(known) == told(&finding));
            if !known && !finding.cues().is_empty() {
                findings.push(finding);
            }
        }
    }
}

/// The next starts of a programme that are wanted, soonest first.
pub fn next_cues(
    programme: &Programme,
    zone: &Zone,
    now: WallTime,
    most: usize,
    is_wanted: impl Fn(&Cue) -> bool,
) -> Vec<Cue> {
    let today = zone.date(now);
    let starts = programme.broadcasts.iter().filter_map(|item| match item {
        programme::programme::Item::Understood(broadcast) => {
            first_day(&broadcast.rule, now, zone, &programme.timetable)
        }
        programme::programme::Item::NotUnderstood { .. } => None,
    });
    // What starts in some months is searched from its first day on.
    let mut dates: BTreeSet<_> = starts.filter(|day| *day > today).collect();
    dates.insert(today);
    let mut days = BTreeSet::new();
    for first in dates {
        let following = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        days.extend(following.take(usize::from(SEARCHED_DAYS)));
    }
    let mut cues = Vec::new();
    for day in days {
        // A zone that cannot be read is among the findings.
        let Ok(plan) = DayPlan::of(programme, day) else {
            break;
        };
        let coming = |cue: &Cue| cue.planned.max(cue.latest) >= now && is_wanted(cue);
        cues.extend(plan.cues.into_iter().filter(coming));
        if cues.len() >= most {
            break;
        }
    }
    cues.truncate(most);
    cues
}

/// The day from which on a rule may be heard; holidays may be far ahead.
fn first_day(rule: &Rule, now: WallTime, zone: &Zone, timetable: &Timetable) -> Option<Date> {
    match rule {
        Rule::Now { .. } => None,
        Rule::Once { at } => Some(at.date()),
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } if span.on.asks_for_holidays() => {
            let first = rule.first_from(now, zone, timetable)?;
            Some(first.nominal.date())
        }
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => Some(span.from),
    }
}

/// Whether a finding is about the broadcast or one of its bulletins, and not only about others.
fn concerns(finding: &Finding, id: &BroadcastId, bulletins: &[BulletinId]) -> bool {
    match finding {
        Finding::ZoneUnknown { .. } => true,
        Finding::NotUnderstood { broadcast, .. } => broadcast.as_ref() == Some(id),
        Finding::RuleWrong { broadcast, .. }
        | Finding::RepeatsOutOfRange { broadcast, .. }
        | Finding::UntilBeforeStart { broadcast, .. }
        | Finding::EmptyBroadcast { broadcast }
        | Finding::BulletinMissing { broadcast, .. }
        | Finding::NeverAirs { broadcast }
        | Finding::ExpiresBefore { broadcast, .. } => broadcast == id,
        Finding::LanguageMissing { bulletin, .. } | Finding::NoVillageLanguage { bulletin, .. } => {
            bulletins.contains(bulletin)
        }
        Finding::OutlastsValidity { at }
        | Finding::InQuietHours { at }
        | Finding::OverrunsIntoQuietHours { at }
        | Finding::CrowdedOut { at }
        | Finding::Superseded { at }
        | Finding::OnWeekend { at } => at.broadcast == *id,
        Finding::SessionTooLong { broadcasts, .. } => broadcasts.contains(id),
        Finding::TooManySessions { first, .. } => first.iter().any(|at| at.broadcast == *id),
        Finding::Clash { first, second, .. } => first.broadcast == *id || second.broadcast == *id,
    }
}
