//! How loud sound is (EBU R 128, ITU-R BS.1770-4), and how it is brought to a target.
//!
//! Speech from a phone has peaks 15 dB and more above its loudness, so the target cannot be reached
//! by gain alone: a limiter takes the peaks, which takes loudness, which asks for more gain. The
//! gain is therefore searched on the limited sound.

mod ear;
mod limiter;
mod true_peak;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::pcm::{RATE_HZ, Sound, amplitude, decibels, frames_in_millis};

pub(crate) use ear::Ear;
use limiter::Limiter;
pub(crate) use true_peak::TruePeak;

/// Loudness and peak of a piece of sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// Integrated loudness in LUFS; −70 is the standard's floor and stands for silence too.
    pub integrated_lufs: f64,
    /// True peak in dBTP, at four times oversampling.
    pub true_peak_dbtp: f64,
}

/// Loudness and true peak being measured.
pub struct Meter {
    ear: Ear,
    peak: TruePeak,
}

impl Default for Meter {
    /// A meter that has heard nothing.
    fn default() -> Self {
        Self {
            ear: Ear::new(),
            peak: TruePeak::new(),
        }
    }
}

impl Meter {
    /// Hears `block`, mono at [`RATE_HZ`].
    pub fn push(&mut self, block: &[f32]) {
        self.peak.push(block);
        self.ear.push(block);
    }

    /// Hears `block` as what went before: filters settle on it, nothing of it is counted.
    pub(crate) fn seed(&mut self, block: &[f32]) {
        self.ear.seed(block);
    }

    /// What was heard by `meters`, which stand for consecutive parts of one sound.
    pub fn together<'a>(meters: impl Iterator<Item = &'a Self> + Clone) -> Loudness {
        let peaks = meters.clone().map(|meter| meter.peak.max());
        let peak = peaks.fold(0.0, f32::max);
        Loudness {
            integrated_lufs: Ear::together(meters.map(|meter| &meter.ear)),
            true_peak_dbtp: decibels(f64::from(peak.max(1e-9))),
        }
    }
}

/// The integrated loudness of all of `sound`, half measured on this core and half on another.
fn integrated_lufs(sound: &(impl Sound + ?Sized)) -> Result<f64, Error> {
    let middle = middle(sound.frames());
    let (first, second) = in_parallel(
        || listen(sound, 0..middle),
        || listen(sound, middle..sound.frames()),
    );
    Ok(Ear::together([&first?, &second?].into_iter()))
}

/// The integrated loudness of a part of `sound`, in LUFS.
///
/// # Errors
/// Whatever reading `sound` answers.
pub(crate) fn of_part<S: Sound + ?Sized>(sound: &S, part: Range<u64>) -> Result<f64, Error> {
    integrated_lufs(&Excerpts {
        sound,
        part,
        step: 1,
    })
}

/// Where to cut a sound of `frames` in two for measuring. A short one is not cut: of the blocks of
/// 400 ms that BS.1770 measures, those across the cut are heard by nobody.
pub(crate) fn middle(frames: u64) -> u64 {
    const CUT_FROM_MS: u64 = 10_000;
    if frames < frames_in_millis(CUT_FROM_MS) {
        0
    } else {
        frames / 2
    }
}

/// The weighting filters of BS.1770 have settled after this long.
const SETTLE_MS: u64 = 200;

fn listen(sound: &(impl Sound + ?Sized), part: Range<u64>) -> Result<Ear, Error> {
    let mut ear = Ear::new();
    let before = part.start.saturating_sub(frames_in_millis(SETTLE_MS))..part.start;
    sound.render(before, &mut |block| {
        ear.seed(block);
        Ok(())
    })?;
    sound.render(part, &mut |block| {
        ear.push(block);
        Ok(())
    })?;
    Ok(ear)
}

