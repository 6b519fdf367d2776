//! What the loop shows: to the screen, and by way of sync to the server.

mod cue;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::air::Outlook;
use programme::as_run::proof::Heard;
use programme::clock::Voucher;
use programme::day_plan::Cue;
use programme::emergency::drill_mark;
use programme::ids::ContentHash;
use programme::programme::Sound;
use programme::units::{BootTime, WallTime};
use programme::wire::{Fault, FaultName, Health};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Daemon;
use super::standby::StatusStandby;
use super::stopped::waiting;
use crate::VERSION;
use crate::bundle::StickReport;
use crate::sync::Outbox;
use crate::sync::server::Link;
use crate::volume::Volume;

pub use cue::{StatusCue, StatusEmergency};
pub use standing::{ServerTrouble, Standing};

/// How many cues that are still to come the screen is told.
const NEXT: usize = 8;

/// What begins within this time and lacks a recording needs somebody to see to it.
const SOON: Duration = Duration::from_hours(1);

/// Everything that the screen shows, and `GET /status` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The whole in one word.
    pub standing: Standing,
    /// The station's name on the panel; `None` before enrolment.
    pub station: Option<String>,
    /// The server's address; `None` before enrolment.
    pub server: Option<String>,
    /// How the server is missed; `None` while it answers or was not asked yet.
    pub server_trouble: Option<ServerTrouble>,
    /// Whether it answered when it was asked last.
    #[serde(default)]
    pub server_answers: bool,
    /// The boot-time clock when this was said.
    #[serde(skip, default = "never")]
    pub said_at: BootTime,
    /// The boot-time clock when the player looks at the time next, if nothing wakes it before;
    /// `None` while it does not wait yet.
    #[serde(skip)]
    pub waits_until: Option<BootTime>,
    /// Whether that moment has come and it has not looked. That is so for an instant at each of
    /// its deadlines; a player that is behind for longer stands still.
    #[serde(default)]
    pub behind: bool,
    /// Station time when this was said; `None` while it is unknown.
    #[serde(rename = "wall_ms")]
    pub wall: Option<WallTime>,
    /// Who vouched for it.
    pub clock: Option<Voucher>,
    /// The newest time that the journal knew when the program started.
    #[serde(rename = "newest_ms")]
    pub newest: Option<WallTime>,
    /// How far the PC's own clock is ahead of station time.
    pub system_clock_error_ms: Option<i64>,
    /// IANA zone of the programme.
    pub zone: Option<String>,
    /// The generation in force; 0 without a programme.
    pub generation: u64,
    /// When it was published.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: Option<WallTime>,
    /// Recordings of the programme that are ready.
    pub ready: u32,
    /// Recordings that the programme names.
    pub wanted: u32,
    /// What is on air.
    pub on_air: Option<StatusCue>,
    /// The emergency that has the air, sounding or between two hearings.
    pub emergency: Option<StatusEmergency>,
    /// Whether STOP was pressed once and waits to be pressed again.
    pub stop_asked: bool,
    /// What can be heard once more.
    pub again: Option<StatusCue>,
    /// The title of what STOP silenced last, and who pressed it where that was on the panel, until
    /// something else airs.
    pub stopped: Option<String>,
    /// Titles of what waited when STOP was pressed last, and is left out with it.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Titles of what waits for its turn, each once: STOP leaves it out.
    #[serde(default)]
    pub waiting: Vec<String>,
    /// Whether what was aired last came from the loudspeakers; `None` where nobody listens.
    pub heard: Option<Heard>,
    /// What airs next, soonest first.
    pub next: Vec<StatusCue>,
    /// What the village head is asked about.
    pub asked: Vec<StatusCue>,
    /// What may be ordered here to sound at once.
    #[serde(default)]
    pub standby: StatusStandby,
    /// What became of the last stick; `None` when that is long ago.
    #[serde(default)]
    pub stick: Option<StickReport>,
    /// The volume at the PC.
    #[serde(rename = "volume_db")]
    pub volume: Volume,
    /// What a person should look at.
    pub faults: Vec<Fault>,
    /// What exactly is wrong, in the words of the log; the page has its own.
    pub remarks: Vec<String>,
    /// The enrolment is there and cannot be read.
    pub enrolment_damaged: bool,
}

