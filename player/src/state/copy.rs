//! A copy of the state, made beside whoever owns it.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::{FILE, State};

impl State {
    /// Copies the state in `folder` into the folder `other`, as of its last commit. One that was
    /// not begun is not copied: whoever opens it begins it.
    ///
    /// # Errors
    /// The disk failed, or what it gives back is damaged: its owner may know it by heart still,
    /// and whoever opens it begins a new one.
    pub async fn copy(folder: &Path, other: &Path) -> anyhow::Result<()> {
        let (from, to) = (folder.join(FILE), other.join(FILE));
        if !from.exists() {
            return Ok(());
        }
        let copied = copy(&from, &to).await;
        copied.with_context(|| format!("copy the state {}", from.display()))
    }

    /// How many bytes the state in `folder` has, with its log.
    ///
    /// # Errors
    /// The disk failed.
    pub fn size(folder: &Path) -> anyhow::Result<u64> {
        let mut sum = 0_u64;
        for tail in ["", "-wal"] {
            let path = folder.join(format!("{FILE}{tail}"));
            match path.metadata() {
                Ok(found) => sum = sum.saturating_add(found.len()),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => Err(error).with_context(|| format!("look at {}", path.display()))?,
            }
        }
        Ok(sum)
    }
}

/// It only reads, so that it leaves the file and its log as they are, also if it is alone there.
async fn copy(from: &Path, to: &Path) -> sqlx::Result<()> {
    let own = SqliteConnectOptions::new().filename(from).read_only(true);
    let mut db = own.connect().await?;
    let copied = sqlx::query("VACUUM INTO $1").bind(to.to_string_lossy());
    copied.execute(&mut db).await?;
    db.close().await
}
