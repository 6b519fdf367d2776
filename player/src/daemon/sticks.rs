//! What comes by hand, held to the same as what comes over the network.

use std::collections::BTreeSet;

use programme::bundle::{
    BUNDLE_FORMAT_VERSION, FILE_BYTES_MAX, Parcel, StationBundle, StationWord,
};
use programme::ids::ContentHash;
use programme::programme::{Programme, Sound};
use programme::signed::{Refusal, Verified};
use programme::units::WallTime;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::warn;

use super::{Daemon, Ended};
use crate::bundle::{Courier, Errand, Offer, Stage, StickReport, Told, Verdict};
use crate::state::HeldProgramme;

/// Bytes of lines that go back on one stick: what is around them fits beside them.
const LINES_BYTES_MAX: usize = (FILE_BYTES_MAX / 2) as usize;

/// What the loop knows of sticks.
#[derive(Debug)]
pub(super) struct Sticks {
    errands: mpsc::Sender<Errand>,
    report: Option<StickReport>,
    /// What is not in force yet.
    coming: Coming,
    /// When the newest one was made that brought the programme which is in force.
    made: Option<WallTime>,
    _task: JoinSet<()>,
}

/// Recordings of a programme that a stick brought and that is not in force yet: what was copied of
/// them is kept until it is, or a later one, so that the next stick goes on with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    generation: u64,
    recordings: BTreeSet<ContentHash>,
}

impl Sticks {
    /// Looks for sticks from here on; the newest of before was `made` then.
    pub fn start(courier: Courier, coming: Coming, made: Option<WallTime>) -> Self {
        let (errands, to_do) = mpsc::channel(2);
        let mut task = JoinSet::new();
        task.spawn(courier.run(to_do));
        Self {
            errands,
            report: None,
            coming,
            made,
            _task: task,
        }
    }

    /// Whoever asked hears that it is not done when too many ask.
    pub fn hand_on(&self, errand: Errand) -> Option<Ended> {
        if self.errands.try_send(errand).is_err() {
            warn!("something is asked of a stick while another one is being read");
        }
        None
    }

    /// What became of the last one.
    pub fn shown(&self) -> Option<StickReport> {
        self.report.clone()
    }

    /// When the newest one was made that brought the programme which is in force.
    pub fn made(&self) -> Option<WallTime> {
        self.made
    }

    /// Whether one is being read.
    pub fn is_busy(&self) -> bool {
        let report = self.report.as_ref();
        report.is_some_and(|report| report.stage == Stage::Copying)
    }

    /// Recordings that no programme in force names and that are needed.
    pub fn kept(&self) -> impl Iterator<Item = ContentHash> {
        self.coming.recordings.iter().copied()
    }
}

impl Daemon {
    pub(super) async fn take_told(&mut self, told: Told) -> anyhow::Result<()> {
        match told {
            Told::Offer(bundle, answer) => {
                let offer = self.look_at(&bundle).await?;
                // Who carries it may have ended; the stick is looked at again.
                let _ = answer.send(offer);
            }
            Told::Copied(bundle, left_out, answer) => {
                let verdict = self.take_copied(&bundle, &left_out).await?;
                let _ = answer.send(verdict);
            }
            Told::Back(answer) => {
                let parcel = self.parcel().await?;
                let _ = answer.send(parcel);
            }
            Told::Report(report) => self.sticks.report = report,
        }
        Ok(())
    }

