//! Takes in what a stick brings, and gives the as-run back on it.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::VerifyingKey;
use programme::bundle::{
    AS_RUN, FOLDER, Parcel, StationBundle, parcel_file, recording_file, station_file,
};
use programme::ids::ContentHash;
use programme::programme::Sound;
use programme::signed::{Envelope, Verified};
use recordings::{Error, durable};
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::contents::Contents;
use super::stick::Stick;
use super::{Courier, Log, Stage, StickReport, Told, Verdict, on_disk};
use crate::ready::Shelf;
use crate::sync::{News, make_room};

/// Why a recording was not copied.
#[derive(Debug, thiserror::Error)]
enum Setback {
    #[error("the stick cannot be read: {0}")]
    Stick(io::Error),
    #[error("it is not what its name says")]
    Torn,
    #[error("the disk of this PC is nearly full")]
    NoRoom,
    #[error("the disk of this PC failed: {0}")]
    Disk(io::Error),
}

impl Courier {
    /// Takes in what `stick` brings, and lets the page say what becomes of it.
    pub(super) async fn take_in(&self, stick: &Stick) -> StickReport {
        let mut report = StickReport::of(Stage::Copying);
        self.tell(Some(report.clone())).await;
        // Without a loop nothing is taken in, and nobody shows it.
        let _ = self.receive(stick, &mut report).await;
        if is_of_our_server(&report) {
            report.log = self.give_back(stick.folder()).await;
        }
        let why = report.why.as_deref().unwrap_or_default();
        info!(stage = ?report.stage, log = ?report.log, copied = report.copied, "stick: {why}");
        self.tell(Some(report.clone())).await;
        report
    }

    /// Gives the as-run alone back, on whatever is mounted at `place`.
    pub(super) async fn give_back_to(&self, place: PathBuf) -> StickReport {
        self.tell(Some(StickReport::of(Stage::Copying))).await;
        let mut report = StickReport::of(Stage::LogOnly);
        let folder = on_disk(move || match Stick::at(&place) {
            Some(stick @ Stick::Folder(_)) => Some(stick.folder()),
            Some(Stick::Zip(_)) | None => place.is_dir().then(|| place.join(FOLDER)),
        });
        match folder.await.flatten() {
            Some(folder) => report.log = self.give_back(folder).await,
            None => report.stage = Stage::NoBundle,
        }
        self.tell(Some(report.clone())).await;
        report
    }

    /// `None` when the loop has ended.
    async fn receive(&self, stick: &Stick, report: &mut StickReport) -> Option<()> {
        let (stick, key, station) = (stick.clone(), self.key, self.station.clone());
        let name = station_file(&station);
        let opened = on_disk(move || open(&stick, &key, &station_file(&station)));
        let (contents, text) = match opened.await? {
            Ok(Found::Own(contents, text)) => (Arc::new(contents), text),
            Ok(Found::Others(villages)) => {
                report.stage = Stage::Foreign;
                report.villages = villages;
                return Some(());
            }
            Ok(Found::Strange) => {
                report.refuse("no bundle on it is signed by the server of this station");
                return Some(());
            }
            Ok(Found::Nothing) => {
                report.stage = Stage::NoBundle;
                return Some(());
            }
            Err(error) => {
                report.refuse(error);
                return Some(());
            }
        };
        report.unfinished = !contents.is_finished();
        let Some(bundle) = self.verified(&text, report) else {
            return Some(());
        };
        report.issued_at = Some(bundle.get().issued_at);
        let (answer, offered) = oneshot::channel();
        self.say(Told::Offer(bundle.clone(), answer)).await?;
        let offer = offered.await.ok()?;
        if !self.note(offer.verdict, report) {
            return Some(());
        }
        report.stage = Stage::Copying;
        let copied = self.copy_all(&contents, &name, &offer.wanted, report);
        let Some(left_out) = copied.await? else {
            report.stage = Stage::PulledOut;
            return Some(());
        };
        let (answer, settled) = oneshot::channel();
        self.say(Told::Copied(bundle, left_out, answer)).await?;
        self.note(settled.await.ok()?, report);
        Some(())
    }

