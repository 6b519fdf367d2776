//! Takes what comes from the server and from the recurring duties.

use std::collections::BTreeSet;
use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use programme::air::Input;
use programme::ids::{ContentHash, JournalId};
use programme::programme::Programme;
use programme::signed::Verified;
use tokio::sync::oneshot;
use tracing::{debug, error, info, warn};

use super::faults::Faults;
use super::want::Arrived;
use super::{Daemon, Ended};
use crate::clock;
use crate::config::Line;
use crate::disk;
use crate::duties::Duty;
use crate::output;
use crate::renewal::Renewal;
use crate::state::{HeldProgramme, State};
use crate::station::Enrolment;
use crate::sync::News;

/// How far the next deadline must be for the card to be tried: opening one may take seconds.
const PROBE_AWAY: Duration = Duration::from_secs(15);

impl Daemon {
    pub(super) async fn take_news(&mut self, news: News) -> anyhow::Result<Option<Ended>> {
        // It may have brought something, by stick too, or taken something away.
        self.arrived = Arrived::default();
        match news {
            News::Time(vouched) => self.take_time(vouched).await?,
            News::Date(said) => self.station_clock.confirm(&said),
            News::Programme(held) => self.take_programme(held).await?,
            // Whatever was refused before it is not what the server offers.
            News::Newest => self.faults.programme = None,
            News::Emergencies {
                envelopes,
                stops,
                etag,
            } => {
                self.take_emergencies(envelopes, stops, etag).await?;
            }
            News::Ready(hash) => {
                self.faults.recordings.remove(&hash);
                self.ready.insert(hash);
                self.tell(Input::Ready(self.ready.clone()));
            }
            News::Altered(hash) => {
                warn!(recording = %hash, "the disk altered a recording; it is made ready again");
                self.ready.remove(&hash);
                self.tell(Input::Ready(self.ready.clone()));
            }
            News::Removed(removed) => {
                debug!(recordings = removed.len(), "recordings were removed");
                // A programme that came meanwhile may name one, which is then brought again.
                self.ready.retain(|hash| !removed.contains(hash));
                self.tell(Input::Ready(self.ready.clone()));
            }
            News::RecordingRefused { hash, why } => {
                self.faults.recordings.insert(hash, why);
            }
            News::NoRoom(answer) => self.make_room(Some(answer)),
            News::DiskLow(low) => self.faults.disk_low = low,
            News::DiskProved(trouble) => {
                if let Some(trouble) = trouble.as_ref().filter(|_| self.faults.disk.is_none()) {
                    error!("{trouble}");
                }
                self.faults.disk = trouble;
            }
            News::Probed(trouble) => {
                if let Some(trouble) = &trouble {
                    warn!("the output does not open: {trouble}");
                }
                self.faults.output = trouble;
            }
            News::StatusWritten { said, length } => self.say(said, length).await?,
            News::Stored {
                journal,
                through,
                also_takes,
            } => {
                self.note_taken(also_takes).await?;
                if !self.state.stored(&journal, through).await? {
                    let why = "the server was restored from a backup that is too old";
                    self.go_on_elsewhere(&journal, why).await?;
                }
                self.look_for_unsent().await?;
            }
            News::Broken { journal, why } => {
                self.go_on_elsewhere(&journal, &why).await?;
                self.look_for_unsent().await?;
            }
            News::Stick(told) => self.take_told(told).await?,
        }
        Ok(None)
    }

    /// Keeps what a receipt says that the server also takes.
    async fn note_taken(&mut self, also_takes: Vec<String>) -> anyhow::Result<()> {
        if also_takes != self.also_takes {
            self.state.set_also_takes(&also_takes).await?;
            self.also_takes = also_takes;
        }
        Ok(())
    }

    /// What the server does not take of a journal it gets in another one, so that nothing is lost.
    async fn go_on_elsewhere(&mut self, refused: &JournalId, why: &str) -> anyhow::Result<()> {
        let fresh = JournalId::from_random(clock::random());
        let lines = self.state.go_on_elsewhere(refused, fresh).await?;
        let journal = &self.state.journal;
        error!(%refused, %journal, lines, "the as-run goes on in another journal: {why}");
        Ok(())
    }

    async fn take_programme(&mut self, held: HeldProgramme) -> anyhow::Result<()> {
        let generation = self.generation();
        match Verified::<Programme>::open(
            &held.envelope,
            &self.key,
            &self.enrolment.station,
            generation,
        ) {
            Ok(programme) => {
                let skips = programme.get().generation > generation.saturating_add(1);
                self.put_in_force(held, programme).await?;
                // As a server does that was put back to a backup: it may lack lines of the log too.
                if skips && self.state.offer_last_again().await? {
                    self.look_for_unsent().await?;
                }
            }
            Err(refusal) => {
                warn!("the programme that the server offers was refused: {refusal}");
                self.faults.programme = Some(refusal);
            }
        }
        Ok(())
    }

    /// On the disk before anything airs by it.
    pub(super) async fn put_in_force(
        &mut self,
        held: HeldProgramme,
        programme: Verified<Programme>,
    ) -> anyhow::Result<()> {
        self.state.hold(&held).await?;
        let generation = programme.get().generation;
        info!(generation, "the programme of this station is in force");
        let before = self.programme.replace(programme);
        if self.now().wall.is_none() {
            self.replaced = self.replaced.take().or(before);
        }
        self.forget_coming().await?;
        let named = self.named();
        let refused = &mut self.faults.recordings;
        refused.retain(|hash, _| named.contains_key(hash));
        self.etag = held.etag;
        self.faults.programme = None;
        self.replan().await
    }

