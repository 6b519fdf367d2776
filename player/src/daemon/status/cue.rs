//! Cues and emergencies as the screen shows them.

use std::time::Duration;

use programme::as_run::CueId;
use programme::day_plan::Cue;
use programme::emergency::Order;
use programme::programme::Class;
use programme::units::{WallTime, millis};
use serde::{Deserialize, Serialize};

/// A cue as the screen shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusCue {
    /// The cue.
    pub cue: CueId,
    /// Titles of its bulletins.
    pub title: String,
    /// How urgent it is.
    pub class: Class,
    /// When it was planned.
    #[serde(rename = "planned_ms")]
    pub planned: WallTime,
    /// How long it lasts.
    #[serde(rename = "duration_ms", with = "millis")]
    pub duration: Duration,
    /// How much of it has been heard.
    #[serde(rename = "position_ms", with = "millis")]
    pub position: Duration,
}

/// An emergency as the screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusEmergency {
    /// What it is called.
    pub title: String,
    /// Who ordered it, and why; whether it is a drill.
    pub order: Order,
}

impl StatusEmergency {
    pub(super) fn of(cue: &Cue) -> Option<Self> {
        let order = cue.order.clone()?;
        let title = cue.title.clone();
        Some(Self { title, order })
    }
}

impl StatusCue {
    pub(super) fn of(cue: &Cue, position: Duration) -> Self {
        Self {
            cue: cue.id.clone(),
            title: cue.title.clone(),
            class: cue.class,
            planned: cue.planned,
            duration: cue.duration(),
            position,
        }
    }
}
