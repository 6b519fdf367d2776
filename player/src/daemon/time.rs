//! Who vouches for the time, and what follows when it becomes known or is set.
//!
//! The server's word comes by sync and a person's from the page. The kernel and the hardware clock
//! are looked at here, once a minute; that is also when a step of the system clock is noticed, on
//! which the recurring duties depend.

use std::time::Duration;

use programme::as_run::Record;
use programme::clock::hardware::{Distrust, HardwareClock, Reading};
use programme::clock::{BootId, Moved, StationClock, Vouched, Voucher};
use programme::units::{BootTime, WallTime};
use tracing::{debug, info, warn};

use super::Daemon;
use crate::clock::Clock;
use crate::state::State;

/// Span between two looks; a hardware clock wants to be noted as often.
const EVERY: Duration = Duration::from_secs(60);

/// The system clock moved by more against the boot-time clock was set; NTP bends it by 30 ms in a
/// minute at most.
const SET: i64 = 1_000_000;

/// The clocks beside station time.
#[derive(Debug)]
pub(super) struct Clocks {
    /// When they are looked at next.
    pub next_look: BootTime,
    /// The newest time that the journal knew when the program started.
    pub newest: Option<WallTime>,
    /// What is remembered of the hardware clock.
    pub hardware: HardwareClock,
    /// What that showed at the start of the program, if nobody had set it in this boot.
    first: Option<Reading>,
    /// What the system clock would have shown at the boot, in microseconds.
    system_at_boot_us: i64,
}

impl Clocks {
    pub(super) async fn of(state: &mut State, clock: &Clock) -> anyhow::Result<Self> {
        Ok(Self {
            next_look: BootTime::ZERO,
            newest: state.newest_wall().await?,
            hardware: state.hardware_clock().await?.unwrap_or_default(),
            first: None,
            system_at_boot_us: system_at_boot_us(clock),
        })
    }
}

/// Station time as the last run of this boot left it; unknown after another boot.
pub(super) async fn resumed(state: &mut State, boot_id: &BootId) -> anyhow::Result<StationClock> {
    Ok(match state.clock().await? {
        Some(saved) => StationClock::resumed(saved, boot_id.clone()),
        None => StationClock::unknown(boot_id.clone()),
    })
}

fn system_at_boot_us(clock: &Clock) -> i64 {
    let passed = clock.boot().since_boot();
    (clock.system() - passed).as_micros()
}

impl Daemon {
    /// Takes the hardware clock at its word, if it may, before the first look.
    pub(super) async fn ask_hardware_clock(&mut self) -> anyhow::Result<()> {
        // As soon as NTP keeps the system clock, the kernel sets the hardware clock by it.
        let kept = self.clock.system_clock();
        if kept.is_ok_and(|kept| kept.synchronised) {
            return Ok(());
        }
        let Ok(reading) = self.clock.hardware(&self.settings.hardware_clock) else {
            debug!("this PC has no hardware clock that can be read");
            return Ok(());
        };
        self.clocks.first = Some(reading);
        if self.now().wall.is_some() {
            return Ok(());
        }
        match self.clocks.hardware.vouch(&reading, self.newest()) {
            Ok(vouched) => self.take_time(vouched).await,
            Err(Distrust::NotMeasured) => Ok(()),
            Err(why) => {
                info!("the hardware clock does not vouch for the time: {why:?}");
                Ok(())
            }
        }
    }

    /// The newest time that the station has seen, by its journal as it was at the start and by its
    /// programme.
    pub(super) fn newest(&self) -> Option<WallTime> {
        let issued = self.programme.as_ref().map(|held| held.get().issued_at);
        self.clocks.newest.max(issued)
    }

    /// Looks at the system clock and at the hardware clock.
    pub(super) async fn look_at_clocks(&mut self) -> anyhow::Result<()> {
        self.clocks.next_look = self.clock.boot().saturating_add(EVERY);
        let system_at_boot_us = system_at_boot_us(&self.clock);
        let moved_us = system_at_boot_us - self.clocks.system_at_boot_us;
        self.clocks.system_at_boot_us = system_at_boot_us;
        if moved_us.abs() > SET {
            info!(moved_us, "the system clock was set");
            self.duties.rebuild().await?;
        }
        let kept = self.clock.system_clock().ok();
        if let Some(vouched) = kept.and_then(|kept| kept.vouch(self.newest())) {
            self.take_time(vouched).await?;
        }
        let Ok(reading) = self.clock.hardware(&self.settings.hardware_clock) else {
            return Ok(());
        };
        let clocks = &mut self.clocks;
        let first = clocks.first.as_ref();
        let measured = first.and_then(|first| clocks.hardware.measure(first, &self.station_clock));
        if let Some(measured) = measured {
            let (error_ms, off_s) = (measured.error_ms, measured.off.as_secs());
            if measured.is_bad() {
                warn!(
                    error_ms,
                    off_s, "the hardware clock was wrong after the power-off"
                );
            } else {
                info!(
                    error_ms,
                    off_s, "the hardware clock was right after the power-off"
                );
            }
        }
        clocks.hardware.note(&reading, &self.station_clock);
        self.state.set_hardware_clock(&clocks.hardware).await
    }

    /// Takes a statement of the time, puts it on record, and plans anew.
    pub(super) async fn take_time(&mut self, vouched: Vouched) -> anyhow::Result<()> {
        let (by, uncertainty) = (vouched.by, vouched.uncertainty);
        let uncertainty_ms = uncertainty.as_millis();
        let Some(moved) = self.station_clock.vouch(vouched) else {
            debug!(?by, uncertainty_ms, "station time stays as it is");
            return Ok(());
        };
        let moved_ms = match moved {
            Moved::FromUnknown => None,
            Moved::By(moved_us) => Some(moved_us / 1_000),
        };
        match moved_ms {
            Some(moved_ms) => warn!(
                moved_ms,
                uncertainty_ms,
                "station time was set by {}",
                name(by)
            ),
            None => info!(uncertainty_ms, "{} vouches for the time", name(by)),
        }
        self.state.set_clock(&self.station_clock).await?;
        self.write(Record::ClockVouched {
            by,
            moved_ms,
            uncertainty,
        })
        .await?;
        self.learn_times().await?;
        self.look_for_unsent().await?;
        self.duties.rebuild().await?;
        self.core.handle_timeout(self.now());
        self.replan().await
    }
}

fn name(by: Voucher) -> &'static str {
    match by {
        Voucher::HardwareClock => "the hardware clock",
        Voucher::Person => "a person at the PC",
        Voucher::Ntp => "NTP",
        Voucher::Server => "the server",
    }
}
