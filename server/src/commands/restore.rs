//! `restore`: puts a backup back. What was there is set aside, never overwritten.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use recordings::durable::{self, Writer};
use serde_json::json;

use super::backup::{DATABASE, MANIFEST, Manifest, OBJECTS};
use crate::audit::{self, Author};
use crate::clock::{Clock, Randomness};
use crate::config::Config;
use crate::database::Engine;
use crate::emergencies::place;
use crate::state::State;

/// Holds the data folder for this process: one server, or one restore, at a time. PostgreSQL serves
/// any number, and needs none.
pub(super) fn lock(config: &Config) -> anyhow::Result<Option<File>> {
    if Engine::of(&config.database_url())? == Engine::Postgres {
        return Ok(None);
    }
    let path = config.storage.data_dir.join("server.lock");
    let file = durable::lock_file(&path).with_context(|| format!("open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(_) => bail!(
            "a loaban-server uses the data folder {} already: stop it first",
            config.storage.data_dir.display()
        ),
    }
}

pub(super) async fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    if Engine::of(&config.database_url())? == Engine::Postgres {
        bail!(
            "put a PostgreSQL database back with `pg_restore --clean --dbname=\"$URL\" \
             loaban.dump`, and the folder or bucket of objects.url beside it"
        );
    }
    ensure!(
        config.database.url.is_empty() && config.objects.url.is_empty(),
        "a backup is put back into the data folder: leave database.url and objects.url empty"
    );
    let manifest = std::fs::read(folder.join(MANIFEST))
        .with_context(|| format!("{} holds no finished backup", folder.display()))?;
    let manifest: Manifest = serde_json::from_slice(&manifest).context("read backup.json")?;
    ensure!(
        manifest.format_version == 1,
        "the backup was made by the later release {}: install that one",
        manifest.release
    );
    crate::state::make_data_folder(config)?;
    let lock = lock(config)?;
    let clock = Clock::system();
    set_aside(&config.storage.data_dir, clock.now().as_millis())?;
    copy(
        &folder.join(DATABASE),
        &config.storage.data_dir.join(DATABASE),
    )?;
    let count = copy_folder(
        &folder.join(OBJECTS),
        &config.storage.data_dir.join(OBJECTS),
    )?;
    drop(lock);
    let ended = note(config, clock, &manifest).await?;
    println!("put back the database and {count} sounds; stations will be given newer programmes");
    if ended > 0 {
        println!(
            "cancelled {ended} emergencies that still held when the backup was made: order anew \
             what is still needed"
        );
    }
    println!(
        "an emergency ordered after the backup is not known here: where one still sounds, press \
         STOP at the village PC"
    );
    Ok(())
}

/// Old files keep their names with the moment behind, so that a mistaken restore can be undone.
fn set_aside(data: &Path, now_ms: i64) -> anyhow::Result<()> {
    for name in [DATABASE, "loaban.db-wal", "loaban.db-shm"] {
        let place = data.join(name);
        if place.exists() {
            let aside = data.join(format!("{name}.before-restore-{now_ms}"));
            let hash = durable::examine(&place)?.hash;
            durable::settle(&place, &aside, &hash)
                .with_context(|| format!("set {} aside", place.display()))?;
            println!("kept the old {name} as {}", aside.display());
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copy = || -> std::io::Result<()> {
        let mut file = File::open(from)?;
        let mut writer = Writer::create(to)?;
        std::io::copy(&mut file, &mut writer)?;
        writer.commit()?;
        Ok(())
    };
    copy().with_context(|| format!("put back {}", to.display()))
}

/// Recordings are known by their content: one that is there already is the same.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<u64> {
    let mut count = 0;
    let mut waiting: Vec<(PathBuf, PathBuf)> = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        if !from.is_dir() {
            continue;
        }
        durable::make_folder(&to)?;
        for entry in std::fs::read_dir(&from)? {
            let entry = entry?;
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            if from.is_dir() {
                waiting.push((from, to));
            } else {
                count += 1;
                if !to.exists() {
                    copy(&from, &to)?;
                }
            }
        }
    }
    Ok(count)
}

/// Leaves word in the audit trail and in the settings. Stations refuse generations below the one
/// that they hold, so the publisher goes on above whatever they report. Gives back how many
/// emergencies were ended.
async fn note(config: &Config, clock: Clock, manifest: &Manifest) -> anyhow::Result<usize> {
    let state = State::open(config.clone(), clock, Randomness::system()).await?;
    let now_ms = state.now().as_millis();
    let mut write = state.database.write().await?;
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ('restored_at_ms', $1) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(now_ms.to_string())
    .execute(&mut *write)
    .await?;
    let detail = json!({ "made_at_ms": manifest.made_at_ms, "release": manifest.release });
    let author = Author::command_line();
    audit::record(
        &state,
        &mut write,
        &author,
        "server.restore",
        "server",
        None,
        detail,
    )
    .await?;
    let ended = place::end_restored(&state, &mut write).await?;
    write.commit().await?;
    state.database.close().await;
    Ok(ended)
}
