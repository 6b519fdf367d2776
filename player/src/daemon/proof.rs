//! What an attempt leaves behind as proof: how loud it left the output, and whether it came back.
//! Both are hints in the line that ends it, and decide nothing.

use programme::as_run::proof::Heard;
use programme::as_run::{AttemptId, Record};
use programme::units::{BootTime, Decibels};
use tracing::warn;

use super::Daemon;
use super::obey::Aired;
use crate::clock::Clock;
use crate::config::Settings;
use crate::loopback::Loopback;
use crate::output::{Attempt, Level, Segment};
use crate::state::State;

/// What is known of the sound of one attempt.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    level: Option<Level>,
    heard: Option<Heard>,
}

/// The ear of the station, and what it heard last.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    loopback: Option<Loopback>,
    /// The attempt that ended last, until its line is written.
    ended: Option<(AttemptId, Proof)>,
    /// What became of the last attempt that was listened for.
    pub last: Option<Heard>,
    /// Whether the last attempt of which something can be told was not heard.
    pub not_heard: bool,
}

impl Proofs {
    /// Takes up what the journal says; without an ear nothing is asked of it.
    pub(super) async fn start(
        settings: &Settings,
        clock: &Clock,
        state: &mut State,
    ) -> anyhow::Result<Self> {
        let mut proofs = Self {
            loopback: settings.loopback(clock.for_output())?,
            ..Self::default()
        };
        if proofs.loopback.is_some() {
            for record in state.past().await?.records {
                if let Record::Ended { heard, .. } = record {
                    proofs.note(heard);
                }
            }
        }
        Ok(proofs)
    }

    fn note(&mut self, heard: Option<Heard>) {
        if heard.is_some() {
            self.last = heard;
        }
        match heard {
            Some(Heard::Yes { .. }) => self.not_heard = false,
            Some(Heard::No { .. }) => self.not_heard = true,
            Some(Heard::NotChecked { .. }) | None => {}
        }
    }
}

impl Aired {
    fn proof(&self) -> Proof {
        Proof {
            level: self.level,
            heard: self.listening.as_ref().map(|listening| listening.heard()),
        }
    }
}

impl Daemon {
    /// The card is open for an attempt: from here on it is listened for.
    pub(super) fn listen(&mut self, attempt: Attempt) {
        if let (Some(loopback), Some(aired)) =
            (&self.proofs.loopback, self.on_output.get_mut(&attempt))
            && aired.listening.is_none()
        {
            let segments: Vec<Segment> = std::mem::take(&mut aired.segments);
            aired.listening = Some(loopback.listen(segments));
        }
    }

    /// The attempt sounds from `at` on, where it stands at `position`.
    pub(super) fn sounds(&self, attempt: Attempt, at: BootTime, position: std::time::Duration) {
        let aired = self.on_output.get(&attempt);
        if let Some(listening) = aired.and_then(|aired| aired.listening.as_ref()) {
            listening.sounds_from(at, position);
        }
    }

    /// The output of the attempt is lost.
    pub(super) fn falls_silent(&self, attempt: Attempt) {
        let aired = self.on_output.get(&attempt);
        if let Some(listening) = aired.and_then(|aired| aired.listening.as_ref()) {
            listening.pauses();
        }
    }

    /// How loud the attempt was until now.
    pub(super) fn note_level(&mut self, attempt: Attempt, level: Level) {
        if let Some(aired) = self.on_output.get_mut(&attempt) {
            aired.level = Some(level);
        }
    }

    /// The output is done with the attempt, whose line the core still writes.
    pub(super) fn take_aired(&mut self, attempt: Attempt, level: Level) -> Option<Aired> {
        self.note_level(attempt, level);
        let aired = self.on_output.remove(&attempt)?;
        self.proofs.ended = Some((aired.id.clone(), aired.proof()));
        Some(aired)
    }

    /// Adds to a line that ends an attempt what is known of its sound.
    pub(super) fn prove(&mut self, record: &mut Record) {
        let Record::Ended {
            attempt,
            level_db,
            heard,
            ..
        } = record
        else {
            return;
        };
        let sounding = self.on_output.values().find(|aired| aired.id == *attempt);
        let ended = self.proofs.ended.take_if(|(id, _)| id == attempt);
        let proof = sounding.map(Aired::proof).or(ended.map(|(_, proof)| proof));
        if let Some(proof) = proof {
            *level_db = proof.level.map(|level| tenths(level.rms));
            *heard = proof.heard;
        }
        if let Some(Heard::No { .. }) = heard {
            warn!(cue = %attempt.cue, "it was not heard from the loudspeakers");
        }
        self.proofs.note(*heard);
    }
}

/// A tenth of a decibel is more than anybody hears.
fn tenths(level: Decibels) -> Decibels {
    Decibels((level.0 * 10.0).round() / 10.0)
}
