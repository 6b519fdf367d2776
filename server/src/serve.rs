//! Listening, with or without TLS, until told to stop.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustix::net::sockopt;
use rustls::ServerConfig;
use rustls::server::ServerSessionMemoryCache;

use crate::state::State;

/// Requests under way get so long to come to their end after [`State::stop`].
const GRACE: Duration = Duration::from_secs(10);

/// Whoever has acknowledged nothing of what was sent for so long is gone. A PC without power or
/// with its cable pulled says no goodbye, and TCP by itself sends again for a quarter of an hour.
const GONE: Duration = Duration::from_secs(60);
/// A connection on which nothing is under way is tried after this: longer than streams are silent,
/// so that it costs a station nothing that has one.
const TRIED_AFTER: Duration = Duration::from_mins(10);

/// Answers on `listener` until [`State::stop`].
///
/// # Errors
/// A certificate that cannot be used, or a listener that fails.
pub async fn serve(listener: TcpListener, state: State) -> anyhow::Result<()> {
    listener.set_nonblocking(true).context("listen")?;
    forget_who_is_gone(&listener).context("set how long connections last")?;
    let handle: Handle<SocketAddr> = Handle::new();
    let waiting = tokio::spawn({
        let (handle, state) = (handle.clone(), state.clone());
        async move {
            state.stopped().await;
            handle.graceful_shutdown(Some(GRACE));
        }
    });
    tokio::spawn(crate::recordings::ingest::work(state.clone()));
    tokio::spawn(crate::programmes::duty::listen(state.clone()));
    tokio::spawn(crate::emergencies::push::relay(state.clone()));
    let service = crate::router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let server = &state.config.server;
    let served = if state.config.speaks_tls() {
        let (chain, key) = (&server.tls_certificate_file, &server.tls_key_file);
        axum_server::from_tcp_rustls(listener, tls(chain, key).await?)?
            .handle(handle)
            .serve(service)
            .await
    } else {
        axum_server::from_tcp(listener)?
            .handle(handle)
            .serve(service)
            .await
    };
    waiting.abort();
    served.context("serve")
}

/// Has the system end connections whose other end is gone. What is accepted inherits it (tcp(7)).
fn forget_who_is_gone(listener: &TcpListener) -> rustix::io::Result<()> {
    let gone_ms = u32::try_from(GONE.as_millis()).unwrap_or(u32::MAX);
    sockopt::set_tcp_user_timeout(listener, gone_ms)?;
    sockopt::set_tcp_keepidle(listener, TRIED_AFTER)?;
    sockopt::set_socket_keepalive(listener, true)
}

/// Sessions of TLS that are kept: those of ten thousand stations, and of people beside them. The
/// oldest makes room.
const SESSIONS: usize = 20_000;

/// TLS with the certificate `chain` and its `key`, both PEM.
///
/// Who was here lately gets in by a ticket (RFC 8446 §2.2): a station on a mobile link does not pay
/// for the certificates again at each report. The ticket names a session that is kept here; sealed
/// into the ticket it would go over the link twice with each connection.
async fn tls(chain: &Path, key: &Path) -> anyhow::Result<RustlsConfig> {
    choose_cryptography();
    let tls = RustlsConfig::from_pem_file(chain, key)
        .await
        .with_context(|| format!("read the certificate {}", chain.display()))?;
    let mut config = ServerConfig::clone(&tls.get_inner());
    config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
    // Each connection spends one and is given one.
    config.send_tls13_tickets = 1;
    tls.reload_from_config(Arc::new(config));
    Ok(tls)
}

/// TLS in this process, served or called, computes with ring.
pub fn choose_cryptography() {
    // Another part of the process may have chosen already; either choice will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// What gets shorter by compression; sound and pictures are compressed already.
pub(crate) fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| {
        [
            "text/html",
            "text/css",
            "text/javascript",
            "application/json",
            "image/svg+xml",
        ]
        .iter()
        .any(|text| kind.starts_with(text))
    })
}
