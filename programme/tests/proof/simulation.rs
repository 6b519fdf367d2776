//! Random days with everything that can go wrong, against the invariants of the design.
//!
//! What holds at every command is checked by [`Station`] itself: `started` before sound, one cue at
//! a time, only what is ready, on a plan in force, valid, in its window and outside quiet hours.
//! Here, after each operation and at the end: every planned cue whose last moment has passed has
//! exactly one outcome, nothing begins after its outcome, and each begin has exactly one end.

mod random;

use std::time::Duration;

use jiff::civil::Time;
use programme::air::{DOUBLE_CLICK, Key, MAX_ATTEMPTS};
use programme::as_run::Record;
use programme::day_plan::DayPlan;
use programme::programme::{Class, MissedRule, Programme, QuietHours};
use programme::rule::{Rule, Span};
use programme::units::WallTime;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::station::Station;
use crate::village::{
    Adding, MINUTE, at, broadcast, broadcast_id, bulletin, date, emergency, monday, panel_stop,
    time, village,
};
use random::{editions, says, steps};

/// A broadcast of one bulletin.
#[derive(Debug, Clone, Copy)]
pub struct Say {
    /// Daily at these minutes of the day; or once as soon as it can, from the first on Monday to
    /// the second.
    pub at: [u16; 2],
    pub now: bool,
    pub seconds: u16,
    pub class: Class,
    pub missed: Missed,
    /// Minutes after Monday's midnight.
    pub valid_until: Option<u16>,
}

#[derive(Debug, Clone, Copy)]
pub enum Missed {
    OnlyThen,
    Until(u16),
    AskHead,
}

/// One generation: which broadcasts it holds, as bits, and when its quiet hours are.
#[derive(Debug, Clone, Copy)]
pub struct Edition {
    pub holds: u8,
    pub quiet: [u16; 2],
}

/// What happens, one thing after another.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Seconds pass.
    Pass(u32),
    /// Minutes pass: long enough for an outage.
    PassLong(u16),
    /// Somebody vouches for a time this many seconds ahead of the truth.
    Vouch(i32),
    CutPower,
    /// The power goes after this many commands.
    CutPowerSoon(u8),
    /// The power comes back, if it was gone.
    Boot,
    /// The program ends in order, and starts again.
    Restart,
    Sleep(u16),
    Publish(u8),
    /// Which recordings are ready, as bits.
    Ready(u8),
    Stop,
    /// STOP on the panel: of one broadcast, or of whatever sounds.
    StopFromPanel(Option<u8>),
    Again,
    /// An emergency, of a few, is ordered: as often as this, or without an end.
    Order {
        number: u8,
        repeats: Option<u32>,
        drill: bool,
    },
    /// Somebody at the PC orders one of a few standbys.
    OrderHere {
        number: u8,
        drill: bool,
    },
    /// One of those that were ordered is cancelled.
    Cancel(u8),
    /// The village head answers whatever is asked.
    Answer(bool),
    FailOutput,
    OutputWorks(bool),
    OutputHangs(bool),
}

pub fn run(says: &[Say], editions: &[Edition], steps: &[Step]) -> Vec<Record> {
    let programmes: Vec<Programme> = (1..)
        .zip(editions)
        .map(|(number, edition)| published(says, edition, number))
        .collect();
    let mut station = Station::new(&programmes[0], monday("04:00"));
    station.tick = Duration::from_secs(7);
    let mut held = 0;
    for step in steps {
        take(&mut station, step, &programmes, &mut held);
        station.check_journal();
        station.check_outcomes();
    }
    settle(&mut station);
    station.journal
}

fn published(says: &[Say], edition: &Edition, generation: u64) -> Programme {
    let mut programme = village().at_generation(generation);
    programme.quiet_hours = QuietHours {
        from: minute(edition.quiet[0]),
        until: minute(edition.quiet[1]),
    };
    for (number, say) in (0_u8..).zip(says) {
        if edition.holds & (1 << number) == 0 {
            continue;
        }
        let mut spoken = bulletin(number, Duration::from_secs(say.seconds.into()));
        spoken.class = say.class;
        spoken.valid_until = say
            .valid_until
            .map(|until| monday("00:00") + MINUTE * until.into());
        let mut aired = broadcast(number, rule(say));
        aired.missed = match say.missed {
            Missed::OnlyThen => MissedRule::OnlyThen,
            Missed::Until(until) => MissedRule::Until {
                until: minute(until),
            },
            Missed::AskHead => MissedRule::AskHead,
        };
        programme = programme.holding(number, spoken).with(aired);
        if number % 2 == 0 {
            programme = programme.standing_by(number);
        }
    }
    programme
}

