//! What the recordings of the month have cost outlives a power cut.

use super::{Fact, State};
use crate::thrift::Spent;

impl State {
    /// What came in the month in which that was last noted.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn spent(&mut self) -> anyhow::Result<Spent> {
        Ok(self.get(Fact::Spent).await?.unwrap_or_default())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_spent(&mut self, spent: &Spent) -> anyhow::Result<()> {
        self.set(Fact::Spent, spent).await
    }
}
