//! THE loop: it owns all mutable state of a running player and waits for one closed [`Wake`].
//!
//! ```text
//! Wake ─► what it means ─► air core ─► commands ─► journal, then output
//!                                  └─► Want, Outbox ─► sync        Status ─► screen
//! ```
//!
//! Nothing else decides and nothing else writes. A line of the journal is on the disk before the
//! command after it is obeyed, so that no sound is ever without its record.

mod beginning;
mod faults;
mod emergencies;
mod ending;
mod loudness;
mod obey;
mod plans;
mod proof;
mod speech;
mod pulse;
mod renewal;
mod standby;
mod status;
mod sticks;
mod stopped;
mod stops;
mod take;
mod time;
mod want;

use std::collections::BTreeMap;
use std::sync::Arc;

use ed25519_dalek::{SigningKey, VerifyingKey};
use programme::air::{AirCore, Input, Key, Reason};
use programme::clock::{BootId, Now, StationClock, Vouched};
use programme::programme::{Programme, ReadySet};
use programme::signed::Verified;
use programme::units::BootTime;
use programme::wire::AsRunBatch;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use crate::amplifier::{Amplifier, Switched};
use crate::bundle::Errand;
use crate::clock::Clock;
use crate::config::Settings;
use crate::duties::{Duties, Duty};
use crate::output::{Attempt, Output, Report};
use crate::press::{Press, Presses};
use crate::ready::Shelf;
use crate::renewal::Renewal;
use crate::state::State;
use crate::station::Enrolment;
use crate::sync::server::Link;
use crate::sync::{News, Sync};
use crate::thrift::Spent;
use crate::volume::Volume;
use crate::watchdog::Watchdog;
use emergencies::Emergencies;
use faults::Faults;
use obey::Aired;
use proof::Proofs;
use speech::Speech;
use standby::OrdersHere;
use sticks::Sticks;
use stopped::Stopped;
use time::Clocks;
use want::Arrived;

pub(crate) use beginning::LastRun;
pub use obey::clock_face;
pub use plans::REACH_BACK_DAYS;
pub use speech::Spoken;
pub use standby::{Ask, Hindrance, StatusStandby};
pub use status::{ServerTrouble, Standing, Status, StatusCue, StatusEmergency};
pub use sticks::Coming;

/// Why the loop woke.
#[derive(Debug)]
enum Wake {
    /// Something came from the server, or was made ready.
    News(News),
    /// The server was found in another way than before.
    Link,
    /// The output says what was heard.
    Output(Report),
    /// Somebody pressed a key.
    Press(Press),
    /// A person at the PC says what time it is.
    Time(Vouched),
    /// The amplifier was switched, or could not be.
    Amplifier(Switched),
    /// Somebody at the PC asks for something with a stick.
    Errand(Errand),
    /// The program that an upgrade laid in the place of this one was tried.
    Tried,
    /// The page can be seen, or cannot be seen any more.
    Page,
    /// A recurring duty is due.
    Duty(Duty),
    /// A deadline of the core's or the amplifier's, midnight, or a look at the clocks.
    Deadline,
    /// The program is to end.
    ShutDown,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    ShutDown,
    /// The PC was enrolled anew: everything begins again as that station.
    Reenrolled,
    /// Another release lies in the place of this one: the program ends, and that one is started.
    Replaced,
}

/// How the loop is reached from outside.
#[derive(Debug)]
pub struct Ends {
    /// Keys pressed.
    pub presses: Presses,
    /// What people at the PC say of the time.
    pub times: mpsc::Receiver<Vouched>,
    /// What people at the PC ask for with a stick.
    pub errands: mpsc::Receiver<Errand>,
    /// What the screen shows.
    pub status: watch::Sender<Status>,
    /// Becomes true when the program is to end.
    pub shutdown: watch::Receiver<bool>,
    /// Is told that the loop goes on.
    pub watchdog: Watchdog,
    /// What an upgrade laid in the place of this program.
    pub renewal: Renewal,
    /// Why what the player is told is refused, where it goes on with former settings.
    pub refused: Option<String>,
    /// Why the page cannot be seen.
    pub page: watch::Receiver<Option<String>>,
}

