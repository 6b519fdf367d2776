//! Lint: what a person should know before a programme is published.
//!
//! It reads the very plans that the station airs, so it finds what will happen and not what a rule
//! of thumb fears. A finding carries names and times, never sentences for people: the panel has
//! those in each language.

mod content;
mod days;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::as_run::CueId;
use crate::ids::{BroadcastId, BulletinId};
use crate::programme::{Language, Programme};
use crate::rule::RuleError;
use crate::units::{WallTime, millis};
use crate::zone::Zone;

/// Cues with less silence than this between them are one session to those who hear them.
pub const SESSION_BREAK: Duration = Duration::from_secs(10 * 60);

/// What the commune allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a session may be.
    pub session: Duration,
    /// How many sessions a day may have; `None` for as many as there are.
    pub sessions: Option<usize>,
    /// Whether ordinary announcements air on Saturday and Sunday.
    pub ordinary_on_weekends: bool,
}

impl Default for Limits {
    /// 45 minutes, relays included, as provinces set it (Vĩnh Phúc 2022, Hà Nội 2021), and nothing
    /// of what only some of them set.
    fn default() -> Self {
        Self {
            session: Duration::from_secs(45 * 60),
            sessions: None,
            ordinary_on_weekends: true,
        }
    }
}

/// A cue as a finding names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CueAt {
    /// The cue.
    pub cue: CueId,
    /// Its broadcast.
    pub broadcast: BroadcastId,
    /// When it is planned.
    #[serde(rename = "planned_ms")]
    pub planned: WallTime,
}

/// Something that a person should know before publishing. What repeats day after day is found
/// once, at its first day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// No civil time of the programme can be read: nothing else can be found.
    ZoneUnknown {
        /// What stands for the zone.
        zone: String,
    },
    /// A broadcast that stations of this release do not air.
    NotUnderstood {
        /// The broadcast, when its name could be read.
        broadcast: Option<BroadcastId>,
        /// What was not understood.
        why: String,
    },
    /// A rule that makes no sense.
    RuleWrong {
        /// The broadcast.
        broadcast: BroadcastId,
        /// What is wrong.
        #[serde(flatten)]
        error: RuleError,
    },
    /// More repeats than a station airs, or none.
    RepeatsOutOfRange {
        /// The broadcast.
        broadcast: BroadcastId,
        /// How many are wanted.
        repeats: u32,
    },
    /// The last moment of a late start lies before the start; the usual grace holds for it.
    UntilBeforeStart {
        /// The broadcast.
        broadcast: BroadcastId,
        /// The local time of the start.
        start: Time,
        /// The local time up to which it may be late.
        until: Time,
    },
    /// A broadcast without anything that could be heard.
    EmptyBroadcast {
        /// The broadcast.
        broadcast: BroadcastId,
    },
    /// A broadcast names a bulletin that the programme does not hold; it airs without it.
    BulletinMissing {
        /// The broadcast.
        broadcast: BroadcastId,
        /// The bulletin.
        bulletin: BulletinId,
    },
    /// A bulletin lacks a language of the village.
    LanguageMissing {
        /// The bulletin.
        bulletin: BulletinId,
        /// The language.
        language: Language,
    },
    /// A bulletin lacks all languages of the village; it airs in its first one all the same.
    NoVillageLanguage {
        /// The bulletin.
        bulletin: BulletinId,
        /// The language in which it airs.
        airs_in: Language,
    },
    /// A broadcast of which no start will be heard.
    NeverAirs {
        /// The broadcast.
        broadcast: BroadcastId,
    },
    /// The rule goes on after the bulletin's validity; from this start on it is left out.
    ExpiresBefore {
        /// The broadcast.
        broadcast: BroadcastId,
        /// The bulletin.
        bulletin: BulletinId,
        /// The first start without it.
        #[serde(rename = "start_ms")]
        start: WallTime,
    },
    /// A cue would sound beyond the validity of a bulletin in it, so it does not start.
    OutlastsValidity {
        /// The cue.
        #[serde(flatten)]
        at: CueAt,
    },
    /// A cue would start in quiet hours, so it does not start.
    InQuietHours {
        /// The cue.
        #[serde(flatten)]
        at: CueAt,
    },
    /// A cue would go on into quiet hours, so it does not start.
    OverrunsIntoQuietHours {
        /// The cue.
        #[serde(flatten)]
        at: CueAt,
    },
    /// Two cues want the air at once: the second follows after the first.
    Clash {
        /// What is on air at the time.
        first: CueAt,
        /// What waits.
        second: CueAt,
        /// How long it waits.
        #[serde(rename = "delay_ms", with = "millis")]
        delay: Duration,
    },
    /// What precedes a cue takes so long that its last moment passes.
    CrowdedOut {
        /// The cue.
        #[serde(flatten)]
        at: CueAt,
    },
    /// What precedes a cue takes so long that a newer start of its broadcast replaces it.
    Superseded {
        /// The cue.
        #[serde(flatten)]
        at: CueAt,
    },
    /// Cues that follow one another sound for longer than the commune allows.
    SessionTooLong {
        /// The first cue of the session.
        #[serde(flatten)]
        at: CueAt,
        /// How long the session is, from the first sound to the last.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
        /// How long it may be.
        #[serde(rename = "at_most_ms", with = "millis")]
        at_most: Duration,
        /// What is heard in it.
        broadcasts: BTreeSet<BroadcastId>,
    },
    /// A day has more sessions than the commune allows.
    TooManySessions {
        /// The first cue of each of them.
        first: Vec<CueAt>,
        /// How many it may have.
        at_most: usize,
    },
    /// An ordinary announcement on a Saturday or Sunday, where those are free of them.
    OnWeekend {
        /// The cue.
        #[serde(flatten)]
        at: CueAt,
    },
}

