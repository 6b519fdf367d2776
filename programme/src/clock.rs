//! What a station may believe about the time.
//!
//! A PC with a flat battery boots at a time that looks plausible and is wrong. So wall time is
//! *unknown* after each boot until somebody vouches for it; from then on station time is the
//! boot-time clock plus an offset, and steps of the system clock do not touch it.
//!
//! The server's word is taken as it is signed. What the others say counts only by a rule, and each
//! rule has a file: the kernel's in [`system`], a hardware clock's in [`hardware`], a person's in
//! [`person`].

pub mod system;
pub mod hardware;
pub mod person;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::units::{BootTime, WallTime, millis};

/// One moment on both axes: cues stand on wall time, positions and fades on boot time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Civil time, or `None` while nobody has vouched for it since the boot.
    pub wall: Option<WallTime>,
    /// The boot-time clock, which always runs and never steps.
    pub boot: BootTime,
}

impl Now {
    /// The boot-time reading at which wall time will be `wall`: now, when that has passed already.
    pub fn boot_at(&self, wall: WallTime) -> Option<BootTime> {
        self.wall
            .map(|now| self.boot.saturating_add(wall.since(now)))
    }
}

/// Names one boot of one machine (Linux `/proc/sys/kernel/random/boot_id`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BootId(pub String);

/// Who vouched for the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// A hardware clock whose last measured error over a power-off was small.
    HardwareClock,
    /// A person at the PC.
    Person,
    /// The system clock, synchronised by NTP.
    Ntp,
    /// The server, by a signed answer bound to this station's nonce.
    Server,
}

/// A statement of the time, tied to a reading of the boot-time clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// Who stated it.
    pub by: Voucher,
    /// The boot-time reading at which `wall_ms` was true.
    #[serde(rename = "boot_ms")]
    pub boot: BootTime,
    /// The stated wall time.
    #[serde(rename = "wall_ms")]
    pub wall: WallTime,
    /// Half the width of the interval in which the true time lies.
    #[serde(rename = "uncertainty_ms", with = "millis")]
    pub uncertainty: Duration,
}

/// Station time: unknown, or the boot-time clock plus an offset that somebody vouched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationClock {
    boot_id: BootId,
    vouched: Option<Vouched>,
    /// The greatest voucher who has said the same, in greater doubt.
    #[serde(skip)]
    confirmed: Option<Voucher>,
}

impl StationClock {
    /// The clock of a station that has just booted: wall time is unknown.
    pub fn unknown(boot_id: BootId) -> Self {
        Self {
            boot_id,
            vouched: None,
            confirmed: None,
        }
    }

    /// The clock after a restart of the program: what was vouched for holds on within the same
    /// boot, and not beyond it.
    pub fn resumed(saved: Self, boot_id: BootId) -> Self {
        if saved.boot_id == boot_id {
            saved
        } else {
            Self::unknown(boot_id)
        }
    }

    /// The boot during which this clock runs.
    pub fn boot_id(&self) -> &BootId {
        &self.boot_id
    }

    /// The statement that the clock rests on.
    pub fn vouched(&self) -> Option<&Vouched> {
        self.vouched.as_ref()
    }

    /// The greatest voucher by whose word the date is right: who stated the time, or who stated it
    /// in greater doubt and agreed. Whose statement was less sure sets no clock, and knows what day
    /// it is all the same.
    pub fn dated_by(&self) -> Option<Voucher> {
        let by = self.vouched.as_ref()?.by;
        Some(self.confirmed.map_or(by, |confirmed| by.max(confirmed)))
    }

    /// Both axes at the boot-time reading `boot`.
    pub fn at(&self, boot: BootTime) -> Now {
        Now {
            wall: self.vouched.as_ref().map(|vouched| vouched.wall_at(boot)),
            boot,
        }
    }

    /// Takes a statement of the time and says by how much station time moved, or `None` when the
    /// statement was not taken: a lesser voucher never corrects a greater one, and a difference
    /// that lies within both uncertainties is no reason to move, unless the new statement is much
    /// surer. A person who speaks again means to correct what was said before.
    pub fn vouch(&mut self, new: Vouched) -> Option<Moved> {
        let moved = match &self.vouched {
            None => Moved::FromUnknown,
            Some(old) if new.by < old.by => return None,
            Some(old) => {
                let expected = old.wall_at(new.boot).as_micros();
                let by_us = new.wall.as_micros().saturating_sub(expected);
                let again = new.by == old.by;
                let held = if again && new.by == Voucher::Person {
                    by_us == 0
                } else {
                    let within = old.agrees_with(&new);
                    // Of a greater voucher it is enough that it is surer at all.
                    let enough = old.uncertainty / if again { 2 } else { 1 };
                    within && new.uncertainty >= enough
                };
                if held {
                    self.confirm(&new);
                    return None;
                }
                Moved::By(by_us)
            }
        };
        self.vouched = Some(new);
        self.confirmed = None;
        Some(moved)
    }

    /// Takes a statement that is too unsure to set a clock by, for what it says of the date.
    pub fn confirm(&mut self, said: &Vouched) {
        let agrees = |own: &Vouched| own.agrees_with(said);
        if self.vouched.as_ref().is_some_and(agrees) {
            self.confirmed = self.confirmed.max(Some(said.by));
        }
    }
}

/// What a statement that was taken did to station time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It was unknown before.
    FromUnknown,
    /// It moved by so many microseconds, forward when above zero.
    By(i64),
}