/// A running player.
#[derive(Debug)]
pub struct Daemon {
    settings: Settings,
    clock: Clock,
    boot_id: BootId,
    began: BootTime,
    enrolment: Enrolment,
    key: VerifyingKey,
    own_key: SigningKey,
    state: State,
    station_clock: StationClock,
    clocks: Clocks,
    programme: Option<Verified<Programme>>,
    /// What that replaced while nobody knew the time, and whose outcomes are still owed.
    replaced: Option<Verified<Programme>>,
    etag: Option<String>,
    emergencies: Emergencies,
    here: OrdersHere,
    core: AirCore,
    ready: ReadySet,
    /// When the plans in force must be made anew: the next midnight.
    midnight: Option<BootTime>,
    shelf: Shelf,
    output: Output,
    /// On top of the programme's.
    volume: Volume,
    amplifier: Amplifier,
    on_output: BTreeMap<Attempt, Aired>,
    attempts: u64,
    /// What the server takes in lines beside what every server takes.
    also_takes: Vec<String>,
    /// The next lines of the as-run that the server has not stored.
    unsent: Option<Arc<AsRunBatch>>,
    disk_free_bytes: u64,
    faults: Faults,
    /// What the recordings of the month have cost, as it was last noted.
    spent: Spent,
    arrived: Arrived,
    proofs: Proofs,
    speech: Speech,
    sticks: Sticks,
    stopped: Stopped,
    sync: Sync,
    duties: Duties,
    reports: mpsc::UnboundedReceiver<Report>,
}

impl Daemon {
    /// Airs what the programme says, until it is told to end. When it cannot go on it leaves the
    /// `amplifier`, which is off or is being switched off.
    ///
    /// # Errors
    /// The state cannot be written any more: without a journal nothing may air.
    pub async fn run(
        mut self,
        ends: &mut Ends,
        amplifier: &mut Option<Amplifier>,
    ) -> anyhow::Result<Ended> {
        match self.live(ends).await {
            Ok(ended) => self.end(ends).await.map(|()| ended),
            Err(error) => {
                *amplifier = Some(self.give_up().await);
                Err(error)
            }
        }
    }

