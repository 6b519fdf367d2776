//! Recordings at rest on a station: a folder in which a file's name is the hash of its content.
//!
//! ```text
//! FOLDER/ab/ab…ef           whole and verified
//! FOLDER/partial/ab…ef      what a download has brought so far
//! ```
//!
//! A file comes to its name only by way of the disk and the hash, so what has a name is whole.
//! A disk can still lie later: whoever is about to use a recording asks [`Store::verify`].

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use programme::ids::ContentHash;

use crate::durable;
use crate::error::{Damage, Error};

/// A folder of recordings, each under the hash of its content.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// A recording in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its name.
    pub hash: ContentHash,
    /// Its length.
    pub size_bytes: u64,
}

impl Store {
    /// Opens the store in `folder`, makes what is missing and removes what a power cut left half
    /// written. Partial downloads stay, to be resumed.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let store = Self {
            folder: folder.to_owned(),
        };
        durable::make_folder(&store.partial_folder())?;
        for shelf in store.shelves()? {
            durable::sweep(&shelf)?;
        }
        durable::sweep(&store.partial_folder())?;
        Ok(store)
    }

    /// Where the recording `hash` is, or would be.
    pub fn path(&self, hash: &ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// Whether the recording was received whole and found to be what its hash names.
    pub fn has(&self, hash: &ContentHash) -> bool {
        self.path(hash).is_file()
    }

    /// Reads the whole recording from the disk and compares. One that is altered is removed, so
    /// that it is fetched again and never aired.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with [`Damage::Altered`]; [`Error::Storage`], also if there is none.
    pub fn verify(&self, hash: &ContentHash) -> Result<Held, Error> {
        let path = self.path(hash);
        let seen = durable::examine(&path)?;
        if seen.hash != *hash {
            durable::remove(&path)?;
            return Err(Error::Unreadable(Damage::Altered));
        }
        Ok(Held {
            hash: *hash,
            size_bytes: seen.size_bytes,
        })
    }

    /// Takes `bytes` in, if they are what `hash` names.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with [`Damage::Altered`]; [`Error::Storage`].
    pub fn put(&self, hash: &ContentHash, bytes: &[u8]) -> Result<Held, Error> {
        let mut incoming = self.incoming(hash)?;
        incoming.append(bytes)?;
        incoming.finish()
    }

    /// A place for the recording `hash` that comes from another disk, beside whatever a download
    /// has brought of it.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn incoming(&self, hash: &ContentHash) -> Result<Incoming, Error> {
        Ok(Incoming {
            hash: *hash,
            writer: durable::Writer::create(&self.place(hash)?)?,
        })
    }

    /// What has arrived of the recording `hash`, to be gone on with.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn partial(&self, hash: &ContentHash) -> Result<Partial, Error> {
        let path = self.partial_folder().join(hash.to_string());
        let file = durable::filling(&path)?;
        let length = file.metadata()?.len();
        Ok(Partial {
            store: self.clone(),
            hash: *hash,
            path,
            file,
            length,
        })
    }

    /// How many bytes have arrived of the recording `hash`, or are there of it; none when it cannot
    /// be told.
    pub fn arrived_bytes(&self, hash: &ContentHash) -> u64 {
        let partial = self.partial_folder().join(hash.to_string());
        let places = [self.path(hash), partial];
        let found = places.iter().find_map(|place| place.metadata().ok());
        found.map_or(0, |file| file.len())
    }

    /// Removes the recording and whatever has arrived of it; none is no error.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn remove(&self, hash: &ContentHash) -> Result<(), Error> {
        durable::remove(&self.path(hash))?;
        Ok(durable::remove(
            &self.partial_folder().join(hash.to_string()),
        )?)
    }

    /// Every whole recording, by name.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn list(&self) -> Result<Vec<Held>, Error> {
        let mut held = Vec::new();
        for shelf in self.shelves()? {
            held.extend(named_files(&shelf)?);
        }
        held.sort_by_key(|held| held.hash);
        Ok(held)
    }

    /// Every partial download, with what has arrived.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn list_partial(&self) -> Result<Vec<Held>, Error> {
        let mut held = named_files(&self.partial_folder())?;
        held.sort_by_key(|held| held.hash);
        Ok(held)
    }

    /// Bytes in whole recordings and partial downloads.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn used_bytes(&self) -> Result<u64, Error> {
        let held = self.list()?.into_iter().chain(self.list_partial()?);
        Ok(held.map(|held| held.size_bytes).sum())
    }

    fn partial_folder(&self) -> PathBuf {
        self.folder.join("partial")
    }

    /// The path of `hash`, its folder made.
    fn place(&self, hash: &ContentHash) -> Result<PathBuf, Error> {
        let path = self.path(hash);
        if let Some(shelf) = path.parent() {
            durable::make_folder(shelf)?;
        }
        Ok(path)
    }

    /// The folders in which whole recordings stand.
    fn shelves(&self) -> io::Result<Vec<PathBuf>> {
        let mut shelves = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let two = path.file_name().is_some_and(|name| name.len() == 2);
            if two && path.is_dir() {
                shelves.push(path);
            }
        }
        Ok(shelves)
    }
}

