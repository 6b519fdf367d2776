//! One recording: a take in one spoken language, from the first byte to the sound that airs.

use std::time::Duration;

use programme::ids::{AreaId, BulletinId, ContentHash, PersonId, RecordingId};
use programme::programme::{Language, Sound};
use programme::units::WallTime;
use recordings::ingest::{Ingested, Part};

use super::refusal::Refusal;
use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// A recording.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its name.
    pub id: RecordingId,
    /// Whose it is.
    pub area: AreaId,
    /// That area's name for people.
    pub area_name: String,
    /// Who recorded.
    pub author: PersonId,
    /// What others call them.
    pub author_name: String,
    /// What is spoken.
    pub language: Language,
    /// What the phone called the file; may be empty.
    pub file_name: String,
    /// The bulletin that it was made for, unless that was deleted.
    pub bulletin: Option<BulletinId>,
    /// What that is called.
    pub bulletin_title: Option<String>,
    /// When its upload began.
    pub created_at: WallTime,
    /// What the phone sent, once all of it is here and was read.
    pub original: Option<Original>,
    /// What part of what it is, where somebody trimmed it.
    pub cut: Option<Cut>,
    /// How far it is.
    pub stage: Stage,
}

/// A part that somebody chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What it was chosen from; `None` once that was deleted.
    pub of: Option<RecordingId>,
    /// The part of the whole, counted from where its sound begins.
    pub part: Part,
}

/// What a phone sent, untouched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original {
    /// SHA-256 of its bytes.
    pub hash: ContentHash,
    /// How many bytes.
    pub size_bytes: u64,
}

/// How far a recording is.
#[derive(Debug, Clone)]
pub enum Stage {
    /// Its bytes are on their way.
    Uploading {
        /// How many are here.
        offset_bytes: u64,
        /// How many will be, once the sender has said so.
        length_bytes: Option<u64>,
    },
    /// All bytes are here; it is being cleaned and levelled, or waits for its turn.
    Processing,
    /// It can be aired.
    Ready {
        /// As it airs.
        sound: Sound,
        /// What was found out about it.
        report: Box<Ingested>,
    },
    /// It cannot be used.
    Refused(Refusal),
}

impl Stage {
    /// Its name in the database, in JSON and among the sentences.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Uploading { .. } => "uploading",
            Self::Processing => "processing",
            Self::Ready { .. } => "ready",
            Self::Refused(_) => "refused",
        }
    }

    /// The colour of its tag on a page.
    pub fn tone(&self) -> &'static str {
        match self {
            Self::Uploading { .. } | Self::Processing => "warn",
            Self::Ready { .. } => "good",
            Self::Refused(_) => "bad",
        }
    }

    /// How much has arrived, in percent, while it is uploading and where that is known.
    pub fn percent(&self) -> Option<u64> {
        match self {
            Self::Uploading {
                offset_bytes,
                length_bytes: Some(length),
            } if *length > 0 => Some(offset_bytes.saturating_mul(100) / length),
            Self::Uploading { .. } | Self::Processing | Self::Ready { .. } | Self::Refused(_) => {
                None
            }
        }
    }

    /// Whether it changes without anybody doing anything.
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Uploading { .. } | Self::Processing)
    }
}

impl Recording {
    /// How long it sounds, as people read it, once it is ready.
    pub fn length(&self, shell: &Shell) -> Option<String> {
        match &self.stage {
            Stage::Ready { report, .. } => {
                let length = Duration::from_millis(report.duration_ms);
                Some(shell.language.length(length))
            }
            Stage::Uploading { .. } | Stage::Processing | Stage::Refused(_) => None,
        }
    }
}

crate::rows! {
    struct Row {
        id: String,
        area_id: String,
        area_name: String,
        author_id: String,
        author_name: String,
        language: String,
        file_name: String,
        for_bulletin_id: Option<String>,
        for_bulletin_title: Option<String>,
        state: String,
        created_at_ms: i64,
        original_hash: Option<String>,
        original_size_bytes: Option<i64>,
        hash: Option<String>,
        size_bytes: Option<i64>,
        duration_ms: Option<i64>,
        report: Option<String>,
        refusal: Option<String>,
        offset_bytes: Option<i64>,
        length_bytes: Option<i64>,
        cut_of: Option<String>,
        cut_from_ms: Option<i64>,
        cut_until_ms: Option<i64>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.area_id, a.name AS area_name, r.author_id, \
             p.full_name AS author_name, r.language, r.file_name, \
             (SELECT b.id FROM bulletins b WHERE b.id = r.for_bulletin_id) AS for_bulletin_id, \
             (SELECT b.title FROM bulletins b WHERE b.id = r.for_bulletin_id) \
             AS for_bulletin_title, \
             r.state, r.created_at_ms, r.original_hash, r.original_size_bytes, r.hash, \
             r.size_bytes, r.duration_ms, r.report, r.refusal, u.offset_bytes, u.length_bytes, \
             (SELECT w.id FROM recordings w WHERE w.id = r.cut_of) AS cut_of, r.cut_from_ms, \
             r.cut_until_ms \
             FROM recordings r JOIN areas a ON a.id = r.area_id \
             JOIN people p ON p.id = r.author_id LEFT JOIN uploads u ON u.recording_id = r.id ",
            $rest
        )
    };
}

