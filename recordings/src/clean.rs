//! Raw sound in, clean sound out: 48 kHz, without the rumble that a horn cannot play, and with the
//! silence at both ends measured so that it can be left out.

use std::ops::Range;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

use crate::error::{Error, damaged};
use crate::pcm::{RATE_HZ, decibels, frames_in_millis};

/// Brings sound from one rate to another, block by block, aligned to the sample.
pub struct Resampler {
    fft: Option<Fft<f32>>,
    from_hz: u32,
    to_hz: u32,
    waiting: Vec<f32>,
    out: Vec<f32>,
    skip: usize,
    taken: u64,
    given: u64,
}

/// Frames per step of the resampler; larger steps are sharper and later, neither matters here.
const STEP: usize = 1024;

impl Resampler {
    /// A resampler from `from_hz` to [`RATE_HZ`].
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a rate that cannot be converted.
    pub fn new(from_hz: u32) -> Result<Self, Error> {
        Self::between(from_hz, RATE_HZ)
    }

    /// A resampler from `from_hz` to `to_hz`.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for a rate that cannot be converted.
    pub fn between(from_hz: u32, to_hz: u32) -> Result<Self, Error> {
        let fft = (from_hz != to_hz)
            .then(|| Fft::new(from_hz as usize, to_hz as usize, STEP, 1, FixedSync::Input))
            .transpose()
            .map_err(damaged)?;
        let skip = fft.as_ref().map_or(0, |fft| fft.output_delay());
        let out = vec![0.0; fft.as_ref().map_or(0, |fft| fft.output_frames_max())];
        Ok(Self {
            fft,
            from_hz,
            to_hz,
            waiting: Vec::new(),
            out,
            skip,
            taken: 0,
            given: 0,
        })
    }

    /// Takes `block` and gives what is ready to `sink`.
    ///
    /// # Errors
    /// Whatever `sink` answers.
    pub fn push(
        &mut self,
        block: &[f32],
        sink: &mut impl FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.taken += block.len() as u64;
        if self.fft.is_none() {
            return sink(block);
        }
        self.waiting.extend_from_slice(block);
        let mut start = 0;
        while self.waiting.len() - start >= STEP {
            self.step(start, STEP, u64::MAX, sink)?;
            start += STEP;
        }
        self.waiting.drain(..start);
        Ok(())
    }

    /// Gives the rest to `sink`, so that as much time came out as went in.
    ///
    /// # Errors
    /// Whatever `sink` answers.
    pub fn finish(
        mut self,
        sink: &mut impl FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.fft.is_none() {
            return Ok(());
        }
        let from_hz = u64::from(self.from_hz);
        let wanted = (self.taken * u64::from(self.to_hz)).div_ceil(from_hz);
        let mut rest = self.waiting.len();
        // The delay is shorter than a few steps; each step gives some, so this ends.
        while self.given < wanted {
            self.step(0, rest, wanted - self.given, sink)?;
            rest = 0;
        }
        Ok(())
    }

    fn step(
        &mut self,
        start: usize,
        count: usize,
        most: u64,
        sink: &mut impl FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(fft) = &mut self.fft else {
            return Ok(());
        };
        self.waiting
            .resize(self.waiting.len().max(start + STEP), 0.0);
        let length = self.out.len();
        let input = InterleavedSlice::new(&self.waiting[start..start + STEP], 1, STEP);
        let output = InterleavedSlice::new_mut(&mut self.out, 1, length);
        let (input, mut output) = (input.map_err(damaged)?, output.map_err(damaged)?);
        let indexing = Indexing::new().partial_len(count);
        let (_, made) = fft
            .process_into_buffer(&input, &mut output, Some(&indexing))
            .map_err(damaged)?;
        let skip = self.skip.min(made);
        self.skip -= skip;
        let keep = usize::try_from(most).unwrap_or(usize::MAX).min(made - skip);
        self.given += keep as u64;
        sink(&self.out[skip..skip + keep])
    }
}