fn named_files(folder: &Path) -> io::Result<Vec<Held>> {
    let mut held = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(Ok(hash)) = name.to_str().map(str::parse) else {
            continue;
        };
        match entry.metadata() {
            Ok(metadata) => held.push(Held {
                hash,
                size_bytes: metadata.len(),
            }),
            // Removed between the listing and here.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}

/// A download under way. Dropped, it stays on the disk for [`Store::partial`] to go on with; what
/// a power cut takes off its end or garbles is found by the hash.
#[derive(Debug)]
pub struct Partial {
    store: Store,
    hash: ContentHash,
    path: PathBuf,
    file: File,
    length: u64,
}

impl Partial {
    /// Bytes that have arrived: the offset to ask for next.
    #[expect(
        clippy::len_without_is_empty,
        reason = "a length in bytes of a file, not a collection"
    )]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Adds `bytes` at the end.
    ///
    /// # Errors
    /// [`Error::Storage`]; what did arrive stays.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let result = self.file.write_all(bytes);
        self.length = self.file.metadata()?.len();
        Ok(result?)
    }

    /// Puts the recording in its place, if it is what its hash names. Otherwise what arrived is
    /// worth nothing and is removed, and the next download starts at zero.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with [`Damage::Altered`]; [`Error::Storage`].
    pub fn finish(self) -> Result<Held, Error> {
        let place = self.store.place(&self.hash)?;
        match durable::settle(&self.path, &place, &self.hash).map_err(altered_or_storage) {
            Ok(written) => Ok(Held {
                hash: self.hash,
                size_bytes: written.size_bytes,
            }),
            Err(error @ Error::Unreadable(_)) => {
                durable::remove(&self.path)?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }
}

/// A recording under way from another disk. Dropped before it is finished it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    hash: ContentHash,
    writer: durable::Writer,
}

impl Incoming {
    /// Adds `bytes` at the end.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.writer.write_all(bytes)?)
    }

    /// Puts the recording in its place, if it is what its hash names.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with [`Damage::Altered`]; [`Error::Storage`].
    pub fn finish(self) -> Result<Held, Error> {
        let written = self.writer.commit_as(&self.hash);
        Ok(Held {
            hash: self.hash,
            size_bytes: written.map_err(altered_or_storage)?.size_bytes,
        })
    }
}

/// The durable writer says by `InvalidData` that content and hash differ.
fn altered_or_storage(error: io::Error) -> Error {
    if error.kind() == ErrorKind::InvalidData {
        Error::Unreadable(Damage::Altered)
    } else {
        Error::Storage(error)
    }
}
