//! Connections whose end is seen just when it should be: one look after what came before it.
//!
//! Whoever gave up on a player that stood still has sent a press and then closed the connection,
//! and the player finds both at once. The web server drops an answer as soon as it sees that nobody
//! waits for it. Where it saw the end together with the press, STOP would be dropped before its
//! first step; where it saw the end late, everything else would be done for somebody who has gone.
//! As it is here every press takes its first step, in which STOP is handed over, and no press of
//! whoever has gone takes a second.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{io, mem};

use axum::serve::Listener;
use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Takes connections as the listener in it does.
#[derive(Debug)]
pub struct Door(pub TcpListener);

/// A connection whose end is seen one look after what came before it.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// Whether this look has brought something.
    has_brought: bool,
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        let connection = Connection {
            stream,
            has_brought: false,
        };
        (connection, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.remaining();
        let had_brought = mem::take(&mut self.has_brought);
        let read = Pin::new(&mut self.stream).poll_read(context, buffer)?;
        self.has_brought = buffer.remaining() < before;
        if self.has_brought || (read.is_pending() && !self.is_over()) {
            return read.map(Ok);
        }
        if had_brought {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

impl Connection {
    /// Whether the other side has closed, as the system knows before the runtime is woken by it.
    fn is_over(&self) -> bool {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        matches!(recv(&self.stream, &mut [0], flags), Ok((_, 0)))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use axum::Router;
    use axum::routing::post;
    use tokio::io::AsyncWriteExt as _;
    use tokio::time::sleep;

    use super::*;

    const PRESS: &[u8] = b"POST /press HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";

    /// Ten have pressed and gone before anybody looked, as with a player that stood still.
    async fn press_and_go(router: Router, taken: &AtomicUsize) {
        let all = taken.load(Ordering::SeqCst) + 10;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        for _ in 0..10 {
            let mut gone = TcpStream::connect(address).await.unwrap();
            gone.write_all(PRESS).await.unwrap();
        }
        let served = tokio::spawn(async { axum::serve(Door(listener), router).await });
        for _ in 0..500 {
            if taken.load(Ordering::SeqCst) == all {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        // A second step would follow the first at once.
        sleep(Duration::from_millis(20)).await;
        served.abort();
    }

    /// On as many threads as the player has: on one alone the end was mostly seen late enough.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_press_whose_sender_has_gone_takes_its_first_step_and_no_other() {
        let steps = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let taken = Arc::clone(&steps);
        let press = move || async move {
            taken[0].fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            taken[1].fetch_add(1, Ordering::SeqCst);
        };
        let router = Router::new().route("/press", post(press));
        for _ in 0..20 {
            press_and_go(router.clone(), &steps[0]).await;
        }
        let taken = steps.each_ref().map(|step| step.load(Ordering::SeqCst));
        assert_eq!(taken, [200, 0]);
    }
}
