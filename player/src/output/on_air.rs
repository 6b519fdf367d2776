//! The cue that is on air, from the request to its one ending.

use std::sync::Arc;
use std::time::Duration;

use programme::units::BootTime;
use tokio::sync::mpsc::UnboundedSender;

use super::card::Trouble;
use super::desk::{Desk, Tally};
use super::feed::Feed;
use super::render::Render;
use super::{Air, Fault, RATE, Report, frames};

/// How often progress is told; with the control's tick it stays below 200 ms.
const TELL_EVERY: Duration = Duration::from_millis(150);

/// A card that takes no block for so long stands still. Blocks come every 43 ms.
const STANDSTILL: Duration = Duration::from_secs(1);

/// A card that does not open for so long stands still as well; most open within 50 ms.
const OPENING: Duration = Duration::from_secs(2);

/// A card that complains and takes no block for so long is gone.
const TROUBLE: Duration = Duration::from_millis(100);

/// The first pause before a lost card is opened again, and the longest; each is twice the last.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// A card that sounded so long has recovered, and the next outage begins with the first pause.
const SOUND_AGAIN: Duration = Duration::from_secs(5);

/// A cue, and how it fares.
pub(super) struct OnAir {
    pub(super) air: Air,
    pub(super) stage: Stage,
    /// How it is to end, once that is asked for, and when at the latest.
    pub(super) ending: Option<(Ending, BootTime)>,
    /// Frames of the cue that need not sound again: what was skipped, and what was heard before the
    /// card was lost.
    pub(super) done: u64,
    length: u64,
    tally: Tally,
    started: bool,
    told_at: BootTime,
    lost: bool,
    pause: Duration,
}

/// Where a cue is on its way to the horn.
pub(super) enum Stage {
    /// The card is lost, and asked again at this instant.
    Waiting(BootTime),
    /// The card is being opened.
    Opening(Sound),
    /// The card sounds.
    Sounding(Sound),
    /// The file is being written.
    Writing {
        sound: Sound,
        render: Render,
        feed: Feed,
    },
}

/// One open sink, seen from the control.
#[derive(Clone)]
pub(super) struct Sound {
    pub(super) serial: u64,
    pub(super) desk: Arc<Desk>,
    pub(super) trouble: Arc<Trouble>,
    blocks: u64,
    moved_at: BootTime,
    since: BootTime,
}

/// How a cue ends that does not play to its end.
pub(super) enum Ending {
    Silenced,
    Failed(Fault),
}

/// What a look at the cue found.
pub(super) enum Found {
    GoesOn,
    /// The cue, or its fade, has been heard to the last sample.
    Ended(BootTime),
    Lost(Fault),
}

impl Sound {
    pub(super) fn new(serial: u64, desk: Arc<Desk>, now: BootTime) -> Self {
        let trouble = Arc::default();
        Self {
            serial,
            desk,
            trouble,
            blocks: 0,
            moved_at: now,
            since: now,
        }
    }

    /// Why the card takes no more sound, if it does not. Whether blocks move is believed before any
    /// complaint: some cards complain hundreds of times while they open, and play on.
    fn watch(&mut self, now: BootTime) -> Option<Fault> {
        let blocks = self.desk.blocks();
        if blocks != self.blocks {
            (self.blocks, self.moved_at) = (blocks, now);
        }
        let still = now.since(self.moved_at);
        if (self.trouble.is_final() || still >= TROUBLE)
            && let Some(fault) = self.trouble.serious()
        {
            return Some(fault);
        }
        (still >= STANDSTILL).then_some(Fault::Stalled)
    }
}

impl OnAir {
    pub(super) fn new(air: Air, length: u64, now: BootTime) -> Self {
        Self {
            stage: Stage::Waiting(now),
            ending: None,
            done: frames::count(air.skip, RATE).min(length),
            air,
            length,
            tally: Tally::default(),
            started: false,
            told_at: now,
            lost: false,
            pause: PAUSES.0,
        }
    }

    /// The sink that sounds or is about to.
    pub(super) fn sound(&mut self) -> Option<&mut Sound> {
        match &mut self.stage {
            Stage::Waiting(_) => None,
            Stage::Opening(sound) | Stage::Sounding(sound) | Stage::Writing { sound, .. } => {
                Some(sound)
            }
        }
    }

    /// Whether anything of the cue has been sent, so that it must be faded.
    pub(super) fn is_sounding(&mut self) -> bool {
        self.sound()
            .is_some_and(|sound| sound.desk.started_at().is_some())
    }

