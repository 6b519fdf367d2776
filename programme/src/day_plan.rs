//! The day plan: the programme made concrete for one date.
//!
//! It decides everything that does not depend on what happens: order, languages, repeats, gaps,
//! chime, gain, and the last moment at which a start still makes sense.

use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use crate::as_run::CueId;
use crate::ids::{BroadcastId, BulletinId, ContentHash, StationId};
use crate::programme::{Class, Language, MissedRule, QuietHours};
use crate::units::{Decibels, WallTime, millis};

/// Everything that one station airs on one date, in the order of planned starts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DayPlan {
    /// The station.
    pub station: StationId,
    /// The generation that it was made from.
    pub generation: u64,
    /// When that generation was published.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// The local date.
    pub date: Date,
    /// IANA zone of its civil times.
    pub zone: String,
    /// The guard that is checked again at the moment of playing.
    pub quiet_hours: QuietHours,
    /// The planned starts.
    pub cues: Vec<Cue>,
}

/// One planned start.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cue {
    /// The same in every generation that plans this start.
    pub id: CueId,
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Its bulletins, in order.
    pub bulletins: Vec<BulletinId>,
    /// Titles of the bulletins, for the screen and the log.
    pub title: String,
    /// The most urgent class among its bulletins.
    pub class: Class,
    /// When content should start.
    #[serde(rename = "planned_ms")]
    pub planned: WallTime,
    /// When it will start after what precedes it on the plan.
    #[serde(rename = "expected_ms")]
    pub expected: WallTime,
    /// The last moment at which it may start.
    #[serde(rename = "latest_ms")]
    pub latest: WallTime,
    /// It may not sound from this moment on: the end of its bulletins' validity.
    #[serde(rename = "valid_until_ms")]
    pub valid_until: Option<WallTime>,
    /// What happens when it could not take place.
    pub missed: MissedRule,
    /// What is heard, in order.
    pub segments: Vec<Segment>,
}

/// A piece of a cue.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Segment {
    /// A recording or the chime.
    Sound {
        /// Its content.
        hash: ContentHash,
        /// The language that is spoken; `None` for the chime.
        language: Option<Language>,
        /// The bulletin that it belongs to; `None` for the chime.
        bulletin: Option<BulletinId>,
        /// How long it lasts.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
        /// Gain on the recording's own level.
        gain_db: Decibels,
    },
    /// Silence.
    Silence {
        /// How long it lasts.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
}

impl Segment {
    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        match self {
            Self::Sound { duration, .. } | Self::Silence { duration } => *duration,
        }
    }
}

impl Cue {
    /// How long the whole lasts.
    pub fn duration(&self) -> Duration {
        self.segments.iter().map(Segment::duration).sum()
    }

    /// The recordings of it, in order, each as often as it is heard.
    pub fn content(&self) -> Vec<ContentHash> {
        let sound = |segment: &Segment| match segment {
            Segment::Sound { hash, .. } => Some(*hash),
            Segment::Silence { .. } => None,
        };
        self.segments.iter().filter_map(sound).collect()
    }
}
