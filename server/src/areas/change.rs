//! What an area says of itself, written down. The villages below go by it, and so what follows for
//! them is looked at before it counts, whichever form or script it came by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Time};
use programme::ids::{AreaId, BroadcastId};
use programme::programme::QuietHours;
use programme::rule::Rule;
use programme::timetable::{Session, Timetable};
use programme::units::WallTime;
use programme::zone::Zone;
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

use super::area::{self, Area};
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::broadcasts::order::minute;
use crate::database::Write;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// What names a start of a broadcast on a day: its session, or its hour.
type Name = (Option<Session>, Option<DateTime>);

/// The refusal that whoever changes an area can stand by.
pub(super) const IN_QUIET_HOURS: &str = "error-timetable-in-quiet-hours";

/// Most areas that a refusal names.
const MOST_NAMED: usize = 5;

/// Writes what an area says by `says`.
///
/// # Errors
/// 422 where it would change what today began with, there or below; 409 where a session would begin
/// in quiet hours, unless whoever says so stands by it.
pub(super) async fn write(
    state: &State,
    write: &mut Write,
    id: &AreaId,
    says: Query<'_, Any, AnyArguments>,
    despite_quiet_hours: bool,
) -> Result<()> {
    // What two people lay down at once is looked at together: the second sees the first.
    write.hold("areas").await?;
    let before = area::with_all_below(state, write, id).await?;
    says.execute(&mut **write).await?;
    let after = area::with_all_below(state, write, id).await?;
    let pairs = before.iter().zip(&after);
    let changed = pairs.filter(|(before, after)| {
        let hours = |area: &Area| {
            let ways = &area.ways;
            (ways.timetable.clone(), ways.zone.clone(), ways.quiet_hours)
        };
        hours(before) != hours(after)
    });
    let changed: Vec<(&Area, &Area)> = changed.collect();
    for (before, after) in &changed {
        leaves_today(before, after, state.now())?;
    }
    keeps_starts_of_today(write, id, &changed, state.now()).await?;
    match despite_quiet_hours {
        true => Ok(()),
        false => keeps_out_of_quiet_hours(&changed),
    }
}

/// Refuses what would touch starts that are behind. A station that learns of a session's new hour
/// when that is past can only say that it was missed; and where a day that has begun is no holiday
/// any more, it would catch up on what it rightly left out.
fn leaves_today(before: &Area, after: &Area, now: WallTime) -> Result<()> {
    let (old_zone, new_zone) = (zone(before)?, zone(after)?);
    let (old, new) = (&before.ways.timetable, &after.ways.timetable);
    let today = old_zone.date(now);
    let is_holiday = |timetable: &Timetable, day| timetable.holiday(day).is_some();
    let begun = [today.yesterday().ok(), Some(today)];
    let mut begun = begun.into_iter().flatten();
    if begun.any(|day| is_holiday(old, day) != is_holiday(new, day)) {
        return Err(Error::invalid("error-timetable-holiday-begun").with("area", &after.name));
    }
    for session in Session::ALL {
        let at = |timetable: &Timetable, zone: &Zone| {
            let hour = timetable.hour(session, today)?;
            zone.instant(today.to_datetime(hour))
        };
        if let (Some(planned), Some(moved)) = (at(old, &old_zone), at(new, &new_zone))
            && planned > now
            && moved <= now
        {
            let past = Error::invalid("error-timetable-hour-past").with("area", &after.name);
            return Err(past.with("hour", shown(moved, &new_zone)));
        }
    }
    Ok(())
}

