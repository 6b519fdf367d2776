//! Whether the disk takes what is written.
//!
//! A file system that turned read-only gives back all that it held and tells of all its room:
//! nothing about it looks wrong until something is written. So something is written and read back.

use std::path::{Path, PathBuf};

use recordings::durable;
use rustix::fs::StatVfsMountFlags;

use crate::clock;

/// The file that is written for no other purpose.
const PROOF: &str = "disk-proof";

/// The disk takes nothing, or gives back something else.
#[derive(Debug, thiserror::Error)]
#[error("the disk of {} cannot be written: {why}", .folder.display())]
pub struct Unwritable {
    /// The folder that was tried.
    pub folder: PathBuf,
    /// What the system says.
    #[source]
    pub why: std::io::Error,
}

/// Writes what was never written before into the state folder `folder`, and reads it back from the
/// disk. Blocks.
///
/// # Errors
/// [`Unwritable`].
pub fn prove(folder: &Path) -> Result<(), Unwritable> {
    let fresh: [u8; 16] = clock::random();
    let written = durable::make_folder(folder)
        .and_then(|()| durable::write(&folder.join(PROOF), &fresh).map(drop));
    written.map_err(|why| Unwritable {
        folder: folder.to_owned(),
        why,
    })
}

/// As [`prove`], on a thread that may be held up.
///
/// # Errors
/// [`Unwritable`].
pub async fn prove_beside(folder: &Path) -> Result<(), Unwritable> {
    let own = folder.to_owned();
    let proved = tokio::task::spawn_blocking(move || prove(&own)).await;
    proved.unwrap_or_else(|ended| {
        Err(Unwritable {
            folder: folder.to_owned(),
            why: std::io::Error::other(ended),
        })
    })
}

/// Free bytes on the disk of `folder`, for those who are not root; none when it is mounted
/// read-only.
///
/// # Errors
/// The disk does not say.
pub fn free_bytes(folder: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
        return Ok(0);
    }
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
