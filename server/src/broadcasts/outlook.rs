//! What will be heard where: broadcasts tried on the programmes of the villages, with the very
//! functions by which the stations plan their days.

use std::collections::BTreeSet;

use programme::day_plan::{Cue, DayPlan, Obstacle};
use programme::ids::{AreaId, BroadcastId, BulletinId, StationId};
use programme::lint::{Finding, Limits, lint};
use programme::programme::{Programme, Sound};
use programme::rule::Rule;
use programme::units::{Decibels, WallTime};
use programme::zone::Zone;

use super::broadcast::{self, Broadcast};
use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::programmes::{build, chime};
use crate::state::State;
use crate::stations::station;
use crate::web::errors::Result;

/// So many starts are shown of each village.
const SHOWN: usize = 5;
/// So many days are searched for them: a month has each rule of weeks in it several times.
const SEARCHED_DAYS: u16 = 35;
/// So many days are looked at for findings: what repeats is found once.
const LINTED_DAYS: u16 = 14;
/// So many villages are looked at; a province would take minutes.
const MOST_VILLAGES: usize = 60;

/// What a village will hear of a broadcast.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The village.
    pub area: Area,
    /// Its stations.
    pub stations: Vec<String>,
    /// The zone of its civil times.
    pub zone: Zone,
    /// The next starts of the broadcast, with what will keep each off, if anything does.
    pub cues: Vec<Cue>,
    /// What a person should know about the broadcast there.
    pub findings: Vec<Finding>,
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

/// What the villages of `wanted` will hear of it, with `without` taken out of their programmes.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    wanted: &Broadcast,
    without: &[BroadcastId],
) -> Result<Vec<Outlook>> {
    let chime = chime::kept(connection).await?;
    let mut outlooks = Vec::new();
    for village in villages(connection, &wanted.targets).await? {
        let area = area::find(state, connection, &village).await?;
        outlooks.push(of_village(state, connection, area, wanted, without, &chime).await?);
    }
    Ok(outlooks)
}

/// The villages of `areas`: what has a station, and what nothing lies below.
///
/// # Errors
/// The database failed.
pub async fn villages(connection: &mut Connection, areas: &[AreaId]) -> Result<Vec<AreaId>> {
    let mut villages = BTreeSet::new();
    let mut ordered = Vec::new();
    for area in areas {
        let below: Vec<(String,)> = sqlx::query_as(
            "SELECT a.id FROM areas a JOIN area_lines l ON l.area_id = a.id \
             WHERE l.above_id = $1 \
             AND (NOT EXISTS (SELECT 1 FROM areas b WHERE b.parent_id = a.id) \
             OR EXISTS (SELECT 1 FROM stations s WHERE s.area_id = a.id)) \
             ORDER BY a.created_at_ms, a.id LIMIT 1000",
        )
        .bind(area.as_str())
        .fetch_all(&mut *connection)
        .await?;
        for (id,) in below {
            let id: AreaId = id.parse().map_err(anyhow::Error::from)?;
            if villages.insert(id.clone()) {
                ordered.push(id);
            }
        }
    }
    ordered.truncate(MOST_VILLAGES);
    Ok(ordered)
}

async fn of_village(
    state: &State,
    connection: &mut Connection,
    area: Area,
    wanted: &Broadcast,
    without: &[BroadcastId],
    chime: &Option<Sound>,
) -> Result<Outlook> {
    let now = state.now();
    let stations = station::below(connection, &area.id).await?;
    let stations: Vec<_> = stations
        .into_iter()
        .filter(|one| one.area == area.id)
        .collect();
    // A village without a station hears nothing yet: it is shown what a station would air.
    let first = stations.first();
    let station = first.map_or_else(|| StationId::from_random([0; 10]), |one| one.id.clone());
    let volume = first.map_or(Decibels::default(), |one| one.volume);
    let mut broadcasts = broadcast::in_force(connection, &area.id, now).await?;
    broadcasts.retain(|one| one.id != wanted.id && !without.contains(&one.id));
    broadcasts.push(wanted.clone());
    let chime = chime.clone();
    let programme = build::assemble(connection, &area, &station, volume, chime, broadcasts).await?;
    let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
    let cues = next_cues(&programme, &zone, now, SHOWN, |cue| {
        cue.broadcast == wanted.id
    });
    let first_day = first_day(&wanted.rule).map_or(zone.date(now), |day| day.max(zone.date(now)));
    let mut findings = lint(&programme, first_day, LINTED_DAYS, &Limits::default());
    findings.retain(|finding| concerns(finding, &wanted.id, &wanted.bulletins));
    let stations = stations.into_iter().map(|station| station.name).collect();
    Ok(Outlook {
        area,
        stations,
        zone,
        cues,
        findings,
    })
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
        programme::programme::Item::Understood(broadcast) => first_day(&broadcast.rule),
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

fn first_day(rule: &Rule) -> Option<jiff::civil::Date> {
    match rule {
        Rule::Now { .. } => None,
        Rule::Once { at } => Some(at.date()),
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
        | Finding::SessionTooLong { at, .. } => at.broadcast == *id,
        Finding::Clash { first, second, .. } => first.broadcast == *id || second.broadcast == *id,
    }
}
