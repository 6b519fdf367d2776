//! How long the work on one recording may take. Others wait for their turn, so that a file on which
//! the work never gets on is given up.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use recordings::Error as SoundError;
use recordings::error::Limit;
use recordings::ingest::{Progress, Watcher};

use crate::config::Uploads;

/// What everything may take beside what grows with the recording.
const MINUTES: Duration = Duration::from_secs(10 * 60);

/// How long the work on one recording may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From the bytes to the recording. Behind it the file is refused.
    pub sound: Duration,
    /// All of it, with the way of the bytes to here and back. Behind it the work is put off, as it
    /// is when our storage fails.
    pub all: Duration,
}

impl Patience {
    /// For the longest and largest of what may come: ten minutes, and as long as the recording
    /// lasts, of which honest work takes a hundredth on two cores; and a second for each megabyte
    /// on each way.
    pub fn of(uploads: &Uploads) -> Self {
        let lasts = Duration::from_secs(60 * u64::from(uploads.length_limit_minutes));
        let sound = MINUTES + lasts;
        let ways = MINUTES + Duration::from_secs(uploads.size_limit_mb.saturating_mul(2));
        Self {
            sound,
            all: sound.saturating_add(ways),
        }
    }

    /// Lets `work` go on, on a thread that may block, for as long as somebody waits for it.
    ///
    /// # Errors
    /// The thread panicked. What `work` answers is inside; [`Limit::Slow`] if it does not.
    pub(super) async fn attend<T: Send + 'static>(
        self,
        work: impl FnOnce(Watcher<'_>) -> Result<T, SoundError> + Send + 'static,
    ) -> Result<Result<T, SoundError>, tokio::task::JoinError> {
        let stop = Stop::default();
        let asked = Arc::clone(&stop.0);
        let work = tokio::task::spawn_blocking(move || {
            work(&|_: Progress| match asked.load(Ordering::Relaxed) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            })
        });
        let max_ms = u64::try_from(self.sound.as_millis()).unwrap_or(u64::MAX);
        match tokio::time::timeout(self.sound, work).await {
            Ok(done) => done,
            Err(_) => Ok(Err(SoundError::OverLimit(Limit::Slow { max_ms }))),
        }
    }

    /// What to say when all of it took too long.
    pub(super) fn lost(self) -> anyhow::Error {
        let minutes = self.all.as_secs() / 60;
        anyhow!("the bytes were not there and back within {minutes} minutes")
    }
}

/// Tells the thread to stop when whoever waits for it goes away. What it did until then is done
/// again by whoever claims the work next.
#[derive(Debug, Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use recordings::ingest::Stage;

    use super::*;

    #[tokio::test]
    async fn work_that_never_gets_on_is_given_up_and_told_to_stop() {
        let patience = Patience {
            sound: Duration::from_millis(50),
            all: Duration::from_secs(60),
        };
        let (ended, has_ended) = mpsc::channel();
        let endless = move |watcher: Watcher<'_>| -> Result<(), SoundError> {
            let where_it_is = Progress {
                stage: Stage::Decoding,
                done_ms: 0,
                of_ms: None,
            };
            while watcher(where_it_is).is_continue() {
                std::thread::yield_now();
            }
            ended.send(()).expect("a listener");
            Err(SoundError::Cancelled)
        };
        let given_up = patience.attend(endless).await.expect("no panic");
        let slow = Limit::Slow { max_ms: 50 };
        assert!(matches!(&given_up, Err(SoundError::OverLimit(limit)) if *limit == slow));
        let last = has_ended.recv_timeout(Duration::from_secs(10));
        assert!(last.is_ok(), "the thread goes on");
    }
}
