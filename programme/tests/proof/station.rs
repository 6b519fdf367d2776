//! A station in miniature: the air core between a clock, an output and a journal that obey it, and
//! a power switch. It checks at every command what must hold at every command.

mod output;
mod journal;
mod ends;
mod emergencies;
mod stops;

use std::time::Duration;

use jiff::civil::Date;
use programme::air::{AirCore, Command, Input, Key, Outlook, Past};
use programme::as_run::{AttemptId, Record};
use programme::clock::Now;
use programme::day_plan::DayPlan;
use programme::emergency::{Emergency, drill_mark};
use programme::ids::ContentHash;
use programme::programme::{Programme, QuietHours, ReadySet};
use programme::signed::{Refusal, Verified};
use programme::standby::OrderedHere;
use programme::stop::Stop;
use programme::units::{BootTime, WallTime};
use programme::zone::Zone;

use crate::village::{key, signed, verified};

pub use ends::End;
pub use output::Heard;
use output::Playing;

pub struct Station {
    core: Option<AirCore>,
    powered: bool,
    /// The true time, which the station may or may not know.
    truth: WallTime,
    booted: WallTime,
    /// How far the station's belief is from the truth, in microseconds; `None` while unknown.
    error: Option<i64>,
    programme: Verified<Programme>,
    /// What that replaced while nobody knew the time.
    before: Option<Verified<Programme>>,
    /// What it holds of emergencies, on its disk.
    pub emergencies: Vec<Emergency>,
    /// What it was told to stop, on its disk.
    pub stops: Vec<Stop>,
    /// What was ordered at its PC, on its disk.
    pub ordered_here: Vec<OrderedHere>,
    boots: u32,
    first_date: Date,
    plans: Vec<Verified<DayPlan>>,
    planned_on: Option<Date>,
    ready: ReadySet,
    output: Option<Playing>,
    pub output_works: bool,
    /// How often the output tells its position.
    pub tick: Duration,
    /// The output neither plays on nor says so.
    pub output_hangs: bool,
    pub journal: Vec<Record>,
    noted: Option<(AttemptId, Duration)>,
    /// The generation under which the last line was written.
    written_under: u64,
    /// The disk takes nothing that is written.
    disk_full: bool,
    /// Since when, if the program ended of it.
    unwritable_since: Option<BootTime>,
    /// What ends the program, and how many commands are obeyed before it.
    pub fuse: Option<(End, usize)>,
    /// How often the program died.
    pub deaths: u32,
    pub heard: Vec<Heard>,
}

/// What is ready of itself, beside `recordings`.
fn in_the_program(recordings: impl Iterator<Item = ContentHash>) -> ReadySet {
    recordings.chain([drill_mark().hash]).collect()
}

/// The zone of the village's civil times.
fn zone_of(programme: &Programme) -> Zone {
    Zone::named(&programme.zone).expect("a zone")
}

impl Station {
    /// A station that knows the time, holds `programme`, and has all its recordings ready.
    pub fn new(programme: &Programme, now: WallTime) -> Self {
        let mut station = Self::off(programme, now);
        station.error = Some(0);
        station.switch_on();
        station
    }

    /// The same, switched off, and without knowledge of the time.
    pub fn off(programme: &Programme, now: WallTime) -> Self {
        Self {
            core: None,
            powered: false,
            truth: now,
            booted: now,
            error: None,
            programme: verified(programme),
            before: None,
            emergencies: Vec::new(),
            stops: Vec::new(),
            ordered_here: Vec::new(),
            boots: 0,
            first_date: zone_of(programme).date(now),
            plans: Vec::new(),
            planned_on: None,
            ready: in_the_program(programme.recordings().into_keys()),
            output: None,
            output_works: true,
            tick: Duration::from_secs(1),
            output_hangs: false,
            journal: Vec::new(),
            noted: None,
            written_under: 0,
            disk_full: false,
            unwritable_since: None,
            fuse: None,
            deaths: 0,
            heard: Vec::new(),
        }
    }

