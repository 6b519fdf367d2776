//! Bulletins as rows of the database.

use programme::ids::{BulletinId, PersonId, RecordingId};
use programme::programme::Language;
use programme::units::WallTime;

use super::{Bulletin, Content, Stage, Step, class_from_name};
use crate::areas::area::{self, Area};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::language::Titled;

crate::rows! {
    pub(super) struct Row {
        id: String,
        area_id: String,
        area_name: String,
        author_id: String,
        author_name: String,
        title: String,
        class: String,
        topic: Option<String>,
        script: String,
        on_behalf_of: String,
        valid_until_day: String,
        valid_until_ms: i64,
        state: String,
        version: i64,
        created_at_ms: i64,
        changed_at_ms: i64,
        step_at_ms: Option<i64>,
        step_by: Option<String>,
        step_by_name: Option<String>,
        reason: Option<String>,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.area_id, a.name AS area_name, b.author_id, \
             p.full_name AS author_name, b.title, b.class, b.topic, b.script, b.on_behalf_of, \
             b.valid_until_day, b.valid_until_ms, b.state, b.version, \
             b.created_at_ms, b.changed_at_ms, \
             CASE b.state WHEN 'draft' THEN b.retracted_at_ms \
             WHEN 'submitted' THEN b.submitted_at_ms \
             WHEN 'withdrawn' THEN b.withdrawn_at_ms ELSE b.decided_at_ms END AS step_at_ms, \
             s.id AS step_by, s.full_name AS step_by_name, \
             CASE b.state WHEN 'withdrawn' THEN b.withdrawal_reason \
             ELSE b.rejection_reason END AS reason \
             FROM bulletins b JOIN areas a ON a.id = b.area_id \
             JOIN people p ON p.id = b.author_id LEFT JOIN people s ON s.id = \
             CASE b.state WHEN 'draft' THEN b.retracted_by WHEN 'submitted' THEN b.submitted_by \
             WHEN 'withdrawn' THEN b.withdrawn_by ELSE b.decided_by END ",
            $rest
        )
    };
}
pub(super) use select;

/// The bulletin with this name, whoever asks.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &BulletinId) -> Result<Bulletin> {
    let row: Option<Row> = sqlx::query_as(select!("WHERE b.id = $1"))
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or_else(Error::not_found)?.into_bulletin()
}

/// The bulletin with this name and its area, if `actor` may see it: in their areas all of them, and
/// of the areas above what has been approved, because that airs in theirs.
///
/// # Errors
/// 404 when there is none that they may see.
pub async fn visible(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &BulletinId,
) -> Result<(Bulletin, Area)> {
    let bulletin = find(connection, id).await?;
    let area = area::find(state, connection, &bulletin.area).await?;
    if actor.may(Right::View, &area) {
        return Ok((bulletin, area));
    }
    let (below,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM roles h JOIN area_lines l ON l.area_id = h.area_id \
         WHERE h.person_id = $1 AND l.above_id = $2",
    )
    .bind(actor.id().as_str())
    .bind(bulletin.area.as_str())
    .fetch_one(connection)
    .await?;
    let aired = matches!(bulletin.stage, Stage::Approved(_) | Stage::Withdrawn { .. });
    if below > 0 && aired {
        Ok((bulletin, area))
    } else {
        Err(Error::not_found())
    }
}

/// Bulletins that `person` may see, what changed last first; of one state, or of all if `of` is
/// empty.
///
/// # Errors
/// The database failed.
pub async fn list(
    connection: &mut Connection,
    person: &PersonId,
    of: &str,
    limit: u32,
    skip: u32,
) -> Result<Vec<Bulletin>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE ($2 = '' OR b.state = $2) AND (EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         WHERE l.area_id = b.area_id AND h.person_id = $1) \
         OR (b.state IN ('approved', 'withdrawn') AND EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.area_id \
         WHERE l.above_id = b.area_id AND h.person_id = $1))) \
         ORDER BY b.changed_at_ms DESC, b.id LIMIT $3 OFFSET $4"
    ))
    .bind(person.as_str())
    .bind(of)
    .bind(i64::from(limit))
    .bind(i64::from(skip))
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_bulletin).collect()
}

/// Bulletins for which a recording speaks.
///
/// # Errors
/// The database failed.
pub async fn of_recording(
    connection: &mut Connection,
    recording: &RecordingId,
) -> Result<Vec<Bulletin>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "JOIN bulletin_recordings t ON t.bulletin_id = b.id WHERE t.recording_id = $1 \
         ORDER BY b.created_at_ms DESC, b.id"
    ))
    .bind(recording.as_str())
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::into_bulletin).collect()
}

