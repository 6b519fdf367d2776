//! One start taken out of a broadcast, and what is left of it.

use jiff::civil::{Date, DateTime, Time};
use programme::ids::AreaId;
use programme::rule::{Rule, Span, Start};
use programme::timetable::{DayType, Session, Timetable};
use programme::units::WallTime;
use programme::zone::Zone;

use super::Room;
use crate::broadcasts::broadcast::Broadcast;

/// The broadcast without its start at `start`, but for the areas of `rest`.
///
/// What began or was due earlier that day may be on air or wait, and it is known by the name of its
/// broadcast. Then the name stays with those starts, and the days after go on under another one.
/// Otherwise the day becomes an exception.
pub(super) fn without(
    old: &Broadcast,
    start: DateTime,
    rest: Vec<AreaId>,
    now: WallTime,
    (zone, timetable): (&Zone, &Timetable),
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
    let (Rule::Daily { span, .. } | Rule::Weekly { span, .. }) = &old.rule else {
        return room;
    };
    let date: Date = start.date();
    let planned = old.rule.instants(date, zone, timetable);
    let begun = |one: &&Start| one.at <= now && one.at >= old.since;
    let to_come = |one: &&Start| one.nominal != start && one.at > now;
    let earlier: Vec<&Start> = planned.iter().filter(begun).collect();
    let later = planned.iter().filter(to_come);
    let later: Vec<Time> = later.map(|one| one.nominal.time()).collect();
    room.same_day = (!later.is_empty()).then(|| {
        let rule = Rule::Daily {
            times: later,
            sessions: Vec::new(),
            span: Span {
                from: date,
                until: Some(date),
                except: Vec::new(),
                on: DayType::Every,
            },
        };
        copy(rule, old.targets.clone())
    });
    let sound = |rule: &Rule| rule.check().is_ok();
    if earlier.is_empty() {
        let mut span = span.clone();
        span.except.push(date);
        let rule = Some(on_days(&old.rule, span)).filter(sound);
        room.changed = rule.map(|rule| Broadcast {
            rule,
            ..old.clone()
        });
    } else {
        room.changed = Some(Broadcast {
            rule: up_to(&old.rule, &earlier, date),
            ..old.clone()
        });
        let mut after = span.clone();
        after.from = date.tomorrow().unwrap_or(date);
        after.except.retain(|day| *day >= after.from);
        after.except.extend((after.from == date).then_some(date));
        let rule = Some(on_days(&old.rule, after)).filter(sound);
        room.onward = rule.map(|rule| copy(rule, old.targets.clone()));
    }
    room
}

/// A repeating rule on other days.
fn on_days(rule: &Rule, new: Span) -> Rule {
    let mut rule = rule.clone();
    if let Rule::Daily { span, .. } | Rule::Weekly { span, .. } = &mut rule {
        *span = new;
    }
    rule
}

/// A repeating rule that ends on a day, with no other starts than these of it.
pub(in crate::broadcasts) fn up_to(rule: &Rule, starts: &[&Start], date: Date) -> Rule {
    let mut rule = rule.clone();
    if let Rule::Daily {
        times,
        sessions,
        span,
    }
    | Rule::Weekly {
        times,
        sessions,
        span,
        ..
    } = &mut rule
    {
        span.until = Some(date);
        span.except.retain(|day| *day < date);
        let fixed = starts.iter().filter(|one| one.session.is_none());
        *times = fixed.map(|one| one.nominal.time()).collect();
        let named = starts.iter().filter_map(|one| one.session);
        *sessions = named.collect::<Vec<Session>>();
        times.sort();
        times.dedup();
        sessions.sort();
        sessions.dedup();
    }
    rule
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use programme::ids::BroadcastId;
    use programme::programme::MissedRule;
    use programme::timetable::{DayOfYear, Season};

    use super::*;

    fn daily(times: &[i8]) -> Broadcast {
        let times = times.iter().map(|hour| Time::constant(*hour, 0, 0, 0));
        Broadcast {
            id: BroadcastId::from_random([1; 10]),
            bulletins: Vec::new(),
            targets: vec![AreaId::from_random([2; 10])],
            rule: Rule::Daily {
                times: times.collect(),
                sessions: Vec::new(),
                span: Span {
                    from: "2026-11-20".parse().unwrap(),
                    until: None,
                    except: Vec::new(),
                    on: DayType::Every,
                },
            },
            since: WallTime::from_millis(0),
            repeats: 1,
            gap: Duration::ZERO,
            missed: MissedRule::OnlyThen,
            chime: false,
            created_by: None,
            cancelled_at: None,
            moved_to: None,
        }
    }

    /// Mornings at six, evenings at five.
    fn timetable() -> Timetable {
        Timetable {
            seasons: vec![Season {
                from: DayOfYear::FIRST,
                morning: Time::constant(6, 0, 0, 0),
                evening: Time::constant(17, 0, 0, 0),
            }],
            holidays: Vec::new(),
        }
    }

    fn starts(of: Option<&Broadcast>, date: &str, zone: &Zone) -> Vec<String> {
        let starts = of.map(|one| {
            let timetable = timetable();
            one.rule.instants(date.parse().unwrap(), zone, &timetable)
        });
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
        let room = without(&old, start, elsewhere.clone(), noon, (&zone, &timetable()));
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
        let by = (&zone, &timetable());
        let room = without(&daily(&[6, 17]), start, Vec::new(), noon, by);
        let changed = room.changed.as_ref();
        assert_eq!(starts(changed, "2026-11-22", &zone).len(), 2);
        assert!(starts(changed, "2026-11-23", &zone).is_empty());
        assert_eq!(starts(changed, "2026-11-24", &zone).len(), 2);
        let same_day = starts(room.same_day.as_ref(), "2026-11-23", &zone);
        assert_eq!(same_day, ["2026-11-23T06:00:00"]);
        assert!(room.onward.is_none());
    }

    #[test]
    fn a_session_that_began_keeps_the_name_and_the_other_makes_room() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let noon = zone.instant("2026-11-23T12:00".parse().unwrap()).unwrap();
        let mut old = daily(&[]);
        if let Rule::Daily { sessions, .. } = &mut old.rule {
            *sessions = Session::ALL.to_vec();
        }
        let start = "2026-11-23T17:00".parse().unwrap();
        let by = (&zone, &timetable());
        let room = without(&old, start, Vec::new(), noon, by);
        let Some(Rule::Daily { sessions, .. }) = room.changed.as_ref().map(|one| &one.rule) else {
            panic!("{room:?}");
        };
        assert_eq!(*sessions, [Session::Morning]);
        assert!(room.same_day.is_none());
        let onward = room.onward.as_ref();
        assert_eq!(starts(onward, "2026-11-24", &zone).len(), 2);
    }

    #[test]
    fn what_airs_once_is_cancelled() {
        let zone = Zone::named("Asia/Ho_Chi_Minh").unwrap();
        let mut old = daily(&[17]);
        let start = "2026-11-23T17:00".parse().unwrap();
        old.rule = Rule::Once { at: start };
        let by = (&zone, &timetable());
        let room = without(&old, start, Vec::new(), WallTime::from_millis(0), by);
        assert!(room.changed.is_none() && room.instead().is_empty());
    }
}
