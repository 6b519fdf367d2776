//! What came by hand, beyond a power cut.

use programme::units::WallTime;

use super::{Fact, State};
use crate::daemon::Coming;

impl State {
    /// When the newest bundle was put together whose programme was taken.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn bundle(&mut self) -> anyhow::Result<Option<WallTime>> {
        self.get(Fact::Bundle).await
    }

    /// Notes that a bundle was taken; an older one than the newest changes nothing.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn note_bundle(&mut self, issued_at: WallTime) -> anyhow::Result<()> {
        if self.bundle().await? < Some(issued_at) {
            self.set(Fact::Bundle, &issued_at).await?;
        }
        Ok(())
    }

    /// Recordings of a programme that a stick brought and that is not in force yet.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn coming(&mut self) -> anyhow::Result<Coming> {
        Ok(self.get(Fact::Coming).await?.unwrap_or_default())
    }

    /// Keeps them.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn set_coming(&mut self, coming: &Coming) -> anyhow::Result<()> {
        self.set(Fact::Coming, coming).await
    }

    /// When the newest receipt was written that came by hand.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn receipt(&mut self) -> anyhow::Result<Option<WallTime>> {
        self.get(Fact::Receipt).await
    }

    /// Keeps it.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn set_receipt(&mut self, issued_at: WallTime) -> anyhow::Result<()> {
        self.set(Fact::Receipt, &issued_at).await
    }
}
