//! Emergencies on the station: kept with what vouches for them, and told to the core; stops come
//! and are kept along with them.
//!
//! Of each the last word counts, however often and in whatever order words come. They are kept
//! beyond their expiry for a day, so that the record of a power cut can be closed.

use std::collections::BTreeMap;
use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use programme::air::Input;
use programme::emergency::Emergency;
use programme::ids::{BroadcastId, ContentHash};
use programme::programme::Sound;
use programme::signed::{Envelope, Refusal, Verified};
use programme::units::WallTime;
use programme::wire::HeldEmergency;
use tracing::{error, info, warn};

use super::Daemon;
use super::stops::Stops;
use crate::state::{HeldEmergencies, State};

/// How long after its expiry an emergency is kept.
pub(super) const KEPT_AFTER: Duration = Duration::from_hours(24);

/// What the station holds, as it came and as it was verified.
#[derive(Debug, Default)]
pub(super) struct Emergencies {
    held: BTreeMap<BroadcastId, (Envelope, Verified<Emergency>)>,
    /// What the station lets people hear of each, and until when.
    heard: Vec<(WallTime, Vec<ContentHash>)>,
    /// What the panel stopped.
    pub stops: Stops,
    /// The server's name for the list that was fetched last.
    pub etag: Option<String>,
}

impl Emergencies {
    /// Those of the last run, held to the same key as those from the network.
    pub async fn of_last_run(state: &mut State, key: &VerifyingKey) -> anyhow::Result<Self> {
        let kept = state.emergencies().await?.unwrap_or_default();
        let mut emergencies = Self {
            etag: kept.etag,
            ..Self::default()
        };
        for envelope in kept.envelopes {
            // What the disk altered is asked for again: the server's list is not held any more.
            if emergencies.believe(envelope, key).is_err() {
                emergencies.etag = None;
            }
        }
        for envelope in kept.stops {
            if emergencies.stops.believe(envelope, key).is_err() {
                emergencies.etag = None;
            }
        }
        Ok(emergencies)
    }

    /// Takes a word when it is the last one about its emergency, and says whether it is.
    fn believe(&mut self, envelope: Envelope, key: &VerifyingKey) -> Result<bool, Refusal> {
        let word = Verified::<Emergency>::open(&envelope, key)
            .inspect_err(|refusal| error!("an emergency was refused: {refusal}"))?;
        let (id, revision) = (word.get().id.clone(), word.get().revision);
        let held = self.held.get(&id);
        if held.is_some_and(|(_, held)| held.get().revision >= revision) {
            return Ok(false);
        }
        let (cancelled, title) = (word.get().cancelled, &word.get().content.title);
        warn!(emergency = %id, revision, cancelled, "word of an emergency: {title}");
        self.held.insert(id, (envelope, word));
        Ok(true)
    }

    fn forget_before(&mut self, wall: WallTime) -> bool {
        let before = self.held.len();
        self.held
            .retain(|_, (_, word)| word.get().expires_at + KEPT_AFTER > wall);
        self.held.len() != before
    }

    fn as_kept(&self) -> HeldEmergencies {
        let envelopes = self.held.values().map(|(envelope, _)| envelope.clone());
        HeldEmergencies {
            envelopes: envelopes.collect(),
            stops: self.stops.envelopes(),
            etag: self.etag.clone(),
        }
    }

    /// Their recordings, each once.
    pub fn recordings(&self) -> impl Iterator<Item = (ContentHash, &Sound)> {
        let words = self.held.values().map(|(_, word)| word.get());
        words.flat_map(Emergency::recordings)
    }

    /// The recordings of those that are not over at `wall`, each once.
    pub fn lasting(&self, wall: Option<WallTime>) -> impl Iterator<Item = (ContentHash, &Sound)> {
        let words = self.held.values().map(|(_, word)| word.get());
        let lasting = words
            .filter(move |word| !word.cancelled && wall.is_none_or(|wall| wall < word.expires_at));
        lasting.flat_map(Emergency::recordings)
    }

