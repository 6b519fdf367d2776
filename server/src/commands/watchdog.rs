//! What systemd is told, when it runs this program: that it is ready once it has answered a
//! request, and that it lives as often as it answers another. A server that answers nobody for too
//! long is started anew.
//!
//! The request goes by the network to `/healthz`, as a proxy's would. It asks for nothing else: a
//! database or a bucket that is away comes back no sooner by starting anew, and `/readyz` says so.

use std::future::pending;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use sd_notify::NotifyState;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::state::State;

/// A server that is asked to answer itself does so within this, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Between questions until the first answer.
const SOON: Duration = Duration::from_millis(200);

/// It is told so many times within the span after which it would start the server anew.
const TIMES: u32 = 3;

/// So much may wait to be told. What finds no room is told later or never: a datagram to one who
/// does not listen holds up its sender, and the server waits for nobody.
const WAITING: usize = 8;

/// How long the end of the program waits until all that was said is told.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Asks the server at `listens`, and tells, until it ends.
pub(super) async fn watch(state: State, listens: SocketAddr) {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    let teller = match Teller::start() {
        Ok(teller) => teller,
        Err(error) => return tracing::error!("nobody tells systemd: {error}"),
    };
    tokio::select! {
        () = answers(&state, listens, &teller) => {}
        () = state.stopped() => {}
    }
    teller.end().await;
}

/// Tells that the server answers, as often as it does; does not come back.
async fn answers(state: &State, listens: SocketAddr, teller: &Teller) {
    let every = sd_notify::watchdog_enabled().map(|within| within / TIMES);
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
                ready = ready || teller.tell(NotifyState::Ready);
                teller.tell(NotifyState::Watchdog);
                match every {
                    Some(every) => every,
                    None if ready => pending().await,
                    None => SOON,
                }
            }
            (Err(error), every) => {
                if ready {
                    tracing::error!("the server does not answer itself: {error:#}");
                }
                every.filter(|_| ready).unwrap_or(SOON)
            }
        };
        sleep(pause).await;
    }
}

/// The thread that tells systemd.
struct Teller {
    to: SyncSender<NotifyState<'static>>,
    /// Says that it ended, by being closed.
    ended: oneshot::Receiver<()>,
}

impl Teller {
    fn start() -> std::io::Result<Self> {
        let (to, said) = sync_channel::<NotifyState<'static>>(WAITING);
        let (ends, ended) = oneshot::channel();
        let thread = thread::Builder::new().name("watchdog".to_owned());
        thread.spawn(move || {
            for state in said {
                if let Err(error) = sd_notify::notify(&[state]) {
                    tracing::warn!("systemd cannot be told how the server is: {error}");
                }
            }
            drop(ends);
        })?;
        Ok(Self { to, ended })
    }

    /// Whether it will be told.
    fn tell(&self, state: NotifyState<'static>) -> bool {
        self.to.try_send(state).is_ok()
    }

    /// Says that the server ends, and lets all be told that was said.
    async fn end(self) {
        self.tell(NotifyState::Stopping);
        let Self { to, ended } = self;
        drop(to);
        // It answers only by being closed, or not in time.
        let _ = timeout(LAST_WORDS, ended).await;
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
