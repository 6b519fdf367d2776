//! Holds the server's event stream (WHATWG HTML, server-sent events): its only use is to be woken.

use std::time::Duration;

use reqwest::Method;
use tracing::{debug, info};

use super::Context;
use super::backoff::Backoff;
use super::server::Trouble;
use crate::clock;

/// A stream this silent is dead: the server says something every four minutes.
const SILENCE: Duration = Duration::from_secs(10 * 60);

/// The longest line of a stream of ours is a fraction of this.
const LINE_BYTES_MAX: usize = 4096;

pub(super) async fn run(context: Context) {
    let mut backoff = Backoff::default();
    loop {
        let trouble = match listen(&context, &mut backoff).await {
            Ok(()) => context
                .server
                .unexpected("the event stream ended".to_owned()),
            Err(trouble) => trouble,
        };
        debug!("not listening to the server: {trouble}");
        let pause = backoff.after(&trouble, clock::fraction());
        context.clock.wait(pause).await;
    }
}

/// Wakes the programme's task at each word of news, until the stream ends.
async fn listen(context: &Context, backoff: &mut Backoff) -> Result<(), Trouble> {
    let server = &context.server;
    let request = server.request(Method::GET, "station/events");
    let mut answer = server.send(request).await?;
    info!("the server wakes this station when there is news");
    let mut lines = Lines::default();
    while let Some(piece) = server.piece(&mut answer, SILENCE).await? {
        backoff.reset();
        if lines.take(&piece) {
            context.poke.notify_one();
        }
    }
    Ok(())
}

/// Puts the lines of a stream together again.
#[derive(Debug, Default)]
struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Whether `piece` completes a line that announces a programme.
    fn take(&mut self, piece: &[u8]) -> bool {
        let mut announced = false;
        for &byte in piece {
            if byte == b'\n' || byte == b'\r' {
                announced |= matches!(&self.begun[..], b"event: programme" | b"event:programme");
                self.begun.clear();
            } else if self.begun.len() < LINE_BYTES_MAX {
                self.begun.push(byte);
            }
        }
        announced
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_programme_is_announced_however_the_network_cuts_the_stream() {
        let stream = b": keep-alive\n\nevent: programme\ndata: 12\n\n";
        for cut in 0..stream.len() {
            let mut lines = Lines::default();
            let (head, tail) = stream.split_at(cut);
            assert!(lines.take(head) ^ lines.take(tail), "cut at {cut}");
        }
        assert!(!Lines::default().take(b"event: programmes\n: programme\n"));
    }
}
