//! What will be heard where: broadcasts tried on the programmes of the villages, with the very
//! functions by which the stations plan their days.

mod days;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use jiff::civil::Date;
use programme::day_plan::{Cue, DayPlan, Obstacle};
use programme::ids::{AreaId, BroadcastId, BulletinId, StationId};
use programme::lint::{Finding, lint_on};
use programme::programme::{Bulletin, Programme, Sound};
use programme::rule::Rule;
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;
use tokio::task::spawn_blocking;

use self::days::Days;
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
const SEARCHED_DAYS: usize = 35;
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
    /// The last day up to which that was looked for, where others join it on too many days.
    pub until: Option<Date>,
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
    let mut shelf = Shelf {
        known: BTreeMap::new(),
        instead: instead.clone(),
        approved: BTreeMap::new(),
        chime: chime::kept(connection).await?,
        now: state.now(),
    };
    for ((.., held), _) in &alike {
        for id in held {
            if !shelf.known.contains_key(id) {
                let found = broadcast::find(connection, id).await?;
                shelf.known.insert(id.clone(), found);
            }
        }
    }
    let named = build::named(shelf.known.values().chain([wanted]));
    shelf.approved = approved(connection, &named).await?;
    let wanted = wanted.clone();
    // Hundreds of days are planned, each in milliseconds, and others wait for this thread.
    let looked = spawn_blocking(move || {
        let alike = alike.into_iter();
        let look = alike.map(|((.., held), hearers)| shelf.look(hearers, &wanted, &held));
        look.filter_map(|one| one.transpose())
            .collect::<Result<Vec<_>>>()
    });
    Ok(Outlooks {
        outlooks: looked.await.context("look at the villages")??,
        meant,
    })
}

/// What all programmes are put together from.
struct Shelf {
    known: BTreeMap<BroadcastId, Broadcast>,
    instead: Instead,
    approved: BTreeMap<BulletinId, Bulletin>,
    chime: Option<Sound>,
    now: WallTime,
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

impl Shelf {
    /// What villages that are alike will hear of `wanted` beside what they hold, read from the
    /// programme of the first of them.
    fn look(
        &self,
        villages: Vec<Hearer>,
        wanted: &Broadcast,
        held: &[BroadcastId],
    ) -> Result<Option<Outlook>> {
        let Some(Hearer { area, stations }) = villages.first() else {
            return Ok(None);
        };
        let mut broadcasts: Vec<Broadcast> = held.iter().flat_map(|id| self.standing(id)).collect();
        broadcasts.push(wanted.clone());
        let station = stations.first();
        let loudness = station.map(|station| station.loudness.clone());
        let loudness = loudness.unwrap_or_default();
        let station = station.map_or_else(|| StationId::from_random([0; 10]), |one| one.id.clone());
        let mut bulletins = self.approved.clone();
        let named = build::named(&broadcasts);
        bulletins.retain(|id, _| named.contains(id));
        let chime = self.chime.clone();
        let programme =
            build::put_together(area, &station, &loudness, chime, &broadcasts, bulletins)?;
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        let today = zone.date(self.now);
        let own = days::starting(
            &wanted.rule,
            &zone,
            &programme.timetable,
            today,
            SEARCHED_DAYS,
        );
        let cues = cues_on(&programme, own, self.now, SHOWN, |cue| {
            cue.broadcast == wanted.id
        });
        let days = Days::of(&programme, wanted, &zone, today);
        let mut findings = lint_on(&programme, &days.dates, &area.ways.limits());
        findings.retain(|finding| concerns(finding, &wanted.id, &wanted.bulletins));
        Ok(Some(Outlook {
            quiet: area.ways.quiet_hours,
            villages,
            zone,
            cues,
            findings,
            until: days.until,
        }))
    }

    /// What of a broadcast stays, or stands in its place.
    fn standing(&self, id: &BroadcastId) -> Vec<Broadcast> {
        match self.instead.get(id) {
            Some(others) => others.clone(),
            None => self.known.get(id).cloned().into_iter().collect(),
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
        days.extend(following.take(SEARCHED_DAYS));
    }
    cues_on(programme, days, now, most, is_wanted)
}

/// The first starts on some days, the soonest first, that are wanted and may still begin.
fn cues_on(
    programme: &Programme,
    days: impl IntoIterator<Item = Date>,
    now: WallTime,
    most: usize,
    is_wanted: impl Fn(&Cue) -> bool,
) -> Vec<Cue> {
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
