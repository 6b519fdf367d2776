//! Recurring work whose loss harms nothing: the scheduler is an alarm clock, never a judge.
//!
//! A duty looks at what is due by itself, so one that was missed does its work the next time.

use std::future::Future;
use std::pin::Pin;

use anyhow::Context;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::alarms::settle;
use crate::as_run::verify;
use crate::people::sessions;
use crate::recordings::uploads;
use crate::state::State;

type Work = Pin<Box<dyn Future<Output = anyhow::Result<u64>> + Send>>;

/// Something to do over and over.
struct Duty {
    /// For the log.
    name: &'static str,
    /// Second, minute, hour, day, month, weekday, in UTC.
    when: &'static str,
    /// Does it, and says how many things it dealt with.
    work: fn(State) -> Work,
}

/// Minutes and seconds differ so that duties do not meet.
const DUTIES: &[Duty] = &[
    Duty {
        name: "look for silent stations",
        when: "30 * * * * *",
        work: |state| Box::pin(async move { Ok(settle::by_silence(&state).await?) }),
    },
    Duty {
        name: "forget alarms that are long over",
        when: "0 53 * * * *",
        work: |state| Box::pin(async move { Ok(settle::prune(&state).await?) }),
    },
    Duty {
        name: "prune ended sessions",
        when: "0 7 * * * *",
        work: |state| Box::pin(async move { Ok(sessions::prune(&state).await?) }),
    },
    Duty {
        name: "remove abandoned uploads",
        when: "0 23 * * * *",
        work: |state| Box::pin(async move { Ok(uploads::sweep(&state).await?) }),
    },
    Duty {
        name: "read the as-run again",
        // In Viet Nam it is night then.
        when: "0 43 19 * * *",
        work: |state| Box::pin(async move { Ok(verify::look(&state).await?) }),
    },
];

/// Starts the alarm clock. It rings until [`JobScheduler::shutdown`].
///
/// # Errors
/// It cannot be started.
pub async fn start(state: &State) -> anyhow::Result<JobScheduler> {
    let clock = JobScheduler::new()
        .await
        .context("start the recurring duties")?;
    for duty in DUTIES {
        let state = state.clone();
        let alarm = Job::new_async(duty.when, move |_, _| {
            Box::pin(do_once(duty, state.clone()))
        })
        .with_context(|| format!("schedule the duty to {}", duty.name))?;
        clock
            .add(alarm)
            .await
            .context("start the recurring duties")?;
    }
    clock.start().await.context("start the recurring duties")?;
    Ok(clock)
}

async fn do_once(duty: &Duty, state: State) {
    match (duty.work)(state).await {
        Ok(count) => tracing::debug!(duty = duty.name, count, "done"),
        Err(error) => tracing::error!(duty = duty.name, "failed: {error:#}"),
    }
}
