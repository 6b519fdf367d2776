//! One request, and what each village says to it.

use jiff::civil::Date;
use programme::ids::{AreaId, BulletinId, ContentHash, PersonId, RequestId};
use programme::units::WallTime;

use super::documents::Kind;
use crate::bulletins::bulletin::Step;

/// A request for a recording.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its name.
    pub id: RequestId,
    /// Who asks.
    pub asker: PersonId,
    /// What others call them.
    pub asker_name: String,
    /// What is asked.
    pub wish: Wish,
    /// When it was made.
    pub created_at: WallTime,
    /// When it was taken back.
    pub cancelled_at: Option<WallTime>,
    /// What is attached.
    pub document: Option<Document>,
    /// The villages that are asked, in the order of their making.
    pub targets: Vec<Target>,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What people call it.
    pub title: String,
    /// What is to be read out; may be empty where a document says it.
    pub script: String,
    /// The body for which it is to speak; may be empty.
    pub on_behalf_of: String,
    /// A row of `topics`.
    pub topic: Option<String>,
    /// The last day on which it helps.
    pub due_day: Date,
}

/// An attached document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// SHA-256 of its bytes.
    pub hash: ContentHash,
    /// What it is.
    pub kind: Kind,
    /// How many bytes.
    pub size_bytes: u64,
    /// What its sender called it.
    pub name: String,
}

/// A village that is asked.
#[derive(Debug, Clone)]
pub struct Target {
    /// The village.
    pub area: AreaId,
    /// Its name for people.
    pub area_name: String,
    /// What it says.
    pub answer: Answer,
}

/// What a village says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Waiting,
    /// Somebody makes a bulletin of it.
    Taken {
        /// Who.
        step: Step,
        /// The bulletin.
        bulletin: BulletinId,
    },
    /// It will not.
    Declined {
        /// Who said so.
        step: Step,
        /// Why.
        reason: String,
    },
}

impl Answer {
    /// Its name in the database, in JSON and among the sentences.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken { .. } => "taken",
            Self::Declined { .. } => "declined",
        }
    }

    /// The colour of its tag on a page.
    pub fn tone(&self) -> &'static str {
        match self {
            Self::Waiting => "warn",
            Self::Taken { .. } => "good",
            Self::Declined { .. } => "bad",
        }
    }
}

impl Document {
    /// How large it is, for whoever pays for each byte.
    pub fn size_kb(&self) -> u64 {
        self.size_bytes.div_ceil(1_000)
    }
}

impl Request {
    /// Whether there is something to record: a text, or a document that says it.
    pub fn is_sent(&self) -> bool {
        !self.wish.script.is_empty() || self.document.is_some()
    }

    /// How many villages gave an answer of this name.
    pub fn count(&self, name: &str) -> usize {
        let answers = self.targets.iter();
        answers.filter(|one| one.answer.name() == name).count()
    }

    /// Its last day, as people in Viet Nam write it.
    pub fn due(&self) -> String {
        self.wish.due_day.strftime("%d/%m/%Y").to_string()
    }

    /// Whether a village has yet to answer what is wanted by a day that is past.
    pub fn is_late(&self, today: &Date) -> bool {
        self.wish.due_day < *today && self.cancelled_at.is_none() && self.count("waiting") > 0
    }
}
