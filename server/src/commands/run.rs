//! `serve`: answer until a signal says stop.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::duties;
use crate::state::State;

/// Between attempts to hear other replicas again.
const RELAY_PAUSE: Duration = Duration::from_secs(5);

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn serve(state: State) -> anyhow::Result<()> {
    let _lock = super::restore::lock(&state.config)?;
    let listen = state.config.server.listen;
    let listener = TcpListener::bind(listen).with_context(|| {
        format!("listen on {listen}: another program may hold the port (see server.listen)")
    })?;
    // Before anybody is told that it listens, so that a stop that follows at once is heard.
    let signals = stop_on_signal(state.clone())?;
    let scheme = if state.config.speaks_tls() {
        "https"
    } else {
        "http"
    };
    let at = listener.local_addr()?;
    println!("Loa Bản listens on {scheme}://{at}");
    let duties = duties::start(&state).await?;
    let relay = tokio::spawn(relay(state.clone()));
    let watching = tokio::spawn(super::watchdog::watch(state.clone(), at));
    let served = crate::serve(listener, state.clone()).await;
    signals.abort();
    relay.abort();
    // Also where it could not go on by itself, systemd is told that it ends.
    state.stop();
    if let Err(error) = watching.await {
        tracing::error!("nobody told systemd that the server ends: {error}");
    }
    duties.await.context("stop the recurring duties")?;
    state.database.close().await;
    served
}

fn stop_on_signal(state: State) -> anyhow::Result<JoinHandle<()>> {
    let mut terminate = signal(SignalKind::terminate()).context("listen to signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen to signals")?;
    Ok(tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests under way come to their end");
        state.stop();
    }))
}

/// Hears other replicas; a connection that breaks is made again.
async fn relay(state: State) {
    loop {
        match state.wake.relay().await {
            Ok(()) => return,
            Err(error) => tracing::warn!("{error:#}; trying again"),
        }
        tokio::time::sleep(RELAY_PAUSE).await;
    }
}
