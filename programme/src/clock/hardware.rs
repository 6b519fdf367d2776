//! When the hardware clock of a PC vouches for the time: when it was right after the last power-off
//! that could be measured, and nothing speaks against it this time.
//!
//! While the server or NTP vouch for station time, the station notes how far the hardware clock is
//! ahead of it. What it shows right after the next boot, put beside the true time as soon as that
//! is known, says how wrong it went meanwhile. A flat battery shows in three ways, and each is
//! refused: a clock that starts again at some year of its own is behind what the station knew or
//! far ahead of it; one that stood still shows hardly any time without power; one that limped shows
//! a time that only its last measurement tells from a right one.
//!
//! A PC that is shut down and stays on the mains proves nothing: its supply goes on feeding the
//! clock, and a dead battery shows only when the plug is pulled. So a span without power that began
//! with the end of the program in order acquits no clock; one that the program did not see coming
//! does. Wrong after any of them is wrong.
//!
//! A refused clock runs on while the PC is on, and looks right after the next power-off. So it
//! stays refused until somebody has said the time: the server or NTP, which measure it, or a
//! person, who convicts it when it is grossly wrong. A short restart therefore costs nothing
//! where the time becomes known after it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{BootId, StationClock, Vouched, Voucher};
use crate::units::{BootTime, WallTime, millis};

/// A reading counts whole seconds, and an error is the difference of two readings; the rest of two
/// seconds is what the kernel may be late by when it sets the clock.
const STEADY: Duration = Duration::from_secs(2);

/// Watch crystals are cut to 20 millionths, and run slow by 30 more in a hot room (0.035 per
/// square of the degrees from 25 °C): 4 s in a day.
const DRIFT_MILLIONTHS: u32 = 50;

/// A span without power that is shorter proves nothing: the supply of a PC bridges a moment, and a
/// clock that stood still all night shows the minute before the note and the minute of booting.
pub const SHORTEST: Duration = Duration::from_secs(5 * 60);

/// After a longer span the allowed drift exceeds four minutes, and somebody should look.
const LONGEST: Duration = Duration::from_hours(24 * 60);

/// What a hardware clock showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The boot-time reading at which it was read.
    pub boot: BootTime,
    /// What it showed, taken in the middle of its second.
    pub shows: WallTime,
}

/// What a station remembers of its PC's hardware clock, over power cuts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HardwareClock {
    noted: Option<Note>,
    /// What it showed when it was looked at last, whether the time was known or not.
    #[serde(rename = "seen_ms")]
    seen: Option<WallTime>,
    measured: Option<Measured>,
    /// Whether the time was unknown when it was looked at last.
    #[serde(default)]
    nobody_knew: bool,
}

/// How far the clock was ahead of true time. It may run in local time, or be set wrong: what counts
/// is that it keeps its distance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    boot_id: BootId,
    #[serde(rename = "wall_ms")]
    wall: WallTime,
    ahead_us: i64,
    /// Whether the program ended in order after it: somebody may have shut the PC down, and the
    /// mains may have stayed on.
    #[serde(default)]
    ended_in_order: bool,
}

/// How wrong a hardware clock went while the PC was off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// How much it was ahead of where it should have been, in milliseconds; below zero, behind.
    pub error_ms: i64,
    /// How long the PC was off.
    #[serde(rename = "off_ms", with = "millis")]
    pub off: Duration,
}

/// Why a hardware clock does not vouch for the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// It has not been measured over a power-off yet.
    NotMeasured,
    /// It was wrong the last time.
    WasWrong(Measured),
    /// It shows a time that has passed before.
    Behind,
    /// It shows hardly any time without power: it stood still, or the PC was off for a moment.
    StoodStill,
    /// It was refused before, and nobody has said the time since.
    NobodyKnew,
    /// It shows a longer time without power than can be believed.
    FarAhead,
}

impl Measured {
    /// Whether the error is more than a good clock has.
    pub fn is_bad(&self) -> bool {
        Duration::from_millis(self.error_ms.unsigned_abs()) > allowed(self.off)
    }
}

impl HardwareClock {
    /// The last measurement.
    pub fn measured(&self) -> Option<Measured> {
        self.measured
    }

    /// What `reading`, the first after a boot, vouches for. `newest` is the newest time that the
    /// station has seen, by its journal or its programme. A clock that shows a time of its own is
    /// measured anew before it is believed again.
    ///
    /// # Errors
    /// Why it vouches for nothing.
    pub fn vouch(
        &mut self,
        reading: &Reading,
        newest: Option<WallTime>,
    ) -> Result<Vouched, Distrust> {
        let said = self.judge(reading, newest);
        if matches!(said, Err(Distrust::Behind | Distrust::FarAhead)) {
            self.measured = None;
        }
        said
    }

