//! The address of the page on the PC: opened, and tried again while something else has it. The
//! village hears its programme meanwhile.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info};

use crate::clock;
use crate::screen::{self, Screen};
use crate::sync::backoff::Backoff;

/// Answers at `listen` until the task is ended, first on `open` where that is open already. Why the
/// page cannot be seen is told to `trouble`, while that is so.
pub async fn keep_open(
    mut open: Option<TcpListener>,
    listen: SocketAddr,
    screen: Screen,
    trouble: watch::Sender<Option<String>>,
) {
    let mut pauses = Backoff::default();
    loop {
        let listener = match open.take() {
            Some(listener) => Ok(listener),
            None => TcpListener::bind(listen).await,
        };
        let why = match listener {
            Ok(listener) => {
                info!("the screen is at http://{listen}");
                trouble.send_replace(None);
                pauses.reset();
                let served = screen::serve(listener, screen.clone()).await;
                served.err().map(|why| format!("{why:#}"))
            }
            Err(why) => Some(format!(
                "open the screen at {listen}: {why}; is another program there, or another player?"
            )),
        };
        trouble.send_if_modified(|told| {
            let news = *told != why;
            if let Some(why) = why.as_ref().filter(|_| news) {
                error!("the page is not there, and what is planned airs on: {why}");
            }
            *told = why;
            news
        });
        screen.clock.wait(pauses.next(clock::fraction())).await;
    }
}
