//! The peak between the samples (ITU-R BS.1770-4 Annex 2).
//!
//! A converter draws a curve through the samples, and the curve's crests stand higher. They are
//! found at four times the rate, with the interpolation filter of libebur128 (49 taps, sinc under
//! a Hann window), so that our figures are those of the usual meters.

use std::sync::LazyLock;

use crate::pcm::highest;

/// Samples before the newest that one interpolated value needs.
pub(super) const HISTORY: usize = 11;
/// How far behind the newest sample the interpolated values are.
pub(super) const DELAY: usize = 6;

const TAPS: usize = HISTORY + 1;
/// Values computed together: enough for the processor's lanes, little enough to stay in them.
const LANES: usize = 32;

struct Filter {
    /// Between two samples lie three values; the fourth is the sample itself.
    phases: [[f32; TAPS]; 3],
    /// The interpolated curve is never higher than this times the highest sample around it.
    overshoot: f32,
}

static FILTER: LazyLock<Filter> = LazyLock::new(|| {
    let tap = |index: usize| {
        let (from_middle, all) = (index as f64 - 24.0, 48.0);
        let x = from_middle * std::f64::consts::FRAC_PI_4;
        let sinc = if index == 24 { 1.0 } else { x.sin() / x };
        let hann = 0.5 * (1.0 - (std::f64::consts::TAU * index as f64 / all).cos());
        (sinc * hann) as f32
    };
    let phases = [1, 2, 3].map(|phase| std::array::from_fn(|k| tap(phase + 4 * k)));
    let sums = phases.map(|taps: [f32; TAPS]| taps.iter().map(|tap| tap.abs()).sum::<f32>());
    Filter {
        phases,
        overshoot: sums.into_iter().fold(1.0, f32::max),
    }
});

/// Writes to each of `peaks` the height of the curve from one sample to the next: `peaks[i]` is
/// that at `window[i + HISTORY - DELAY]`, where `window` is [`HISTORY`] longer than `peaks`.
///
/// Heights up to `floor` may be given as zero: where no sample is high, no crest is, and most
/// of speech need not be looked at.
pub(super) fn curve_peaks(window: &[f32], floor: f32, peaks: &mut [f32]) {
    let filter = &*FILTER;
    let low = floor / filter.overshoot;
    for (n, peaks) in peaks.chunks_mut(LANES).enumerate() {
        let window = &window[n * LANES..n * LANES + HISTORY + peaks.len()];
        if highest(window) <= low {
            peaks.fill(0.0);
            continue;
        }
        for (peak, sample) in peaks.iter_mut().zip(&window[HISTORY - DELAY..]) {
            *peak = sample.abs();
        }
        for taps in &filter.phases {
            let mut values = [0.0_f32; LANES];
            for (k, tap) in taps.iter().enumerate() {
                let shifted = &window[HISTORY - k..][..peaks.len()];
                for (value, sample) in values.iter_mut().zip(shifted) {
                    *value += tap * sample;
                }
            }
            for (peak, value) in peaks.iter_mut().zip(values) {
                *peak = peak.max(value.abs());
            }
        }
    }
}

/// The true peak of everything pushed.
pub(crate) struct TruePeak {
    window: Vec<f32>,
    peaks: Vec<f32>,
    max: f32,
}

impl TruePeak {
    pub(crate) fn new() -> Self {
        Self {
            window: vec![0.0; HISTORY],
            peaks: Vec::new(),
            max: 0.0,
        }
    }

    pub(crate) fn push(&mut self, block: &[f32]) {
        self.window.extend_from_slice(block);
        self.peaks.resize(block.len(), 0.0);
        // Crests below the highest so far cannot raise it.
        curve_peaks(&self.window, self.max, &mut self.peaks);
        self.max = self.max.max(highest(&self.peaks)).max(highest(block));
        self.window.drain(..block.len());
    }

    /// The highest crest so far, as an amplitude.
    pub(crate) fn max(&self) -> f32 {
        self.max
    }
}
