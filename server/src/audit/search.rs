//! Looking for something in the trail: by who, what kind, where and when, which the database
//! answers, and by words, which stand on the page and not in the database: "tong xanh" finds what
//! was done in Thôn Tòng Xành.

use programme::zone::Zone;
use serde::Deserialize;

use super::entries::{self, Before, Entry, Meant};
use super::words::{KINDS, Names};
use crate::as_run::day;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::escaped;
use crate::web::plain::ascii;
use crate::web::shell::Shell;

/// Entries in one answer.
pub const PAGE: usize = 50;
/// So many are read at once where words are looked for.
const BATCH: usize = 500;
/// So many are looked at for words in one answer; it says where it stopped.
const LOOKED_AT: usize = 2_000;

/// What somebody looks for, as the query of an address says it. What is empty is not asked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Sought {
    /// The person who acted.
    #[serde(default)]
    pub who: String,
    /// What it was done to: the part of the verb before the dot, such as `bulletin`.
    #[serde(default)]
    pub kind: String,
    /// An area, with everything below it.
    #[serde(default)]
    pub area: String,
    /// The first day, such as `2026-11-23`, in the commune's time zone.
    #[serde(default)]
    pub from: String,
    /// The last day.
    #[serde(default)]
    pub until: String,
    /// Words of the entry as the page says it, with or without their accents.
    #[serde(default)]
    pub text: String,
    /// The moment of the entry with which the answer before ended.
    pub before_ms: Option<i64>,
    /// Its name.
    #[serde(default)]
    pub before: String,
}

/// An entry in words.
#[derive(Debug)]
pub struct Row {
    /// As it is kept.
    pub entry: Entry,
    /// When.
    pub when: String,
    /// Who did it: the person as they are called today, or what else acted.
    pub author: String,
    /// What was done.
    pub what: String,
    /// To whom or to what, where that is another than the author; may be empty.
    pub about: String,
    /// What else is known of it, each with its label.
    pub details: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The newest first.
    pub rows: Vec<Row>,
    /// Where reading goes on, unless the trail was read to its beginning.
    pub next: Option<Before>,
}

impl Sought {
    /// What the database is asked for.
    ///
    /// # Errors
    /// 422 for a day that is none, or a kind that there is not.
    pub fn meant(&self, state: &State) -> Result<Meant> {
        if !self.kind.is_empty() && !KINDS.contains(&self.kind.as_str()) {
            return Err(Error::invalid("error-audit-kind").with("kind", &self.kind));
        }
        let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
        let span = |text: &str| {
            let wrong = || Error::invalid("error-audit-day").with("day", text);
            let day = text.parse().map_err(|_| wrong())?;
            day::bounds(&zone, day).ok_or_else(wrong)
        };
        let from_ms = match self.from.as_str() {
            "" => i64::MIN,
            from => span(from)?.0.as_millis(),
        };
        let until_ms = match self.until.as_str() {
            "" => i64::MAX,
            until => span(until)?.1.as_millis(),
        };
        if from_ms > until_ms {
            return Err(Error::invalid("error-audit-days-turned"));
        }
        Ok(Meant {
            who: self.who.clone(),
            kind: self.kind.clone(),
            area: self.area.clone(),
            from_ms,
            until_ms,
        })
    }

    /// Where the answer begins.
    pub fn begins(&self) -> Before {
        Before {
            at_ms: self.before_ms.unwrap_or(i64::MAX),
            id: self.before.clone(),
        }
    }

    /// Whether anything is looked for, rather than everything read.
    pub fn is_narrow(&self) -> bool {
        let asked = [
            &self.who,
            &self.kind,
            &self.area,
            &self.from,
            &self.until,
            &self.text,
        ];
        asked.iter().any(|text| !text.is_empty())
    }

    /// The same at `path`, going on at `next` or from the newest entry.
    pub fn address(&self, path: &str, next: Option<&Before>) -> String {
        let asked = [
            ("who", &self.who),
            ("kind", &self.kind),
            ("area", &self.area),
            ("from", &self.from),
            ("until", &self.until),
            ("text", &self.text),
        ];
        let asked = asked.iter().filter(|(_, value)| !value.is_empty());
        let mut pairs: Vec<String> = asked
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        if let Some(next) = next {
            let (at_ms, id) = (next.at_ms, escaped(&next.id));
            pairs.push(format!("before_ms={at_ms}&before={id}"));
        }
        match pairs.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{}", pairs.join("&")),
        }
    }
}

