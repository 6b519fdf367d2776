//! Random days with everything that can go wrong, against the invariants of the design.
//!
//! What holds at every command is checked by [`Station`] itself: `started` before sound, one cue at
//! a time, only what is ready, on a plan in force, valid, in its window and outside quiet hours;
//! no line under an older programme than the one before it. Here, after each operation and at the
//! end: every planned cue whose last moment has passed has exactly one outcome, nothing begins
//! after its outcome, each begin has exactly one end, the generation never falls, and the server
//! has every line once in the end.

mod random;
mod panel;
mod world;

use std::time::Duration;

use jiff::civil::Time;
use programme::air::MAX_ATTEMPTS;
use programme::as_run::Record;
use programme::day_plan::DayPlan;
use programme::programme::{Class, MissedRule, Programme, QuietHours};
use programme::rule::{Rule, Span};
use programme::timetable::{DayOfYear, DayType, Season, Session};
use programme::units::WallTime;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::station::{End, Station};
use crate::village::{Adding, MINUTE, at, broadcast, bulletin, date, monday, time, village};
use random::{editions, says, steps};
use world::World;

/// A broadcast of one bulletin.
#[derive(Debug, Clone, Copy)]
pub struct Say {
    /// Daily at these minutes of the day; or once as soon as it can, from the first on Monday to
    /// the second.
    pub at: [u16; 2],
    /// Daily in the evening's session too.
    pub evenings: bool,
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

/// One generation: which broadcasts it holds, as bits, when its quiet hours are, and when the
/// evening's session begins.
#[derive(Debug, Clone, Copy)]
pub struct Edition {
    pub holds: u8,
    pub quiet: [u16; 2],
    pub evening: u16,
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
    /// The program ends in this way after so many commands.
    Ends(End, u8),
    /// The power comes back, if it was gone.
    Boot,
    /// The program ends in order, and starts again.
    Restart,
    /// The program dies, and starts again in the same boot.
    Crash,
    /// The disk takes nothing any more.
    FillDisk,
    /// It does again.
    MakeRoom,
    Sleep(u16),
    /// The link is there, or not.
    Link(bool),
    /// It is lost after so many messages.
    LinkBreaks(u8),
    Publish(u8),
    /// The server is backed up.
    BackUp,
    /// The server is restored from its backup.
    Restore,
    /// Something that the server once published comes again, by another way.
    Replay(u8),
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
    let programmes = (1..).zip(editions);
    let programmes = programmes.map(|(number, edition)| published(says, edition, number));
    let mut world = World::new(programmes.collect());
    for step in steps {
        world.take(step);
        world.station.check_journal();
        world.station.check_outcomes();
    }
    settle(&mut world);
    world.station.journal
}

fn published(says: &[Say], edition: &Edition, generation: u64) -> Programme {
    let mut programme = village().at_generation(generation);
    programme.quiet_hours = QuietHours {
        from: minute(edition.quiet[0]),
        until: minute(edition.quiet[1]),
    };
    programme.timetable.seasons.push(Season {
        from: DayOfYear::FIRST,
        morning: minute(0),
        evening: minute(edition.evening),
    });
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
        sessions: say
            .evenings
            .then_some(Session::Evening)
            .into_iter()
            .collect(),
        span: Span {
            from: date("2026-11-23"),
            until: Some(date("2026-11-25")),
            except: Vec::new(),
            on: DayType::Every,
        },
    }
}

/// Whatever happened, after a good day everything has its outcome, and the server has the record.
fn settle(world: &mut World) {
    world.settle();
    let station = &mut world.station;
    let after_all: WallTime = at("2026-11-27T12:00");
    station.run_until(after_all.max(station.now().wall.unwrap_or(after_all)));
    station.check_journal();
    station.check_outcomes();
    station.check_orders();
    assert!(station.outlook().on_air.is_none());
    world.meet();
    let station = &world.station;
    assert_eq!(world.panel.stored, station.journal);
    assert_eq!(world.panel.programme.generation, station.held().generation);
    let attempts = station.journal.iter().filter_map(|record| match record {
        // An emergency is begun as often as cuts ask for.
        Record::Started { order: Some(_), .. } => None,
        Record::Started { attempt, .. } => Some(attempt.number),
        Record::Ended { .. }
        | Record::Outcome { .. }
        | Record::EmergencyStopped { .. }
        | Record::EmergencyOrdered { .. }
        | Record::NotUnderstood { .. }
        | Record::ClockVouched { .. }
        | Record::StatusSpoken { .. } => None,
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
