//! The PC says how it is, once in the morning, if somebody wants it to.
//!
//! It is no cue: it keeps out of the way of all that is planned, of quiet hours and of whatever has
//! the air ([`AirCore::lets_speak`](programme::air::AirCore::lets_speak)), STOP ends it, and what
//! comes on air ends it. It stands in the journal as a note before it sounds, where the server
//! takes such lines; where that has not said so, the log of the PC has it alone.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use programme::air::LEAD;
use programme::as_run::{Record, STATUS_SPOKEN};
use programme::programme::QuietHours;
use programme::units::{BootTime, Decibels, WallTime};
use programme::wire::Fault;
use programme::zone::Zone;
use recordings::words::{self, Phrase};
use serde::{Deserialize, Serialize};
use tracing::{debug, info, warn};

use super::Daemon;
use super::obey::FADE;
use crate::HOME_ZONE;
use crate::output::{Air, Attempt, Report, Request, Segment};
use crate::state::State;
use crate::sync::News;
use crate::sync::server::Link;

/// How long after its hour it is still said, when something was in its way.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// A server that was heard in this time is not away; it is noted as often at most.
const HEARD_EVERY: Duration = Duration::from_hours(1);

const DAY: Duration = Duration::from_hours(24);

/// More is not remembered by who hears it; the screen has it all.
const MOST_ILLS: usize = 3;

/// What is kept of it beyond power cuts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// The day on which it was last said.
    day: Option<Date>,
    /// When the server last answered.
    #[serde(rename = "server_seen_ms")]
    pub(crate) server_seen: Option<WallTime>,
}

/// What is kept, and what is being said.
#[derive(Debug)]
pub(super) struct Speech {
    spoken: Spoken,
    on: Option<(Attempt, BootTime)>,
}

impl Speech {
    /// Takes up what was kept.
    pub async fn of_last_run(state: &mut State) -> anyhow::Result<Self> {
        let spoken = state.spoken().await?;
        Ok(Self { spoken, on: None })
    }

    /// When what is being said began to sound, if anything is.
    pub fn since(&self) -> Option<BootTime> {
        self.on.map(|(_, start)| start)
    }

    /// When the server last answered, to the hour.
    pub fn server_seen(&self) -> Option<WallTime> {
        self.spoken.server_seen
    }

    fn is(&self, attempt: Attempt) -> bool {
        self.on.is_some_and(|(on, _)| on == attempt)
    }
}

impl Daemon {
    /// Looks whether it is to be said, and has it written beside the loop.
    pub(super) async fn speak_in_the_morning(&mut self) -> anyhow::Result<()> {
        let Some(at) = self.settings.speak_status_at else {
            return Ok(());
        };
        let Some((wall, zone)) = self.now().wall.zip(self.home()) else {
            return Ok(());
        };
        let today = zone.date(wall);
        let due = zone.instant(today.to_datetime(at));
        let is_due = due.is_some_and(|due| due <= wall && wall.since(due) < WINDOW);
        let said = self.speech.spoken.day == Some(today) || self.speech.on.is_some();
        // What cannot be on record or be heard is not said.
        let able = self.faults.disk.is_none() && self.faults.output.is_none();
        if !is_due || said || !able || !self.may_speak(Duration::ZERO) {
            return Ok(());
        }
        let phrases = self.phrases(wall, &zone);
        let (wav, news) = (self.status_wav(), self.sync.to_loop.clone());
        tokio::task::spawn_blocking(move || match words::say(&phrases, &wav) {
            Ok(length) => {
                let said = words::text(&phrases);
                // Without a loop nobody wants to know.
                let _ = news.blocking_send(News::StatusWritten { said, length });
            }
            Err(error) => warn!("what the PC says of itself cannot be written: {error}"),
        });
        Ok(())
    }

    /// Says what was written, on record first.
    pub(super) async fn say(&mut self, said: String, length: Duration) -> anyhow::Result<()> {
        let Some((wall, zone)) = self.now().wall.zip(self.home()) else {
            return Ok(());
        };
        let boot = self.clock.boot();
        let start = self.amplifier.ready_at(boot.saturating_add(LEAD), boot);
        if self.speech.on.is_some() || !self.may_speak(start.since(boot) + length) {
            debug!("something is in the way of what the PC says of itself");
            return Ok(());
        }
        info!("the PC says of itself: {said}");
        self.speech.spoken.day = Some(zone.date(wall));
        self.state.set_spoken(&self.speech.spoken).await?;
        if self.also_takes.iter().any(|name| name == STATUS_SPOKEN) {
            self.write(Record::StatusSpoken { said }).await?;
            self.look_for_unsent().await?;
        }
        self.attempts += 1;
        let attempt = Attempt(self.attempts);
        self.speech.on = Some((attempt, start));
        let programme = self.programme.as_ref().map(|held| held.get());
        let gain = programme.map_or(Decibels(0.0), |programme| programme.volume_db);
        self.output.ask(Request::Air(Air {
            attempt,
            segments: vec![Segment::Wav {
                path: self.status_wav(),
                gain,
                ramp: Duration::ZERO,
            }],
            start_at: start,
            skip: Duration::ZERO,
        }));
        Ok(())
    }