impl Finding {
    /// Whether something will not be heard as it is written, so that a form should refuse it
    /// rather than warn.
    pub fn silences(&self) -> bool {
        match self {
            Self::ZoneUnknown { .. }
            | Self::NotUnderstood { .. }
            | Self::RuleWrong { .. }
            | Self::EmptyBroadcast { .. }
            | Self::BulletinMissing { .. }
            | Self::NeverAirs { .. }
            | Self::OutlastsValidity { .. }
            | Self::InQuietHours { .. }
            | Self::OverrunsIntoQuietHours { .. }
            | Self::CrowdedOut { .. }
            | Self::Superseded { .. } => true,
            Self::RepeatsOutOfRange { .. }
            | Self::UntilBeforeStart { .. }
            | Self::LanguageMissing { .. }
            | Self::NoVillageLanguage { .. }
            | Self::ExpiresBefore { .. }
            | Self::Clash { .. }
            | Self::SessionTooLong { .. }
            | Self::TooManySessions { .. }
            | Self::OnWeekend { .. } => false,
        }
    }
}

impl Finding {
    /// The cues that it is about.
    pub fn cues(&self) -> Vec<&CueAt> {
        match self {
            Self::Clash { first, second, .. } => vec![first, second],
            Self::OutlastsValidity { at }
            | Self::InQuietHours { at }
            | Self::OverrunsIntoQuietHours { at }
            | Self::CrowdedOut { at }
            | Self::Superseded { at }
            | Self::OnWeekend { at }
            | Self::SessionTooLong { at, .. } => vec![at],
            Self::TooManySessions { first, .. } => first.iter().collect(),
            Self::ZoneUnknown { .. }
            | Self::NotUnderstood { .. }
            | Self::RuleWrong { .. }
            | Self::RepeatsOutOfRange { .. }
            | Self::UntilBeforeStart { .. }
            | Self::EmptyBroadcast { .. }
            | Self::BulletinMissing { .. }
            | Self::LanguageMissing { .. }
            | Self::NoVillageLanguage { .. }
            | Self::NeverAirs { .. }
            | Self::ExpiresBefore { .. } => Vec::new(),
        }
    }