/// A page of what is sought.
///
/// # Errors
/// 403 for whoever may read nothing, 422 for what cannot be meant.
pub async fn page(state: &State, actor: &Actor, sought: &Sought, shell: &Shell) -> Result<Found> {
    let most = if sought.text.is_empty() { PAGE } else { BATCH };
    let mut found = Found {
        rows: Vec::new(),
        next: Some(sought.begins()),
    };
    let mut looked_at = 0;
    while let Some(before) = found.next.take() {
        let batch = batch(state, actor, sought, shell, &before, most).await?;
        found.rows.extend(batch.rows);
        found.next = batch.next;
        looked_at += most;
        if found.rows.len() >= PAGE || looked_at >= LOOKED_AT || sought.text.is_empty() {
            break;
        }
    }
    if found.rows.len() > PAGE {
        found.rows.truncate(PAGE);
        found.next = found.rows.last().map(|row| Before::of(&row.entry));
    }
    Ok(found)
}

/// Those of the next `most` entries that are sought.
///
/// # Errors
/// As [`page`].
pub async fn batch(
    state: &State,
    actor: &Actor,
    sought: &Sought,
    shell: &Shell,
    before: &Before,
    most: usize,
) -> Result<Found> {
    let meant = sought.meant(state)?;
    let entries = entries::older(state, actor, &meant, before, most).await?;
    let last = entries.last().filter(|_| entries.len() == most);
    let next = last.map(Before::of);
    let mut connection = state.database.read().await?;
    let names = Names::of(&mut connection, &entries).await?;
    let words = ascii(&sought.text).to_lowercase();
    let rows = entries
        .into_iter()
        .map(|entry| Row::of(entry, &names, shell));
    Ok(Found {
        rows: rows
            .filter(|row| row.says(&words, sought.text.trim()))
            .collect(),
        next,
    })
}

impl Before {
    fn of(entry: &Entry) -> Self {
        Self {
            at_ms: entry.at_ms,
            id: entry.id.clone(),
        }
    }
}

/// Who did something, in words, by the name of a person, the person and what the trail says.
pub fn author(
    (full_name, person, actor): (&Option<String>, &Option<String>, &str),
    shell: &Shell,
) -> String {
    match (full_name, person) {
        (Some(full_name), _) => full_name.clone(),
        (None, Some(_)) => actor.to_owned(),
        (None, None) => shell.say_or("audit-author", actor),
    }
}

impl Row {
    fn of(entry: Entry, names: &Names, shell: &Shell) -> Self {
        let who = (&entry.full_name, &entry.person_id, &*entry.actor);
        let author = author(who, shell);
        let about = match &entry.about {
            Some(about) if *about == author => "",
            Some(about) => about.as_str(),
            None => names.title(&entry.subject).unwrap_or_default(),
        };
        Self {
            when: shell.when_ms(&entry.at_ms),
            what: shell.say_or("audit-verb", &entry.verb),
            about: about.to_owned(),
            details: names.details(&entry, shell),
            author,
            entry,
        }
    }

    /// Its columns, in the order in which a table has them.
    pub fn columns(&self) -> [String; 6] {
        let details = self.details.iter();
        let details: Vec<_> = details
            .map(|(label, text)| format!("{label}: {text}"))
            .collect();
        [
            self.when.clone(),
            self.author.clone(),
            self.what.clone(),
            self.entry.area_name.clone().unwrap_or_default(),
            self.about.clone(),
            details.join("; "),
        ]
    }

    /// Whether it has `words`, which are written as [`ascii`] writes them, or as they were `typed`
    /// where that leaves nothing of them. What people type to sign in finds them too.
    fn says(&self, words: &str, typed: &str) -> bool {
        let said = self.columns().join(" ");
        let names = [&self.entry.actor, &self.entry.subject];
        let said = format!("{said} {} {}", names[0], names[1]);
        if words.is_empty() {
            return said.contains(typed);
        }
        ascii(&said).to_lowercase().contains(words)
    }
}
