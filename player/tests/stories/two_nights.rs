//! The two nights of a year in which clocks are put forward and back: a whole player lives through
//! both, in a zone that has them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, date, time};
use programme::as_run::{Outcome, Record};
use programme::programme::{Item, MissedRule, Programme, QuietHours};
use programme::rule::{Rule, Span};
use programme::timetable::DayType;
use programme::units::WallTime;

use crate::pc::{Pc, at, is_on_air};

fn utc(text: &str) -> WallTime {
    let instant: Timestamp = text.parse().unwrap();
    WallTime::from_millis(instant.as_millisecond())
}

/// A village in Berlin that hears something at 02:30 and something else at 03:15, from `day` on.
fn each_night(pc: &Pc, day: Date) -> Programme {
    let mut programme = pc.commune.empty_programme(1);
    "Europe/Berlin".clone_into(&mut programme.zone);
    let midnight = time(0, 0, 0, 0);
    programme.quiet_hours = QuietHours {
        from: midnight,
        until: midnight,
    };
    for (number, hour) in [(1, time(2, 30, 0, 0)), (2, time(3, 15, 0, 0))] {
        let only = MissedRule::OnlyThen;
        pc.commune.add(&mut programme, number, at(6, 0), 2, only);
        if let Some(Item::Understood(last)) = programme.broadcasts.last_mut() {
            last.rule = Rule::Daily {
                times: vec![hour],
                sessions: Vec::new(),
                span: Span {
                    from: day,
                    until: None,
                    except: Vec::new(),
                    on: DayType::Every,
                },
            };
        }
    }
    programme
}

/// Ten seconds before `instant` nothing sounds; then something does or not, as it `is_heard`.
async fn listens(pc: &Pc, instant: WallTime, is_heard: bool) {
    let before = (instant - Duration::from_secs(10)).since(pc.commune.wall());
    pc.skip(before).await;
    assert!(pc.status().await.on_air.is_none(), "not before its instant");
    if is_heard {
        pc.pass_until(is_on_air).await;
        let late = pc.commune.wall().since(instant);
        assert!(late < Duration::from_secs(2), "{late:?}");
        pc.pass_until(|status| status.on_air.is_none()).await;
    } else {
        for _ in 0..20 {
            pc.pass(Duration::from_secs(1)).await;
            assert!(pc.status().await.on_air.is_none(), "once is enough");
        }
    }
}

/// From one o'clock of the night on: `heard` sound, each once, and nothing at `silent`; each line
/// tells of it by both clocks, of which that since the boot makes no jump.
async fn a_night(day: Date, heard: [&str; 2], silent: &str) {
    let pc = Pc::on_duty(day.at(6, 30, 0, 0)).await;
    pc.commune.publish(&each_night(&pc, day));
    pc.prepared(1).await;
    let mut moments = [(heard[0], true), (heard[1], true), (silent, false)];
    moments.sort_unstable_by_key(|(instant, _)| utc(instant));
    for (instant, is_heard) in moments {
        listens(&pc, utc(instant), is_heard).await;
    }
    pc.reported(6).await;
    let mut outcomes = Vec::new();
    for line in pc.commune.lines() {
        let by_boot = pc.commune.look().wall_at_boot + line.boot.since_boot();
        let wall = line.wall.unwrap();
        let apart = by_boot.since(wall).max(wall.since(by_boot));
        assert!(apart < Duration::from_secs(1), "{line:?}");
        if let Record::Outcome {
            planned, outcome, ..
        } = line.record
        {
            outcomes.push((planned, outcome));
        }
    }
    assert_eq!(outcomes, heard.map(|start| (utc(start), Outcome::Aired)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_clock_leaves_out_when_it_is_put_forward_is_heard_an_hour_later_by_the_wall() {
    // Berlin: 02:00 is 01:00 UTC, and the clock goes on at 03:00.
    let heard = ["2027-03-28T01:15Z", "2027-03-28T01:30Z"];
    a_night(date(2027, 3, 28), heard, "2027-03-28T02:30Z").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_comes_twice_when_the_clock_is_put_back_is_heard_once() {
    // Berlin: 02:30 is 00:30 UTC, and an hour later it is 02:30 once more.
    let heard = ["2027-10-31T00:30Z", "2027-10-31T02:15Z"];
    a_night(date(2027, 10, 31), heard, "2027-10-31T01:30Z").await;
}
