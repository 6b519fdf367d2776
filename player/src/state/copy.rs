//! A copy of the state, made beside whoever owns it.

use std::path::Path;

use anyhow::Context;
use recordings::durable;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::file::is_damage;
use super::{FILE, State};

impl State {
    /// Copies the state in `folder` into the folder `other`, as of its last commit. One that was
    /// not begun, or is damaged, is not copied: whoever opens such a state begins a new one.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn copy(folder: &Path, other: &Path) -> anyhow::Result<()> {
        let (from, to) = (folder.join(FILE), other.join(FILE));
        if !from.exists() {
            return Ok(());
        }
        match copy(&from, &to).await {
            Err(error) if is_damage(&error) => {
                durable::remove(&to).context("remove what was copied of a damaged state")
            }
            copied => copied.with_context(|| format!("copy the state {}", from.display())),
        }
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
