//! One bulletin, and lists of them.

mod rows;
mod waiting;

use jiff::civil::Date;
use programme::ids::{AreaId, BulletinId, PersonId};
use programme::programme::Class;
use programme::units::WallTime;

use super::templates::has_blanks;

pub use rows::{counts, find, is_maker, list, of_recording, takes, topics, visible};
pub use waiting::{own, to_approve, unscheduled};

/// A bulletin.
#[derive(Debug, Clone)]
pub struct Bulletin {
    /// Its name.
    pub id: BulletinId,
    /// Whose it is.
    pub area: AreaId,
    /// That area's name for people.
    pub area_name: String,
    /// Who began it.
    pub author: PersonId,
    /// What others call them.
    pub author_name: String,
    /// What is to be said.
    pub content: Content,
    /// It airs until then; the end of the last day in the area's zone.
    pub valid_until: WallTime,
    /// Rises with each change.
    pub version: i64,
    /// When it was begun.
    pub created_at: WallTime,
    /// When something about it changed last.
    pub changed_at: WallTime,
    /// How far it is.
    pub stage: Stage,
}

/// What its authors write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What people call it.
    pub title: String,
    /// How urgent it is.
    pub class: Class,
    /// A row of `topics`.
    pub topic: Option<String>,
    /// What is read out; may be empty.
    pub script: String,
    /// The body for which it speaks, as its author wrote it; may be empty.
    pub on_behalf_of: String,
    /// The last day on which it may air.
    pub valid_until_day: Date,
}

impl Content {
    /// The name of its class.
    pub fn class_name(&self) -> &'static str {
        class_name(self.class)
    }

    /// Whether something in it is still to be filled in.
    pub fn has_blanks(&self) -> bool {
        has_blanks(&self.title) || has_blanks(&self.script)
    }

    /// Its last day, as people in Viet Nam write it.
    pub fn last_day(&self) -> String {
        self.valid_until_day.strftime("%d/%m/%Y").to_string()
    }
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: WallTime,
    /// Who.
    pub by: PersonId,
    /// What others call them.
    pub by_name: String,
}

/// How far a bulletin is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Its authors are at work on it.
    Draft {
        /// Why it was rejected before, if it was.
        rejected_because: Option<String>,
        /// Who took it back after it was submitted, if somebody did.
        taken_back: Option<Step>,
    },
    /// It waits for an officer; nobody changes it.
    Submitted(Step),
    /// It may air, and never changes again.
    Approved(Step),
    /// Its authors are asked to change it.
    Rejected {
        /// Who rejected it.
        step: Step,
        /// Why.
        reason: String,
    },
    /// It was approved and may air no longer.
    Withdrawn {
        /// Who withdrew it.
        step: Step,
        /// Why; may be empty.
        reason: String,
    },
}

impl Stage {
    /// All names, in the order in which a bulletin comes through them.
    pub const NAMES: [&'static str; 5] =
        ["draft", "submitted", "approved", "rejected", "withdrawn"];

    /// Its name in the database, in JSON and among the sentences.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft",
            Self::Submitted(_) => "submitted",
            Self::Approved(_) => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// The colour of its tag on a page.
    pub fn tone(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "",
            Self::Submitted(_) => "warn",
            Self::Approved(_) => "good",
            Self::Rejected { .. } | Self::Withdrawn { .. } => "bad",
        }
    }

    /// Whether its authors may change it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Draft { .. } | Self::Rejected { .. })
    }

    /// Why it was sent back, while it is.
    pub fn rejected_because(&self) -> Option<&str> {
        match self {
            Self::Rejected { reason, .. } => Some(reason),
            Self::Draft { .. }
            | Self::Submitted(_)
            | Self::Approved(_)
            | Self::Withdrawn { .. } => None,
        }
    }

    /// Who took it back to be changed, while it is open for that.
    pub fn taken_back(&self) -> Option<&Step> {
        match self {
            Self::Draft { taken_back, .. } => taken_back.as_ref(),
            Self::Submitted(_)
            | Self::Approved(_)
            | Self::Rejected { .. }
            | Self::Withdrawn { .. } => None,
        }
    }

    /// Who brought it here, unless that is its author's own work.
    pub fn step(&self) -> Option<&Step> {
        match self {
            Self::Draft { .. } => None,
            Self::Submitted(step) | Self::Approved(step) => Some(step),
            Self::Rejected { step, .. } | Self::Withdrawn { step, .. } => Some(step),
        }
    }
}

/// The classes, the least urgent first.
pub const CLASSES: [Class; 3] = [Class::Ordinary, Class::Priority, Class::Emergency];

/// A class's name in the database, in JSON and among the sentences.
pub fn class_name(class: Class) -> &'static str {
    match class {
        Class::Ordinary => "ordinary",
        Class::Priority => "priority",
        Class::Emergency => "emergency",
    }
}

/// The class that a name names.
pub fn class_from_name(name: &str) -> Option<Class> {
    CLASSES.into_iter().find(|class| class_name(*class) == name)
}
