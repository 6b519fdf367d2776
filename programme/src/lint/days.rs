//! Findings of the days themselves, read from the rehearsed plans.

use std::collections::{BTreeSet, HashSet};

use jiff::civil::{Date, Time};

use super::{CueAt, Finding, Limits, SESSION_BREAK};
use crate::day_plan::{Cue, DayPlan, Obstacle};
use crate::ids::BroadcastId;
use crate::programme::{Broadcast, Class, Item, Programme};
use crate::rule::Rule;
use crate::timetable::is_weekend;
use crate::units::WallTime;
use crate::zone::Zone;

/// What the `days` hold, the soonest first; broadcasts that are `explained` need no other reason
/// why they are never heard.
pub fn findings(
    programme: &Programme,
    zone: &Zone,
    days: &[Date],
    limits: &Limits,
    explained: &BTreeSet<BroadcastId>,
) -> Vec<Finding> {
    let mut heard = explained.clone();
    let mut seen = HashSet::new();
    let mut findings = Vec::new();
    for date in days {
        let Ok(plan) = DayPlan::of(programme, *date) else {
            continue;
        };
        heard.extend(airing(&plan).map(|cue| cue.broadcast.clone()));
        let mut of_day: Vec<_> = plan
            .starts()
            .filter_map(|cue| obstacle(&plan, cue))
            .collect();
        of_day.extend(plan.cues.iter().filter_map(|cue| clash(&plan, cue)));
        of_day.extend(beyond(&plan, limits));
        if !limits.ordinary_on_weekends && is_weekend(*date) {
            let ordinary = airing(&plan).filter(|cue| cue.class == Class::Ordinary);
            of_day.extend(ordinary.map(|cue| Finding::OnWeekend { at: at(cue) }));
        }
        // The same finding at the same hour of another day is no news, unless others belong to it.
        let among = |finding: &Finding| {
            if let Finding::SessionTooLong { broadcasts, .. } = finding {
                broadcasts.clone()
            } else {
                BTreeSet::new()
            }
        };
        let hour = |at: &CueAt| (at.broadcast.clone(), zone.civil(at.planned).time());
        let subject = |finding: &Finding| finding.cues().into_iter().map(hour).collect::<Vec<_>>();
        let told = |finding: &Finding| {
            let kind = std::mem::discriminant(finding);
            (kind, subject(finding), among(finding))
        };
        of_day.retain(|finding| seen.insert(told(finding)));
        findings.extend(of_day);
    }
    for item in &programme.broadcasts {
        if let Item::Understood(broadcast) = item {
            let first = days.first();
            findings.extend(
                first
                    .into_iter()
                    .flat_map(|first| expiries(programme, broadcast, zone, *first)),
            );
            let heard = heard.contains(&broadcast.id);
            if !heard && is_over(programme, broadcast, zone, days) {
                let broadcast = broadcast.id.clone();
                findings.push(Finding::NeverAirs { broadcast });
            }
        }
    }
    findings
}

fn airing(plan: &DayPlan) -> impl Iterator<Item = &Cue> {
    plan.cues.iter().filter(|cue| cue.obstacle.is_none())
}

fn at(cue: &Cue) -> CueAt {
    CueAt {
        cue: cue.id.clone(),
        broadcast: cue.broadcast.clone(),
        planned: cue.planned,
    }
}

fn obstacle(plan: &DayPlan, cue: &Cue) -> Option<Finding> {
    let at = at(cue);
    Some(match cue.obstacle? {
        Obstacle::TooLate => Finding::CrowdedOut { at },
        Obstacle::Expired => Finding::OutlastsValidity { at },
        Obstacle::QuietHours if plan.is_quiet(cue.expected) => Finding::InQuietHours { at },
        Obstacle::QuietHours => Finding::OverrunsIntoQuietHours { at },
        Obstacle::Newer => Finding::Superseded { at },
    })
}

/// The cue waits because another is on air at its time.
fn clash(plan: &DayPlan, cue: &Cue) -> Option<Finding> {
    if cue.obstacle.is_some() {
        return None;
    }
    let before = airing(plan).filter(|other| other.expected < cue.expected);
    let last = before.max_by_key(|other| other.expected)?;
    let overlaps = last.expected + last.duration() > cue.planned;
    overlaps.then(|| Finding::Clash {
        first: at(last),
        second: at(cue),
        delay: cue.expected.since(cue.planned),
    })
}

