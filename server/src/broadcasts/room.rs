//! Making room: one start of another broadcast is left out where it would be in the way, and all
//! that is left of that broadcast goes on as it was ordered.

use axum::http::StatusCode;
use jiff::civil::{Date, DateTime, Time};
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
    /// As it goes on under its own name; `None` when nothing is left, so that it is cancelled.
    pub changed: Option<Broadcast>,
    /// Its later starts of that day.
    pub same_day: Option<Broadcast>,
    /// The days after, when its own name stays with what began earlier that day.
    pub onward: Option<Broadcast>,
    /// The start itself, in the villages that are not meant.
    pub elsewhere: Option<Broadcast>,
}

impl Room {
    /// What the villages that are meant hear in the place of the broadcast.
    pub fn instead(&self) -> Vec<Broadcast> {
        let here = self.changed.iter().chain(&self.same_day);
        here.chain(&self.onward).cloned().collect()
    }

    fn added(&self) -> impl Iterator<Item = &Broadcast> {
        let here = self.same_day.iter().chain(&self.onward);
        here.chain(&self.elsewhere)
    }
}

/// How much an actor may do against another broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They may replace and cancel it.
    May,
    /// An officer ordered it.
    Officers,
    /// It is meant for areas in which they do not schedule.
    Elsewhere,
}

impl Standing {
    /// # Errors
    /// 403 unless they may; the sentence says whom to ask.
    pub fn required(self) -> Result<()> {
        match self {
            Self::May => Ok(()),
            Self::Officers => Err(Error::refused(
                StatusCode::FORBIDDEN,
                "error-broadcast-officers",
            )),
            Self::Elsewhere => Err(Error::forbidden()),
        }
    }
}

/// Whether the actor may replace or cancel another broadcast: they schedule in every area that it
/// is meant for, and no officer ordered it unless they are one there themselves.
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
        return Ok(Standing::Elsewhere);
    }
    let officers = broadcast::is_an_officers(connection, other).await?;
    match officers && !all(Right::Approve) {
        true => Ok(Standing::Officers),
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
    let standing = standing(state, connection, actor, &old).await?;
    standing.required()?;
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
    let copies = [&mut room.same_day, &mut room.onward, &mut room.elsewhere];
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
    let mut changed: Vec<Broadcast> = room.added().cloned().collect();
    changed.push(room.old);
    Ok(changed)
}

/// The broadcast without its start at `start`, but for the areas of `rest`.
///
/// What began or was due earlier that day may be on air or wait, and it is known by the name of its
/// broadcast. Then the name stays with those starts, and the days after go on under another one.
/// Otherwise the day becomes an exception.
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
    let mut room = Room {
        old: old.clone(),
        changed: None,
        same_day: None,
        onward: None,
        elsewhere: (!rest.is_empty()).then(|| copy(Rule::Once { at: start }, rest)),
    };
    let (Rule::Daily { times, span } | Rule::Weekly { times, span, .. }) = &old.rule else {
        return room;
    };
    let date: Date = start.date();
    let begun = |time: &Time| {
        let planned = old.rule.instants(date, zone).into_iter();
        let mut own = planned.filter(|one| one.nominal.time() == *time);
        own.any(|one| one.at <= now && one.at >= old.since)
    };
    let to_come = |time: &Time| {
        let at = zone.instant(date.to_datetime(*time));
        *time != start.time() && at.is_some_and(|at| at > now)
    };
    let earlier: Vec<Time> = times.iter().copied().filter(begun).collect();
    let later: Vec<Time> = times.iter().copied().filter(to_come).collect();
    let that_day = Span {
        from: date,
        until: Some(date),
        except: Vec::new(),
    };
    room.same_day = (!later.is_empty()).then(|| {
        let (times, span) = (later, that_day);
        copy(Rule::Daily { times, span }, old.targets.clone())
    });
    let sound = |rule: &Rule| rule.check().is_ok();
    if earlier.is_empty() {
        let mut span = span.clone();
        span.except.push(date);
        let rule = Some(with(&old.rule, times, span)).filter(sound);
        room.changed = rule.map(|rule| Broadcast {
            rule,
            ..old.clone()
        });
    } else {
        let mut until_then = span.clone();
        until_then.until = Some(date);
        until_then.except.retain(|day| *day < date);
        room.changed = Some(Broadcast {
            rule: with(&old.rule, &earlier, until_then),
            ..old.clone()
        });
        let mut after = span.clone();
        after.from = date.tomorrow().unwrap_or(date);
        after.except.retain(|day| *day >= after.from);
        after.except.extend((after.from == date).then_some(date));
        let rule = Some(with(&old.rule, times, after)).filter(sound);
        room.onward = rule.map(|rule| copy(rule, old.targets.clone()));
    }
    room
}

/// A repeating rule at other times and on other days.
fn with(rule: &Rule, new_times: &[Time], new_span: Span) -> Rule {
    let mut rule = rule.clone();
    if let Rule::Daily { times, span } | Rule::Weekly { times, span, .. } = &mut rule {
        (*times, *span) = (new_times.to_vec(), new_span);
    }
    rule
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
        assert_eq!(starts(changed, "2026-11-22", &zone).len(), 1);
        let began = starts(changed, "2026-11-23", &zone);
        assert_eq!(began, ["2026-11-23T06:00:00"]);
        assert!(starts(changed, "2026-11-24", &zone).is_empty());
        let same_day = starts(room.same_day.as_ref(), "2026-11-23", &zone);
        assert_eq!(same_day, ["2026-11-23T19:00:00"]);
        let onward = room.onward.as_ref();
        assert!(starts(onward, "2026-11-23", &zone).is_empty());
        assert_eq!(starts(onward, "2026-11-24", &zone).len(), 3);
        let rest = room.elsewhere.unwrap();
        assert_eq!(rest.targets, elsewhere);
        assert_eq!(starts(Some(&rest), "2026-11-23", &zone).len(), 1);
    }

    #[test]
    fn a_day_on_which_nothing_began_becomes_an_exception_of_the_same_broadcast() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let noon = zone.instant("2026-11-22T12:00".parse().unwrap()).unwrap();
        let start = "2026-11-23T17:00".parse().unwrap();
        let room = without(&daily(&[6, 17]), start, Vec::new(), noon, &zone);
        let changed = room.changed.as_ref();
        assert_eq!(starts(changed, "2026-11-22", &zone).len(), 2);
        assert!(starts(changed, "2026-11-23", &zone).is_empty());
        assert_eq!(starts(changed, "2026-11-24", &zone).len(), 2);
        let same_day = starts(room.same_day.as_ref(), "2026-11-23", &zone);
        assert_eq!(same_day, ["2026-11-23T06:00:00"]);
        assert!(room.onward.is_none());
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
