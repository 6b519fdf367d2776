//! The amplifier or transmitter behind the sound card: on before there is sound, off after it.
//!
//! ```text
//! what airs, what comes next ─► carrier ─► Command ─► watch (a thread) ─► switch ─► mains, key
//!                                  ▲──────── Switched ◄──┘
//! ```
//!
//! When the carrier is on is decided here and not in `programme`: it follows from what airs and
//! never changes it, its numbers are measured at one amplifier in one village, and the server has
//! nothing to say about them. The decision is a state machine without input or output, so that it
//! can be proved like those of `programme`.
//!
//! Everything that fails fails to off. The thread that switches has a deadline of its own on the
//! boot-time clock and keeps it when the loop stands still; it switches off when the loop is gone,
//! and the first thing that it does is to switch off what a killed player may have left on.

pub mod carrier;
mod switch;
mod told;
mod watch;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::bail;
use programme::units::BootTime;
use serde::{Deserialize, Deserializer, de};

use crate::output::Clock;
use carrier::{Carrier, Command, Input, Timing};
use told::Told;
use watch::Watch;

pub use switch::{Pin, Switch};

/// What switches the amplifier, as it is written: `none`, `command`, `rts:PORT` or `dtr:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wiring {
    /// Nothing: it is always on, or somebody switches it.
    None,
    /// Two commands.
    Command,
    /// A line of a serial port.
    Serial {
        /// Such as `/dev/ttyUSB0`, or better a name under `/dev/serial/by-id`.
        port: PathBuf,
        /// The line.
        pin: Pin,
    },
}

impl FromStr for Wiring {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let serial = |port: &str, pin| Self::Serial {
            port: port.into(),
            pin,
        };
        match text.split_once(':') {
            None if text == "none" => Ok(Self::None),
            None if text == "command" => Ok(Self::Command),
            Some(("rts", port)) if !port.is_empty() => Ok(serial(port, Pin::Rts)),
            Some(("dtr", port)) if !port.is_empty() => Ok(serial(port, Pin::Dtr)),
            _ => bail!("an amplifier is none, command, rts:PORT or dtr:PORT, and not `{text}`"),
        }
    }
}

impl<'de> Deserialize<'de> for Wiring {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// An amplifier that is to be switched.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What switches it.
    pub switch: Switch,
    /// When it is on.
    pub timing: Timing,
}

/// What came of a switching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switched {
    /// It is as it was to be.
    Done {
        /// Whether that is on.
        on: bool,
    },
    /// It could not be switched.
    Failed {
        /// Whether it was to be on.
        on: bool,
        /// What went wrong, for the log.
        why: String,
    },
    /// The loop had let the maximum pass, and it was switched off without it.
    CutOff,
}

/// The amplifier as the loop sees it; without one, nothing ever happens. Dropping it switches off.
#[derive(Default)]
pub struct Amplifier(Option<Wired>);

struct Wired {
    timing: Timing,
    carrier: Carrier,
    watch: Watch,
    told: Told,
    fault: Option<String>,
}

impl Amplifier {
    /// Switches off what may be on, and is ready.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn open(settings: Option<Settings>, clock: Clock) -> std::io::Result<Self> {
        let Some(Settings { switch, timing }) = settings else {
            return Ok(Self(None));
        };
        let told = Told::default();
        Ok(Self(Some(Wired {
            timing,
            carrier: Carrier::new(timing),
            watch: Watch::start(switch, clock, told.clone())?,
            told,
            fault: None,
        })))
    }

    /// When sound can be heard that is to start at `start`: later while the amplifier warms up.
    pub fn ready_at(&self, start: BootTime, now: BootTime) -> BootTime {
        let warm = self.0.as_ref().map(|wired| wired.carrier.ready_at(now));
        warm.map_or(start, |warm| start.max(warm))
    }

    /// Takes what there is to be heard, and what comes next, and switches accordingly.
    pub fn follow(&mut self, on_air: Option<BootTime>, next: Option<BootTime>, now: BootTime) {
        self.take(Input::Sound { on_air, next }, now);
    }

    /// Switches off, for nothing sounds any more and nobody decides for a while what is to be on.
    /// That is tried until it is done.
    pub fn let_go(&mut self) {
        if let Some(wired) = &mut self.0 {
            wired.carrier = Carrier::new(wired.timing);
            wired.watch.ask(Command::Off { spent: false });
        }
    }

    /// What came of switching last and was not taken yet; `None` when there is no amplifier.
    pub async fn switched(&self) -> Option<Switched> {
        Some(self.0.as_ref()?.told.next().await)
    }

    /// Takes what came of a switching.
    pub fn take_switched(&mut self, switched: Switched, now: BootTime) {
        let Some(wired) = &mut self.0 else {
            return;
        };
        let was_too_long = wired.fault.as_deref() == Some(TOO_LONG);
        match switched {
            Switched::Done { on } => {
                // That it was on for too long is to be read until it is on again.
                if on || !was_too_long {
                    wired.fault = None;
                }
            }
            Switched::Failed { on, why } => {
                wired.fault = Some(why);
                if on {
                    self.take(Input::Failed, now);
                }
            }
            Switched::CutOff => {
                wired.fault = Some(TOO_LONG.to_owned());
                self.take(Input::CutOff, now);
            }
        }
    }

    /// Looks at the time.
    pub fn look_at_time(&mut self, now: BootTime) {
        if let Some(wired) = &mut self.0 {
            wired.carrier.handle_timeout(now);
            wired.obey();
        }
    }

    /// When [`Self::look_at_time`] is due.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.0.as_ref()?.carrier.poll_timeout()
    }

    /// What a person should look at.
    pub fn fault(&self) -> Option<&String> {
        self.0.as_ref()?.fault.as_ref()
    }

    fn take(&mut self, input: Input, now: BootTime) {
        if let Some(wired) = &mut self.0 {
            wired.carrier.handle(input, now);
            wired.obey();
        }
    }
}

impl Wired {
    fn obey(&mut self) {
        while let Some(command) = self.carrier.poll_command() {
            if command == (Command::Off { spent: true }) {
                self.fault = Some(TOO_LONG.to_owned());
            }
            self.watch.ask(command);
        }
    }
}

/// What the log calls an amplifier that reached its maximum.
const TOO_LONG: &str = "the amplifier was on for as long as amplifier_max_on_min allows, and was \
                        switched off";

/// Whether the amplifier could be switched, without switching it on: for `doctor`.
///
/// # Errors
/// Why it could not.
pub fn check(settings: &Settings) -> Result<(), String> {
    settings.switch.check()
}

/// Switches off what a player that was killed may have left on. A serial line has fallen by itself,
/// and opening its port would raise it for a moment.
///
/// # Errors
/// Why it could not be switched.
pub fn leave_off(settings: Settings) -> Result<(), String> {
    match settings.switch {
        Switch::Serial { .. } => Ok(()),
        switch @ Switch::Commands { .. } => {
            let off = switch::Lever::new(switch).off();
            off.map_err(|fault| fault.to_string())
        }
    }
}

impl fmt::Debug for Amplifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carrier = self.0.as_ref().map(|wired| &wired.carrier);
        f.debug_tuple("Amplifier").field(&carrier).finish()
    }
}
