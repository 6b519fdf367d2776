//! When an amplifier is on: the state machine alone, told what airs and what comes next.

use std::time::Duration;

use loaban_player::amplifier::carrier::{Carrier, Command, Input, MARGIN, Timing};
use programme::units::BootTime;
use proptest::prelude::*;

/// A machine, the clock on its wall, and when its amplifier was on, in milliseconds.
struct Mast {
    carrier: Carrier,
    now: u64,
    on_since: Option<u64>,
    was_on: Vec<(u64, u64)>,
    orders: usize,
    /// Whether the maximum switched it off since the sound on air was begun.
    spent: bool,
    on_air: Option<u64>,
    next: Option<u64>,
}

const TIMING: Timing = Timing {
    lead_in: Duration::from_secs(20),
    hold: Duration::from_secs(30),
    tail: Duration::from_secs(3),
    repeat: None,
    max_on: Duration::from_secs(600),
};

fn boot(millis: u64) -> BootTime {
    BootTime::after_boot(Duration::from_millis(millis))
}

fn millis(at: BootTime) -> u64 {
    u64::try_from(at.since_boot().as_millis()).unwrap()
}

impl Mast {
    fn new(timing: Timing) -> Self {
        Self {
            carrier: Carrier::new(timing),
            now: 0,
            on_since: None,
            was_on: Vec::new(),
            orders: 0,
            spent: false,
            on_air: None,
            next: None,
        }
    }

    fn say(&mut self, on_air: Option<u64>, next: Option<u64>) {
        if on_air.is_some() && on_air != self.on_air {
            self.spent = false;
        }
        (self.on_air, self.next) = (on_air, next);
        let (on_air, next) = (on_air.map(boot), next.map(boot));
        self.tell(Input::Sound { on_air, next });
    }

    fn tell(&mut self, input: Input) {
        self.carrier.handle(input, boot(self.now));
        self.obey();
    }

    fn obey(&mut self) {
        while let Some(command) = self.carrier.poll_command() {
            match command {
                Command::On { until } => {
                    assert!(until > boot(self.now));
                    self.orders += 1;
                    self.on_since.get_or_insert(self.now);
                }
                Command::Off { spent } => {
                    self.spent |= spent;
                    let since = self.on_since.take();
                    self.was_on.push((since.unwrap(), self.now));
                }
            }
        }
    }

    /// Lets time pass up to `until`, waking when the machine wants it; `look` sees each moment.
    fn pass(&mut self, until: u64, mut look: impl FnMut(&Self)) {
        while let Some(at) = self.carrier.poll_timeout().map(millis) {
            assert!(at > self.now, "it wants to wake at once, for ever");
            if at > until {
                break;
            }
            self.now = at;
            self.carrier.handle_timeout(boot(at));
            self.obey();
            look(self);
        }
        self.now = until;
        self.carrier.handle_timeout(boot(until));
        self.obey();
        look(self);
    }

    fn until(&mut self, at: u64) {
        self.pass(at, |_| {});
    }
}

#[test]
fn it_is_on_the_lead_in_before_a_planned_cue_and_off_after_its_tail() {
    let mut mast = Mast::new(TIMING);
    mast.say(None, Some(100_000));
    mast.until(98_000);
    assert_eq!(mast.on_since, Some(79_500));
    assert!(mast.carrier.ready_at(boot(98_000)) <= boot(100_000));
    mast.say(Some(100_000), None);
    mast.until(160_000);
    mast.say(None, None);
    mast.until(500_000);
    assert_eq!(mast.was_on, [(79_500, 163_000)]);
}

#[test]
fn it_is_held_across_a_short_gap_and_not_across_a_long_one() {
    let mut mast = Mast::new(TIMING);
    mast.say(None, Some(100_000));
    mast.until(98_000);
    mast.say(Some(100_000), Some(190_000));
    mast.until(160_000);
    mast.say(None, Some(190_000));
    mast.until(188_000);
    assert_eq!(mast.was_on, [], "30 s are a short gap");
    mast.say(Some(190_000), Some(300_000));
    mast.until(200_000);
    mast.say(None, Some(300_000));
    mast.until(298_000);
    assert_eq!(mast.was_on, [(79_500, 203_000)]);
    assert_eq!(mast.on_since, Some(279_500));
}

#[test]
fn what_is_ordered_for_now_is_ready_when_it_is_warm() {
    let mut mast = Mast::new(TIMING);
    mast.until(50_000);
    let start = mast.carrier.ready_at(boot(50_000));
    assert_eq!(start, boot(70_000));
    mast.say(Some(millis(start)), None);
    assert_eq!(mast.on_since, Some(50_000));
    mast.until(80_000);
    assert_eq!(
        mast.carrier.ready_at(boot(80_000)),
        boot(80_000),
        "it is warm"
    );
}

#[test]
fn a_cue_that_never_comes_does_not_keep_it_on() {
    let mut mast = Mast::new(TIMING);
    mast.say(None, Some(100_000));
    mast.until(500_000);
    assert_eq!(mast.was_on, [(79_500, 101_000)]);
}

