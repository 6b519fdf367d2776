//! Who vouches for the time at this PC, and how good its own clocks are.

use std::io::ErrorKind;
use std::time::Duration;

use programme::clock::hardware::{HardwareClock, Measured};
use programme::clock::{StationClock, Vouched, Voucher};

use super::{Finding, fine, wrong};
use crate::clock::Clock;
use crate::config::Settings;
use crate::state::State;

/// Looks at station time, at NTP and at the hardware clock.
pub(super) async fn examine(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    match read(settings, clock).await {
        Ok((vouched, memory)) => vec![
            station_time(vouched.as_ref()),
            ntp(clock),
            hardware(settings, clock, memory.measured()),
        ],
        Err(error) => vec![wrong(
            "station time",
            format!("{error:#}"),
            "start the player: it moves a damaged state aside and begins another",
        )],
    }
}

/// What station time rests on in this boot, and what is remembered of the hardware clock.
async fn read(
    settings: &Settings,
    clock: &Clock,
) -> anyhow::Result<(Option<Vouched>, HardwareClock)> {
    let Some(mut state) = State::open_existing(&settings.state_dir).await? else {
        return Ok((None, HardwareClock::default()));
    };
    let boot_id = clock.boot_id()?;
    let saved = state.clock().await?;
    let memory = state.hardware_clock().await?.unwrap_or_default();
    state.close().await?;
    let own = saved.map(|saved| StationClock::resumed(saved, boot_id));
    let vouched = own.and_then(|own| own.vouched().cloned());
    Ok((vouched, memory))
}

fn station_time(vouched: Option<&Vouched>) -> Finding {
    const WHAT: &str = "station time";
    let Some(vouched) = vouched else {
        return wrong(
            WHAT,
            "nobody has vouched for it since the PC was switched on, and nothing airs",
            "start the player with the network on, or look at a watch and run \
             `loaban-player confirm-time \"YYYY-MM-DD HH:MM\"`",
        );
    };
    let by = match vouched.by {
        Voucher::HardwareClock => "this PC's hardware clock vouches for it",
        Voucher::Person => "a person at the PC has confirmed it",
        Voucher::Ntp => "NTP vouches for it",
        Voucher::Server => "the server vouches for it",
    };
    fine(WHAT, format!("{by}, within {}", span(vouched.uncertainty)))
}

/// That NTP does not run is no ill while somebody else vouches, and a cure when nobody does.
fn ntp(clock: &Clock) -> Finding {
    const WHAT: &str = "NTP";
    match clock.system_clock() {
        Ok(kept) if kept.vouch(None).is_some() => {
            let error = kept.max_error.saturating_add(kept.left);
            fine(
                WHAT,
                format!("keeps the system clock, within {}", span(error)),
            )
        }
        Ok(kept) if kept.synchronised => fine(
            WHAT,
            format!(
                "has not heard a time server for long: the system clock may be {} wrong",
                span(kept.max_error)
            ),
        ),
        Ok(_) => fine(
            WHAT,
            "does not keep the system clock; with `apt install systemd-timesyncd` (or chrony with \
             rtcsync) the station also knows the time while its server is away",
        ),
        Err(error) => fine(
            WHAT,
            format!("the kernel does not say whether it runs: {error}"),
        ),
    }
}

fn hardware(settings: &Settings, clock: &Clock, measured: Option<Measured>) -> Finding {
    const WHAT: &str = "hardware clock";
    let place = settings.hardware_clock.display();
    match clock.hardware(&settings.hardware_clock) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return fine(
                WHAT,
                format!("there is none at {place}; after a power cut others must tell the time"),
            );
        }
        Err(error) => {
            return wrong(
                WHAT,
                format!("{place} cannot be read: {error}"),
                "let the user that runs the player read it, or set hardware_clock to another file",
            );
        }
        Ok(_) => {}
    }
    let Some(measured) = measured else {
        return fine(
            WHAT,
            "not measured yet: that takes five minutes without mains, between two times at which \
             the server or NTP vouches; pull the plug while the PC runs, for one that is shut down \
             with the plug in proves nothing about its battery",
        );
    };
    let error = Duration::from_millis(measured.error_ms.unsigned_abs());
    let side = if measured.error_ms < 0 {
        "behind"
    } else {
        "ahead"
    };
    let off = span(measured.off);
    let how = format!("{} {side} after the last {off} without power", span(error));
    if measured.is_bad() {
        wrong(
            WHAT,
            how,
            "replace the CMOS battery of the PC (pin CMOS, mostly a CR2032); until then the \
             server, NTP or a person must tell the time after each power cut; afterwards pull the \
             plug for five minutes while the PC runs, so that the new one is measured",
        )
    } else {
        fine(WHAT, how)
    }
}

/// A span in the unit that says most.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
