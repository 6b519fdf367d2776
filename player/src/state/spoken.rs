//! Whether the PC has said today how it is outlives a power cut, and so does what the server takes.

use super::{Fact, State};
use crate::daemon::Spoken;

impl State {
    /// What the PC said of itself, and when.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn spoken(&mut self) -> anyhow::Result<Spoken> {
        Ok(self.get(Fact::Spoken).await?.unwrap_or_default())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_spoken(&mut self, spoken: &Spoken) -> anyhow::Result<()> {
        self.set(Fact::Spoken, spoken).await
    }

    /// What the server takes in lines beside what every server takes.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn also_takes(&mut self) -> anyhow::Result<Vec<String>> {
        Ok(self.get(Fact::AlsoTakes).await?.unwrap_or_default())
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_also_takes(&mut self, also_takes: &[String]) -> anyhow::Result<()> {
        self.set(Fact::AlsoTakes, &also_takes).await
    }
}
