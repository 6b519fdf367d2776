//! The one place where this program reads clocks and makes randomness.
//!
//! Waits end at a reading of the boot-time clock. tokio's own timers count `CLOCK_MONOTONIC`, which
//! stands still while the PC sleeps, so that a wait of theirs would end late by the time slept.

mod kernel;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use programme::clock::BootId;
use programme::clock::hardware::Reading;
use programme::clock::system::SystemClock;
use programme::units::{BootTime, WallTime};
use rand::Rng;
use rand::rngs::StdRng;
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec,
};
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;

use crate::output;

/// What says the time.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's own clocks.
    System,
    /// A clock that stands still until a test moves it.
    Manual(ManualClock),
}

impl Clock {
    /// The boot-time clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that the rest is given"
    )]
    pub fn boot(&self) -> BootTime {
        match self {
            Self::System => {
                let now = rustix::time::clock_gettime(ClockId::Boottime);
                let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
                let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
                BootTime::after_boot(Duration::new(seconds, nanos))
            }
            Self::Manual(clock) => clock.boot(),
        }
    }

    /// Which boot that clock counts from.
    ///
    /// # Errors
    /// The kernel does not say.
    pub fn boot_id(&self) -> anyhow::Result<BootId> {
        match self {
            Self::System => {
                let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
                    .context("ask the kernel which boot this is")?;
                Ok(BootId(text.trim().to_owned()))
            }
            Self::Manual(clock) => Ok(clock.boot_id()),
        }
    }

    /// What the PC's own clock shows, right or wrong.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that the rest is given"
    )]
    pub fn system(&self) -> WallTime {
        match self {
            Self::System => jiff::Timestamp::now().into(),
            Self::Manual(clock) => clock.system(),
        }
    }

    /// The same, with what the kernel knows of its error.
    ///
    /// # Errors
    /// The kernel does not say; some sandboxes forbid the question.
    pub fn system_clock(&self) -> std::io::Result<SystemClock> {
        match self {
            Self::System => kernel::system_clock(|| self.boot()),
            Self::Manual(clock) => Ok(clock.system_clock()),
        }
    }

    /// What the hardware clock shows, by the file in which the kernel tells it: whole seconds since
    /// 1970 (`/sys/class/rtc/rtc0/since_epoch`).
    ///
    /// # Errors
    /// This PC has none, or it cannot be read.
    pub fn hardware(&self, place: &Path) -> std::io::Result<Reading> {
        let text = std::fs::read_to_string(place)?;
        let seconds: i64 = text.trim().parse().map_err(std::io::Error::other)?;
        let second = WallTime::from_millis(seconds.saturating_mul(1_000));
        Ok(Reading {
            boot: self.boot(),
            shows: second + Duration::from_millis(500),
        })
    }

    /// Waits until the boot-time clock reads `deadline`. Where the kernel gives no timer it may end
    /// a second early, again and again: whoever waits looks at the time afterwards.
    pub async fn wait_until(&self, deadline: BootTime) {
        match self {
            Self::System => {
                if sleep_until(deadline).await.is_err() {
                    let rest = deadline.since(self.boot());
                    tokio::time::sleep(rest.min(Duration::from_secs(1))).await;
                }
            }
            Self::Manual(clock) => clock.wait_until(deadline).await,
        }
    }

    /// Waits for `span` from this moment on.
    pub async fn wait(&self, span: Duration) {
        self.wait_until(self.boot().saturating_add(span)).await;
    }

    /// The boot-time clock as the output wants it.
    pub fn for_output(&self) -> output::Clock {
        let clock = self.clone();
        Arc::new(move || clock.boot())
    }
}

#[expect(
    deprecated,
    reason = "`new` cannot ask for an owned descriptor, which this one is; `register` is unsafe"
)]
async fn sleep_until(deadline: BootTime) -> std::io::Result<()> {
    let span = deadline.since_boot().max(Duration::from_nanos(1));
    let timer = rustix::time::timerfd_create(
        TimerfdClockId::Boottime,
        TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
    )?;
    let once = Itimerspec {
        it_interval: Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        it_value: Timespec {
            tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: span.subsec_nanos().into(),
        },
    };
    rustix::time::timerfd_settime(&timer, TimerfdTimerFlags::ABSTIME, &once)?;
    // The timer fires once and is dropped; nobody reads how often it fired.
    let _ = AsyncFd::new(timer)?.readable().await?;
    Ok(())
}

/// `N` random bytes, from a generator that the operating system seeds.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the source that the rest is given"
)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::make_rng::<StdRng>().fill_bytes(&mut bytes);
    bytes
}

/// A random number from 0 up to, not including, 1.
pub fn fraction() -> f64 {
    f64::from(u32::from_le_bytes(random())) / (f64::from(u32::MAX) + 1.0)
}

/// A clock for tests: all its copies show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    boot: watch::Sender<BootTime>,
    system: Mutex<System>,
}

#[derive(Debug, Clone)]
struct System {
    boot_id: BootId,
    at_boot: WallTime,
    /// How wrong NTP says that it is at most, when NTP keeps it.
    kept_within: Option<Duration>,
}

impl ManualClock {
    /// The clock of a PC that has just booted and whose own clock shows `system`.
    pub fn booted_at(system: WallTime) -> Self {
        let system = System {
            boot_id: BootId("boot-1".to_owned()),
            at_boot: system,
            kept_within: None,
        };
        Self(Arc::new(Hands {
            boot: watch::Sender::new(BootTime::ZERO),
            system: Mutex::new(system),
        }))
    }

    /// Lets `span` pass.
    pub fn advance(&self, span: Duration) {
        self.0
            .boot
            .send_modify(|boot| *boot = boot.saturating_add(span));
    }

    /// Makes the PC's own clock show `system`, whatever the time is. As in the kernel, NTP has then
    /// to say anew that it is right.
    pub fn set_system(&self, system: WallTime) {
        let passed = self.boot().since_boot();
        self.lock(|own| {
            own.at_boot = system - passed;
            own.kept_within = None;
        });
    }

    /// Lets NTP say that the PC's own clock is right within `error`.
    pub fn keep_by_ntp(&self, error: Duration) {
        self.lock(|own| own.kept_within = Some(error));
    }

    /// Boots the PC anew, with its own clock at `system`.
    pub fn reboot(&self, system: WallTime) {
        self.lock(|own| {
            own.boot_id.0.push_str("+1");
            own.at_boot = system;
            own.kept_within = None;
        });
        self.0.boot.send_replace(BootTime::ZERO);
    }

    /// The boot-time clock.
    pub fn boot(&self) -> BootTime {
        *self.0.boot.borrow()
    }

    fn boot_id(&self) -> BootId {
        self.lock(|own| own.boot_id.clone())
    }

    fn system(&self) -> WallTime {
        let passed = self.boot().since_boot();
        self.lock(|own| own.at_boot + passed)
    }

    fn system_clock(&self) -> SystemClock {
        let kept_within = self.lock(|own| own.kept_within);
        SystemClock {
            boot: self.boot(),
            shows: self.system(),
            synchronised: kept_within.is_some(),
            max_error: kept_within.unwrap_or(kernel::LOST),
            left: Duration::ZERO,
        }
    }

    async fn wait_until(&self, deadline: BootTime) {
        // The sender lives in `self`, so that the wait ends only by the hands being moved.
        let _ = self
            .0
            .boot
            .subscribe()
            .wait_for(|boot| *boot >= deadline)
            .await;
    }

    fn lock<T>(&self, with: impl FnOnce(&mut System) -> T) -> T {
        with(&mut self.0.system.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
