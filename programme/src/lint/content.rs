//! Findings that hold on any date: what is written wrongly, and what is not there.

use std::collections::BTreeSet;

use super::Finding;
use crate::ids::BulletinId;
use crate::programme::{Broadcast, Bulletin, Item, Language, MAX_REPEATS, MissedRule, Programme};
use crate::timetable::Timetable;

pub fn findings(programme: &Programme) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    for item in &programme.broadcasts {
        match item {
            Item::Understood(broadcast) => {
                findings.extend(of_rule(broadcast, &programme.timetable));
                findings.extend(of_bulletins(programme, broadcast));
                named.extend(&broadcast.bulletins);
            }
            Item::NotUnderstood { id, why, .. } => findings.push(Finding::NotUnderstood {
                broadcast: id.clone(),
                why: why.clone(),
            }),
        }
    }
    let standbys = programme.standbys_not_understood();
    findings.extend(standbys.map(|(standby, name)| Finding::NotUnderstood {
        broadcast: None,
        why: format!("{name} (standby {})", standby.bulletin),
    }));
    for id in named {
        if let Some(bulletin) = programme.bulletins.get(id) {
            findings.extend(of_languages(id, bulletin, &programme.languages));
        }
    }
    findings
}

fn of_rule(broadcast: &Broadcast, timetable: &Timetable) -> Vec<Finding> {
    let id = &broadcast.id;
    let mut findings = Vec::new();
    if let Err(error) = broadcast.rule.check() {
        let broadcast = id.clone();
        findings.push(Finding::RuleWrong { broadcast, error });
    }
    if !(1..=MAX_REPEATS).contains(&broadcast.repeats) {
        findings.push(Finding::RepeatsOutOfRange {
            broadcast: id.clone(),
            repeats: broadcast.repeats,
        });
    }
    if let MissedRule::Until { until } = broadcast.missed {
        let times = broadcast.rule.times(timetable).into_iter();
        let late = times.filter(|start| until < *start);
        findings.extend(late.map(|start| Finding::UntilBeforeStart {
            broadcast: id.clone(),
            start,
            until,
        }));
    }
    findings
}

fn of_bulletins(programme: &Programme, broadcast: &Broadcast) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut heard = false;
    for id in &broadcast.bulletins {
        match programme.bulletins.get(id) {
            Some(bulletin) => heard |= !bulletin.recordings.is_empty(),
            None => findings.push(Finding::BulletinMissing {
                broadcast: broadcast.id.clone(),
                bulletin: id.clone(),
            }),
        }
    }
    if !heard {
        findings.push(Finding::EmptyBroadcast {
            broadcast: broadcast.id.clone(),
        });
    }
    findings
}

fn of_languages(id: &BulletinId, bulletin: &Bulletin, village: &[Language]) -> Vec<Finding> {
    let spoken: BTreeSet<_> = bulletin
        .recordings
        .iter()
        .map(|spoken| &spoken.language)
        .collect();
    let Some(first) = bulletin.recordings.first() else {
        return Vec::new();
    };
    if !village.is_empty() && !village.iter().any(|language| spoken.contains(language)) {
        return vec![Finding::NoVillageLanguage {
            bulletin: id.clone(),
            airs_in: first.language.clone(),
        }];
    }
    let missing = village.iter().filter(|language| !spoken.contains(language));
    missing
        .map(|language| Finding::LanguageMissing {
            bulletin: id.clone(),
            language: language.clone(),
        })
        .collect()
}
