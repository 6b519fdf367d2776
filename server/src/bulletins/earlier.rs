//! What was decided about a bulletin before it was submitted once more: whoever decides now reads
//! who sent it back, why, and whether it says anything else since.

use std::collections::BTreeMap;

use programme::ids::BulletinId;
use serde_json::Value;

use super::bulletin::{Bulletin, Stage};
use crate::audit::entries::{self, Detailed};
use crate::audit::search::author;
use crate::database::Connection;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// So many rejections are told, the last ones.
const MOST: usize = 10;

/// Somebody sent a bulletin back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Who.
    pub who: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Why.
    pub reason: String,
}

/// What came before the decision that a bulletin waits for.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Who sent it back, the last one first.
    pub rejections: Vec<Rejection>,
    /// The languages that are recorded differently since the last of these; `None` where it is not
    /// kept what was recorded then.
    pub recorded_since: Option<Vec<String>>,
}

impl Earlier {
    /// What came before, of a bulletin that waits for a decision; of others nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(
        connection: &mut Connection,
        bulletin: &Bulletin,
        shell: &Shell,
    ) -> Result<Self> {
        if !matches!(bulletin.stage, Stage::Submitted(_)) {
            return Ok(Self::default());
        }
        let id = bulletin.id.as_str();
        let told = entries::with_detail(connection, id, "bulletin.reject", MOST).await?;
        let recorded_since = match told.first().and_then(recorded) {
            Some(then) => Some(differing(&then, &sounds(connection, &bulletin.id).await?)),
            None => None,
        };
        Ok(Self {
            rejections: told.iter().map(|one| Rejection::of(one, shell)).collect(),
            recorded_since,
        })
    }
}

impl Rejection {
    fn of(told: &Detailed, shell: &Shell) -> Self {
        let detail: Value = serde_json::from_str(&told.detail).unwrap_or_default();
        Self {
            who: author((&told.full_name, &told.person_id, &told.actor), shell),
            at_ms: told.at_ms,
            reason: detail["reason"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// The hash of what speaks for a bulletin in each language, as it is now.
///
/// # Errors
/// The database failed.
pub async fn sounds(
    connection: &mut Connection,
    id: &BulletinId,
) -> Result<BTreeMap<String, String>> {
    let sounds: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.language, r.hash FROM bulletin_recordings t \
         JOIN recordings r ON r.id = t.recording_id \
         WHERE t.bulletin_id = $1 AND r.hash IS NOT NULL ORDER BY t.language",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    Ok(sounds.into_iter().collect())
}

/// What was recorded when it was sent back. An earlier release did not keep that.
fn recorded(told: &Detailed) -> Option<BTreeMap<String, String>> {
    let detail: Value = serde_json::from_str(&told.detail).ok()?;
    let pairs: Vec<(String, String)> =
        serde_json::from_value(detail.get("recordings")?.clone()).ok()?;
    Some(pairs.into_iter().collect())
}

/// The languages that came, went or have another sound.
fn differing(then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let came = now.keys().filter(|code| !then.contains_key(*code));
    let other = then
        .iter()
        .filter(|(code, hash)| now.get(*code) != Some(hash));
    let mut codes: Vec<String> = other.map(|(code, _)| code).chain(came).cloned().collect();
    codes.sort();
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = pairs
            .iter()
            .map(|(code, hash)| ((*code).into(), (*hash).into()));
        owned.collect()
    }

    #[test]
    fn a_language_differs_that_came_went_or_was_recorded_again() {
        let then = heard(&[("vi", "1"), ("pcc", "2"), ("hmn", "3")]);
        let now = heard(&[("vi", "1"), ("hmn", "4"), ("tyz", "5")]);
        assert_eq!(differing(&then, &now), ["hmn", "pcc", "tyz"]);
        assert!(differing(&then, &then).is_empty());
    }
}
