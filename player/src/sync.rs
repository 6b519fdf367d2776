//! What goes on beside the loop: everything between the station and its server.
//!
//! ```text
//! Want ─► programme ◄─ events        Outbox ─► reports        time
//!    └──► recordings ─► shelf
//!                      └──────────────┴──── News ─► the loop ─┘
//! ```
//!
//! Each part is a task of its own that sleeps, asks, and tells the loop by a value; none of them
//! decides what airs, and none touches the state. They put up with a server that is away for ever.

pub mod server;
pub mod backoff;
mod time;
mod events;
mod programme;
mod recordings;
mod reports;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::programme::clock::Vouched;
use ::programme::ids::{ContentHash, JournalId};
use ::programme::programme::Sound;
use ::programme::signed::Envelope;
use ::programme::units::BootTime;
use ::programme::wire::{AsRunBatch, Health};
use ed25519_dalek::VerifyingKey;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::bundle::Told;
use crate::clock::{self, Clock};
use crate::ready::Shelf;
use crate::state::HeldProgramme;
use server::{Link, Server};

pub use time::{NoTime, ask as ask_time};

/// What the loop is told.
#[derive(Debug)]
pub enum News {
    /// The server vouches for a time.
    Time(Vouched),
    /// The server says a time that is too unsure to set a clock by it.
    Date(Vouched),
    /// The server offers a programme, which nobody has looked at yet.
    Programme(HeldProgramme),
    /// The server says that the programme which is held is the newest.
    Newest,
    /// The server says something about emergencies or stops, which nobody has looked at yet.
    Emergencies {
        /// Words about emergencies, as they came.
        envelopes: Vec<Envelope>,
        /// Stops, as they came.
        stops: Vec<Envelope>,
        /// The server's name for this list, when it is all that holds.
        etag: Option<String>,
    },
    /// A recording is ready.
    Ready(ContentHash),
    /// A recording is not what it was when it was made ready.
    Altered(ContentHash),
    /// Recordings were removed, for no programme named them when that began.
    Removed(Vec<ContentHash>),
    /// A recording is not what it should be.
    RecordingRefused {
        /// Its name.
        hash: ContentHash,
        /// What was wrong.
        why: String,
    },
    /// The disk has no room for a recording that is needed: what nothing names is to make way.
    NoRoom(oneshot::Sender<()>),
    /// Whether recordings wait because the disk is nearly full.
    DiskLow(bool),
    /// The disk was tried; why it takes nothing, if it does not.
    DiskProved(Option<String>),
    /// The output was tried; why it does not open, if it does not.
    Probed(Option<String>),
    /// What the PC says of itself was written.
    StatusWritten {
        /// What it says, in writing.
        said: String,
        /// How long it is.
        length: Duration,
    },
    /// The server stores a journal up to a sequence.
    Stored {
        /// The journal.
        journal: JournalId,
        /// The last line that is stored.
        through: u64,
        /// What the server also takes in lines.
        also_takes: Vec<String>,
    },
    /// The server says that lines do not fit what it holds of their journal.
    Broken {
        /// The journal.
        journal: JournalId,
        /// What the server said.
        why: String,
    },
    /// A stick is here, or something became of one.
    Stick(Told),
}

/// What the loop wants of the server.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Want {
    /// The name of the programme that it holds.
    pub etag: Option<String>,
    /// The name of the list of emergencies that it holds.
    pub emergencies: Option<String>,
    /// Recordings that it needs and that are not ready, soonest needed first.
    pub missing: Vec<Sound>,
    /// How many of them, from the first on, an emergency in force lets people hear: the reserve of
    /// the disk does not hold for these.
    pub urgent: usize,
}

/// What the loop has to tell the server.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// The next lines of the as-run that are not stored.
    pub lines: Option<Arc<AsRunBatch>>,
    /// How the station is; `None` until that is known.
    pub health: Option<Health>,
}

impl Outbox {
    /// Whether the server would see anything in it that it does not see in `last`.
    pub fn is_news_after(&self, last: &Self) -> bool {
        let health = match (&last.health, &self.health) {
            (Some(last), Some(health)) => is_news(last, health),
            (last, health) => last.is_some() != health.is_some(),
        };
        health || self.lines != last.lines
    }
}

/// Whether `health` says more than `last`; what merely moves on is no news.
fn is_news(last: &Health, health: &Health) -> bool {
    let lasting = |health: &Health| Health {
        disk_free_bytes: 0,
        system_clock_error_ms: None,
        uptime: Duration::ZERO,
        ..health.clone()
    };
    lasting(last) != lasting(health)
}