    /// What a bundle brings apart from its programme is taken at once: emergencies, and what the
    /// server stores. Of the programme is said what is missing.
    async fn look_at(&mut self, bundle: &Verified<StationBundle>) -> anyhow::Result<Offer> {
        let emergencies = bundle.get().emergencies.clone();
        // A stop says nothing any more by the time at which a stick arrives.
        self.take_emergencies(emergencies, Vec::new(), None).await?;
        match bundle.receipt(&self.key) {
            Ok(receipt) => {
                self.state.believe(&receipt).await?;
                self.look_for_unsent().await?;
            }
            Err(refusal) => warn!("the receipt on the stick was refused: {refusal}"),
        }
        let (verdict, programme) = self.judge(bundle);
        let Some(programme) = programme else {
            let wanted = Vec::new();
            return Ok(Offer { verdict, wanted });
        };
        let named = programme.get().recordings();
        if verdict == Verdict::Newer {
            let coming = Coming {
                generation: programme.get().generation,
                recordings: named.keys().copied().collect(),
            };
            self.set_coming(coming).await?;
        }
        let heard_soon = self.emergencies.recordings().map(|(_, sound)| sound);
        let mut wanted: Vec<Sound> = Vec::new();
        for sound in heard_soon.chain(named.into_values()) {
            let known = wanted.iter().any(|known| known.hash == sound.hash);
            if !known && !self.ready.contains(&sound.hash) {
                wanted.push(sound.clone());
            }
        }
        Ok(Offer { verdict, wanted })
    }

    /// Puts the programme of a bundle in force, now that its recordings are here, but for those
    /// that are `left_out`.
    async fn take_copied(
        &mut self,
        bundle: &Verified<StationBundle>,
        left_out: &[ContentHash],
    ) -> anyhow::Result<Verdict> {
        let (verdict, programme) = self.judge(bundle);
        if let (Verdict::Newer, Some(programme)) = (&verdict, &programme)
            && self.would_silence(programme.get(), left_out)
        {
            return Ok(Verdict::NoRoom);
        }
        if let (Verdict::Newer, Some(programme)) = (&verdict, programme) {
            let held = HeldProgramme {
                envelope: bundle.get().programme.clone(),
                etag: bundle.get().etag.clone(),
            };
            self.put_in_force(held, programme).await?;
        }
        if matches!(verdict, Verdict::Newer | Verdict::Same) {
            let made = bundle.get().issued_at;
            self.state.note_bundle(made).await?;
            self.sticks.made = self.sticks.made.max(Some(made));
        }
        Ok(verdict)
    }

    /// Whether `programme` would air less than the one that is held for want of what is `left_out`.
    /// Where none is held, whatever it airs is more; and what the one that is held lacks as well is
    /// heard by neither.
    fn would_silence(&self, programme: &Programme, left_out: &[ContentHash]) -> bool {
        let Some(held) = &self.programme else {
            return false;
        };
        let (held, coming) = (held.get().recordings(), programme.recordings());
        let mut lacking = left_out.iter().filter(|hash| coming.contains_key(*hash));
        lacking.any(|hash| !held.contains_key(hash))
    }

    /// Keeps what has been copied of a programme to come, through a restart too.
    async fn set_coming(&mut self, coming: Coming) -> anyhow::Result<()> {
        if coming != self.sticks.coming {
            self.state.set_coming(&coming).await?;
            self.sticks.coming = coming;
        }
        Ok(())
    }

    /// What was to come is here, or something later is.
    pub(super) async fn forget_coming(&mut self) -> anyhow::Result<()> {
        if self.sticks.coming.generation <= self.generation() {
            self.set_coming(Coming::default()).await?;
        }
        Ok(())
    }

    fn judge(&self, bundle: &Verified<StationBundle>) -> (Verdict, Option<Verified<Programme>>) {
        let held = self.programme.as_ref().map(|held| held.get().generation);
        match bundle.programme(&self.key, held.unwrap_or(0)) {
            Ok(programme) if Some(programme.get().generation) == held => {
                (Verdict::Same, Some(programme))
            }
            Ok(programme) => (Verdict::Newer, Some(programme)),
            Err(Refusal::OlderGeneration { .. }) => (Verdict::Older, None),
            Err(refusal) => (Verdict::Refused(refusal.to_string()), None),
        }
    }

    /// What goes back on a stick.
    async fn parcel(&mut self) -> anyhow::Result<Parcel> {
        let station = self.enrolment.station.clone();
        let word = StationWord {
            station: station.clone(),
            generation: self.generation(),
            bundle: self.state.bundle().await?,
            wall: self.now().wall,
        };
        Ok(Parcel {
            format_version: BUNDLE_FORMAT_VERSION,
            station,
            word: word.sign(&self.own_key)?,
            batches: self.state.by_hand(&self.own_key, LINES_BYTES_MAX).await?,
        })
    }
}
