//! The air core: a state machine without input or output that decides, at each moment, what airs.
//!
//! One input, then drain the commands, then wait until [`AirCore::poll_timeout`]. The caller obeys
//! commands in order; a [`Command::Record`] is durable before the next command is obeyed, so that
//! no sound is ever without its record.

mod past;
mod agenda;
mod emergencies;
mod stops;
mod here;
mod again;
mod settle;
mod on_air;
mod queue;
mod deadline;
mod aside;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::as_run::{AttemptId, CueId, CutCause, Record};
use crate::clock::Now;
use crate::day_plan::{Cue, DayPlan, NotUnderstood};
use crate::emergency::EmergencyPlan;
use crate::programme::ReadySet;
use crate::signed::Verified;
use crate::stop::Stop;
use crate::units::{BootTime, WallTime};

pub use aside::AWAY;

use agenda::Agenda;
use emergencies::Emergencies;
use on_air::OnAir;
use past::History;
use stops::Stops;

/// How long before its start a cue is handed to the output, so that the stream is open in time.
pub const PREPARE: Duration = Duration::from_secs(2);

/// How soon after the decision a cue starts that is already due: what the output needs to open,
/// and short enough for an emergency.
pub const LEAD: Duration = Duration::from_millis(500);

/// How long a failed output is left alone before another attempt.
pub const RETRY: Duration = Duration::from_secs(30);

/// How often at most a cue is begun: nobody wants to hear a fourth beginning.
pub const MAX_ATTEMPTS: u32 = 3;

/// An output that is this far behind its cue is given up.
pub const STALLED: Duration = Duration::from_secs(5 * 60);

/// How long a first STOP of an emergency waits for the second.
pub const CONFIRM: Duration = Duration::from_secs(10);

/// A second STOP this soon is a double click: nobody has read the question yet.
pub const DOUBLE_CLICK: Duration = Duration::from_secs(1);

/// How long a hearing of an emergency waits for languages that are not ready, once one is.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often the position on air is noted: what a power cut can hide.
pub const NOTE_EVERY: Duration = Duration::from_secs(2);

/// What the core is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The plans in force, all of one generation, ordered by date, from the last date on record
    /// to the next day. They replace all earlier plans.
    Plans(Vec<Verified<DayPlan>>),
    /// Plans that those in force replaced while nobody knew the time: of what was due by then the
    /// outcome is still owed.
    Replaced {
        /// The plans, of the same dates as those in force.
        plans: Vec<Verified<DayPlan>>,
        /// When the programme in force was issued.
        at: WallTime,
    },
    /// The emergencies that the station holds, all of them; they replace all earlier ones.
    Emergencies(Vec<Verified<EmergencyPlan>>),
    /// The stops that concern the station, all of them; they replace all earlier ones.
    Stops(Vec<Verified<Stop>>),
    /// The recordings that are ready, all of them.
    Ready(ReadySet),
    /// How much of an attempt has been heard.
    Progress {
        /// The attempt on air.
        attempt: AttemptId,
        /// What has left the output.
        position: Duration,
    },
    /// The last sound of an attempt has left the output.
    Finished {
        /// The attempt that was on air.
        attempt: AttemptId,
    },
    /// The output gave an attempt up.
    Failed {
        /// The attempt.
        attempt: AttemptId,
        /// What had left the output.
        position: Duration,
    },
    /// Somebody at the PC pressed a key.
    Key(Key),
    /// The program was told to end.
    ShutDown,
}

/// What a person can press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Silence now; always wins. What ends an emergency is pressed twice.
    Stop,
    /// What was heard last, once more.
    Again,
    /// Yes: air the cue that is asked about.
    Air(CueId),
    /// No: leave it.
    Leave(CueId),
}

/// What the core wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Write a line to the journal, durably.
    Record(Record),
    /// Note how far the open attempt has come, durably.
    RecordPosition {
        /// The attempt on air.
        attempt: AttemptId,
        /// What has been heard.
        position: Duration,
    },
    /// Let the first sound of the cue leave the output at `start`.
    Air {
        /// The attempt.
        attempt: AttemptId,
        /// What to play.
        cue: Box<Cue>,
        /// When, on the boot-time clock.
        start: BootTime,
    },
    /// Silence the attempt at once.
    Silence {
        /// The attempt.
        attempt: AttemptId,
    },
}

/// Why the core wants to be woken; for the log and the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A cue is to be prepared.
    Prepare,
    /// A waiting cue is past its last moment.
    TooLate,
    /// The village head is to be asked about a cue.
    Ask,
    /// Quiet hours forbid what is on air or waits.
    QuietHours,
    /// The validity of what is on air or waits ends.
    Expiry,
    /// The output is too far behind the cue on air.
    Stalled,
    /// A first STOP is forgotten.
    Confirm,
}

/// What the core remembers from the journal when the program starts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Past {
    /// Lines of the journal, oldest first: all that concern cues still in the plans, and the last
    /// attempt, whatever it concerns.
    pub records: Vec<Record>,
    /// How far the attempt without an end had come, by the last note of it.
    pub open_position: Option<(AttemptId, Duration)>,
    /// Since when the journal could not be written, in this boot, if that is why the program ended.
    pub unwritable_since: Option<BootTime>,
}