/// What each task needs to know.
#[derive(Debug, Clone)]
struct Context {
    server: Server,
    key: VerifyingKey,
    clock: Clock,
    shelf: Shelf,
    pace: Pace,
    poke: Arc<Notify>,
    /// A poll was answered on a connection that is kept for the next one.
    polled: Arc<Notify>,
    want: watch::Receiver<Want>,
    received: Arc<AtomicU64>,
    outbox: watch::Receiver<Outbox>,
    news: mpsc::Sender<News>,
    /// When the event stream last said that just what is held is in force.
    assured: watch::Sender<Option<BootTime>>,
}

/// How long the word of the event stream holds; it is given again every four minutes.
const ASSURED_FOR: Duration = Duration::from_secs(5 * 60);

/// Tasks and stations that learn at one moment that the server is back ask within this.
const SPREAD: Duration = Duration::from_secs(2);

impl Context {
    /// Waits for `pause`, or until another task finds that the server is back.
    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = self.clock.wait(pause) => {}
            () = self.back() => self.clock.wait(SPREAD.mul_f64(clock::fraction())).await,
        }
    }

    /// Waits until what nothing names has made way on the disk, as far as there is such.
    async fn make_room(&self) {
        make_room(&self.news).await;
    }

    /// Whether the event stream has said since a while that just what is held is in force.
    fn is_assured(&self) -> bool {
        let assured = *self.assured.borrow();
        assured.is_some_and(|at| self.clock.boot().since(at) <= ASSURED_FOR)
    }

    /// Waits until another task finds that the server is back.
    async fn back(&self) {
        let mut link = self.server.link();
        while link.changed().await.is_ok() {
            if *link.borrow_and_update() == Link::Up {
                return;
            }
        }
        // The link ends with the tasks.
        std::future::pending().await
    }
}

/// Has the loop `news` goes to remove what nothing names, and waits until that is done.
pub async fn make_room(news: &mpsc::Sender<News>) {
    let (answer, done) = oneshot::channel();
    if news.send(News::NoRoom(answer)).await.is_ok() {
        // A loop without a programme removes nothing, and does not answer.
        let _ = done.await;
    }
}

/// How often, and how far.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Span between two looks at the programme without news.
    pub poll: Duration,
    /// Span between two reports of health without a change.
    pub health: Duration,
    /// Bytes of the disk that stay free.
    pub disk_reserve_bytes: u64,
}

/// The tasks. Dropping it ends them; what they had begun is gone on with at the next start.
#[derive(Debug)]
pub struct Sync {
    /// What the loop wants.
    pub want: watch::Sender<Want>,
    /// What the loop has to tell.
    pub outbox: watch::Sender<Outbox>,
    /// How the server is found.
    pub link: watch::Receiver<Link>,
    /// What the loop is told.
    pub news: mpsc::Receiver<News>,
    /// For what else works beside the loop and has news for it.
    pub to_loop: mpsc::Sender<News>,
    received: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Sync {
    /// Starts the tasks.
    pub fn start(
        server: Server,
        key: VerifyingKey,
        clock: Clock,
        shelf: Shelf,
        pace: Pace,
        want: Want,
    ) -> Self {
        let (to_loop, news) = mpsc::channel(16);
        let link = server.link();
        let received = Arc::new(AtomicU64::new(0));
        let want = watch::Sender::new(want);
        let outbox = watch::Sender::new(Outbox::default());
        let context = Context {
            server,
            key,
            clock,
            shelf,
            pace,
            poke: Arc::new(Notify::new()),
            polled: Arc::new(Notify::new()),
            want: want.subscribe(),
            received: Arc::clone(&received),
            outbox: outbox.subscribe(),
            news: to_loop.clone(),
            assured: watch::Sender::new(None),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(time::run(context.clone()));
        tasks.spawn(programme::run(context.clone()));
        tasks.spawn(events::run(context.clone()));
        tasks.spawn(recordings::run(context.clone()));
        tasks.spawn(reports::run(context));
        Self {
            want,
            outbox,
            link,
            news,
            to_loop,
            received,
            _tasks: tasks,
        }
    }

    /// Bytes of recordings that have come since they were last taken.
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// The same, and counts from zero again.
    pub fn take_received(&self) -> u64 {
        self.received.swap(0, Ordering::Relaxed)
    }
}