    async fn live(&mut self, ends: &mut Ends) -> anyhow::Result<Ended> {
        info!(station = %self.enrolment.name, "this PC is the station");
        self.ask_hardware_clock().await?;
        self.look_at_clocks().await?;
        self.replan().await?;
        self.probe_output();
        let (mut moved, mut pruned) = (false, false);
        loop {
            // A PC that is off at night is never there for the nightly duty.
            if !pruned && self.midnight.is_some() {
                pruned = true;
                self.prune().await?;
            }
            self.faults.page.clone_from(&ends.page.borrow());
            self.settle(&ends.status, moved).await?;
            self.pulse(&ends.status.borrow(), &mut ends.watchdog);
            let wake = self.wait(ends).await;
            moved = matches!(wake, Wake::Output(Report::Progress { .. }));
            let ended = match wake {
                Wake::News(news) => self.take_news(news).await?,
                Wake::Link => self.take_link(),
                Wake::Output(report) => self.take_report(report),
                Wake::Press(Press::Key(key)) => self.take_press(key),
                Wake::Press(Press::Volume(turn)) => self.turn_volume(turn).await?,
                Wake::Press(Press::Standby(ask)) => self.take_ask(ask).await?,
                Wake::Time(vouched) => {
                    self.take_time(vouched).await?;
                    None
                }
                Wake::Errand(errand) => self.sticks.hand_on(errand),
                Wake::Amplifier(switched) => self.take_switched(switched),
                Wake::Page => None,
                Wake::Tried => self.make_way(&mut ends.renewal),
                Wake::Duty(duty) => self.do_duty(duty, &mut ends.renewal).await?,
                Wake::Deadline => self.look_at_time().await?,
                Wake::ShutDown => Some(Ended::ShutDown),
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }

    /// The one place where the player waits.
    async fn wait(&mut self, ends: &mut Ends) -> Wake {
        let deadlines = self.deadline().into_iter();
        let deadline = deadlines.chain(ends.watchdog.poll_timeout()).min();
        let due = async {
            match deadline {
                Some(deadline) => self.clock.wait_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = ends.shutdown.wait_for(|told| *told) => Wake::ShutDown,
            press = ends.presses.next(&self.clock) => Wake::Press(press),
            Some(vouched) = ends.times.recv() => Wake::Time(vouched),
            Some(errand) = ends.errands.recv() => Wake::Errand(errand),
            Some(report) = self.reports.recv() => Wake::Output(report),
            Some(switched) = self.amplifier.switched() => Wake::Amplifier(switched),
            () = due => Wake::Deadline,
            Some(news) = self.sync.news.recv() => Wake::News(news),
            Some(duty) = self.duties.next() => Wake::Duty(duty),
            () = ends.renewal.tried() => Wake::Tried,
            Ok(()) = ends.page.changed() => Wake::Page,
            Ok(()) = self.sync.link.changed() => Wake::Link,
        }
    }

    fn deadline(&self) -> Option<BootTime> {
        let core = self.core.poll_timeout().map(|(at, _)| at);
        let own = self
            .midnight
            .into_iter()
            .chain(self.amplifier.poll_timeout());
        let look = Some(self.clocks.next_look);
        core.into_iter().chain(own).chain(look).min()
    }

    /// Both axes of time at this moment.
    fn now(&self) -> Now {
        self.station_clock.at(self.clock.boot())
    }

    /// Looks for what the server has not stored.
    async fn look_for_unsent(&mut self) -> anyhow::Result<()> {
        let unsent = self.state.unsent(&self.own_key).await?;
        self.unsent = unsent.map(Arc::new);
        Ok(())
    }

    fn generation(&self) -> u64 {
        self.programme
            .as_ref()
            .map_or(0, |held| held.get().generation)
    }

    /// Tells the core; its commands are obeyed before the next wait.
    fn tell(&mut self, input: Input) {
        self.core.handle(input, self.now());
    }

    fn take_link(&self) -> Option<Ended> {
        match &*self.sync.link.borrow() {
            Link::Untried => {}
            Link::Up => info!("the server answers"),
            Link::Down(why) => warn!("{why}"),
            Link::Refused(why) => warn!("the server refuses this station: {why}"),
        }
        None
    }

    fn take_press(&mut self, key: Key) -> Option<Ended> {
        match &key {
            Key::Stop => {
                info!("STOP was pressed");
                self.hush();
            }
            Key::Again => info!("what was heard last is asked for again"),
            Key::Air(cue) => info!(%cue, "the village head lets it air"),
            Key::Leave(cue) => info!(%cue, "the village head leaves it out"),
        }
        self.tell(Input::Key(key));
        None
    }

    async fn look_at_time(&mut self) -> anyhow::Result<Option<Ended>> {
        let now = self.now();
        if self.midnight.is_some_and(|midnight| midnight <= now.boot) {
            self.replan().await?;
        }
        if self.clocks.next_look <= now.boot {
            self.look_at_clocks().await?;
            self.note_spent().await?;
            self.note_server().await?;
            self.prove_disk();
        }
        let reason: Option<Reason> = self.core.poll_timeout().map(|(_, why)| why);
        tracing::debug!(?reason, "a deadline is reached");
        // Read anew: what was looked at may have moved the time.
        let now = self.now();
        self.core.handle_timeout(now);
        self.amplifier.look_at_time(now.boot);
        Ok(None)
    }
}