#[test]
fn a_cue_that_is_cut_before_its_first_sound_leaves_no_tail() {
    let mut mast = Mast::new(TIMING);
    mast.say(Some(30_000), None);
    mast.until(20_000);
    mast.say(None, None);
    assert_eq!(mast.was_on, [(9_500, 20_000)]);
}

#[test]
fn the_order_to_be_on_is_repeated_for_what_needs_it() {
    let repeat = Some(Duration::from_secs(10));
    let mut mast = Mast::new(Timing { repeat, ..TIMING });
    mast.say(Some(0), None);
    mast.until(35_000);
    assert_eq!(mast.orders, 4);
}

#[test]
fn switching_on_that_failed_is_tried_again() {
    let mut mast = Mast::new(TIMING);
    mast.say(Some(0), None);
    mast.tell(Input::Failed);
    mast.until(20_000);
    assert_eq!(mast.orders, 2);
}

#[test]
fn at_its_maximum_it_goes_off_and_only_another_cue_switches_it_on() {
    let mut mast = Mast::new(TIMING);
    mast.say(Some(0), None);
    mast.until(700_000);
    assert_eq!(mast.was_on, [(0, 600_000)]);
    assert!(mast.spent);
    mast.say(None, None);
    mast.until(710_000);
    assert_eq!(mast.was_on.len(), 1, "there is no tail after that");
    mast.say(Some(730_500), None);
    mast.until(740_000);
    assert_eq!(mast.on_since, Some(710_000));
}

#[test]
fn what_its_watchdog_switched_off_stays_off() {
    let mut mast = Mast::new(TIMING);
    mast.say(Some(0), None);
    mast.now = 650_000;
    mast.on_since = None;
    mast.tell(Input::CutOff);
    mast.until(800_000);
    assert_eq!((mast.orders, mast.on_since), (1, None));
}

/// What happens around the machine.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Pass(u64),
    /// A cue is handed over that is to start so much later, as far as the amplifier lets it.
    Air(u64),
    Ends,
    Plan(Option<u64>),
    Failed,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0_u64..90_000).prop_map(Happens::Pass),
        3 => (500_u64..2_500).prop_map(Happens::Air),
        2 => Just(Happens::Ends),
        2 => proptest::option::of(0_u64..120_000).prop_map(Happens::Plan),
        1 => Just(Happens::Failed),
    ]
}

fn timing() -> impl Strategy<Value = Timing> {
    let seconds = |range: std::ops::Range<u64>| range.prop_map(Duration::from_secs);
    let repeat = proptest::option::of(seconds(1..30));
    let spans = (
        seconds(0..60),
        seconds(0..60),
        seconds(0..30),
        repeat,
        seconds(61..200),
    );
    spans.prop_map(|(lead_in, hold, tail, repeat, max_on)| Timing {
        lead_in,
        hold,
        tail,
        repeat,
        max_on,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_happens_it_is_on_while_there_is_sound_and_never_for_too_long(
        timing in timing(), story in proptest::collection::vec(happens(), 1..60)
    ) {
        let lead_in = u64::try_from(timing.lead_in.as_millis()).unwrap();
        let max_on = u64::try_from(timing.max_on.as_millis()).unwrap();
        let look = |mast: &Mast| {
            let longest = mast.on_since.map_or(0, |since| mast.now - since);
            assert!(longest < max_on.max(1), "on for {longest} ms");
            if mast.on_air.is_some_and(|start| start <= mast.now) && !mast.spent {
                let since = mast.on_since.expect("on while there is sound");
                assert!(mast.now - since >= lead_in, "the first sound is lost");
            }
        };
        let mut mast = Mast::new(timing);
        for happens in story {
            match happens {
                Happens::Pass(span) => mast.pass(mast.now + span, look),
                Happens::Air(ahead) => {
                    let start = boot(mast.now + ahead).max(mast.carrier.ready_at(boot(mast.now)));
                    mast.say(Some(millis(start)), mast.next);
                }
                Happens::Ends => mast.say(None, mast.next),
                Happens::Plan(ahead) => mast.say(mast.on_air, ahead.map(|ahead| mast.now + ahead)),
                Happens::Failed => mast.tell(Input::Failed),
            }
            look(&mast);
        }
        mast.say(None, None);
        mast.pass(mast.now + 100_000, look);
        assert_eq!(mast.on_since, None, "nothing is to be heard, and it is off");
        for (since, until) in &mast.was_on {
            assert!(until - since <= max_on);
        }
    }

    #[test]
    fn a_cue_that_is_known_in_time_starts_on_time(
        timing in timing(), more in 0_u64..50_000, early in 500_u64..2_500
    ) {
        let ahead = u64::try_from((timing.lead_in + MARGIN).as_millis()).unwrap();
        let planned = 10_000 + ahead + more;
        let mut mast = Mast::new(timing);
        mast.until(10_000);
        mast.say(None, Some(planned));
        mast.until((planned - early).max(10_000));
        prop_assert!(mast.carrier.ready_at(boot(mast.now)) <= boot(planned));
    }
}