    /// What the station lets people hear of those in force at `wall`, in that order.
    pub fn heard(&self, wall: Option<WallTime>) -> impl Iterator<Item = ContentHash> {
        let heard = self.heard.iter();
        let lasting = heard.filter(move |(until, _)| wall.is_none_or(|wall| wall < *until));
        lasting.flat_map(|(_, content)| content.iter().copied())
    }
}

impl Daemon {
    /// Takes words about emergencies, on the disk before they sound, and stops, obeyed before that.
    pub(super) async fn take_emergencies(
        &mut self,
        envelopes: Vec<Envelope>,
        stops: Vec<Envelope>,
        etag: Option<String>,
    ) -> anyhow::Result<()> {
        let stopped = self.take_stops(stops).await?;
        let mut news = stopped || (etag.is_some() && etag != self.emergencies.etag);
        self.emergencies.etag = etag.or(self.emergencies.etag.take());
        for envelope in envelopes {
            news |= self
                .emergencies
                .believe(envelope, &self.key)
                .unwrap_or(false);
        }
        if news {
            self.state
                .hold_emergencies(&self.emergencies.as_kept())
                .await?;
            self.tell_emergencies();
        }
        Ok(())
    }

    /// Tells the core what is in force here. What a programme says of this station, its areas and
    /// its languages, it must have said before.
    pub(super) fn tell_emergencies(&mut self) {
        self.tell_stops();
        let Some(programme) = &self.programme else {
            return;
        };
        let words = self.emergencies.held.values().map(|(_, word)| word);
        let plans = words.filter_map(|word| match word.plan(programme) {
            Ok(plan) => plan,
            Err(unknown) => {
                error!("an emergency cannot be planned: {unknown}");
                None
            }
        });
        let here = self.here.plans(programme, &self.station_clock);
        let plans: Vec<_> = plans.chain(here).collect();
        let to_hear = plans.iter().map(Verified::get);
        let to_hear = to_hear.filter(|plan| !plan.cancelled);
        let heard = to_hear.map(|plan| (plan.expires_at, plan.content()));
        self.emergencies.heard = heard.collect();
        self.tell(Input::Emergencies(plans));
    }

    /// Forgets those that are long over.
    pub(super) async fn prune_emergencies(&mut self) -> anyhow::Result<()> {
        let Some(wall) = self.now().wall else {
            return Ok(());
        };
        self.prune_orders(wall).await?;
        let stops = self.emergencies.stops.forget_before(wall);
        if self.emergencies.forget_before(wall) || stops {
            info!("emergencies that are long over are forgotten, and stops");
            self.state
                .hold_emergencies(&self.emergencies.as_kept())
                .await?;
            self.tell_emergencies();
        }
        Ok(())
    }

    /// What the server is told of them.
    pub(super) fn held_emergencies(&self) -> Vec<HeldEmergency> {
        let wall = self.now().wall;
        let words = self.emergencies.held.values().map(|(_, word)| word.get());
        let lasting = words.filter(|word| wall.is_none_or(|wall| wall < word.expires_at));
        let held = lasting.map(|word| HeldEmergency {
            id: word.id.clone(),
            revision: word.revision,
            ready: word
                .recordings()
                .all(|(hash, _)| self.ready.contains(&hash)),
        });
        held.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use programme::ids::JournalId;
    use programme::signed::Purpose;

    #[tokio::test]
    async fn an_emergency_that_the_disk_altered_is_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = JournalId::from_random([1; 10]);
        let (mut state, _) = State::open(folder.path(), fresh).await.unwrap();
        let key = SigningKey::from_bytes(&[1; 32]);
        let trusted = key.verifying_key();
        let mut kept = HeldEmergencies {
            envelopes: Vec::new(),
            stops: Vec::new(),
            etag: Some("list".to_owned()),
        };
        state.hold_emergencies(&kept).await.unwrap();
        let of_last_run = Emergencies::of_last_run(&mut state, &trusted);
        assert_eq!(of_last_run.await.unwrap().etag.as_deref(), Some("list"));
        let altered = Envelope::sign(Purpose::Emergency, b"{".to_vec(), &key);
        kept.envelopes.push(altered);
        state.hold_emergencies(&kept).await.unwrap();
        let of_last_run = Emergencies::of_last_run(&mut state, &trusted);
        assert_eq!(of_last_run.await.unwrap().etag, None);
    }
}
