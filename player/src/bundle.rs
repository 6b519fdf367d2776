//! What goes by hand: a stick with a bundle is found, what it brings is taken in, and the as-run
//! goes back on it.
//!
//! ```text
//! usb_folders ─► Stick ─► Verified<StationBundle> ─► the loop: is it newer? what is missing?
//! `import PATH` ──┘          recordings ─► shelf ─► the loop: in force ─► Parcel ─► stick
//! ```
//!
//! As sync does, it works beside the loop and talks to it by values; it decides nothing, and what
//! it brings is held to the same key and the same generation as what comes over the network. A
//! programme is put in force only when its recordings have been copied: a stick that is pulled out
//! half-way must not leave a village with a programme and no sound, nor must a disk that is full.

mod contents;
mod plugged;
mod report;
mod stick;
mod take_in;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use programme::bundle::{Parcel, StationBundle};
use programme::ids::{ContentHash, StationId};
use programme::programme::Sound;
use programme::signed::Verified;
use programme::units::BootTime;
use tokio::sync::{mpsc, oneshot};
use tracing::info;

use crate::clock::Clock;
use crate::ready::Shelf;
use crate::sync::News;
use stick::Stick;

pub use plugged::Unseen;
pub use report::{Log, Stage, StickReport};

/// Span between two looks for a stick.
const LOOK_EVERY: Duration = Duration::from_secs(3);

/// What became of a stick is shown for so long.
const SHOWN: Duration = Duration::from_secs(30 * 60);

/// A stick that could not be read to its end is tried again after this, if it is there still.
const AGAIN: Duration = Duration::from_secs(60);

/// What the loop is told of sticks.
#[derive(Debug)]
pub enum Told {
    /// A bundle of this station; nobody has looked yet at what it brings.
    Offer(Box<Verified<StationBundle>>, oneshot::Sender<Offer>),
    /// What it named has been copied, as far as it could be; the disk had no room for these.
    Copied(
        Box<Verified<StationBundle>>,
        Vec<ContentHash>,
        oneshot::Sender<Verdict>,
    ),
    /// The as-run is to go back.
    Back(oneshot::Sender<Parcel>),
    /// What the page shows; `None` when that is long ago.
    Report(Option<StickReport>),
}

/// What the loop says of a bundle.
#[derive(Debug)]
pub struct Offer {
    /// Of its programme.
    pub verdict: Verdict,
    /// What it names and is not ready.
    pub wanted: Vec<Sound>,
}

/// What the loop says of a programme that came by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is newer than the one that is held.
    Newer,
    /// It is the one that is held.
    Same,
    /// A newer one is held.
    Older,
    /// It is newer, and the disk has no room for what it needs: the one that is held airs on.
    NoRoom,
    /// It is not taken, in the words of the log.
    Refused(String),
}

/// That nothing was found is shown for so long.
const NOTHING_SHOWN: Duration = Duration::from_secs(60);

/// What somebody at the PC asks for.
#[derive(Debug)]
pub struct Errand {
    /// Where the stick or its copy is; `None` looks wherever the system mounts sticks.
    pub place: Option<PathBuf>,
    /// Whether the as-run alone goes back, and nothing is taken in.
    pub back_only: bool,
    /// Hears what became of it.
    pub answer: oneshot::Sender<StickReport>,
}

/// Takes in what sticks bring to one station.
#[derive(Debug, Clone)]
pub struct Courier {
    /// Where sticks are mounted.
    pub folders: Vec<PathBuf>,
    /// What says the time.
    pub clock: Clock,
    /// Where recordings are kept.
    pub shelf: Shelf,
    /// The server's.
    pub key: VerifyingKey,
    /// This station.
    pub station: StationId,
    /// Bytes of the disk that stay free.
    pub reserve_bytes: u64,
    /// The loop.
    pub to_loop: mpsc::Sender<News>,
}

/// A stick that was dealt with, as it was.
#[derive(Debug)]
struct Seen {
    mark: stick::Mark,
    again: Option<BootTime>,
}