    fn verified(
        &self,
        text: &[u8],
        report: &mut StickReport,
    ) -> Option<Box<Verified<StationBundle>>> {
        let envelope = serde_json::from_slice::<Envelope>(text).map_err(|error| error.to_string());
        let bundle = envelope.and_then(|envelope| {
            Verified::<StationBundle>::open_for(&envelope, &self.key, &self.station)
                .map_err(|refusal| refusal.to_string())
        });
        match bundle {
            Ok(bundle) => Some(Box::new(bundle)),
            Err(why) => {
                report.refuse(why);
                None
            }
        }
    }

    /// Whether there is anything to be taken after this verdict.
    fn note(&self, verdict: Verdict, report: &mut StickReport) -> bool {
        match verdict {
            Verdict::Newer => report.stage = Stage::InForce,
            Verdict::Same => report.stage = Stage::Same,
            Verdict::Older => report.stage = Stage::Older,
            Verdict::NoRoom => report.stage = Stage::NoRoom,
            Verdict::Refused(why) => report.refuse(why),
        }
        matches!(report.stage, Stage::InForce | Stage::Same)
    }

    /// Copies each of `wanted` and says for which the disk has no room. Nothing is said when the
    /// stick was pulled out; the outer `None` means that there is no loop.
    async fn copy_all(
        &self,
        contents: &Arc<Contents>,
        name: &str,
        wanted: &[Sound],
        report: &mut StickReport,
    ) -> Option<Option<Vec<ContentHash>>> {
        let mut left_out = Vec::new();
        report.wanted = u32::try_from(wanted.len()).unwrap_or(u32::MAX);
        for sound in wanted {
            self.tell(Some(report.clone())).await;
            let hash = sound.hash;
            let mut copied = self.copy_one(contents, name, sound).await?;
            if matches!(copied, Some(Err(Setback::NoRoom))) && left_out.is_empty() {
                make_room(&self.to_loop).await;
                copied = self.copy_one(contents, name, sound).await?;
            }
            match copied {
                Some(Ok(())) => {
                    report.copied += 1;
                    self.to_loop.send(News::Ready(hash)).await.ok()?;
                }
                Some(Err(setback)) => {
                    warn!(recording = %hash, "a recording of the stick is left out: {setback}");
                    match setback {
                        Setback::NoRoom => {
                            report.no_room = true;
                            left_out.push(hash);
                        }
                        Setback::Stick(_) | Setback::Torn | Setback::Disk(_) => {
                            report.spoiled += 1;
                        }
                    }
                    report.why = Some(setback.to_string());
                }
                None => return Some(None),
            }
        }
        Some(Some(left_out))
    }

    /// Copies one of them; nothing is said when the stick was pulled out.
    async fn copy_one(
        &self,
        contents: &Arc<Contents>,
        name: &str,
        sound: &Sound,
    ) -> Option<Option<Result<(), Setback>>> {
        let (shelf, reserve) = (self.shelf.clone(), self.reserve_bytes);
        let (from, sound, name) = (Arc::clone(contents), sound.clone(), name.to_owned());
        let copied = on_disk(move || match copy(&shelf, &from, &sound, reserve) {
            Err(Setback::Stick(_) | Setback::Torn) if !from.is_there(&name) => None,
            copied => Some(copied),
        });
        copied.await
    }

    /// Writes what goes back into the folder `loaban` of a stick.
    async fn give_back(&self, folder: PathBuf) -> Log {
        let (answer, parcel) = oneshot::channel();
        if self.say(Told::Back(answer)).await.is_none() {
            return Log::Kept;
        }
        let Ok(parcel) = parcel.await else {
            return Log::Kept;
        };
        let written = on_disk(move || write_parcel(&folder, &parcel)).await;
        match written {
            Some(Ok(())) => Log::Written,
            Some(Err(error)) => {
                warn!("the as-run is not on the stick: {error}");
                let locked = [ErrorKind::ReadOnlyFilesystem, ErrorKind::PermissionDenied];
                if locked.contains(&error.kind()) {
                    Log::ReadOnly
                } else if error.kind() == ErrorKind::StorageFull {
                    Log::NoRoom
                } else {
                    Log::Failed
                }
            }
            None => Log::Failed,
        }
    }

