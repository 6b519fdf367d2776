//! What systemd is told, when it runs this program: that it is ready once it has answered a
//! request, and that it lives as often as it answers another. A server that answers nobody for too
//! long is started anew.
//!
//! The request goes by the network to `/healthz`, as a proxy's would. It asks for nothing else: a
//! database or a bucket that is away comes back no sooner by starting anew, and `/readyz` says so.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use sd_notify::NotifyState;

use crate::state::State;

/// A server that is asked to answer itself does so within this, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between questions until the first answer.
const SOON: Duration = Duration::from_millis(200);

/// It is told so many times within the span after which it would start the server anew.
const TIMES: u32 = 3;

/// Asks the server at `listens`, and tells, until it is told to stop.
pub(super) async fn watch(state: State, listens: SocketAddr) {
    let every = sd_notify::watchdog_enabled().map(|within| within / TIMES);
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let scheme = if state.config.speaks_tls() {
        "https"
    } else {
        "http"
    };
    let url = format!("{scheme}://{}/healthz", reached_at(listens));
    crate::serve::choose_cryptography();
    let mut ready = false;
    loop {
        let pause = match (ask(&url).await, every) {
            (Ok(()), every) => {
                if !ready {
                    tell(&[NotifyState::Ready]);
                    ready = true;
                }
                tell(&[NotifyState::Watchdog]);
                let Some(every) = every else { return };
                every
            }
            (Err(error), every) => {
                if ready {
                    tracing::error!("the server does not answer itself: {error:#}");
                }
                every.filter(|_| ready).unwrap_or(SOON)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = state.stopped() => return tell(&[NotifyState::Stopping]),
        }
    }
}

/// A connection of its own each time: that new ones are taken is a part of the question.
async fn ask(url: &str) -> anyhow::Result<()> {
    // Whom the certificate names is not the question, for it is not this address.
    let client = reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .context("prepare to ask")?;
    client.get(url).send().await.context("ask")?;
    Ok(())
}

/// Where somebody on this machine reaches what listens everywhere.
fn reached_at(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listens.port())
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("systemd cannot be told how the server is: {error}");
    }
}
