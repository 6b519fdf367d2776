//! The listening thread: one cue after the other, each from the moment when its card is open until
//! it has ended.

use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use programme::as_run::proof::{Heard, NotChecked};
use programme::units::BootTime;
use recordings::recognise::{
    Bands, EARLIEST, FRAMES, Frame, LATEST, Recogniser, SHORTEST, Verdict, WINDOW,
};
use tracing::{debug, warn};

use super::input::{Input, mean_square};
use super::own::Own;
use super::{Shared, Task};
use crate::output::{Clock, quietly};

/// How often what came in is looked at; a twentieth of what the input keeps.
const LOOK: Duration = Duration::from_millis(100);

/// How often what came in is compared.
const COMPARE: Duration = Duration::from_secs(1);

/// An input that gives nothing for so long is gone.
const STILL: Duration = Duration::from_secs(2);

/// How many looks an input that does not open is left alone.
const REST: u32 = 20;

/// Noise of this mean square is loud by itself: −30 dB below full scale.
const LOUD: f64 = 1e-3;

/// A sample of at least this amplitude is as loud as the input can say.
const FULL: f32 = 0.99;

/// One sample of so many at full scale is more than speech does.
const CLIPPED: u64 = 1_000;

/// Listens for each cue that comes until nobody sends any more.
pub(super) fn run(name: &str, clock: &Clock, tasks: &Receiver<Task>) {
    while let Ok(task) = tasks.recv() {
        let mut listener = match Own::open(&task.segments) {
            Ok(own) => Listener::new(task.shared, own),
            Err(fault) => {
                debug!("the recording cannot be compared: {fault}");
                continue;
            }
        };
        let mut told = false;
        while !listener.shared.has_ended() {
            match quietly(|| Input::open(name)) {
                Ok(input) => listener.listen(input, clock),
                Err(fault) => {
                    if !told {
                        warn!("the loopback does not open, and the cue airs all the same: {fault}");
                    }
                    told = true;
                }
            }
            for _ in 0..REST {
                if !listener.shared.has_ended() {
                    thread::sleep(LOOK);
                }
            }
        }
    }
}

/// One cue that is listened for.
struct Listener {
    shared: std::sync::Arc<Shared>,
    own: Own,
    heard: VecDeque<Frame>,
    recogniser: Recogniser,
    loudness: Loudness,
    compared_at: BootTime,
}

/// How loud the input was.
#[derive(Default)]
struct Loudness {
    /// The sum of mean squares, and how many, ahead of the cue.
    before: (f64, u32),
    /// The same while it sounds.
    during: (f64, u32),
    samples: u64,
    full: u64,
}

impl Listener {
    fn new(shared: std::sync::Arc<Shared>, own: Own) -> Self {
        Self {
            shared,
            own,
            heard: VecDeque::new(),
            recogniser: Recogniser::default(),
            loudness: Loudness::default(),
            compared_at: BootTime::ZERO,
        }
    }

    /// Listens on `input` until the cue has ended or the input is gone.
    fn listen(&mut self, mut input: Input, clock: &Clock) {
        let mut bands = Bands::new(input.rate);
        let mut block = Vec::new();
        let mut came_at = clock();
        self.heard.clear();
        while !self.shared.has_ended() {
            thread::sleep(LOOK);
            input.take(&mut block);
            let now = clock();
            if !block.is_empty() {
                came_at = now;
            } else if input.is_gone() || now.since(came_at) >= STILL {
                debug!("the loopback gives nothing any more");
                self.say(NotChecked::NoInput);
                return;
            }
            bands.push(&block, &mut self.heard);
            let old = self.heard.len().saturating_sub(WINDOW);
            self.heard.drain(..old);
            let position = self.shared.position(now);
            self.loudness.add(&block, position.is_some());
            if now.since(self.compared_at) < COMPARE || block.is_empty() {
                continue;
            }
            self.compared_at = now;
            match position {
                Some(position) => self.compare(position),
                // What came in until now belongs to no place of the cue.
                None => self.heard.clear(),
            }
            self.say(NotChecked::TooShort);
        }
    }

    fn compare(&mut self, position: Duration) {
        let frame = position.as_millis() * u128::from(FRAMES) / 1_000;
        let frame = usize::try_from(frame).unwrap_or(usize::MAX);
        if frame < SHORTEST {
            return;
        }
        let heard: &[Frame] = self.heard.make_contiguous();
        let count = LATEST + heard.len() + EARLIEST;
        match self.own.frames(frame.saturating_add(EARLIEST), count) {
            Ok(own) => self.recogniser.compare(&own, heard),
            Err(fault) => debug!("the recording cannot be compared: {fault}"),
        }
    }

    /// Says what all comparisons so far say, or `otherwise` when there were none.
    fn say(&self, otherwise: NotChecked) {
        let noisy = Heard::NotChecked {
            why: NotChecked::TooNoisy,
        };
        self.shared.say(match self.recogniser.verdict() {
            Verdict::Heard(likeness_percent) => Heard::Yes { likeness_percent },
            Verdict::Unclear(_) => noisy,
            Verdict::NotHeard(_) if self.loudness.drowns() => noisy,
            Verdict::NotHeard(likeness_percent) => Heard::No { likeness_percent },
            Verdict::TooShort => Heard::NotChecked { why: otherwise },
        });
    }
}

impl Loudness {
    fn add(&mut self, block: &[f32], sounding: bool) {
        if block.is_empty() {
            return;
        }
        let sum = if sounding {
            &mut self.during
        } else {
            &mut self.before
        };
        sum.0 += mean_square(block);
        sum.1 += 1;
        self.samples += block.len() as u64;
        self.full += block.iter().filter(|one| one.abs() >= FULL).count() as u64;
    }

    /// Whether the input would hide the cue: it is loud already ahead of it, and no louder with it,
    /// or louder than it can say.
    fn drowns(&self) -> bool {
        let mean = |(sum, count): (f64, u32)| sum / f64::from(count.max(1));
        let (before, during) = (mean(self.before), mean(self.during));
        let loud = before > LOUD && during < 2.0 * before;
        loud || self.full * CLIPPED > self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_is_loud_by_itself_or_overdriven_proves_nothing() {
        let noise = |level: f32| vec![level; 4_800];
        let drowns = |before: f32, during: f32| {
            let mut loudness = Loudness::default();
            loudness.add(&noise(before), false);
            loudness.add(&noise(during), true);
            loudness.drowns()
        };
        assert!(drowns(0.1, 0.1), "a motor beside the microphone");
        assert!(!drowns(0.01, 0.01), "the hiss of a microphone");
        assert!(
            !drowns(0.1, 0.3),
            "something came, and it was not the recording"
        );
        assert!(drowns(0.0, 1.0), "louder than the input can say");
        assert!(!drowns(0.0, 0.0), "silence");
    }
}
