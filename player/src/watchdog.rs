//! What systemd is told, when it runs this program: that it is ready, how things are, and, as long
//! as that is so, that the loop and the output go on. A player that says nothing for too long is
//! started anew.

use std::time::Duration;

use programme::units::BootTime;
use sd_notify::NotifyState;
use tracing::{error, warn};

use crate::plain::plain;

/// It is told so many times within the span after which it would start the player anew: once may
/// be lost to a busy machine.
const TIMES: u32 = 3;

/// The end of the program that systemd listens at; without systemd nobody does.
#[derive(Debug)]
pub struct Watchdog {
    every: Option<Duration>,
    due: BootTime,
    ready: bool,
    said: String,
}

impl Watchdog {
    /// What the environment says: `NOTIFY_SOCKET` and `WATCHDOG_USEC`, as sd_notify(3) has them.
    pub fn of_environment() -> Self {
        Self {
            every: sd_notify::watchdog_enabled().map(|within| within / TIMES),
            due: BootTime::ZERO,
            ready: false,
            said: String::new(),
        }
    }

    /// Says how things are, in one line, when that is news; at the first time also that the player
    /// is ready.
    pub fn say(&mut self, how: &str) {
        let how = &*plain(how);
        if self.ready && self.said == how {
            return;
        }
        let status = NotifyState::Status(how);
        if self.ready {
            tell(&[status]);
        } else {
            tell(&[NotifyState::Ready, status]);
        }
        self.ready = true;
        how.clone_into(&mut self.said);
    }

    /// When [`Self::look`] is due; `None` when nobody watches.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.every.map(|_| self.due)
    }

    /// Says that the player lives, if it is time for that and it does.
    pub fn look(&mut self, now: BootTime, lives: impl FnOnce() -> bool) {
        let Some(every) = self.every else {
            return;
        };
        if now < self.due {
            return;
        }
        self.due = now.saturating_add(every);
        if lives() {
            tell(&[NotifyState::Watchdog]);
        } else {
            error!("the output does not answer; unless it does soon, the player is started anew");
        }
    }

    /// Says that the player ends.
    pub fn end(&self) {
        tell(&[NotifyState::Stopping]);
    }
}

/// Whether somebody listens who starts this program anew when it ends.
pub fn is_supervised() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some()
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!("systemd cannot be told how the player is: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_title_says_is_no_line_of_its_own() {
        let mut watchdog = Watchdog::of_environment();
        watchdog.say("on air: Tin\nWATCHDOG=trigger");
        assert_eq!(watchdog.said, "on air: Tin WATCHDOG=trigger");
    }
}
