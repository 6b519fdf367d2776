//! What the loop shows: to the screen, and by way of sync to the server.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use programme::air::Outlook;
use programme::as_run::CueId;
use programme::clock::Voucher;
use programme::day_plan::Cue;
use programme::emergency::Order;
use programme::ids::ContentHash;
use programme::programme::{Class, Item, Sound};
use programme::units::{BootTime, WallTime, millis};
use programme::wire::{Fault, Health};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Daemon;
use crate::VERSION;
use crate::sync::server::Link;
use crate::sync::{Outbox, Want};
use crate::volume::Volume;

/// How many cues that are still to come the screen is told.
const NEXT: usize = 8;

/// The PC's own clock is wrong from here on: people would notice.
const CLOCK_WRONG_MS: u64 = 60_000;

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
    /// The boot-time clock when this was said.
    #[serde(skip, default = "never")]
    pub said_at: BootTime,
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
    /// The title of what STOP silenced last, until something else airs.
    pub stopped: Option<String>,
    /// What airs next, soonest first.
    pub next: Vec<StatusCue>,
    /// What the village head is asked about.
    pub asked: Vec<StatusCue>,
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

/// How the server is missed. What failed exactly is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerTrouble {
    /// It does not answer as a server of ours does.
    Away,
    /// It answers that this PC is not the station any more.
    Refused,
}

/// The whole in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// This PC is no station yet.
    NotEnrolled,
    /// Nobody has vouched for the time: nothing airs.
    Held,
    /// Nothing can be heard, or no programme is there.
    Trouble,
    /// Sound is on.
    OnAir,
    /// It waits for the next cue.
    Ready,
}

/// A cue as the screen shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusCue {
    /// The cue.
    pub cue: CueId,
    /// Titles of its bulletins.
    pub title: String,
    /// How urgent it is.
    pub class: Class,
    /// When it was planned.
    #[serde(rename = "planned_ms")]
    pub planned: WallTime,
    /// How long it lasts.
    #[serde(rename = "duration_ms", with = "millis")]
    pub duration: Duration,
    /// How much of it has been heard.
    #[serde(rename = "position_ms", with = "millis")]
    pub position: Duration,
}

/// An emergency as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEmergency {
    /// What it is called.
    pub title: String,
    /// Who ordered it, and why; whether it is a drill.
    pub order: Order,
}

impl StatusEmergency {
    fn of(cue: &Cue) -> Option<Self> {
        let order = cue.order.clone()?;
        let title = cue.title.clone();
        Some(Self { title, order })
    }
}

impl StatusCue {
    fn of(cue: &Cue, position: Duration) -> Self {
        Self {
            cue: cue.id.clone(),
            title: cue.title.clone(),
            class: cue.class,
            planned: cue.planned,
            duration: cue.duration(),
            position,
        }
    }
}

impl Status {
    /// What a PC shows that is no station yet, or whose enrolment cannot be read.
    pub fn not_enrolled(enrolment_damaged: bool) -> Self {
        Self {
            standing: Standing::NotEnrolled,
            station: None,
            server: None,
            server_trouble: None,
            said_at: BootTime::ZERO,
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
            next: Vec::new(),
            asked: Vec::new(),
            volume: Volume::default(),
            faults: Vec::new(),
            remarks: Vec::new(),
            enrolment_damaged,
        }
    }
}

impl Status {
    /// The same at the boot-time reading `boot`: nothing has happened since, but time has passed.
    #[must_use]
    pub fn at(mut self, boot: BootTime) -> Self {
        self.wall = self.wall.map(|wall| wall + boot.since(self.said_at));
        self.said_at = boot;
        self
    }
}

fn never() -> BootTime {
    BootTime::ZERO
}

impl Daemon {
    /// Obeys what the core decided, and tells everybody how things stand.
    pub(super) async fn settle(&mut self, screen: &watch::Sender<Status>) -> anyhow::Result<()> {
        self.obey().await?;
        let outlook = self.core.outlook(self.now());
        self.lead_amplifier(&outlook);
        renew(&self.sync.want, self.want(&outlook), PartialEq::ne);
        let status = self.status(&outlook);
        let outbox = Outbox {
            lines: self.unsent.clone(),
            health: Some(self.health(&status)),
        };
        renew(&self.sync.outbox, outbox, Outbox::is_news_after);
        renew(screen, status, PartialEq::ne);
        Ok(())
    }

