//! An output of the player at work, as a test speaks to it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use loaban_player::output::{
    Air, Attempt, Fault, Output, Report, Request, Segment, Settings, Sink, Timeline,
};
use programme::units::{BootTime, Decibels};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::capture::boot_time;
use crate::chatter::write_wav;

/// An output with its reports, and the recordings that it plays.
pub struct Horn {
    /// The output itself.
    pub output: Output,
    reports: UnboundedReceiver<Report>,
    recordings: TempDir,
}

impl Horn {
    /// An output on the default card.
    pub fn on_card() -> Self {
        Self::on(Sink::Card {
            name: "default".into(),
            block_frames: 2048,
        })
    }

    /// An output of one's own choice.
    pub fn on(sink: Sink) -> Self {
        let (sender, reports) = unbounded_channel();
        let settings = Settings {
            sink,
            gain: Decibels(0.0),
        };
        let output = Output::open(settings, Arc::new(boot_time), sender).expect("a thread");
        Self {
            output,
            reports,
            recordings: tempfile::tempdir().expect("a folder"),
        }
    }

    /// A recording of its own, ready to be aired.
    pub fn wav(&self, name: &str, samples: &[f32]) -> Segment {
        let path = self.recordings.path().join(format!("{name}.wav"));
        write_wav(&path, samples);
        Segment::Wav {
            path,
            gain: Decibels(0.0),
            ramp: Duration::ZERO,
        }
    }

    /// The instant so many milliseconds from here on.
    pub fn in_ms(&self, millis: u64) -> BootTime {
        boot_time().saturating_add(ms(millis))
    }

    /// Asks for a cue.
    pub fn air(&self, attempt: u64, segments: Vec<Segment>, start_at: BootTime) {
        let (attempt, skip) = (Attempt(attempt), Duration::ZERO);
        self.output.ask(Request::Air(Air {
            attempt,
            segments,
            start_at,
            skip,
        }));
    }

    /// Reads reports until one is what is wanted, for 20 s at most.
    pub fn until<T>(&mut self, mut wanted: impl FnMut(&Report) -> Option<T>) -> T {
        let deadline = self.in_ms(20_000);
        let mut seen = Vec::new();
        while boot_time() < deadline {
            match self.reports.try_recv() {
                Ok(report) => match wanted(&report) {
                    Some(found) => return found,
                    None => seen.push(report),
                },
                Err(_) => thread::sleep(ms(2)),
            }
        }
        panic!("the report did not come within 20 s, after {seen:#?}");
    }

    /// Waits until a cue has been heard to its end, and says when that was.
    pub fn until_finished(&mut self, number: u64) -> BootTime {
        self.until(|report| {
            if let Report::Finished { attempt, at, .. } = report {
                return (*attempt == Attempt(number)).then_some(*at);
            }
            assert!(!matches!(report, Report::Failed { .. }), "{report:?}");
            None
        })
    }

    /// Waits until a cue has been silenced, and says which, and how much of it was heard.
    pub fn until_silenced(&mut self) -> (Attempt, Duration) {
        self.until(|report| {
            let Report::Silenced {
                attempt, position, ..
            } = report
            else {
                return None;
            };
            Some((*attempt, *position))
        })
    }

    /// Waits until the card is lost, and says where the cue stopped and why.
    pub fn until_lost(&mut self) -> (Duration, Fault) {
        self.until(|report| {
            let Report::Lost {
                position, fault, ..
            } = report
            else {
                return None;
            };
            Some((*position, fault.clone()))
        })
    }

    /// Waits until the card takes sound again, and says where the cue goes on.
    pub fn until_recovered(&mut self) -> Duration {
        self.until(|report| {
            let Report::Recovered { position, .. } = report else {
                return None;
            };
            Some(*position)
        })
    }

    /// Waits until the cue has failed, and says why.
    pub fn until_failed(&mut self) -> Fault {
        self.until(|report| {
            let Report::Failed { fault, .. } = report else {
                return None;
            };
            Some(fault.clone())
        })
    }

    /// The instant to which the first sample of the output's next file belongs, by its own word: a
    /// [`Tape`](crate::tape::Tape) measures it.
    pub fn until_timeline(&mut self) -> Timeline {
        self.until(|report| {
            let Report::Timeline(timeline) = report else {
                return None;
            };
            Some(timeline.clone())
        })
    }
}

/// So many milliseconds.
pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