impl Courier {
    /// Looks for sticks and does errands until the loop ends.
    pub async fn run(self, mut errands: mpsc::Receiver<Errand>) {
        let mut seen: BTreeMap<PathBuf, Seen> = BTreeMap::new();
        let mut shown: Option<(StickReport, BootTime)> = None;
        loop {
            tokio::select! {
                errand = errands.recv() => match errand {
                    Some(errand) => {
                        self.obey(errand, &mut seen, &mut shown).await;
                    }
                    None => return,
                },
                () = self.clock.wait(LOOK_EVERY) => self.look(&mut seen, &mut shown).await,
            }
        }
    }

    async fn look(
        &self,
        seen: &mut BTreeMap<PathBuf, Seen>,
        shown: &mut Option<(StickReport, BootTime)>,
    ) {
        let folders = self.folders.clone();
        // A thread that ended has found nothing; the next look will.
        let found = on_disk(move || stick::find(&folders))
            .await
            .unwrap_or_default();
        let now = self.clock.boot();
        let before = seen.len();
        seen.retain(|place, _| found.iter().any(|(stick, _)| stick.place() == place));
        if let Some((report, at)) = shown {
            if seen.len() < before && !report.out {
                report.out = true;
                self.tell(Some(report.clone())).await;
            } else if now.since(*at) > shown_for(report) {
                *shown = None;
                self.tell(None).await;
            }
        }
        for (stick, mark) in found {
            let known = seen.get(stick.place());
            let done = known.is_some_and(|seen| {
                seen.mark == mark && seen.again.is_none_or(|again| now < again)
            });
            if done {
                continue;
            }
            info!(stick = %stick.place().display(), "a stick is here");
            let report = self.take_in(&stick).await;
            let cut_off = report.stage == Stage::PulledOut;
            let again = cut_off.then(|| self.clock.boot().saturating_add(AGAIN));
            seen.insert(stick.place().to_owned(), Seen { mark, again });
            *shown = Some((report, self.clock.boot()));
        }
    }

    async fn obey(
        &self,
        errand: Errand,
        seen: &mut BTreeMap<PathBuf, Seen>,
        shown: &mut Option<(StickReport, BootTime)>,
    ) {
        let report = match errand.place {
            Some(place) if errand.back_only => self.give_back_to(place).await,
            Some(place) => match on_disk(move || Stick::at(&place)).await.flatten() {
                Some(stick) => self.take_in(&stick).await,
                None => StickReport::of(Stage::NoBundle),
            },
            None => self.look_again(seen, shown).await,
        };
        // What was named and is not there is told to whoever named it, and not on the page.
        if report.stage != Stage::NoBundle {
            *shown = Some((report.clone(), self.clock.boot()));
        }
        // Whoever asked may have gone away meanwhile.
        let _ = errand.answer.send(report);
    }

    /// Looks at once, at what was dealt with before too, and finds out why where nothing is there.
    async fn look_again(
        &self,
        seen: &mut BTreeMap<PathBuf, Seen>,
        shown: &mut Option<(StickReport, BootTime)>,
    ) -> StickReport {
        seen.clear();
        self.look(seen, shown).await;
        let found = shown.as_ref().filter(|_| !seen.is_empty());
        if let Some((report, _)) = found {
            return report.clone();
        }
        let mut report = StickReport::of(Stage::NoBundle);
        report.unseen = on_disk(|| plugged::unseen(Path::new("/"))).await.flatten();
        info!(why = ?report.unseen, "somebody looks for a stick, and none brings anything");
        self.tell(Some(report.clone())).await;
        *shown = Some((report.clone(), self.clock.boot()));
        report
    }

    async fn tell(&self, report: Option<StickReport>) {
        // Without a loop nobody shows anything.
        let _ = self.to_loop.send(News::Stick(Told::Report(report))).await;
    }
}

/// What is to be typed is shown for as long as what was done.
fn shown_for(report: &StickReport) -> Duration {
    match &report.unseen {
        None if report.stage == Stage::NoBundle => NOTHING_SHOWN,
        Some(Unseen::NotPlugged) => NOTHING_SHOWN,
        None | Some(Unseen::NotMounted { .. } | Unseen::NotReadable { .. }) => SHOWN,
    }
}

/// Runs blocking work on a thread for it; `None` when that ended without a result.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
