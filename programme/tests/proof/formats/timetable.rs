//! A programme whose broadcasts follow the sessions and the holidays of a timetable.

use jiff::civil::Weekday;
use programme::as_run::CueId;
use programme::programme::Programme;
use programme::rule::{Rule, Span};
use programme::timetable::{DayType, Holiday, Season, Session, Timetable};

use super::is_frozen;
use crate::village::{Adding, MINUTE, broadcast, broadcast_id, bulletin, date, time, village};

fn programme() -> Programme {
    let season = |from: &str, morning: &str, evening: &str| Season {
        from: from.parse().expect("a day of the year"),
        morning: time(morning),
        evening: time(evening),
    };
    let mut mornings = broadcast(
        1,
        Rule::Daily {
            times: Vec::new(),
            sessions: vec![Session::Morning, Session::Evening],
            span: Span {
                from: date("2026-11-23"),
                until: None,
                except: Vec::new(),
                on: DayType::NotHolidays,
            },
        },
    );
    mornings.must_understand = mornings.rule.must_understand();
    let mut mondays = broadcast(
        2,
        Rule::Weekly {
            days: vec![Weekday::Monday],
            times: vec![time("11:30")],
            sessions: Vec::new(),
            span: Span {
                from: date("2026-11-23"),
                until: None,
                except: Vec::new(),
                on: DayType::WorkingDays,
            },
        },
    );
    mondays.must_understand = mondays.rule.must_understand();
    let mut programme = village()
        .holding(1, bulletin(1, MINUTE))
        .with(mornings)
        .with(mondays);
    programme.timetable = Timetable {
        seasons: vec![
            season("04-16", "05:00", "17:30"),
            season("10-16", "05:30", "17:00"),
        ],
        holidays: vec![Holiday {
            from: date("2027-02-05"),
            until: date("2027-02-09"),
            name: "Tết Nguyên đán".to_owned(),
        }],
    };
    programme
}

#[test]
fn a_programme_with_a_timetable() {
    is_frozen(
        &programme(),
        include_str!("../../golden/format_1/timetable.json"),
    );
}

#[test]
fn the_name_of_a_session_that_stands_in_every_journal() {
    let name = CueId::session(&broadcast_id(1), date("2026-11-23"), Session::Evening);
    assert_eq!(name.to_string(), "bro_040g2081040g2081@2026-11-23-evening");
}
