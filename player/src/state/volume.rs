//! The volume at the PC outlives a power cut.

use super::{Fact, State};
use crate::volume::Volume;

impl State {
    /// The volume that was set last; the programme's own until somebody sets one.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn volume(&mut self) -> anyhow::Result<Volume> {
        Ok(self.get(Fact::Volume).await?.unwrap_or_default())
    }

    /// Keeps the volume.
    ///
    /// # Errors
    /// The disk failed.
    pub async fn set_volume(&mut self, volume: Volume) -> anyhow::Result<()> {
        self.set(Fact::Volume, &volume).await
    }
}
