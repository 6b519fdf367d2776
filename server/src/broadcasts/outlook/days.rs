//! The days on which a broadcast is looked at: its own first ones, those of the seasons to come,
//! and those on which others join it, however far ahead they lie. What repeats from day to day is
//! found once, so that some weeks tell of years.

use std::collections::BTreeSet;
use std::iter::successors;

use jiff::civil::Date;
use programme::programme::{Item, Programme};
use programme::rule::Rule;
use programme::timetable::{DayType, Holiday, Timetable};
use programme::zone::Zone;

use crate::broadcasts::broadcast::Broadcast;

/// So many days of its own are looked at: two weeks, or more where it does not air every day.
const OWN: usize = 14;
/// From the day on that another broadcast joins it, so many are looked at.
const WEEK: usize = 7;
/// Most days that are looked at. A station plans one in some milliseconds.
const MOST: usize = 60;

/// Days, the soonest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The days.
    pub dates: Vec<Date>,
    /// The last day of which enough was looked at, where there were more days than are looked at.
    pub until: Option<Date>,
}

impl Days {
    /// The days that tell what `wanted` meets in a programme, from `today` on.
    pub fn of(programme: &Programme, wanted: &Broadcast, zone: &Zone, today: Date) -> Self {
        let (rule, timetable) = (&wanted.rule, &programme.timetable);
        let mut dates: BTreeSet<Date> = starting(rule, zone, timetable, today, OWN).collect();
        // In another season a session begins at another hour.
        for turn in timetable.turns_after(first(rule, zone, timetable, today)) {
            let days = days_of(&[rule], turn, 0, timetable).into_iter().take(WEEK);
            dates.extend(days.filter(|day| has_start(rule, zone, timetable, *day)));
        }
        for item in &programme.broadcasts {
            match item {
                Item::Understood(other) if other.id != wanted.id => {
                    dates.extend(together(rule, &other.rule, zone, timetable, today));
                }
                Item::Understood(_) | Item::NotUnderstood { .. } => {}
            }
        }
        if dates.is_empty() {
            dates.insert(first(rule, zone, timetable, today));
        }
        let next = dates.iter().nth(MOST);
        Self {
            until: next.and_then(|next| next.yesterday().ok()),
            dates: dates.into_iter().take(MOST).collect(),
        }
    }
}

/// The first days from `today` on that have a start, `most` at most.
pub fn starting(
    rule: &Rule,
    zone: &Zone,
    timetable: &Timetable,
    today: Date,
    most: usize,
) -> impl Iterator<Item = Date> {
    let first = first(rule, zone, timetable, today);
    let days = days_of(
        &[rule],
        first,
        most + exceptions(rule, timetable),
        timetable,
    );
    days.into_iter()
        .filter(move |day| has_start(rule, zone, timetable, *day))
        .take(most)
}

/// The days of the first week in which both have a start on one day, or the first holidays on which
/// they do.
fn together(
    own: &Rule,
    other: &Rule,
    zone: &Zone,
    timetable: &Timetable,
    today: Date,
) -> Vec<Date> {
    let first = |rule| first(rule, zone, timetable, today);
    let first = first(own).max(first(other));
    let starts = |rule, day| has_start(rule, zone, timetable, day);
    let both = |day: &Date| starts(own, *day) && starts(other, *day);
    let weeks = exceptions(own, timetable) + exceptions(other, timetable);
    let days = days_of(&[own, other], first, weeks, timetable);
    let days = days.into_iter().skip_while(|day| !both(day));
    days.take(WEEK).filter(both).collect()
}

/// The days from `first` on that may have a start of all these rules: so many weeks and one more,
/// for each exception takes one day away; or the holidays, where one keeps to them.
fn days_of(rules: &[&Rule], first: Date, weeks: usize, timetable: &Timetable) -> Vec<Date> {
    if rules.iter().any(|rule| keeps_to_holidays(rule)) {
        let days = |one: &Holiday| {
            let until = one.until;
            successors(Some(one.from), |day| day.tomorrow().ok())
                .take_while(move |day| *day <= until)
        };
        let days: BTreeSet<Date> = timetable.holidays.iter().flat_map(days).collect();
        return days.into_iter().filter(|day| *day >= first).collect();
    }
    let days = successors(Some(first), |day| day.tomorrow().ok());
    days.take(weeks.saturating_add(1).saturating_mul(WEEK))
        .collect()
}

fn keeps_to_holidays(rule: &Rule) -> bool {
    match rule {
        Rule::Now { .. } | Rule::Once { .. } => false,
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => span.on == DayType::OnlyHolidays,
    }
}

/// The first day from `today` on that may have a start.
fn first(rule: &Rule, zone: &Zone, timetable: &Timetable, today: Date) -> Date {
    match rule {
        // What was ordered a moment ago may belong to yesterday.
        Rule::Now { ordered_at, .. } => zone.date(*ordered_at),
        Rule::Once { at } => at.date().max(today),
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } if span.on.asks_for_holidays() => {
            // Holidays may be far ahead.
            let begin = zone.instant(today.at(0, 0, 0, 0));
            let start = begin.and_then(|begin| rule.first_from(begin, zone, timetable));
            start.map_or(span.from.max(today), |start| start.nominal.date())
        }
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => span.from.max(today),
    }
}

fn has_start(rule: &Rule, zone: &Zone, timetable: &Timetable, day: Date) -> bool {
    !rule.instants(day, zone, timetable).is_empty()
}

