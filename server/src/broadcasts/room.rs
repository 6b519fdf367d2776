//! Making room: one start of another broadcast is left out where it would be in the way, and all
//! that is left of that broadcast goes on as it was ordered.

use jiff::civil::{Date, DateTime};
use programme::ids::{AreaId, BroadcastId};
use programme::rule::{Rule, Span};
use programme::units::WallTime;
use programme::zone::Zone;
use serde_json::json;

use super::broadcast::{self, Broadcast};
use super::place;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::{Error, Result};

/// A start that shall make room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// When it is planned, by the villages' own clocks.
    pub start: DateTime,
}

/// A broadcast without one of its starts.
#[derive(Debug, Clone)]
pub struct Room {
    /// As it was.
    pub old: Broadcast,
    /// As it goes on; `None` when the start was its only one, so that it is cancelled.
    pub changed: Option<Broadcast>,
    /// Its other starts of that day.
    pub same_day: Option<Broadcast>,
    /// The start itself, in the villages that are not meant.
    pub elsewhere: Option<Broadcast>,
}

impl Room {
    /// What the villages that are meant hear in the place of the broadcast.
    pub fn instead(&self) -> Vec<Broadcast> {
        let here = self.changed.iter().chain(&self.same_day);
        here.cloned().collect()
    }

    fn added(&self) -> impl Iterator<Item = &Broadcast> {
        self.same_day.iter().chain(&self.elsewhere)
    }
}

/// How much an actor may do against another broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They may replace it.
    May,
    /// An officer ordered it, or it is meant for areas that are not theirs.
    Outranked,
}

/// Whether the actor may replace another broadcast: they schedule in every area that it is meant
/// for, and no officer ordered it unless they are one there themselves.
///
/// # Errors
/// The database failed; 404 for a broadcast that is not for their eyes.
pub async fn standing(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    other: &Broadcast,
) -> Result<Standing> {
    let targets = place::seen(state, connection, actor, other).await?;
    let all = |right| targets.iter().all(|area| actor.may(right, area));
    if !all(Right::Schedule) {
        return Ok(Standing::Outranked);
    }
    let officers = broadcast::is_an_officers(connection, other).await?;
    match officers && !all(Right::Approve) {
        true => Ok(Standing::Outranked),
        false => Ok(Standing::May),
    }
}

/// How a broadcast goes on without a start in the areas that are `mine`.
///
/// # Errors
/// 403 when the actor may not replace it; 409 when it plans no such start to come, or when the
/// start cannot be left out in some villages alone.
pub async fn made(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    skip: &Skip,
    mine: &[AreaId],
) -> Result<Room> {
    let old = broadcast::find(connection, &skip.broadcast).await?;
    if standing(state, connection, actor, &old).await? == Standing::Outranked {
        return Err(Error::forbidden());
    }
    let gone = || Error::conflict("error-broadcast-start-gone");
    let first = old.targets.first().ok_or_else(gone)?;
    let zone = area::find(state, connection, first).await?.ways.zone;
    let zone = Zone::named(&zone).map_err(anyhow::Error::from)?;
    let planned = old.rule.instants(skip.start.date(), &zone).into_iter();
    let mut to_come = planned.filter(|start| start.at > state.now());
    let is_there = to_come.any(|start| start.nominal == skip.start);
    let once_now = matches!(old.rule, Rule::Now { .. });
    if old.cancelled_at.is_some() || once_now || !is_there {
        return Err(gone());
    }
    let rest = rest(state, connection, &old.targets, mine).await?;
    if rest.len() == old.targets.len() && rest.iter().all(|id| old.targets.contains(id)) {
        return Err(gone());
    }
    let mut room = without(&old, skip.start, rest, state.now(), &zone);
    let copies = [&mut room.same_day, &mut room.elsewhere];
    for copy in copies.into_iter().flatten() {
        copy.id = BroadcastId::from_random(state.randomness.bytes());
    }
    Ok(room)
}

/// Keeps what [`made`] says and returns what has changed.
///
/// # Errors
/// As [`made`].
pub async fn keep(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    skip: &Skip,
    new: &Broadcast,
) -> Result<Vec<Broadcast>> {
    broadcast::hold(write, &skip.broadcast).await?;
    let room = made(state, write, actor, skip, &new.targets).await?;
    match &room.changed {
        Some(changed) => broadcast::set_rule(write, &changed.id, &changed.rule).await?,
        None => {
            let person = Some(actor.id().as_str());
            broadcast::cancel(write, &room.old.id, person, state.now()).await?;
        }
    }
    for copy in room.added() {
        broadcast::insert(write, copy, None).await?;
    }
    let detail = json!({
        "start": skip.start, "for": new.id, "targets": new.targets,
        "goes_on_as": room.added().map(|copy| &copy.id).collect::<Vec<_>>(),
    });
    let (id, place) = (room.old.id.as_str(), room.old.targets.first());
    let author = Author::from(actor);
    audit::record(state, write, &author, "broadcast.skip", id, place, detail).await?;
    let Room {
        old,
        same_day,
        elsewhere,
        ..
    } = room;
    Ok([Some(old), same_day, elsewhere]
        .into_iter()
        .flatten()
        .collect())
}

