//! Broadcasts as JSON.

use std::time::Duration;

use programme::programme::MissedRule;
use programme::units::WallTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::when::{When, all, time};
use crate::broadcasts::broadcast::Broadcast;
use crate::broadcasts::moving::Move;
use crate::broadcasts::order::{GAP, Order, REPEATS};
use crate::broadcasts::outlook::{Hearer, Outlook};
use crate::broadcasts::room::Skip;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::Version;

/// What is to air, where and when.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBroadcast {
    /// Names of approved bulletins, in the order in which they air.
    bulletins: Vec<String>,
    /// Areas, each with everything below it.
    areas: Vec<String>,
    /// When.
    rule: When,
    /// How often the whole is heard at each start.
    repeats: Option<u32>,
    /// Silence between two repeats.
    gap_ms: Option<u64>,
    /// What happens to a start that could not take place.
    missed: Option<Missed>,
    /// Whether the chime opens it.
    chime: Option<bool>,
    /// Broadcasts that are cancelled to make room.
    #[serde(default)]
    replaces: Vec<String>,
    /// Single starts of other broadcasts that make room where this one is heard.
    #[serde(default)]
    skips: Vec<SkippedStart>,
    /// Whether you, an officer, stand by it where it goes beyond what villages lay down.
    #[serde(default)]
    over_limits: bool,
    /// The same text makes one broadcast, however often it is sent.
    request_key: Option<String>,
}

/// When a broadcast is to air from here on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTime {
    /// When, whole: what it leaves out is as in a new broadcast.
    rule: When,
    /// Whether what repeats may end with it, where the new rule does not repeat.
    #[serde(default)]
    pub(super) ends: bool,
    /// What happens to a start that could not take place.
    missed: Option<Missed>,
    /// Other broadcasts that are cancelled to make room.
    #[serde(default)]
    replaces: Vec<String>,
    /// Single starts of other broadcasts that make room where this one is heard.
    #[serde(default)]
    skips: Vec<SkippedStart>,
    /// Whether you, an officer, stand by it where it goes beyond what villages lay down.
    #[serde(default)]
    over_limits: bool,
    /// The same text moves it once, however often it is sent.
    request_key: Option<String>,
}

/// One start of another broadcast.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkippedStart {
    /// The broadcast.
    broadcast: String,
    /// Its local date and time, `2026-11-23T17:00`.
    start: String,
}

impl SkippedStart {
    fn skip(&self) -> Result<Skip> {
        let unreadable = |_| {
            let error = Error::invalid("error-broadcast-unreadable-time");
            error.with("text", &self.start)
        };
        Ok(Skip {
            broadcast: self.broadcast.parse().map_err(|_| Error::not_found())?,
            start: self.start.parse().map_err(unreadable)?,
        })
    }
}

/// What happens to a start that could not take place.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Missed {
    /// Only at that time.
    OnlyThen,
    /// When power is back, until this time of the same day.
    Until {
        /// Local time, `18:00`.
        until: String,
    },
    /// The village head is asked, until the end of the day.
    AskHead,
}

/// A broadcast.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroadcastWhole {
    /// Its name.
    id: String,
    /// What airs, in order.
    bulletins: Vec<String>,
    /// Areas, each with everything below it.
    areas: Vec<String>,
    /// When.
    rule: When,
    /// When it came into force.
    since_ms: i64,
    /// How often the whole is heard at each start.
    repeats: u32,
    /// Silence between two repeats.
    gap_ms: u64,
    /// What happens to a start that could not take place.
    missed: Missed,
    /// Whether the chime opens it.
    chime: bool,
    /// When it was cancelled, or given another time.
    cancelled_at_ms: Option<i64>,
    /// What it goes on as since it was given another time.
    moved_to: Option<String>,
    /// Names when it airs.
    version: Version,
}

/// What a village will hear of a broadcast.
#[derive(Debug, Serialize, ToSchema)]
pub struct VillageOutlook {
    /// The village.
    area: String,
    /// Its name for people.
    name: String,
    /// Its stations; without one nothing is heard there yet.
    stations: Vec<String>,
    /// The next starts.
    cues: Vec<CueLine>,
    /// What a person should know, each with its kind in `finding`.
    #[schema(value_type = Vec<Object>)]
    findings: Vec<Value>,
    /// The last day up to which those were looked for, as `2026-11-23`; `null` where all days were
    /// looked at on which another broadcast joins it.
    looked_until: Option<String>,
}

/// A planned start.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CueLine {
    /// Its name.
    cue: String,
    /// When it is planned.
    planned_ms: i64,
    /// When it will start after what precedes it.
    expected_ms: i64,
    /// How long it lasts, with chime, repeats and gaps.
    duration_ms: u64,
    /// What will keep it off: `quiet_hours`, `expired`, `too_late`, `newer`.
    #[schema(value_type = Option<String>)]
    obstacle: Option<Value>,
}

