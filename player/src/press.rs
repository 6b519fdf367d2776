//! What people press at the PC, on its way from the page to the loop.
//!
//! A loop whose disk does not answer takes nothing meanwhile. Whoever presses then is told within
//! [`PATIENCE`] that it was not heard, and what was not heard is never done later: nobody at the PC
//! knows any more that it comes. So each press is either taken by the loop or withdrawn by whoever
//! waits for it, and no press is both; one whose browser has gone is withdrawn as well.
//!
//! STOP alone is not withdrawn, for late silence is what whoever pressed it still wants. It has a
//! way of its own, that nothing else fills, and is obeyed as soon as a loop lives again. What was
//! pressed before it and still waits is refused then, or it would sound after it. A loop that hung
//! would end by it what nobody meant after [`STOP_WAITS`], and forgets it; taken while no loop
//! lives it waits however long, for it is the first that the next loop hears. However often it was
//! pressed meanwhile, it was pressed once: the second STOP, which ends an emergency, is the answer
//! to a question, and nobody was asked.

use std::future::pending;
use std::time::Duration;

use programme::air::Key;
use programme::units::BootTime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::clock::Clock;
use crate::daemon::Ask;
use crate::volume::Turn;

/// How long whoever presses waits; the page itself waits for two seconds more.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// How long STOP waits for a loop that hangs: twice as long as systemd leaves to it.
const STOP_WAITS: Duration = Duration::from_secs(120);

/// So many presses of a kind may wait.
const WAITING: usize = 8;

/// What a person at the PC can press.
#[derive(Debug)]
pub enum Press {
    /// A key of the core's.
    Key(Key),
    /// The volume.
    Volume(Turn),
    /// Somebody wants a standby to sound.
    Standby(Ask),
}

/// Nobody took a press. Unless it was STOP, nobody does it later either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unheard;

/// The keys, to be pressed by whoever has them.
#[derive(Debug, Clone)]
pub struct Keys {
    stops: mpsc::Sender<Pressed>,
    others: mpsc::Sender<Pressed>,
}

/// Where what is pressed comes to.
#[derive(Debug)]
pub struct Presses {
    stops: mpsc::Receiver<Pressed>,
    others: mpsc::Receiver<Pressed>,
    /// When STOP was pressed last.
    stopped: Option<BootTime>,
    /// Whether nobody has obeyed it yet.
    is_due: bool,
}

/// A press on its way.
#[derive(Debug)]
struct Pressed {
    press: Press,
    at: BootTime,
    /// Tells whoever waits that it was taken; nobody can be told any more who has withdrawn it.
    taken: oneshot::Sender<()>,
}

/// Keys, and where what is pressed comes to.
pub fn keys() -> (Keys, Presses) {
    let (stops_in, stops) = mpsc::channel(WAITING);
    let (others_in, others) = mpsc::channel(WAITING);
    let keys = Keys {
        stops: stops_in,
        others: others_in,
    };
    let presses = Presses {
        stops,
        others,
        stopped: None,
        is_due: false,
    };
    (keys, presses)
}

impl Keys {
    /// Presses a key at the moment `at`, and waits until it was taken.
    ///
    /// # Errors
    /// [`Unheard`].
    pub async fn press(&self, press: Press, at: BootTime) -> Result<(), Unheard> {
        self.press_within(PATIENCE, press, at).await
    }

    async fn press_within(
        &self,
        patience: Duration,
        press: Press,
        at: BootTime,
    ) -> Result<(), Unheard> {
        let is_stop = matches!(press, Press::Key(Key::Stop));
        let way = if is_stop { &self.stops } else { &self.others };
        if !is_stop {
            // A program that stood still finds what was pressed meanwhile, and by whom. Where they
            // have gone, the web server sees it at its next look and ends this here.
            tokio::task::yield_now().await;
        }
        let (taken, mut heard) = oneshot::channel();
        let handed = async {
            // Where nobody takes it any more, it is dropped with what would tell of it.
            let _ = way.send(Pressed { press, at, taken }).await;
            (&mut heard).await
        };
        if let Ok(heard) = timeout(patience, handed).await {
            return heard.map_err(|_| Unheard);
        }
        // From here on it cannot be taken any more; it may have been until now.
        heard.close();
        heard.try_recv().map_err(|_| Unheard)
    }
}

impl Presses {
    /// The next press that is to be obeyed.
    pub async fn next(&mut self, clock: &Clock) -> Press {
        loop {
            while let Ok(stop) = self.stops.try_recv() {
                self.keep_if_fresh(stop, clock);
            }
            if std::mem::take(&mut self.is_due) {
                return Press::Key(Key::Stop);
            }
            tokio::select! {
                biased;
                Some(stop) = self.stops.recv() => self.keep_if_fresh(stop, clock),
                Some(pressed) = self.others.recv() => {
                    let is_older = self.stopped.is_some_and(|stop| pressed.at < stop);
                    if !is_older && pressed.taken.send(()).is_ok() {
                        return pressed.press;
                    }
                }
                else => pending().await,
            }
        }
    }

