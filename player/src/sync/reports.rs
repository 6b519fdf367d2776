//! Sends the as-run and the station's health. Lines are sent until the server says that it stores
//! them, and sent again they change nothing.

use std::time::Duration;

use programme::units::BootTime;
use programme::wire::{AsRunReceipt, BROKEN_JOURNAL, Health};
use reqwest::Method;
use tracing::{debug, info};

use super::backoff::Backoff;
use super::server::Trouble;
use super::{Context, News};
use crate::clock;

pub(super) async fn run(mut context: Context) {
    let mut backoff = Backoff::default();
    let mut told = Told {
        last: None,
        again: context.clock.boot(),
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
}

impl Told {
    /// Whether the server would see anything new; what merely moves on is no news.
    fn is_news(&self, health: &Health) -> bool {
        let lasting = |health: &Health| Health {
            disk_free_bytes: 0,
            system_clock_error_ms: None,
            uptime: Duration::ZERO,
            ..health.clone()
        };
        self.last
            .as_ref()
            .is_none_or(|last| lasting(last) != lasting(health))
    }
}

/// Sends what there is.
async fn send(context: &mut Context, told: &mut Told) -> Result<(), Trouble> {
    let outbox = context.outbox.borrow_and_update().clone();
    let server = &context.server;
    if let Some(batch) = outbox.lines {
        let receipt: AsRunReceipt = match server.post("station/as-run", &batch).await {
            Err(Trouble::Refused(problem)) if problem.kind == BROKEN_JOURNAL => {
                let journal = batch.journal;
                let why = Trouble::Refused(problem.clone()).to_string();
                let _ = context.news.send(News::Broken { journal, why }).await;
                return Err(Trouble::Refused(problem));
            }
            answer => answer?,
        };
        let through = receipt.stored_through;
        info!(through, "the server stores the as-run");
        let journal = batch.journal;
        // Without a loop the outbox is closed as well, which ends the task.
        let _ = context.news.send(News::Stored { journal, through }).await;
    }
    let now = context.clock.boot();
    let due = now >= told.again;
    if let Some(health) = outbox.health.filter(|health| due || told.is_news(health)) {
        let request = server.request(Method::POST, "station/health");
        server.send(request.json(&health)).await?;
        told.last = Some(health);
    }
    if due {
        told.again = now.saturating_add(context.pace.health);
    }
    Ok(())
}
