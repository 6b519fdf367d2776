//! The station's own ear: listens on an input while a cue is on air, and says whether the cue came
//! back from the loudspeakers.
//!
//! ```text
//! segments ─► own ─► frames of the recording ─┐
//! card ─► input ─► frames of what came in ────┴─► recognise ─► Heard
//! ```
//!
//! It is a witness and nothing else. It has a thread of its own that opens the input when the
//! output is open already, reads the recordings a second time, and shares nothing with the sound
//! on its way out. Whatever happens to the input ends in a word about it, never in a fault of the
//! airing. How a sound is recognised is [`recordings::recognise`]'s.

mod input;
mod own;
mod listener;

use std::io;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::bail;
use programme::as_run::proof::{Heard, NotChecked};
use programme::units::BootTime;
use serde::{Deserialize, Deserializer, de};

use crate::output::{Clock, Segment};

pub use input::{inputs, listen_once};

/// What the station listens with, as it is written: `off` or `card:NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ear {
    /// Nothing.
    Off,
    /// An input of the sound system, by its stable name or `default`.
    Card(String),
}

impl FromStr for Ear {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text.split_once(':') {
            None if text == "off" => Ok(Self::Off),
            Some(("card", name)) if !name.is_empty() => Ok(Self::Card(name.to_owned())),
            _ => bail!("a loopback is off, card:default or card:NAME, and not `{text}`"),
        }
    }
}

impl<'de> Deserialize<'de> for Ear {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// The listening thread. It ends when this is dropped, and nobody waits for it: an input may take
/// seconds to close.
#[derive(Debug)]
pub struct Loopback {
    tasks: mpsc::Sender<Task>,
}

impl Loopback {
    /// Starts the thread; no input is touched before a cue is on air.
    ///
    /// # Errors
    /// The operating system gives no thread.
    pub fn start(name: String, clock: Clock) -> io::Result<Self> {
        let (tasks, incoming) = mpsc::channel();
        let thread = thread::Builder::new().name("loopback".to_owned());
        thread.spawn(move || listener::run(&name, &clock, &incoming))?;
        Ok(Self { tasks })
    }

    /// Begins to listen for the cue that consists of `segments`.
    pub fn listen(&self, segments: Vec<Segment>) -> Listening {
        let shared = Arc::new(Shared::default());
        let task = Task {
            segments,
            shared: shared.clone(),
        };
        // Without a thread nothing is ever heard, which is what is said then.
        let _ = self.tasks.send(task);
        Listening { shared }
    }
}

/// One cue that is listened for, until this is dropped.
#[derive(Debug)]
pub struct Listening {
    shared: Arc<Shared>,
}

impl Listening {
    /// The cue sounds: what leaves the loudspeaker at `at` stands at `position` in it.
    pub fn sounds_from(&self, at: BootTime, position: Duration) {
        self.shared.set_place(Some((at, position)));
    }

    /// Nothing sounds: the output is lost.
    pub fn pauses(&self) {
        self.shared.set_place(None);
    }

    /// What can be said so far; at most a second old.
    pub fn heard(&self) -> Heard {
        let heard = self.shared.heard.lock();
        *heard.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.shared.ended.store(true, Relaxed);
    }
}

/// What the thread is to do.
#[derive(Debug)]
struct Task {
    segments: Vec<Segment>,
    shared: Arc<Shared>,
}

/// What the loop and the thread share about one cue.
#[derive(Debug)]
struct Shared {
    ended: AtomicBool,
    /// An instant, and where the cue stands at it, while it sounds.
    place: Mutex<Option<(BootTime, Duration)>>,
    heard: Mutex<Heard>,
}

impl Default for Shared {
    fn default() -> Self {
        let why = NotChecked::NoInput;
        Self {
            ended: AtomicBool::new(false),
            place: Mutex::new(None),
            heard: Mutex::new(Heard::NotChecked { why }),
        }
    }
}

impl Shared {
    fn has_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    fn set_place(&self, place: Option<(BootTime, Duration)>) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    /// Where the cue stands at `now`, once it sounds.
    fn position(&self, now: BootTime) -> Option<Duration> {
        let place = *self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, position) = place.filter(|(at, _)| *at <= now)?;
        Some(position + now.since(at))
    }

    fn say(&self, heard: Heard) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = heard;
    }
}
