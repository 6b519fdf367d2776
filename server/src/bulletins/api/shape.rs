//! Bulletins as JSON.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::bulletins::bulletin::{Bulletin, Content, Stage, class_from_name, class_name};
use crate::bulletins::coverage;
use crate::bulletins::reading::{Beyond, Estimate};
use crate::database::Connection;
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// A bulletin in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinLine {
    /// Its name for programs.
    pub id: String,
    /// Whose it is.
    pub area_id: String,
    /// What people call it.
    pub title: String,
    /// `ordinary`, `priority` or `emergency`.
    pub class: &'static str,
    /// The campaign that it belongs to.
    pub topic: Option<String>,
    /// The body for which it speaks; empty when nobody said.
    pub on_behalf_of: String,
    /// The last day on which it may air.
    pub valid_until_day: String,
    /// The end of that day.
    pub valid_until_ms: i64,
    /// `draft`, `submitted`, `approved`, `rejected` or `withdrawn`.
    pub state: &'static str,
    /// Rises with each change.
    pub version: i64,
    /// When something about it changed last.
    pub changed_at_ms: i64,
}

/// A bulletin.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulletinWhole {
    #[serde(flatten)]
    pub line: BulletinLine,
    /// Who began it.
    pub author_id: String,
    /// What others call them.
    pub author_name: String,
    /// What is read out.
    pub script: String,
    /// One per language.
    pub recordings: Vec<Take>,
    /// Languages of its villages in which nothing is said.
    pub missing_languages: Vec<String>,
    /// Who submitted, approved, rejected or withdrew it.
    pub step_by: Option<String>,
    /// When.
    pub step_at_ms: Option<i64>,
    /// Why it was rejected or withdrawn.
    pub reason: Option<String>,
}

/// Which recording speaks in a language.
#[derive(Debug, Serialize, ToSchema)]
pub struct Take {
    /// The language (ISO 639).
    pub language: String,
    /// Name of the recording.
    pub recording_id: String,
    /// SHA-256 of the sound that was approved.
    pub approved_hash: Option<String>,
}

/// A new bulletin.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewBulletin {
    /// A name of your own making (`bul_` and 16 letters of Crockford's base 32), so that a request
    /// sent twice makes one bulletin.
    #[serde(default)]
    pub id: Option<String>,
    /// Where it belongs.
    pub area_id: String,
    #[serde(flatten)]
    pub content: Written,
}

/// A bulletin as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangedBulletin {
    /// The version that you saw.
    pub version: i64,
    #[serde(flatten)]
    pub content: Written,
}

/// What a bulletin says.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Written {
    /// What people call it.
    pub title: String,
    /// `ordinary`, `priority` or `emergency`.
    pub class: String,
    /// The campaign that it belongs to.
    #[serde(default)]
    pub topic: Option<String>,
    /// What is read out.
    #[serde(default)]
    pub script: String,
    /// The body for which it speaks, such as the commune's police.
    #[serde(default)]
    pub on_behalf_of: String,
    /// The last day on which it may air, as `2026-11-30`; two years from today at most.
    pub valid_until_day: String,
}

/// A step that was decided on after seeing a version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The version that you saw.
    pub version: i64,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Which recording shall speak.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Speaks {
    /// Name of a recording in the language of the address.
    pub recording_id: String,
}

/// A text that may become a script.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The text.
    pub script: String,
    /// Where it will be heard: an area has a limit for its sessions.
    #[serde(default)]
    pub area_id: Option<String>,
}

/// How long it takes to read a script out, as far as that can be known before it is recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadingTime {
    /// How long it takes to read it once; 0 when there is nothing to read.
    pub duration_ms: u64,
    /// The same as a sentence in your language; may be empty.
    pub text: String,
    /// What it is too long for: `advice`, `session` or `recording`.
    pub beyond: Option<&'static str>,
    /// The same as a sentence in your language.
    pub warning: Option<String>,
}

impl ReadingTime {
    /// `estimate` as a reader of the shell's language gets it.
    pub fn of(estimate: Option<&Estimate>, shell: &Shell) -> Self {
        let duration = estimate.map_or(Duration::ZERO, |estimate| estimate.duration);
        Self {
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            text: estimate.map_or_else(String::new, |estimate| estimate.in_words(shell)),
            beyond: estimate.and_then(|estimate| estimate.beyond.map(Beyond::name)),
            warning: estimate.and_then(|estimate| estimate.warning(shell)),
        }
    }
}

impl BulletinLine {
    /// `bulletin` in short.
    pub fn of(bulletin: &Bulletin) -> Self {
        let content = &bulletin.content;
        Self {
            id: bulletin.id.to_string(),
            area_id: bulletin.area.to_string(),
            title: content.title.clone(),
            class: class_name(content.class),
            topic: content.topic.clone(),
            on_behalf_of: content.on_behalf_of.clone(),
            valid_until_day: content.valid_until_day.to_string(),
            valid_until_ms: bulletin.valid_until.as_millis(),
            state: bulletin.stage.name(),
            version: bulletin.version,
            changed_at_ms: bulletin.changed_at.as_millis(),
        }
    }
}

impl BulletinWhole {
    /// All of `bulletin`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(connection: &mut Connection, bulletin: &Bulletin) -> Result<Self> {
        let takes: Vec<(String, String, Option<String>)> = sqlx::query_as(
            "SELECT language, recording_id, approved_hash FROM bulletin_recordings \
             WHERE bulletin_id = $1 ORDER BY language",
        )
        .bind(bulletin.id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let spoken: BTreeSet<String> = takes.iter().map(|(code, ..)| code.clone()).collect();
        let missing = coverage::missing(connection, &bulletin.area, &spoken).await?;
        let take = |(language, recording_id, approved_hash)| Take {
            language,
            recording_id,
            approved_hash,
        };
        let step = bulletin.stage.step();
        let reason = match &bulletin.stage {
            Stage::Draft {
                rejected_because, ..
            } => rejected_because.clone(),
            Stage::Rejected { reason, .. } | Stage::Withdrawn { reason, .. } => {
                Some(reason.clone())
            }
            Stage::Submitted(_) | Stage::Approved(_) => None,
        };
        Ok(Self {
            line: BulletinLine::of(bulletin),
            author_id: bulletin.author.to_string(),
            author_name: bulletin.author_name.clone(),
            script: bulletin.content.script.clone(),
            recordings: takes.into_iter().map(take).collect(),
            missing_languages: missing
                .into_iter()
                .map(|missing| missing.language)
                .collect(),
            step_by: step.map(|step| step.by.to_string()),
            step_at_ms: step.map(|step| step.at.as_millis()),
            reason,
        })
    }
}

impl Written {
    /// What was written, if it can be read.
    ///
    /// # Errors
    /// 422 for a class or a day that is none.
    pub fn read(self) -> Result<Content> {
        let class = class_from_name(&self.class)
            .ok_or_else(|| Error::invalid("error-bulletin-class").with("class", &self.class))?;
        let day = self.valid_until_day.parse();
        Ok(Content {
            title: self.title,
            class,
            topic: self.topic.filter(|topic| !topic.is_empty()),
            script: self.script,
            on_behalf_of: self.on_behalf_of,
            valid_until_day: day.map_err(|_| Error::invalid("error-bulletin-day"))?,
        })
    }
}
