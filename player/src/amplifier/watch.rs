//! The thread that switches, and that switches off by itself when nobody tells it to in time.

use std::fmt;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use programme::units::BootTime;
use tracing::{debug, error, info, warn};

use super::Switched;
use super::carrier::{Command, RETRY};
use super::switch::{Fault, Lever, Switch};
use super::told::Told;
use crate::output::Clock;

/// How often it looks at the clock while the amplifier is on; while it is off, nothing wakes.
const LOOK: Duration = Duration::from_millis(200);

/// How often a program that ends tries to switch off.
const LAST_TRIES: u32 = 3;

/// The thread, as whoever orders sees it. Dropping it switches off, and waits until that is done.
pub(super) struct Watch {
    orders: Option<Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts the thread; the first thing that it does is to switch off.
    pub(super) fn start(switch: Switch, clock: Clock, told: Told) -> io::Result<Self> {
        info!("the amplifier is switched by {switch}");
        let (orders, incoming) = mpsc::channel();
        let guard = Guard {
            lever: Lever::new(switch),
            clock,
            told,
            off_by: None,
            is_on: false,
            moaned: None,
        };
        let thread = thread::Builder::new()
            .name("amplifier".to_owned())
            .spawn(|| guard.run(incoming))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    /// Hands over an order; what comes of it is told.
    pub(super) fn ask(&self, order: Command) {
        if let Some(orders) = &self.orders {
            // The thread ends only when this handle is dropped, so that somebody is listening.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Guard {
    lever: Lever,
    clock: Clock,
    told: Told,
    /// When it switches off by itself: the maximum, or the next try after one that failed.
    off_by: Option<BootTime>,
    /// Whether it was last told to be on.
    is_on: bool,
    /// What failed last: a fault that lasts is logged once.
    moaned: Option<String>,
}

impl Guard {
    fn run(mut self, incoming: Receiver<Command>) {
        self.switch_off();
        loop {
            let order = match self.off_by {
                Some(_) => incoming.recv_timeout(LOOK),
                None => incoming.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match order {
                Ok(Command::On { until }) => self.switch_on(until),
                Ok(Command::Off { .. }) => {
                    self.switch_off();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.look_at_time();
        }
        for _ in 0..LAST_TRIES {
            if self.switch_off() {
                return;
            }
        }
        error!("the amplifier could not be switched off as the player ends: do it by hand");
    }

    fn switch_on(&mut self, until: BootTime) {
        // The deadline stands before it is on, and an order that comes too late is none.
        self.off_by = Some(until);
        if (self.clock)() < until {
            self.is_on = true;
            let done = self.lever.on();
            self.tell(true, done);
        }
    }

    fn switch_off(&mut self) -> bool {
        self.is_on = false;
        let done = self.lever.off();
        let is_off = done.is_ok();
        self.off_by = (!is_off).then(|| (self.clock)().saturating_add(RETRY));
        self.tell(false, done);
        is_off
    }

    fn look_at_time(&mut self) {
        let now = (self.clock)();
        if self.off_by.is_none_or(|by| by > now) {
            return;
        }
        if self.is_on {
            warn!("the amplifier was on for too long, and is switched off");
            self.told.tell(Switched::CutOff);
        }
        self.switch_off();
    }

    fn tell(&mut self, on: bool, done: Result<(), Fault>) {
        let Err(fault) = done else {
            debug!(on, "the amplifier is switched");
            self.moaned = None;
            return self.told.tell(Switched::Done { on });
        };
        let why = fault.to_string();
        if self.moaned.as_ref() != Some(&why) {
            warn!(on, "{why}");
            self.moaned = Some(why.clone());
        }
        self.told.tell(Switched::Failed { on, why });
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