    pub(super) async fn do_duty(
        &mut self,
        duty: Duty,
        renewal: &mut Renewal,
    ) -> anyhow::Result<Option<Ended>> {
        match duty {
            // The status and the health are made anew at each turn of the loop.
            Duty::Heartbeat => {
                self.disk_free_bytes = self.shelf.free_bytes().unwrap_or(0);
                let enrolled = Enrolment::load(&self.settings.state_dir);
                let idle = self.on_output.is_empty();
                let other = enrolled.is_ok_and(|found| found.is_some_and(|e| e != self.enrolment));
                if self.faults.output.is_some() {
                    self.probe_output();
                }
                self.speak_in_the_morning().await?;
                let anew = (idle && other).then_some(Ended::Reenrolled);
                return Ok(anew.or_else(|| self.make_way(renewal)));
            }
            Duty::Prune => self.prune().await?,
            Duty::SelfTest => {
                self.verify_ready();
                self.probe_output();
            }
        }
        Ok(None)
    }

    /// Removes what is old and what nothing names, the latter beside the loop.
    pub(super) async fn prune(&mut self) -> anyhow::Result<()> {
        let age = Duration::from_hours(24) * self.settings.journal_days;
        let lines = self.state.prune_journal(age).await?;
        debug!(lines, "old lines of the as-run removed");
        self.prune_emergencies().await?;
        self.make_room(None);
        Ok(())
    }

    /// Removes recordings that nothing names, beside the loop, and answers whoever waits for it.
    /// Without a programme nobody knows what is needed.
    fn make_room(&mut self, answer: Option<oneshot::Sender<()>>) {
        if self.programme.is_none() {
            return;
        }
        let named = self.named().into_keys().chain(self.sticks.kept());
        let named: BTreeSet<_> = named.collect();
        self.ready.retain(|hash| named.contains(hash));
        self.tell(Input::Ready(self.ready.clone()));
        let (shelf, news) = (self.shelf.clone(), self.sync.to_loop.clone());
        let want = self.sync.want.subscribe();
        tokio::task::spawn_blocking(move || {
            // A programme that came meanwhile may want one of them.
            let wanted = |hash: &ContentHash| {
                let want = want.borrow();
                named.contains(hash) || want.missing.iter().any(|sound| sound.hash == *hash)
            };
            match shelf.keep_only(wanted) {
                // Without a loop nobody wants to know.
                Ok(removed) => drop(news.blocking_send(News::Removed(removed))),
                Err(error) => error!("recordings could not be removed: {error}"),
            }
            // Whoever waited may have ended.
            let _ = answer.map(|answer| answer.send(()));
        });
    }

    /// Has the sound card opened and closed, without a sound, so that a fault is known before the
    /// next cue. Nothing is tried when a cue is near: some cards open only once at a time.
    pub(super) fn probe_output(&self) {
        let Line::Card(name) = self.settings.output.clone() else {
            return;
        };
        let near = self.clock.boot().saturating_add(PROBE_AWAY);
        let cue_near = self.core.poll_timeout().is_some_and(|(at, _)| at < near);
        if cue_near || !self.on_output.is_empty() || self.speech.since().is_some() {
            return;
        }
        let (block_frames, news) = (self.settings.card_block_frames, self.sync.to_loop.clone());
        tokio::task::spawn_blocking(move || {
            let fault = output::probe(&name, block_frames).err();
            // Without a loop nobody wants to know.
            let _ = news.blocking_send(News::Probed(fault.map(|fault| fault.to_string())));
        });
    }

    /// Has something written and read back, beside the loop: an idle player would otherwise learn
    /// from its next cue that the disk takes nothing.
    pub(super) fn prove_disk(&self) {
        let (folder, news) = (self.settings.state_dir.clone(), self.sync.to_loop.clone());
        tokio::task::spawn_blocking(move || {
            let trouble = disk::prove(&folder).err();
            // Without a loop nobody wants to know.
            let _ = news.blocking_send(News::DiskProved(trouble.map(|why| why.to_string())));
        });
    }

    /// Has every ready recording verified again, beside the loop, for disks rot silently.
    fn verify_ready(&self) {
        let (shelf, ready, news) = (
            self.shelf.clone(),
            self.ready.clone(),
            self.sync.to_loop.clone(),
        );
        tokio::task::spawn_blocking(move || {
            for hash in ready {
                let altered = match shelf.is_ready(&hash) {
                    Ok(ready) => !ready,
                    Err(error) => {
                        error!(recording = %hash, "a recording cannot be read: {error}");
                        true
                    }
                };
                if altered && news.blocking_send(News::Altered(hash)).is_err() {
                    return;
                }
            }
        });
    }
}

/// The programme of the last run, held to the same key as one from the network.
pub(super) async fn held_programme(
    state: &mut State,
    key: &VerifyingKey,
    enrolment: &Enrolment,
    faults: &mut Faults,
) -> anyhow::Result<Option<(Verified<Programme>, Option<String>)>> {
    let Some(held) = state.programme().await? else {
        return Ok(None);
    };
    match Verified::<Programme>::open(&held.envelope, key, &enrolment.station, 0) {
        Ok(programme) => Ok(Some((programme, held.etag))),
        Err(refusal) => {
            error!("the programme on the disk was refused, and is fetched again: {refusal}");
            faults.programme = Some(refusal);
            Ok(None)
        }
    }
}
