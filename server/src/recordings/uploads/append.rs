//! The next bytes of an upload.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::{Stream, StreamExt};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::{Upload, as_bigint, expiry, hand_on, remove, size_limit_bytes, too_large};
use crate::objects::Key;
use crate::recordings::ingest;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Bytes that are held in memory before they become an object, and so the most that a broken link
/// costs. Less would be many small objects, more would be memory for each sender.
const PIECE: usize = 4 << 20;

/// A sender from whom nothing comes for so long has lost the link, though nobody told us.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the sender says that the bytes hash to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1 (FIPS 180-4), which tus asks of every server.
    Sha1(Vec<u8>),
    /// SHA-256.
    Sha256(Vec<u8>),
}

/// Appends what `body` carries and gives back the upload as it is then. What arrived before the
/// body broke off is kept, unless a checksum speaks for the whole of it.
///
/// # Errors
/// 409 when somebody else moved the offset, 413 for bytes beyond the length or the limit, 460 for
/// a wrong checksum, 400 for a body that broke off.
pub async fn append<E>(
    state: State,
    mut upload: Upload,
    body: impl Stream<Item = Result<Bytes, E>>,
    checksum: Option<Checksum>,
) -> Result<Upload> {
    let mut body = std::pin::pin!(body);
    let mut waiting = Waiting::new(&upload, checksum);
    let mut whole = true;
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next()).await;
        let bytes = match next {
            Ok(Some(Ok(bytes))) => bytes,
            Ok(None) => break,
            Ok(Some(Err(_))) | Err(_) => {
                whole = false;
                break;
            }
        };
        if let Err(refusal) = fits(&state, &upload, waiting.end + bytes.len() as u64) {
            remove(&state, &waiting.keys(&upload)).await?;
            return Err(refusal);
        }
        waiting.take(&bytes);
        if waiting.buffer.len() >= PIECE {
            waiting.store(&state, &upload).await?;
            if waiting.checksum.is_none() {
                commit(&state, &mut upload, &mut waiting).await?;
            }
        }
    }
    waiting.store(&state, &upload).await?;
    if !waiting.is_as_promised(whole) {
        remove(&state, &waiting.keys(&upload)).await?;
        let mismatch = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
        return Err(Error::refused(mismatch, "error-upload-checksum"));
    }
    commit(&state, &mut upload, &mut waiting).await?;
    if whole {
        Ok(upload)
    } else {
        Err(Error::refused(
            StatusCode::BAD_REQUEST,
            "error-request-cut-off",
        ))
    }
}

fn fits(state: &State, upload: &Upload, end: u64) -> Result<()> {
    match upload.length_bytes {
        Some(length) if end > length => Err(Error::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "error-upload-beyond-length",
        )),
        None if end > size_limit_bytes(state) => Err(too_large(state)),
        Some(_) | None => Ok(()),
    }
}

/// Bytes that do not count yet.
struct Waiting {
    buffer: Vec<u8>,
    /// Objects that are written and have no row.
    stored: Vec<Stored>,
    /// Where the buffer begins.
    begin: u64,
    /// Where the buffer ends.
    end: u64,
    checksum: Option<(Checksum, Hasher)>,
}

struct Stored {
    offset: u64,
    size_bytes: u64,
    attempt: u64,
}

enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Waiting {
    fn new(upload: &Upload, checksum: Option<Checksum>) -> Self {
        let with_hasher = |checksum: Checksum| {
            let hasher = match &checksum {
                Checksum::Sha1(_) => Hasher::Sha1(Sha1::new()),
                Checksum::Sha256(_) => Hasher::Sha256(Sha256::new()),
            };
            (checksum, hasher)
        };
        Self {
            buffer: Vec::new(),
            stored: Vec::new(),
            begin: upload.offset_bytes,
            end: upload.offset_bytes,
            checksum: checksum.map(with_hasher),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        match &mut self.checksum {
            Some((_, Hasher::Sha1(hasher))) => hasher.update(bytes),
            Some((_, Hasher::Sha256(hasher))) => hasher.update(bytes),
            None => {}
        }
        self.buffer.extend_from_slice(bytes);
        self.end += bytes.len() as u64;
    }

    /// Makes an object of the buffer.
    async fn store(&mut self, state: &State, upload: &Upload) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let stored = Stored {
            offset: self.begin,
            size_bytes: self.buffer.len() as u64,
            attempt: u64::from_le_bytes(state.randomness.bytes()),
        };
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        state.objects.put(&stored.key(upload), bytes).await?;
        self.begin = self.end;
        self.stored.push(stored);
        Ok(())
    }

    /// A checksum is that of the whole body, so a body that broke off cannot have it.
    fn is_as_promised(&mut self, whole: bool) -> bool {
        match self.checksum.take() {
            None => true,
            Some((Checksum::Sha1(promised), Hasher::Sha1(hasher))) => {
                whole && hasher.finalize().as_slice() == promised
            }
            Some((Checksum::Sha256(promised), Hasher::Sha256(hasher))) => {
                whole && hasher.finalize().as_slice() == promised
            }
            Some((Checksum::Sha1(_) | Checksum::Sha256(_), _)) => false,
        }
    }

    fn keys(&self, upload: &Upload) -> Vec<Key> {
        self.stored
            .iter()
            .map(|stored| stored.key(upload))
            .collect()
    }
}

impl Stored {
    fn key(&self, upload: &Upload) -> Key {
        Key::Upload {
            upload: upload.id.clone(),
            offset: self.offset,
            attempt: self.attempt,
        }
    }
}

/// Makes the stored pieces count, if the offset is still where they begin.
async fn commit(state: &State, upload: &mut Upload, waiting: &mut Waiting) -> Result<()> {
    if waiting.stored.is_empty() {
        return Ok(());
    }
    let expires_at = expiry(state);
    let mut write = state.database.write().await?;
    let moved = sqlx::query(
        "UPDATE uploads SET offset_bytes = $1, expires_at_ms = $2 \
         WHERE id = $3 AND offset_bytes = $4 AND (length_bytes IS NULL OR length_bytes >= $1)",
    )
    .bind(as_bigint(waiting.end))
    .bind(expires_at.as_millis())
    .bind(upload.id.as_str())
    .bind(as_bigint(upload.offset_bytes))
    .execute(&mut *write)
    .await?
    .rows_affected();
    if moved == 0 {
        drop(write);
        remove(state, &waiting.keys(upload)).await?;
        return Err(Error::conflict("error-upload-offset"));
    }
    for stored in &waiting.stored {
        sqlx::query(
            "INSERT INTO upload_pieces (upload_id, offset_bytes, size_bytes, attempt) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(upload.id.as_str())
        .bind(as_bigint(stored.offset))
        .bind(as_bigint(stored.size_bytes))
        .bind(format!("{:016x}", stored.attempt))
        .execute(&mut *write)
        .await?;
    }
    let whole = hand_on(&mut write, &upload.id).await?;
    write.commit().await?;
    waiting.stored.clear();
    upload.offset_bytes = waiting.end;
    upload.expires_at = expires_at;
    if whole {
        state.wake.announce(ingest::SUBJECT).await;
    }
    Ok(())
}
