//! A whole player: the screen from the first moment on, and the loop as soon as this PC is a
//! station. The screen stays when the loop cannot go on, and the loop is tried again.

use std::fs::File;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use programme::units::BootTime;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tracing::{info, warn};

use crate::amplifier::Amplifier;
use crate::clock::Clock;
use crate::config::Settings;
use crate::daemon::{Daemon, Ended, Ends, Status};
use crate::door;
use crate::press;
use crate::renewal::Renewal;
use crate::screen::Screen;
use crate::state::{self, Taken};
use crate::station::Enrolment;
use crate::stuck::{self, Waited};
use crate::sync::backoff::Backoff;
use crate::watchdog::Watchdog;

/// How often a PC that is no station looks whether it has become one.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A loop that went on for longer than this is tried again soon after it failed.
const WENT_WELL: Duration = Duration::from_secs(10 * 60);

/// Runs a player until `shutdown` becomes true.
///
/// # Errors
/// Another player has the state folder.
pub async fn run(
    settings: Settings,
    clock: Clock,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let listen = settings.screen_listen;
    run_behind((None, listen), settings, clock, shutdown).await
}

/// As [`run`], with the screen on a listener that is open already.
///
/// # Errors
/// As [`run`].
pub async fn run_on(
    listener: TcpListener,
    settings: Settings,
    clock: Clock,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let listen = listener.local_addr().context("open the screen")?;
    run_behind((Some(listener), listen), settings, clock, shutdown).await
}

async fn run_behind(
    (open, listen): (Option<TcpListener>, SocketAddr),
    settings: Settings,
    clock: Clock,
    shutdown: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let (page_in, page) = watch::channel(None);
    let (keys, presses) = press::keys();
    let (times_in, times) = mpsc::channel(8);
    let (errands_in, errands) = mpsc::channel(2);
    let status = watch::Sender::new(Status::not_enrolled(false));
    let screen = Screen {
        status: status.subscribe(),
        keys,
        times: times_in,
        errands: errands_in,
        clock: clock.clone(),
        language: settings.language,
        speak_status_at: settings.speak_status_at,
        from_network: settings.screen_from_network,
        confirmed: Default::default(),
    };
    let mut ends = Ends {
        presses,
        times,
        errands,
        status,
        shutdown,
        watchdog: Watchdog::of_environment(),
        renewal: Renewal::default(),
        refused: settings.refused().cloned(),
        page,
    };
    let mut tasks = JoinSet::new();
    tasks.spawn(door::keep_open(open, listen, screen, page_in));
    let (mut left, mut pauses) = (Left::default(), Backoff::default());
    loop {
        let began = clock.boot();
        let failed = match go(&settings, &clock, &mut ends, &mut left).await {
            Ok(Ended::ShutDown | Ended::Replaced) => break,
            Ok(Ended::Reenrolled) => {
                info!("this PC was enrolled anew");
                continue;
            }
            Err(error) if error.is::<Taken>() => return Err(error),
            Err(error) => error,
        };
        if clock.boot().since(began) > WENT_WELL {
            pauses.reset();
        }
        let failed_at = clock.boot();
        let (ends, amplifier) = (&mut ends, &mut left.amplifier);
        let waited = stuck::wait(&settings, &clock, ends, &failed, &mut pauses, amplifier);
        match waited.await {
            Waited::ToEnd => break,
            Waited::ForTheDisk => {
                left.unwritable_since.get_or_insert(failed_at);
            }
            Waited::APause => left.unwritable_since = None,
        }
    }
    ends.watchdog.end();
    info!("the player ends");
    Ok(())
}

/// What one loop leaves to the next one.
#[derive(Default)]
struct Left {
    /// Keeps others from the state.
    lock: Option<File>,
    /// Since when the disk takes nothing, if the last loop ended of that.
    unwritable_since: Option<BootTime>,
    /// Of a loop that could not begin or go on: it is off, or is being switched off.
    amplifier: Option<Amplifier>,
}

/// Runs as the station that this PC is, until the loop ends or cannot go on.
async fn go(
    settings: &Settings,
    clock: &Clock,
    ends: &mut Ends,
    left: &mut Left,
) -> anyhow::Result<Ended> {
    if left.lock.is_none() {
        left.lock = Some(state::lock(&settings.state_dir)?);
        settings.keep();
    }
    let Some(enrolment) = enrolment(settings, clock, ends, &mut left.amplifier).await else {
        return Ok(Ended::ShutDown);
    };
    let (settings, clock, since) = (settings.clone(), clock.clone(), left.unwritable_since);
    let daemon = Daemon::start(settings, clock, enrolment, since, &mut left.amplifier).await?;
    left.unwritable_since = None;
    daemon.run(ends, &mut left.amplifier).await
}

/// Waits until this PC is a station; `None` when the program is to end first.
async fn enrolment(
    settings: &Settings,
    clock: &Clock,
    ends: &mut Ends,
    amplifier: &mut Option<Amplifier>,
) -> Option<Enrolment> {
    let mut told = false;
    loop {
        let damage = match Enrolment::load(&settings.state_dir) {
            Ok(Some(enrolment)) => return Some(enrolment),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        if !told {
            told = true;
            match &damage {
                Some(error) => warn!("the enrolment cannot be read: {error:#}"),
                None => warn!("this PC is no station yet: run `loaban-player enrol URL CODE`"),
            }
        }
        ends.status
            .send_replace(Status::not_enrolled(damage.is_some()));
        ends.watchdog
            .say("this PC is no station yet: run `loaban-player enrol URL CODE`");
        if !stuck::idle(clock, ends, amplifier, LOOK_EVERY).await {
            return None;
        }
    }
}
