//! Who works on what: a lease in the database.

use std::time::Duration;

use anyhow::anyhow;
use programme::ids::{AreaId, BulletinId, ContentHash, PersonId, RecordingId, UploadId};
use programme::programme::Language;
use recordings::ingest::Part;

use crate::people::identity::new_secret;
use crate::state::State;
use crate::web::errors::Result;

/// A worker of whom nothing is heard for so long is dead.
const LEASE: Duration = Duration::from_secs(60);
/// Three signs of life may be lost.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// Attempts before the author is told that it is our fault.
pub const ATTEMPTS_MAX: i64 = 5;
/// No work is kept for anybody, or put off, for longer: a lease beyond it was taken under a clock
/// that was far ahead, and would last until that day comes.
const LONGEST: Duration = Duration::from_secs(60 << ATTEMPTS_MAX);

/// Where the bytes of a recording come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// An upload that is whole.
    Upload(UploadId),
    /// What is kept already, of which a part is wanted.
    Kept {
        /// The bytes.
        original: ContentHash,
        /// The part.
        part: Part,
    },
}

/// Work that is ours until the lease ends.
#[derive(Debug, Clone)]
pub struct Claim {
    /// What is worked on.
    pub recording: RecordingId,
    /// Where its bytes are.
    pub source: Source,
    /// Where it belongs.
    pub area: AreaId,
    /// Who recorded.
    pub author: PersonId,
    /// What is spoken.
    pub language: Language,
    /// The bulletin that it joins.
    pub bulletin: Option<BulletinId>,
    /// Names this attempt in the lease.
    pub holder: String,
    /// Which attempt this is, counted from 1.
    pub attempts: i64,
}

crate::rows! {
    struct Row {
        recording_id: String,
        upload_id: Option<String>,
        original_hash: Option<String>,
        cut_from_ms: Option<i64>,
        cut_until_ms: Option<i64>,
        area_id: String,
        author_id: String,
        language: String,
        for_bulletin_id: Option<String>,
        attempts: i64,
    }
}

/// Claims the oldest recording that waits.
///
/// # Errors
/// The database failed.
pub async fn next(state: &State) -> Result<Option<Claim>> {
    let now = state.now();
    let holder = new_secret(&state.randomness);
    let mut write = state.database.write().await?;
    write.hold("ingest").await?;
    let row: Option<Row> = sqlx::query_as(
        "SELECT r.id AS recording_id, u.id AS upload_id, r.area_id, r.author_id, r.language, \
         r.for_bulletin_id, r.attempts, r.original_hash, r.cut_from_ms, r.cut_until_ms \
         FROM recordings r LEFT JOIN uploads u ON u.recording_id = r.id \
         WHERE r.state = 'processing' AND (r.lease_until_ms <= $1 OR r.lease_until_ms > $2) \
         AND (u.id IS NOT NULL OR r.cut_from_ms IS NOT NULL) \
         ORDER BY r.lease_until_ms, r.created_at_ms LIMIT 1",
    )
    .bind(now.as_millis())
    .bind((now + LONGEST).as_millis())
    .fetch_optional(&mut *write)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    sqlx::query(
        "UPDATE recordings SET lease_holder = $1, lease_until_ms = $2, attempts = attempts + 1 \
         WHERE id = $3",
    )
    .bind(&holder)
    .bind((now + LEASE).as_millis())
    .bind(&row.recording_id)
    .execute(&mut *write)
    .await?;
    write.commit().await?;
    row.into_claim(holder).map(Some)
}

/// Keeps the lease alive for as long as it is polled; comes back when the lease is lost.
pub async fn keep(state: &State, claim: &Claim) -> anyhow::Error {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        match set(state, claim, LEASE, 0).await {
            Ok(true) => {}
            Ok(false) => return anyhow!("another server took the work over"),
            Err(error) => return anyhow!("the lease could not be kept: {error:?}"),
        }
    }
}

/// Leaves the work for later: a minute after the first attempt, then twice as long each time.
///
/// # Errors
/// The database failed; the lease then ends by itself.
pub async fn put_off(state: &State, claim: &Claim) -> Result<()> {
    let doublings = u32::try_from(claim.attempts - 1).unwrap_or(0).min(10);
    let span = Duration::from_secs(60 << doublings).min(LONGEST);
    set(state, claim, span, 0).await.map(|_| ())
}

/// Leaves the work to whoever comes next, as if it had never been taken.
///
/// # Errors
/// The database failed; the lease then ends by itself.
pub async fn give_back(state: &State, claim: &Claim) -> Result<()> {
    set(state, claim, Duration::ZERO, 1).await.map(|_| ())
}

/// Ends the lease after `span`, if it is ours still, and says whether it is.
async fn set(state: &State, claim: &Claim, span: Duration, uncounted: i64) -> Result<bool> {
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE recordings SET lease_until_ms = $1, attempts = attempts - $2 \
         WHERE id = $3 AND lease_holder = $4 AND state = 'processing'",
    )
    .bind((state.now() + span).as_millis())
    .bind(uncounted)
    .bind(claim.recording.as_str())
    .bind(&claim.holder)
    .execute(&mut *write)
    .await?
    .rows_affected();
    write.commit().await?;
    Ok(changed > 0)
}

impl Row {
    fn source(&self) -> Result<Source> {
        if let Some(upload) = &self.upload_id {
            let upload = upload.parse().map_err(anyhow::Error::from)?;
            return Ok(Source::Upload(upload));
        }
        let (Some(hash), Some(from), Some(until)) =
            (&self.original_hash, self.cut_from_ms, self.cut_until_ms)
        else {
            return Err(anyhow!("{} has no bytes", self.recording_id).into());
        };
        Ok(Source::Kept {
            original: hash.parse().map_err(anyhow::Error::from)?,
            part: Part {
                from_ms: from.unsigned_abs(),
                until_ms: until.unsigned_abs(),
            },
        })
    }

    fn into_claim(self, holder: String) -> Result<Claim> {
        let source = self.source()?;
        let bulletin = self.for_bulletin_id.map(|id| id.parse()).transpose();
        Ok(Claim {
            recording: self.recording_id.parse().map_err(anyhow::Error::from)?,
            source,
            area: self.area_id.parse().map_err(anyhow::Error::from)?,
            author: self.author_id.parse().map_err(anyhow::Error::from)?,
            language: self.language.parse().map_err(anyhow::Error::from)?,
            bulletin: bulletin.map_err(anyhow::Error::from)?,
            holder,
            attempts: self.attempts + 1,
        })
    }
}
