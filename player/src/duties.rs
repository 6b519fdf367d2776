//! The recurring duties whose loss harms nothing. What airs is never decided here.
//!
//! tokio-cron-scheduler looks at the system clock twice a second: it forgets what it missed, and a
//! clock that was ahead stops it for good. So it is an alarm clock that only sends a word to the
//! loop, and it is made anew after each step of the system clock and of station time.

use anyhow::Context;
use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Look at the disk and at the enrolment, and say how things are.
    Heartbeat,
    /// Remove what nothing names any more.
    Prune,
    /// Verify what is ready.
    SelfTest,
}

/// When each is due, in UTC and with seconds: in Viet Nam the nightly ones come at two and at
/// three.
const TIMES: [(&str, Duty); 3] = [
    ("30 * * * * *", Duty::Heartbeat),
    ("0 0 19 * * *", Duty::Prune),
    ("0 0 20 * * *", Duty::SelfTest),
];

/// The duties, as they come due.
pub struct Duties {
    scheduler: JobScheduler,
    words: mpsc::Sender<Duty>,
    due: mpsc::Receiver<Duty>,
}

impl Duties {
    /// Starts them.
    ///
    /// # Errors
    /// The scheduler does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let (words, due) = mpsc::channel(TIMES.len());
        let scheduler = schedule(&words).await?;
        Ok(Self {
            scheduler,
            words,
            due,
        })
    }

    /// The next one that comes due.
    pub async fn next(&mut self) -> Option<Duty> {
        self.due.recv().await
    }

    /// Starts them anew, after a clock was set. The heartbeat comes at once, for nobody knows how
    /// long ago the last one was.
    ///
    /// # Errors
    /// The scheduler does not start.
    pub async fn rebuild(&mut self) -> anyhow::Result<()> {
        self.stop().await;
        self.scheduler = schedule(&self.words).await?;
        // A loop that is behind will hear of the next one.
        let _ = self.words.try_send(Duty::Heartbeat);
        Ok(())
    }

    /// Ends them.
    pub async fn stop(&mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!("the recurring duties did not end: {error}");
        }
    }
}

async fn schedule(words: &mpsc::Sender<Duty>) -> anyhow::Result<JobScheduler> {
    let scheduler = JobScheduler::new()
        .await
        .context("start the recurring duties")?;
    for (time, duty) in TIMES {
        let words = words.clone();
        let due = Job::new(time, move |_, _| {
            // A loop that is behind is told once: a duty is not made up for.
            let _ = words.try_send(duty);
        });
        let due = due.context("read the time of a recurring duty")?;
        scheduler.add(due).await.context("add a recurring duty")?;
    }
    scheduler
        .start()
        .await
        .context("start the recurring duties")?;
    Ok(scheduler)
}

impl std::fmt::Debug for Duties {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Duties").finish_non_exhaustive()
    }
}
