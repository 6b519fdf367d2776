//! The programme: everything that one station must hold and air, as one value.
//!
//! A programme is published whole, with a generation number that only rises. What restricts when or
//! whether sound airs must raise [`FORMAT_VERSION`] or be named in `must_understand`, so that a
//! station of an older release refuses it in the open; only hints may be ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use crate::ids::{AreaId, BroadcastId, BulletinId, ContentHash, StationId};
use crate::rule::{DAY_TYPES, Rule, SESSIONS};
use crate::standby::{Keeper, Standby};
use crate::timetable::Timetable;
use crate::units::{Decibels, WallTime, millis};

/// The format that this release writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// Restrictions beyond [`FORMAT_VERSION`] that this release understands.
pub const UNDERSTOOD: &[&str] = &[SESSIONS, DAY_TYPES];

/// How often at most a start is heard. Notices are read twice by habit; the platforms of the field
/// offer up to ten in a row.
pub const MAX_REPEATS: u32 = 10;

/// Everything that one station must hold and air.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Programme {
    /// Stands first, so that a reader can refuse before it reads on.
    pub format_version: u32,
    /// Names of restrictions on the whole programme; an unknown one refuses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_understand: Vec<String>,
    /// The one station it is for.
    pub station: StationId,
    /// The area that the station serves.
    pub area: AreaId,
    /// The area's name, for the screen.
    pub area_name: String,
    /// The areas that it lies in, nearest first: an emergency in one of them sounds here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<AreaId>,
    /// Rises with each publication to the station, never falls.
    pub generation: u64,
    /// When the server published it.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// IANA time zone in which all its civil times are read.
    pub zone: String,
    /// Spoken languages of the village, in the order in which they air.
    pub languages: Vec<Language>,
    /// When nothing may sound, of whatever class.
    pub quiet_hours: QuietHours,
    /// The sessions and holidays that its rules name; empty where none does. It restricts nothing
    /// by itself: a rule that needs it says so.
    #[serde(default, skip_serializing_if = "Timetable::is_empty")]
    pub timetable: Timetable,
    /// The sound that opens each cue, when the station has one.
    #[serde(default)]
    pub chime: Option<Sound>,
    /// The station's volume relative to the recordings' own level.
    #[serde(default)]
    pub volume_db: Decibels,
    /// How much louder than that each class is; one that is not named is no louder. A hint: a
    /// release that does not know it airs every class alike.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub class_volume_db: BTreeMap<Class, Decibels>,
    /// The approved bulletins that the broadcasts and the standbys name.
    pub bulletins: BTreeMap<BulletinId, Bulletin>,
    /// What airs, in the order of publication.
    pub broadcasts: Vec<Item>,
    /// What may sound at once when somebody at the PC orders it. It restricts nothing: a release
    /// that does not know it does not offer it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standby: Vec<Standby>,
    /// Who may order that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keepers: Vec<Keeper>,
}

impl Programme {
    /// Every recording that the station must hold, each once.
    pub fn recordings(&self) -> BTreeMap<ContentHash, &Sound> {
        let spoken = self
            .bulletins
            .values()
            .flat_map(|b| b.recordings.iter().map(|r| &r.sound));
        spoken
            .chain(&self.chime)
            .map(|sound| (sound.hash, sound))
            .collect()
    }
}

/// A broadcast that this release understands, or one that it must not air.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "serde_json::Value", into = "serde_json::Value")]
pub enum Item {
    /// May air.
    Understood(Box<Broadcast>),
    /// Is not aired, and reported.
    NotUnderstood {
        /// The broadcast's name, when it could be read.
        id: Option<BroadcastId>,
        /// What was not understood.
        why: String,
        /// The item as it came.
        raw: serde_json::Value,
    },
}

impl From<serde_json::Value> for Item {
    fn from(raw: serde_json::Value) -> Self {
        let id = raw.get("id").and_then(|id| id.as_str()?.parse().ok());
        match serde_json::from_value::<Broadcast>(raw.clone()) {
            Ok(broadcast) => match not_understood(&broadcast.must_understand) {
                None => Self::Understood(Box::new(broadcast)),
                Some(name) => Self::NotUnderstood {
                    id,
                    why: name.to_owned(),
                    raw,
                },
            },
            Err(error) => Self::NotUnderstood {
                id,
                why: error.to_string(),
                raw,
            },
        }
    }
}

impl From<Item> for serde_json::Value {
    fn from(item: Item) -> Self {
        match item {
            Item::Understood(broadcast) => serde_json::json!(broadcast),
            Item::NotUnderstood { raw, .. } => raw,
        }
    }
}