/// How many bulletins of each state `person` may see, in the order of [`Stage::NAMES`].
///
/// # Errors
/// The database failed.
pub async fn counts(connection: &mut Connection, person: &PersonId) -> Result<Vec<(String, i64)>> {
    let counted: Vec<(String, i64)> = sqlx::query_as(
        "SELECT b.state, COUNT(*) FROM bulletins b WHERE EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.above_id \
         WHERE l.area_id = b.area_id AND h.person_id = $1) \
         OR (b.state IN ('approved', 'withdrawn') AND EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles h ON h.area_id = l.area_id \
         WHERE l.above_id = b.area_id AND h.person_id = $1)) GROUP BY b.state",
    )
    .bind(person.as_str())
    .fetch_all(connection)
    .await?;
    let count = |name: &str| {
        counted
            .iter()
            .find(|(state, _)| state == name)
            .map_or(0, |(_, n)| *n)
    };
    Ok(Stage::NAMES
        .into_iter()
        .map(|name| (name.to_owned(), count(name)))
        .collect())
}

/// Campaigns and kinds of notice.
///
/// # Errors
/// The database failed.
pub async fn topics(connection: &mut Connection) -> Result<Vec<Titled>> {
    let topics = "SELECT code, title_vi, title_en FROM topics ORDER BY position";
    Ok(sqlx::query_as(topics).fetch_all(connection).await?)
}

/// Which recording speaks for a bulletin in each language, in the order of languages.
///
/// # Errors
/// The database failed.
pub async fn takes(
    connection: &mut Connection,
    id: &BulletinId,
) -> Result<Vec<(Language, RecordingId)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.language, t.recording_id FROM bulletin_recordings t \
         JOIN spoken_languages s ON s.code = t.language \
         WHERE t.bulletin_id = $1 ORDER BY s.position, t.language",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    let take = |(language, recording): (String, String)| {
        let language = language.parse().map_err(anyhow::Error::from)?;
        Ok((language, recording.parse().map_err(anyhow::Error::from)?))
    };
    rows.into_iter().map(take).collect()
}

/// Whether `person` created, changed or recorded any of a bulletin.
///
/// # Errors
/// The database failed.
pub async fn is_maker(
    connection: &mut Connection,
    id: &BulletinId,
    person: &PersonId,
) -> Result<bool> {
    let makers = "SELECT COUNT(*) FROM bulletin_makers WHERE bulletin_id = $1 AND person_id = $2";
    let (makers,): (i64,) = sqlx::query_as(makers)
        .bind(id.as_str())
        .bind(person.as_str())
        .fetch_one(connection)
        .await?;
    Ok(makers > 0)
}

impl Row {
    pub(super) fn into_bulletin(self) -> Result<Bulletin> {
        let stage = self.stage()?;
        let class = class_from_name(&self.class)
            .ok_or_else(|| anyhow::anyhow!("{} has the unknown class {}", self.id, self.class))?;
        Ok(Bulletin {
            id: self.id.parse().map_err(anyhow::Error::from)?,
            area: self.area_id.parse().map_err(anyhow::Error::from)?,
            area_name: self.area_name,
            author: self.author_id.parse().map_err(anyhow::Error::from)?,
            author_name: self.author_name,
            content: Content {
                title: self.title,
                class,
                topic: self.topic,
                script: self.script,
                on_behalf_of: self.on_behalf_of,
                valid_until_day: self.valid_until_day.parse().map_err(anyhow::Error::from)?,
            },
            valid_until: WallTime::from_millis(self.valid_until_ms),
            version: self.version,
            created_at: WallTime::from_millis(self.created_at_ms),
            changed_at: WallTime::from_millis(self.changed_at_ms),
            stage,
        })
    }

    /// Who brought it where it is, and when, as far as that is kept.
    fn step(&self) -> Result<Option<Step>> {
        let (Some(at), Some(by), Some(name)) = (self.step_at_ms, &self.step_by, &self.step_by_name)
        else {
            return Ok(None);
        };
        Ok(Some(Step {
            at: WallTime::from_millis(at),
            by: by.parse().map_err(anyhow::Error::from)?,
            by_name: name.clone(),
        }))
    }

    fn stage(&self) -> Result<Stage> {
        let step = self.step()?;
        if self.state == "draft" {
            return Ok(Stage::Draft {
                rejected_because: self.reason.clone(),
                taken_back: step,
            });
        }
        let Some(step) = step else {
            return Err(anyhow::anyhow!("{} is {} by nobody", self.id, self.state).into());
        };
        let reason = self.reason.clone().unwrap_or_default();
        match self.state.as_str() {
            "submitted" => Ok(Stage::Submitted(step)),
            "approved" => Ok(Stage::Approved(step)),
            "rejected" => Ok(Stage::Rejected { step, reason }),
            "withdrawn" => Ok(Stage::Withdrawn { step, reason }),
            other => Err(anyhow::anyhow!("{} is in the unknown state {other}", self.id).into()),
        }
    }
}
