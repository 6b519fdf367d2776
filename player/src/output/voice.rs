//! The cue as the sounding thread sees it: samples out of the ring, through the fader, counted and
//! measured as they go. It never ends by itself, so that nothing is freed on that thread.

use std::sync::Arc;
use std::time::Duration;

use rodio::{ChannelCount, SampleRate, Source};
use rtrb::Consumer;

use super::RATE;
use super::cue::{MONO, SAMPLE_RATE};
use super::desk::{Desk, FaderMove, Tally};

/// One cue on one sink.
pub(super) struct Voice {
    samples: Consumer<f32>,
    left: u64,
    fader: Fader,
    limiter: Limiter,
    silenced: bool,
    tally: Tally,
    desk: Arc<Desk>,
}

impl Voice {
    /// The voice of `frames` frames that come through `samples`.
    pub(super) fn new(samples: Consumer<f32>, frames: u64, desk: Arc<Desk>) -> Self {
        let fader = Fader::at(desk.fader_move());
        if frames == 0 {
            desk.note_last();
        }
        Self {
            samples,
            left: frames,
            fader,
            limiter: Limiter::default(),
            silenced: false,
            tally: Tally::default(),
            desk,
        }
    }
}

impl Iterator for Voice {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.left == 0 || self.silenced {
            return Some(0.0);
        }
        let gain = self.fader.step(self.desk.fader_move());
        if gain == 0.0 && self.desk.is_silencing() {
            self.silenced = true;
            self.desk.note_last();
            return Some(0.0);
        }
        let Ok(sample) = self.samples.pop() else {
            self.desk.note_starved();
            return Some(0.0);
        };
        let sample = self.limiter.held(sample * gain);
        self.left -= 1;
        self.tally.add(sample);
        self.desk.note_sent(self.tally);
        if self.left == 0 {
            self.desk.note_last();
        }
        Some(sample)
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

/// Holds what is louder than full scale: a peak turns everything down at once, to where it just
/// fits, and the level comes back slowly. What fits passes bit by bit as it was.
struct Limiter(f32);

impl Limiter {
    /// What comes back with each frame: a half within half a second.
    const RELEASE: f32 = 1.0 / RATE as f32;

    fn held(&mut self, sample: f32) -> f32 {
        let Self(reduction) = self;
        *reduction = (*reduction + Self::RELEASE).min(1.0);
        let peak = sample.abs();
        if peak * *reduction > 1.0 {
            *reduction = peak.recip();
        }
        (sample * *reduction).clamp(-1.0, 1.0)
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self(1.0)
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