/// The recording with this name, whoever asks.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &RecordingId) -> Result<Recording> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE r.id = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or_else(Error::not_found)?.into_recording()
}

/// The recording with this name and its area, if `actor` may see it: in their areas all of them,
/// and of the areas above what was approved, because that airs in theirs.
///
/// # Errors
/// 404 when there is none that they may see.
pub async fn visible(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &RecordingId,
) -> Result<(Recording, Area)> {
    let recording = find(connection, id).await?;
    let area = area::find(state, connection, &recording.area).await?;
    if actor.may(Right::View, &area) {
        return Ok((recording, area));
    }
    let (airs,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM bulletin_recordings t JOIN bulletins b ON b.id = t.bulletin_id \
         JOIN area_lines l ON l.above_id = b.area_id JOIN roles h ON h.area_id = l.area_id \
         WHERE t.recording_id = $1 AND b.state IN ('approved', 'withdrawn') \
         AND h.person_id = $2",
    )
    .bind(id.as_str())
    .bind(actor.id().as_str())
    .fetch_one(connection)
    .await?;
    if airs > 0 {
        Ok((recording, area))
    } else {
        Err(Error::not_found())
    }
}

/// Whose recordings a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those that the person recorded.
    Own,
    /// Those of all areas that the person may see.
    Everybody,
}

/// Recordings that `person` may see, the newest first, at most `limit` after the first `skip`.
///
/// # Errors
/// The database failed.
pub async fn list(
    connection: &mut Connection,
    person: &PersonId,
    whose: Whose,
    limit: u32,
    skip: u32,
) -> Result<Vec<Recording>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE EXISTS (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         WHERE l.area_id = r.area_id AND h.person_id = $1) \
         AND ($2 = 0 OR r.author_id = $1) \
         ORDER BY r.created_at_ms DESC, r.id LIMIT $3 OFFSET $4"
    ))
    .bind(person.as_str())
    .bind(i64::from(whose == Whose::Own))
    .bind(i64::from(limit))
    .bind(i64::from(skip))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_recording).collect()
}

/// Takes made for a bulletin, the newest first.
///
/// # Errors
/// The database failed.
pub async fn for_bulletin(
    connection: &mut Connection,
    bulletin: &BulletinId,
) -> Result<Vec<Recording>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE r.for_bulletin_id = $1 ORDER BY r.created_at_ms DESC, r.id"
    ))
    .bind(bulletin.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_recording).collect()
}

impl Row {
    fn into_recording(self) -> Result<Recording> {
        let stage = self.stage()?;
        let original = match (&self.original_hash, self.original_size_bytes) {
            (Some(hash), Some(size)) => Some(Original {
                hash: hash.parse().map_err(anyhow::Error::from)?,
                size_bytes: size.unsigned_abs(),
            }),
            _ => None,
        };
        let cut = self.cut()?;
        let bulletin = self.for_bulletin_id.map(|id| id.parse()).transpose();
        Ok(Recording {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            area: self.area_id.parse().map_err(anyhow::Error::from)?,
            area_name: self.area_name,
            author: self.author_id.parse().map_err(anyhow::Error::from)?,
            author_name: self.author_name,
            language: self.language.parse().map_err(anyhow::Error::from)?,
            file_name: self.file_name,
            bulletin: bulletin.map_err(anyhow::Error::from)?,
            bulletin_title: self.for_bulletin_title,
            created_at: WallTime::from_millis(self.created_at_ms),
            original,
            cut,
            stage,
        })
    }

    fn cut(&self) -> Result<Option<Cut>> {
        let (Some(from), Some(until)) = (self.cut_from_ms, self.cut_until_ms) else {
            return Ok(None);
        };
        let of = self.cut_of.as_ref().map(|id| id.parse()).transpose();
        Ok(Some(Cut {
            of: of.map_err(anyhow::Error::from)?,
            part: Part {
                from_ms: from.unsigned_abs(),
                until_ms: until.unsigned_abs(),
            },
        }))
    }

    fn stage(&self) -> Result<Stage> {
        match self.state.as_str() {
            "uploading" => Ok(Stage::Uploading {
                offset_bytes: self.offset_bytes.unwrap_or(0).unsigned_abs(),
                length_bytes: self.length_bytes.map(i64::unsigned_abs),
            }),
            "processing" => Ok(Stage::Processing),
            "ready" => {
                let (Some(hash), Some(size), Some(duration), Some(report)) =
                    (&self.hash, self.size_bytes, self.duration_ms, &self.report)
                else {
                    return Err(anyhow::anyhow!("{} is ready without a sound", self.id).into());
                };
                let sound = Sound {
                    hash: hash.parse().map_err(anyhow::Error::from)?,
                    size_bytes: size.unsigned_abs(),
                    duration: Duration::from_millis(duration.unsigned_abs()),
                };
                Ok(Stage::Ready {
                    sound,
                    report: Box::new(serde_json::from_str(report)?),
                })
            }
            "refused" => Ok(Stage::Refused(serde_json::from_str(
                self.refusal.as_deref().unwrap_or("{}"),
            )?)),
            other => Err(anyhow::anyhow!("{} is in the unknown state {other}", self.id).into()),
        }
    }
}
