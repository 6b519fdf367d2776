//! Sticks, where the system mounts them: found cheaply, and told apart by what they show.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use programme::bundle::{FOLDER, INDEX, STATIONS};

/// How deep below a folder of the configuration a stick is mounted: `/media/PERSON/STICK`.
const DEPTH: usize = 2;

/// Folders that one look goes through at most: an odd disk below `/mnt` must not keep it busy.
const MOST_FOLDERS: usize = 200;

/// A stick, or a copy of one, with something of ours on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stick {
    /// The folder `loaban` on it.
    Folder(PathBuf),
    /// The file that the panel gives, as it is.
    Zip(PathBuf),
}

/// What a stick shows without being read: another mark is another content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    place: (u64, u64),
    changed: (i64, i64),
    length: u64,
}

impl Stick {
    /// What is at `place`: a stick, its folder, or a file.
    pub fn at(place: &Path) -> Option<Self> {
        if place.is_file() {
            return Some(Self::Zip(place.to_owned()));
        }
        if place.join(STATIONS).is_dir() {
            return Some(Self::Folder(place.to_owned()));
        }
        Self::on(place)
    }

    /// What is on the stick that is mounted at `place`. The folder counts more than a file.
    fn on(place: &Path) -> Option<Self> {
        let folder = place.join(FOLDER);
        if folder.join(STATIONS).is_dir() {
            return Some(Self::Folder(folder));
        }
        let files = fs::read_dir(place).ok()?.flatten();
        let zips = files.filter(|file| {
            let name = file.file_name().to_string_lossy().to_lowercase();
            name.starts_with(FOLDER) && name.ends_with(".zip")
        });
        let newest = zips.max_by_key(|file| file.metadata().map(|seen| seen.mtime()).ok());
        newest.map(|file| Self::Zip(file.path()))
    }

    /// Where it is.
    pub fn place(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Zip(path) => path,
        }
    }

    /// The folder `loaban` on it, in which the as-run goes back; a file has it beside it.
    pub fn folder(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.clone(),
            Self::Zip(file) => beside(file).join(FOLDER),
        }
    }

    /// What it shows, if it is there.
    fn mark(&self) -> Option<Mark> {
        let seen = match self {
            Self::Folder(folder) => {
                fs::metadata(folder.join(INDEX)).or_else(|_| fs::metadata(folder.join(STATIONS)))
            }
            Self::Zip(file) => fs::metadata(file),
        };
        seen.ok().map(|seen| Mark::of(&seen))
    }
}

impl Mark {
    fn of(seen: &Metadata) -> Self {
        Self {
            place: (seen.dev(), seen.ino()),
            changed: (seen.mtime(), seen.mtime_nsec()),
            length: seen.len(),
        }
    }
}

/// Every stick below `folders`, with its mark.
pub fn find(folders: &[PathBuf]) -> Vec<(Stick, Mark)> {
    let mut found = Vec::new();
    let mut level = folders.to_vec();
    let mut looked = 0;
    for depth in 0..=DEPTH {
        let mut below = Vec::new();
        for folder in level {
            looked += 1;
            if looked > MOST_FOLDERS {
                return found;
            }
            if let Some(stick) = Stick::on(&folder) {
                let mark = stick.mark();
                found.extend(mark.map(|mark| (stick, mark)));
            } else if depth < DEPTH {
                below.extend(folders_in(&folder));
            }
        }
        level = below;
    }
    found
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders
        .take(MOST_FOLDERS)
        .map(|entry| entry.path())
        .collect()
}

fn beside(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stick_is_found_where_systems_mount_it_and_a_folder_counts_more_than_a_file() {
        let root = tempfile::tempdir().unwrap();
        let mounts = root.path().join("media");
        let stick = mounts.join("cán bộ/USB xã");
        fs::create_dir_all(&stick).unwrap();
        let folders = [mounts, root.path().join("nowhere")];
        assert_eq!(find(&folders), []);
        let file = stick.join("loaban-usb-2026-11-27.zip");
        recordings::durable::write(&file, b"PK").unwrap();
        let [(found, first)] = &find(&folders)[..] else {
            panic!("a file is there");
        };
        assert_eq!(*found, Stick::Zip(file));
        assert_eq!(found.folder(), stick.join("loaban"));
        fs::create_dir_all(stick.join("loaban/stations")).unwrap();
        let [(found, second)] = &find(&folders)[..] else {
            panic!("a folder is there");
        };
        assert_eq!(*found, Stick::Folder(stick.join("loaban")));
        assert_ne!(first, second);
        recordings::durable::write(&stick.join("loaban/index.json"), b"{}").unwrap();
        assert_ne!(find(&folders)[0].1, *second, "it was finished meanwhile");
        for place in [&stick, &stick.join("loaban")] {
            assert_eq!(Stick::at(place), Some(found.clone()));
        }
    }
}
