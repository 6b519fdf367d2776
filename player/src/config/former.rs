//! What the player was told when it was last understood. It is kept beside the state, so that a
//! line that somebody changed and nobody understands does not silence the village at the next
//! start.

use std::path::{Path, PathBuf};

use anyhow::Context;
use recordings::durable;
use toml::{Table, Value};
use tracing::warn;

use super::{MANUAL, Origin, PREFIX, Settings, set_from_text, understood};
use crate::plain::plain;

/// The file in the state folder.
const KEPT: &str = "settings.toml";

/// What people read who find it.
const HEAD: &str = "# What this player understood last. It writes this file itself, and goes on \
                    with it when its\n# configuration is not understood.\n";

/// Where the state folder stands in a configuration.
const STATE_DIR: &str = "state_dir";

/// The environment in which systemd names the state folder of a service.
const SERVICE_FOLDER: &str = "STATE_DIRECTORY";

/// What else a run is told beside its file.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Names of the environment with their values.
    pub environment: Vec<(String, String)>,
    /// Keys with the texts of the command line.
    pub options: Vec<(&'static str, String)>,
}

impl Beside {
    /// Each key that is told, with its text; what is told later comes later.
    fn pairs(&self) -> impl DoubleEndedIterator<Item = (String, &str)> {
        let environment = self.environment.iter().filter_map(|(name, text)| {
            let key = name.strip_prefix(PREFIX)?.to_lowercase();
            Some((key, text.as_str()))
        });
        let options = self.options.iter();
        environment.chain(options.map(|(key, text)| ((*key).to_owned(), text.as_str())))
    }
}

/// What was understood last, or the defaults, after `file` and what stands `beside` it were refused
/// for a reason.
///
/// # Errors
/// The manual cannot be read, which a test forbids.
pub fn former(
    file: Option<&Path>,
    beside: &Beside,
    refused: &anyhow::Error,
) -> anyhow::Result<Settings> {
    let defaults: Table = MANUAL.parse().context("read the defaults")?;
    let folder = state_folder(&places(file, beside, &defaults));
    let in_folder = |mut table: Table| {
        let folder = folder.to_string_lossy().into_owned();
        table.insert(STATE_DIR.to_owned(), Value::String(folder));
        table
    };
    let kept = kept(&folder, &defaults).map(in_folder);
    let defaults = in_folder(defaults);
    // What this run was told beside its file holds where it makes sense by itself.
    let candidates = kept.into_iter().chain([defaults.clone()]);
    let candidates = candidates.flat_map(|table| [overlaid(&table, beside), table]);
    let mut settings = candidates.filter_map(|t| understood(&t).ok());
    let mut settings = settings.next().context("read the defaults")?;
    settings.origin = Origin::Former(plain(&format!("{refused:#}")).into_owned());
    Ok(settings)
}

impl Settings {
    /// Keeps what was understood, unless it is kept already. A disk that takes nothing is told
    /// elsewhere. Blocks.
    pub fn keep(&self) {
        let Origin::Told(text) = &self.origin else {
            return;
        };
        let (place, text) = (self.state_dir.join(KEPT), format!("{HEAD}{text}"));
        if std::fs::read_to_string(&place).is_ok_and(|kept| kept == text) {
            return;
        }
        if let Err(error) = durable::write(&place, text.as_bytes()) {
            warn!("the settings are not kept in {}: {error}", place.display());
        }
    }

    /// Why what the player is told now was refused, where these settings are former ones.
    pub fn refused(&self) -> Option<&String> {
        match &self.origin {
            Origin::Told(_) => None,
            Origin::Former(why) => Some(why),
        }
    }
}

/// Where the state folder may be, the likeliest first.
fn places(file: Option<&Path>, beside: &Beside, defaults: &Table) -> Vec<PathBuf> {
    let told = beside.pairs().rev().filter(|(key, _)| key == STATE_DIR);
    let told = told.map(|(_, text)| PathBuf::from(text));
    let service = beside.environment.iter();
    let service = service.filter(|(name, _)| name == SERVICE_FOLDER);
    let service = service.filter_map(|(_, text)| Some(PathBuf::from(text.split(':').next()?)));
    let default = folder_in(defaults);
    let in_file = file.and_then(folder_of_file);
    told.chain(in_file).chain(service).chain(default).collect()
}

/// The first of `places` where something was kept, or that is there.
fn state_folder(places: &[PathBuf]) -> PathBuf {
    let kept = places.iter().find(|place| place.join(KEPT).exists());
    let there = || places.iter().find(|place| place.is_dir());
    let found = kept.or_else(there).or_else(|| places.first());
    found.cloned().unwrap_or_default()
}

/// The state folder that a file names which is not understood as a whole.
fn folder_of_file(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read(file).ok()?;
    let text = String::from_utf8_lossy(&text);
    let whole = text.parse::<Table>().ok();
    let in_line = |line: &str| folder_in(&line.parse().ok()?);
    whole
        .as_ref()
        .and_then(folder_in)
        .or_else(|| text.lines().find_map(in_line))
}

fn folder_in(table: &Table) -> Option<PathBuf> {
    let folder = table.get(STATE_DIR)?.as_str()?;
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

/// What is kept in `folder`, over the defaults: another release may have known other keys.
fn kept(folder: &Path, defaults: &Table) -> Option<Table> {
    let text = std::fs::read_to_string(folder.join(KEPT)).ok()?;
    let kept: Table = text.parse().ok()?;
    let mut table = defaults.clone();
    for (key, value) in kept {
        if let Some(known) = table.get_mut(&key) {
            *known = value;
        }
    }
    Some(table)
}

/// With what stands beside the file, as far as it is understood.
fn overlaid(table: &Table, beside: &Beside) -> Table {
    let mut table = table.clone();
    for (key, text) in beside.pairs().filter(|(key, _)| key != STATE_DIR) {
        let mut other = table.clone();
        if set_from_text(&mut other, &key, text).is_ok() {
            table = other;
        }
    }
    table
}
