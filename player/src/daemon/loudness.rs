//! What stands between the output and the people: the volume at the PC.

use tracing::info;

use super::{Daemon, Ended};
use crate::output::Request;
use crate::volume::Turn;

impl Daemon {
    /// Changes the volume of what sounds at this moment and of all that follows. It is kept first:
    /// after a power cut nothing is louder than it was.
    pub(super) async fn turn_volume(&mut self, turn: Turn) -> anyhow::Result<Option<Ended>> {
        let volume = self.volume.turned(turn);
        info!("the volume is set to {volume}");
        self.state.set_volume(volume).await?;
        self.volume = volume;
        self.output.ask(Request::SetGain(volume.decibels()));
        Ok(None)
    }
}
