//! Bundles onto a stick: recordings first, then the bundles that name them, and the index last.
//!
//! Each file comes to its name whole, so that a stick that was pulled out half-way is gone on with.
//! What no bundle on it names any more is removed, for sticks are small.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Context;
use programme::bundle::{
    FOLDER, INDEX, Indexed, RECORDINGS, STATIONS, StationBundle, recording_file,
};
use programme::ids::ContentHash;
use programme::signed::{Envelope, Verified};
use recordings::durable;

use super::journeys;
use super::make::{self, Made};
use crate::audit::Author;
use crate::objects::Key;
use crate::state::State;
use crate::stations::station::Station;

/// What an export did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The villages, each with the generation of its programme.
    pub villages: Vec<(String, i64)>,
    /// Recordings that were written.
    pub written: usize,
    /// Recordings that were there already.
    pub kept: usize,
}

/// Writes the bundles of `stations` into the folder `loaban` of `stick`. Begun again after it was
/// cut off, it goes on.
///
/// # Errors
/// The stick or the store failed; what was written is there.
pub async fn export(
    state: &State,
    author: &Author,
    stations: &[Station],
    stick: &Path,
) -> anyhow::Result<Exported> {
    let made = make::bundles(state, stations).await?;
    let folder = stick.join(FOLDER);
    for below in [STATIONS, RECORDINGS] {
        let below = folder.join(below);
        let cannot = || format!("make {}", below.display());
        durable::make_folder(&below).with_context(cannot)?;
        durable::sweep(&below).with_context(cannot)?;
    }
    let index = folder.join(INDEX);
    durable::remove(&index).context("begin the copying")?;
    let (mut written, mut kept) = (0, 0);
    for one in make::recordings(&made) {
        let place = folder.join(recording_file(&one.hash));
        if durable::examine(&place).is_ok_and(|there| there.hash == one.hash) {
            kept += 1;
            continue;
        }
        let copied = state
            .objects
            .copy_out(&Key::Recording(one.hash), &place)
            .await;
        copied.with_context(|| format!("copy a recording to {}", place.display()))?;
        written += 1;
    }
    for one in &made {
        let place = folder.join(one.file());
        durable::write(&place, &one.text).with_context(|| format!("write {}", place.display()))?;
    }
    let (stations, named) = on_it(state, &folder)?;
    remove_unnamed(&folder.join(RECORDINGS), &named)?;
    durable::write(&index, &make::index(state, stations)?).context("finish the copying")?;
    journeys::note_made(state, author, &made).await?;
    let village = |one: Made| (one.area_name, one.generation);
    Ok(Exported {
        villages: made.into_iter().map(village).collect(),
        written,
        kept,
    })
}

/// Every bundle of ours on the stick, also of an earlier export, and the recordings that they name.
fn on_it(state: &State, folder: &Path) -> anyhow::Result<(Vec<Indexed>, BTreeSet<ContentHash>)> {
    let key = state.signing_key.verifying_key();
    let (mut stations, mut named) = (Vec::new(), BTreeSet::new());
    for file in fs::read_dir(folder.join(STATIONS)).context("read the stick")? {
        let text = fs::read(file.context("read the stick")?.path());
        let text = text.context("read the stick")?;
        let envelope = serde_json::from_slice::<Envelope>(&text);
        let bundle = envelope.map(|envelope| Verified::<StationBundle>::open(&envelope, &key));
        // Another server's, or torn: it is neither ours to name nor ours to remove.
        let Ok(Ok(bundle)) = bundle else {
            continue;
        };
        let programme = bundle.programme(&key, 0);
        let generation = programme.map_or(0, |programme| programme.get().generation);
        let bundle = bundle.into_inner();
        named.extend(bundle.recordings.iter().map(|one| one.hash));
        stations.push(Indexed {
            station: bundle.station,
            area_name: bundle.area_name,
            generation,
        });
    }
    stations.sort_by(|one, other| one.area_name.cmp(&other.area_name));
    Ok((stations, named))
}

fn remove_unnamed(folder: &Path, named: &BTreeSet<ContentHash>) -> anyhow::Result<()> {
    for file in fs::read_dir(folder).context("read the stick")? {
        let path = file.context("read the stick")?.path();
        let hash = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        let ours = path.extension().is_some_and(|ending| ending == "opus");
        if ours && hash.is_some_and(|hash| !named.contains(&hash)) {
            durable::remove(&path).context("remove what no bundle names any more")?;
        }
    }
    Ok(())
}
