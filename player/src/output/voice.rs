//! The cue as the sounding thread sees it: samples out of the ring, through the fader and the
//! limiter, counted and measured as they go. It never ends by itself, so that nothing is freed on
//! that thread.

use std::sync::Arc;
use std::time::Duration;

use rodio::{ChannelCount, SampleRate, Source};
use rtrb::Consumer;

use super::cue::{MONO, SAMPLE_RATE};
use super::desk::{Desk, FaderMove, Tally};
use super::limiter::Limiter;

/// One cue on one sink.
pub(super) struct Voice {
    samples: Consumer<f32>,
    /// Frames that are still to come out of the ring.
    coming: u64,
    fader: Fader,
    limiter: Limiter,
    tally: Tally,
    desk: Arc<Desk>,
}

impl Voice {
    /// The voice of `frames` frames that come through `samples`.
    pub(super) fn new(samples: Consumer<f32>, frames: u64, desk: Arc<Desk>) -> Self {
        let fader = Fader::at(desk.fader_move());
        Self {
            samples,
            coming: frames,
            fader,
            limiter: Limiter::default(),
            tally: Tally::default(),
            desk,
        }
    }

    /// Shows the limiter what comes next. The ring has it long before it is due, so nothing is
    /// late for being seen; only a fader that is moved is heard some milliseconds after that.
    fn look_ahead(&mut self) {
        while self.coming > 0 && self.limiter.has_room() {
            let gain = self.fader.step(self.desk.fader_move());
            if gain == 0.0 && self.desk.is_silencing() {
                self.coming = 0;
            } else if let Ok(sample) = self.samples.pop() {
                self.coming -= 1;
                self.limiter.see(sample * gain);
            } else {
                break;
            }
        }
    }
}

impl Iterator for Voice {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        self.look_ahead();
        let sample = self.limiter.pop();
        if let Some(sample) = sample {
            self.tally.add(sample);
            self.desk.note_sent(self.tally);
        } else if self.coming > 0 {
            self.desk.note_starved();
        }
        if self.coming == 0 && self.limiter.is_empty() {
            self.desk.note_last();
        }
        Some(sample.unwrap_or_default())
    }
}

impl Source for Voice {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        MONO
    }

    fn sample_rate(&self) -> SampleRate {
        SAMPLE_RATE
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

/// An amplitude that moves in a straight line: a jump would be heard as a click.
struct Fader {
    at: f32,
    step: f32,
    moving: FaderMove,
    left: u32,
}

impl Fader {
    fn at(moving: FaderMove) -> Self {
        Self {
            at: moving.to,
            step: 0.0,
            moving,
            left: 0,
        }
    }

    fn step(&mut self, moving: FaderMove) -> f32 {
        if moving != self.moving {
            self.moving = moving;
            self.left = moving.frames;
            self.step = (moving.to - self.at) / moving.frames.max(1) as f32;
        }
        if self.left > 0 {
            self.left -= 1;
            self.at += self.step;
        } else {
            self.at = self.moving.to;
        }
        self.at
    }
}
