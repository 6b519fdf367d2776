//! From an upload that is whole to a recording that can air, or to the reason why it cannot.
//!
//! Work is claimed in the database by a lease: a server that dies leaves it to the next one, and
//! replicas never do the same work twice at once. One recording at a time: it uses two cores.

mod claim;
mod patience;
mod scratch;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use futures_util::FutureExt;
use programme::ids::{ContentHash, UploadId};
use recordings::Error as SoundError;
use recordings::ingest::{Ingested, Limits, Part, Settings, Watcher};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use super::recording::Original;
use super::refusal::Refusal;
use super::uploads::{self, size_limit_bytes};
use crate::audit::{self, Author};
use crate::bulletins;
use crate::database::Write;
use crate::objects::Key;
use crate::state::State;
use crate::web::errors::Result;

pub use claim::{Claim, Source, next as claim};
pub use patience::Patience;
use scratch::Scratch;

/// What is announced when there may be work.
pub const SUBJECT: &str = "recordings";

/// Work that another replica announced by a wake-up that was lost is found after so long.
const POLL: Duration = Duration::from_secs(30);

/// Works until the server stops.
pub async fn work(state: State) {
    let mut wake = state.wake.listen();
    loop {
        match work_once(&state).await {
            Ok(true) if state.stopped().now_or_never().is_none() => continue,
            Ok(_) => {}
            Err(error) => tracing::error!("work on recordings failed: {error:?}"),
        }
        let announced = async {
            loop {
                match wake.recv().await {
                    Ok(subject) if subject != SUBJECT => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            _ = tokio::time::timeout(POLL, announced) => {}
            () = state.stopped() => return,
        }
    }
}

/// Does one piece of work, and says whether there was any.
///
/// # Errors
/// The database failed. Whatever else fails is written to the recording.
pub async fn work_once(state: &State) -> Result<bool> {
    let uploads = &state.config.uploads;
    work_once_within(state, Patience::of(uploads)).await
}

/// As [`work_once`], with another patience.
///
/// # Errors
/// As [`work_once`].
pub async fn work_once_within(state: &State, patience: Patience) -> Result<bool> {
    let Some(claim) = claim::next(state).await? else {
        return Ok(false);
    };
    if claim.attempts > claim::ATTEMPTS_MAX {
        refuse(state, &claim, &Refusal::Storage).await?;
        return Ok(true);
    }
    // All of it may take long: the bytes come from afar and go there.
    let made = tokio::select! {
        made = make(state, &claim, patience) => made,
        () = tokio::time::sleep(patience.all) => Err(Failed::Here(patience.lost())),
        lost = claim::keep(state, &claim) => Err(Failed::Here(lost)),
    };
    match made {
        Ok(made) => finish(state, &claim, &made).await?,
        Err(Failed::Sound(refusal)) => refuse(state, &claim, &refusal).await?,
        Err(Failed::Here(error)) => {
            let id = &claim.recording;
            tracing::error!(recording = %id, attempt = claim.attempts, "ingest failed: {error:#}");
            state.metrics.count("ingest_failures_total");
            claim::put_off(state, &claim).await?;
        }
        Err(Failed::Stopped) => claim::give_back(state, &claim).await?,
    }
    Ok(true)
}

/// What came out of the work.
struct Made {
    original: Original,
    ingested: Ingested,
}

/// Why nothing came out of it.
enum Failed {
    /// The recording cannot be used.
    Sound(Refusal),
    /// The fault is ours.
    Here(anyhow::Error),
    /// The server ends.
    Stopped,
}

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Here(error.into())
    }
}

async fn make(
    state: &State,
    claim: &Claim,
    patience: Patience,
) -> std::result::Result<Made, Failed> {
    let scratch = Arc::new(Scratch::open(state, claim)?);
    let (source, original, part) = match &claim.source {
        Source::Upload(upload) => {
            let (source, original) = arrived(state, upload, &scratch).await?;
            (source, original, None)
        }
        Source::Kept { original, part } => {
            let (source, original) = scratch.fetch(state, *original).await?;
            (source, original, Some(*part))
        }
    };
    let ingested = listen(state, source, part, &scratch, patience).await?;
    let opus = scratch
        .read_output()
        .context("read the finished recording")?;
    let key = Key::Recording(ingested.hash);
    state
        .objects
        .put(&key, Bytes::from(opus))
        .await
        .context("keep the recording")?;
    Ok(Made { original, ingested })
}

/// What an upload brought, kept untouched.
async fn arrived(
    state: &State,
    upload: &UploadId,
    scratch: &Scratch,
) -> std::result::Result<(std::fs::File, Original), Failed> {
    let mut connection = state.database.read().await?;
    let pieces = uploads::pieces(&mut connection, upload).await;
    drop(connection);
    let pieces = pieces.map_err(|error| anyhow::anyhow!("list the pieces: {error:?}"))?;
    let (source, original) = scratch.assemble(state, &pieces).await?;
    let key = Key::Original(original.hash);
    if state.objects.size_bytes(&key).await? != Some(original.size_bytes) {
        let bytes = scratch::bytes_of(state, &pieces);
        state
            .objects
            .put_stream(&key, bytes)
            .await
            .context("keep the original")?;
    }
    Ok((source, original))
}

