//! What an entry says in words: a label for each field, a title for each name. Scripts read entries
//! as they are kept.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use programme::ids::BroadcastId;
use programme::rule::Rule;
use programme::timetable::{Holiday, Season};
use programme::units::Decibels;
use serde_json::{Map, Value};

use super::entries::Entry;
use crate::areas::area::QuietSpan;
use crate::areas::sessions::Sessions;
use crate::areas::timetable_words as of_year;
use crate::areas::tree;
use crate::broadcasts::{broadcast, words};
use crate::bulletins::bulletin;
use crate::database::Connection;
use crate::stations::loudness;
use crate::web::errors::Result;
use crate::web::language::Titled;
use crate::web::shell::Shell;

/// What things are done to: each verb begins with one of them.
pub const KINDS: [&str; 19] = [
    "bulletin",
    "recording",
    "request",
    "broadcast",
    "airing",
    "emergency",
    "standby",
    "stop",
    "station",
    "alarm",
    "bundle",
    "listen",
    "area",
    "person",
    "invitation",
    "role",
    "session",
    "token",
    "server",
];

/// What tells bytes, journals and forms apart is for scripts, and says nothing to a person.
const FOR_SCRIPTS: [&str; 4] = ["hash", "journal", "key", "part"];

/// The titles of what entries name.
#[derive(Debug, Default)]
pub struct Names {
    /// By the name of an area, a person, an invitation, a recording, a request, a bulletin, a
    /// broadcast or a station.
    titles: BTreeMap<String, String>,
    languages: Vec<Titled>,
    kinds: Vec<Titled>,
    topics: Vec<Titled>,
}

impl Names {
    /// The names in `entries`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(connection: &mut Connection, entries: &[Entry]) -> Result<Self> {
        let mut names = Self {
            titles: BTreeMap::new(),
            languages: tree::spoken_languages(connection).await?,
            kinds: tree::kinds(connection).await?,
            topics: bulletin::topics(connection).await?,
        };
        for entry in entries {
            let mut found = vec![entry.subject.clone()];
            found.extend(entry.fields().values().flat_map(texts));
            for name in found {
                if !names.titles.contains_key(&name)
                    && let Some(title) = title(connection, &name).await?
                {
                    names.titles.insert(name, title);
                }
            }
        }
        Ok(names)
    }

    /// The title of what a name names.
    pub fn title(&self, name: &str) -> Option<&str> {
        self.titles.get(name).map(String::as_str)
    }

    /// The fields of an entry, each with its label and in words.
    pub fn details(&self, entry: &Entry, shell: &Shell) -> Vec<(String, String)> {
        let fields = entry.fields();
        let fields = fields
            .iter()
            .filter(|(name, _)| !FOR_SCRIPTS.contains(&name.as_str()));
        let said = fields.map(|(name, value)| {
            let label = shell.say_or("audit-detail", name);
            (label, self.field(name, value, shell))
        });
        said.filter(|(_, text)| !text.is_empty()).collect()
    }

    fn field(&self, name: &str, value: &Value, shell: &Shell) -> String {
        let known = match name {
            "rule" => read::<Rule>(value).map(|rule| words::rule(&rule, None, shell)),
            "seasons" => read::<Vec<Season>>(value).map(|all| {
                let season = |one| of_year::season(one, all.len() == 1, shell);
                listed(all.iter().map(season))
            }),
            "holidays" => {
                read::<Vec<Holiday>>(value).map(|days| listed(days.iter().map(of_year::holiday)))
            }
            "quiet_hours" => read::<QuietSpan>(value).map(|quiet| {
                let (from, until) = (quiet.from.strftime("%H:%M"), quiet.until.strftime("%H:%M"));
                format!("{from}–{until}")
            }),
            "sessions" => read::<Sessions>(value).map(|own| {
                let hours = [own.morning, own.evening].map(|one| {
                    let (from, until) = (one.from.strftime("%H:%M"), one.until.strftime("%H:%M"));
                    format!("{from}–{until}")
                });
                let most = own.most_minutes.to_string();
                let limit = shell.say1("areas-session-limit", "minutes", most);
                listed(hours.into_iter().chain([limit]))
            }),
            "start" => read::<DateTime>(value).map(|at| at.strftime("%d/%m/%Y %H:%M").to_string()),
            "duration_ms" | "from_ms" | "until_ms" => value
                .as_u64()
                .map(|ms| words::span(Duration::from_millis(ms), shell)),
            "made_at_ms" | "expires_at_ms" => value.as_i64().map(|ms| shell.when_ms(&ms)),
            "valid_until_day" | "due_day" => {
                read::<Date>(value).map(|day| day.strftime("%d/%m/%Y").to_string())
            }
            "volume_db" => value.as_f64().map(|volume| decibels(volume, shell)),
            "class_volume_db" => read::<BTreeMap<String, f64>>(value).map(|classes| {
                let said = |(class, volume): (&String, &f64)| {
                    let class = shell.say_or("class", class);
                    format!("{class}: {}", decibels(*volume, shell))
                };
                listed(classes.iter().map(said))
            }),
            "class" => value.as_str().map(|class| shell.say_or("class", class)),
            "language" | "languages" => Some(titled(value, &self.languages, shell)),
            // Each stands with the hash of its content.
            "recordings" => read::<Vec<(Value, Value)>>(value).map(|spoken| {
                let languages = spoken.into_iter().map(|(language, _)| language).collect();
                titled(&Value::Array(languages), &self.languages, shell)
            }),
            "topic" => value
                .as_str()
                .map(|code| shell.title_of(&self.topics, code)),
            "kind" => value.as_str().map(|code| {
                let place = self.kinds.iter().find(|kind| kind.code == code);
                place.map_or_else(
                    || shell.say_or("audit-value", code),
                    |kind| shell.title(kind).to_owned(),
                )
            }),
            "role" | "heard" => value.as_str().map(|name| shell.say_or("audit-value", name)),
            _ => None,
        };
        known.unwrap_or_else(|| self.text(value, shell))
    }

    fn text(&self, value: &Value, shell: &Shell) -> String {
        match value {
            Value::Null => String::new(),
            Value::Bool(yes) => shell.say_or("audit-value", &yes.to_string()),
            Value::Number(number) => number.to_string(),
            Value::String(text) => self.title(text).unwrap_or(text).to_owned(),
            Value::Array(values) => listed(values.iter().map(|value| self.text(value, shell))),
            Value::Object(fields) => listed(fields.iter().map(|(name, value)| {
                let label = shell.say_or("audit-detail", name);
                format!("{label}: {}", self.field(name, value, shell))
            })),
        }
    }
}