    /// Takes presses while no loop lives: STOP waits for the next one, and whoever pressed
    /// something else hears at once that nobody does it.
    pub async fn refuse(&mut self) {
        tokio::select! {
            biased;
            Some(stop) = self.stops.recv() => self.keep(stop),
            Some(_) = self.others.recv() => {}
            else => pending().await,
        }
    }

    fn keep_if_fresh(&mut self, stop: Pressed, clock: &Clock) {
        if clock.boot().since(stop.at) <= STOP_WAITS {
            self.keep(stop);
        }
    }

    fn keep(&mut self, stop: Pressed) {
        self.stopped = self.stopped.max(Some(stop.at));
        self.is_due = true;
        // Whoever was told meanwhile that it was not heard sees what becomes of it.
        let _ = stop.taken.send(());
    }
}

#[cfg(test)]
mod tests {
    use programme::units::WallTime;

    use super::*;
    use crate::clock::ManualClock;

    fn clock() -> (ManualClock, Clock) {
        let clock = ManualClock::booted_at(WallTime::from_millis(1_795_428_000_000));
        (clock.clone(), Clock::Manual(clock))
    }

    fn again() -> Press {
        Press::Key(Key::Again)
    }

    fn stop() -> Press {
        Press::Key(Key::Stop)
    }

    async fn press(keys: &Keys, press: Press, clock: &Clock) -> Result<(), Unheard> {
        keys.press_within(Duration::from_millis(50), press, clock.boot())
            .await
    }

    /// Whether a press is there now, and which.
    async fn there(presses: &mut Presses, clock: &Clock) -> Option<Press> {
        tokio::select! {
            biased;
            press = presses.next(clock) => Some(press),
            () = tokio::task::yield_now() => None,
        }
    }

    #[tokio::test]
    async fn what_was_not_heard_is_never_done() {
        let ((_, clock), (keys, mut presses)) = (clock(), keys());
        assert_eq!(press(&keys, again(), &clock).await, Err(Unheard));
        assert!(there(&mut presses, &clock).await.is_none());
        let pressed = press(&keys, again(), &clock);
        let (heard, taken) = tokio::join!(pressed, presses.next(&clock));
        assert_eq!(heard, Ok(()));
        assert!(matches!(taken, Press::Key(Key::Again)), "{taken:?}");
        let refused = tokio::join!(press(&keys, again(), &clock), presses.refuse());
        assert_eq!(refused.0, Err(Unheard));
    }

    #[tokio::test]
    async fn stop_waits_whatever_else_does_and_was_pressed_once_however_often() {
        let ((moved, clock), (keys, mut presses)) = (clock(), keys());
        for _ in 0..=WAITING {
            assert_eq!(press(&keys, again(), &clock).await, Err(Unheard));
        }
        for _ in 0..3 {
            assert_eq!(press(&keys, stop(), &clock).await, Err(Unheard));
        }
        moved.advance(STOP_WAITS);
        let taken = there(&mut presses, &clock).await;
        assert!(matches!(taken, Some(Press::Key(Key::Stop))), "{taken:?}");
        assert!(there(&mut presses, &clock).await.is_none());
    }

    #[tokio::test]
    async fn what_was_pressed_before_stop_does_not_sound_after_it() {
        let ((moved, clock), (keys, mut presses)) = (clock(), keys());
        let older = keys.press(again(), clock.boot());
        moved.advance(Duration::from_secs(1));
        let stopped = keys.press(stop(), clock.boot());
        let mut obeyed = Vec::new();
        let told = tokio::select! {
            told = async { tokio::join!(older, stopped) } => told,
            () = async {
                while obeyed.len() < 2 {
                    obeyed.push(presses.next(&clock).await);
                }
                pending().await
            } => unreachable!(),
        };
        assert_eq!(told, (Err(Unheard), Ok(())));
        assert!(matches!(obeyed[..], [Press::Key(Key::Stop)]), "{obeyed:?}");
        let (heard, taken) = tokio::join!(press(&keys, again(), &clock), presses.next(&clock));
        assert_eq!(heard, Ok(()), "it came after STOP");
        assert!(matches!(taken, Press::Key(Key::Again)), "{taken:?}");
    }

    #[tokio::test]
    async fn stop_that_was_taken_waits_for_the_next_loop_and_another_not_for_ever() {
        let ((moved, clock), (keys, mut presses)) = (clock(), keys());
        let told = tokio::join!(press(&keys, stop(), &clock), presses.refuse());
        assert_eq!(told.0, Ok(()));
        moved.advance(STOP_WAITS + Duration::from_secs(1));
        let taken = there(&mut presses, &clock).await;
        assert!(matches!(taken, Some(Press::Key(Key::Stop))), "{taken:?}");
        assert_eq!(press(&keys, stop(), &clock).await, Err(Unheard));
        moved.advance(STOP_WAITS + Duration::from_secs(1));
        assert!(there(&mut presses, &clock).await.is_none());
    }
}