    pub fn is_on(&self) -> bool {
        self.core.is_some()
    }

    pub fn now(&self) -> Now {
        Now {
            wall: self.wall(),
            boot: BootTime::after_boot(self.truth.since(self.booted)),
        }
    }

    pub fn truth(&self) -> WallTime {
        self.truth
    }

    pub fn wall(&self) -> Option<WallTime> {
        let believed = |error| WallTime::from_micros(self.truth.as_micros() + error);
        self.error.map(believed)
    }

    pub fn outlook(&self) -> Outlook {
        self.core.as_ref().expect("it is on").outlook(self.now())
    }

    pub fn has_power(&self) -> bool {
        self.powered
    }

    /// The programme that it holds.
    pub fn held(&self) -> &Programme {
        self.programme.get()
    }

    /// Whether something that is no cue may sound.
    pub fn lets_speak(&self, span: Duration, quiet: (&QuietHours, &Zone)) -> bool {
        let core = self.core.as_ref().expect("it is on");
        core.lets_speak(self.now(), span, quiet)
    }

    /// Boots: the boot-time clock starts again, and nobody has vouched for the time.
    pub fn boot(&mut self) {
        self.unwritable_since = None;
        self.booted = self.truth;
        self.boots += 1;
        self.error = None;
        self.switch_on();
    }

    /// Starts the program, in the boot that is. It does not go on while it cannot write.
    pub fn switch_on(&mut self) {
        self.powered = true;
        if self.disk_full {
            return;
        }
        let past = Past {
            records: self.journal.clone(),
            open_position: self.noted.clone(),
            unwritable_since: self.unwritable_since.take(),
        };
        self.core = Some(AirCore::new(past, self.now()));
        (self.planned_on, self.before) = (None, None);
        self.obey();
        self.tell(Input::Ready(self.ready.clone()));
        if self.wall().is_none() {
            self.tell_emergencies();
        }
        self.plan_the_day();
    }

    /// The machine sleeps, and its boot-time clock counts on. Nothing wakes it but what comes next.
    pub fn sleep(&mut self, span: Duration) {
        self.truth = self.truth + span;
    }

    /// Nobody vouches for the time any more.
    pub fn forget_the_time(&mut self) {
        self.error = None;
        self.look();
    }

    /// The output stood still for `span` and goes on where it was.
    pub fn delay_output(&mut self, span: Duration) {
        if let Some(playing) = &mut self.output {
            playing.late += span;
        }
    }

    /// Somebody vouches for a time that is `error` microseconds ahead of the truth.
    pub fn vouch(&mut self, error: i64) {
        if !self.keeps() {
            return;
        }
        self.error = Some(error);
        if self.is_on() {
            self.look();
            self.tell_emergencies();
            self.plan_the_day();
            self.look();
        }
    }

    /// A programme that is in the store when the program starts.
    pub fn hold(&mut self, programme: &Programme) {
        self.programme = verified(programme);
    }

    /// A programme is offered. An older one than the one that is held is refused.
    pub fn offer(&mut self, programme: &Programme) -> Result<(), Refusal> {
        let (key, held) = (key().verifying_key(), self.held().generation);
        Verified::<Programme>::open(&signed(programme), &key, &programme.station, held)?;
        if programme != self.held() && self.keeps() {
            self.publish(programme);
        }
        Ok(())
    }

    /// A newer programme comes, and its recordings with it.
    pub fn publish(&mut self, programme: &Programme) {
        let mut ready = self.ready.clone();
        ready.extend(programme.recordings().into_keys());
        if ready != self.ready {
            self.make_ready(ready);
        }
        let before = std::mem::replace(&mut self.programme, verified(programme));
        if self.wall().is_none() {
            self.before.get_or_insert(before);
        }
        self.planned_on = None;
        self.plan_the_day();
        self.tell_emergencies();
    }

    pub fn make_ready(&mut self, ready: ReadySet) {
        self.ready = ready.clone();
        self.tell(Input::Ready(ready));
    }

