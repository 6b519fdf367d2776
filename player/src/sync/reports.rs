//! Sends the as-run and the station's health. Lines are sent until the server says that it stores
//! them, and sent again they change nothing. How the station is gets through whatever becomes of
//! the lines.

use std::time::Duration;

use programme::units::BootTime;
use programme::wire::{AsRunBatch, AsRunReceipt, BROKEN_JOURNAL, Health};
use tracing::{debug, info, warn};

use super::backoff::Backoff;
use super::server::Trouble;
use super::{Context, News, is_news};
use crate::clock;

/// Lines that the server refuses are posted again after this: by then somebody may have mended it.
const REFUSED_REST: Duration = Duration::from_hours(6);

pub(super) async fn run(mut context: Context) {
    let mut backoff = Backoff::default();
    let mut told = Told {
        last: None,
        again: context.clock.boot(),
        along: false,
        refused: None,
    };
    loop {
        if let Err(trouble) = send(&mut context, &mut told).await {
            debug!("no report sent: {trouble}");
            let pause = backoff.after(&trouble, clock::fraction());
            context.rest(pause).await;
            continue;
        }
        backoff.reset();
        tokio::select! {
            () = context.clock.wait_until(told.again) => {}
            () = context.polled.notified() => {
                // Later it would need a connection of its own.
                let now = context.clock.boot();
                if told.again.since(now) <= context.pace.poll {
                    (told.again, told.along) = (now, true);
                }
            }
            changed = context.outbox.changed() => if changed.is_err() { return },
        }
    }
}

/// The health that the server knows.
#[derive(Debug)]
struct Told {
    last: Option<Health>,
    /// When it is told again, changed or not.
    again: BootTime,
    /// Whether it is told along with a poll.
    along: bool,
    /// The first line of a batch that the server refused, and until when it is not posted again.
    refused: Option<(String, BootTime)>,
}

/// Sends what there is.
async fn send(context: &mut Context, told: &mut Told) -> Result<(), Trouble> {
    let outbox = context.outbox.borrow_and_update().clone();
    let lines = match &outbox.lines {
        Some(batch) => send_lines(context, batch, told).await,
        None => Ok(()),
    };
    let health = send_health(context, outbox.health, told).await;
    lines.and(health)
}

async fn send_lines(context: &Context, batch: &AsRunBatch, told: &mut Told) -> Result<(), Trouble> {
    let now = context.clock.boot();
    let first = batch.lines.first();
    let rests = |(line, until): &(String, BootTime)| first == Some(line) && now < *until;
    if told.refused.as_ref().is_some_and(rests) {
        return Ok(());
    }
    let journal = batch.journal.clone();
    match context.server.post("station/as-run", batch).await {
        Ok(AsRunReceipt {
            stored_through,
            also_takes,
        }) => {
            info!(through = stored_through, "the server stores the as-run");
            let stored = News::Stored {
                journal,
                through: stored_through,
                also_takes,
            };
            // Without a loop the outbox is closed as well, which ends the task.
            let _ = context.news.send(stored).await;
            Ok(())
        }
        Err(Trouble::Refused(problem)) if is_final(problem.status) => {
            let broken = problem.kind == BROKEN_JOURNAL;
            let why = Trouble::Refused(problem).to_string();
            warn!("the server refuses lines of the as-run: {why}");
            let until = now.saturating_add(REFUSED_REST);
            told.refused = first.map(|line| (line.clone(), until));
            if broken {
                let _ = context.news.send(News::Broken { journal, why }).await;
            }
            Ok(())
        }
        Err(trouble) => Err(trouble),
    }
}

/// Whether the same request gets the same answer for as long as nobody changes the server. That
/// this PC is not the station may be over with the next request.
fn is_final(status: u16) -> bool {
    matches!(status, 400..=499) && status != 401
}

async fn send_health(
    context: &Context,
    health: Option<Health>,
    told: &mut Told,
) -> Result<(), Trouble> {
    let now = context.clock.boot();
    let due = now >= told.again;
    let news = |health: &Health| told.last.as_ref().is_none_or(|last| is_news(last, health));
    if let Some(health) = health.filter(|health| due || news(health)) {
        match std::mem::take(&mut told.along) {
            true => context.server.tell_health_along(&health, now).await?,
            false => context.server.tell_health(&health).await?,
        }
        told.last = Some(health);
    }
    if due {
        told.again = now.saturating_add(context.pace.health);
    }
    Ok(())
}
