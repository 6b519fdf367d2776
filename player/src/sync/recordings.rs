//! Fetches recordings and makes them ready, soonest needed first, one at a time. A download gives
//! way to one that is needed sooner, and is gone on with afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use programme::ids::ContentHash;
use programme::programme::Sound;
use programme::units::BootTime;
use recordings::Error;
use recordings::store::Partial;
use recordings::words;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Method, Response, StatusCode};
use tracing::{info, warn};

use super::backoff::Backoff;
use super::server::{SILENCE, Trouble};
use super::{Context, News, Want};
use crate::clock;
use crate::ready::Shelf;

/// A recording that was refused is tried again after this: the server may hold a better one by
/// then.
const REFUSED_REST: Duration = Duration::from_secs(15 * 60);

/// Why a recording is not ready.
#[derive(Debug, thiserror::Error)]
enum Setback {
    #[error(transparent)]
    Server(#[from] Trouble),
    #[error(transparent)]
    Recording(#[from] Error),
    #[error("the disk is nearly full")]
    DiskLow,
    #[error("another recording is needed sooner")]
    Overtaken,
}

/// Recordings that were refused, and until when each is left alone.
type Resting = BTreeMap<ContentHash, BootTime>;

pub(super) async fn run(mut context: Context) {
    let mut backoff = Backoff::default();
    let mut resting = Resting::new();
    loop {
        let now = context.clock.boot();
        resting.retain(|_, until| *until > now);
        let next = next(&context.want.borrow_and_update(), &resting);
        let Some((sound, urgent)) = next else {
            let look_again = resting.values().min().copied();
            if sleep(&context, look_again).await.is_none() {
                return;
            }
            continue;
        };
        let (news, pause) = match bring(&context, &sound, urgent, &resting).await {
            Err(Setback::Overtaken) => continue,
            Ok(()) => {
                backoff.reset();
                (Some(News::Ready(sound.hash)), None)
            }
            Err(Setback::DiskLow) => (Some(News::DiskLow(true)), Some(REFUSED_REST)),
            Err(Setback::Server(trouble)) if !concerns_it_alone(&trouble) => {
                (None, Some(backoff.after(&trouble, clock::fraction())))
            }
            Err(setback) => {
                warn!(recording = %sound.hash, "a recording is not ready: {setback}");
                let until = context.clock.boot().saturating_add(REFUSED_REST);
                resting.insert(sound.hash, until);
                let why = setback.to_string();
                (
                    Some(News::RecordingRefused {
                        hash: sound.hash,
                        why,
                    }),
                    None,
                )
            }
        };
        let ready = matches!(news, Some(News::Ready(_)));
        if let Some(news) = news
            && context.news.send(news).await.is_err()
        {
            return;
        }
        // The loop takes what is ready off the list; until then it would be brought again.
        let until = pause.map(|pause| context.clock.boot().saturating_add(pause));
        if (ready || pause.is_some()) && sleep(&context, until).await.is_none() {
            return;
        }
    }
}

/// The recording that is to come next, and whether an emergency waits for it.
fn next(want: &Want, resting: &Resting) -> Option<(Sound, bool)> {
    let mut missing = want.missing.iter().enumerate();
    let (place, sound) = missing.find(|(_, sound)| !resting.contains_key(&sound.hash))?;
    Some((sound.clone(), place < want.urgent))
}

/// Waits until another recording than `hash` is to come next.
async fn overtaken(context: &Context, hash: ContentHash, resting: &Resting) {
    let mut want = context.want.clone();
    while want.changed().await.is_ok() {
        let next = next(&want.borrow_and_update(), resting);
        if next.is_none_or(|(sound, _)| sound.hash != hash) {
            return;
        }
    }
    // Without a loop the tasks end.
    std::future::pending().await
}

/// Until the loop wants something else, or until `deadline`; `None` when there is no loop any more.
async fn sleep(context: &Context, deadline: Option<BootTime>) -> Option<()> {
    let mut want = context.want.clone();
    let wait = async {
        match deadline {
            Some(deadline) => context.rest(deadline.since(context.clock.boot())).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait => Some(()),
        changed = want.changed() => changed.ok(),
    }
}

/// Whether the others may still come: the server answers, but not with this one.
fn concerns_it_alone(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Refused(problem) => matches!(problem.status, 404 | 410),
        Trouble::Unreachable { .. } | Trouble::Busy { .. } | Trouble::Unexpected { .. } => false,
    }
}

/// Brings one recording from wherever it is to readiness.
async fn bring(
    context: &Context,
    sound: &Sound,
    urgent: bool,
    resting: &Resting,
) -> Result<(), Setback> {
    let hash = sound.hash;
    if on_disk(&context.shelf, move |shelf| shelf.is_ready(&hash)).await? {
        return Ok(());
    }
    let shelf = &context.shelf;
    let reserve = context.pace.disk_reserve_bytes;
    let reserve = if urgent { 0 } else { reserve };
    if !shelf.has_room(sound, reserve)? {
        context.make_room().await;
        if !shelf.has_room(sound, reserve)? {
            return Err(Setback::DiskLow);
        }
    }
    if !urgent {
        let _ = context.news.send(News::DiskLow(false)).await;
    }
    let held = shelf.store().has(&hash);
    if !held {
        receive(context, sound, resting).await?;
    }
    match on_disk(shelf, move |shelf| shelf.make_ready(&hash)).await {
        // The disk altered what had been received whole; it is removed.
        Err(Error::Unreadable(_)) if held => {
            receive(context, sound, resting).await?;
            on_disk(shelf, move |shelf| shelf.make_ready(&hash)).await?;
        }
        made => made?,
    }
    info!(recording = %hash, length_ms = sound.duration.as_millis(), "a recording is ready");
    Ok(())
}

/// Takes a recording that lies in the program, or fetches it, and fetches it anew if what an
/// earlier try had brought spoils it.
async fn receive(context: &Context, sound: &Sound, resting: &Resting) -> Result<(), Setback> {
    let hash = sound.hash;
    if let Some(bytes) = words::held(&hash) {
        on_disk(&context.shelf, move |shelf| shelf.store().put(&hash, bytes)).await?;
        return Ok(());
    }
    let resumed = context.shelf.store().partial(&sound.hash)?.len() > 0;
    match fetch(context, sound, resting).await {
        // A power cut may have garbled what had arrived before; it is removed.
        Err(Setback::Recording(Error::Unreadable(_))) if resumed => {
            fetch(context, sound, resting).await
        }
        fetched => fetched,
    }
}

/// Downloads a recording, from where the last try ended, and puts it in its place. The download
/// alone gives way, for what works on the disk cannot be called back.
async fn fetch(context: &Context, sound: &Sound, resting: &Resting) -> Result<(), Setback> {
    let partial = tokio::select! {
        partial = download(context, sound) => partial?,
        () = overtaken(context, sound.hash, resting) => return Err(Setback::Overtaken),
    };
    on_disk(&context.shelf, |_| partial.finish()).await?;
    Ok(())
}

async fn download(context: &Context, sound: &Sound) -> Result<Partial, Setback> {
    let mut partial = resumable(context, sound)?;
    if partial.len() < sound.size_bytes {
        let server = &context.server;
        let path = format!("station/recordings/{}", sound.hash);
        let request = server.request(Method::GET, &path);
        let request = request.header(RANGE, format!("bytes={}-", partial.len()));
        let mut answer = server.send(request).await?;
        if !continues(&answer, partial.len()) {
            drop(partial);
            context.shelf.store().remove(&sound.hash)?;
            partial = context.shelf.store().partial(&sound.hash)?;
        }
        while let Some(piece) = server.piece(&mut answer, SILENCE).await? {
            let came = piece.len() as u64;
            context.received.fetch_add(came, Ordering::Relaxed);
            let room = sound.size_bytes.saturating_sub(partial.len());
            if came > room {
                let what = format!("a recording longer than its {} bytes", sound.size_bytes);
                context.shelf.store().remove(&sound.hash)?;
                return Err(server.unexpected(what).into());
            }
            partial.append(&piece)?;
        }
        if partial.len() < sound.size_bytes {
            let what = "a recording that ends too early".to_owned();
            return Err(server.unexpected(what).into());
        }
    }
    Ok(partial)
}

/// What has arrived, or nothing when more has arrived than there is.
fn resumable(context: &Context, sound: &Sound) -> Result<Partial, Error> {
    let store = context.shelf.store();
    let partial = store.partial(&sound.hash)?;
    if partial.len() <= sound.size_bytes {
        return Ok(partial);
    }
    drop(partial);
    store.remove(&sound.hash)?;
    store.partial(&sound.hash)
}

/// Whether the answer begins where we are: a server may ignore the range and send the whole.
fn continues(answer: &Response, from: u64) -> bool {
    if answer.status() != StatusCode::PARTIAL_CONTENT {
        return from == 0;
    }
    let range = answer.headers().get(CONTENT_RANGE);
    let range = range.and_then(|range| range.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {from}-")))
}

/// Runs blocking work on a thread for it.
async fn on_disk<T: Send + 'static>(
    shelf: &Shelf,
    work: impl FnOnce(&Shelf) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let shelf = shelf.clone();
    let done = tokio::task::spawn_blocking(move || work(&shelf)).await;
    done.unwrap_or_else(|ended| Err(Error::Storage(std::io::Error::other(ended))))
}
