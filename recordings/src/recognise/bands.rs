//! How loud a sound is in each band of speech, fifty times a second: what is left of speech when a
//! horn, a valley and a cheap microphone have been at it.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Frames a second.
pub const FRAMES: u64 = 50;

/// How many bands a frame has.
pub const BANDS: usize = 8;

/// The energy in each band, from low to high, of a sound whose full scale is 1.
pub type Frame = [f32; BANDS];

/// The corners of the bands in Hz: a third of an octave and more each, from where a horn begins to
/// sound to where a microphone that takes 8,000 samples a second still hears.
const CORNERS_HZ: [f32; BANDS + 1] = [
    300.0, 430.0, 600.0, 820.0, 1_100.0, 1_500.0, 2_000.0, 2_700.0, 3_600.0,
];

/// The span of sound that one frame is taken from, in milliseconds; frames overlap.
const SPAN_MS: u64 = 32;

/// Turns samples into frames.
pub struct Bands {
    rate: u64,
    spectrum: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// For each band the first bin of the transform in it, and the first one behind it.
    bins: [(usize, usize); BANDS],
    kept: Vec<f32>,
    /// Samples that were dropped from the head of `kept`.
    dropped: u64,
    frames: u64,
    scratch: (Vec<f32>, Vec<Complex<f32>>, Vec<Complex<f32>>),
}

impl Bands {
    /// For sound of `rate` samples a second. Of less than 8,000 the upper bands stay empty.
    pub fn new(rate: u32) -> Self {
        let rate = u64::from(rate.max(1_000));
        let length = usize::try_from(rate * SPAN_MS / 1_000).unwrap_or(1).max(2);
        let spectrum = RealFftPlanner::new().plan_fft_forward(length);
        let step = rate as f32 / length as f32;
        let bin = |corner: f32| ((corner / step).round() as usize).min(length / 2 + 1);
        let mut bins = [(0, 0); BANDS];
        for (band, corners) in bins.iter_mut().zip(CORNERS_HZ.array_windows::<2>()) {
            *band = (bin(corners[0]), bin(corners[1]));
        }
        let turn = std::f32::consts::TAU / length as f32;
        let hann = |at: usize| 0.5 - 0.5 * (turn * at as f32).cos();
        let scratch = (
            spectrum.make_input_vec(),
            spectrum.make_output_vec(),
            spectrum.make_scratch_vec(),
        );
        Self {
            rate,
            spectrum,
            window: (0..length).map(hann).collect(),
            bins,
            kept: Vec::new(),
            dropped: 0,
            frames: 0,
            scratch,
        }
    }

    /// Takes the next samples, and adds to `frames` those that are complete with them.
    pub fn push(&mut self, samples: &[f32], frames: &mut impl Extend<Frame>) {
        self.kept.extend_from_slice(samples);
        loop {
            let from = self.frames * self.rate / FRAMES;
            let from = usize::try_from(from.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
            let until = from.saturating_add(self.window.len());
            let Some(span) = self.kept.get(from..until) else {
                let done = from.min(self.kept.len());
                self.kept.drain(..done);
                self.dropped += done as u64;
                return;
            };
            let (input, output, scratch) = &mut self.scratch;
            for (slot, (sample, weight)) in input.iter_mut().zip(span.iter().zip(&self.window)) {
                *slot = sample * weight;
            }
            // The lengths are the plan's own.
            let _ = self.spectrum.process_with_scratch(input, output, scratch);
            let scale = (self.window.len() as f32 / 2.0).powi(-2);
            let energy = |(from, until): (usize, usize)| {
                let bins = output.get(from..until).unwrap_or_default();
                bins.iter().map(Complex::norm_sqr).sum::<f32>() * scale
            };
            frames.extend([self.bins.map(energy)]);
            self.frames += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_stands_in_its_own_band_at_any_rate() {
        for rate in [8_000, 11_025, 16_000, 44_100, 48_000] {
            let turn = std::f32::consts::TAU * 1_300.0 / rate as f32;
            let tone: Vec<f32> = (0..rate).map(|at| 0.5 * (turn * at as f32).sin()).collect();
            let mut frames: Vec<Frame> = Vec::new();
            let mut bands = Bands::new(rate);
            for block in tone.chunks(777) {
                bands.push(block, &mut frames);
            }
            assert!(
                (48..=50).contains(&frames.len()),
                "{rate}: {}",
                frames.len()
            );
            for frame in &frames {
                let own = frame[4];
                let others: f32 = frame.iter().sum::<f32>() - own;
                assert!(own > 50.0 * others, "{rate}: {frame:?}");
                // The square of the amplitude, of which a Hann window leaves three eighths.
                let whole = 0.5 * 0.5 * 3.0 / 8.0;
                assert!((own / whole - 1.0).abs() < 0.02, "{rate}: {own}");
            }
        }
    }
}
