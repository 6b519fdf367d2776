//! Airing: what the core does with a day that does not go as planned.

mod on_a_good_day;
mod power;
mod the_village_head;
mod the_clock;
mod guards;
mod new_programmes;
mod recordings_and_output;
mod stop;
mod stops_from_the_panel;
mod emergencies;
mod emergencies_stopped;
mod again;
mod standby;
mod aside;

use std::time::Duration;

use programme::air::{Key, LEAD, MAX_ATTEMPTS, RETRY};
use programme::as_run::{CueId, CutCause, MissedCause, Outcome, Record, Suppressor};
use programme::programme::{Class, Item, MissedRule, Programme, ReadySet};
use programme::rule::Rule;

use crate::station::{End, Heard, Station};
use crate::village::{
    Adding, MINUTE, at, broadcast, broadcast_id, bulletin, bulletin_id, daily, emergency, monday,
    spoken, time, until, village,
};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);
/// A second in microseconds, for errors of the clock.
const SECOND_US: i64 = 1_000_000;

fn cue(number: u8, time: &str) -> CueId {
    let civil = format!("2026-11-23T{time}").parse().expect("a civil time");
    CueId::new(&broadcast_id(number), civil)
}

/// One bulletin of `minutes`, daily at 17:00.
fn at_five(minutes: u32, missed: MissedRule) -> Programme {
    let mut say = broadcast(1, daily(&["17:00"]));
    say.missed = missed;
    village()
        .holding(1, bulletin(1, MINUTE * minutes))
        .with(say)
}

fn missed(why: MissedCause) -> Outcome {
    Outcome::Missed { why }
}

fn suppressed(by: Suppressor) -> Outcome {
    Outcome::Suppressed { by }
}

fn cut(position: Duration, why: CutCause) -> Outcome {
    Outcome::Cut { position, why }
}

/// What became of the cue at 17:00 of broadcast 1.
fn outcome(station: &Station) -> Option<Outcome> {
    station.check_journal();
    station.outcomes().remove(&cue(1, "17:00"))
}

/// When each sound began and how long it was, in seconds after 17:00.
fn heard(station: &Station) -> Vec<(u64, u64)> {
    let five = monday("17:00");
    let pair = |heard: &Heard| (heard.from.since(five).as_secs(), heard.length.as_secs());
    station.heard.iter().map(pair).collect()
}
