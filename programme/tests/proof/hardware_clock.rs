//! The hardware clock of a village PC, from one power cut to the next.

use std::time::Duration;

use programme::clock::hardware::{Distrust, HardwareClock, Reading};
use programme::clock::{BootId, StationClock, Vouched, Voucher, person};
use programme::units::{BootTime, WallTime};

use crate::village::{MINUTE, at, monday};

const HOUR: Duration = Duration::from_hours(1);
const BOOTING: Duration = Duration::from_secs(40);
const NIGHT: Duration = Duration::from_hours(9);

/// A PC that the power switch and the battery can be taken from.
struct Pc {
    truth: WallTime,
    booted: WallTime,
    boots: u32,
    /// What its hardware clock is ahead of the truth, in microseconds.
    ahead_us: i64,
    first: Reading,
    clock: StationClock,
    memory: HardwareClock,
    newest: Option<WallTime>,
}

impl Pc {
    fn new() -> Self {
        let mut pc = Self {
            truth: monday("08:00"),
            booted: monday("08:00"),
            boots: 0,
            ahead_us: 0,
            first: Reading {
                boot: BootTime::ZERO,
                shows: monday("08:00"),
            },
            clock: StationClock::unknown(BootId(String::new())),
            memory: HardwareClock::default(),
            newest: None,
        };
        pc.boot_after(Duration::ZERO);
        pc
    }

    fn boot(&self) -> BootTime {
        BootTime::after_boot(self.truth.since(self.booted))
    }

    fn reading(&self) -> Reading {
        Reading {
            boot: self.boot(),
            shows: shifted(self.truth, self.ahead_us),
        }
    }

    /// The power goes, and comes back after `off`.
    fn boot_after(&mut self, off: Duration) {
        self.booted = self.truth + off;
        self.truth = self.booted + BOOTING;
        self.boots += 1;
        self.clock = StationClock::unknown(BootId(self.boots.to_string()));
        self.first = self.reading();
    }

    /// Somebody shuts the PC down and switches it on after `off`. The mains stay on.
    fn shut_down_for(&mut self, off: Duration) {
        self.memory.end();
        self.boot_after(off);
    }

    /// Takes the hardware clock at its word, as a station does after a boot.
    fn ask(&mut self) -> Result<Vouched, Distrust> {
        let said = self.memory.vouch(&self.first, self.newest);
        if let Ok(said) = &said {
            self.clock.vouch(said.clone());
        }
        said
    }

    fn server_vouches(&mut self) {
        let said = Vouched {
            by: Voucher::Server,
            boot: self.boot(),
            wall: self.truth,
            uncertainty: Duration::from_millis(40),
        };
        self.clock.vouch(said);
    }

    fn person_says(&mut self, wall: WallTime) {
        self.clock.vouch(person::vouch(wall, self.boot()));
    }

    /// Runs for `span`, and looks at its clocks every minute.
    fn run(&mut self, span: Duration) {
        let end = self.truth + span;
        while self.truth < end {
            self.truth = self.truth + MINUTE;
            self.memory.measure(&self.first, &self.clock);
            self.memory.note(&self.reading(), &self.clock);
            self.newest = self.clock.at(self.boot()).wall.or(self.newest);
        }
    }

    /// A PC whose hardware clock was found right after one night.
    fn with_a_measured_clock() -> Self {
        let mut pc = Self::new();
        pc.server_vouches();
        pc.run(HOUR);
        pc.boot_after(NIGHT);
        pc.server_vouches();
        pc.run(HOUR);
        pc
    }

    fn error_ms(&self) -> i64 {
        self.memory.measured().expect("it was measured").error_ms
    }
}

fn shifted(wall: WallTime, by_us: i64) -> WallTime {
    WallTime::from_micros(wall.as_micros() + by_us)
}

#[test]
fn the_first_boot_ever_and_the_one_after_it_trust_no_hardware_clock() {
    let mut pc = Pc::new();
    assert_eq!(pc.ask(), Err(Distrust::NotMeasured));
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(NIGHT);
    assert_eq!(pc.ask(), Err(Distrust::NotMeasured));
}

#[test]
fn a_clock_that_was_right_after_one_night_vouches_after_the_next() {
    let mut pc = Pc::with_a_measured_clock();
    assert_eq!(pc.error_ms(), 0);
    pc.ahead_us += 1_500_000;
    pc.boot_after(NIGHT);
    let said = pc.ask().expect("it is trusted");
    assert_eq!(said.by, Voucher::HardwareClock);
    let wrong = said.wall.since(pc.truth).max(pc.truth.since(said.wall));
    assert!(wrong <= said.uncertainty, "{wrong:?}");
    assert!(said.uncertainty < Duration::from_secs(5), "{said:?}");
    pc.server_vouches();
    pc.run(MINUTE);
    assert_eq!(pc.error_ms(), 1_500);
}

