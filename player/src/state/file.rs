//! The file of the state: opened, found sound or moved aside, and brought up to this release.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

pub(super) async fn connect(path: &Path) -> sqlx::Result<SqliteConnection> {
    let mut db = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // Half a megabyte: the check of years of log fills whatever it may, and keeps it.
        .pragma("cache_size", "-512")
        .connect()
        .await?;
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut db)
        .await?;
    if found == "ok" {
        return Ok(db);
    }
    db.close().await?;
    Err(sqlx::Error::Protocol(DAMAGED.to_owned()))
}

const DAMAGED: &str = "the file is damaged";

/// Whether SQLite, or its own check, says that the content is not a sound database
/// (`SQLITE_CORRUPT` 11 and `SQLITE_NOTADB` 26; the low byte of an extended code).
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    if let sqlx::Error::Protocol(text) = error {
        return text == DAMAGED;
    }
    let code = error.as_database_error().and_then(|error| error.code());
    let code = code.and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

/// Moves the file and what SQLite keeps beside it to the first free name.
pub(super) fn move_aside(path: &Path) -> anyhow::Result<PathBuf> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let named =
        |number: u32, tail: &str| path.with_file_name(format!("{file}.damaged-{number}{tail}"));
    let number = (1..)
        .find(|number| !named(*number, "").exists())
        .unwrap_or(0);
    for tail in ["-wal", "-shm", ""] {
        let mut from = path.as_os_str().to_owned();
        from.push(tail);
        let from = PathBuf::from(from);
        if from.exists() {
            move_file(&from, &named(number, tail))
                .with_context(|| format!("move the damaged {} aside", from.display()))?;
        }
    }
    Ok(named(number, ""))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a damaged file is moved as it is, and not written"
)]
fn move_file(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::rename(from, to)
}

/// What each release added; SQLite's `user_version` counts how many a file has seen.
const STEPS: [&str; 1] = [include_str!("../../migrations/0001_state.sql")];

/// Brings the tables up to this release, step by step, each whole or not at all.
pub(super) async fn migrate(db: &mut SqliteConnection) -> anyhow::Result<()> {
    let seen: i64 = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *db)
        .await
        .context("read which release wrote the state")?;
    let seen = usize::try_from(seen).context("read which release wrote the state")?;
    anyhow::ensure!(
        seen <= STEPS.len(),
        "the state was written by a later release than this one: install that release again"
    );
    for step in &STEPS[seen..] {
        let mut write = db.begin().await.context("bring the state up to date")?;
        sqlx::raw_sql(*step)
            .execute(&mut *write)
            .await
            .context("bring the state up to date")?;
        write.commit().await.context("bring the state up to date")?;
    }
    Ok(())
}