/// How many days may be taken away from a rule, by itself and by holidays.
fn exceptions(rule: &Rule, timetable: &Timetable) -> usize {
    match rule {
        Rule::Now { .. } | Rule::Once { .. } => 0,
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => {
            let days = |holiday: &Holiday| holiday.from.until(holiday.until);
            let days = timetable.holidays.iter().filter_map(|one| days(one).ok());
            let days: usize = days
                .filter_map(|span| usize::try_from(span.get_days() + 1).ok())
                .sum();
            span.except.len() + if span.on.asks_for_holidays() { days } else { 0 }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::civil::Weekday;
    use programme::ids::{AreaId, BroadcastId, BulletinId, StationId};
    use programme::programme::{FORMAT_VERSION, MissedRule, QuietHours};
    use programme::rule::Span;
    use programme::timetable::{DayOfYear, Season};
    use programme::units::{Decibels, WallTime};

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn span(from: &str) -> Span {
        Span {
            from: date(from),
            until: None,
            except: Vec::new(),
            on: DayType::Every,
        }
    }

    fn daily(from: &str) -> Rule {
        Rule::Daily {
            times: vec!["17:00".parse().unwrap()],
            sessions: Vec::new(),
            span: span(from),
        }
    }

    fn broadcast(number: u8, rule: Rule) -> Broadcast {
        Broadcast {
            id: BroadcastId::from_random([number; 10]),
            bulletins: vec![BulletinId::from_random([number; 10])],
            targets: vec![AreaId::from_random([2; 10])],
            rule,
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

    fn looked_at(wanted: Rule, others: Vec<Rule>) -> Days {
        looked_at_with(Timetable::default(), wanted, others)
    }

    fn looked_at_with(timetable: Timetable, wanted: Rule, others: Vec<Rule>) -> Days {
        let wanted = broadcast(1, wanted);
        let others = (2..)
            .zip(others)
            .map(|(number, rule)| broadcast(number, rule));
        let others = others.filter_map(|one| one.as_published(|_| true));
        let programme = Programme {
            format_version: FORMAT_VERSION,
            must_understand: Vec::new(),
            station: StationId::from_random([0; 10]),
            area: AreaId::from_random([2; 10]),
            area_name: String::new(),
            within: Vec::new(),
            generation: 0,
            issued_at: WallTime::from_millis(0),
            zone: "Asia/Ho_Chi_Minh".to_owned(),
            languages: Vec::new(),
            quiet_hours: QuietHours::default(),
            chime: None,
            volume_db: Decibels(0.0),
            class_volume_db: Default::default(),
            bulletins: Default::default(),
            broadcasts: others.map(Box::new).map(Item::Understood).collect(),
            timetable,
            standby: Vec::new(),
            keepers: Vec::new(),
        };
        let zone = Zone::named(&programme.zone).unwrap();
        Days::of(&programme, &wanted, &zone, date("2026-11-23"))
    }

    #[test]
    fn what_begins_later_is_looked_at_from_its_first_day_on() {
        let once = Rule::Once {
            at: "2027-06-01T17:00".parse().unwrap(),
        };
        let days = looked_at(daily("2026-11-01"), vec![daily("2027-02-01"), once]).dates;
        assert_eq!(days.first(), Some(&date("2026-11-23")));
        assert_eq!(days.len(), 14 + 7 + 1);
        assert!(days.contains(&date("2027-02-07")) && !days.contains(&date("2027-02-08")));
        assert_eq!(days.last(), Some(&date("2027-06-01")));
    }

    #[test]
    fn what_airs_on_one_day_of_the_week_is_looked_at_on_as_many_of_its_days() {
        let mut except = span("2027-01-01");
        except.except = vec![date("2027-01-04"), date("2027-01-11")];
        let mondays = Rule::Weekly {
            days: vec![Weekday::Monday],
            times: vec!["17:00".parse().unwrap()],
            sessions: Vec::new(),
            span: except,
        };
        let days = looked_at(mondays, Vec::new());
        assert_eq!(days.dates.first(), Some(&date("2027-01-18")));
        assert_eq!((days.dates.len(), days.until), (OWN, None));
    }

    #[test]
    fn what_keeps_to_holidays_is_looked_at_on_all_of_them_and_a_late_rule_in_each_season() {
        let holiday = |day: &str| Holiday {
            from: date(day),
            until: date(day),
            name: "Hội làng".to_owned(),
        };
        let season = |month: i8, day: i8| Season {
            from: DayOfYear::new(month, day).unwrap(),
            morning: "06:00".parse().unwrap(),
            evening: "17:00".parse().unwrap(),
        };
        let timetable = Timetable {
            seasons: vec![season(4, 16), season(10, 16)],
            holidays: ["2026-12-31", "2027-09-02"].map(holiday).to_vec(),
        };
        let mut on_holidays = daily("2026-11-01");
        if let Rule::Daily { span, .. } = &mut on_holidays {
            span.on = DayType::OnlyHolidays;
        }
        let days = looked_at_with(timetable.clone(), on_holidays, vec![daily("2026-11-01")]);
        assert_eq!(days.dates, ["2026-12-31", "2027-09-02"].map(date));
        let late = looked_at_with(timetable, daily("2027-05-01"), Vec::new());
        assert!(late.dates.contains(&date("2027-10-16")), "{late:?}");
        assert!(late.dates.contains(&date("2028-04-16")), "{late:?}");
    }

    #[test]
    fn more_days_than_are_looked_at_are_owned_up_to() {
        let once = |number: i64| {
            let day = date("2027-01-01");
            let day = day.checked_add(jiff::Span::new().days(number)).unwrap();
            Rule::Once {
                at: day.at(17, 0, 0, 0),
            }
        };
        let days = looked_at(daily("2026-11-01"), (0..80).map(once).collect());
        assert_eq!(days.dates.len(), MOST);
        let looked = days.until.unwrap();
        assert!(days.dates.iter().all(|day| *day <= looked));
        assert_eq!(looked, *days.dates.last().unwrap());
    }
}
