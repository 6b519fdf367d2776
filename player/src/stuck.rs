//! What a player does that cannot go on, mostly because its disk takes nothing any more.
//!
//! Without a journal nothing may air. What is left is to say so: to whoever stands in front of the
//! PC, for the page stays, and to the server if it can be reached. Everything is tried again by
//! itself, longer and longer apart, for nobody in the village knows how to start a program.

use std::time::Duration;

use programme::units::BootTime;
use programme::wire::{Fault, Health};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, error, info};

use crate::VERSION;
use crate::amplifier::{Amplifier, Switched};
use crate::clock::{self, Clock};
use crate::config::Settings;
use crate::daemon::{Ends, Standing, Status};
use crate::disk::{self, Unwritable};
use crate::station::Enrolment;
use crate::sync::backoff::Backoff;
use crate::sync::server::Server;

/// What a player that cannot go on has waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The disk, which took nothing and does again.
    ForTheDisk,
    /// Another try.
    APause,
    /// The program is to end.
    ToEnd,
}

/// Says on the page and to the server why the player cannot go on, until it is to be tried again:
/// after a pause, and not before the disk takes what is written.
pub async fn wait(
    settings: &Settings,
    clock: &Clock,
    ends: &mut Ends,
    failed: &anyhow::Error,
    pauses: &mut Backoff,
    amplifier: &mut Option<Amplifier>,
) -> Waited {
    error!("the player cannot go on, and is tried again by itself: {failed:#}");
    ends.watchdog
        .say("nothing airs, for the player cannot go on; the page and the log say why");
    let began = clock.boot();
    let mut unwritable = disk::prove_beside(&settings.state_dir).await.err();
    let mut waited = Waited::APause;
    let enrolment = Enrolment::load(&settings.state_dir).ok().flatten();
    let mut status = {
        let last = ends.status.borrow();
        stuck(&last, enrolment.as_ref(), failed, unwritable.as_ref())
    };
    status.add_beside(beside(ends, amplifier.as_ref()));
    ends.status.send_replace(status);
    let mut telling = JoinSet::new();
    if let Some(enrolment) = enrolment {
        let teller = Teller {
            shown: ends.status.subscribe(),
            disk_free_bytes: disk::free_bytes(&settings.state_dir).unwrap_or(0),
            every: settings.health_interval,
            began,
            clock: clock.clone(),
        };
        telling.spawn(teller.tell(enrolment));
    }
    loop {
        if !idle(clock, ends, amplifier, pauses.next(clock::fraction())).await {
            return Waited::ToEnd;
        }
        let before = unwritable.is_some();
        if before {
            waited = Waited::ForTheDisk;
        }
        unwritable = disk::prove_beside(&settings.state_dir).await.err();
        match &unwritable {
            Some(unwritable) => debug!("{unwritable}"),
            None if before => info!("the disk can be written again"),
            None => {}
        }
        if unwritable.is_none() {
            return waited;
        }
    }
}

/// Lets `span` pass while the page is there and no key but STOP means anything; the others are
/// refused so that nobody waits for them. What becomes of the `amplifier` and of an upgrade
/// meanwhile is shown. False when the program is to end.
pub async fn idle(
    clock: &Clock,
    ends: &mut Ends,
    amplifier: &mut Option<Amplifier>,
    span: Duration,
) -> bool {
    let over = clock.boot().saturating_add(span);
    while clock.boot() < over {
        if ends.renewal.is_due(clock.boot()) {
            info!("another release was installed, and begins");
            return false;
        }
        let beside = beside(ends, amplifier.as_ref());
        ends.status.send_modify(|status| {
            status.waits_until = Some(over);
            status.add_beside(beside);
        });
        // What waits for people or for a disk is alive.
        ends.watchdog.look(clock.boot(), || true);
        let look = ends.watchdog.poll_timeout().unwrap_or(over);
        tokio::select! {
            () = clock.wait_until(over.min(look)) => {}
            () = ends.presses.refuse() => {}
            Some(_) = ends.times.recv() => {}
            Some(_) = ends.errands.recv() => {}
            Some(switched) = next_of(amplifier.as_ref()) => {
                if let Some(amplifier) = amplifier {
                    amplifier.take_switched(switched, clock.boot());
                }
            }
            () = ends.renewal.tried() => {}
            Ok(()) = ends.page.changed() => {}
            _ = ends.shutdown.wait_for(|told| *told) => return false,
        }
    }
    true
}

