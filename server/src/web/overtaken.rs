//! Who was overtaken: what their form is about has changed since they opened it. Nothing is written
//! over unseen. They read who changed it, what is there and what they typed, and may then save
//! theirs all the same. A script names the version that it saw.

use std::fmt;

use axum::http::StatusCode;
use programme::ids::ContentHash;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::errors::{Error, Result};
use super::shell::Shell;
use crate::audit::entries::{self, Trail};
use crate::audit::search::author;
use crate::database::Connection;

/// The refusal of what was decided on another version than is there.
pub const CHANGED: &str = "error-changed-meanwhile";

/// Letters of a version: enough that no two of one thing are the same.
const LETTERS: usize = 16;

/// Names what a thing says. What says the same has the same name, whatever it said in between.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The name of what says this.
    pub fn of(says: &Value) -> Self {
        let hash = ContentHash::of(says.to_string().as_bytes()).to_string();
        Self(hash.chars().take(LETTERS).collect())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which version a script means.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Meant {
    /// The `version` that you saw. Where another one is there, nothing is written (409). Left out,
    /// what you say takes the place of whatever is there.
    #[serde(default)]
    pub version: Option<Version>,
}

/// Which version a form was opened with, as it is sent along.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    /// What was there.
    pub version: Version,
    /// What is written over by somebody who was told of it.
    over: Version,
}

impl Opened {
    /// A form that is opened now.
    pub fn with(version: Version) -> Self {
        Self {
            version,
            over: Version::default(),
        }
    }

    /// The fields of a form in which names may repeat.
    pub fn sent(pairs: &[(String, String)]) -> Self {
        let one = |name: &str| {
            let mut named = pairs.iter().filter(|(found, _)| found == name);
            Version(
                named
                    .next()
                    .map_or_else(String::new, |(_, value)| value.clone()),
            )
        };
        Self {
            version: one("version"),
            over: one("over"),
        }
    }

    /// The form that is shown again for another reason: what its author stands by is what they saw.
    #[must_use]
    pub fn again(self) -> Self {
        match self.seen() {
            Some(seen) => Self::with(seen.clone()),
            None => self,
        }
    }

    /// What whoever sends it last saw of the thing; `None` in a form from before this was asked.
    pub fn seen(&self) -> Option<&Version> {
        let mut named = [&self.over, &self.version].into_iter();
        named.find(|version| !version.0.is_empty())
    }
}

/// Whether there is anything to write where `there` is what is there, and `wanted` what is to be:
/// a form that was sent twice has written it already.
///
/// # Errors
/// 409 for whoever saw something else than what is there.
pub fn is_to_write(seen: Option<&Version>, there: &Version, wanted: &Version) -> Result<bool> {
    match seen {
        Some(seen) if seen != there && wanted == there => Ok(false),
        Some(seen) if seen != there => Err(Error::conflict(CHANGED)),
        Some(_) | None => Ok(true),
    }
}

/// What the fields of a form say in words, each with its label.
pub type Told = Vec<(String, String)>;

/// What such a form shows above what was typed.
#[derive(Debug, Clone)]
pub struct Overtaken {
    /// What is there, as the button sends it that writes over it.
    pub over: String,
    /// What differs: the label, what is there, what was typed.
    pub differs: Vec<(String, String, String)>,
}

impl Overtaken {
    /// Says on the page who was quicker, by the newest entry of the trail, and what differs between
    /// what is there and what was typed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn told(
        connection: &mut Connection,
        shell: &mut Shell,
        trail: Trail<'_>,
        over: impl ToString,
        [there, typed]: [Told; 2],
    ) -> Result<(StatusCode, Self)> {
        let by = by(connection, shell, trail, "error-changed-while-open").await?;
        let status = shell.alert(by)?;
        let pairs = there.into_iter().zip(typed);
        let pairs = pairs.filter(|((_, there), (_, typed))| there != typed);
        let differs = pairs.map(|((label, there), (_, typed))| (label, there, typed));
        let told = Self {
            over: over.to_string(),
            differs: differs.collect(),
        };
        Ok((status, told))
    }
}

/// The refusal that says who was quicker, by the sentence `key`.
///
/// # Errors
/// The database failed.
pub async fn by(
    connection: &mut Connection,
    shell: &Shell,
    trail: Trail<'_>,
    key: &'static str,
) -> Result<Error> {
    Ok(match entries::newest(connection, trail).await? {
        Some(done) => {
            let who = author((&done.full_name, &done.person_id, &done.actor), shell);
            let changed = Error::conflict(key).with("who", who);
            changed.with("at", shell.when_ms(&done.at_ms))
        }
        None => Error::conflict(CHANGED),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_who_saw_what_is_there_or_says_the_same_goes_on() {
        let [old, new, own] = ["old", "new", "own"].map(|name| Version::of(&json!(name)));
        assert!(is_to_write(None, &new, &own).unwrap());
        assert!(is_to_write(Some(&new), &new, &own).unwrap());
        assert!(!is_to_write(Some(&old), &new, &new).unwrap());
        let refused = is_to_write(Some(&old), &new, &own).unwrap_err();
        assert_eq!(refused.key(), CHANGED);
    }
}