/// Refuses what would let a broadcast sound today that has no such start today: it was ordered when
/// the hour was behind, and is expected from tomorrow on. Refuses too what would carry a start of
/// today into the past, as another zone does with the hours of an order.
async fn keeps_starts_of_today(
    write: &mut Write,
    id: &AreaId,
    changed: &[(&Area, &Area)],
    now: WallTime,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let held = broadcast::in_force_below(write, id, now).await?;
    let mut known: BTreeMap<&BroadcastId, Broadcast> = BTreeMap::new();
    for id in held.values().flatten() {
        if !known.contains_key(id) {
            known.insert(id, broadcast::find(write, id).await?);
        }
    }
    for (before, after) in changed {
        let today = zone(before)?.date(now);
        let ids = held.get(&after.id).into_iter().flatten();
        for one in ids.filter_map(|id| known.get(id)) {
            let mut planned = starts(one, before, today)?;
            planned.retain(|_, at| *at >= one.since);
            let mut then = starts(one, after, today)?.into_iter();
            let refusal = then.find_map(|(name, at)| match planned.get(&name) {
                None if at >= one.since => Some(("error-timetable-newly", at)),
                Some(was) if *was > now && at <= now => Some(("error-timetable-start-past", at)),
                None | Some(_) => None,
            });
            if let Some((key, at)) = refusal {
                let title = broadcast::titles(write, &one.id).await?;
                let refused = Error::invalid(key).with("area", &after.name);
                let refused = refused.with("hour", shown(at, &zone(after)?));
                return Err(refused.with("title", title));
            }
        }
    }
    Ok(())
}

/// Refuses hours at which nothing sounds: whoever lays them down for a commune may not know that
/// one of its villages sleeps longer, and whoever lets it sleep longer not that a session begins
/// then. What lies in an area that is named is meant with it.
pub(super) fn keeps_out_of_quiet_hours(changed: &[(&Area, &Area)]) -> Result<()> {
    let silent = changed.iter().filter_map(|(before, after)| {
        let hour = newly_quiet(before, after)?;
        Some((*after, hour))
    });
    let silent: Vec<(&Area, Time)> = silent.collect();
    let within = |area: &Area| {
        let mut above = area.line.iter().skip(1);
        above.any(|id| silent.iter().any(|(other, _)| other.id == *id))
    };
    let outermost = silent.iter().filter(|(area, _)| !within(area));
    let named = outermost.take(MOST_NAMED).map(|(area, hour)| {
        let quiet = area.ways.quiet_hours;
        let [hour, from, until] = [*hour, quiet.from, quiet.until].map(minute);
        format!("{} {hour} ({from}–{until})", area.name)
    });
    let named: Vec<String> = named.collect();
    match named.is_empty() {
        true => Ok(()),
        false => {
            let quiet = Error::conflict(IN_QUIET_HOURS);
            Err(quiet.with("areas", named.join(", ")))
        }
    }
}

/// An hour of a session that lies in the quiet hours of an area and did not before, be it that the
/// hour is new or that they are.
fn newly_quiet(before: &Area, after: &Area) -> Option<Time> {
    let silent = |area: &Area| {
        let (timetable, quiet) = (
            &area.ways.timetable,
            QuietHours::from(area.ways.quiet_hours),
        );
        let hours = Session::ALL.map(|one| timetable.hours(one));
        let hours = hours.into_iter().flatten().map(|(_, hour)| hour);
        let silent = hours.filter(|hour| quiet.contains(*hour));
        silent.collect::<BTreeSet<Time>>()
    };
    let known = silent(before);
    silent(after).into_iter().find(|hour| !known.contains(hour))
}

/// The starts of a broadcast on a day in an area, also those before it was ordered. What was
/// ordered to air now has an instant, which no area moves.
fn starts(one: &Broadcast, area: &Area, date: Date) -> Result<BTreeMap<Name, WallTime>> {
    if matches!(one.rule, Rule::Now { .. }) {
        return Ok(BTreeMap::new());
    }
    let starts = one.rule.starts(date, &zone(area)?, &area.ways.timetable);
    let named = starts.into_iter().map(|start| {
        let hour = start.session.is_none().then_some(start.nominal);
        ((start.session, hour), start.at)
    });
    Ok(named.collect())
}

fn zone(area: &Area) -> Result<Zone> {
    Ok(Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?)
}

/// An instant as clocks in its village show it.
fn shown(at: WallTime, zone: &Zone) -> String {
    minute(zone.civil(at).time())
}