fn minute(minute: u16) -> Time {
    time(&format!("{:02}:{:02}", minute / 60 % 24, minute % 60))
}

fn rule(say: &Say) -> Rule {
    let on_monday = |minute: u16| monday("00:00") + MINUTE * minute.into();
    if say.now {
        let [ordered_at, until] = say.at.map(on_monday);
        return Rule::Now { ordered_at, until };
    }
    Rule::Daily {
        times: say.at.map(minute).to_vec(),
        span: Span {
            from: date("2026-11-23"),
            until: Some(date("2026-11-25")),
            except: Vec::new(),
        },
    }
}

fn take(station: &mut Station, step: &Step, programmes: &[Programme], held: &mut usize) {
    match *step {
        Step::Pass(seconds) => station.run_for(Duration::from_secs(seconds.into())),
        Step::PassLong(minutes) => station.run_for(MINUTE * minutes.into()),
        Step::Vouch(seconds) => station.vouch(i64::from(seconds) * 1_000_000),
        Step::CutPower => station.cut_power(),
        Step::CutPowerSoon(commands) => station.fuse = Some(commands.into()),
        Step::Boot if station.is_on() => {}
        Step::Boot => station.boot(),
        Step::Restart if !station.is_on() => {}
        Step::Restart => {
            station.shut_down();
            station.switch_on();
        }
        Step::Sleep(minutes) => {
            station.sleep(MINUTE * minutes.into());
            station.run_for(Duration::ZERO);
        }
        Step::Publish(edition) => {
            *held = usize::from(edition) % programmes.len();
            station.publish(&programmes[*held]);
        }
        Step::Ready(bits) => {
            let recordings = (0_u8..).zip(programmes[*held].recordings().into_keys());
            let ready = recordings.filter(|(number, _)| bits & (1 << (number % 8)) != 0);
            station.make_ready(ready.map(|(_, hash)| hash).collect());
        }
        Step::Stop => {
            station.press(Key::Stop);
            if station.is_on() && station.outlook().stop_asked {
                station.run_for(DOUBLE_CLICK);
                station.press(Key::Stop);
            }
            station.check_silence();
        }
        Step::StopFromPanel(number) => stop_from_panel(station, number),
        Step::Again => station.press(Key::Again),
        Step::Order {
            number,
            repeats,
            drill,
        } => order(station, number, repeats, drill),
        Step::OrderHere { number, drill } => order_here(station, number, drill),
        Step::Cancel(number) => {
            let held = usize::from(number) % station.emergencies.len().max(1);
            if let Some(mut held) = station.emergencies.get(held).cloned() {
                held.revision += 1;
                held.cancelled = true;
                station.order(held);
            }
        }
        Step::Answer(yes) if station.is_on() => {
            for cue in station.outlook().asked {
                station.press(if yes {
                    Key::Air(cue.id)
                } else {
                    Key::Leave(cue.id)
                });
            }
        }
        Step::Answer(_) => {}
        Step::FailOutput => station.fail_output(),
        Step::OutputWorks(works) => station.output_works = works,
        Step::OutputHangs(hangs) => station.output_hangs = hangs,
    }
}

/// An emergency is ordered once: its name is never used again.
fn order(station: &mut Station, number: u8, repeats: Option<u32>, drill: bool) {
    let known = station.emergencies.len();
    let Some(id) = u8::try_from(known).ok().filter(|known| *known < 4) else {
        return;
    };
    let mut ordered = emergency(100 + id, station.truth());
    ordered.content = bulletin(number % 8 + 10, MINUTE * u32::from(number % 5 + 1));
    ordered.repeats = repeats;
    ordered.order.drill = drill;
    station.order(ordered);
}

/// Where the station's clock is right, nothing that was to be stopped sounds any more.
fn stop_from_panel(station: &mut Station, number: Option<u8>) {
    let Ok(known) = u8::try_from(station.stops.len()) else {
        return;
    };
    let mut stop = panel_stop(known, station.truth());
    stop.broadcast = number.map(broadcast_id);
    station.stop(stop.clone());
    if station.wall() == Some(station.truth()) && station.is_on() {
        let on_air = station.outlook().on_air;
        assert!(on_air.is_none_or(|(_, cue, _)| !stop.names(&cue)));
    }
}

