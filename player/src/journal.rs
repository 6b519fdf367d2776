//! The as-run journal: what truly happened, line by line, on the disk before the next thing
//! happens.

mod by_hand;
mod elsewhere;

use std::time::Duration;

use anyhow::Context;
use ed25519_dalek::SigningKey;
use programme::air::Past;
use programme::as_run::chain::{LineHash, Tip};
use programme::as_run::{Entry, Record};
use programme::clock::{BootId, Now};
use programme::ids::JournalId;
use programme::units::WallTime;
use programme::wire::AsRunBatch;
use sqlx::SqliteConnection;
use tracing::error;

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
        let line = entry(record, now, boot_id, generation);
        append(&mut self.db, &self.journal, None, line).await
    }

    /// What the air core remembers: the newest [`KEPT_LINES`], and before them those of the last
    /// [`REMEMBERED`] before the newest one that knew the time.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn past(&mut self) -> anyhow::Result<Past> {
        let lines: Vec<String> = sqlx::query_scalar(
            "SELECT entry FROM journal WHERE line > (SELECT MAX(line) FROM journal) - $1
             OR wall_ms >= $2 + (SELECT wall_ms FROM journal
                WHERE wall_ms IS NOT NULL ORDER BY line DESC LIMIT 1)
             ORDER BY line",
        )
        .bind(KEPT_LINES)
        .bind(before(REMEMBERED))
        .fetch_all(&mut self.db)
        .await
        .context("read the as-run")?;
        let records = understood(&lines).into_iter();
        let open = self.open_position().await?;
        Ok(Past {
            records: records.map(|entry| entry.record).collect(),
            open_position: open.map(|(id, ms)| (id, Duration::from_millis(ms))),
            unwritable_since: None,
        })
    }

    /// The lines that are kept from the first one written at or after `since` on, oldest first.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn entries_since(&mut self, since: WallTime) -> anyhow::Result<Vec<Entry>> {
        let lines: Vec<String> = sqlx::query_scalar(
            "SELECT entry FROM journal WHERE line >= COALESCE(
                (SELECT MIN(line) FROM journal WHERE wall_ms >= $1), 0)
             ORDER BY line",
        )
        .bind(since.as_millis())
        .fetch_all(&mut self.db)
        .await
        .context("read the as-run")?;
        Ok(understood(&lines))
    }

    /// The time of the newest line that knew it.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn newest_wall(&mut self) -> anyhow::Result<Option<WallTime>> {
        let millis: Option<i64> = sqlx::query_scalar(
            "SELECT wall_ms FROM journal WHERE wall_ms IS NOT NULL ORDER BY line DESC LIMIT 1",
        )
        .fetch_optional(&mut self.db)
        .await
        .context("read the as-run")?;
        Ok(millis.map(WallTime::from_millis))
    }

    /// The next lines that the server has not stored, of one journal, signed with this PC's key.
    /// Where the disk altered a line, those before it come by themselves, so that they are stored;
    /// the rest is sent as it is, for the server to see.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn unsent(&mut self, key: &SigningKey) -> anyhow::Result<Option<AsRunBatch>> {
        let journal: Option<String> = sqlx::query_scalar(
            "SELECT journal FROM journal WHERE stored = 0 ORDER BY line LIMIT 1",
        )
        .fetch_optional(&mut self.db)
        .await
        .context("read the as-run")?;
        let Some(journal) = journal else {
            return Ok(None);
        };
        let journal: JournalId = journal.parse().context("read the name of a journal")?;
        let batch = batch(&mut self.db, &journal, 0, key).await?;
        Ok(batch.map(|(batch, _)| batch))
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
             AND line <= (SELECT MAX(line) FROM journal WHERE wall_ms <
                $2 + (SELECT wall_ms FROM journal
                WHERE wall_ms IS NOT NULL ORDER BY line DESC LIMIT 1))",
        )
        .bind(KEPT_LINES)
        .bind(before(age))
        .execute(&mut self.db)
        .await
        .context("prune the as-run")?;
        Ok(done.rows_affected())
    }
}

