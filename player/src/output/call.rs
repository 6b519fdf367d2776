//! A question that only a thread answers which goes on with its work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Asks one thread again and again.
#[derive(Debug, Default)]
pub(super) struct Calls {
    asked: u64,
    answered: Arc<AtomicU64>,
}

/// One question.
#[derive(Debug)]
pub(super) struct Call {
    number: u64,
    answered: Arc<AtomicU64>,
}

impl Calls {
    /// Whether the last question was answered.
    pub(super) fn answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed) == self.asked
    }

    /// The next question.
    pub(super) fn next(&mut self) -> Call {
        self.asked += 1;
        Call {
            number: self.asked,
            answered: Arc::clone(&self.answered),
        }
    }
}

impl Call {
    /// Answers it, and those before it.
    pub(super) fn answer(&self) {
        self.answered.fetch_max(self.number, Ordering::Relaxed);
    }
}