#[test]
fn a_clock_in_local_time_keeps_its_distance_and_is_as_good() {
    let mut pc = Pc::new();
    pc.ahead_us = 7 * 3_600 * 1_000_000;
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(NIGHT);
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(NIGHT);
    assert_eq!(pc.ask().map(|said| said.wall), Ok(pc.truth));
}

#[test]
fn a_clock_that_lost_minutes_in_a_night_is_not_believed_until_it_is_found_right_again() {
    let mut pc = Pc::with_a_measured_clock();
    pc.ahead_us -= 180_000_000;
    pc.boot_after(NIGHT);
    // Nobody could know, and the next measurement tells.
    pc.server_vouches();
    pc.run(HOUR);
    assert_eq!(pc.error_ms(), -180_000);
    pc.boot_after(NIGHT);
    let Err(Distrust::WasWrong(measured)) = pc.ask() else {
        panic!("it was wrong the last time");
    };
    assert!(measured.is_bad());
    // Somebody has put in a fresh battery.
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(NIGHT);
    assert_eq!(pc.ask().map(|said| said.wall), Ok(pc.truth));
}

#[test]
fn a_flat_battery_never_vouches_whichever_way_it_shows() {
    let after_a_night = |ahead: fn(&Pc) -> i64| {
        let mut pc = Pc::with_a_measured_clock();
        pc.ahead_us += ahead(&pc);
        pc.boot_after(NIGHT);
        pc.ask()
    };
    let whole_night = -i64::try_from(NIGHT.as_micros()).expect("a night");
    assert_eq!(
        after_a_night(|_| 0).map(|said| said.by),
        Ok(Voucher::HardwareClock)
    );
    let in_2000 = |pc: &Pc| at("2000-01-01T00:00").as_micros() - pc.truth.as_micros();
    assert_eq!(after_a_night(in_2000), Err(Distrust::Behind));
    let in_1970 = |pc: &Pc| -pc.truth.as_micros();
    assert_eq!(after_a_night(in_1970), Err(Distrust::Behind));
    let in_2099 = |pc: &Pc| at("2099-01-01T00:00").as_micros() - pc.truth.as_micros();
    assert_eq!(after_a_night(in_2099), Err(Distrust::FarAhead));
    let mut pc = Pc::with_a_measured_clock();
    pc.ahead_us += whole_night;
    pc.boot_after(NIGHT);
    assert_eq!(pc.ask(), Err(Distrust::StoodStill), "at its last time");
}

#[test]
fn a_clock_that_stood_still_is_found_out_also_when_the_time_was_unknown_before() {
    let mut pc = Pc::with_a_measured_clock();
    pc.ahead_us -= 3_600_000_000;
    pc.boot_after(HOUR);
    assert_eq!(pc.ask(), Err(Distrust::StoodStill));
    // Nobody vouches for the time all day long, and the power goes for another hour.
    pc.run(HOUR * 8);
    pc.ahead_us -= 3_600_000_000;
    pc.boot_after(HOUR);
    assert_eq!(pc.ask(), Err(Distrust::StoodStill));
}

#[test]
fn a_clock_that_was_refused_once_stays_refused_while_nobody_knows_the_time() {
    let mut pc = Pc::with_a_measured_clock();
    // The battery is dead; the clock runs for as long as the supply of the PC gives it power.
    pc.ahead_us -= 9 * 3_600 * 1_000_000;
    pc.boot_after(NIGHT);
    assert_eq!(pc.ask(), Err(Distrust::StoodStill));
    pc.run(HOUR * 6);
    // At noon the PC is shut down, and the mains stay on.
    pc.boot_after(HOUR);
    assert_eq!(pc.ask(), Err(Distrust::NobodyKnew));
    pc.run(HOUR);
    pc.boot_after(HOUR);
    assert_eq!(pc.ask(), Err(Distrust::NobodyKnew));
    pc.server_vouches();
    pc.run(HOUR);
    assert_eq!(pc.error_ms(), -9 * 3_600_000);
}

/// Its battery is dead, and only a cut of the mains would show it.
#[test]
fn nights_on_standby_power_prove_nothing_about_the_battery() {
    let mut pc = Pc::new();
    pc.server_vouches();
    pc.run(HOUR);
    for _ in 0..5 {
        pc.shut_down_for(NIGHT);
        assert_eq!(pc.ask(), Err(Distrust::NotMeasured));
        pc.server_vouches();
        pc.run(HOUR);
    }
    assert_eq!(pc.memory.measured(), None);
    // Shut down as ever; then the mains are away for a part of the night, and the server too.
    pc.ahead_us -= 4 * 3_600 * 1_000_000;
    pc.shut_down_for(NIGHT);
    assert_eq!(pc.ask(), Err(Distrust::NotMeasured));
    pc.server_vouches();
    pc.run(MINUTE);
    assert_eq!(pc.error_ms(), -4 * 3_600_000, "what is wrong counts");
}