/// The next lines of `journal` behind the number `after` that the server has not stored, signed
/// with `key`, and the number of the last of them.
async fn batch(
    db: &mut SqliteConnection,
    journal: &JournalId,
    after: i64,
    key: &SigningKey,
) -> anyhow::Result<Option<(AsRunBatch, i64)>> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "SELECT sequence, entry FROM journal WHERE stored = 0 AND journal = $1 AND sequence > $2
         ORDER BY sequence LIMIT $3",
    )
    .bind(journal.as_str())
    .bind(after)
    .bind(BATCH)
    .fetch_all(&mut *db)
    .await
    .context("read the as-run")?;
    let Some((first, _)) = rows.first() else {
        return Ok(None);
    };
    let mut end = end_before(db, journal, *first).await?;
    let fits = |row: &&(i64, String)| {
        let next = end.follow(&row.1);
        end = next.clone().unwrap_or(end);
        next.is_ok()
    };
    // The line before one that does not follow it is the altered one, as like as not.
    let count = match rows.iter().take_while(fits).count() {
        whole if whole == rows.len() => whole,
        0 | 1 => rows.len(),
        fitting => fitting - 1,
    };
    let Some((sequence, last)) = rows.get(count - 1) else {
        return Ok(None);
    };
    let sequence = *sequence;
    let batch = AsRunBatch {
        head: end_at(sequence, last).sign(journal, key),
        journal: journal.clone(),
        lines: rows.into_iter().take(count).map(|(_, line)| line).collect(),
    };
    Ok(Some((batch, sequence)))
}

/// The line that says `record`, behind whatever end.
pub(crate) fn entry(
    record: Record,
    now: Now,
    boot_id: &BootId,
    generation: u64,
) -> impl FnOnce(Tip) -> Entry {
    let boot_id = boot_id.clone();
    move |end| Entry {
        sequence: end.sequence + 1,
        previous: end.hash,
        wall: now.wall,
        boot: now.boot,
        boot_id,
        generation,
        record,
    }
}

/// Writes the line that stands behind the end of `journal`. Among all lines it stands at `line`, or
/// after them.
pub(crate) async fn append(
    db: &mut SqliteConnection,
    journal: &JournalId,
    line: Option<i64>,
    behind: impl FnOnce(Tip) -> Entry,
) -> anyhow::Result<()> {
    let end = end_before(db, journal, i64::MAX).await?;
    let entry = behind(end);
    let text = serde_json::to_string(&entry).context("write a line of the as-run")?;
    sqlx::query(
        "INSERT INTO journal (line, journal, sequence, entry, wall_ms) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(line)
    .bind(journal.as_str())
    .bind(i64::try_from(entry.sequence).context("number a line of the as-run")?)
    .bind(text)
    .bind(entry.wall.map(WallTime::as_millis))
    .execute(db)
    .await
    .context("write a line of the as-run")?;
    Ok(())
}

/// Where `journal` ends before its line `sequence`.
async fn end_before(
    db: &mut SqliteConnection,
    journal: &JournalId,
    sequence: i64,
) -> anyhow::Result<Tip> {
    let last: Option<(i64, String)> = sqlx::query_as(
        "SELECT sequence, entry FROM journal WHERE journal = $1 AND sequence < $2
         ORDER BY sequence DESC LIMIT 1",
    )
    .bind(journal.as_str())
    .bind(sequence)
    .fetch_optional(db)
    .await
    .context("read the as-run")?;
    Ok(last.map_or_else(|| Tip::start(journal), |(last, line)| end_at(last, &line)))
}

/// The end at a line, by the number under which it was written: the disk may have altered the text.
fn end_at(sequence: i64, line: &str) -> Tip {
    Tip {
        sequence: sequence.unsigned_abs(),
        hash: LineHash::of(line),
    }
}

/// The entries that lines hold. One that the disk made unreadable is left out, and that is said: a
/// village must hear tomorrow's bulletin all the same.
fn understood(lines: &[String]) -> Vec<Entry> {
    let entry = |text: &String| match serde_json::from_str(text) {
        Ok(entry) => Some(entry),
        Err(error) => {
            error!("a line of the as-run cannot be read and is left out: {error}");
            None
        }
    };
    lines.iter().filter_map(entry).collect()
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
    async fn a_line_that_the_disk_made_unreadable_does_not_keep_a_village_silent() {
        let (mut state, _folder) = state().await;
        write(&mut state, "before", Some(MORNING)).await;
        write(&mut state, "torn", Some(MORNING)).await;
        sqlx::query("UPDATE journal SET entry = substr(entry, 1, 40) WHERE sequence = 2")
            .execute(&mut state.db)
            .await
            .unwrap();
        let since = WallTime::from_millis(MORNING);
        assert_eq!(state.newest_wall().await.unwrap(), Some(since));
        write(&mut state, "after", Some(MORNING)).await;
        assert_eq!(remembered(&mut state).await, ["before", "after"]);
        assert_eq!(state.entries_since(since).await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn old_lines_go_once_they_are_stored_and_many_have_come_after_them() {
        let (mut state, _folder) = state().await;
        write(&mut state, "old", Some(MORNING)).await;
        sqlx::query(
            "WITH RECURSIVE number (n) AS
             (SELECT 2 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
             INSERT INTO journal (journal, sequence, entry, wall_ms)
             SELECT journal, n, json_set(entry, '$.sequence', n), wall_ms FROM journal, number",
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
