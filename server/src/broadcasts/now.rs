//! What became of a broadcast that is to air at once, village by village, while somebody looks on.

use std::collections::{BTreeMap, BTreeSet};

use programme::day_plan::Cue;
use programme::ids::{AreaId, BroadcastId};
use programme::rule::Rule;
use programme::units::WallTime;

use super::broadcast::Broadcast;
use super::outlook::{self, Outlook, Outlooks};
use crate::areas::area;
use crate::as_run::day::Line;
use crate::as_run::report;
use crate::as_run::words::{self, Said};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::reports::ahead::{self, Chance, Why};
use crate::reports::scope::{MOST_AREAS, Scope};
use crate::reports::words as report_words;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// Most villages on one page.
const MOST: usize = 200;

/// A village, in words.
#[derive(Debug, Clone)]
pub struct Village {
    /// Its name.
    pub name: String,
    /// Where its page is.
    pub page: String,
    /// How far it is.
    pub said: Said,
    /// What to do about it, if somebody has to.
    pub advice: String,
}

/// The last moment at which a broadcast that airs at once may start.
pub fn holds_until(broadcast: &Broadcast) -> Option<WallTime> {
    match broadcast.rule {
        Rule::Now { until, .. } => Some(until),
        Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => None,
    }
}

/// What is left of a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Something may begin yet.
    ToCome,
    /// All has begun, and something has not ended.
    Begun,
    /// Nothing.
    Over,
}

/// Takes out the starts that have begun at every station there, and says what is left.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn leave_out_begun(
    connection: &mut Connection,
    broadcast: &Broadcast,
    outlooks: &mut Outlooks,
    now: WallTime,
) -> Result<Left> {
    let reported = report::of_broadcast(connection, &broadcast.id).await?;
    let (mut begun, mut told) = (BTreeSet::new(), BTreeSet::new());
    for (station, start) in reported {
        let name = (station, start.cue);
        if start.outcome.is_some() {
            told.insert(name.clone());
        }
        if start.outcome.is_some() || !start.attempts.is_empty() {
            begun.insert(name);
        }
    }
    let has_cues = |one: &Outlook| !one.cues.is_empty();
    let whole = outlooks.outlooks.iter().any(has_cues) && outlooks.looked_at() == outlooks.meant;
    let (mut all_begun, mut all_told) = (whole, whole);
    for one in &mut outlooks.outlooks {
        let Outlook { villages, cues, .. } = one;
        let stations: Vec<_> = villages.iter().flat_map(|one| &one.stations).collect();
        let is_among = |among: &BTreeSet<_>, cue: &Cue| {
            let mut ids = stations.iter().map(|one| one.id.clone());
            !stations.is_empty() && ids.all(|id| among.contains(&(id, cue.id.clone())))
        };
        all_told &= cues.iter().all(|cue| is_among(&told, cue));
        cues.retain(|cue| !is_among(&begun, cue));
        all_begun &= cues.is_empty();
    }
    let is_over = match &broadcast.rule {
        Rule::Now { until, .. } => all_told || *until < now,
        Rule::Once { .. } => all_told,
        Rule::Daily { .. } | Rule::Weekly { .. } => return Ok(Left::ToCome),
    };
    Ok(match (is_over, all_begun) {
        (true, _) => Left::Over,
        (false, true) => Left::Begun,
        (false, false) => Left::ToCome,
    })
}

/// How far the villages of the reader are, those that somebody must do something about first.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn villages(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    broadcast: &Broadcast,
) -> Result<Vec<Village>> {
    let (id, now) = (&broadcast.id, state.now());
    let until = holds_until(broadcast).unwrap_or(now);
    let reported = report::of_broadcast(connection, id).await?;
    let mut reported: BTreeMap<_, _> = reported.into_iter().collect();
    let chances = chances(state, connection, broadcast).await?;
    let mut villages = Vec::new();
    let (targets, since) = (&broadcast.targets, broadcast.since);
    for (hearer, _) in outlook::villages(state, connection, targets, since).await? {
        let area = hearer.area;
        if !actor.may(Right::View, &area) || villages.len() >= MOST {
            continue;
        }
        let stations = hearer.stations.iter();
        let told = stations.filter_map(|station| reported.remove(&station.id));
        let fates = told.map(|start| Line::of(start, String::new(), until, now).fate);
        let mut said: Vec<(Said, String)> = fates
            .map(|fate| (words::fate(&fate, shell.language), String::new()))
            .collect();
        if said.is_empty() {
            let chance = chances.get(&area.id).copied();
            said.push(in_words(chance, hearer.stations.is_empty(), shell));
        }
        villages.extend(said.into_iter().map(|(said, advice)| Village {
            name: area.name.clone(),
            page: match hearer.stations.first() {
                Some(station) => format!("/stations/{}", station.id),
                None => format!("/areas/{}", area.id),
            },
            said,
            advice,
        }));
    }
    villages.sort_by_key(|one| match one.said.tone {
        "bad" => 0,
        "warn" => 1,
        _ => 2,
    });
    Ok(villages)
}

/// Whether each village will hear it, as far as its station said.
async fn chances(
    state: &State,
    connection: &mut Connection,
    broadcast: &Broadcast,
) -> Result<BTreeMap<AreaId, Chance>> {
    let mut chances = BTreeMap::new();
    let mut room = MOST_AREAS;
    for target in &broadcast.targets {
        let area = area::find(state, connection, target).await?;
        let scope = Scope::whole(connection, area, &mut room).await?;
        let day = match broadcast.rule {
            Rule::Now { ordered_at, .. } => scope.zone.date(ordered_at),
            Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => {
                scope.today(state.now())
            }
        };
        let only: Option<&BroadcastId> = Some(&broadcast.id);
        for one in ahead::of(state, connection, &scope, day, only).await? {
            let hearers = one.hearers.into_iter();
            chances.extend(hearers.map(|hearer| (hearer.area.id, hearer.chance)));
        }
    }
    Ok(chances)
}

fn in_words(chance: Option<Chance>, no_station: bool, shell: &Shell) -> (Said, String) {
    let said = |key: &str, tone| Said {
        text: shell.say(key),
        tone,
    };
    match chance {
        Some(Chance::Will) => (said("now-has-it", ""), String::new()),
        Some(Chance::Likely(Why::Fetching | Why::Readying(_))) => {
            (said("now-fetching", "warn"), String::new())
        }
        Some(Chance::Likely(why)) => with_advice(why, "warn", shell),
        Some(Chance::Not(why)) => with_advice(why, "bad", shell),
        None if no_station => with_advice(Why::NoStation, "bad", shell),
        None => (said("now-over", "warn"), String::new()),
    }
}

fn with_advice(why: Why, tone: &'static str, shell: &Shell) -> (Said, String) {
    let (text, advice) = report_words::why(why, shell);
    (Said { text, tone }, advice)
}
