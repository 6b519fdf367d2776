//! Asks for the programme: at the start, when the server says that there is news, and every quarter
//! of an hour in case that word was lost. While the event stream says again and again that just
//! what is held is in force, nothing is asked.

use programme::signed::Envelope;
use programme::wire::{EMERGENCIES, EmergencyList};
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Method, Response, StatusCode};
use tracing::debug;

use super::backoff::Backoff;
use super::server::Trouble;
use super::{Context, News};
use crate::clock;
use crate::state::HeldProgramme;

pub(super) async fn run(context: Context) {
    let mut backoff = Backoff::default();
    let mut timed = false;
    loop {
        let pause = match look(&context, timed).await {
            Ok(()) => {
                backoff.reset();
                if timed {
                    context.polled.notify_one();
                }
                None
            }
            Err(trouble) => {
                debug!("no programme fetched: {trouble}");
                Some(backoff.after(&trouble, clock::fraction()))
            }
        };
        loop {
            let poll = context.pace.poll.mul_f64(0.9 + clock::fraction() / 5.0);
            tokio::select! {
                () = context.rest(pause.unwrap_or(poll)) => {
                    timed = pause.is_none();
                    if pause.is_some() || !context.is_assured() {
                        break;
                    }
                }
                () = context.poke.notified() => {
                    timed = false;
                    break;
                }
            }
        }
    }
}

/// Asks for the programme, and for emergencies when the answer names others than are held. Neither
/// waits for the other to be good. `timed` is whether the next look is a poll away as well.
async fn look(context: &Context, timed: bool) -> Result<(), Trouble> {
    let answer = ask(context, timed).await?;
    let list = header(&answer, EMERGENCIES);
    let programme = hand_on(context, answer).await;
    let emergencies = fetch_emergencies(context, list).await;
    programme.and(emergencies)
}

/// Asks for the programme, unless it is the one that is held already.
///
/// Only where no stream says what is in force does the connection stay open: held by everybody it
/// would cost the server as much as the streams do.
async fn ask(context: &Context, timed: bool) -> Result<Response, Trouble> {
    let held = context.want.borrow().etag.clone();
    // What the server named so fits into a header.
    let held = held.and_then(|etag| HeaderValue::try_from(etag).ok());
    let headers: HeaderMap = held.map(|etag| (IF_NONE_MATCH, etag)).into_iter().collect();
    let (server, path, now) = (&context.server, "station/programme", context.clock.boot());
    match timed {
        true => server.poll(path, headers, now).await,
        false => {
            let request = server.request(Method::GET, path);
            server.send(request.headers(headers)).await
        }
    }
}

async fn hand_on(context: &Context, answer: Response) -> Result<(), Trouble> {
    if answer.status() == StatusCode::NOT_MODIFIED {
        // Without a loop the tasks end.
        let _ = context.news.send(News::Newest).await;
        return Ok(());
    }
    let etag = header(&answer, ETAG.as_str());
    let envelope: Envelope = context.server.read(answer).await?;
    let held = HeldProgramme { envelope, etag };
    // Without a loop the tasks end.
    let _ = context.news.send(News::Programme(held)).await;
    Ok(())
}

/// Fetches the emergencies when `list` is not the one that is held.
async fn fetch_emergencies(context: &Context, list: Option<String>) -> Result<(), Trouble> {
    let held = context.want.borrow().emergencies.clone();
    if list.is_none() || list == held {
        return Ok(());
    }
    let server = &context.server;
    let answer = server
        .send(server.request(Method::GET, "station/emergencies"))
        .await?;
    let etag = header(&answer, ETAG.as_str());
    let list: EmergencyList = server.read(answer).await?;
    let news = News::Emergencies {
        envelopes: list.emergencies,
        stops: list.stops,
        etag,
    };
    // Without a loop the tasks end.
    let _ = context.news.send(news).await;
    Ok(())
}

fn header(answer: &Response, name: &str) -> Option<String> {
    let value = answer.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}