/// The broadcast without its start at `start`, but for the areas of `rest`.
fn without(
    old: &Broadcast,
    start: DateTime,
    rest: Vec<AreaId>,
    now: WallTime,
    zone: &Zone,
) -> Room {
    let copy = |rule: Rule, targets: Vec<AreaId>| Broadcast {
        rule,
        targets,
        since: now,
        ..old.clone()
    };
    let elsewhere = (!rest.is_empty()).then(|| copy(Rule::Once { at: start }, rest));
    let mut room = Room {
        old: old.clone(),
        changed: None,
        same_day: None,
        elsewhere,
    };
    let mut rule = old.rule.clone();
    if let Rule::Daily { times, span } | Rule::Weekly { times, span, .. } = &mut rule {
        let date: Date = start.date();
        // What was planned earlier that day is over: planned anew it would air twice.
        let to_come = |at: DateTime| zone.instant(at).is_some_and(|at| at > now);
        let mut others = times.clone();
        others.retain(|time| *time != start.time() && to_come(date.to_datetime(*time)));
        let that_day = Span {
            from: date,
            until: Some(date),
            except: Vec::new(),
        };
        room.same_day = (!others.is_empty()).then(|| {
            let rule = Rule::Daily {
                times: others,
                span: that_day,
            };
            copy(rule, old.targets.clone())
        });
        span.except.push(date);
        room.changed = rule.check().is_ok().then(|| Broadcast {
            rule,
            ..old.clone()
        });
    }
    room
}

/// What is left of `targets` when `mine` are taken out, each with everything below it.
async fn rest(
    state: &State,
    connection: &mut Connection,
    targets: &[AreaId],
    mine: &[AreaId],
) -> Result<Vec<AreaId>> {
    let mut rest = Vec::new();
    for target in targets {
        let areas = area::with_all_below(state, connection, target).await?;
        let taken = |area: &Area| area.line.iter().any(|id| mine.contains(id));
        let holed = |area: &Area| {
            let below = |other: &&Area| other.id != area.id && other.line.contains(&area.id);
            areas.iter().filter(below).any(taken)
        };
        let (whole, split): (Vec<&Area>, Vec<&Area>) = areas
            .iter()
            .filter(|area| !taken(area))
            .partition(|area| !holed(area));
        for station in station::below(connection, target).await? {
            if split.iter().any(|area| area.id == station.area) {
                // No area is this one without what lies in it.
                let error = Error::conflict("error-broadcast-cannot-split");
                return Err(error.with("station", &station.name));
            }
        }
        let within = |area: &Area| {
            let mut above = area.line.iter().skip(1);
            above.any(|id| whole.iter().any(|other| other.id == *id))
        };
        let outermost = whole.iter().filter(|area| !within(area));
        rest.extend(outermost.map(|area| area.id.clone()));
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::Time;
    use programme::programme::MissedRule;

    use super::*;

    fn daily(times: &[i8]) -> Broadcast {
        let times = times.iter().map(|hour| Time::constant(*hour, 0, 0, 0));
        Broadcast {
            id: BroadcastId::from_random([1; 10]),
            bulletins: Vec::new(),
            targets: vec![AreaId::from_random([2; 10])],
            rule: Rule::Daily {
                times: times.collect(),
                span: Span {
                    from: "2026-11-20".parse().unwrap(),
                    until: None,
                    except: Vec::new(),
                },
            },
            since: WallTime::from_millis(0),
            repeats: 1,
            gap: Duration::ZERO,
            missed: MissedRule::OnlyThen,
            chime: false,
            created_by: None,
            cancelled_at: None,
        }
    }

    fn starts(of: Option<&Broadcast>, date: &str, zone: &Zone) -> Vec<String> {
        let starts = of.map(|one| one.rule.instants(date.parse().unwrap(), zone));
        let starts = starts.into_iter().flatten();
        starts.map(|start| start.nominal.to_string()).collect()
    }

    #[test]
    fn one_start_is_left_out_and_no_other_is_lost_or_heard_twice() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let noon = zone.instant("2026-11-23T12:00".parse().unwrap()).unwrap();
        let old = daily(&[6, 17, 19]);
        let start = "2026-11-23T17:00".parse().unwrap();
        let elsewhere = vec![AreaId::from_random([3; 10])];
        let room = without(&old, start, elsewhere.clone(), noon, &zone);
        let changed = room.changed.as_ref();
        assert!(starts(changed, "2026-11-23", &zone).is_empty());
        assert_eq!(starts(changed, "2026-11-24", &zone).len(), 3);
        let same_day = starts(room.same_day.as_ref(), "2026-11-23", &zone);
        assert_eq!(same_day, ["2026-11-23T19:00:00"]);
        let rest = room.elsewhere.unwrap();
        assert_eq!(rest.targets, elsewhere);
        assert_eq!(starts(Some(&rest), "2026-11-23", &zone).len(), 1);
    }

    #[test]
    fn what_airs_once_is_cancelled() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let mut old = daily(&[17]);
        let start = "2026-11-23T17:00".parse().unwrap();
        old.rule = Rule::Once { at: start };
        let room = without(&old, start, Vec::new(), WallTime::from_millis(0), &zone);
        assert!(room.changed.is_none() && room.instead().is_empty());
    }
}
