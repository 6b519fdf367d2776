//! What stands between the output and the people: the volume at the PC, and the amplifier.

use programme::air::Outlook;
use tracing::info;

use super::{Daemon, Ended};
use crate::amplifier::Switched;
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

    /// Takes what came of a switching.
    pub(super) fn take_switched(&mut self, switched: Switched) -> Option<Ended> {
        let now = self.now();
        self.amplifier.take_switched(switched, now.boot);
        None
    }

    /// Has the amplifier follow what airs and what comes next.
    pub(super) fn lead_amplifier(&mut self, outlook: &Outlook) {
        let now = self.now();
        let aired = self.on_output.values().map(|aired| aired.start);
        let on_air = aired.chain(self.speech.since()).min();
        self.amplifier.follow(on_air, outlook.next_at, now.boot);
    }
}
