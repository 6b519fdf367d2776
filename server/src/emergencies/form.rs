//! The form's fields, as they were typed, and the request that they make.

use std::collections::BTreeSet;
use std::time::Duration;

use super::request::{GAP, HOLDS, REPEATS, Request};
use crate::web::errors::{Error, Result};

/// The choice by which it goes on until it is stopped.
pub const UNTIL_STOPPED: &str = "until_stopped";
/// How often it is heard, as choices.
pub const REPEAT_CHOICES: [&str; 6] = ["1", "2", "3", "5", "10", UNTIL_STOPPED];
/// Seconds of silence between two hearings, as choices.
pub const GAP_CHOICES: [u64; 7] = [5, 10, 30, 60, 120, 300, 600];
/// Minutes for which it holds at most, as choices.
pub const HOLDS_CHOICES: [u64; 5] = [30, 60, 120, 360, 1440];

/// What was typed.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// The chosen bulletin.
    pub bulletin: String,
    /// The chosen areas.
    pub areas: Vec<String>,
    /// How often, one of [`REPEAT_CHOICES`].
    pub repeats: String,
    /// Seconds between two hearings.
    pub gap: String,
    /// Minutes for which it holds.
    pub holds: String,
    /// Why.
    pub why: String,
    /// Whether it is an exercise.
    pub drill: bool,
    /// The areas of which the screen said who will hear it.
    pub seen: Vec<String>,
    /// The same as long as the form is the same.
    pub key: String,
}

/// What a button of the form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To see who will hear it.
    Look,
    /// To set a PIN on the way.
    SetPin,
    /// To let it stand by at the PCs.
    StandBy,
    /// To order it.
    Order,
}

impl Fields {
    /// A form that nobody has typed into.
    pub fn empty(key: String) -> Self {
        Self {
            repeats: REPEATS.to_string(),
            gap: GAP.as_secs().to_string(),
            holds: (HOLDS.as_secs() / 60).to_string(),
            key,
            ..Self::default()
        }
    }

    /// The fields of a form that was sent, in which names may repeat.
    pub fn sent(pairs: &[(String, String)]) -> Self {
        let one = |name: &str| value(pairs, name).trim().to_owned();
        Self {
            bulletin: one("bulletin"),
            areas: values(pairs, "area"),
            seen: values(pairs, "seen"),
            repeats: one("repeats"),
            gap: one("gap"),
            holds: one("holds"),
            why: one("why"),
            drill: one("drill") == "yes",
            key: one("key"),
        }
    }

    /// What the fields mean.
    ///
    /// # Errors
    /// 422 for what cannot be read; nothing is guessed.
    pub fn request(&self) -> Result<Request> {
        if self.bulletin.is_empty() {
            return Err(Error::invalid("error-emergency-needs-bulletin"));
        }
        let areas = self.areas.iter().map(|id| id.parse());
        let repeats = match self.repeats.as_str() {
            UNTIL_STOPPED => None,
            number => Some(number.parse().unwrap_or(0)),
        };
        Ok(Request {
            bulletin: self.bulletin.parse().map_err(|_| Error::not_found())?,
            areas: areas
                .collect::<Result<_, _>>()
                .map_err(|_| Error::not_found())?,
            repeats,
            gap: Duration::from_secs(self.gap.parse().unwrap_or(0)),
            holds: Duration::from_secs(60).saturating_mul(self.holds.parse().unwrap_or(0)),
            why: self.why.clone(),
            drill: self.drill,
            request_key: Some(self.key.clone()).filter(|key| !key.is_empty()),
        })
    }

    /// Whether the screen said who will hear it in just the areas that are chosen.
    pub fn was_seen(&self) -> bool {
        let named = |areas: &[String]| areas.iter().cloned().collect::<BTreeSet<_>>();
        named(&self.areas) == named(&self.seen)
    }

    /// Whether an area is chosen.
    pub fn has_area(&self, id: &str) -> bool {
        self.areas.iter().any(|area| area == id)
    }
}

impl Step {
    /// The button that was pressed. Whatever is not known is only a look.
    pub fn sent(pairs: &[(String, String)]) -> Self {
        match value(pairs, "step") {
            "set_pin" => Self::SetPin,
            "stand_by" => Self::StandBy,
            "order" => Self::Order,
            _ => Self::Look,
        }
    }
}

/// All fields of this name as they were sent.
fn values(pairs: &[(String, String)], name: &str) -> Vec<String> {
    let found = pairs.iter().filter(|(found, _)| found == name);
    found.map(|(_, value)| value.clone()).collect()
}

/// The field of this name as it was sent; empty when it was not.
pub fn value<'p>(pairs: &'p [(String, String)], name: &str) -> &'p str {
    let found = pairs.iter().find(|(found, _)| found == name);
    found.map_or("", |(_, value)| value.as_str())
}
