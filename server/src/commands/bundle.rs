//! `bundle …`: sticks for villages without internet, and what comes back on them.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::areas;
use crate::audit::Author;
use crate::bundles::export;
use crate::bundles::parcel::{self, Taken};
use crate::bundles::plain;
use crate::state::State;
use crate::stations::station::{self, Station};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write programmes and recordings onto a stick. Begun again after it was cut off, it goes on.
    Export {
        /// The stick.
        folder: PathBuf,
        /// The stations of this area and all below it: its name or id. May be given several times;
        /// all stations unless an area or a station is given.
        #[arg(long, value_name = "NAME")]
        area: Vec<String>,
        /// One station: its name or id. May be given several times.
        #[arg(long, value_name = "NAME")]
        station: Vec<String>,
    },
    /// Take in the as-run that a stick brings back. Brought again it changes nothing.
    Import {
        /// The stick, or one file of it.
        folder: PathBuf,
    },
    /// Write what a village airs as plain WAV files, for an amplifier that plays from a stick.
    Plain {
        /// The stick.
        folder: PathBuf,
        /// The station: its name or id.
        #[arg(long, value_name = "NAME")]
        station: String,
        /// So many days from today on.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=92))]
        days: u16,
    },
}

pub(super) async fn obey(state: &State, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Export {
            folder,
            area,
            station,
        } => {
            let stations = chosen(state, &area, &station).await?;
            let author = Author::command_line();
            let done = export::export(state, &author, &stations, &folder).await?;
            for (village, generation) in &done.villages {
                println!("{village}: programme {generation}");
            }
            let (written, kept) = (done.written, done.kept);
            println!("{written} recordings were written, {kept} were there already");
        }
        Command::Import { folder } => import(state, &folder).await?,
        Command::Plain {
            folder,
            station,
            days,
        } => {
            let station = named(state, &station).await?;
            let done = plain::plain(state, &station, days, &folder).await?;
            let (files, starts) = (done.files, done.starts);
            println!("{files} files for {starts} starts; README.txt says which one plays when");
        }
    }
    Ok(())
}

async fn import(state: &State, folder: &std::path::Path) -> anyhow::Result<()> {
    let mut refused = 0;
    for file in parcel::on(folder)? {
        let taken = match parcel::open(&file) {
            Ok(parcel) => parcel::take(state, &Author::command_line(), &parcel).await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(taken) => println!("{}", in_words(&taken)),
            Err(error) => {
                refused += 1;
                let why = super::in_words(&error.into());
                println!("{}: {why}", file.display());
            }
        }
    }
    match refused {
        0 => Ok(()),
        count => bail!("{count} files were refused; the others were taken in"),
    }
}

fn in_words(taken: &Taken) -> String {
    let Taken {
        station, village, ..
    } = taken;
    let (new, known) = (taken.new_lines, taken.known_lines);
    let waiting = match taken.waiting_lines {
        0 => String::new(),
        count => format!(", {count} wait for lines before them: bring the earlier stick"),
    };
    format!("{village} ({station}): {new} new lines, {known} were here already{waiting}")
}

/// The stations that are meant, each once.
async fn chosen(
    state: &State,
    areas: &[String],
    stations: &[String],
) -> anyhow::Result<Vec<Station>> {
    let mut chosen: Vec<Station> = Vec::new();
    for name in areas {
        let area = areas::named(state, name).await?;
        let mut connection = state.database.read().await?;
        chosen.extend(station::below(&mut connection, &area.id).await?);
    }
    for name in stations {
        chosen.push(named(state, name).await?);
    }
    if areas.is_empty() && stations.is_empty() {
        chosen = all(state).await?;
    }
    chosen.sort_by(|one, other| one.id.cmp(&other.id));
    chosen.dedup_by(|one, other| one.id == other.id);
    if chosen.is_empty() {
        bail!("there is no station there; an administrator adds one on the panel (Trạm)");
    }
    Ok(chosen)
}

async fn all(state: &State) -> anyhow::Result<Vec<Station>> {
    let mut connection = state.database.read().await?;
    let mut found = Vec::new();
    for id in station::all(&mut connection).await? {
        found.push(station::find(&mut connection, &id).await?);
    }
    Ok(found)
}

/// The open station with this id or, if only one has it, this name.
async fn named(state: &State, name: &str) -> anyhow::Result<Station> {
    let fits =
        |one: &Station| one.id.as_str() == name || one.name.to_lowercase() == name.to_lowercase();
    let mut found: Vec<_> = all(state).await?.into_iter().filter(fits).collect();
    match found.len() {
        0 => bail!("there is no station {name:?}; the panel lists them (Trạm)"),
        1 => found.pop().context("a station"),
        _ => bail!("several stations are called {name:?}: use the id in its address on the panel"),
    }
}
