//! How the loop ends: in order when it is told to, and as well as it can when it cannot go on.

use programme::air::Input;
use tracing::debug;

use super::{Daemon, Ends};
use crate::amplifier::Amplifier;

impl Daemon {
    /// Silences what is on air, on record, and closes everything.
    pub(super) async fn end(mut self, ends: &Ends) -> anyhow::Result<()> {
        self.tell(Input::ShutDown);
        self.settle(&ends.status, false).await?;
        self.note_spent().await?;
        let hardware = &mut self.clocks.hardware;
        hardware.end();
        self.state.set_hardware_clock(hardware).await?;
        self.duties.stop().await;
        // The amplifier goes off when nothing sounds any more.
        close((self.output, self.amplifier)).await;
        self.state.close().await
    }

    /// Silences what is on air and closes everything, without a word on record: the next start
    /// finds what is open and closes it. The amplifier stays, so that it is known whether it could
    /// be switched off.
    pub(super) async fn give_up(mut self) -> Amplifier {
        self.duties.stop().await;
        close(self.output).await;
        self.amplifier.let_go();
        if let Err(error) = self.state.close().await {
            debug!("the state did not close: {error:#}");
        }
        self.amplifier
    }
}

/// The card, or what switches, may take its time to close.
async fn close(open: impl Send + 'static) {
    let _ = tokio::task::spawn_blocking(move || drop(open)).await;
}
