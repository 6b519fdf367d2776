//! What lies on a stick, read by name: from its folder, or out of the file that the panel gives.
//!
//! Names are ours alone, so that nothing on a stick becomes a path. Nothing that is read here is
//! believed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;

use programme::bundle::archive::{self, Fault, LOCAL_BYTES, TAIL_BYTES_MAX};
use programme::bundle::{FILE_BYTES_MAX, INDEX, STATIONS};
use recordings::durable;

use super::stick::Stick;

/// The bundles of other stations that are looked into, to say whose stick it is.
const MOST_STATIONS: usize = 200;

/// A stick that is open.
#[derive(Debug)]
pub enum Contents {
    /// A folder.
    Folder(PathBuf),
    /// A file, and where in it each of ours begins and how long it is.
    Zip(PathBuf, BTreeMap<String, (u64, u64)>),
}

impl Contents {
    /// Opens a stick.
    ///
    /// # Errors
    /// It cannot be read; `InvalidData` for a file that is no archive of ours.
    pub fn open(stick: &Stick) -> io::Result<Self> {
        match stick {
            Stick::Folder(folder) => Ok(Self::Folder(folder.clone())),
            Stick::Zip(file) => Ok(Self::Zip(file.clone(), entries(File::open(file)?)?)),
        }
    }

    /// Whether the copying onto it came to its end.
    pub fn is_finished(&self) -> bool {
        match self {
            Self::Folder(folder) => folder.join(INDEX).is_file(),
            Self::Zip(_, entries) => entries.contains_key(INDEX),
        }
    }

    /// Opens the file of this name.
    ///
    /// # Errors
    /// `NotFound`, or it cannot be read.
    pub fn file(&self, name: &str) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(File::open(folder.join(name))?)),
            Self::Zip(path, entries) => {
                let (start, length) = entries.get(name).ok_or(ErrorKind::NotFound)?;
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(*start))?;
                Ok(Box::new(file.take(*length)))
            }
        }
    }

    /// The whole of the file of this name, which is none of sound.
    ///
    /// # Errors
    /// As [`Self::file`]; `InvalidData` when it is longer than such files are.
    pub fn text(&self, name: &str) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let read = self
            .file(name)?
            .take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut text)?;
        if read as u64 > FILE_BYTES_MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(text)
    }

    /// The names of the bundles on it.
    pub fn stations(&self) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Folder(folder) => {
                let files = fs::read_dir(folder.join(STATIONS)).into_iter().flatten();
                let names = files.flatten().map(|file| file.file_name());
                let names = names.filter_map(|name| name.into_string().ok());
                // What a writer left half-way begins with a dot.
                let names = names.filter(|name| !name.starts_with('.'));
                names.map(|name| format!("{STATIONS}/{name}")).collect()
            }
            Self::Zip(_, entries) => {
                let ours = |name: &&String| name.starts_with(&format!("{STATIONS}/"));
                entries.keys().filter(ours).cloned().collect()
            }
        };
        names.sort();
        names.truncate(MOST_STATIONS);
        names
    }

    /// Whether it is there still: the file of this name is read anew from the stick itself, and not
    /// from what memory kept of it.
    pub fn is_there(&self, name: &str) -> bool {
        let path = match self {
            Self::Folder(folder) => folder.join(name),
            Self::Zip(path, _) => path.clone(),
        };
        durable::examine(&path).is_ok()
    }
}

/// Where in an archive each of our files lies, and how long it is.
fn entries(mut file: File) -> io::Result<BTreeMap<String, (u64, u64)>> {
    let length = file.metadata()?.len();
    let tail = read_at(
        &mut file,
        length.saturating_sub(TAIL_BYTES_MAX),
        TAIL_BYTES_MAX,
    )?;
    let found = archive::directory(&tail).map_err(damaged)?;
    let directory = read_at(&mut file, found.at, found.length)?;
    if directory.len() as u64 != found.length {
        return Err(damaged(Fault::Damaged));
    }
    let mut entries = BTreeMap::new();
    for entry in archive::entries(&directory).map_err(damaged)? {
        let header = read_at(&mut file, entry.header_at, LOCAL_BYTES as u64)?;
        let start = entry.header_at + archive::behind(&header).map_err(damaged)?;
        entries.insert(entry.name, (start, entry.length));
    }
    Ok(entries)
}

fn read_at(file: &mut File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn damaged(fault: Fault) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, fault)
}