/// A Butterworth high-pass of fourth order at [`RATE_HZ`]: two biquads by the bilinear transform
/// (R. Bristow-Johnson, "Cookbook formulae for audio EQ").
///
/// A re-entrant horn gives nothing below 200 to 300 Hz; what a phone's wind and handling put there
/// would only eat the amplifier's power and the limiter's room.
pub struct HighPass {
    sections: [Biquad; 2],
}

impl HighPass {
    /// A filter that is 3 dB down at `corner_hz`.
    pub fn new(corner_hz: f64) -> Self {
        // The Q of the two pole pairs of a fourth-order Butterworth: 1/(2·cos π/8), 1/(2·cos 3π/8).
        let q = |eighths: f64| 0.5 / (std::f64::consts::FRAC_PI_8 * eighths).cos();
        Self {
            sections: [q(1.0), q(3.0)].map(|q| Biquad::high_pass(corner_hz, q)),
        }
    }

    /// Filters `block` in place; the next block goes on where this one ends.
    pub fn apply(&mut self, block: &mut [f32]) {
        let [first, second] = &mut self.sections;
        for sample in block {
            *sample = second.step(first.step(f64::from(*sample))) as f32;
        }
        first.settle();
        second.settle();
    }
}

/// A filter of second order: H(z) = (b₀ + b₁z⁻¹ + b₂z⁻²) / (1 + a₁z⁻¹ + a₂z⁻²).
pub(crate) struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn high_pass(corner_hz: f64, q: f64) -> Self {
        let omega = std::f64::consts::TAU * corner_hz / f64::from(RATE_HZ);
        let (alpha, cos) = (omega.sin() / (2.0 * q), omega.cos());
        let scale = 1.0 / (1.0 + alpha);
        let edge = (1.0 + cos) / 2.0 * scale;
        Self::new(
            [edge, -2.0 * edge, edge],
            [-2.0 * cos * scale, (1.0 - alpha) * scale],
        )
    }

    pub(crate) fn new(b: [f64; 3], a: [f64; 2]) -> Self {
        Self {
            b,
            a,
            state: [0.0; 2],
        }
    }

    /// Transposed direct form II, summed in the order in which the next step waits the least.
    #[inline]
    pub(crate) fn step(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = (self.b[1] * x + self.state[1]) - self.a[0] * y;
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// Forgets what nobody can hear: in silence, numbers would become so small that processors
    /// slow down on them.
    pub(crate) fn settle(&mut self) {
        for state in &mut self.state {
            if state.abs() < 1e-30 {
                *state = 0.0;
            }
        }
    }
}

/// How loud each hundredth of a second is: enough to find the silence, small enough to keep.
#[derive(Debug, Default)]
pub struct Levels {
    /// Level of each window in dBFS, rounded; −128 stands for digital silence.
    windows_db: Vec<i8>,
    energy: f64,
    filled: usize,
}

/// Frames of one window of [`Levels`]: 10 ms.
pub const WINDOW: usize = RATE_HZ as usize / 100;

/// What counts as sound lies at most this far below the speech.
const SPEECH_RANGE_DB: i8 = 35;
/// In a noisy place, sound must stand this far above the noise to count.
const ABOVE_NOISE_DB: i8 = 6;
/// And noise this near to the speech is part of it: nothing is cut by level then.
const NOISE_ROOM_DB: i8 = 15;
/// Nothing below this is ever sound, however quiet the recording.
const SILENCE_DBFS: i8 = -70;
/// A click of the record button is shorter than this many windows; a syllable is longer.
const SYLLABLE_WINDOWS: usize = 4;
/// What is left standing before and after the speech, so that no consonant is cut.
const HEAD_MARGIN_MS: u64 = 150;
const TAIL_MARGIN_MS: u64 = 300;

