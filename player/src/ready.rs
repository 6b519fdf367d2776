//! Recordings made ready: decoded and verified ahead of time, so that nothing can fail to decode
//! when it is to air.
//!
//! Beside each WAV file stands its seal: the hash that the file had when it was written. A file is
//! ready when it is still what its seal says, as the disk gives it back; that it exists means
//! nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use programme::ids::ContentHash;
use programme::programme::Sound;
use recordings::store::Store;
use recordings::{Error, durable, wav};

use crate::disk;

/// The recordings of a station, as they came and as they air. Its calls block.
#[derive(Debug, Clone)]
pub struct Shelf {
    store: Store,
    folder: PathBuf,
}

impl Shelf {
    /// Opens both folders in the state folder `folder`, and removes what a power cut left half
    /// written.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let store = Store::open(&folder.join("recordings"))?;
        let folder = folder.join("ready");
        durable::make_folder(&folder)?;
        durable::sweep(&folder)?;
        Ok(Self { store, folder })
    }

    /// The recordings as they came.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Where the WAV of a recording is, once it is ready.
    pub fn wav(&self, hash: &ContentHash) -> PathBuf {
        self.folder.join(format!("{hash}.wav"))
    }

    /// Whether the recording is ready: its WAV is what it was when it was written.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn is_ready(&self, hash: &ContentHash) -> Result<bool, Error> {
        let seal = match fs::read_to_string(self.seal(hash)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            seal => seal?,
        };
        match durable::examine(&self.wav(hash)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            seen => Ok(seen?.hash.to_string() == seal),
        }
    }

    /// Makes a recording ready that has been received.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it is no recording of ours: it is removed, and fetched again;
    /// [`Error::Storage`].
    pub fn make_ready(&self, hash: &ContentHash) -> Result<(), Error> {
        let made = wav::ready(&self.store.path(hash), hash, &self.wav(hash));
        match made {
            Ok(ready) => {
                let seal = ready.wav_hash.to_string();
                durable::write(&self.seal(hash), seal.as_bytes())?;
                Ok(())
            }
            Err(Error::Storage(error)) => Err(Error::Storage(error)),
            Err(refused) => {
                self.store.remove(hash)?;
                Err(refused)
            }
        }
    }

    /// Removes every recording but those of `wanted`, and says which.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn keep_only(
        &self,
        wanted: impl Fn(&ContentHash) -> bool,
    ) -> Result<Vec<ContentHash>, Error> {
        let held = self.store.list()?.into_iter();
        let held = held.chain(self.store.list_partial()?);
        let mut surplus: Vec<_> = held.map(|held| held.hash).collect();
        surplus.sort_unstable();
        surplus.dedup();
        surplus.retain(|hash| !wanted(hash));
        for hash in &surplus {
            durable::remove(&self.seal(hash))?;
            durable::remove(&self.wav(hash))?;
            self.store.remove(hash)?;
        }
        Ok(surplus)
    }

    /// Free bytes on the disk, for those who are not root; none when it is mounted read-only.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn free_bytes(&self) -> Result<u64, Error> {
        Ok(disk::free_bytes(&self.folder)?)
    }

    /// Whether a recording fits on the disk and leaves `reserve` bytes free.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn has_room(&self, sound: &Sound, reserve: u64) -> Result<bool, Error> {
        Ok(self.free_bytes()? >= space_bytes(sound).saturating_add(reserve))
    }

    fn seal(&self, hash: &ContentHash) -> PathBuf {
        self.folder.join(format!("{hash}.wav.sha256"))
    }
}

/// Bytes that a recording takes on the disk: as it comes, and as WAV of 96,000 bytes a second.
fn space_bytes(sound: &Sound) -> u64 {
    let wav = sound.duration.as_millis().saturating_mul(96);
    let wav = u64::try_from(wav).unwrap_or(u64::MAX);
    sound.size_bytes.saturating_add(wav)
}
