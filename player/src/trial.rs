//! Whether this release takes up what an earlier one keeps. The program that an upgrade laid on the
//! disk is run so before the old one makes way for it.
//!
//! The state is copied beside the player that owns it, and the copy is opened, brought up to this
//! release and read by the very function with which a loop begins. What a loop would go on without
//! counts here: the old release reads it still.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use recordings::durable;

use crate::clock::Clock;
use crate::config::Settings;
use crate::daemon::LastRun;
use crate::disk;
use crate::state::State;
use crate::station::Enrolment;

/// The folder beside the state in which the copy lies meanwhile.
const FOLDER: &str = "trial";

/// Takes up a copy of the state as a loop takes up the state, which stays as it is.
///
/// # Errors
/// What this release cannot do, or would leave behind.
pub async fn take_up_a_copy(settings: &Settings, clock: &Clock) -> anyhow::Result<()> {
    let own = settings.state_dir.as_path();
    // A PC that is no station begins, says so, and keeps nothing that could be lost.
    let Some(enrolment) = Enrolment::load(own)? else {
        return Ok(());
    };
    let other = own.join(FOLDER);
    // A trial that was ended in the middle left its own.
    clear(&other)?;
    let tried = take_up(settings, &other, clock, &enrolment).await;
    clear(&other)?;
    tried.context("this release does not take up what the station keeps")
}

async fn take_up(
    settings: &Settings,
    other: &Path,
    clock: &Clock,
    enrolment: &Enrolment,
) -> anyhow::Result<()> {
    let own = settings.state_dir.as_path();
    ensure_room(own, settings.disk_reserve_mb)?;
    durable::make_folder(other).with_context(|| format!("make {}", other.display()))?;
    State::copy(own, other).await?;
    let last = LastRun::take_up(other, clock, enrolment, None).await?;
    match last.left_behind().await? {
        Some(what) => anyhow::bail!(what),
        None => Ok(()),
    }
}

/// The copy, and the log in which it is brought up to this release, may take half of what the
/// recordings leave free: the old release goes on writing meanwhile.
fn ensure_room(own: &Path, reserve_mb: u64) -> anyhow::Result<()> {
    let needed = State::size(own)?.saturating_mul(2);
    let left = reserve_mb.saturating_mul(1_000_000) / 2;
    let free = disk::free_bytes(own).context("ask how much of the disk is free")?;
    anyhow::ensure!(
        free >= needed.saturating_add(left),
        "the disk has {} MB free, and to copy it takes {} MB: remove files that nobody needs",
        free / 1_000_000,
        needed.saturating_add(left).div_ceil(1_000_000)
    );
    Ok(())
}

fn clear(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        cleared => cleared.with_context(|| format!("clear {}", folder.display())),
    }
}
