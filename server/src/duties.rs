//! Recurring work whose loss harms nothing: the scheduler is an alarm clock, never a judge.
//!
//! A duty looks at what is due by itself, so one that was missed does its work the next time. The
//! alarm clock goes by the clock of the machine: one that was ahead when it was wound would keep it
//! silent for as long, also after somebody has set it right. So it is wound anew when that is set.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context;
use tokio::task::JoinHandle;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::alarms::settle;
use crate::as_run::verify;
use crate::clock::Clock;
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

/// Between two looks whether the clock of the machine was set.
const LOOK: Duration = Duration::from_secs(60);

/// It was set when it moved by more microseconds against one that nobody sets; NTP bends it by 30
/// ms in a minute at most.
const SET: i64 = 1_000_000;

/// Winds the alarm clock. It rings until [`State::stop`].
///
/// # Errors
/// It cannot be started.
pub async fn start(state: &State) -> anyhow::Result<JoinHandle<()>> {
    let alarms = wound(state).await?;
    Ok(tokio::spawn(ring(state.clone(), alarms)))
}

async fn ring(state: State, mut alarms: JobScheduler) {
    let mut zero = zero_us(&state.clock);
    while goes_on_after(LOOK, &state).await {
        let moved_us = zero_us(&state.clock) - zero;
        if moved_us.abs() <= SET {
            continue;
        }
        tracing::info!(moved_us, "the clock was set; the recurring duties go by it");
        match wound(&state).await {
            Ok(anew) => {
                end(std::mem::replace(&mut alarms, anew)).await;
                zero += moved_us;
            }
            Err(error) => tracing::error!("{error:#}; trying again in a minute"),
        }
    }
    end(alarms).await;
}

/// What the clock of the machine would have shown when the other one began, in microseconds.
fn zero_us(clock: &Clock) -> i64 {
    (clock.now() - clock.monotonic()).as_micros()
}

/// Waits for `span`, and says whether the server goes on.
async fn goes_on_after(span: Duration, state: &State) -> bool {
    tokio::time::timeout(span, state.stopped()).await.is_err()
}

async fn end(mut alarms: JobScheduler) {
    if let Err(error) = alarms.shutdown().await {
        tracing::warn!("recurring duties did not end: {error}");
    }
}

async fn wound(state: &State) -> anyhow::Result<JobScheduler> {
    let alarms = JobScheduler::new()
        .await
        .context("start the recurring duties")?;
    for duty in DUTIES {
        let state = state.clone();
        let alarm = Job::new_async(duty.when, move |_, _| {
            Box::pin(do_once(duty, state.clone()))
        })
        .with_context(|| format!("schedule the duty to {}", duty.name))?;
        alarms
            .add(alarm)
            .await
            .context("start the recurring duties")?;
    }
    alarms.start().await.context("start the recurring duties")?;
    Ok(alarms)
}

async fn do_once(duty: &Duty, state: State) {
    match (duty.work)(state).await {
        Ok(count) => tracing::debug!(duty = duty.name, count, "done"),
        Err(error) => tracing::error!(duty = duty.name, "failed: {error:#}"),
    }
}