/// What is heard without a rest.
struct Session<'p> {
    cues: Vec<&'p Cue>,
    from: WallTime,
    until: WallTime,
}

fn sessions(plan: &DayPlan) -> Vec<Session<'_>> {
    let mut cues: Vec<&Cue> = airing(plan).collect();
    cues.sort_by_key(|cue| cue.expected);
    let mut sessions: Vec<Session<'_>> = Vec::new();
    for cue in cues {
        let until = cue.expected + cue.duration();
        match sessions.last_mut() {
            Some(last) if cue.expected < last.until + SESSION_BREAK => {
                last.cues.push(cue);
                last.until = until;
            }
            Some(_) | None => sessions.push(Session {
                cues: vec![cue],
                from: cue.expected,
                until,
            }),
        }
    }
    sessions
}

/// Where the sessions of a day go beyond what the commune allows.
fn beyond(plan: &DayPlan, limits: &Limits) -> Vec<Finding> {
    let sessions = sessions(plan);
    let first = |session: &Session<'_>| session.cues.first().map(|cue| at(cue));
    let mut found: Vec<Finding> = Vec::new();
    for session in &sessions {
        let duration = session.until.since(session.from);
        if let Some(at) = first(session).filter(|_| duration > limits.session) {
            let broadcasts = session.cues.iter().map(|cue| cue.broadcast.clone());
            found.push(Finding::SessionTooLong {
                at,
                duration,
                at_most: limits.session,
                broadcasts: broadcasts.collect(),
            });
        }
    }
    if let Some(at_most) = limits.sessions.filter(|most| sessions.len() > *most) {
        found.push(Finding::TooManySessions {
            first: sessions.iter().filter_map(first).collect(),
            at_most,
        });
    }
    found
}

/// Each bulletin with the first start from the day `first` on that has to leave it out, be it
/// months ahead: a rule without an end is written once and forgotten.
fn expiries(
    programme: &Programme,
    broadcast: &Broadcast,
    zone: &Zone,
    first: Date,
) -> Vec<Finding> {
    let Some(midnight) = zone.instant(first.to_datetime(Time::midnight())) else {
        return Vec::new();
    };
    let ended = broadcast.bulletins.iter().filter_map(|id| {
        let until = programme.bulletins.get(id)?.valid_until?;
        let from = until.max(broadcast.since).max(midnight);
        let rule = &broadcast.rule;
        let start = rule.first_from(from, zone, &programme.timetable)?;
        Some(Finding::ExpiresBefore {
            broadcast: broadcast.id.clone(),
            bulletin: id.clone(),
            start: start.at,
        })
    });
    ended.collect()
}

/// Whether nothing of the broadcast can come after the last of the `days`, because its rule ends or
/// all that it names, and none of its days was left out before.
fn is_over(programme: &Programme, broadcast: &Broadcast, zone: &Zone, days: &[Date]) -> bool {
    let rule_ends = match &broadcast.rule {
        Rule::Now { ordered_at, .. } => Some(zone.date(*ordered_at)),
        Rule::Once { at } => Some(at.date()),
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => span.until,
    };
    let held = broadcast
        .bulletins
        .iter()
        .filter_map(|id| programme.bulletins.get(id));
    let mut held = held.map(|bulletin| bulletin.valid_until);
    let all_end = held.try_fold(Date::MIN, |last, until| Some(last.max(zone.date(until?))));
    let over = [rule_ends, all_end].into_iter().flatten().min();
    let Some(((first, last), over)) = days.first().zip(days.last()).zip(over) else {
        return false;
    };
    let until = std::iter::successors(Some(*first), |day| day.tomorrow().ok());
    let mut left_out = until
        .take_while(|day| *day <= over)
        .filter(|day| days.binary_search(day).is_err());
    let starts = |day| broadcast.rule.instants(day, zone, &programme.timetable);
    over <= *last && left_out.all(|day| starts(day).is_empty())
}