    pub fn press(&mut self, key: Key) {
        self.tell(Input::Key(key));
    }

    pub fn fail_output(&mut self) {
        if let Some(playing) = &self.output {
            let (attempt, position) = (playing.attempt.clone(), playing.position);
            self.silence();
            self.tell(Input::Failed { attempt, position });
        }
    }

    /// Lets time pass until the station's own clock, which is right, shows `wall`.
    pub fn run_until(&mut self, wall: WallTime) {
        self.run_for(wall.since(self.truth));
    }

    /// Lets time pass. Whatever falls due happens at its own moment.
    pub fn run_for(&mut self, span: Duration) {
        let end = self.truth + span;
        let mut turns = 0;
        while let Some(next) = self.next_moment().filter(|next| *next <= end) {
            turns = if next > self.truth { 0 } else { turns + 1 };
            assert!(
                turns < 100,
                "the core asks to be woken at once, again and again"
            );
            self.pass_to(next);
            self.play_on();
            self.plan_the_day();
            self.look();
        }
        self.pass_to(end);
        self.play_on();
        self.plan_the_day();
    }

    fn look(&mut self) {
        let now = self.now();
        if let Some(core) = &mut self.core {
            core.handle_timeout(now);
        }
        self.obey();
    }

    fn tell(&mut self, input: Input) {
        let now = self.now();
        if let Some(core) = &mut self.core {
            core.handle(input, now);
        }
        self.obey();
    }

    fn next_moment(&self) -> Option<WallTime> {
        let deadline = self.core.as_ref()?.poll_timeout().map(|(at, _)| at);
        let tick = self
            .output
            .as_ref()
            .filter(|_| !self.output_hangs)
            .map(|playing| {
                let end = playing.start.saturating_add(playing.cue.duration());
                let next = playing.last.max(playing.start).saturating_add(self.tick);
                next.min(end)
            });
        let soonest = deadline.into_iter().chain(tick).min()?;
        Some((self.booted + soonest.since_boot()).max(self.truth))
    }

    /// Every plan from the first day of the story to tomorrow; new ones as soon as the day turns.
    /// While the time is unknown no day is today.
    fn plan_the_day(&mut self) {
        let Some(today) = self.wall().map(|wall| zone_of(self.held()).date(wall)) else {
            return;
        };
        if self.planned_on == Some(today) || !self.is_on() {
            return;
        }
        self.planned_on = Some(today);
        let days = std::iter::successors(Some(self.first_date), |day| day.tomorrow().ok());
        let last = today
            .max(self.first_date)
            .tomorrow()
            .expect("not the end of time");
        let days = days.take_while(|day| *day <= last);
        let days: Vec<Date> = days.collect();
        let plans = |programme: &Verified<Programme>| -> Vec<_> {
            let days = days.iter();
            days.map(|day| programme.plan(*day).expect("a known zone"))
                .collect()
        };
        self.plans = plans(&self.programme);
        let replaced = self.before.take().map(|before| plans(&before));
        self.tell_emergencies();
        self.tell(Input::Plans(self.plans.clone()));
        if let Some(plans) = replaced {
            let at = self.held().issued_at;
            self.tell(Input::Replaced { plans, at });
        }
    }

    fn obey(&mut self) {
        while let Some(command) = self.core.as_mut().and_then(AirCore::poll_command) {
            if self.burns_down() || !self.is_kept(&command) {
                return;
            }
            match command {
                Command::Record(record) => self.write(record),
                Command::RecordPosition { attempt, position } => {
                    self.noted = Some((attempt, position));
                }
                Command::Air {
                    attempt,
                    cue,
                    start,
                } => self.air(attempt, *cue, start),
                Command::Silence { attempt } => {
                    let playing = self.output.take();
                    let silenced = playing.map(|playing| playing.attempt);
                    assert!(silenced.is_none_or(|silenced| silenced == attempt));
                }
            }
        }
    }
}