impl Vouched {
    /// Whether both may be true: they lie no farther apart than both are unsure.
    fn agrees_with(&self, other: &Self) -> bool {
        let own = self.wall_at(other.boot).as_micros();
        let apart_us = other.wall.as_micros().saturating_sub(own).unsigned_abs();
        let doubt = self.uncertainty.saturating_add(other.uncertainty);
        u128::from(apart_us) <= doubt.as_micros()
    }

    fn wall_at(&self, boot: BootTime) -> WallTime {
        if boot >= self.boot {
            self.wall + boot.since(self.boot)
        } else {
            self.wall - self.boot.since(boot)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn boot(id: &str) -> BootId {
        BootId(id.to_owned())
    }

    fn said(by: Voucher, at_second: u32, wall_second: i64) -> Vouched {
        Vouched {
            by,
            boot: BootTime::after_boot(SECOND * at_second),
            wall: WallTime::from_millis(wall_second * 1_000),
            uncertainty: SECOND,
        }
    }

    #[test]
    fn time_is_unknown_after_a_boot_and_known_after_a_restart_of_the_program() {
        let mut clock = StationClock::unknown(boot("monday"));
        assert_eq!(clock.at(BootTime::ZERO).wall, None);
        assert_eq!(
            clock.vouch(said(Voucher::Server, 10, 1_000)),
            Some(Moved::FromUnknown)
        );
        let later = BootTime::after_boot(SECOND * 15);
        assert_eq!(clock.at(later).wall, Some(WallTime::from_millis(1_005_000)));
        assert_eq!(StationClock::resumed(clock.clone(), boot("monday")), clock);
        assert_eq!(
            StationClock::resumed(clock, boot("tuesday")).at(later).wall,
            None
        );
    }

    #[test]
    fn a_person_does_not_correct_the_server_and_doubt_does_not_move_the_clock() {
        let mut clock = StationClock::unknown(boot("monday"));
        assert_eq!(
            clock.vouch(said(Voucher::Person, 0, 500)),
            Some(Moved::FromUnknown)
        );
        assert_eq!(
            clock.vouch(said(Voucher::Server, 10, 1_000)),
            Some(Moved::By(490_000_000))
        );
        assert_eq!(clock.vouch(said(Voucher::Person, 20, 9_000)), None);
        assert_eq!(clock.vouch(said(Voucher::Server, 20, 1_011)), None);
        assert_eq!(
            clock.vouch(said(Voucher::Server, 20, 1_013)),
            Some(Moved::By(3_000_000))
        );
    }

    #[test]
    fn a_much_surer_statement_of_the_same_voucher_is_taken_even_within_the_doubt() {
        let mut clock = StationClock::unknown(boot("monday"));
        let unsure = said(Voucher::Server, 10, 1_000);
        let surer = |uncertainty_ms| Vouched {
            wall: WallTime::from_millis(1_000_700),
            uncertainty: Duration::from_millis(uncertainty_ms),
            ..unsure.clone()
        };
        assert_eq!(clock.vouch(unsure.clone()), Some(Moved::FromUnknown));
        assert_eq!(clock.vouch(surer(500)), None, "half is not much surer");
        assert_eq!(clock.vouch(surer(40)), Some(Moved::By(700_000)));
        assert_eq!(clock.vouch(unsure), None, "what is less sure moves nothing");
    }

    #[test]
    fn who_agrees_in_greater_doubt_confirms_the_date_and_who_disagrees_does_not() {
        let mut clock = StationClock::unknown(boot("monday"));
        clock.confirm(&said(Voucher::Server, 10, 1_000));
        assert_eq!(clock.dated_by(), None, "there is nothing to agree with");
        clock.vouch(said(Voucher::HardwareClock, 10, 1_000));
        assert_eq!(clock.dated_by(), Some(Voucher::HardwareClock));
        let slow = |wall_second| Vouched {
            uncertainty: SECOND * 4,
            ..said(Voucher::Server, 20, wall_second)
        };
        clock.confirm(&slow(1_016));
        assert_eq!(clock.dated_by(), Some(Voucher::HardwareClock));
        assert_eq!(clock.vouch(slow(1_014)), None, "the better time stays");
        assert_eq!(clock.dated_by(), Some(Voucher::Server));
        assert_eq!(
            clock.vouched().map(|said| said.by),
            Some(Voucher::HardwareClock)
        );
        clock.vouch(said(Voucher::Person, 30, 90_000));
        assert_eq!(
            clock.dated_by(),
            Some(Voucher::Person),
            "nobody else says so"
        );
    }

    #[test]
    fn a_greater_voucher_that_agrees_and_is_less_sure_leaves_the_better_time() {
        let mut clock = StationClock::unknown(boot("monday"));
        let minute = |wall_second| Vouched {
            uncertainty: SECOND * 60,
            ..said(Voucher::Person, 20, wall_second)
        };
        clock.vouch(said(Voucher::HardwareClock, 10, 1_000));
        assert_eq!(clock.vouch(minute(1_030)), None, "it agrees");
        let corrected = clock.vouch(minute(1_110));
        assert_eq!(corrected, Some(Moved::By(100_000_000)));
        assert_eq!(clock.vouch(minute(1_110)), None, "the same again");
        let again = clock.vouch(minute(1_080));
        assert_eq!(again, Some(Moved::By(-30_000_000)), "a person means it");
    }
}
