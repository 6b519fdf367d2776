//! The as-run on a stick: the lines that go back on it, and what the receipt on it says.

use anyhow::Context;
use ed25519_dalek::SigningKey;
use programme::as_run::chain::LineHash;
use programme::bundle::{Receipt, StoredJournal};
use programme::ids::JournalId;
use programme::signed::Verified;
use programme::wire::AsRunBatch;

use super::batch;
use crate::state::State;

impl State {
    /// Every line that the server is not known to have stored, journal by journal in the order in
    /// which they were begun, as far as `most_bytes` of them reach; the rest goes with the next
    /// stick.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn by_hand(
        &mut self,
        key: &SigningKey,
        most_bytes: usize,
    ) -> anyhow::Result<Vec<AsRunBatch>> {
        let journals: Vec<String> = sqlx::query_scalar(
            "SELECT journal FROM journal WHERE stored = 0 GROUP BY journal ORDER BY MIN(line)",
        )
        .fetch_all(&mut self.db)
        .await
        .context("read the as-run")?;
        let (mut batches, mut bytes) = (Vec::new(), 0);
        for journal in journals {
            let journal: JournalId = journal.parse().context("read the name of a journal")?;
            let mut after = 0;
            while let Some((next, last)) = batch(&mut self.db, &journal, after, key).await? {
                bytes += next.lines.iter().map(String::len).sum::<usize>();
                if bytes > most_bytes {
                    return Ok(batches);
                }
                batches.push(next);
                after = last;
            }
        }
        Ok(batches)
    }

    /// Believes what a receipt says is stored, as far as it speaks of lines as this PC wrote them.
    /// Only a newer receipt than all before it can say that less is stored than was said once, as
    /// after a restore from a backup; the rest is then sent again, which doubles nothing.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn believe(&mut self, receipt: &Verified<Receipt>) -> anyhow::Result<()> {
        let receipt = receipt.get();
        let newer = self.receipt().await? < Some(receipt.issued_at);
        for stored in &receipt.journals {
            if self.wrote(stored).await? {
                self.note_stored(stored, newer).await?;
            }
        }
        if newer {
            self.set_receipt(receipt.issued_at).await?;
        }
        Ok(())
    }

    /// Whether the line that a receipt names is here as it names it.
    async fn wrote(&mut self, stored: &StoredJournal) -> anyhow::Result<bool> {
        let line: Option<String> =
            sqlx::query_scalar("SELECT entry FROM journal WHERE journal = $1 AND sequence = $2")
                .bind(stored.journal.as_str())
                .bind(i64::try_from(stored.through).unwrap_or(i64::MAX))
                .fetch_optional(&mut self.db)
                .await
                .context("read the as-run")?;
        Ok(line.is_some_and(|line| LineHash::of(&line) == stored.hash))
    }

    async fn note_stored(&mut self, stored: &StoredJournal, newer: bool) -> anyhow::Result<()> {
        let note = if newer {
            "UPDATE journal SET stored = (sequence <= $1) WHERE journal = $2"
        } else {
            "UPDATE journal SET stored = 1 WHERE sequence <= $1 AND journal = $2"
        };
        sqlx::query(note)
            .bind(i64::try_from(stored.through).unwrap_or(i64::MAX))
            .bind(stored.journal.as_str())
            .execute(&mut self.db)
            .await
            .context("note what the server stores")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use programme::as_run::Record;
    use programme::clock::{BootId, Now};
    use programme::ids::StationId;
    use programme::signed::Purpose;
    use programme::units::{BootTime, WallTime};
    use tempfile::TempDir;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_bytes(&[9; 32])
    }

    async fn state(lines: usize) -> (State, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let fresh = JournalId::from_random([1; 10]);
        let (mut state, _) = State::open(folder.path(), fresh).await.unwrap();
        for number in 0..lines {
            let record = Record::NotUnderstood {
                broadcast: None,
                why: format!("line {number}"),
            };
            let now = Now {
                wall: None,
                boot: BootTime::ZERO,
            };
            let boot = BootId("boot".to_owned());
            state.record(record, now, &boot, 1).await.unwrap();
        }
        (state, folder)
    }

    /// The receipt for `lines`, of this moment.
    fn receipt(state: &State, lines: &[String], at: i64) -> Verified<Receipt> {
        let station = StationId::from_random([5; 10]);
        let journals = lines.last().map(|last| StoredJournal {
            journal: state.journal.clone(),
            through: lines.len() as u64,
            hash: LineHash::of(last),
        });
        let receipt = Receipt {
            station: station.clone(),
            issued_at: WallTime::from_millis(at),
            journals: journals.into_iter().collect(),
        };
        let server = SigningKey::from_bytes(&[3; 32]);
        let envelope = receipt.sign(&server).unwrap();
        let verified = Verified::<Receipt>::open(&envelope, &server.verifying_key(), &station);
        assert!(
            envelope
                .verify(Purpose::AsRun, &server.verifying_key())
                .is_err()
        );
        verified.unwrap()
    }

    async fn waiting(state: &mut State) -> Vec<String> {
        let batches = state.by_hand(&key(), usize::MAX).await.unwrap();
        batches.into_iter().flat_map(|batch| batch.lines).collect()
    }

    #[tokio::test]
    async fn every_line_goes_by_hand_in_signed_batches_and_none_is_parted() {
        let (mut state, _folder) = state(450).await;
        let batches = state.by_hand(&key(), usize::MAX).await.unwrap();
        let lengths: Vec<_> = batches.iter().map(|batch| batch.lines.len()).collect();
        assert_eq!(lengths, [200, 200, 50]);
        for batch in &batches {
            let trusted = key().verifying_key();
            programme::as_run::chain::as_written(
                &batch.journal,
                &batch.lines,
                &batch.head,
                &trusted,
            )
            .unwrap();
        }
        let first: usize = batches[0].lines.iter().map(String::len).sum();
        let few = state.by_hand(&key(), first + 10).await.unwrap();
        assert_eq!(few, batches[..1], "the oldest first, whole batches alone");
    }

    #[tokio::test]
    async fn a_receipt_counts_for_lines_as_written_here_and_an_older_one_takes_nothing_back() {
        let (mut state, _folder) = state(5).await;
        let lines = waiting(&mut state).await;
        let mut altered = lines[..4].to_vec();
        altered[3].push(' ');
        let other = receipt(&state, &altered, 1_000);
        state.believe(&other).await.unwrap();
        assert_eq!(waiting(&mut state).await, lines, "it speaks of other lines");
        let third = receipt(&state, &lines[..3], 2_000);
        state.believe(&third).await.unwrap();
        assert_eq!(waiting(&mut state).await, lines[3..]);
        let older = receipt(&state, &lines[..1], 1_500);
        state.believe(&older).await.unwrap();
        assert_eq!(waiting(&mut state).await, lines[3..], "it was overtaken");
        let restored = receipt(&state, &lines[..1], 3_000);
        state.believe(&restored).await.unwrap();
        assert_eq!(waiting(&mut state).await, lines[1..], "the server lost it");
    }
}
