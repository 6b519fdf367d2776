//! What stations reported that no plan of a calendar has: starts that no programme plans any more,
//! and emergencies.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{BroadcastId, StationId};
use programme::programme::Class;
use programme::units::WallTime;
use programme::zone::Zone;

use super::day::{Day, Start};
use super::fates::{Heard, Reports};
use crate::as_run::day::Line;
use crate::broadcasts::broadcast;
use crate::broadcasts::outlook::Hearer;
use crate::bulletins::bulletin::class_from_name;
use crate::database::Connection;
use crate::emergencies::at_pcs::AtPc;
use crate::emergencies::drills;
use crate::web::errors::Result;

/// What stations said that belongs to no plan.
pub struct Told {
    /// What is left of what they reported.
    pub reports: Reports,
    /// What was ordered at PCs.
    pub at_pcs: BTreeMap<BroadcastId, AtPc>,
}

/// Adds what stations reported of starts that no programme plans any more, and of emergencies.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn add<'v>(
    connection: &mut Connection,
    Told { reports, at_pcs }: Told,
    villages: impl Iterator<Item = &'v Hearer>,
    zone: &Zone,
    days: &mut [Day],
    now: WallTime,
) -> Result<()> {
    let left = reports.values().flat_map(|own| own.values());
    let ids: BTreeSet<BroadcastId> = left.map(|one| one.broadcast.clone()).collect();
    let drills = drills::among(connection, &ids).await?;
    let ids: Vec<BroadcastId> = ids.into_iter().collect();
    let titles = broadcast::titles_of(connection, &ids).await?;
    let villages: BTreeMap<&StationId, &str> = villages
        .flat_map(|one| one.stations.iter().map(|own| (&own.id, &*one.area.name)))
        .collect();
    for (station, own) in reports {
        let Some(village) = villages.get(&station) else {
            continue;
        };
        for told in own.into_values() {
            let date = zone.date(told.planned);
            let Some(day) = days.iter_mut().find(|day| day.date == date) else {
                continue;
            };
            // The fixed start by which a session is heard may wait for its turn, unreported yet.
            let mut others = day.starts.iter();
            if others.any(|((_, cue, _), one)| told.is_heard_by(cue, &one.broadcast, one.planned)) {
                continue;
            }
            let known = titles.get(&told.broadcast).map_or(&[][..], |all| all);
            let at_pc = at_pcs.get(&told.broadcast);
            let mut spoken: Vec<&str> = known.iter().map(|(title, _)| title.as_str()).collect();
            spoken.extend(at_pc.map(|one| one.title.as_str()));
            let classes = known.iter().filter_map(|(_, class)| class_from_name(class));
            let classes = classes.chain(at_pc.map(|_| Class::Emergency));
            let key = (told.planned, told.cue.clone(), None);
            let start = day.starts.entry(key).or_insert_with(|| Start {
                broadcast: told.broadcast.clone(),
                is_emergency: told.cue.hearing().is_some(),
                is_drill: drills.contains(&told.broadcast),
                at_pc: at_pc.is_some(),
                title: spoken.join(" · "),
                class: classes.max().unwrap_or(Class::Ordinary),
                planned: told.planned,
                expected: told.planned,
                duration: told
                    .attempts
                    .last()
                    .map(|one| one.duration)
                    .unwrap_or_default(),
                heard: Vec::new(),
            });
            let latest = told.planned;
            let fate = Line::of(told, String::new(), latest, now).fate;
            start.heard.push(((*village).to_owned(), Heard::Said(fate)));
        }
    }
    Ok(())
}