/// At the PC one is ordered only by who finds it on.
fn order_here(station: &mut Station, number: u8, drill: bool) {
    let known = u8::try_from(station.ordered_here.len()).ok();
    if let Some(name) = known.filter(|name| *name < 4 && station.is_on()) {
        station.order_here(number % 6, 110 + name, drill);
    }
}

/// Whatever happened, on a good day after it everything has its outcome.
fn settle(station: &mut Station) {
    station.fuse = None;
    station.output_works = true;
    station.output_hangs = false;
    if !station.is_on() {
        station.boot();
    }
    station.vouch(0);
    let after_all: WallTime = at("2026-11-27T12:00");
    station.run_until(after_all.max(station.now().wall.unwrap_or(after_all)));
    station.check_journal();
    station.check_outcomes();
    assert!(station.outlook().on_air.is_none());
    let attempts = station.journal.iter().filter_map(|record| match record {
        // An emergency is begun as often as cuts ask for.
        Record::Started { order: Some(_), .. } => None,
        Record::Started { attempt, .. } => Some(attempt.number),
        Record::Ended { .. }
        | Record::Outcome { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. } => None,
    });
    assert!(attempts.max().unwrap_or(0) <= MAX_ATTEMPTS);
}

/// A Monday without faults, beside the plan that the panel shows for it.
pub fn goes_as_rehearsed(says: &[Say], edition: Edition) {
    let programme = published(says, &edition, 1);
    let midnight = monday("23:59:59");
    let mut station = Station::new(&programme, at("2026-11-22T23:00"));
    station.tick = Duration::from_secs(600);
    station.run_until(midnight);
    let plan = DayPlan::of(&programme, date("2026-11-23")).expect("a known zone");
    let airing = plan.cues.iter().filter(|cue| cue.obstacle.is_none());
    let airing = airing.map(|cue| (cue.expected, cue.id.clone(), cue.duration()));
    let mut rehearsed: Vec<_> = airing
        .filter(|(from, _, length)| *from + *length < midnight)
        .collect();
    rehearsed.sort();
    let heard = station
        .heard
        .iter()
        .map(|heard| (heard.from, heard.cue.clone(), heard.length));
    let heard: Vec<_> = heard
        .filter(|(from, _, length)| *from + *length < midnight)
        .collect();
    assert_eq!(heard, rehearsed);
}

/// Steps of the simulation in an ordinary run of the tests; `LOABAN_OPERATIONS` sets another
/// number.
const OPERATIONS: u64 = 100_000;

/// The seed of an ordinary run, so that it is the same everywhere; `LOABAN_SEED` sets another.
const SEED: u64 = 20_261_125;

fn from_environment(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a whole number"))
}

fn runner(seed: u64) -> TestRunner {
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Days of random steps, one village after another, until there were as many as wanted. What is
/// found is first made small; its literal then belongs among the reproductions.
#[test]
fn whatever_happens_each_cue_has_one_outcome_and_nothing_airs_twice_or_at_the_wrong_hour() {
    let wanted = from_environment("LOABAN_OPERATIONS").unwrap_or(OPERATIONS);
    let seed = from_environment("LOABAN_SEED").unwrap_or(SEED);
    println!("seed {seed}");
    let mut runner = runner(seed);
    let days = (says(), editions(), steps());
    let (mut operations, mut villages) = (0, 0_u64);
    while operations < wanted {
        let day = days.new_tree(&mut runner).expect("a random day");
        operations += day.current().2.len() as u64;
        villages += 1;
        let lived = runner.run_one(day, |(says, editions, steps)| {
            run(&says, &editions, &steps);
            Ok(())
        });
        if let Err(found) = lived {
            panic!("with seed {seed}, after {operations} steps: {found}");
        }
    }
    println!("{operations} steps in {villages} villages");
}

proptest! {
    #![proptest_config(Config {
        // A quarter of the usual, for each is three days long; PROPTEST_CASES lengthens the search.
        cases: Config::default().cases / 4,
        failure_persistence: None,
        ..Config::default()
    })]

    /// The panel previews a day with the plan, the station airs it with the core.
    #[test]
    fn a_day_without_faults_goes_as_the_plan_rehearsed_it(says in says(), edition in editions()) {
        goes_as_rehearsed(&says, edition[0]);
    }

    #[test]
    fn the_same_day_twice_is_the_same_journal(
        says in says(),
        editions in editions(),
        steps in proptest::collection::vec((1_u16..800).prop_map(Step::PassLong), 1..4),
    ) {
        prop_assert_eq!(run(&says, &editions, &steps), run(&says, &editions, &steps));
    }
}
