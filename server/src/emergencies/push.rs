//! Words about emergencies on their way to the streams of stations.
//!
//! Ten thousand stations wait at once. Each word is read once per process and handed to all of
//! them; each picks what concerns it, and none asks the database.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use programme::ids::{AreaId, BroadcastId};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver};

use super::emergency::{self, Kept};
use crate::areas::area;
use crate::state::State;
use crate::web::errors::Result;

/// What is announced when there is a word about an emergency, followed by its name. It is not the
/// bare name: that would have the programmes of its villages looked at before it is pushed.
pub const SUBJECT: &str = "emergency ";

/// Words that a slow stream may lag behind before it reads the list instead.
const BACKLOG: usize = 64;

/// The database is looked at so often for words that nobody here heard announced.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A word about an emergency, ready to be sent.
#[derive(Debug)]
pub struct Word {
    id: BroadcastId,
    revision: u64,
    areas: Vec<AreaId>,
    /// Areas among those below that were closed when it was ordered.
    closed: Vec<AreaId>,
    envelope: String,
}

impl Word {
    fn of(kept: &Kept, closed: Vec<AreaId>) -> Result<Self> {
        Ok(Self {
            id: kept.word.id.clone(),
            revision: kept.word.revision,
            areas: kept.word.areas.clone(),
            closed,
            envelope: serde_json::to_string(&kept.envelope)?,
        })
    }
}

/// Hands each word to every stream of this process.
#[derive(Debug, Clone)]
pub struct Bus(broadcast::Sender<Arc<Word>>);

impl Default for Bus {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

/// Reads what is announced, by whichever replica, and hands it on until the server ends.
pub async fn relay(state: State) {
    let mut woken = state.wake.listen();
    let mut sent = BTreeMap::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = state.stopped() => return,
            _ = look.tick() => {}
            subject = woken.recv() => match subject {
                Ok(subject) if subject.starts_with(SUBJECT) => {}
                Err(RecvError::Lagged(_)) => {}
                Ok(_) => continue,
                Err(RecvError::Closed) => return,
            },
        }
        if let Err(error) = hand_on(&state, &mut sent).await {
            tracing::error!("emergencies are not pushed and will be tried again: {error:?}");
        }
    }
}

/// Hands on every word that was not yet; `sent` holds the last revision of each emergency.
async fn hand_on(state: &State, sent: &mut BTreeMap<BroadcastId, u64>) -> Result<()> {
    let mut connection = state.database.read().await?;
    let told = emergency::all_told(&mut connection, state.now()).await?;
    sent.retain(|id, _| told.iter().any(|kept| kept.word.id == *id));
    for kept in told {
        let revision = kept.word.revision;
        if sent.get(&kept.word.id).is_none_or(|last| *last < revision) {
            let closed = emergency::closed_to(&mut connection, &kept).await?;
            let word = Word::of(&kept, closed)?;
            sent.insert(kept.word.id.clone(), revision);
            // No stream being open is no fault: each reads the list when it opens.
            let _ = state.emergencies.0.send(Arc::new(word));
        }
    }
    Ok(())
}

/// The words that one station is to hear, in their order and each once.
#[derive(Debug)]
pub struct Ear {
    area: AreaId,
    /// The area and all above it.
    line: Vec<AreaId>,
    words: Receiver<Arc<Word>>,
    /// The list is to be read: the stream opened just now, or lagged behind.
    behind: bool,
    told: BTreeMap<BroadcastId, u64>,
    waiting: VecDeque<String>,
}

impl Ear {
    /// Listens for a station of `area`. What holds already comes first.
    pub fn new(state: &State, area: AreaId) -> Self {
        Self {
            area,
            line: Vec::new(),
            // Listening starts before the list is read, so that nothing falls between them.
            words: state.emergencies.0.subscribe(),
            behind: true,
            told: BTreeMap::new(),
            waiting: VecDeque::new(),
        }
    }

    /// The next word that waits, as its envelope in JSON; the list is read first where it must be.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take(&mut self, state: &State) -> Result<Option<String>> {
        if self.behind {
            let mut connection = state.database.read().await?;
            self.line = area::find(state, &mut connection, &self.area).await?.line;
            let told = emergency::told(&mut connection, &self.area, state.now()).await?;
            self.behind = false;
            for kept in told {
                self.note(&Word::of(&kept, Vec::new())?);
            }
        }
        Ok(self.waiting.pop_front())
    }

    /// Comes back when a word may wait; `None` when none will come any more. Dropped half-way it
    /// has lost nothing.
    pub async fn listen(&mut self) -> Option<()> {
        loop {
            match self.words.recv().await {
                Ok(word) if self.note(&word) => return Some(()),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    self.behind = true;
                    return Some(());
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Lays a word ready if it concerns the station and says something new.
    fn note(&mut self, word: &Word) -> bool {
        let lies_in = |areas: &[AreaId]| areas.iter().any(|area| self.line.contains(area));
        let concerns = lies_in(&word.areas) && !lies_in(&word.closed);
        let is_new = self
            .told
            .get(&word.id)
            .is_none_or(|last| *last < word.revision);
        if concerns && is_new {
            self.told.insert(word.id.clone(), word.revision);
            self.waiting.push_back(word.envelope.clone());
        }
        concerns && is_new
    }
}
