//! What a person should look at, each with its own words; what can be read off elsewhere is not
//! kept.

use std::collections::BTreeMap;

use programme::ids::ContentHash;
use programme::programme::{Item, Programme};
use programme::signed::Refusal;
use programme::wire::Fault;

use super::Daemon;
use crate::age::Age;
use crate::sync::server::Link;

/// The PC's own clock is wrong from here on: people would notice.
const CLOCK_WRONG_MS: u64 = 60_000;

/// What is wrong at this moment.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Why the output cannot be opened.
    pub output: Option<String>,
    /// Why the programme that the server offers, or the one on the disk, was refused.
    pub programme: Option<Refusal>,
    /// Recordings that were refused, and why.
    pub recordings: BTreeMap<ContentHash, String>,
    /// Recordings wait for room on the disk.
    pub disk_low: bool,
    /// Recordings wait because the bytes of the month are spent.
    pub data_spent: bool,
    /// Why the disk takes nothing that is written.
    pub disk: Option<String>,
    /// Why the program that an upgrade laid in the place of this one cannot take over.
    pub upgrade: Option<String>,
    /// Why the page on this PC cannot be seen.
    pub page: Option<String>,
}

impl Daemon {
    pub(super) fn system_clock_error_ms(&self) -> Option<i64> {
        let wall = self.now().wall?;
        Some(self.clock.system().as_millis() - wall.as_millis())
    }

    pub(super) fn fault_names(&self) -> Vec<Fault> {
        let error = self.system_clock_error_ms();
        let programme = self.programme.as_ref().map(|held| held.get());
        let odd = |item: &Item| matches!(item, Item::NotUnderstood { .. });
        let has_odd = |programme: &Programme| {
            let standby = programme.standbys_not_understood().next().is_some();
            standby || programme.broadcasts.iter().any(odd)
        };
        let refusal = self.faults.programme.as_ref();
        let past = refusal.is_some_and(|why| matches!(why, Refusal::OlderGeneration { .. }));
        let measured = self.clocks.hardware.measured();
        let named = [
            (self.now().wall.is_none(), Fault::ClockUnknown),
            (
                measured.is_some_and(|measured| measured.is_bad()),
                Fault::HardwareClockBad,
            ),
            (
                error.is_some_and(|error| error.unsigned_abs() > CLOCK_WRONG_MS),
                Fault::ClockWrong,
            ),
            (self.faults.output.is_some(), Fault::OutputLost),
            (self.faults.disk_low, Fault::DiskLow),
            (self.faults.data_spent, Fault::DataSpent),
            (!self.faults.recordings.is_empty(), Fault::RecordingRefused),
            (refusal.is_some() && !past, Fault::ProgrammeRefused),
            (past, Fault::ProgrammePast),
            (programme.is_some_and(has_odd), Fault::ItemNotUnderstood),
            (self.amplifier.fault().is_some(), Fault::Amplifier),
            (self.faults.disk.is_some(), Fault::DiskUnwritable),
            (self.proofs.not_heard, Fault::NotHeard),
            (self.faults.upgrade.is_some(), Fault::UpgradeFailed),
            (self.is_old(), Fault::ProgrammeOld),
            (!self.state.unreadable.is_empty(), Fault::StateDamaged),
            (self.settings.refused().is_some(), Fault::SettingsRefused),
            (self.faults.page.is_some(), Fault::PageShut),
        ];
        let present = named.into_iter().filter(|(present, _)| *present);
        present.map(|(_, fault)| fault).collect()
    }

    /// Whether nobody has said for long that the programme is the newest. Before the time is known
    /// nobody can tell.
    fn is_old(&self) -> bool {
        let held = self.programme.as_ref().map(|held| held.get());
        let Some((now, programme)) = self.now().wall.zip(held) else {
            return false;
        };
        let age = Age {
            issued_at: programme.issued_at,
            server_seen: self.speech.server_seen(),
            stick_made: self.sticks.made(),
        };
        *self.sync.link.borrow() != Link::Up && age.is_old(now)
    }

    pub(super) fn remarks(&self) -> Vec<String> {
        let faults = &self.faults;
        let others = faults.recordings.values().take(1);
        let others = others.chain(self.state.unreadable.first());
        let refusal = faults.programme.as_ref().map(Refusal::to_string);
        let remarks = faults.disk.iter().chain(&faults.output);
        let remarks = remarks.chain(self.amplifier.fault());
        let remarks = remarks.chain(&refusal).chain(&faults.upgrade);
        let remarks = remarks.chain(self.settings.refused()).chain(&faults.page);
        remarks.chain(others).cloned().collect()
    }
}
