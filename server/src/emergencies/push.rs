//! Words about emergencies, and stops, on their way to the streams of stations.
//!
//! Ten thousand stations wait at once. Each word is read once per process and handed to all of
//! them; each picks what concerns it, and none asks the database.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use programme::ids::AreaId;
use programme::signed::Envelope;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{self, Receiver};

use super::emergency::{self, Kept};
use crate::areas::area;
use crate::state::State;
use crate::stops::{press, stop};
use crate::web::errors::Result;

/// What is announced when there is a word about an emergency, followed by its name. It is not the
/// bare name: that would have the programmes of its villages looked at before it is pushed.
pub const SUBJECT: &str = "emergency ";

/// Words that a slow stream may lag behind before it reads the list instead.
const BACKLOG: usize = 64;

/// The database is looked at so often for words that nobody here heard announced.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// So far back stops are looked for that were not handed on; streams that open later read the list.
const STOPS_SINCE: Duration = Duration::from_secs(5 * 60);

/// What a stream says next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    /// The name of the event.
    pub event: &'static str,
    /// The signed envelope, as JSON.
    pub data: String,
}

/// A word about an emergency or a stop, ready to be sent.
#[derive(Debug)]
pub struct Word {
    name: String,
    revision: u64,
    areas: Vec<AreaId>,
    /// Areas among those below that were closed when it was ordered.
    closed: Vec<AreaId>,
    saying: Saying,
}

impl Word {
    fn of(kept: &Kept, closed: Vec<AreaId>) -> Result<Self> {
        Ok(Self {
            name: kept.word.id.to_string(),
            revision: kept.word.revision,
            areas: kept.word.areas.clone(),
            closed,
            saying: Saying::of("emergency", &kept.envelope)?,
        })
    }

    /// A village that was closed falls silent as any other.
    fn stop(kept: &stop::Kept) -> Result<Self> {
        Ok(Self {
            name: kept.word.id.to_string(),
            revision: 1,
            areas: kept.word.areas.clone(),
            closed: Vec::new(),
            saying: Saying::of("stop", &kept.envelope)?,
        })
    }
}

impl Saying {
    fn of(event: &'static str, envelope: &Envelope) -> Result<Self> {
        let data = serde_json::to_string(envelope)?;
        Ok(Self { event, data })
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
                Ok(subject) if is_about_words(&subject) => {}
                Err(RecvError::Lagged(_)) => {}
                Ok(_) => continue,
                Err(RecvError::Closed) => return,
            },
        }
        if let Err(error) = hand_on(&state, &mut sent).await {
            tracing::error!("words are not pushed and will be tried again: {error:?}");
        }
    }
}

fn is_about_words(subject: &str) -> bool {
    subject.starts_with(SUBJECT) || subject.starts_with(press::SUBJECT)
}

/// Hands on every word that was not yet; `sent` holds the last revision of each.
async fn hand_on(state: &State, sent: &mut BTreeMap<String, u64>) -> Result<()> {
    let mut connection = state.database.read().await?;
    let mut told = Vec::new();
    for kept in stop::said_since(&mut connection, state.now() - STOPS_SINCE).await? {
        told.push(Word::stop(&kept)?);
    }
    for kept in emergency::all_told(&mut connection, state.now()).await? {
        let last = sent.get(kept.word.id.as_str());
        let closed = match last.is_none_or(|last| *last < kept.word.revision) {
            true => emergency::closed_to(&mut connection, &kept).await?,
            false => Vec::new(),
        };
        told.push(Word::of(&kept, closed)?);
    }
    let names: BTreeSet<&str> = told.iter().map(|word| word.name.as_str()).collect();
    sent.retain(|name, _| names.contains(name.as_str()));
    for word in told {
        if sent
            .get(&word.name)
            .is_none_or(|last| *last < word.revision)
        {
            sent.insert(word.name.clone(), word.revision);
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
    told: BTreeMap<String, u64>,
    waiting: VecDeque<Saying>,
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

    /// The next word that waits; the list is read first where it must be.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take(&mut self, state: &State) -> Result<Option<Saying>> {
        if self.behind {
            let mut connection = state.database.read().await?;
            self.line = area::find(state, &mut connection, &self.area).await?.line;
            let told = emergency::told(&mut connection, &self.area, state.now()).await?;
            let stops = stop::told(&mut connection, &self.area, state.now()).await?;
            self.behind = false;
            for kept in stops {
                self.note(&Word::stop(&kept)?);
            }
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
            .get(&word.name)
            .is_none_or(|last| *last < word.revision);
        if concerns && is_new {
            self.told.insert(word.name.clone(), word.revision);
            self.waiting.push_back(word.saying.clone());
        }
        concerns && is_new
    }
}
