//! The as-run journal: what truly happened, line by line, on the disk before the next thing
//! happens.

use std::time::Duration;

use anyhow::Context;
use programme::air::Past;
use programme::as_run::{Entry, Record};
use programme::clock::{BootId, Now};
use programme::ids::JournalId;
use programme::units::WallTime;
use programme::wire::AsRunBatch;
use sqlx::Row;

use crate::state::State;

/// How much of the as-run a start reads: the days that plans reach back, and some.
const REMEMBERED: Duration = Duration::from_hours(24 * (super::daemon::REACH_BACK_DAYS + 2));

/// Lines sent to the server at once: some 60 KB.
const BATCH: i64 = 200;

impl State {
    /// Writes a line. When this returns, the line is on the disk.
    ///
    /// # Errors
    /// The disk failed: what the line says must not happen.
    pub async fn record(
        &mut self,
        record: Record,
        now: Now,
        boot_id: &BootId,
        generation: u64,
    ) -> anyhow::Result<()> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT MAX(sequence) FROM journal WHERE journal = $1")
                .bind(self.journal.as_str())
                .fetch_one(&mut self.db)
                .await
                .context("read the as-run")?;
        let sequence = last.unwrap_or(0) + 1;
        let entry = Entry {
            sequence: sequence.unsigned_abs(),
            wall: now.wall,
            boot: now.boot,
            boot_id: boot_id.clone(),
            generation,
            record,
        };
        let text = serde_json::to_string(&entry).context("write a line of the as-run")?;
        sqlx::query("INSERT INTO journal (journal, sequence, entry) VALUES ($1, $2, $3)")
            .bind(self.journal.as_str())
            .bind(sequence)
            .bind(text)
            .execute(&mut self.db)
            .await
            .context("write a line of the as-run")?;
        Ok(())
    }

    /// What the air core remembers: the lines of the last [`REMEMBERED`] before the newest one.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn past(&mut self) -> anyhow::Result<Past> {
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT MAX(entry ->> '$.wall_ms') FROM journal")
                .fetch_one(&mut self.db)
                .await
                .context("read the as-run")?;
        let newest = WallTime::from_millis(newest.unwrap_or(0));
        let records = self.entries_since(newest - REMEMBERED).await?.into_iter();
        let open = self.open_position().await?;
        Ok(Past {
            records: records.map(|entry| entry.record).collect(),
            open_position: open.map(|(id, ms)| (id, Duration::from_millis(ms))),
        })
    }

    /// The lines that are kept from the first one written at or after `since` on, oldest first.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn entries_since(&mut self, since: WallTime) -> anyhow::Result<Vec<Entry>> {
        let lines: Vec<String> = sqlx::query_scalar(
            "SELECT entry FROM journal WHERE line >= COALESCE(
                (SELECT MIN(line) FROM journal WHERE entry ->> '$.wall_ms' >= $1), 0)
             ORDER BY line",
        )
        .bind(since.as_millis())
        .fetch_all(&mut self.db)
        .await
        .context("read the as-run")?;
        let entry = |text: &String| serde_json::from_str(text);
        let entries: Result<Vec<_>, _> = lines.iter().map(entry).collect();
        entries.context("understand a line of the as-run")
    }

    /// The next lines that the server has not stored, of one journal.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn unsent(&mut self) -> anyhow::Result<Option<AsRunBatch>> {
        let rows = sqlx::query(
            "SELECT journal, entry FROM journal WHERE stored = 0 AND journal =
             (SELECT journal FROM journal WHERE stored = 0 ORDER BY line LIMIT 1)
             ORDER BY line LIMIT $1",
        )
        .bind(BATCH)
        .fetch_all(&mut self.db)
        .await
        .context("read the as-run")?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let journal: String = first.try_get("journal").context("read the as-run")?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            let text: String = row.try_get("entry").context("read the as-run")?;
            entries.push(serde_json::from_str(&text).context("understand a line of the as-run")?);
        }
        let journal = journal.parse().context("read the name of a journal")?;
        Ok(Some(AsRunBatch { journal, entries }))
    }

    /// Notes what the server stores. Where it stores less than it once said, as after a restore
    /// from a backup, the rest is sent again.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn stored(&mut self, journal: &JournalId, through: u64) -> anyhow::Result<()> {
        sqlx::query("UPDATE journal SET stored = (sequence <= $1) WHERE journal = $2")
            .bind(i64::try_from(through).unwrap_or(i64::MAX))
            .bind(journal.as_str())
            .execute(&mut self.db)
            .await
            .context("note what the server stores")?;
        Ok(())
    }

    /// Removes lines that the server stores and that are older than every line that matters: all up
    /// to the last one whose known time lies before `wall_ms`. The newest line stays, for it
    /// carries the sequence on.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn prune_journal(&mut self, wall_ms: i64) -> anyhow::Result<u64> {
        let done = sqlx::query(
            "DELETE FROM journal WHERE stored = 1 AND line < (SELECT MAX(line) FROM journal)
             AND line <= (SELECT MAX(line) FROM journal WHERE entry ->> '$.wall_ms' < $1)",
        )
        .bind(wall_ms)
        .execute(&mut self.db)
        .await
        .context("prune the as-run")?;
        Ok(done.rows_affected())
    }
}
