//! One player on one folder.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context;
use recordings::durable;

/// Another player holds the state folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "another player runs on {}; stop it first, or give this one a state_dir of its own",
    .0.display()
)]
pub struct Taken(pub PathBuf);

/// Holds the state folder for one player, until it is dropped or the process ends.
///
/// # Errors
/// [`Taken`], or the disk failed.
pub fn lock(folder: &Path) -> anyhow::Result<File> {
    durable::make_folder(folder)
        .with_context(|| format!("make the folder {}", folder.display()))?;
    let path = folder.join("lock");
    let file = durable::lock_file(&path).with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Taken(folder.to_owned()).into()),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("lock {}", path.display()))
        }
    }
}
