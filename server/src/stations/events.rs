//! The stream by which a station learns at once that there is something new.

use std::convert::Infallible;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use programme::ids::StationId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior};

use super::caller::Caller;
use super::sync;
use crate::emergencies::push::Ear;
use crate::state::State;

/// A stream of `programme` events, each with the generation that is in force as its data: one at
/// once, then one with each publication; and of `emergency` and `stop` events, each with the whole
/// signed envelope: those that hold at once, then each word as it is given. What a station misses
/// here it learns at its next poll. A comment every four minutes names what is in force, the
/// `ETag` of the programme and that of the emergencies: a station that holds just that need not
/// poll, which over TLS costs a handshake. A station that has said nothing by itself for half an
/// hour is told its generation once more with the comment, and polls.
#[utoipa::path(get, path = "/api/v1/station/events", tag = "station",
    responses((status = 200, content_type = "text/event-stream")))]
pub async fn get_events(state: State, caller: Caller) -> Response {
    // Listening starts before the first look, so that nothing falls between them.
    let woken = state.wake.listen();
    let every = state.config.stream_interval();
    let mut beat = tokio::time::interval(every);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Stations that came back at one moment, after the server did, are not asked at one moment.
    let [part] = state.randomness.bytes::<1>();
    beat.reset_after(every * (u32::from(part) + 1) / 256);
    let listener = Listener {
        ear: Ear::new(&state, caller.area.clone()),
        state,
        caller,
        woken,
        beat,
        stale: true,
        told: None,
    };
    let events = stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    Sse::new(Box::pin(events)).into_response()
}

struct Listener {
    state: State,
    caller: Caller,
    woken: Receiver<String>,
    ear: Ear,
    /// Whatever is told in between, so that a station is seen as often as that, and routers that
    /// forget idle connections after five minutes know this one.
    beat: Interval,
    /// There may be a generation that was not looked for.
    stale: bool,
    /// The generation that the station was told of last.
    told: Option<i64>,
}

impl Listener {
    /// The next event, or `None` when the stream ends: with the server, or when another PC is the
    /// station.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(word) = self.ear.take(&self.state).await.ok()? {
                return Some(Event::default().event(word.event).data(word.data));
            }
            // Not looked for after each emergency, when ten thousand streams would look at once.
            if std::mem::take(&mut self.stale) {
                let generation = self.caller.published(&self.state).await.ok()??;
                if generation.is_some() && generation != self.told {
                    self.told = generation;
                    let generation = generation.unwrap_or_default().to_string();
                    return Some(Event::default().event("programme").data(generation));
                }
            }
            tokio::select! {
                heard = self.ear.listen() => heard?,
                woken = woken_for(&mut self.woken, &self.caller.id) => {
                    woken?;
                    self.stale = true;
                }
                _ = self.beat.tick() => {
                    self.stale = true;
                    let tags = sync::tags(&self.state, &self.caller).await.ok()?;
                    if !self.caller.note_stream(&self.state).await.ok()? {
                        self.told = None;
                    }
                    return Some(Event::default().comment(tags));
                }
                () = self.state.stopped() => return None,
            }
        }
    }
}

/// Comes back when something may be new for `station`; `None` when nobody will announce anything
/// any more.
async fn woken_for(woken: &mut Receiver<String>, station: &StationId) -> Option<()> {
    loop {
        match woken.recv().await {
            Ok(subject) if subject == station.as_str() => return Some(()),
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return Some(()),
            Err(RecvError::Closed) => return None,
        }
    }
}