async fn next_of(amplifier: Option<&Amplifier>) -> Option<Switched> {
    amplifier?.switched().await
}

/// What may be wrong beside what keeps the player from going on.
fn beside(ends: &Ends, amplifier: Option<&Amplifier>) -> [(Fault, Option<String>); 4] {
    let amplifier = amplifier.and_then(Amplifier::fault);
    [
        (Fault::Amplifier, amplifier.cloned()),
        (Fault::UpgradeFailed, ends.renewal.trouble().cloned()),
        (Fault::SettingsRefused, ends.refused.clone()),
        (Fault::PageShut, ends.page.borrow().clone()),
    ]
}

/// What the page shows: of `last` what is still so.
fn stuck(
    last: &Status,
    enrolment: Option<&Enrolment>,
    failed: &anyhow::Error,
    unwritable: Option<&Unwritable>,
) -> Status {
    let (standing, fault, why) = match unwritable {
        Some(unwritable) => (
            Standing::Unwritable,
            Fault::DiskUnwritable,
            unwritable.to_string(),
        ),
        None => (Standing::Stuck, Fault::Stuck, format!("{failed:#}")),
    };
    // An output that did not open when it was last tried is not tried meanwhile.
    let output = Some(Fault::OutputLost).filter(|lost| last.faults.contains(lost));
    Status {
        standing,
        station: enrolment.map(|enrolment| enrolment.name.clone()),
        server: enrolment.map(|enrolment| enrolment.server.clone()),
        said_at: last.said_at,
        wall: last.wall,
        clock: last.clock,
        newest: last.newest,
        system_clock_error_ms: last.system_clock_error_ms,
        zone: last.zone.clone(),
        generation: last.generation,
        issued_at: last.issued_at,
        ready: last.ready,
        wanted: last.wanted,
        volume: last.volume,
        faults: [fault].into_iter().chain(output).collect(),
        remarks: vec![why],
        ..Status::not_enrolled(false)
    }
}

/// What the server is told: no emergency is held, for none would sound.
fn health(status: &Status, disk_free_bytes: u64) -> Health {
    Health {
        version: VERSION.to_owned(),
        generation: status.generation,
        clock: status.clock,
        system_clock_error_ms: status.system_clock_error_ms,
        emergencies: Vec::new(),
        standby: Vec::new(),
        stops: Vec::new(),
        ready: status.ready,
        wanted: status.wanted,
        disk_free_bytes,
        output_ok: !status.faults.contains(&Fault::OutputLost),
        faults: status.fault_names(),
        volume_db: Some(status.volume.decibels()),
        uptime: Duration::ZERO,
    }
}

/// Tells the server how the station is.
struct Teller {
    shown: watch::Receiver<Status>,
    disk_free_bytes: u64,
    every: Duration,
    began: BootTime,
    clock: Clock,
}

impl Teller {
    /// Again and again, and whenever something else is wrong, whether the server is there or not.
    async fn tell(mut self, enrolment: Enrolment) {
        let server = match Server::of(&enrolment) {
            Ok(server) => server,
            Err(error) => return error!("the server cannot be told: {error:#}"),
        };
        let mut backoff = Backoff::default();
        loop {
            let status = self.shown.borrow_and_update().clone();
            let health = Health {
                uptime: self.clock.boot().since(self.began),
                ..health(&status, self.disk_free_bytes)
            };
            let pause = match server.tell_health(&health).await {
                Ok(()) => {
                    backoff.reset();
                    self.every
                }
                Err(trouble) => {
                    debug!("the server is not told: {trouble}");
                    backoff.after(&trouble, clock::fraction())
                }
            };
            let differs = |status: &Status| status.fault_names() != health.faults;
            tokio::select! {
                () = self.clock.wait(pause) => {}
                Ok(_) = self.shown.wait_for(differs) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_did_not_open_is_not_well_because_the_player_is_stuck() {
        let mut last = Status::not_enrolled(false);
        let failed = anyhow::anyhow!("a later release wrote the state");
        let well = stuck(&last, None, &failed, None);
        assert_eq!(well.faults, [Fault::Stuck]);
        assert!(health(&well, 1).output_ok);
        last.faults = vec![Fault::OutputLost, Fault::DiskLow];
        for _ in 0..2 {
            last = stuck(&last, None, &failed, None);
            assert_eq!(last.faults, [Fault::Stuck, Fault::OutputLost]);
            assert!(!health(&last, 1).output_ok);
        }
    }
}
