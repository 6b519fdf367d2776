//! What came of switching, on its way from the thread that switches to whoever wants to know.
//!
//! It holds the newest and nothing more: while the player is stuck an amplifier may fail every few
//! seconds for weeks. That the maximum was reached is kept beside it, for nothing later says so.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::Switched;

/// Both ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Told(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    kept: Mutex<Kept>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    cut_off: bool,
    /// What came after that.
    last: Option<Switched>,
}

impl Told {
    /// Tells it, and waits for nobody.
    pub(super) fn tell(&self, switched: Switched) {
        self.with(|kept| {
            if switched == Switched::CutOff {
                (kept.cut_off, kept.last) = (true, None);
            } else {
                kept.last = Some(switched);
            }
        });
        self.0.news.notify_one();
    }

    /// Waits for what nobody has taken yet.
    pub(super) async fn next(&self) -> Switched {
        loop {
            if let Some(switched) = self.with(Kept::take) {
                return switched;
            }
            self.0.news.notified().await;
        }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.0.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kept {
    fn take(&mut self) -> Option<Switched> {
        if std::mem::take(&mut self.cut_off) {
            return Some(Switched::CutOff);
        }
        self.last.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_all_that_nobody_took_the_newest_is_left_and_that_it_was_cut_off() {
        let told = Told::default();
        let failed = |number: u32| Switched::Failed {
            on: false,
            why: number.to_string(),
        };
        (0..1_000).for_each(|number| told.tell(failed(number)));
        assert_eq!(told.next().await, failed(999));
        told.tell(Switched::Done { on: true });
        told.tell(Switched::CutOff);
        told.tell(failed(1));
        told.tell(failed(2));
        assert_eq!(told.next().await, Switched::CutOff);
        assert_eq!(told.next().await, failed(2));
        assert_eq!(told.with(Kept::take), None);
    }
}