#[test]
fn a_clock_that_outlived_a_cut_is_trusted_after_a_shutdown_and_one_that_did_not_is_not() {
    let mut pc = Pc::with_a_measured_clock();
    pc.shut_down_for(NIGHT);
    assert_eq!(pc.ask().map(|said| said.wall), Ok(pc.truth));
    pc.server_vouches();
    pc.run(HOUR);
    pc.ahead_us -= 180_000_000;
    pc.boot_after(NIGHT);
    pc.server_vouches();
    pc.run(HOUR);
    // A night on the mains does not acquit it, a night without them does.
    pc.shut_down_for(NIGHT);
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(NIGHT);
    assert!(matches!(pc.ask(), Err(Distrust::WasWrong(_))));
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(NIGHT);
    assert_eq!(pc.ask().map(|said| said.wall), Ok(pc.truth));
}

#[test]
fn a_program_that_was_only_started_anew_takes_nothing_from_the_next_cut() {
    let mut pc = Pc::new();
    pc.server_vouches();
    pc.run(HOUR);
    pc.memory.end();
    pc.run(MINUTE);
    pc.boot_after(NIGHT);
    pc.server_vouches();
    pc.run(MINUTE);
    assert_eq!(pc.error_ms(), 0);
}

#[test]
fn a_clock_that_showed_a_time_of_its_own_is_measured_anew_before_it_is_believed() {
    let mut pc = Pc::with_a_measured_clock();
    pc.ahead_us += 400 * 24 * 3_600 * 1_000_000;
    pc.boot_after(HOUR);
    assert_eq!(pc.ask(), Err(Distrust::FarAhead));
    assert_eq!(pc.memory.measured(), None);
}

#[test]
fn a_short_restart_costs_nothing_once_somebody_has_said_the_time() {
    for server in [true, false] {
        let mut pc = Pc::with_a_measured_clock();
        pc.boot_after(MINUTE);
        assert_eq!(pc.ask(), Err(Distrust::StoodStill));
        pc.run(MINUTE * 2);
        if server {
            pc.server_vouches();
        } else {
            pc.person_says(pc.truth);
        }
        pc.run(MINUTE);
        pc.boot_after(NIGHT);
        assert_eq!(pc.ask().map(|said| said.wall), Ok(pc.truth));
    }
}

#[test]
fn a_short_power_off_proves_nothing_and_is_not_trusted() {
    let mut pc = Pc::new();
    pc.server_vouches();
    pc.run(HOUR);
    pc.boot_after(MINUTE);
    pc.server_vouches();
    pc.run(HOUR);
    assert_eq!(pc.memory.measured(), None);
    let mut pc = Pc::with_a_measured_clock();
    pc.boot_after(MINUTE);
    assert_eq!(pc.ask(), Err(Distrust::StoodStill));
}

#[test]
fn a_time_before_what_the_journal_or_the_programme_knows_is_not_believed() {
    let mut pc = Pc::with_a_measured_clock();
    pc.boot_after(NIGHT);
    pc.newest = Some(pc.truth + MINUTE);
    assert_eq!(pc.ask(), Err(Distrust::Behind));
}

#[test]
fn a_person_convicts_a_clock_that_is_grossly_wrong_and_acquits_none() {
    let mut pc = Pc::with_a_measured_clock();
    let before = pc.memory.measured();
    pc.boot_after(NIGHT);
    pc.ask().expect("it is trusted");
    let watch = pc.truth + Duration::from_secs(50);
    pc.person_says(watch);
    pc.run(MINUTE);
    assert_eq!(pc.memory.measured(), before, "a watch is no better");
    pc.person_says(pc.truth + MINUTE * 20);
    pc.run(MINUTE);
    assert_eq!(pc.error_ms(), -19 * 60_000);
    pc.boot_after(NIGHT);
    assert!(matches!(pc.ask(), Err(Distrust::WasWrong(_))));
}

#[test]
fn what_a_station_remembers_of_its_hardware_clock_outlives_a_restart() {
    let pc = Pc::with_a_measured_clock();
    let text = serde_json::to_string(&pc.memory).expect("JSON");
    let read: HardwareClock = serde_json::from_str(&text).expect("what was written");
    assert_eq!(read.measured(), pc.memory.measured());
    let mut pc = Pc { memory: read, ..pc };
    pc.boot_after(NIGHT);
    assert!(pc.ask().is_ok());
}
