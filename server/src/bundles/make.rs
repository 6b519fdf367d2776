//! Puts a bundle together: what a station would be told if it could ask.

use std::collections::BTreeMap;

use programme::bundle::{
    BUNDLE_FORMAT_VERSION, Carried, Index, Indexed, Receipt, StationBundle, station_file,
};
use programme::ids::ContentHash;

use crate::areas::area;
use crate::as_run::journal;
use crate::emergencies::emergency;
use crate::programmes::publish;
use crate::state::State;
use crate::stations::station::Station;
use crate::web::errors::{Error, Result};

/// A bundle that is ready to be written.
#[derive(Debug, Clone)]
pub struct Made {
    /// The station.
    pub station: Station,
    /// Its village.
    pub area_name: String,
    /// The generation of the programme in it.
    pub generation: i64,
    /// The signed bundle as it lies on the stick.
    pub text: Vec<u8>,
    /// The recordings that lie beside it.
    pub recordings: Vec<Carried>,
}

/// Puts the bundle of `station` together. What is to be published is published first.
///
/// # Errors
/// 404 for a station that is closed and was never published to; the database failed.
pub async fn bundle(state: &State, station: &Station) -> Result<Made> {
    publish::to_station(state, &station.id).await?;
    let mut connection = state.database.read().await?;
    let published = publish::latest(&mut connection, &station.id).await?;
    let published = published.ok_or_else(Error::not_found)?;
    let area = area::find(state, &mut connection, &station.area).await?;
    let now = state.now();
    let told = emergency::told(&mut connection, &station.area, now).await?;
    let receipt = Receipt {
        station: station.id.clone(),
        issued_at: now,
        journals: journal::stored_of(&mut connection, &station.id).await?,
    };
    drop(connection);
    let programme = published.programme()?;
    let named = programme.recordings().into_iter();
    let heard = told.iter().flat_map(|kept| kept.word.recordings());
    let sizes: BTreeMap<ContentHash, u64> = named
        .chain(heard)
        .map(|(hash, sound)| (hash, sound.size_bytes))
        .collect();
    let recordings: Vec<Carried> = sizes
        .into_iter()
        .map(|(hash, size_bytes)| Carried { hash, size_bytes })
        .collect();
    let bundle = StationBundle {
        format_version: BUNDLE_FORMAT_VERSION,
        must_understand: Vec::new(),
        station: station.id.clone(),
        area_name: area.name.clone(),
        issued_at: now,
        programme: serde_json::from_str(&published.envelope)?,
        etag: Some(published.etag),
        emergencies: told.into_iter().map(|kept| kept.envelope).collect(),
        receipt: receipt.sign(&state.signing_key)?,
        recordings: recordings.clone(),
    };
    Ok(Made {
        station: station.clone(),
        area_name: area.name,
        generation: published.generation,
        text: serde_json::to_vec(&bundle.sign(&state.signing_key)?)?,
        recordings,
    })
}

/// The bundles of all `stations`.
///
/// # Errors
/// As [`bundle`].
pub async fn bundles(state: &State, stations: &[Station]) -> Result<Vec<Made>> {
    let mut made = Vec::new();
    for station in stations {
        made.push(bundle(state, station).await?);
    }
    Ok(made)
}

/// Every recording of the bundles, each once.
pub fn recordings(made: &[Made]) -> Vec<Carried> {
    let all = made.iter().flat_map(|one| &one.recordings);
    let each: BTreeMap<_, _> = all.map(|one| (one.hash, *one)).collect();
    each.into_values().collect()
}

/// What says which bundles lie there.
///
/// # Errors
/// It cannot be written as JSON.
pub fn index(state: &State, stations: Vec<Indexed>) -> Result<Vec<u8>> {
    let index = Index {
        format_version: BUNDLE_FORMAT_VERSION,
        written_at: state.now(),
        stations,
    };
    Ok(serde_json::to_vec_pretty(&index)?)
}

impl Made {
    /// Its line in the index.
    pub fn indexed(&self) -> Indexed {
        Indexed {
            station: self.station.id.clone(),
            area_name: self.area_name.clone(),
            generation: self.generation.unsigned_abs(),
        }
    }

    /// Where it lies on the stick, below the folder of all.
    pub fn file(&self) -> String {
        station_file(&self.station.id)
    }
}
