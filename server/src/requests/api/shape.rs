//! Requests as JSON.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::requests::fates::Fate;
use crate::requests::form::day;
use crate::requests::request::{Answer, Request, Wish};
use crate::web::errors::Result;

/// A request in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestLine {
    /// Its name for programs.
    id: String,
    /// Who asks.
    asker_id: String,
    /// What others call them.
    asker_name: String,
    /// What people call it.
    title: String,
    /// The body for which it is to speak; empty when nobody said.
    on_behalf_of: String,
    /// The campaign that it belongs to.
    topic: Option<String>,
    /// The last day on which it helps.
    due_day: String,
    /// When it was made.
    created_at_ms: i64,
    /// When it was taken back.
    cancelled_at_ms: Option<i64>,
    /// How many villages have yet to answer.
    waiting: usize,
    /// How many took it up.
    taken: usize,
    /// How many declined.
    declined: usize,
}

/// A request.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequestWhole {
    #[serde(flatten)]
    line: RequestLine,
    /// What is to be read out; empty where a document says it.
    script: String,
    /// What is attached.
    document: Option<Attached>,
    /// Each village that is asked.
    villages: Vec<VillageFate>,
}

/// What is attached to a request.
#[derive(Debug, Serialize, ToSchema)]
struct Attached {
    /// What its sender called it.
    name: String,
    /// `pdf`, `docx`, `png`, `jpeg` or `webp`.
    kind: &'static str,
    /// How many bytes it has.
    size_bytes: u64,
    /// SHA-256 of its bytes.
    hash: String,
}

/// What became of a request in a village.
#[derive(Debug, Serialize, ToSchema)]
struct VillageFate {
    /// The village.
    area_id: String,
    /// Its name for people.
    area_name: String,
    /// `waiting`, `taken` or `declined`.
    answer: &'static str,
    /// Who took it up or declined it.
    by: Option<String>,
    /// When.
    at_ms: Option<i64>,
    /// Why it was declined, or why the bulletin was rejected.
    reason: Option<String>,
    /// The bulletin that was made of it.
    bulletin_id: Option<String>,
    /// `draft`, `submitted`, `approved`, `rejected` or `withdrawn`.
    bulletin_state: Option<&'static str>,
    /// When it is heard next.
    next_start_ms: Option<i64>,
    /// In how many villages it was heard.
    aired_villages: Option<usize>,
    /// For how many it was meant.
    meant_villages: Option<usize>,
}

/// A new request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    /// A name of your own making (`req_` and 16 letters of Crockford's base 32), so that a request
    /// sent twice asks once.
    #[serde(default)]
    pub id: Option<String>,
    /// What people call it.
    title: String,
    /// What is to be read out. Without it villages are asked once a document is attached.
    #[serde(default)]
    script: String,
    /// The body for which it is to speak.
    #[serde(default)]
    on_behalf_of: String,
    /// The campaign that it belongs to.
    #[serde(default)]
    topic: Option<String>,
    /// The last day on which it helps, as `2026-11-30`.
    due_day: String,
    /// Areas: each with every village in it.
    pub areas: Vec<String>,
}

/// Why a village declines.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// Why.
    pub reason: String,
}

/// What was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// The bulletin.
    pub bulletin_id: String,
}

impl NewRequest {
    /// What is asked.
    ///
    /// # Errors
    /// 422 for a day that is none.
    pub fn wish(&self) -> Result<Wish> {
        Ok(Wish {
            title: self.title.clone(),
            script: self.script.clone(),
            on_behalf_of: self.on_behalf_of.clone(),
            topic: self.topic.clone().filter(|topic| !topic.is_empty()),
            due_day: day(&self.due_day)?,
        })
    }
}

impl RequestLine {
    /// `request` in short.
    pub fn of(request: &Request) -> Self {
        let wish = &request.wish;
        Self {
            id: request.id.to_string(),
            asker_id: request.asker.to_string(),
            asker_name: request.asker_name.clone(),
            title: wish.title.clone(),
            on_behalf_of: wish.on_behalf_of.clone(),
            topic: wish.topic.clone(),
            due_day: wish.due_day.to_string(),
            created_at_ms: request.created_at.as_millis(),
            cancelled_at_ms: request.cancelled_at.map(|at| at.as_millis()),
            waiting: request.count("waiting"),
            taken: request.count("taken"),
            declined: request.count("declined"),
        }
    }
}

impl RequestWhole {
    /// All of `request`.
    pub fn of(request: &Request, fates: &[Fate]) -> Self {
        let document = request.document.as_ref().map(|document| Attached {
            name: document.name.clone(),
            kind: document.kind.name(),
            size_bytes: document.size_bytes,
            hash: document.hash.to_string(),
        });
        Self {
            line: RequestLine::of(request),
            script: request.wish.script.clone(),
            document,
            villages: fates.iter().map(VillageFate::of).collect(),
        }
    }
}

impl VillageFate {
    fn of(fate: &Fate) -> Self {
        let target = &fate.target;
        let (step, declined) = match &target.answer {
            Answer::Waiting => (None, None),
            Answer::Taken { step, .. } => (Some(step), None),
            Answer::Declined { step, reason } => (Some(step), Some(reason.as_str())),
        };
        let made = fate.made.as_ref();
        let rejected = made.and_then(|made| made.bulletin.stage.rejected_because());
        let reach = made.and_then(|made| made.reach.as_ref());
        Self {
            area_id: target.area.to_string(),
            area_name: target.area_name.clone(),
            answer: target.answer.name(),
            by: step.map(|step| step.by_name.clone()),
            at_ms: step.map(|step| step.at.as_millis()),
            reason: declined.or(rejected).map(str::to_owned),
            bulletin_id: made.map(|made| made.bulletin.id.to_string()),
            bulletin_state: made.map(|made| made.bulletin.stage.name()),
            next_start_ms: made.and_then(|made| made.next).map(|at| at.as_millis()),
            aired_villages: reach.map(|reach| reach.aired),
            meant_villages: reach.map(|reach| reach.meant),
        }
    }
}
