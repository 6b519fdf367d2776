//! `backup`: a folder with everything, made while the server runs.
//!
//! The database is copied first. Recordings are only ever added under the hash of their content, so
//! the copy of the store that follows holds all that the copied database names.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, bail};
use futures_util::TryStreamExt;
use recordings::durable;
use serde::{Deserialize, Serialize};

use crate::database::Engine;
use crate::objects::Key;
use crate::state::State;

/// The copied database inside the folder.
pub(super) const DATABASE: &str = "loaban.db";
/// The copied recordings inside the folder.
pub(super) const OBJECTS: &str = "objects";
/// Stands in the folder when all else does.
pub(super) const MANIFEST: &str = "backup.json";

/// What the folder is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The layout of the folder.
    pub(super) format_version: u32,
    /// The release that made it.
    pub(super) release: String,
    /// When it was made.
    pub(super) made_at_ms: i64,
    /// How many recordings and originals it holds.
    pub(super) objects: u64,
}

pub(super) async fn backup(state: &State, folder: &Path) -> anyhow::Result<()> {
    if state.database.engine() == Engine::Postgres {
        bail!(
            "PostgreSQL has tools of its own, which also go back to any moment: copy the database \
             with `pg_dump --format=custom --file=loaban.dump \"$URL\"` and, after it, the folder \
             or bucket of objects.url"
        );
    }
    let cannot = || format!("make {}", folder.display());
    durable::make_folder(folder).with_context(cannot)?;
    // It will hold the key that signs programmes.
    std::fs::set_permissions(folder, Permissions::from_mode(0o700)).with_context(cannot)?;
    let manifest = folder.join(MANIFEST);
    durable::remove(&manifest).context("begin the backup")?;
    copy_database(state, &folder.join(DATABASE)).await?;
    let objects = copy_objects(state, &folder.join(OBJECTS)).await?;
    let text = serde_json::to_vec_pretty(&Manifest {
        format_version: 1,
        release: env!("CARGO_PKG_VERSION").to_owned(),
        made_at_ms: state.now().as_millis(),
        objects,
    })?;
    durable::write(&manifest, &text).context("finish the backup")?;
    println!(
        "copied the database and {objects} sounds to {}",
        folder.display()
    );
    println!("it holds the key that signs programmes: keep it as safe as the server");
    Ok(())
}

async fn copy_database(state: &State, place: &Path) -> anyhow::Result<()> {
    let fresh = place.with_extension("db.new");
    durable::remove(&fresh)?;
    let mut connection = state.database.read().await?;
    sqlx::query("VACUUM INTO $1")
        .bind(fresh.display().to_string())
        .execute(&mut *connection)
        .await
        .context("copy the database")?;
    std::fs::set_permissions(&fresh, Permissions::from_mode(0o600))?;
    let examined = durable::examine(&fresh)?;
    durable::settle(&fresh, place, &examined.hash).context("copy the database")?;
    Ok(())
}

/// Copies what the folder does not hold yet, each verified against its hash, and says how many
/// there are.
async fn copy_objects(state: &State, folder: &Path) -> anyhow::Result<u64> {
    let mut listed = state.objects.list_kept();
    let mut count = 0;
    while let Some((name, size_bytes)) = listed.try_next().await.context("list the recordings")? {
        let Some(key) = Key::from_name(&name) else {
            continue;
        };
        count += 1;
        let place = folder.join(&name);
        if std::fs::metadata(&place).is_ok_and(|held| held.len() == size_bytes) {
            continue;
        }
        let copied = state.objects.copy_out(&key, &place);
        copied.await.with_context(|| format!("copy {name}"))?;
    }
    Ok(count)
}