/// Runs both at once. A panic in either is a panic here.
pub(crate) fn in_parallel<A: Send, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (A, B) {
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        match first.join() {
            Ok(first) => (first, second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// A part of a sound with gain, faded in and out, and limited: what will be heard.
pub struct Levelled<'a, S: ?Sized> {
    sound: &'a S,
    part: Range<u64>,
    gain: f32,
    ceiling: f32,
    behind: f32,
}

/// The ends are faded, because margins of noise would start and stop with a click.
const FADE_MS: u64 = 10;

impl<'a, S: Sound + ?Sized> Levelled<'a, S> {
    /// `part` of `sound` with `gain_db`, its true peak held at `ceiling_dbtp`.
    pub fn new(sound: &'a S, part: Range<u64>, gain_db: f64, ceiling_dbtp: f64) -> Self {
        let (gain, ceiling) = (amplitude(gain_db) as f32, amplitude(ceiling_dbtp) as f32);
        Self {
            sound,
            part,
            gain,
            ceiling,
            behind: 1.0,
        }
    }

    /// The same `by_db` quieter as a whole, behind the limiter.
    pub fn quieter(self, by_db: f64) -> Self {
        let behind = amplitude(-by_db) as f32;
        Self { behind, ..self }
    }

    /// Frames from `at` on, before the limiter, into `block`; outside of the part there is silence.
    fn fill(&self, at: i64, block: &mut [f32]) -> Result<(), Error> {
        block.fill(0.0);
        let end = at + block.len() as i64;
        let (from, to) = (at.max(0) as u64, end.clamp(0, self.frames() as i64) as u64);
        if from >= to {
            return Ok(());
        }
        let mut place = (from as i64 - at) as usize;
        let range = self.part.start + from..self.part.start + to;
        self.sound.render(range, &mut |samples| {
            for (slot, sample) in block[place..].iter_mut().zip(samples) {
                *slot = sample * self.gain;
            }
            place += samples.len();
            Ok(())
        })?;
        self.fade(at, block);
        Ok(())
    }

    fn fade(&self, at: i64, block: &mut [f32]) {
        let (fade, frames) = (frames_in_millis(FADE_MS) as i64, self.frames() as i64);
        let end = at + block.len() as i64;
        if at >= fade && end <= frames - fade {
            return;
        }
        for (position, sample) in (at..).zip(block) {
            let from_edge = (position + 1).min(frames - position).clamp(0, fade);
            *sample *= from_edge as f32 / fade as f32;
        }
    }
}

impl<S: Sound + ?Sized> Sound for Levelled<'_, S> {
    fn frames(&self) -> u64 {
        self.part.end - self.part.start
    }

    /// Any part comes out as it would in the middle of the whole: the limiter's memory is finite,
    /// and it is run in before the part begins.
    fn render(
        &self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut limiter = Limiter::new(self.ceiling);
        let (start, end) = (range.start as i64, range.end.min(self.frames()) as i64);
        let mut at = start - limiter::RUN_IN as i64;
        let mut skip = limiter::RUN_IN + limiter::LATENCY;
        let mut block = vec![0.0; crate::pcm::BLOCK];
        let mut out = Vec::new();
        let mut wanted = usize::try_from((end - start).max(0)).unwrap_or(0);
        while wanted > 0 {
            self.fill(at, &mut block)?;
            at += block.len() as i64;
            out.clear();
            limiter.push(&block, &mut out);
            out.iter_mut().for_each(|sample| *sample *= self.behind);
            let skipped = skip.min(out.len());
            skip -= skipped;
            let ready = &out[skipped..];
            let ready = &ready[..ready.len().min(wanted)];
            wanted -= ready.len();
            if !ready.is_empty() {
                sink(ready)?;
            }
        }
        Ok(())
    }
}

/// Nearer to the target than this, the last step can be trusted unmeasured, in LU.
const NEAR_LU: f64 = 0.5;
/// Passes over the sound; each at least halves the distance where the target can be met at all.
const PASSES_MAX: usize = 4;
/// More gain than this makes noise of any recording.
const GAIN_MAX_DB: f64 = 48.0;
/// More gain than this, beyond what the loudness of the sound asks for, only squeezes the voice.
const DRIVE_MAX_DB: f64 = 14.0;
/// Behind a limiter, a dB of gain brings about this many LU.
const SLOPE: f64 = 2.0 / 3.0;

/// Searches the gain, in dB, that brings `part` of `sound`, whose own loudness is `own_lufs`, to
/// `target_lufs` behind a limiter at `ceiling_dbtp`; where that cannot be, the most that helps.
///
/// # Errors
/// Whatever reading `sound` answers.
pub fn search<S: Sound + ?Sized>(
    sound: &S,
    part: Range<u64>,
    own_lufs: f64,
    target_lufs: f64,
    ceiling_dbtp: f64,
) -> Result<f64, Error> {
    let excerpts = Excerpts::of(sound, part);
    // What the limiter takes off the excerpts, it takes off the whole.
    let excerpts_lufs = match excerpts.step {
        1 => own_lufs,
        _ => integrated_lufs(&excerpts)?,
    };
    let target_lufs = target_lufs - own_lufs + excerpts_lufs;
    let plain_db = target_lufs - excerpts_lufs;
    let most_db = (plain_db + DRIVE_MAX_DB).min(GAIN_MAX_DB);
    let mut gain_db = plain_db.min(most_db);
    let mut before: Option<(f64, f64)> = None;
    for _ in 0..PASSES_MAX {
        let levelled = Levelled::new(&excerpts, 0..excerpts.frames(), gain_db, ceiling_dbtp);
        let reached_lufs = integrated_lufs(&levelled)?;
        let missing = target_lufs - reached_lufs;
        let slope = before.map_or(SLOPE, |(before_db, before_lufs)| {
            ((reached_lufs - before_lufs) / (gain_db - before_db)).clamp(0.25, 1.0)
        });
        before = Some((gain_db, reached_lufs));
        let next_db = (gain_db + missing / slope).min(most_db);
        if missing.abs() <= NEAR_LU || next_db == gain_db {
            return Ok(next_db);
        }
        gain_db = next_db;
    }
    Ok(gain_db)
}

/// Pieces of a long sound, evenly spaced and put one behind the other: as loud, and cut by a
/// limiter as much, as the whole, for a fraction of the work.
struct Excerpts<'a, S: ?Sized> {
    sound: &'a S,
    part: Range<u64>,
    /// Every how manieth piece is taken.
    step: u64,
}

/// One piece: long enough that its ends do not count.
const PIECE_FRAMES: u64 = 3 * RATE_HZ as u64;
/// Pieces that stand for any sound: 90 s of it.
const PIECES_MIN: u64 = 30;

impl<'a, S: Sound + ?Sized> Excerpts<'a, S> {
    fn of(sound: &'a S, part: Range<u64>) -> Self {
        let pieces = (part.end - part.start) / PIECE_FRAMES;
        let step = (pieces / PIECES_MIN).max(1);
        Self { sound, part, step }
    }
}

impl<S: Sound + ?Sized> Sound for Excerpts<'_, S> {
    fn frames(&self) -> u64 {
        let all = self.part.end - self.part.start;
        match self.step {
            1 => all,
            step => all / (PIECE_FRAMES * step) * PIECE_FRAMES,
        }
    }

    fn render(
        &self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut at = range.start;
        let end = range.end.min(self.frames());
        while at < end {
            let (piece, within) = (at / PIECE_FRAMES, at % PIECE_FRAMES);
            let count = (PIECE_FRAMES - within).min(end - at);
            let start = self.part.start + piece * self.step * PIECE_FRAMES + within;
            self.sound.render(start..start + count, sink)?;
            at += count;
        }
        Ok(())
    }
}
