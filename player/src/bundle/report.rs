//! What became of a stick, for whoever stands before the PC.

use programme::units::WallTime;
use serde::{Deserialize, Serialize};

use super::plugged::Unseen;

/// What became of a stick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickReport {
    /// The whole in one word.
    pub stage: Stage,
    /// When the bundle on it was put together.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: Option<WallTime>,
    /// The villages that it is for, when none of them is this one.
    pub villages: Vec<String>,
    /// Recordings that were copied and are ready.
    pub copied: u32,
    /// Recordings that were to be copied.
    pub wanted: u32,
    /// Recordings that are missing on the stick or are not what they should be.
    pub spoiled: u32,
    /// Recordings were left out because the PC's disk is nearly full.
    pub no_room: bool,
    /// The copying onto the stick was cut off.
    pub unfinished: bool,
    /// What became of the as-run.
    pub log: Log,
    /// The stick is out again.
    pub out: bool,
    /// Why there is nothing, where somebody asked for it and no stick brought anything.
    #[serde(default)]
    pub unseen: Option<Unseen>,
    /// What exactly was wrong, in the words of the log.
    pub why: Option<String>,
}

/// What became of a stick, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is being read.
    Copying,
    /// Its programme is in force.
    InForce,
    /// Its programme was in force already.
    Same,
    /// A newer programme is held.
    Older,
    /// Its programme does not fit on the disk: the one that is held airs on.
    NoRoom,
    /// It is for other villages.
    Foreign,
    /// It was altered, is damaged, or is another server's.
    Refused,
    /// It was pulled out before its end.
    PulledOut,
    /// Nothing of ours is there.
    NoBundle,
    /// The as-run alone went back.
    LogOnly,
}

/// What became of the as-run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Log {
    /// It was not given back, or not yet.
    Kept,
    /// It is on the stick.
    Written,
    /// The stick cannot be written.
    ReadOnly,
    /// The stick is full.
    NoRoom,
    /// The stick failed.
    Failed,
}

impl StickReport {
    /// A report that says no more than `stage`.
    pub(super) fn of(stage: Stage) -> Self {
        Self {
            stage,
            issued_at: None,
            villages: Vec::new(),
            copied: 0,
            wanted: 0,
            spoiled: 0,
            no_room: false,
            unfinished: false,
            log: Log::Kept,
            out: false,
            unseen: None,
            why: None,
        }
    }

    pub(super) fn refuse(&mut self, why: impl ToString) {
        self.stage = Stage::Refused;
        self.why = Some(why.to_string());
    }

    /// Whether it did what whoever brought the stick wanted.
    pub fn is_good(&self) -> bool {
        let taken = matches!(self.stage, Stage::InForce | Stage::Same);
        let whole = self.spoiled == 0 && !self.no_room;
        (taken && whole) || (self.stage == Stage::LogOnly && self.log == Log::Written)
    }
}