    /// First what an emergency lets people hear, then what cues need, then the rest. An emergency
    /// that is over needs nothing.
    fn want(&self, outlook: &Outlook) -> Want {
        let wall = self.now().wall;
        let programme = self.programme.as_ref().map(|held| held.get().recordings());
        let named = programme.unwrap_or_default().into_iter();
        let mut sounds: BTreeMap<_, _> = named.chain(self.emergencies.lasting(wall)).collect();
        sounds.retain(|hash, _| !self.ready.contains(hash));
        let due = outlook.on_air.iter().map(|(_, cue, _)| cue);
        let due = due.chain(&outlook.next).chain(&outlook.asked);
        let mut missing: Vec<Sound> = Vec::new();
        for hash in self.emergencies.heard(wall) {
            missing.extend(sounds.remove(&hash).cloned());
        }
        let urgent = missing.len();
        for hash in due.flat_map(Cue::content) {
            missing.extend(sounds.remove(&hash).cloned());
        }
        missing.extend(sounds.into_values().cloned());
        Want {
            etag: self.etag.clone(),
            emergencies: self.emergencies.etag.clone(),
            missing,
            urgent,
        }
    }

    /// Every recording that the station must hold, each once.
    pub(super) fn named(&self) -> BTreeMap<ContentHash, Sound> {
        let programme = self.programme.as_ref().map(|held| held.get().recordings());
        let programme = programme.unwrap_or_default().into_iter();
        let named = programme.chain(self.emergencies.recordings());
        named.map(|(hash, sound)| (hash, sound.clone())).collect()
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
            said_at: now.boot,
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
            stopped: self.stopped.clone(),
            next: cues(&outlook.next),
            asked: cues(&outlook.asked),
            volume: self.volume,
            faults,
            remarks: self.remarks(),
            enrolment_damaged: false,
        }
    }

    fn standing(&self, outlook: &Outlook) -> Standing {
        if outlook.on_air.is_some() {
            Standing::OnAir
        } else if self.now().wall.is_none() {
            Standing::Held
        } else if self.faults.output.is_some() || self.programme.is_none() {
            Standing::Trouble
        } else {
            Standing::Ready
        }
    }

    fn system_clock_error_ms(&self) -> Option<i64> {
        let wall = self.now().wall?;
        Some(self.clock.system().as_millis() - wall.as_millis())
    }

    fn fault_names(&self) -> Vec<Fault> {
        let error = self.system_clock_error_ms();
        let items = self.programme.as_ref().map(|held| &held.get().broadcasts);
        let odd = |item: &Item| matches!(item, Item::NotUnderstood { .. });
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
            (!self.faults.recordings.is_empty(), Fault::RecordingRefused),
            (self.faults.programme.is_some(), Fault::ProgrammeRefused),
            (
                items.is_some_and(|items| items.iter().any(odd)),
                Fault::ItemNotUnderstood,
            ),
            (self.amplifier.fault().is_some(), Fault::Amplifier),
            (!self.state.unreadable.is_empty(), Fault::StateDamaged),
        ];
        let present = named.into_iter().filter(|(present, _)| *present);
        present.map(|(_, fault)| fault).collect()
    }

    fn remarks(&self) -> Vec<String> {
        let faults = &self.faults;
        let others = faults.recordings.values().take(1);
        let others = others.chain(self.state.unreadable.first());
        let remarks = faults.output.iter().chain(self.amplifier.fault());
        let remarks = remarks.chain(&faults.programme);
        remarks.chain(others).cloned().collect()
    }

    fn health(&self, status: &Status) -> Health {
        Health {
            version: VERSION.to_owned(),
            generation: status.generation,
            clock: status.clock,
            system_clock_error_ms: status.system_clock_error_ms,
            emergencies: self.held_emergencies(),
            ready: status.ready,
            wanted: status.wanted,
            disk_free_bytes: self.disk_free_bytes,
            output_ok: self.faults.output.is_none(),
            faults: status.faults.clone(),
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