/// What the screen shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The cue on air or being prepared, its attempt, and what has been heard of it.
    pub on_air: Option<(AttemptId, Cue, Duration)>,
    /// The next cues that may air, soonest first.
    pub next: Vec<Cue>,
    /// Cues that the village head is asked about.
    pub asked: Vec<Cue>,
    /// Whether cues are held because nobody has vouched for the time.
    pub held: bool,
    /// The emergency that has the air, sounding or between two hearings.
    pub emergency: Option<Cue>,
    /// Whether STOP was pressed once and waits to be pressed again.
    pub stop_asked: bool,
    /// What can be heard once more.
    pub again: Option<Cue>,
    /// When the next cue begins that nothing forbids; while the time is unknown, the next hearing
    /// of what was ordered at the PC. What is due already begins when it can: nobody knows when.
    pub next_at: Option<BootTime>,
}

/// Decides what airs. It holds no clock: each verb says what time it is.
#[derive(Debug)]
pub struct AirCore {
    now: Now,
    /// Since when the program has been awake; a machine that slept woke up then.
    awake_since: BootTime,
    /// Since when it was not, if the disk was the reason; before that it was switched off.
    unwritable_since: Option<BootTime>,
    /// Since when wall time has been what it is: known, and not stepped.
    right_since: BootTime,
    agenda: Agenda,
    emergencies: Emergencies,
    stops: Stops,
    /// The last start of a plan that was heard.
    last_heard: Option<CueId>,
    histories: BTreeMap<CueId, History>,
    ready: ReadySet,
    on_air: Option<OnAir>,
    /// What waited when STOP came, until somebody asks.
    left_out: Vec<Cue>,
    reported: BTreeSet<NotUnderstood>,
    commands: VecDeque<Command>,
    shut_down: bool,
}

impl AirCore {
    /// A core that goes on where the journal ends. An attempt without an end is closed at once, as
    /// a power cut if nothing else is known; whether it airs again is decided with the first plans.
    pub fn new(past: Past, now: Now) -> Self {
        let mut core = Self {
            now,
            awake_since: now.boot,
            unwritable_since: past.unwritable_since,
            right_since: now.boot,
            agenda: Agenda::default(),
            emergencies: Emergencies::default(),
            stops: Stops::default(),
            last_heard: None,
            histories: BTreeMap::new(),
            ready: ReadySet::new(),
            on_air: None,
            left_out: Vec::new(),
            reported: BTreeSet::new(),
            commands: VecDeque::new(),
            shut_down: false,
        };
        core.remember(past);
        core
    }

    /// Takes one input. The caller then drains [`Self::poll_command`].
    pub fn handle(&mut self, input: Input, now: Now) {
        self.observe(now);
        if self.shut_down {
            return;
        }
        match input {
            Input::Plans(plans) => self.replace_plans(plans),
            Input::Replaced { plans, at } => self.settle_replaced(plans, at),
            Input::Emergencies(plans) => self.replace_emergencies(plans),
            Input::Stops(stops) => self.replace_stops(stops),
            Input::Ready(ready) => self.ready = ready,
            Input::Progress { attempt, position } => self.note_progress(&attempt, position),
            Input::Finished { attempt } => self.finish_attempt(&attempt),
            Input::Failed { attempt, position } => self.fail_attempt(&attempt, position),
            Input::Key(Key::Stop) => self.stop(),
            Input::Key(Key::Again) => self.again(),
            Input::Key(Key::Air(cue)) => self.answer(&cue, true),
            Input::Key(Key::Leave(cue)) => self.answer(&cue, false),
            Input::ShutDown => self.shut_down(),
        }
        self.advance();
    }

    /// Looks at the time. To be called when [`Self::poll_timeout`] is reached, and harmless at any
    /// other time.
    pub fn handle_timeout(&mut self, now: Now) {
        self.observe(now);
        self.advance();
    }

    /// The next thing to be done.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When [`Self::handle_timeout`] is due, and why. A clock that is vouched for again moves it:
    /// the caller tells the core by `handle_timeout` at once.
    pub fn poll_timeout(&self) -> Option<(BootTime, Reason)> {
        self.next_deadline()
    }

    /// What the screen shows at `now`.
    pub fn outlook(&self, now: Now) -> Outlook {
        self.look(now)
    }

    /// How much has been heard of what is on air, as [`Self::outlook`] says it beside the rest.
    pub fn position(&self) -> Option<Duration> {
        self.on_air.as_ref().map(|on_air| on_air.position)
    }

    /// What waited and was left out by STOP since this was asked last: for the screen.
    pub fn take_left_out(&mut self) -> Vec<Cue> {
        std::mem::take(&mut self.left_out)
    }

    fn advance(&mut self) {
        if self.shut_down {
            return;
        }
        self.guard_on_air();
        self.obey_stops();
        while self.plan_hearings() {
            self.settle_waiting();
        }
        self.settle_waiting();
        self.start_next();
    }

    fn shut_down(&mut self) {
        self.cut_on_air(CutCause::ShutDown);
        self.shut_down = true;
    }

    /// Notices what the two axes of time say about the station itself.
    fn observe(&mut self, now: Now) {
        let slept = |(deadline, _): (BootTime, Reason)| now.boot.since(deadline) > ASLEEP;
        if self.poll_timeout().is_some_and(slept) {
            self.awake_since = now.boot;
            self.unwritable_since = None;
        }
        let steady = match (self.now.wall, now.wall) {
            (Some(before), Some(wall)) => {
                let expected = before + now.boot.since(self.now.boot);
                wall.since(expected).max(expected.since(wall)) <= STEP
            }
            (None, _) | (_, None) => false,
        };
        if !steady {
            self.right_since = now.boot;
        }
        self.now = now;
    }
}

/// A deadline missed by this much means that the machine or the program stood still.
const ASLEEP: Duration = Duration::from_secs(30);

/// Wall time that moves by more than this against the boot-time clock was stepped; less is drift.
const STEP: Duration = Duration::from_secs(1);
