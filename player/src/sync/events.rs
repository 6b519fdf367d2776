//! Holds the server's event stream (WHATWG HTML, server-sent events): it wakes the programme's
//! task, and brings emergencies and stops whole. One that cannot be read wakes that task as well,
//! for the server has it on its list.

use std::time::Duration;

use programme::signed::Envelope;
use reqwest::Method;
use tracing::{debug, info, warn};

use super::backoff::Backoff;
use super::server::Trouble;
use super::{Context, News};
use crate::clock;

/// A stream this silent is dead: the server says something every four minutes.
const SILENCE: Duration = Duration::from_secs(5 * 60);

/// An emergency in a dozen languages takes a tenth of this, on one line or on several.
const EVENT_BYTES_MAX: usize = 65_536;

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
        context
            .rest(backoff.after(&trouble, clock::fraction()))
            .await;
    }
}

/// Passes on each event, until the stream ends, or until another task finds that the server was
/// away and is back: a stream that lay dead meanwhile would tell nobody.
async fn listen(context: &Context, backoff: &mut Backoff) -> Result<(), Trouble> {
    let server = &context.server;
    let request = server.request(Method::GET, "station/events");
    let mut answer = server.send(request).await?;
    info!("the server wakes this station when there is news");
    let mut stream = Stream::default();
    let back = context.back();
    tokio::pin!(back);
    loop {
        let piece = tokio::select! {
            piece = server.piece(&mut answer, SILENCE) => piece?,
            () = &mut back => return Ok(()),
        };
        let Some(piece) = piece else {
            return Ok(());
        };
        backoff.reset();
        for event in stream.take(&piece) {
            match event {
                Event::Programme | Event::Unreadable => context.poke.notify_one(),
                Event::Emergency(envelope) => hand_on(context, vec![envelope], Vec::new()).await,
                Event::Stop(envelope) => hand_on(context, Vec::new(), vec![envelope]).await,
                Event::InForce(tags) => note_in_force(context, &tags).await,
            }
        }
    }
}

/// Notes whether just what is held is in force. Where it is not, the next poll comes as ever: a
/// programme that was refused would otherwise be fetched every four minutes.
async fn note_in_force(context: &Context, tags: &str) {
    if is_held(context, tags) {
        context.assured.send_replace(Some(context.clock.boot()));
        // Without a loop the tasks end.
        let _ = context.news.send(News::Newest).await;
    }
}

/// Whether these tags name just what is held.
fn is_held(context: &Context, tags: &str) -> bool {
    let want = context.want.borrow();
    let [programme, emergencies] = [&want.etag, &want.emergencies].map(Option::as_deref);
    let held = programme.zip(emergencies);
    held.is_some_and(|(one, other)| tags == format!("{one} {other}"))
}

async fn hand_on(context: &Context, envelopes: Vec<Envelope>, stops: Vec<Envelope>) {
    let news = News::Emergencies {
        envelopes,
        stops,
        etag: None,
    };
    // Without a loop the tasks end.
    let _ = context.news.send(news).await;
}

/// What the server says on the stream.
#[derive(Debug, PartialEq)]
enum Event {
    /// What is in force, by its tags.
    InForce(String),
    Programme,
    Emergency(Envelope),
    Stop(Envelope),
    /// An emergency or a stop that is too long, or none of ours.
    Unreadable,
}

/// Puts the events of a stream together again.
#[derive(Debug, Default)]
struct Stream {
    line: Vec<u8>,
    /// The event is longer than any of ours: what is begun is dropped with it.
    too_long: bool,
    name: Vec<u8>,
    data: Vec<u8>,
}

impl Stream {
    /// The events that `piece` completes.
    fn take(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in piece {
            if byte == b'\n' {
                events.extend(self.end_line());
            } else if self.line.len() < EVENT_BYTES_MAX {
                self.line.push(byte);
            } else {
                self.too_long = true;
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<Event> {
        let mut line = std::mem::take(&mut self.line);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = match line.iter().position(|&byte| byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (&line[..], &[][..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"" if !value.is_empty() => {
                return Some(Event::InForce(String::from_utf8_lossy(value).into_owned()));
            }
            b"event" => self.name = value.to_vec(),
            b"data" if self.data.len() + value.len() > EVENT_BYTES_MAX => self.too_long = true,
            b"data" => self.data.extend_from_slice(value),
            _ => {}
        }
        None
    }

    fn end_event(&mut self) -> Option<Event> {
        let (name, data) = (
            std::mem::take(&mut self.name),
            std::mem::take(&mut self.data),
        );
        let too_long = std::mem::take(&mut self.too_long);
        match &name[..] {
            b"programme" => Some(Event::Programme),
            b"emergency" => {
                Some(signed(too_long, &data).map_or(Event::Unreadable, Event::Emergency))
            }
            b"stop" => Some(signed(too_long, &data).map_or(Event::Unreadable, Event::Stop)),
            _ => None,
        }
    }
}

/// The envelope that an event carries.
fn signed(too_long: bool, data: &[u8]) -> Option<Envelope> {
    if too_long {
        warn!("a word on the stream is too long; the list is fetched instead");
        return None;
    }
    serde_json::from_slice(data)
        .inspect_err(|error| {
            warn!("a word on the stream cannot be read, and the list is fetched instead: {error}");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use programme::signed::Purpose;

    #[test]
    fn a_programme_is_announced_however_the_network_cuts_the_stream() {
        let text = b":\n\nevent: programme\ndata: 12\n\n";
        for cut in 0..text.len() {
            let mut stream = Stream::default();
            let (head, tail) = text.split_at(cut);
            let events = stream
                .take(head)
                .into_iter()
                .chain(stream.take(tail))
                .collect::<Vec<_>>();
            assert_eq!(events, [Event::Programme], "cut at {cut}");
        }
        let other = b"event: programmes\ndata: 1\n\n:\n\n";
        assert_eq!(Stream::default().take(other), []);
        let comment = Stream::default().take(b": \"3-ab\" \"0\"\n\n");
        assert_eq!(comment, [Event::InForce("\"3-ab\" \"0\"".to_owned())]);
    }

    #[test]
    fn an_emergency_comes_whole_and_one_that_does_not_is_asked_for() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let envelope = Envelope::sign(Purpose::Emergency, b"{}".to_vec(), &key);
        let data = serde_json::to_string(&envelope).unwrap();
        let text = format!("event: emergency\r\ndata: {data}\r\n\r\n");
        let events = Stream::default().take(text.as_bytes());
        assert_eq!(events, [Event::Emergency(envelope.clone())]);
        let stop = format!("event: stop\ndata: {data}\n\n");
        let events = Stream::default().take(stop.as_bytes());
        assert_eq!(events, [Event::Stop(envelope)]);
        let long = "x".repeat(EVENT_BYTES_MAX);
        let lines = "data: x\n".repeat(EVENT_BYTES_MAX + 1);
        for begun in [
            format!("data: {long}{data}\n"),
            lines,
            "data: {\n".to_owned(),
        ] {
            let mut stream = Stream::default();
            let text = format!("event: emergency\n{begun}\nevent: programme\n\n");
            let events = stream.take(text.as_bytes());
            assert_eq!(events, [Event::Unreadable, Event::Programme]);
            assert!(stream.data.capacity() <= 2 * EVENT_BYTES_MAX);
        }
    }
}
