//! Any rule on any day where any timetable holds.

use jiff::ToSpan;
use jiff::civil::{Date, Time, Weekday};
use programme::day_plan::DayPlan;
use programme::rule::{Rule, Span};
use programme::timetable::{DayOfYear, DayType, Holiday, Season, Session, Timetable, is_weekend};
use proptest::prelude::*;

use super::airing;
use crate::village::date;

fn a_day() -> impl Strategy<Value = Date> {
    (0..1_500_i32).prop_map(|days| date("2026-01-01") + days.days())
}

fn an_hour() -> impl Strategy<Value = Time> {
    (0..24_i8, 0..60_i8).prop_map(|(hour, minute)| Time::constant(hour, minute, 0, 0))
}

fn a_timetable() -> impl Strategy<Value = Timetable> {
    let season = (a_day(), an_hour(), an_hour()).prop_map(|(from, morning, evening)| Season {
        from: DayOfYear::of(from),
        morning,
        evening,
    });
    let holiday = (a_day(), 0..6_i32).prop_map(|(from, days)| Holiday {
        from,
        until: from + days.days(),
        name: String::new(),
    });
    let seasons = prop::collection::vec(season, 0..4);
    let holidays = prop::collection::vec(holiday, 0..40);
    (seasons, holidays).prop_map(|(seasons, holidays)| Timetable { seasons, holidays })
}

fn a_rule() -> impl Strategy<Value = Rule> {
    let on = prop::sample::select(DayType::ALL.to_vec());
    let sessions = prop::sample::subsequence(Session::ALL.to_vec(), 0..=2);
    let times = prop::collection::vec(an_hour(), 0..3);
    let except = prop::collection::vec(a_day(), 0..4);
    let weekdays = [Weekday::Monday, Weekday::Friday, Weekday::Sunday].to_vec();
    let weekdays = prop::option::of(prop::sample::subsequence(weekdays, 1..=3));
    (weekdays, times, sessions, a_day(), except, on).prop_map(
        |(days, times, sessions, from, except, on)| {
            let span = Span {
                from,
                until: None,
                except,
                on,
            };
            match days {
                None => Rule::Daily {
                    times,
                    sessions,
                    span,
                },
                Some(days) => Rule::Weekly {
                    days,
                    times,
                    sessions,
                    span,
                },
            }
        },
    )
}

/// Whether `date` is left out by `rule`, said once more in other words.
fn is_left_out(rule: &Rule, date: Date, timetable: &Timetable) -> bool {
    let (days, span) = match rule {
        Rule::Now { .. } | Rule::Once { .. } => return false,
        Rule::Daily { span, .. } => (None, span),
        Rule::Weekly { days, span, .. } => (Some(days), span),
    };
    let mut holidays = timetable.holidays.iter();
    let is_holiday = holidays.any(|one| (one.from..=one.until).contains(&date));
    let by_type = match span.on {
        DayType::Every => false,
        DayType::NotHolidays => is_holiday,
        DayType::OnlyHolidays => !is_holiday,
        DayType::NotWeekends => is_weekend(date),
        DayType::WorkingDays => is_holiday || is_weekend(date),
    };
    let by_week = days.is_some_and(|days| !days.contains(&date.weekday()));
    by_type || by_week || date < span.from || span.except.contains(&date)
}

/// Whether the rule has a start on each of its days.
fn has_hours(rule: &Rule, timetable: &Timetable) -> bool {
    match rule {
        Rule::Now { .. } | Rule::Once { .. } => true,
        Rule::Daily {
            times, sessions, ..
        }
        | Rule::Weekly {
            times, sessions, ..
        } => !times.is_empty() || (!sessions.is_empty() && !timetable.seasons.is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_cue_is_ever_planned_on_a_day_that_is_left_out(
        rule in a_rule(),
        timetable in a_timetable(),
        day in a_day(),
        zone in prop::sample::select(vec!["Asia/Ho_Chi_Minh", "Europe/Berlin"]),
    ) {
        let mut programme = airing(rule.clone(), timetable.clone());
        programme.zone = zone.to_owned();
        let plan = DayPlan::of(&programme, day).expect("a known zone");
        let left_out = is_left_out(&rule, day, &timetable);
        prop_assert!(plan.cues.is_empty() || !left_out);
        let mut names: Vec<_> = plan.cues.iter().map(|cue| cue.id.clone()).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), plan.cues.len());
        let heard = plan.cues.iter().filter(|cue| cue.obstacle.is_none());
        let mut heard: Vec<_> = heard.map(|cue| cue.planned).collect();
        let starts = heard.len();
        heard.dedup();
        prop_assert_eq!(heard.len(), starts);
        if !left_out {
            prop_assert_eq!(!plan.cues.is_empty(), has_hours(&rule, &timetable));
        }
    }
}
