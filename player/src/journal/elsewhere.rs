//! What the server says of lines: it stores them, or they go on elsewhere.

use anyhow::Context;
use programme::as_run::Entry;
use programme::ids::JournalId;
use sqlx::{Connection as _, SqliteConnection};

use super::append;
use crate::state::State;

impl State {
    /// Notes what the server stores, and says whether the lines that it lacks are here. Where it
    /// stores less than it once said, as after a restore from a backup, the rest is sent again.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn stored(&mut self, journal: &JournalId, through: u64) -> anyhow::Result<bool> {
        let through = i64::try_from(through).unwrap_or(i64::MAX);
        sqlx::query("UPDATE journal SET stored = (sequence <= $1) WHERE journal = $2")
            .bind(through)
            .bind(journal.as_str())
            .execute(&mut self.db)
            .await
            .context("note what the server stores")?;
        let next: Option<i64> =
            sqlx::query_scalar("SELECT MIN(sequence) FROM journal WHERE journal = $1")
                .bind(journal.as_str())
                .fetch_one(&mut self.db)
                .await
                .context("read the as-run")?;
        Ok(next.is_none_or(|next| next <= through.saturating_add(1)))
    }

    /// Offers the last line again, so that the server says what it stores. Says whether there is
    /// one.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn offer_last_again(&mut self) -> anyhow::Result<bool> {
        let offered = sqlx::query(
            "UPDATE journal SET stored = 0 WHERE journal = $1 AND sequence =
             (SELECT MAX(sequence) FROM journal WHERE journal = $1)",
        )
        .bind(self.journal.as_str())
        .execute(&mut self.db)
        .await
        .context("offer the last line of the as-run again")?;
        Ok(offered.rows_affected() > 0)
    }

    /// Goes on elsewhere with what `refused` says that the server does not take: in the journal
    /// that is being written, or, if that is the one, in another one, `fresh`. The lines stay on
    /// the disk as they were, out of the way. Says how many there are; none are moved when the
    /// server takes nothing of what was begun after the last time, for then no journal helps.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn go_on_elsewhere(
        &mut self,
        refused: &JournalId,
        fresh: JournalId,
    ) -> anyhow::Result<usize> {
        if self.journal == *refused {
            let again: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM refused)
                 AND NOT EXISTS (SELECT 1 FROM journal WHERE journal = $1 AND stored = 1)",
            )
            .bind(refused.as_str())
            .fetch_one(&mut self.db)
            .await
            .context("read the as-run")?;
            if again {
                return Ok(0);
            }
            self.go_on_in(&fresh).await?;
        }
        let journal = self.journal.clone();
        let mut write = self.db.begin().await.context("go on in another journal")?;
        let moved = carry_over(&mut write, refused, &journal).await?;
        write.commit().await.context("go on in another journal")?;
        Ok(moved)
    }
}