impl Status {
    /// What a PC shows that is no station yet, or whose enrolment cannot be read.
    pub fn not_enrolled(enrolment_damaged: bool) -> Self {
        Self {
            standing: Standing::NotEnrolled,
            station: None,
            server: None,
            server_trouble: None,
            server_answers: false,
            said_at: BootTime::ZERO,
            waits_until: None,
            behind: false,
            wall: None,
            clock: None,
            newest: None,
            system_clock_error_ms: None,
            zone: None,
            generation: 0,
            issued_at: None,
            ready: 0,
            wanted: 0,
            on_air: None,
            emergency: None,
            stop_asked: false,
            again: None,
            stopped: None,
            left_out: Vec::new(),
            waiting: Vec::new(),
            heard: None,
            next: Vec::new(),
            asked: Vec::new(),
            standby: StatusStandby::default(),
            stick: None,
            volume: Volume::default(),
            faults: Vec::new(),
            remarks: Vec::new(),
            enrolment_damaged,
        }
    }
}

impl Status {
    /// What a person should look at, as the server is told it.
    pub fn fault_names(&self) -> Vec<FaultName> {
        self.faults.iter().copied().map(FaultName::from).collect()
    }

    /// Of each of these faults, whether there is one, in the words of the log: what a player that
    /// cannot go on, or did not begin, still learns of. What keeps it from that stays the first.
    pub fn add_beside<const N: usize>(&mut self, beside: [(Fault, Option<String>); N]) {
        self.remarks.truncate(usize::from(self.standing.is_stuck()));
        for (fault, words) in beside {
            self.faults.retain(|known| *known != fault);
            if let Some(words) = words {
                self.faults.push(fault);
                self.remarks.push(words);
            }
        }
    }

    /// The same at the boot-time reading `boot`: nothing has happened since, but time has passed.
    #[must_use]
    pub fn at(mut self, boot: BootTime) -> Self {
        self.wall = self.wall.map(|wall| wall + boot.since(self.said_at));
        self.said_at = boot;
        self.behind = self.waits_until.is_none_or(|until| until <= boot);
        self
    }
}

fn never() -> BootTime {
    BootTime::ZERO
}

impl Daemon {
    /// Obeys what the core decided, and tells everybody how things stand. Where nothing happened
    /// but that what is on air `moved` on, as it says seven times a second, nothing else is told:
    /// the position is noted every two seconds, and then all the rest is looked at too.
    pub(super) async fn settle(
        &mut self,
        screen: &watch::Sender<Status>,
        moved: bool,
    ) -> anyhow::Result<()> {
        let obeyed = self.obey().await?;
        if moved && !obeyed {
            self.show_position(screen);
            return Ok(());
        }
        let outlook = self.core.outlook(self.now());
        self.lead_amplifier(&outlook);
        let (want, spent) = self.want(&outlook);
        self.faults.data_spent = spent;
        renew(&self.sync.want, want, PartialEq::ne);
        let status = self.status(&outlook);
        let outbox = Outbox {
            lines: self.unsent.clone(),
            health: Some(self.health(&status)),
        };
        renew(&self.sync.outbox, outbox, Outbox::is_news_after);
        renew(screen, status, PartialEq::ne);
        Ok(())
    }

    fn show_position(&self, screen: &watch::Sender<Status>) {
        let (now, position) = (self.now(), self.core.position());
        let waits_until = self.deadline();
        screen.send_modify(|status| {
            (status.said_at, status.wall) = (now.boot, now.wall);
            status.waits_until = waits_until;
            if let Some((on_air, position)) = status.on_air.as_mut().zip(position) {
                on_air.position = position;
            }
        });
    }

    /// Every recording that the station must hold, each once.
    pub(super) fn named(&self) -> BTreeMap<ContentHash, Sound> {
        let programme = self.programme.as_ref().map(|held| held.get().recordings());
        let programme = programme.unwrap_or_default().into_iter();
        let named = programme.chain(self.emergencies.recordings());
        let mut named: BTreeMap<_, _> = named.map(|(hash, sound)| (hash, sound.clone())).collect();
        let mark = drill_mark();
        named.insert(mark.hash, mark);
        named
    }