impl Levels {
    /// Takes the next samples in.
    pub fn push(&mut self, block: &[f32]) {
        let mut rest = block;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(WINDOW - self.filled));
            self.energy += now
                .iter()
                .map(|&x| f64::from(x) * f64::from(x))
                .sum::<f64>();
            self.filled += now.len();
            rest = later;
            if self.filled == WINDOW {
                let level = decibels((self.energy / WINDOW as f64).sqrt());
                self.windows_db
                    .push(level.round().clamp(-128.0, 127.0) as i8);
                (self.energy, self.filled) = (0.0, 0);
            }
        }
    }

    /// The level below which `share` (0 to 1) of the windows in `frames` lie, in dBFS.
    pub fn percentile_dbfs(&self, frames: Range<u64>, share: f64) -> f64 {
        let windows = self.windows(frames);
        let mut counts = [0_usize; 256];
        windows
            .iter()
            .for_each(|&level| counts[(i16::from(level) + 128) as usize] += 1);
        let wanted = (windows.len() as f64 * share) as usize;
        let mut seen = 0;
        let place = counts.iter().position(|&count| {
            seen += count;
            seen > wanted
        });
        place.map_or(-128.0, |place| place as f64 - 128.0)
    }

    /// The share (0 to 1) of the windows in `frames` that are quieter than `level_dbfs`.
    pub fn share_below(&self, frames: Range<u64>, level_dbfs: f64) -> f64 {
        let windows = self.windows(frames);
        let below = windows
            .iter()
            .filter(|&&level| f64::from(level) < level_dbfs)
            .count();
        below as f64 / windows.len().max(1) as f64
    }

    /// The part of `total` frames in which something sounds, with a margin at both ends; empty if
    /// nothing does.
    pub fn sounding(&self, total: u64) -> Range<u64> {
        let threshold = self.silence_dbfs(total);
        let sounds = |run: &[i8]| run.iter().all(|&level| level > threshold);
        let mut runs = self.windows_db.windows(SYLLABLE_WINDOWS);
        let Some(first) = runs.clone().position(sounds) else {
            return 0..0;
        };
        let last = runs.rposition(sounds).unwrap_or(first) + SYLLABLE_WINDOWS;
        let start = (first * WINDOW) as u64;
        let end = (last * WINDOW) as u64 + frames_in_millis(TAIL_MARGIN_MS);
        start.saturating_sub(frames_in_millis(HEAD_MARGIN_MS))..end.min(total)
    }

    /// The level under which nothing counts as sound.
    pub fn silence_dbfs(&self, total: u64) -> i8 {
        let speech = self.percentile_dbfs(0..total, 0.95) as i8;
        let noise = self.percentile_dbfs(0..total, 0.10) as i8;
        let above_noise = noise.saturating_add(ABOVE_NOISE_DB);
        let by_noise = above_noise.min(speech.saturating_sub(NOISE_ROOM_DB));
        by_noise
            .max(speech.saturating_sub(SPEECH_RANGE_DB))
            .max(SILENCE_DBFS)
    }

    /// Where, within `frames`, the quietest tenth of a second is: a place to cut unheard.
    pub fn quietest(&self, frames: Range<u64>) -> u64 {
        let first = frames.start / WINDOW as u64;
        let sums = self.windows(frames.clone()).windows(10);
        let sum = |run: &[i8]| run.iter().map(|&level| i32::from(level)).sum::<i32>();
        let best = sums.map(sum).enumerate().min_by_key(|&(_, sum)| sum);
        best.map_or(frames.start, |(at, _)| {
            (first + at as u64 + 5) * WINDOW as u64
        })
    }

    fn windows(&self, frames: Range<u64>) -> &[i8] {
        let end = ((frames.end / WINDOW as u64) as usize).min(self.windows_db.len());
        let start = ((frames.start / WINDOW as u64) as usize).min(end);
        &self.windows_db[start..end]
    }
}
