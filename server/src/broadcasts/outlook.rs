//! What will be heard where: broadcasts tried on the programmes of the villages, with the very
//! functions by which the stations plan their days.

mod days;
mod gathered;

use std::collections::BTreeSet;

use jiff::civil::Date;
use programme::day_plan::{Cue, DayPlan, Obstacle};
use programme::ids::{BroadcastId, BulletinId};
use programme::lint::Finding;
use programme::programme::Programme;
use programme::rule::Rule;
use programme::timetable::Timetable;
use programme::units::WallTime;
use programme::zone::Zone;

pub use self::gathered::{Gathered, Instead, gather};
pub(super) use self::gathered::{next, villages};
use super::broadcast::Broadcast;
use crate::areas::area::{Area, QuietSpan};
use crate::database::Connection;
use crate::state::State;
use crate::stations::station::Station;
use crate::web::errors::Result;

/// So many starts are shown of each village.
const SHOWN: usize = 5;
/// So many days are searched for them: a month has each rule of weeks in it several times.
const SEARCHED_DAYS: usize = 35;

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

    /// Whether all that was seen begins where the broadcast is in force from `since` on.
    pub fn are_to_come(&self, since: WallTime) -> bool {
        let mut cues = self.outlooks.iter().flat_map(|one| &one.cues);
        cues.all(|cue| cue.planned >= since)
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
    let gathered = gather(state, connection, wanted, instead).await?;
    gathered.look().await
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
        cues.extend(plan.starts().filter(|cue| coming(cue)).cloned());
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