/// The first of `names` that this release does not know.
pub fn not_understood(names: &[String]) -> Option<&str> {
    names
        .iter()
        .map(String::as_str)
        .find(|name| !UNDERSTOOD.contains(name))
}

/// A bulletin, or several in order, to be aired by a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Broadcast {
    /// Its name.
    pub id: BroadcastId,
    /// Names of restrictions on this broadcast; an unknown one keeps it from airing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_understand: Vec<String>,
    /// What airs, in order; never empty.
    pub bulletins: Vec<BulletinId>,
    /// When it airs.
    pub rule: Rule,
    /// Instants before this one are not planned: when the broadcast came into force.
    #[serde(rename = "since_ms")]
    pub since: WallTime,
    /// How often the whole is heard at each start: 1 to [`MAX_REPEATS`]; beyond, the nearest.
    pub repeats: u32,
    /// Silence between two repeats.
    #[serde(rename = "gap_ms", with = "millis")]
    pub gap: Duration,
    /// What happens to a start that could not take place.
    pub missed: MissedRule,
    /// Whether the chime opens it.
    pub chime: bool,
}

/// An approved bulletin as the station needs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bulletin {
    /// What the screen and the log call it.
    pub title: String,
    /// How urgent it is.
    pub class: Class,
    /// The campaign that it belongs to.
    #[serde(default)]
    pub topic: Option<String>,
    /// One per language.
    pub recordings: Vec<Spoken>,
    /// From then on it no longer airs.
    #[serde(default, rename = "valid_until_ms")]
    pub valid_until: Option<WallTime>,
}

/// A recording in one language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spoken {
    /// The language that is spoken.
    pub language: Language,
    /// The sound.
    #[serde(flatten)]
    pub sound: Sound,
}

/// A recording's content: Ogg Opus, mono, 48 kHz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sound {
    /// SHA-256 of the bytes.
    pub hash: ContentHash,
    /// How many bytes.
    pub size_bytes: u64,
    /// How long it sounds.
    #[serde(rename = "duration_ms", with = "millis")]
    pub duration: Duration,
}

/// The three classes of the field (Circular 39/2020/TT-BTTTT); a later one is more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Thông thường: waits for its turn.
    Ordinary,
    /// Ưu tiên: first in the queue, interrupts nothing.
    Priority,
    /// Khẩn cấp: before all others. Quiet hours hold for it as for every cue of a programme; only
    /// an order of its own ([`crate::emergency`], [`crate::standby`]) breaks them.
    Emergency,
}

/// What happens to a start that could not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MissedRule {
    /// Only at that time.
    OnlyThen,
    /// When power is back, until this time of the same day.
    Until {
        /// Local civil time.
        until: Time,
    },
    /// The village head is asked, until the end of the day.
    AskHead,
}

impl MissedRule {
    /// When power is back, however late in the day.
    pub const AT_ANY_TIME: Self = Self::Until {
        until: Time::constant(23, 59, 59, 0),
    };
}

/// The daily span in which no cue of a programme may sound, of whatever class: from `from` up to,
/// not including, `until`. It wraps over midnight when `until` is earlier; equal ends mean no quiet
/// hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Local civil time of the start.
    pub from: Time,
    /// Local civil time of the end.
    pub until: Time,
}

impl Default for QuietHours {
    /// 21:00 to 05:30: the evening end of the day in the noise rule QCVN 26:2010/BTNMT, and the
    /// earliest morning slot that draws no complaints.
    fn default() -> Self {
        Self {
            from: Time::constant(21, 0, 0, 0),
            until: Time::constant(5, 30, 0, 0),
        }
    }
}

impl QuietHours {
    /// No quiet hours at all.
    pub const NONE: Self = Self {
        from: Time::constant(0, 0, 0, 0),
        until: Time::constant(0, 0, 0, 0),
    };

    /// Whether the civil time lies inside.
    pub fn contains(&self, time: Time) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// A spoken language, as a tag of BCP 47 (RFC 5646): `vi`, `pcc` (Giáy), `mww` (Mông), `ium` (Dao).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

/// A text that is not a language tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language tag: two or three small letters, as in vi or pcc")]
pub struct ParseLanguageError(String);

impl Language {
    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Language {
    type Err = ParseLanguageError;
    fn from_str(text: &str) -> Result<Self, ParseLanguageError> {
        let fits = (2..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseLanguageError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Language {
    type Error = ParseLanguageError;
    fn try_from(text: String) -> Result<Self, ParseLanguageError> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> String {
        language.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The recordings that are ready on a station.
pub type ReadySet = BTreeSet<ContentHash>;
