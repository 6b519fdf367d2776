//! Asks for the programme: at the start, when the server says that there is news, and every quarter
//! of an hour in case that word was lost.

use programme::signed::Envelope;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use tracing::debug;

use super::backoff::Backoff;
use super::server::Trouble;
use super::{Context, News};
use crate::clock;
use crate::state::HeldProgramme;

pub(super) async fn run(context: Context) {
    let mut backoff = Backoff::default();
    loop {
        let pause = match fetch(&context).await {
            Ok(None) => {
                backoff.reset();
                context.pace.poll.mul_f64(0.9 + clock::fraction() / 5.0)
            }
            Ok(Some(held)) => {
                backoff.reset();
                if context.news.send(News::Programme(held)).await.is_err() {
                    return;
                }
                context.pace.poll
            }
            Err(trouble) => {
                debug!("no programme fetched: {trouble}");
                backoff.after(&trouble, clock::fraction())
            }
        };
        tokio::select! {
            () = context.rest(pause) => {}
            () = context.poke.notified() => {}
        }
    }
}

/// The programme, unless it is the one that is held already.
async fn fetch(context: &Context) -> Result<Option<HeldProgramme>, Trouble> {
    let server = &context.server;
    let mut request = server.request(Method::GET, "station/programme");
    if let Some(etag) = context.want.borrow().etag.as_deref() {
        request = request.header(IF_NONE_MATCH, etag);
    }
    let answer = server.send(request).await?;
    if answer.status() == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    let etag = answer.headers().get(ETAG);
    let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let envelope: Envelope = server.read(answer).await?;
    Ok(Some(HeldProgramme { envelope, etag }))
}