    /// What there is more of than the commune allows; nothing for any other finding.
    fn too_much(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::TooManySessions { first, at_most } = self {
            let are = first.len();
            write!(f, "a day has {are} sessions, at most {at_most} are allowed")?;
        }
        if let Self::SessionTooLong {
            at,
            duration,
            at_most,
            ..
        } = self
        {
            let (is, may) = (duration.as_secs() / 60, at_most.as_secs() / 60);
            write!(
                f,
                "the session from {at} on lasts {is} min, at most {may} are allowed"
            )?;
        }
        Ok(())
    }

    /// The broadcast of which this alone says that it cannot be heard.
    fn never_heard(&self) -> Option<&BroadcastId> {
        if let Self::RuleWrong { broadcast, .. } | Self::EmptyBroadcast { broadcast } = self {
            Some(broadcast)
        } else {
            None
        }
    }
}

/// What a person should know about `programme` as it airs on `days` days from `first` on.
pub fn lint(programme: &Programme, first: Date, days: u16, limits: &Limits) -> Vec<Finding> {
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok()).take(days.into());
    lint_on(programme, &days.collect::<Vec<Date>>(), limits)
}

/// The same of some days, the soonest first, which need not follow one another.
pub fn lint_on(programme: &Programme, days: &[Date], limits: &Limits) -> Vec<Finding> {
    let Ok(zone) = Zone::named(&programme.zone) else {
        return vec![Finding::ZoneUnknown {
            zone: programme.zone.clone(),
        }];
    };
    let mut findings = content::findings(programme);
    let explained = findings
        .iter()
        .filter_map(Finding::never_heard)
        .cloned()
        .collect();
    findings.extend(days::findings(programme, &zone, days, limits, &explained));
    findings
}

impl fmt::Display for CueAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cue)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZoneUnknown { zone } => write!(f, "`{zone}` is not a time zone"),
            Self::NotUnderstood { broadcast, why } => match broadcast {
                Some(broadcast) => write!(f, "{broadcast} is not understood: {why}"),
                None => write!(f, "a broadcast is not understood: {why}"),
            },
            Self::RuleWrong { broadcast, error } => write!(f, "{broadcast}: {error}"),
            Self::RepeatsOutOfRange { broadcast, repeats } => {
                write!(f, "{broadcast} cannot be heard {repeats} times in a row")
            }
            Self::UntilBeforeStart {
                broadcast,
                start,
                until,
            } => {
                write!(
                    f,
                    "{broadcast} starts at {start} but may be late only until {until}"
                )
            }
            Self::EmptyBroadcast { broadcast } => write!(f, "{broadcast} has nothing to be heard"),
            Self::BulletinMissing {
                broadcast,
                bulletin,
            } => {
                write!(f, "{broadcast} names {bulletin}, which is not there")
            }
            Self::LanguageMissing { bulletin, language } => {
                write!(f, "{bulletin} has no recording in {language}")
            }
            Self::NoVillageLanguage { bulletin, airs_in } => {
                write!(
                    f,
                    "{bulletin} has no language of the village and airs in {airs_in}"
                )
            }
            Self::NeverAirs { broadcast } => write!(f, "{broadcast} is never heard"),
            Self::ExpiresBefore {
                broadcast,
                bulletin,
                ..
            } => {
                write!(f, "{broadcast} goes on after {bulletin} has ended")
            }
            Self::OutlastsValidity { at } => write!(f, "{at} would outlast its bulletin"),
            Self::InQuietHours { at } => write!(f, "{at} lies in quiet hours"),
            Self::OverrunsIntoQuietHours { at } => write!(f, "{at} would end in quiet hours"),
            Self::Clash {
                first,
                second,
                delay,
            } => {
                write!(f, "{second} waits {} s for {first}", delay.as_secs())
            }
            Self::CrowdedOut { at } => write!(f, "{at} comes too late after what precedes it"),
            Self::Superseded { at } => write!(f, "{at} is overtaken by a newer start"),
            Self::SessionTooLong { .. } | Self::TooManySessions { .. } => self.too_much(f),
            Self::OnWeekend { at } => write!(f, "{at} lies on a weekend"),
        }
    }
}
