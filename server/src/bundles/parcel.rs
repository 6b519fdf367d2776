//! As-run that comes back by hand: the same lines as over the network, held to the same chain.

use std::fs;
use std::path::{Path, PathBuf};

use programme::bundle::{AS_RUN, FILE_BYTES_MAX, FOLDER, Parcel};
use programme::signed::{Refusal, parse_key};

use super::journeys;
use crate::areas::area::{self, Area};
use crate::as_run::store;
use crate::audit::Author;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::station::{self, Station};
use crate::web::errors::{Error, Result};

/// What came of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The station.
    pub station: String,
    /// Its village.
    pub village: String,
    /// Lines that were new.
    pub new_lines: u64,
    /// Lines that were there already.
    pub known_lines: u64,
    /// Lines that wait for those before them, which another stick carries.
    pub waiting_lines: u64,
}

/// Reads a parcel.
///
/// # Errors
/// 422 for what is none, or a later release's.
pub fn read(text: &[u8]) -> Result<Parcel> {
    Parcel::read(text).map_err(|refusal| {
        let why = if let Refusal::Unreadable(why) = refusal {
            why
        } else {
            refusal.to_string()
        };
        Error::invalid("error-parcel-unreadable").with("why", why)
    })
}

/// Takes a parcel that a person brings, who must be allowed to carry for its village.
///
/// # Errors
/// 403 or 404 for another village, and as [`take`].
pub async fn take_from(state: &State, actor: &Actor, parcel: &Parcel) -> Result<Taken> {
    let (station, area) = whose(state, parcel).await?;
    actor.require(Right::Carry, &area)?;
    keep(state, &Author::from(actor), parcel, &station, &area).await
}

/// Takes a parcel. Brought again it changes nothing.
///
/// # Errors
/// 404 for the station of another server; 409 for lines that do not fit what is stored, or were
/// altered on the way.
pub async fn take(state: &State, author: &Author, parcel: &Parcel) -> Result<Taken> {
    let (station, area) = whose(state, parcel).await?;
    keep(state, author, parcel, &station, &area).await
}

async fn whose(state: &State, parcel: &Parcel) -> Result<(Station, Area)> {
    let mut connection = state.database.read().await?;
    let station = match station::find(&mut connection, &parcel.station).await {
        Err(Error::Refused(_)) => return Err(Error::conflict("error-parcel-foreign")),
        station => station?,
    };
    let area = area::find(state, &mut connection, &station.area).await?;
    Ok((station, area))
}

async fn keep(
    state: &State,
    author: &Author,
    parcel: &Parcel,
    station: &Station,
    area: &Area,
) -> Result<Taken> {
    let mut taken = Taken {
        station: station.name.clone(),
        village: area.name.clone(),
        new_lines: 0,
        known_lines: 0,
        waiting_lines: 0,
    };
    for batch in &parcel.batches {
        let lines = batch.lines.len() as u64;
        let kept = store::keep_by_hand(state, station, batch).await?;
        taken.new_lines += kept.new_lines;
        match kept.waits {
            true => taken.waiting_lines += lines,
            false => taken.known_lines += lines.saturating_sub(kept.new_lines),
        }
    }
    let mut connection = state.database.read().await?;
    let word = match own_key(&mut connection, station).await? {
        // A PC that was replaced meanwhile says nothing of the one that is the station now.
        Some(key) => parcel.word(&key).ok(),
        None => None,
    };
    drop(connection);
    let word = word.as_ref().map(|word| word.get());
    journeys::note_returned(state, author, station, taken.new_lines, word).await?;
    Ok(taken)
}

async fn own_key(
    connection: &mut Connection,
    station: &Station,
) -> Result<Option<ed25519_dalek::VerifyingKey>> {
    let (key,): (Option<String>,) = sqlx::query_as("SELECT key FROM stations WHERE id = $1")
        .bind(station.id.as_str())
        .fetch_one(connection)
        .await?;
    Ok(key.and_then(|key| parse_key(&key).ok()))
}

/// The parcels on a stick, or in one file.
///
/// # Errors
/// There are none, or it cannot be read.
pub fn on(stick: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if stick.is_file() {
        return Ok(vec![stick.to_owned()]);
    }
    let places = [stick.join(FOLDER).join(AS_RUN), stick.join(AS_RUN)];
    let Some(folder) = places.iter().find(|place| place.is_dir()) else {
        anyhow::bail!(
            "there is no as-run on {}: the village PC writes it into {FOLDER}/{AS_RUN} when the \
             stick is plugged in there",
            stick.display()
        );
    };
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file that may be anything, if it is not longer than parcels are.
///
/// # Errors
/// 422 for a file that is too long or no parcel; it cannot be read.
pub fn open(path: &Path) -> Result<Parcel> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        let why = format!("longer than {FILE_BYTES_MAX} bytes");
        return Err(Error::invalid("error-parcel-unreadable").with("why", why));
    }
    read(&fs::read(path)?)
}