    fn status(&self, outlook: &Outlook) -> Status {
        let now = self.now();
        let programme = self.programme.as_ref().map(|held| held.get());
        let wanted: BTreeSet<_> = programme
            .map(|programme| programme.recordings().into_keys().collect())
            .unwrap_or_default();
        let ready = wanted.intersection(&self.ready).count();
        let on_air = outlook.on_air.as_ref();
        let cues = |cues: &[Cue]| {
            let cues = cues.iter().take(NEXT);
            cues.map(|cue| StatusCue::of(cue, Duration::ZERO)).collect()
        };
        let trouble = match &*self.sync.link.borrow() {
            Link::Untried | Link::Up => None,
            Link::Down(_) => Some(ServerTrouble::Away),
            Link::Refused(_) => Some(ServerTrouble::Refused),
        };
        let faults = self.fault_names();
        Status {
            standing: self.standing(outlook),
            station: Some(self.enrolment.name.clone()),
            server: Some(self.enrolment.server.clone()),
            server_trouble: trouble,
            server_answers: *self.sync.link.borrow() == Link::Up,
            said_at: now.boot,
            waits_until: self.deadline(),
            behind: false,
            wall: now.wall,
            clock: self.station_clock.vouched().map(|vouched| vouched.by),
            newest: self.clocks.newest,
            system_clock_error_ms: self.system_clock_error_ms(),
            zone: programme.map(|programme| programme.zone.clone()),
            generation: self.generation(),
            issued_at: programme.map(|programme| programme.issued_at),
            ready: count(ready),
            wanted: count(wanted.len()),
            on_air: on_air.map(|(_, cue, position)| StatusCue::of(cue, *position)),
            emergency: outlook.emergency.as_ref().and_then(StatusEmergency::of),
            stop_asked: outlook.stop_asked,
            again: outlook
                .again
                .as_ref()
                .map(|cue| StatusCue::of(cue, Duration::ZERO)),
            stopped: self.stopped.title.clone(),
            left_out: self.stopped.left_out.clone(),
            waiting: waiting(&outlook.next, now.wall),
            heard: self.proofs.last,
            next: cues(&outlook.next),
            asked: cues(&outlook.asked),
            standby: self.offered(),
            stick: self.sticks.shown(),
            volume: self.volume,
            faults,
            remarks: self.remarks(),
            enrolment_damaged: false,
        }
    }

    fn standing(&self, outlook: &Outlook) -> Standing {
        if outlook.on_air.is_some() {
            Standing::OnAir
        } else if self.faults.disk.is_some() {
            Standing::Unwritable
        } else if self.now().wall.is_none() {
            Standing::Held
        } else if self.faults.output.is_some() || self.programme.is_none() {
            Standing::Trouble
        } else if self.lacks_soon(outlook) {
            Standing::Lacking
        } else {
            Standing::Ready
        }
    }

    /// Whether a recording has not come of what airs soon.
    fn lacks_soon(&self, outlook: &Outlook) -> bool {
        let near = |cue: &&Cue| {
            let wall = self.now().wall;
            wall.is_some_and(|wall| cue.planned.since(wall) <= SOON)
        };
        let mut content = outlook.next.iter().filter(near).flat_map(Cue::content);
        content.any(|hash| !self.ready.contains(&hash))
    }

    fn health(&self, status: &Status) -> Health {
        Health {
            version: VERSION.to_owned(),
            generation: status.generation,
            clock: status.clock,
            system_clock_error_ms: status.system_clock_error_ms,
            emergencies: self.held_emergencies(),
            standby: status.standby.ready().cloned().collect(),
            stops: self.emergencies.stops.obeyed(self.now().wall),
            ready: status.ready,
            wanted: status.wanted,
            disk_free_bytes: self.disk_free_bytes,
            output_ok: self.faults.output.is_none(),
            faults: status.fault_names(),
            volume_db: Some(self.volume.decibels()),
            uptime: self.clock.boot().since(self.began),
        }
    }
}

/// Keeps `value` for whoever looks, and wakes them only when it is news after the old one.
fn renew<T>(to: &watch::Sender<T>, value: T, is_news: impl FnOnce(&T, &T) -> bool) {
    to.send_if_modified(|old| {
        let news = is_news(&value, old);
        *old = value;
        news
    });
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