/// Writes again, behind the end of `journal`, what the lines of `refused` say that are not stored,
/// and sets those aside. One that the disk made unreadable is only set aside. Each keeps its place
/// among all lines, so that what happened is read in the order in which it happened.
async fn carry_over(
    db: &mut SqliteConnection,
    refused: &JournalId,
    journal: &JournalId,
) -> anyhow::Result<usize> {
    let lines: Vec<(i64, String)> = sqlx::query_as(
        "SELECT line, entry FROM journal WHERE journal = $1 AND stored = 0 ORDER BY sequence",
    )
    .bind(refused.as_str())
    .fetch_all(&mut *db)
    .await
    .context("read the as-run")?;
    for set_aside in [
        "INSERT INTO refused (journal, sequence, entry)
         SELECT journal, sequence, entry FROM journal WHERE journal = $1 AND stored = 0",
        "DELETE FROM journal WHERE journal = $1 AND stored = 0",
    ] {
        let set_aside = sqlx::query(set_aside).bind(refused.as_str());
        let done = set_aside.execute(&mut *db).await;
        done.context("set refused lines aside")?;
    }
    for (line, text) in &lines {
        if let Ok(entry) = serde_json::from_str::<Entry>(text) {
            append(db, journal, Some(*line), |end| Entry {
                sequence: end.sequence + 1,
                previous: end.hash,
                ..entry
            })
            .await?;
        }
    }
    Ok(lines.len())
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use programme::as_run::Record;
    use programme::as_run::chain::{self, Break, Tip};
    use programme::clock::{BootId, Now};
    use programme::units::BootTime;
    use programme::wire::AsRunBatch;
    use tempfile::TempDir;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[9; 32])
    }

    fn fresh(number: u8) -> JournalId {
        JournalId::from_random([number; 10])
    }

    async fn state(lines: &[&str]) -> (State, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let (mut state, _) = State::open(folder.path(), fresh(1)).await.unwrap();
        for why in lines {
            write(&mut state, why).await;
        }
        (state, folder)
    }

    async fn write(state: &mut State, why: &str) {
        let record = Record::NotUnderstood {
            broadcast: None,
            why: why.to_owned(),
        };
        let now = Now {
            wall: None,
            boot: BootTime::ZERO,
        };
        let boot = BootId("boot".to_owned());
        state.record(record, now, &boot, 1).await.unwrap();
    }

    async fn unsent(state: &mut State) -> AsRunBatch {
        state.unsent(&key()).await.unwrap().unwrap()
    }

    /// What the lines of a batch say, once they are seen to follow `before`.
    fn said(batch: &AsRunBatch, before: Tip) -> Vec<String> {
        let end = before.follow_all(&batch.lines).unwrap();
        let key = key().verifying_key();
        end.require(&batch.journal, &batch.head, &key).unwrap();
        let why = |line: &String| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["why"].as_str().unwrap().to_owned()
        };
        batch.lines.iter().map(why).collect()
    }

    async fn alter(state: &mut State, sequence: i64, from: &str, to: &str) {
        sqlx::query("UPDATE journal SET entry = replace(entry, $1, $2) WHERE sequence = $3")
            .bind(from)
            .bind(to)
            .bind(sequence)
            .execute(&mut state.db)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn lines_before_one_that_the_disk_altered_are_sent_by_themselves() {
        let (mut state, _folder) = state(&["a", "b", "c", "d"]).await;
        alter(&mut state, 2, "\"b\"", "\"x\"").await;
        let batch = unsent(&mut state).await;
        assert_eq!(said(&batch, Tip::start(&fresh(1))), ["a"]);
        let held = Tip::at(&batch.lines[0]).unwrap();
        assert!(state.stored(&fresh(1), 1).await.unwrap());
        let batch = unsent(&mut state).await;
        assert_eq!(batch.lines.len(), 3);
        let found = chain::continued(held, &[], &batch.lines);
        assert_eq!(found, Err(Break::Unlinked { line: 3 }));
    }

    #[tokio::test]
    async fn what_the_server_refuses_goes_on_in_another_journal_and_is_kept_as_it_was() {
        let (mut state, folder) = state(&["a", "b", "c"]).await;
        assert!(state.stored(&fresh(1), 1).await.unwrap());
        alter(&mut state, 2, "}", "").await;
        let moved = state.go_on_elsewhere(&fresh(1), fresh(2)).await.unwrap();
        assert_eq!(moved, 2);
        write(&mut state, "d").await;
        let batch = unsent(&mut state).await;
        assert_eq!(batch.journal, fresh(2));
        assert_eq!(said(&batch, Tip::start(&fresh(2))), ["c", "d"]);
        let aside: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM refused")
            .fetch_one(&mut state.db)
            .await
            .unwrap();
        assert_eq!(aside, 2);
        state.close().await.unwrap();
        let (state, _) = State::open(folder.path(), fresh(3)).await.unwrap();
        assert_eq!(state.journal, fresh(2));
    }

    #[tokio::test]
    async fn a_server_that_takes_no_journal_at_all_gets_one_more_and_no_third() {
        let (mut state, _folder) = state(&["a"]).await;
        assert_eq!(state.go_on_elsewhere(&fresh(1), fresh(2)).await.unwrap(), 1);
        assert_eq!(state.go_on_elsewhere(&fresh(2), fresh(3)).await.unwrap(), 0);
        assert_eq!(
            said(&unsent(&mut state).await, Tip::start(&fresh(2))),
            ["a"]
        );
        assert!(state.stored(&fresh(2), 1).await.unwrap());
        write(&mut state, "b").await;
        assert_eq!(state.go_on_elsewhere(&fresh(2), fresh(3)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_refused_old_journal_goes_on_in_the_one_that_is_written() {
        let (mut state, _folder) = state(&["a", "b"]).await;
        state.go_on_in(&fresh(2)).await.unwrap();
        write(&mut state, "c").await;
        assert_eq!(state.go_on_elsewhere(&fresh(1), fresh(3)).await.unwrap(), 2);
        let batch = unsent(&mut state).await;
        assert_eq!(said(&batch, Tip::start(&fresh(2))), ["c", "a", "b"]);
    }

    #[tokio::test]
    async fn what_goes_on_elsewhere_is_remembered_in_the_order_in_which_it_happened() {
        let (mut state, _folder) = state(&["started"]).await;
        state.go_on_in(&fresh(2)).await.unwrap();
        write(&mut state, "ended").await;
        state.go_on_elsewhere(&fresh(1), fresh(3)).await.unwrap();
        write(&mut state, "started anew").await;
        let records = state.past().await.unwrap().records.into_iter();
        let why = |record| match record {
            Record::NotUnderstood { why, .. } => Some(why),
            Record::Started { .. }
            | Record::Ended { .. }
            | Record::Outcome { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. } => None,
        };
        let remembered: Vec<_> = records.filter_map(why).collect();
        assert_eq!(remembered, ["started", "ended", "started anew"]);
    }

    #[tokio::test]
    async fn lines_that_a_server_lacks_and_nobody_has_are_found() {
        let (mut state, _folder) = state(&["a", "b", "c"]).await;
        assert!(state.stored(&fresh(1), 2).await.unwrap());
        assert!(state.stored(&fresh(1), 0).await.unwrap());
        sqlx::query("DELETE FROM journal WHERE sequence = 1")
            .execute(&mut state.db)
            .await
            .unwrap();
        assert!(state.stored(&fresh(1), 1).await.unwrap());
        assert!(!state.stored(&fresh(1), 0).await.unwrap());
    }
}