    fn judge(&self, reading: &Reading, newest: Option<WallTime>) -> Result<Vouched, Distrust> {
        let (Some(noted), Some(seen), Some(measured)) = (&self.noted, self.seen, self.measured)
        else {
            return Err(Distrust::NotMeasured);
        };
        if measured.is_bad() {
            return Err(Distrust::WasWrong(measured));
        }
        let wall = moved(reading.shows, noted.ahead_us.saturating_neg());
        if wall < newest.unwrap_or(noted.wall).max(noted.wall) || reading.shows < seen {
            return Err(Distrust::Behind);
        }
        let shown_off = reading.shows.since(seen + reading.boot.since_boot());
        if shown_off < SHORTEST {
            return Err(Distrust::StoodStill);
        }
        if shown_off.max(wall.since(noted.wall)) > LONGEST {
            return Err(Distrust::FarAhead);
        }
        if self.nobody_knew {
            return Err(Distrust::NobodyKnew);
        }
        Ok(Vouched {
            by: Voucher::HardwareClock,
            boot: reading.boot,
            wall,
            uncertainty: allowed(wall.since(noted.wall)),
        })
    }

    /// Measures the power-off before this boot: by `first`, what was shown before anybody could set
    /// the clock in this boot, and by station time as it is known by now. Says what is new about
    /// it. A person's watch shows only what is grossly wrong, and so does a span for which the
    /// mains may have fed the clock.
    pub fn measure(&mut self, first: &Reading, clock: &StationClock) -> Option<Measured> {
        let noted = self.noted.as_ref()?;
        let vouched = clock.vouched()?;
        let wall = clock.at(first.boot).wall?;
        let booted = wall - first.boot.since_boot();
        // From the note on, for nobody knows when the power went after it.
        let off = booted.since(noted.wall);
        if noted.boot_id == *clock.boot_id() || off < SHORTEST {
            return None;
        }
        let ahead_us = first.shows.as_micros().saturating_sub(wall.as_micros());
        let error_us = ahead_us.saturating_sub(noted.ahead_us);
        let doubt = i64::try_from(vouched.uncertainty.as_micros()).unwrap_or(i64::MAX);
        let sure_us = match vouched.by {
            Voucher::Server | Voucher::Ntp => error_us,
            Voucher::Person | Voucher::HardwareClock => {
                error_us.signum() * error_us.saturating_abs().saturating_sub(doubt).max(0)
            }
        };
        let measured = Measured {
            error_ms: sure_us / 1_000,
            off,
        };
        let may_acquit = vouched.by >= Voucher::Ntp && !noted.ended_in_order;
        let counts = may_acquit || (vouched.by >= Voucher::Person && measured.is_bad());
        if !counts || self.measured == Some(measured) {
            return None;
        }
        self.measured = Some(measured);
        Some(measured)
    }

    /// Notes what the clock shows and, while the server or NTP vouch for station time, how far it
    /// is ahead. To be called at least once a minute: what it shows without power counts from here.
    pub fn note(&mut self, reading: &Reading, clock: &StationClock) {
        self.seen = Some(reading.shows);
        self.nobody_knew = clock.vouched().is_none();
        // A program that goes on in the same boot was only started anew.
        let noted = self.noted.as_mut();
        if let Some(noted) = noted.filter(|noted| noted.boot_id == *clock.boot_id()) {
            noted.ended_in_order = false;
        }
        let (Some(wall), Some(vouched)) = (clock.at(reading.boot).wall, clock.vouched()) else {
            return;
        };
        if vouched.by >= Voucher::Ntp {
            self.noted = Some(Note {
                boot_id: clock.boot_id().clone(),
                wall,
                ahead_us: reading.shows.as_micros().saturating_sub(wall.as_micros()),
                ended_in_order: false,
            });
        }
    }

    /// The program ends in order: what follows says nothing good about the battery. To be kept.
    pub fn end(&mut self) {
        if let Some(noted) = &mut self.noted {
            noted.ended_in_order = true;
        }
    }
}

/// The error that a good clock may have after `span`.
fn allowed(span: Duration) -> Duration {
    STEADY + span * DRIFT_MILLIONTHS / 1_000_000
}

fn moved(wall: WallTime, by_us: i64) -> WallTime {
    WallTime::from_micros(wall.as_micros().saturating_add(by_us))
}
