//! A plain folder for old amplifiers with a socket for a stick: WAV files with names in ASCII, in
//! the order in which they are to be heard, and a list of the hours. Somebody presses the button.
//!
//! Nothing here is signed, and nothing comes back: what was heard from such an amplifier is on no
//! record.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use jiff::ToSpan;
use programme::day_plan::{Cue, DayPlan, Segment};
use programme::ids::ContentHash;
use programme::programme::Programme;
use programme::zone::Zone;
use recordings::{durable, wav};

use super::names;
use crate::objects::Key;
use crate::programmes::publish;
use crate::state::State;
use crate::stations::station::Station;
use crate::web::plain::ascii;

/// Letters of a name at most: displays show fewer, and FAT knows longer ones.
const LONGEST_NAME: usize = 60;

/// The list of the hours.
const LIST: &str = "README.txt";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// Files of sound.
    pub files: usize,
    /// Starts on the list.
    pub starts: usize,
}

/// A start on the list: when, and what is to be played one after the other.
struct Start {
    at: String,
    files: Vec<String>,
}

/// Writes what `station` airs within `days` into `folder`. Each recording is one file, named after
/// its first start. Files of an earlier time that nothing of this names are removed.
///
/// # Errors
/// The folder or the store failed; a recording cannot be read.
pub async fn plain(
    state: &State,
    station: &Station,
    days: u16,
    folder: &Path,
) -> anyhow::Result<Plain> {
    publish::to_station(state, &station.id).await?;
    let mut connection = state.database.read().await?;
    let published = publish::latest(&mut connection, &station.id).await?;
    drop(connection);
    let published = published.context("nothing is published for this station yet")?;
    let programme = published.programme()?;
    let (files, starts) = planned(state, &programme, days)?;
    durable::make_folder(folder).with_context(|| format!("make {}", folder.display()))?;
    durable::sweep(folder)?;
    remove_earlier(folder, &files)?;
    for (hash, name) in &files {
        convert(state, hash, &folder.join(name))
            .await
            .with_context(|| format!("write {name}"))?;
    }
    let list = list(&programme.area_name, &starts);
    durable::write(&folder.join(LIST), list.as_bytes()).context("write the list")?;
    Ok(Plain {
        files: files.len(),
        starts: starts.len(),
    })
}

/// The name of each recording that is heard from now on, and the starts.
fn planned(
    state: &State,
    programme: &Programme,
    days: u16,
) -> anyhow::Result<(BTreeMap<ContentHash, String>, Vec<Start>)> {
    let zone = Zone::named(&programme.zone)?;
    let now = state.now();
    let today = zone.date(now);
    let mut files = BTreeMap::new();
    let mut starts = Vec::new();
    for day in 0..days {
        let plan = DayPlan::of(programme, today.checked_add(i64::from(day).days())?)?;
        let heard = plan.cues.iter().filter(|cue| cue.obstacle.is_none());
        for cue in heard.filter(|cue| cue.planned >= now) {
            let files = named(programme, cue, &zone, &mut files);
            let at = zone
                .civil(cue.planned)
                .strftime("%d/%m/%Y %H:%M")
                .to_string();
            starts.push(Start { at, files });
        }
    }
    Ok((files, starts))
}

/// The files of one start, each recording once; those that have no name yet are given one.
fn named(
    programme: &Programme,
    cue: &Cue,
    zone: &Zone,
    known: &mut BTreeMap<ContentHash, String>,
) -> Vec<String> {
    let before = zone
        .civil(cue.planned)
        .strftime("%Y-%m-%d_%H%M_")
        .to_string();
    let mut files: Vec<String> = Vec::new();
    for segment in &cue.segments {
        let Segment::Sound {
            hash,
            language: Some(language),
            bulletin: Some(bulletin),
            ..
        } = segment
        else {
            continue;
        };
        let title = programme
            .bulletins
            .get(bulletin)
            .map_or("", |one| one.title.as_str());
        if !known.contains_key(hash) {
            let name = fresh(&before, title, &language.to_string(), known);
            known.insert(*hash, name);
        }
        files.extend(
            known
                .get(hash)
                .filter(|name| !files.contains(name))
                .cloned(),
        );
    }
    files
}

/// A name that no other file has, whatever the case of its letters.
fn fresh(
    before: &str,
    title: &str,
    language: &str,
    known: &BTreeMap<ContentHash, String>,
) -> String {
    let taken = |name: &str| known.values().any(|one| one.eq_ignore_ascii_case(name));
    let mut number = 1_usize;
    loop {
        let after = match number {
            1 => format!("_{language}.wav"),
            _ => format!("_{language}-{number}.wav"),
        };
        let name = names::fitted(before, title, &after, LONGEST_NAME);
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

async fn convert(state: &State, hash: &ContentHash, place: &Path) -> anyhow::Result<()> {
    let opus = state
        .config
        .storage
        .data_dir
        .join(format!("plain-{hash}.opus"));
    state
        .objects
        .copy_out(&Key::Recording(*hash), &opus)
        .await?;
    let (from, hash, to) = (opus.clone(), *hash, place.to_owned());
    let converted = tokio::task::spawn_blocking(move || wav::plain(&from, &hash, &to)).await;
    durable::remove(&opus)?;
    converted??;
    Ok(())
}

/// Whether a name is one that this writes: what people put beside it stays.
fn is_ours(name: &str) -> bool {
    let date = name
        .get(..10)
        .and_then(|date| date.parse::<jiff::civil::Date>().ok());
    date.is_some() && name.get(10..11) == Some("_") && name.ends_with(".wav")
}

fn remove_earlier(folder: &Path, files: &BTreeMap<ContentHash, String>) -> anyhow::Result<()> {
    for file in fs::read_dir(folder)? {
        let file = file?;
        let name = file.file_name().to_string_lossy().into_owned();
        if is_ours(&name) && !files.values().any(|kept| *kept == name) {
            durable::remove(&file.path()).with_context(|| format!("remove {name}"))?;
        }
    }
    Ok(())
}

/// In ASCII, lines ended as old systems want it.
fn list(village: &str, starts: &[Start]) -> String {
    let village = ascii(village);
    let mut text = format!(
        "LOA BAN - {village}\r\n\r\n\
         Phat cac tep sau dung ngay gio. Khong phat trong gio yen lang.\r\n\
         Play these files at these hours. Not in quiet hours.\r\n"
    );
    for start in starts {
        // Writing into a text does not fail.
        let _ = write!(text, "\r\n{}\r\n", start.at);
        for file in &start.files {
            let _ = write!(text, "    {file}\r\n");
        }
    }
    text
}
