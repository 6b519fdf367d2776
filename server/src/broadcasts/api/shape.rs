//! Broadcasts as JSON.

use std::time::Duration;

use jiff::civil::{Date, DateTime, Time, Weekday};
use programme::programme::MissedRule;
use programme::rule::{Rule, Span};
use programme::units::WallTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::broadcasts::broadcast::Broadcast;
use crate::broadcasts::order::{GAP, NOW_HOLDS, Order, REPEATS};
use crate::broadcasts::outlook::{Hearer, Outlook};
use crate::broadcasts::room::Skip;
use crate::state::State;
use crate::web::errors::{Error, Result};

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

/// When a broadcast airs, in the village's own time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// As soon as stations hear of it.
    Now {
        /// The last moment at which it may start; two hours from now unless it is given.
        until_ms: Option<i64>,
    },
    /// Once.
    Once {
        /// Local date and time, `2026-11-23T17:00`.
        at: String,
    },
    /// Every day.
    Daily {
        /// Local times, `17:00`.
        times: Vec<String>,
        /// The first day, `2026-11-23`; today unless it is given.
        from: Option<String>,
        /// The last day.
        until: Option<String>,
        /// Days that are left out.
        #[serde(default)]
        except: Vec<String>,
    },
    /// On some days of the week.
    Weekly {
        /// Monday is 1, Sunday is 7.
        days: Vec<i8>,
        /// Local times, `17:00`.
        times: Vec<String>,
        /// The first day, `2026-11-23`; today unless it is given.
        from: Option<String>,
        /// The last day.
        until: Option<String>,
        /// Days that are left out.
        #[serde(default)]
        except: Vec<String>,
    },
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
    /// When it was cancelled.
    cancelled_at_ms: Option<i64>,
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
        let missed = match self.missed {
            None | Some(Missed::OnlyThen) => MissedRule::OnlyThen,
            Some(Missed::Until { until }) => MissedRule::Until {
                until: time(&until)?,
            },
            Some(Missed::AskHead) => MissedRule::AskHead,
        };
        Ok(Order {
            bulletins: names(&self.bulletins)?,
            targets: names(&self.areas)?,
            rule: self.rule.rule(state)?,
            repeats: self.repeats.unwrap_or(REPEATS),
            gap: self.gap_ms.map_or(GAP, Duration::from_millis),
            missed,
            chime: self.chime.unwrap_or(true),
            replaces: names(&self.replaces)?,
            skips: self
                .skips
                .iter()
                .map(SkippedStart::skip)
                .collect::<Result<_>>()?,
            over_limits: self.over_limits,
            request_key: self.request_key,
        })
    }
}

impl When {
    fn rule(self, state: &State) -> Result<Rule> {
        let now = state.now();
        Ok(match self {
            Self::Now { until_ms } => Rule::Now {
                ordered_at: now,
                until: until_ms.map_or(now + NOW_HOLDS, WallTime::from_millis),
            },
            Self::Once { at } => Rule::Once { at: civil(&at)? },
            Self::Daily {
                times,
                from,
                until,
                except,
            } => Rule::Daily {
                times: all(&times, time)?,
                span: span(state, from, until, &except)?,
            },
            Self::Weekly {
                days,
                times,
                from,
                until,
                except,
            } => Rule::Weekly {
                days: weekdays(&days)?,
                times: all(&times, time)?,
                span: span(state, from, until, &except)?,
            },
        })
    }

    fn of(rule: Rule) -> Self {
        let minute = |time: &Time| time.strftime("%H:%M").to_string();
        let texts = |days: Vec<Date>| days.iter().map(Date::to_string).collect();
        match rule {
            Rule::Now { until, .. } => Self::Now {
                until_ms: Some(until.as_millis()),
            },
            Rule::Once { at } => Self::Once {
                at: at.strftime("%Y-%m-%dT%H:%M").to_string(),
            },
            Rule::Daily { times, span } => Self::Daily {
                times: times.iter().map(minute).collect(),
                from: Some(span.from.to_string()),
                until: span.until.map(|day| day.to_string()),
                except: texts(span.except),
            },
            Rule::Weekly { days, times, span } => Self::Weekly {
                days: days.iter().map(|day| day.to_monday_one_offset()).collect(),
                times: times.iter().map(minute).collect(),
                from: Some(span.from.to_string()),
                until: span.until.map(|day| day.to_string()),
                except: texts(span.except),
            },
        }
    }
}

impl From<Broadcast> for BroadcastWhole {
    fn from(broadcast: Broadcast) -> Self {
        Self {
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

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn span(
    state: &State,
    from: Option<String>,
    until: Option<String>,
    except: &[String],
) -> Result<Span> {
    let zone = programme::zone::Zone::named(&state.config.commune.zone);
    let today = zone.map_err(anyhow::Error::from)?.date(state.now());
    Ok(Span {
        from: from.as_deref().map(date).transpose()?.unwrap_or(today),
        until: until.as_deref().map(date).transpose()?,
        except: all(except, date)?,
    })
}

fn all<T>(texts: &[String], read: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
    texts.iter().map(|text| read(text)).collect()
}

fn names<T: std::str::FromStr>(texts: &[String]) -> Result<Vec<T>> {
    all(texts, |text| text.parse().map_err(|_| Error::not_found()))
}

fn weekdays(numbers: &[i8]) -> Result<Vec<Weekday>> {
    let day = |number: &i8| Weekday::from_monday_one_offset(*number);
    let days: Result<Vec<_>, _> = numbers.iter().map(day).collect();
    days.map_err(|_| Error::invalid("error-broadcast-needs-day"))
}

fn time(text: &str) -> Result<Time> {
    text.parse().map_err(|_| unreadable(text))
}

fn date(text: &str) -> Result<Date> {
    text.parse().map_err(|_| unreadable(text))
}

fn civil(text: &str) -> Result<DateTime> {
    text.parse().map_err(|_| unreadable(text))
}

fn unreadable(text: &str) -> Error {
    Error::invalid("error-broadcast-unreadable-time").with("text", text)
}