impl Entry {
    /// Its fields by their names.
    fn fields(&self) -> Map<String, Value> {
        // What an earlier release wrote differently is left to scripts.
        serde_json::from_str(&self.detail).unwrap_or_default()
    }
}

fn decibels(volume: f64, shell: &Shell) -> String {
    loudness::in_words(&Decibels(volume as f32), shell)
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

fn titled(codes: &Value, titles: &[Titled], shell: &Shell) -> String {
    listed(texts(codes).iter().map(|code| shell.title_of(titles, code)))
}

fn listed(texts: impl Iterator<Item = String>) -> String {
    texts
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// The texts in a value: itself, or those of a list.
fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().map(Vec::as_slice);
    let values = list.unwrap_or_else(|| std::slice::from_ref(value));
    values
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// What people call the thing that a name names, if it is a name.
async fn title(connection: &mut Connection, name: &str) -> Result<Option<String>> {
    let sql = match name.split_once('_').map_or("", |(kind, _)| kind) {
        "are" => "SELECT name FROM areas WHERE id = $1",
        "per" => "SELECT full_name FROM people WHERE id = $1",
        "inv" => "SELECT full_name FROM invitations WHERE id = $1",
        "rec" => "SELECT file_name FROM recordings WHERE id = $1",
        "req" => "SELECT title FROM requests WHERE id = $1",
        "bul" => "SELECT title FROM bulletins WHERE id = $1",
        "sta" => "SELECT name FROM stations WHERE id = $1",
        "bro" => {
            let Ok(id) = name.parse::<BroadcastId>() else {
                return Ok(None);
            };
            let titles = broadcast::titles(connection, &id).await?;
            return Ok(Some(titles).filter(|titles| !titles.is_empty()));
        }
        _ => return Ok(None),
    };
    let found: Option<(String,)> = sqlx::query_as(sql)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(found.map(|(title,)| title))
}