impl NewBroadcast {
    /// What is wanted, read; what is left out is as the panel's form has it.
    ///
    /// # Errors
    /// 422 for a date or time that cannot be read, 404 for a name that is none.
    pub fn order(self, state: &State) -> Result<Order> {
        let missed = self.missed.map(Missed::rule).transpose()?;
        Ok(Order {
            bulletins: names(&self.bulletins)?,
            targets: names(&self.areas)?,
            rule: self.rule.rule(state)?,
            repeats: self.repeats.unwrap_or(REPEATS),
            gap: self.gap_ms.map_or(GAP, Duration::from_millis),
            missed: missed.unwrap_or(MissedRule::OnlyThen),
            chime: self.chime.unwrap_or(true),
            moves: None,
            replaces: names(&self.replaces)?,
            skips: skips(&self.skips)?,
            over_limits: self.over_limits,
            request_key: self.request_key,
        })
    }
}

impl NewTime {
    /// The order by which `old` is moved.
    ///
    /// # Errors
    /// As [`NewBroadcast::order`].
    pub fn order(self, state: &State, old: &Broadcast, moves: Move) -> Result<Order> {
        let missed = self.missed.map(Missed::rule).transpose()?;
        Ok(Order {
            bulletins: old.bulletins.clone(),
            targets: old.targets.clone(),
            rule: self.rule.rule(state)?,
            repeats: old.repeats,
            gap: old.gap,
            missed: missed.unwrap_or(old.missed),
            chime: old.chime,
            moves: Some(moves),
            replaces: names(&self.replaces)?,
            skips: skips(&self.skips)?,
            over_limits: self.over_limits,
            request_key: self.request_key,
        })
    }
}

impl Missed {
    fn rule(self) -> Result<MissedRule> {
        Ok(match self {
            Self::OnlyThen => MissedRule::OnlyThen,
            Self::Until { until } => MissedRule::Until {
                until: time(&until)?,
            },
            Self::AskHead => MissedRule::AskHead,
        })
    }
}

impl From<Broadcast> for BroadcastWhole {
    fn from(broadcast: Broadcast) -> Self {
        Self {
            version: broadcast.version(),
            moved_to: broadcast.moved_to.as_ref().map(ToString::to_string),
            id: broadcast.id.to_string(),
            bulletins: broadcast
                .bulletins
                .iter()
                .map(ToString::to_string)
                .collect(),
            areas: broadcast.targets.iter().map(ToString::to_string).collect(),
            rule: When::of(broadcast.rule),
            since_ms: broadcast.since.as_millis(),
            repeats: broadcast.repeats,
            gap_ms: millis(broadcast.gap),
            missed: match broadcast.missed {
                MissedRule::OnlyThen => Missed::OnlyThen,
                MissedRule::Until { until } => Missed::Until {
                    until: until.strftime("%H:%M").to_string(),
                },
                MissedRule::AskHead => Missed::AskHead,
            },
            chime: broadcast.chime,
            cancelled_at_ms: broadcast.cancelled_at.map(WallTime::as_millis),
        }
    }
}

impl VillageOutlook {
    /// A line for each village that hears the same.
    ///
    /// # Errors
    /// A finding that cannot be written as JSON.
    pub fn of(outlook: &Outlook) -> Result<Vec<Self>> {
        let cue = |cue: &programme::day_plan::Cue| -> Result<CueLine> {
            Ok(CueLine {
                planned_ms: cue.planned.as_millis(),
                expected_ms: cue.expected.as_millis(),
                duration_ms: millis(cue.duration()),
                obstacle: cue.obstacle.map(serde_json::to_value).transpose()?,
                cue: cue.id.to_string(),
            })
        };
        let cues: Vec<CueLine> = outlook.cues.iter().map(cue).collect::<Result<_>>()?;
        let findings = outlook.findings.iter().map(serde_json::to_value);
        let findings: Vec<Value> = findings.collect::<Result<_, _>>()?;
        let line = |village: &Hearer| Self {
            area: village.area.id.to_string(),
            name: village.area.name.clone(),
            stations: village
                .stations
                .iter()
                .map(|one| one.name.clone())
                .collect(),
            cues: cues.clone(),
            findings: findings.clone(),
            looked_until: outlook.until.map(|day| day.to_string()),
        };
        Ok(outlook.villages.iter().map(line).collect())
    }
}

fn skips(starts: &[SkippedStart]) -> Result<Vec<Skip>> {
    starts.iter().map(SkippedStart::skip).collect()
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn names<T: std::str::FromStr>(texts: &[String]) -> Result<Vec<T>> {
    all(texts, |text| text.parse().map_err(|_| Error::not_found()))
}