    /// Ends what is being said.
    pub(super) fn hush(&self) {
        if self.speech.on.is_some() {
            self.output.ask(Request::Silence { fade: FADE });
        }
    }

    /// Notes what the output says of it. A card that is lost would go on with it whenever it comes
    /// back; then its hour is over.
    pub(super) fn note_speech(&mut self, report: &Report) {
        match report {
            Report::Finished { attempt, .. }
            | Report::Silenced { attempt, .. }
            | Report::Failed { attempt, .. } => {
                if self.speech.is(*attempt) {
                    self.speech.on = None;
                }
            }
            Report::Lost { attempt, .. } => {
                if self.speech.is(*attempt) {
                    self.hush();
                }
            }
            Report::Opened { .. }
            | Report::Started { .. }
            | Report::Progress { .. }
            | Report::Recovered { .. }
            | Report::Timeline(_) => {}
        }
    }

    /// Notes that the server answers, for what is said in the morning and for the programme's age.
    pub(super) async fn note_server(&mut self) -> anyhow::Result<()> {
        let Some(wall) = self.now().wall else {
            return Ok(());
        };
        let spoken = &mut self.speech.spoken;
        let seen = spoken.server_seen;
        let old = seen.is_none_or(|seen| wall < seen || wall.since(seen) >= HEARD_EVERY);
        if old && *self.sync.link.borrow() == Link::Up {
            spoken.server_seen = Some(wall);
            self.state.set_spoken(spoken).await?;
        }
        Ok(())
    }

    fn may_speak(&self, span: Duration) -> bool {
        let programme = self.programme.as_ref().map(|held| held.get());
        let quiet_hours = programme.map_or_else(QuietHours::default, |held| held.quiet_hours);
        self.on_output.is_empty()
            && self.home().is_some_and(|zone| {
                self.core
                    .lets_speak(self.now(), span, (&quiet_hours, &zone))
            })
    }

    /// What is to be said at `wall`: whether all is well, what is not, and what comes today.
    fn phrases(&self, wall: WallTime, zone: &Zone) -> Vec<Phrase> {
        let mut phrases = self.ills(wall);
        if phrases.is_empty() {
            phrases.push(Phrase::Ready);
        } else {
            let more = phrases.len() > MOST_ILLS;
            phrases.truncate(MOST_ILLS);
            if more {
                phrases.push(Phrase::Look);
            }
            phrases.insert(0, Phrase::Trouble);
        }
        let today = zone.date(wall);
        let next = self.core.outlook(self.now()).next;
        let planned = next.iter().map(|cue| cue.planned);
        let mut planned = planned.filter(|at| zone.date(*at) == today);
        phrases.push(match planned.next() {
            None => Phrase::NothingToday,
            Some(first) => {
                let first = zone.civil(first);
                Phrase::Today {
                    count: u32::try_from(planned.count() + 1).unwrap_or(u32::MAX),
                    hour: first.hour().unsigned_abs(),
                    minute: first.minute().unsigned_abs(),
                }
            }
        });
        phrases
    }

    fn ills(&self, wall: WallTime) -> Vec<Phrase> {
        let mut ills = Vec::new();
        let seen = self.speech.spoken.server_seen;
        let days = seen.map_or(0, |seen| wall.since(seen).as_secs() / DAY.as_secs());
        if days > 0 {
            let days = u32::try_from(days).unwrap_or(u32::MAX);
            ills.push(Phrase::AwayFor { days });
        }
        match self.programme.as_ref().map(|held| held.get()) {
            None => ills.push(Phrase::NoProgramme),
            Some(programme) => {
                let mut wanted = programme.recordings().into_keys();
                if wanted.any(|hash| !self.ready.contains(&hash)) {
                    ills.push(Phrase::NotReady);
                }
            }
        }
        for fault in self.fault_names() {
            let ill = in_words(fault);
            if !ills.contains(&ill) {
                ills.push(ill);
            }
        }
        ills
    }

    fn home(&self) -> Option<Zone> {
        let programme = self.programme.as_ref().map(|held| held.get());
        let name = programme.map_or(HOME_ZONE, |programme| programme.zone.as_str());
        Zone::named(name).ok()
    }

    fn status_wav(&self) -> PathBuf {
        self.settings.state_dir.join("status.wav")
    }
}

fn in_words(fault: Fault) -> Phrase {
    match fault {
        Fault::HardwareClockBad => Phrase::FlatBattery,
        Fault::DiskLow => Phrase::DiskLow,
        Fault::NotHeard => Phrase::NotHeard,
        Fault::Amplifier => Phrase::Amplifier,
        Fault::ClockUnknown
        | Fault::ClockWrong
        | Fault::OutputLost
        | Fault::DataSpent
        | Fault::RecordingRefused
        | Fault::ProgrammeRefused
        | Fault::ItemNotUnderstood
        | Fault::Stuck
        | Fault::DiskUnwritable
        | Fault::UpgradeFailed
        | Fault::ProgrammeOld
        | Fault::ProgrammePast
        | Fault::StateDamaged
        | Fault::SettingsRefused
        | Fault::PageShut => Phrase::Look,
    }
}