    /// The card has opened: its blocks are watched from here on.
    pub(super) fn opened(&mut self, now: BootTime) {
        if let Stage::Opening(sound) = &mut self.stage {
            let mut sound = sound.clone();
            (sound.since, sound.moved_at) = (now, now);
            self.stage = Stage::Sounding(sound);
        }
    }

    /// Looks at the gauges and tells what has come of the cue since the last look.
    pub(super) fn look(&mut self, now: BootTime, reports: &UnboundedSender<Report>) -> Found {
        match &mut self.stage {
            Stage::Opening(sound) if now.since(sound.since) >= OPENING => {
                self.tell_lost(Fault::Stalled, reports);
            }
            Stage::Sounding(sound) => {
                if let Some(fault) = sound.watch(now) {
                    return Found::Lost(fault);
                }
            }
            Stage::Waiting(_) | Stage::Opening(_) | Stage::Writing { .. } => {}
        }
        let Some(desk) = self.sound().map(|sound| sound.desk.clone()) else {
            return Found::GoesOn;
        };
        let attempt = self.air.attempt;
        let position = self.position(now);
        if self.lost && desk.blocks() > 0 {
            self.lost = false;
            let _ = reports.send(Report::Recovered { attempt, position });
        }
        if let Some(at) = desk.started_at().filter(|at| *at <= now && !self.started) {
            self.started = true;
            self.told_at = now;
            let length = frames::span(self.length, RATE);
            let _ = reports.send(Report::Started {
                attempt,
                at,
                length,
            });
        }
        if self.started && now.since(self.told_at) >= TELL_EVERY {
            self.told_at = now;
            let level = self.tally.and(desk.tally()).level();
            let _ = reports.send(Report::Progress {
                attempt,
                position,
                level,
            });
        }
        match desk.ended_at().filter(|at| *at <= now) {
            Some(at) => Found::Ended(at),
            None => Found::GoesOn,
        }
    }

    /// The card does not open or is gone: what was heard stays heard, the rest waits.
    pub(super) fn lose(&mut self, fault: Fault, now: BootTime, reports: &UnboundedSender<Report>) {
        if let Some(sound) = self.sound() {
            let Sound { desk, since, .. } = sound.clone();
            self.done += desk.surely_heard();
            self.tally = self.tally.and(desk.tally());
            if desk.blocks() > 0 && now.since(since) >= SOUND_AGAIN {
                self.pause = PAUSES.0;
            }
        }
        self.tell_lost(fault, reports);
        self.stage = Stage::Waiting(now.saturating_add(self.pause));
        self.pause = (self.pause * 2).min(PAUSES.1);
    }

    fn tell_lost(&mut self, fault: Fault, reports: &UnboundedSender<Report>) {
        if !self.lost {
            self.lost = true;
            let (attempt, position) = (self.air.attempt, frames::span(self.done, RATE));
            let _ = reports.send(Report::Lost {
                attempt,
                position,
                fault,
            });
        }
    }

    /// How much of the cue has been heard.
    pub(super) fn position(&mut self, now: BootTime) -> Duration {
        let heard = self.sound().map_or(0, |sound| sound.desk.heard(now));
        frames::span(self.done + heard, RATE)
    }

    /// The last report about the cue: `ended_at` is when it came to its end by itself.
    pub(super) fn last_report(mut self, now: BootTime, ended_at: Option<BootTime>) -> Report {
        let attempt = self.air.attempt;
        let position = self.position(now);
        let desk = self.sound().map(|sound| sound.desk.clone());
        let starved = desk.as_ref().map_or(0, |desk| desk.starved());
        if starved > 0 {
            let missing_ms = frames::span(starved, RATE).as_millis() as u64;
            tracing::warn!(
                attempt = attempt.0,
                missing_ms,
                "the disk was too slow for the sound"
            );
        }
        let tally = desk.map_or(self.tally, |desk| self.tally.and(desk.tally()));
        let level = tally.level();
        match (self.ending, ended_at) {
            (Some((Ending::Failed(fault), _)), _) => Report::Failed {
                attempt,
                position,
                level,
                fault,
            },
            (None, Some(at)) => Report::Finished {
                attempt,
                at,
                position,
                level,
            },
            (Some((Ending::Silenced, _)) | None, _) => Report::Silenced {
                attempt,
                position,
                level,
            },
        }
    }
}
