//! What somebody asks for, and whether it makes sense before anything is looked up.

use std::ops::RangeInclusive;
use std::time::Duration;

use programme::emergency::MAX_GAP;
use programme::ids::{AreaId, BulletinId};
use programme::programme::MAX_REPEATS;

use crate::web::errors::{Error, Result};

/// How often it is heard, unless its author says otherwise.
pub const REPEATS: u32 = 3;
/// Silence between two hearings, unless its author says otherwise.
pub const GAP: Duration = Duration::from_secs(10);
/// How long it holds at most, unless its author says otherwise.
pub const HOLDS: Duration = Duration::from_secs(2 * 3_600);
/// Silence between two hearings: with less, villages cannot tell them apart.
const GAPS: RangeInclusive<Duration> = Duration::from_secs(5)..=MAX_GAP;
/// How long an emergency may hold. What is needed for longer is ordered again.
const SPANS: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(24 * 3_600);
/// Letters of a reason.
pub const REASON_LIMIT: usize = 200;

/// What somebody wants to sound at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is heard.
    pub bulletin: BulletinId,
    /// Where: each area with everything below it.
    pub areas: Vec<AreaId>,
    /// How often; without a number until it is stopped.
    pub repeats: Option<u32>,
    /// Silence between two hearings.
    pub gap: Duration,
    /// How long it holds at most.
    pub holds: Duration,
    /// Why, in their words.
    pub why: String,
    /// An exercise.
    pub drill: bool,
    /// The same for the same form, so that sending it twice orders one emergency.
    pub request_key: Option<String>,
}

impl Request {
    /// Whether it makes sense by itself.
    ///
    /// # Errors
    /// 422 with the first thing that is wrong.
    pub fn check(&self) -> Result<()> {
        self.check_place()?;
        let most = MAX_REPEATS;
        if self
            .repeats
            .is_some_and(|repeats| !(1..=most).contains(&repeats))
        {
            return Err(Error::invalid("error-emergency-repeats").with("most", most));
        }
        if !GAPS.contains(&self.gap) {
            return Err(Error::invalid("error-emergency-gap"));
        }
        if !SPANS.contains(&self.holds) {
            return Err(Error::invalid("error-emergency-holds"));
        }
        let letters = self.why.chars().count();
        if letters == 0 || letters > REASON_LIMIT {
            return Err(Error::invalid("error-emergency-needs-reason").with("most", REASON_LIMIT));
        }
        Ok(())
    }

    /// Whether it says where.
    ///
    /// # Errors
    /// 422 if it does not.
    pub fn check_place(&self) -> Result<()> {
        match self.areas.is_empty() {
            true => Err(Error::invalid("error-emergency-needs-area")),
            false => Ok(()),
        }
    }
}
