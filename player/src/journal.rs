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

/// The newest lines are kept, and read at a start, whatever time they carry: the clock may have
/// been years ahead for an hour. Some 6 MB, and the lines of several such spans.
const KEPT_LINES: i64 = 20_000;

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

    /// What the air core remembers: the newest [`KEPT_LINES`], and before them those of the last
    /// [`REMEMBERED`] before the newest one that knew the time.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn past(&mut self) -> anyhow::Result<Past> {
        let lines: Vec<String> = sqlx::query_scalar(
            "SELECT entry FROM journal WHERE line > (SELECT MAX(line) FROM journal) - $1
             OR entry ->> '$.wall_ms' >= $2 + (SELECT entry ->> '$.wall_ms' FROM journal
                WHERE entry ->> '$.wall_ms' IS NOT NULL ORDER BY line DESC LIMIT 1)
             ORDER BY line",
        )
        .bind(KEPT_LINES)
        .bind(before(REMEMBERED))
        .fetch_all(&mut self.db)
        .await
        .context("read the as-run")?;
        let records = understood(&lines)?.into_iter();
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
        understood(&lines)
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
    /// to the last one whose known time lies `age` before that of the newest line that knew it.
    /// The newest [`KEPT_LINES`] stay, for a clock that was wrong makes lines look old.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn prune_journal(&mut self, age: Duration) -> anyhow::Result<u64> {
        let done = sqlx::query(
            "DELETE FROM journal WHERE stored = 1
             AND line <= (SELECT MAX(line) FROM journal) - $1
             AND line <= (SELECT MAX(line) FROM journal WHERE entry ->> '$.wall_ms' <
                $2 + (SELECT entry ->> '$.wall_ms' FROM journal
                WHERE entry ->> '$.wall_ms' IS NOT NULL ORDER BY line DESC LIMIT 1))",
        )
        .bind(KEPT_LINES)
        .bind(before(age))
        .execute(&mut self.db)
        .await
        .context("prune the as-run")?;
        Ok(done.rows_affected())
    }
}

fn understood(lines: &[String]) -> anyhow::Result<Vec<Entry>> {
    let entries: Result<Vec<_>, _> = lines
        .iter()
        .map(|text| serde_json::from_str(text))
        .collect();
    entries.context("understand a line of the as-run")
}

/// The span as the database adds it to a time, in milliseconds below zero.
fn before(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).map_or(i64::MIN / 2, |millis| -millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use programme::units::BootTime;
    use tempfile::TempDir;

    const MORNING: i64 = 1_795_390_200_000;
    const YEAR_2030: i64 = 1_900_000_000_000;

    async fn state() -> (State, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let fresh = JournalId::from_random([1; 10]);
        let (state, _) = State::open(folder.path(), fresh).await.unwrap();
        (state, folder)
    }

    async fn write(state: &mut State, why: &str, wall_ms: Option<i64>) {
        let record = Record::NotUnderstood {
            broadcast: None,
            why: why.to_owned(),
        };
        let now = Now {
            wall: wall_ms.map(WallTime::from_millis),
            boot: BootTime::ZERO,
        };
        let boot = BootId("boot".to_owned());
        state.record(record, now, &boot, 1).await.unwrap();
    }

    async fn remembered(state: &mut State) -> Vec<String> {
        let records = state.past().await.unwrap().records.into_iter();
        let why = |record| {
            let Record::NotUnderstood { why, .. } = record else {
                panic!("{record:?}");
            };
            why
        };
        records.map(why).collect()
    }

    #[tokio::test]
    async fn an_hour_in_which_the_clock_was_years_ahead_hides_no_line() {
        let (mut state, _folder) = state().await;
        write(&mut state, "held", None).await;
        write(&mut state, "this morning", Some(MORNING)).await;
        write(&mut state, "ahead", Some(YEAR_2030)).await;
        let all = ["held", "this morning", "ahead"];
        assert_eq!(remembered(&mut state).await, all);
        let journal = state.journal.clone();
        state.stored(&journal, 3).await.unwrap();
        let year = Duration::from_hours(24 * 400);
        assert_eq!(state.prune_journal(year).await.unwrap(), 0);
        write(&mut state, "corrected", Some(MORNING + 60_000)).await;
        let all = ["held", "this morning", "ahead", "corrected"];
        assert_eq!(remembered(&mut state).await, all);
    }

    #[tokio::test]
    async fn old_lines_go_once_they_are_stored_and_many_have_come_after_them() {
        let (mut state, _folder) = state().await;
        write(&mut state, "old", Some(MORNING)).await;
        sqlx::query(
            "WITH RECURSIVE number (n) AS
             (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
             INSERT INTO journal (journal, sequence, entry)
             SELECT journal, n, json_set(entry, '$.sequence', n) FROM journal, number",
        )
        .bind(KEPT_LINES + 1)
        .execute(&mut state.db)
        .await
        .unwrap();
        write(&mut state, "new", Some(YEAR_2030)).await;
        let year = Duration::from_hours(24 * 400);
        assert_eq!(state.prune_journal(year).await.unwrap(), 0, "not stored");
        let journal = state.journal.clone();
        state.stored(&journal, u64::MAX).await.unwrap();
        let century = year * 100;
        assert_eq!(state.prune_journal(century).await.unwrap(), 0, "not old");
        assert_eq!(state.prune_journal(year).await.unwrap(), 2);
        assert_eq!(state.prune_journal(year).await.unwrap(), 0);
    }
}
