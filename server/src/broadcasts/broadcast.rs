//! One broadcast: what airs, where, and when.

mod rows;
mod between;

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use programme::ids::{AreaId, BroadcastId, BulletinId};
use programme::programme::MissedRule;
use programme::rule::Rule;
use programme::units::WallTime;
use serde_json::json;

use crate::web::overtaken::Version;

pub use between::{
    between, hold, is_an_officers, moved_from, names_withdrawn, set_moved, set_rule, titles_of,
};
pub use rows::{
    by_request_key, cancel, find, in_force, in_force_below, insert, of_bulletin, titles, visible,
};

/// A broadcast.
#[derive(Debug, Clone, PartialEq)]
pub struct Broadcast {
    /// Its name.
    pub id: BroadcastId,
    /// What airs, in order.
    pub bulletins: Vec<BulletinId>,
    /// Where: each area with everything below it.
    pub targets: Vec<AreaId>,
    /// When.
    pub rule: Rule,
    /// When it came into force.
    pub since: WallTime,
    /// How often the whole is heard at each start.
    pub repeats: u32,
    /// Silence between two repeats.
    pub gap: Duration,
    /// What happens to a start that could not take place.
    pub missed: MissedRule,
    /// Whether the chime opens it.
    pub chime: bool,
    /// Who ordered it; `None` for the server's own command line.
    pub created_by: Option<String>,
    /// When it was cancelled, or given another time.
    pub cancelled_at: Option<WallTime>,
    /// What it goes on as since it was given another time.
    pub moved_to: Option<BroadcastId>,
}

impl Broadcast {
    /// Names when it airs, for whoever is about to change that.
    pub fn version(&self) -> Version {
        Version::of(&json!(self.rule))
    }

    /// The instant from which no start is planned, in any zone; `None` when it goes on.
    pub fn over_at(&self) -> Option<WallTime> {
        over_at(&self.rule)
    }

    /// What stations are told about it, with those of its bulletins that `held` says they hold.
    pub fn as_published(
        &self,
        held: impl Fn(&BulletinId) -> bool,
    ) -> Option<programme::programme::Broadcast> {
        let bulletins: Vec<_> = self
            .bulletins
            .iter()
            .filter(|id| held(id))
            .cloned()
            .collect();
        let something = !bulletins.is_empty();
        something.then(|| programme::programme::Broadcast {
            id: self.id.clone(),
            must_understand: self.rule.must_understand(),
            bulletins,
            rule: self.rule.clone(),
            since: self.since,
            repeats: self.repeats,
            gap: self.gap,
            missed: self.missed,
            chime: self.chime,
        })
    }
}

/// The instant from which a rule plans no start, in any zone; `None` when it goes on.
pub fn over_at(rule: &Rule) -> Option<WallTime> {
    match rule {
        Rule::Now { until, .. } => Some(*until),
        Rule::Once { at } => last_instant_of(*at),
        Rule::Daily { span, .. } | Rule::Weekly { span, .. } => {
            let after = span.until.and_then(|day| day.tomorrow().ok());
            after.and_then(|day| last_instant_of(day.at(0, 0, 0, 0)))
        }
    }
}

/// The last instant at which any clock on Earth shows `civil`: twelve hours behind Greenwich.
fn last_instant_of(civil: DateTime) -> Option<WallTime> {
    let westernmost = TimeZone::fixed(Offset::constant(-12));
    westernmost.to_timestamp(civil).ok().map(WallTime::from)
}

/// Which broadcasts a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that still plan a start that may be heard.
    Coming,
    /// Those that are over or were cancelled, whose bulletins were all withdrawn, and those of one
    /// start whose every station said what became of it.
    Past,
}

/// Most broadcasts in one list.
pub const LIST_LIMIT: i64 = 200;
