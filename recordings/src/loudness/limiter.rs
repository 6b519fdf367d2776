//! Holds the true peak under a ceiling, seeing each peak coming 5 ms ahead.
//!
//! For every sample the gain that its crest needs is found; a sliding minimum holds it, a moving
//! average of the same length turns the steps into ramps, and the sound waits until the ramp is
//! down. Gains are whole numbers, so that a sum over a window is the same wherever it was begun:
//! a part of a sound limited alone equals that part of the whole, bit for bit.

use std::collections::VecDeque;

use super::true_peak::{DELAY, HISTORY, curve_peaks};

/// Frames over which the gain moves: 5 ms at 48 kHz.
const RAMP: usize = 240;
/// Frames for which a gain is held: the ramp, and the reach of the interpolation to both sides.
const HOLD: usize = RAMP + 2 * DELAY;

/// How many frames later a sample comes out.
pub(super) const LATENCY: usize = DELAY + RAMP - 1 + DELAY;
/// After this many frames nothing remembers what went before.
pub(super) const RUN_IN: usize = HISTORY + HOLD + RAMP + LATENCY;

/// A gain of one; gains are fractions of it.
const ONE: u32 = 1 << 30;

pub(super) struct Limiter {
    ceiling: f32,
    /// The last samples: at least those that the filter and the delay look back to.
    past: Vec<f32>,
    peaks: Vec<f32>,
    /// Gains below one that may still be the lowest of their window, with their place, rising.
    lowest: VecDeque<(usize, u32)>,
    /// The lowest gains of the last windows, the newest in the place of the oldest.
    held: [u32; RAMP],
    held_sum: u64,
    place: usize,
    /// Frames for which no gain below one was needed.
    calm: usize,
}

/// What `past` keeps between blocks.
const PAST: usize = if HISTORY > LATENCY { HISTORY } else { LATENCY };

impl Limiter {
    pub(super) fn new(ceiling: f32) -> Self {
        Self {
            ceiling,
            past: vec![0.0; PAST],
            peaks: Vec::new(),
            lowest: VecDeque::new(),
            held: [ONE; RAMP],
            held_sum: RAMP as u64 * u64::from(ONE),
            place: 0,
            calm: HOLD + RAMP,
        }
    }

    /// Takes `block` and appends as many samples to `out`, [`LATENCY`] frames late.
    pub(super) fn push(&mut self, block: &[f32], out: &mut Vec<f32>) {
        self.past.extend_from_slice(block);
        self.peaks.resize(block.len(), 0.0);
        curve_peaks(&self.past[PAST - HISTORY..], self.ceiling, &mut self.peaks);
        let peaks = std::mem::take(&mut self.peaks);
        for (chunk_at, chunk) in peaks.chunks(RAMP).enumerate() {
            let late = PAST - LATENCY + chunk_at * RAMP;
            let late = late..late + chunk.len();
            if self.calm >= HOLD + RAMP && chunk.iter().all(|&peak| peak <= self.ceiling) {
                self.calm += chunk.len();
                self.place += chunk.len();
                out.extend_from_slice(&self.past[late]);
            } else {
                for (&peak, at) in chunk.iter().zip(late) {
                    let gain = self.gain(peak);
                    out.push(self.past[at] * gain);
                }
            }
        }
        self.peaks = peaks;
        self.past.drain(..block.len());
    }

    /// The gain for the sample that is due, given the crest of the newest one.
    fn gain(&mut self, peak: f32) -> f32 {
        if peak <= self.ceiling {
            self.calm += 1;
        } else {
            self.calm = 0;
            let needed = f64::from(self.ceiling) / f64::from(peak);
            let needed = (needed * f64::from(ONE)) as u32;
            while self.lowest.back().is_some_and(|&(_, gain)| gain >= needed) {
                self.lowest.pop_back();
            }
            self.lowest.push_back((self.place, needed));
        }
        // Places differ, so one goes at a time.
        if self
            .lowest
            .front()
            .is_some_and(|&(at, _)| at + HOLD <= self.place)
        {
            self.lowest.pop_front();
        }
        let low = self.lowest.front().map_or(ONE, |&(_, gain)| gain);
        let oldest = std::mem::replace(&mut self.held[self.place % RAMP], low);
        self.held_sum = self.held_sum + u64::from(low) - u64::from(oldest);
        self.place += 1;
        (self.held_sum as f64 / (RAMP as u64 * u64::from(ONE)) as f64) as f32
    }
}
