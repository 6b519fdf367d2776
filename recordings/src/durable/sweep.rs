//! What a power cut left of files in the making.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::TEMPORARY;

/// Removes from `folder` what writers left that never came to their commit, and says how many.
/// What a living writer still holds, here or in another process, stays.
///
/// # Errors
/// What the file system answers.
pub fn sweep(folder: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ours = path.file_name().and_then(OsStr::to_str);
        if ours.is_some_and(|name| name.starts_with('.') && name.ends_with(TEMPORARY)) {
            removed += usize::from(remove_if_abandoned(&path)?);
        }
    }
    Ok(removed)
}

fn remove_if_abandoned(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        // Its writer finished between the listing and here.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    match file.try_lock() {
        Ok(()) => fs::remove_file(path).map(|()| true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