/// The work itself, on a thread that may block.
async fn listen(
    state: &State,
    source: std::fs::File,
    part: Option<Part>,
    scratch: &Arc<Scratch>,
    patience: Patience,
) -> std::result::Result<Ingested, Failed> {
    let (settings, scratch) = (settings(state), Arc::clone(scratch));
    let work = move |watcher: Watcher<'_>| {
        let (folder, output) = (scratch.folder(), scratch.output());
        recordings::ingest::ingest_part(source, part, &settings, folder, output, watcher)
    };
    let ingested = tokio::select! {
        ingested = patience.attend(work) => ingested?,
        () = state.stopped() => return Err(Failed::Stopped),
    };
    match ingested {
        Ok(ingested) => Ok(ingested),
        Err(SoundError::Unreadable(damage)) => Err(Failed::Sound(Refusal::Unreadable(damage))),
        Err(SoundError::Unsupported(what)) => Err(Failed::Sound(Refusal::Unsupported(what))),
        Err(SoundError::OverLimit(limit)) => Err(Failed::Sound(Refusal::OverLimit(limit))),
        Err(other) => Err(Failed::Here(other.into())),
    }
}

fn settings(state: &State) -> Settings {
    let minutes = u64::from(state.config.uploads.length_limit_minutes);
    let limits = Limits {
        max_bytes: size_limit_bytes(state),
        max_duration_ms: minutes * 60_000,
        ..Limits::default()
    };
    Settings {
        limits,
        ..Settings::default()
    }
}

async fn finish(state: &State, claim: &Claim, made: &Made) -> Result<()> {
    let (original, ingested) = (made.original, &made.ingested);
    let mut write = state.database.write().await?;
    if !hold_and_see(state, &mut write, &[original.hash, ingested.hash]).await? {
        // Somebody removed the last recording with the same content a moment ago: once more.
        drop(write);
        return claim::put_off(state, claim).await;
    }
    let changed = sqlx::query(
        "UPDATE recordings SET state = 'ready', ended_at_ms = $1, original_hash = $2, \
         original_size_bytes = $3, hash = $4, size_bytes = $5, duration_ms = $6, report = $7, \
         lease_holder = NULL WHERE id = $8 AND state = 'processing' AND lease_holder = $9",
    )
    .bind(state.now().as_millis())
    .bind(original.hash.to_string())
    .bind(i64::try_from(original.size_bytes).unwrap_or(i64::MAX))
    .bind(ingested.hash.to_string())
    .bind(i64::try_from(ingested.size_bytes).unwrap_or(i64::MAX))
    .bind(i64::try_from(ingested.duration_ms).unwrap_or(i64::MAX))
    .bind(serde_json::to_string(ingested)?)
    .bind(claim.recording.as_str())
    .bind(&claim.holder)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Ok(());
    }
    if let Some(bulletin) = &claim.bulletin {
        bulletins::drafts::take_in(state, &mut write, bulletin, claim).await?;
    }
    let detail = json!({ "hash": ingested.hash, "duration_ms": ingested.duration_ms });
    note(state, &mut write, claim, "recording.ready", detail).await?;
    state.metrics.count("recordings_ready_total");
    settle_pieces(state, write, claim).await
}

async fn refuse(state: &State, claim: &Claim, refusal: &Refusal) -> Result<()> {
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE recordings SET state = 'refused', ended_at_ms = $1, refusal = $2, \
         lease_holder = NULL WHERE id = $3 AND state = 'processing' AND lease_holder = $4",
    )
    .bind(state.now().as_millis())
    .bind(serde_json::to_string(refusal)?)
    .bind(claim.recording.as_str())
    .bind(&claim.holder)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if changed == 0 {
        return Ok(());
    }
    note(
        state,
        &mut write,
        claim,
        "recording.refuse",
        json!({ "kind": refusal.kind() }),
    )
    .await?;
    state.metrics.count("recordings_refused_total");
    if refusal.may_be_tried_again() {
        write.commit().await?;
        announce(state, claim).await;
        Ok(())
    } else {
        settle_pieces(state, write, claim).await
    }
}

/// Ends the work: the pieces of the upload are needed no longer. The upload itself stays until it
/// expires, so that a sender who missed the last answer can ask and see that all has arrived.
async fn settle_pieces(state: &State, mut write: Write, claim: &Claim) -> Result<()> {
    let Source::Upload(upload) = &claim.source else {
        write.commit().await?;
        announce(state, claim).await;
        return Ok(());
    };
    let pieces = uploads::pieces(&mut write, upload).await?;
    sqlx::query("DELETE FROM upload_pieces WHERE upload_id = $1")
        .bind(upload.as_str())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    announce(state, claim).await;
    let keys: Vec<Key> = pieces.into_iter().map(|piece| piece.key).collect();
    uploads::remove(state, &keys).await
}

/// Keeps others from removing content with these hashes until `write` ends, and says whether all
/// of it is there.
async fn hold_and_see(state: &State, write: &mut Write, hashes: &[ContentHash; 2]) -> Result<bool> {
    let [original, sound] = hashes;
    write.hold(super::shelf::HOLD).await?;
    let original = state.objects.size_bytes(&Key::Original(*original)).await?;
    let sound = state.objects.size_bytes(&Key::Recording(*sound)).await?;
    Ok(original.is_some() && sound.is_some())
}

async fn note(
    state: &State,
    write: &mut Write,
    claim: &Claim,
    verb: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let (name, area) = (claim.recording.as_str(), Some(&claim.area));
    audit::record(state, write, &Author::server(), verb, name, area, detail).await
}

async fn announce(state: &State, claim: &Claim) {
    state.wake.announce(claim.recording.as_str()).await;
    if let Some(bulletin) = &claim.bulletin {
        state.wake.announce(bulletin.as_str()).await;
    }
}
