//! What systemd is told, when it runs this program: that it is ready, how things are, and, as long
//! as that is so, that the loop and the output go on. A player that says nothing for too long is
//! started anew.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use programme::units::BootTime;
use sd_notify::NotifyState;
use tracing::{error, warn};

use crate::plain::plain;

/// It is told so many times within the span after which it would start the player anew: once may
/// be lost to a busy machine.
const TIMES: u32 = 3;

/// So much may wait to be told. What finds no room is told later or never: the loop waits for
/// nobody, and a datagram to one who does not listen holds up its sender.
const WAITING: usize = 8;

/// How long the end of the program waits until all that was said is told.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What systemd is told.
#[derive(Debug)]
enum Said {
    Ready(String),
    Status(String),
    Lives,
    Ends,
}

impl Said {
    fn tell(&self) {
        let told = match self {
            Self::Ready(how) => sd_notify::notify(&[NotifyState::Ready, NotifyState::Status(how)]),
            Self::Status(how) => sd_notify::notify(&[NotifyState::Status(how)]),
            Self::Lives => sd_notify::notify(&[NotifyState::Watchdog]),
            Self::Ends => sd_notify::notify(&[NotifyState::Stopping]),
        };
        if let Err(error) = told {
            warn!("systemd cannot be told how the player is: {error}");
        }
    }
}

/// The thread that tells systemd.
#[derive(Debug)]
struct Teller {
    to: SyncSender<Said>,
    /// Says that it ended, by being closed.
    ended: Mutex<Receiver<()>>,
}

impl Teller {
    fn start() -> std::io::Result<Self> {
        let (to, said) = sync_channel::<Said>(WAITING);
        let (ends, ended) = channel::<()>();
        let thread = thread::Builder::new().name("watchdog".to_owned());
        thread.spawn(move || {
            said.iter().for_each(|said| said.tell());
            drop(ends);
        })?;
        let ended = Mutex::new(ended);
        Ok(Self { to, ended })
    }
}

/// The end of the program that systemd listens at; without systemd nobody does.
#[derive(Debug)]
pub struct Watchdog {
    every: Option<Duration>,
    due: BootTime,
    ready: bool,
    said: String,
    teller: Option<Teller>,
}

impl Watchdog {
    /// What the environment says: `NOTIFY_SOCKET` and `WATCHDOG_USEC`, as sd_notify(3) has them.
    pub fn of_environment() -> Self {
        let teller = is_supervised().then(Teller::start).transpose();
        let teller = teller.inspect_err(|error| error!("nobody tells systemd: {error}"));
        Self {
            teller: teller.ok().flatten(),
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
        let status = how.to_owned();
        let said = if self.ready {
            Said::Status(status)
        } else {
            Said::Ready(status)
        };
        if self.tell(said) {
            self.ready = true;
            how.clone_into(&mut self.said);
        }
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
            self.tell(Said::Lives);
        } else {
            error!("the output does not answer; unless it does soon, the player is started anew");
        }
    }

    /// Says that the player ends, and lets all be told that was said.
    pub fn end(&mut self) {
        self.tell(Said::Ends);
        if let Some(Teller { to, ended }) = self.teller.take() {
            drop(to);
            // It answers only by being closed, or not in time.
            let ended = ended.into_inner();
            let _ = ended.map(|ended| ended.recv_timeout(LAST_WORDS));
        }
    }

    /// Whether it will be told, or nobody wants to know.
    fn tell(&self, said: Said) -> bool {
        let teller = self.teller.as_ref();
        teller.is_none_or(|teller| teller.to.try_send(said).is_ok())
    }
}

/// Whether somebody listens who starts this program anew when it ends.
pub fn is_supervised() -> bool {
    std::env::var_os("NOTIFY_SOCKET").is_some()
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
