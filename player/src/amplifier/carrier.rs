//! When the carrier is on: a state machine without input or output.
//!
//! One input, then drain the commands, then wait until [`Carrier::poll_timeout`]. It is told what
//! airs and what comes next as they are, not what changed, so that a lost word costs nothing.

use std::collections::VecDeque;
use std::time::Duration;

use programme::units::BootTime;

/// How much sooner than needed it is switched on ahead of a cue, so that a busy PC is not late.
pub const MARGIN: Duration = Duration::from_millis(500);

/// How long a planned start is waited for that does not come: its recording is not there, say.
const OVERDUE: Duration = Duration::from_secs(1);

/// The end of what has no end.
const NEVER: BootTime = BootTime::after_boot(Duration::MAX);

/// How soon a switching that failed is tried again.
pub const RETRY: Duration = Duration::from_secs(5);

/// The spans of one amplifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the order to switch on to the first sound that can be heard.
    pub lead_in: Duration,
    /// It stays on between two cues that are no farther apart.
    pub hold: Duration,
    /// It stays on for so long after the last sound.
    pub tail: Duration,
    /// How often the order to be on is given again while it is on; `None` gives it once.
    pub repeat: Option<Duration>,
    /// It is never on for longer.
    pub max_on: Duration,
}

/// What the carrier is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// What is to be heard.
    Sound {
        /// When what the output was asked for begins or began; `None` when there is nothing.
        on_air: Option<BootTime>,
        /// When the next planned cue begins, as far as that is known.
        next: Option<BootTime>,
    },
    /// It could not be switched on.
    Failed,
    /// It was switched off by whoever watches over the maximum.
    CutOff,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Switch on, or say it again.
    On {
        /// It is off by then, whatever happens.
        until: BootTime,
    },
    /// Switch off.
    Off {
        /// Whether the maximum is the reason.
        spent: bool,
    },
}

/// Decides when the carrier is on. It holds no clock: each verb says what time it is.
#[derive(Debug)]
pub struct Carrier {
    timing: Timing,
    now: BootTime,
    on_air: Option<BootTime>,
    next: Option<BootTime>,
    last_sound: Option<BootTime>,
    on: Option<On>,
    /// The maximum was reached: off until there is another reason to be on.
    spent: bool,
    commands: VecDeque<Command>,
}

/// That it was told to be on.
#[derive(Debug, Clone, Copy)]
struct On {
    since: BootTime,
    again: Option<BootTime>,
}

impl Carrier {
    /// A carrier that is off.
    pub fn new(timing: Timing) -> Self {
        Self {
            timing,
            now: BootTime::ZERO,
            on_air: None,
            next: None,
            last_sound: None,
            on: None,
            spent: false,
            commands: VecDeque::new(),
        }
    }

    /// Takes one input. The caller then drains [`Self::poll_command`].
    pub fn handle(&mut self, input: Input, now: BootTime) {
        self.now = now;
        match input {
            Input::Sound { on_air, next } => {
                self.take_on_air(on_air);
                self.next = next;
            }
            Input::Failed => {
                let retry = now.saturating_add(RETRY);
                if let Some(on) = &mut self.on {
                    on.again = Some(on.again.map_or(retry, |again| again.min(retry)));
                }
            }
            Input::CutOff => self.spent |= self.on.take().is_some(),
        }
        self.advance();
    }

    /// Looks at the time. To be called when [`Self::poll_timeout`] is reached, and harmless at any
    /// other time.
    pub fn handle_timeout(&mut self, now: BootTime) {
        self.now = now;
        self.advance();
    }

    /// The next thing to be done.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        let turns = self.spans().flat_map(|(from, until)| [from, until]);
        let on = self.on.into_iter();
        let own = on.flat_map(|on| [Some(self.until(on)), on.again]).flatten();
        let ahead = turns.chain(own).filter(|at| *at > self.now && *at < NEVER);
        ahead.min()
    }

    /// The soonest instant at which sound can be heard, if it is switched on by `now`.
    pub fn ready_at(&self, now: BootTime) -> BootTime {
        let since = self.on.map_or(now, |on| on.since);
        now.max(since.saturating_add(self.timing.lead_in))
    }

    fn take_on_air(&mut self, on_air: Option<BootTime>) {
        if on_air == self.on_air {
            return;
        }
        if self.on_air.is_some_and(|start| start <= self.now) {
            self.last_sound = Some(self.now);
        }
        // What begins is another reason to be on than what lasted for too long.
        self.spent &= on_air.is_none();
        self.on_air = on_air;
    }

    fn advance(&mut self) {
        let now = self.now;
        let wanted = self.spans().any(|(from, until)| from <= now && now < until);
        self.spent &= wanted;
        match self.on {
            None if wanted && !self.spent => self.say_on(now),
            None => {}
            Some(on) if self.until(on) <= now => {
                self.spent = wanted;
                self.say_off(wanted);
            }
            Some(_) if !wanted => self.say_off(false),
            Some(on) if on.again.is_some_and(|again| again <= now) => self.say_on(on.since),
            Some(_) => {}
        }
    }

    fn say_on(&mut self, since: BootTime) {
        let repeat = self.timing.repeat;
        let again = repeat.map(|every| self.now.saturating_add(every));
        let on = On { since, again };
        self.on = Some(on);
        let until = self.until(on);
        self.commands.push_back(Command::On { until });
    }

    fn say_off(&mut self, spent: bool) {
        self.on = None;
        self.commands.push_back(Command::Off { spent });
    }

    fn until(&self, on: On) -> BootTime {
        on.since.saturating_add(self.timing.max_on)
    }

    /// The spans, from and up to, in any of which the carrier is to be on.
    fn spans(&self) -> impl Iterator<Item = (BootTime, BootTime)> {
        let Timing {
            lead_in,
            hold,
            tail,
            ..
        } = self.timing;
        let ahead = lead_in.saturating_add(MARGIN);
        let on_air = self
            .on_air
            .map(|start| (start.saturating_sub(ahead), NEVER));
        let next = self
            .next
            .map(|next| (next.saturating_sub(ahead), next.saturating_add(OVERDUE)));
        let tail = self
            .last_sound
            .map(|last| (last, last.saturating_add(tail)));
        // What comes is on the output already when it is near.
        let held = [self.on_air, self.next].map(|coming| {
            let (last, coming) = self.last_sound.zip(coming)?;
            let near = last <= coming && coming.since(last) <= hold;
            near.then_some((last, coming.saturating_add(OVERDUE)))
        });
        let spans = [on_air, next, tail].into_iter().chain(held);
        spans.flatten()
    }
}