    async fn say(&self, told: Told) -> Option<()> {
        self.to_loop.send(News::Stick(told)).await.ok()
    }
}

/// What is on a stick, for one station.
enum Found {
    /// Its bundle.
    Own(Contents, Vec<u8>),
    /// Bundles of its server for these villages.
    Others(Vec<String>),
    /// Bundles, and none of its server.
    Strange,
    /// No bundle.
    Nothing,
}

/// Opens a stick and reads the bundle of this name. Blocks.
fn open(stick: &Stick, key: &VerifyingKey, name: &str) -> io::Result<Found> {
    let contents = Contents::open(stick)?;
    match contents.text(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        text => return Ok(Found::Own(contents, text?)),
    }
    let names = contents.stations();
    if names.is_empty() {
        return Ok(Found::Nothing);
    }
    let villages = villages(&contents, names, key);
    Ok(if villages.is_empty() {
        Found::Strange
    } else {
        Found::Others(villages)
    })
}

/// Whether the stick carries something that this station's server signed: nothing is written on a
/// stick of a stranger. One that is gone takes nothing.
fn is_of_our_server(report: &StickReport) -> bool {
    match report.stage {
        Stage::InForce | Stage::Same | Stage::Older | Stage::NoRoom | Stage::Foreign => true,
        Stage::Refused => report.issued_at.is_some(),
        Stage::Copying | Stage::PulledOut | Stage::NoBundle | Stage::LogOnly => false,
    }
}

/// The villages whose bundles lie there, as far as the key signed them.
fn villages(contents: &Contents, names: Vec<String>, key: &VerifyingKey) -> Vec<String> {
    let bundles = names.into_iter().filter_map(|name| {
        let envelope = serde_json::from_slice(&contents.text(&name).ok()?).ok()?;
        Verified::<StationBundle>::open(&envelope, key).ok()
    });
    let mut villages: Vec<_> = bundles
        .map(|bundle| bundle.into_inner().area_name)
        .collect();
    villages.sort();
    villages.dedup();
    villages
}

/// Brings one recording from the stick to readiness. Blocks.
fn copy(shelf: &Shelf, from: &Contents, sound: &Sound, reserve: u64) -> Result<(), Setback> {
    let hash = &sound.hash;
    if shelf.is_ready(hash)? {
        return Ok(());
    }
    if !shelf.has_room(sound, reserve)? {
        return Err(Setback::NoRoom);
    }
    let held = shelf.store().has(hash);
    if !held {
        fetch(shelf, from, sound)?;
    }
    match shelf.make_ready(hash) {
        // The disk altered what had been received whole; it is removed.
        Err(Error::Unreadable(_)) if held => {
            fetch(shelf, from, sound)?;
            Ok(shelf.make_ready(hash)?)
        }
        made => Ok(made?),
    }
}

fn fetch(shelf: &Shelf, from: &Contents, sound: &Sound) -> Result<(), Setback> {
    let mut file = from
        .file(&recording_file(&sound.hash))
        .map_err(Setback::Stick)?;
    let mut incoming = shelf.store().incoming(&sound.hash)?;
    let mut block = vec![0; 1 << 16];
    let mut left = sound.size_bytes;
    loop {
        let count = match file.read(&mut block) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count.map_err(Setback::Stick)?,
        };
        if count == 0 {
            break;
        }
        left = left.checked_sub(count as u64).ok_or(Setback::Torn)?;
        incoming.append(&block[..count])?;
    }
    incoming.finish()?;
    Ok(())
}

/// A recording that is none is as good as torn.
impl From<Error> for Setback {
    fn from(error: Error) -> Self {
        let Error::Storage(error) = error else {
            return Self::Torn;
        };
        if error.kind() == ErrorKind::StorageFull {
            Self::NoRoom
        } else {
            Self::Disk(error)
        }
    }
}

fn write_parcel(folder: &Path, parcel: &Parcel) -> io::Result<()> {
    let place = folder.join(parcel_file(&parcel.station));
    let folder = folder.join(AS_RUN);
    durable::make_folder(&folder)?;
    durable::sweep(&folder)?;
    let text = serde_json::to_vec(parcel)?;
    durable::write(&place, &text).map(drop)
}
