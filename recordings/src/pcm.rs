//! Sound as numbers: mono, 48 kHz, 32-bit float, full scale at ±1; in memory only block by block.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use crate::durable;
use crate::error::Error;

/// Frames per second of everything behind the decoder. Opus knows no other full rate (RFC 6716).
pub const RATE_HZ: u32 = 48_000;

/// Frames that travel together: large enough that a block costs nothing, small enough for caches.
pub(crate) const BLOCK: usize = 4096;

/// How long `frames` at [`RATE_HZ`] last.
pub fn duration(frames: u64) -> Duration {
    let rate = u64::from(RATE_HZ);
    Duration::new(
        frames / rate,
        ((frames % rate) * 1_000_000_000 / rate) as u32,
    )
}

/// Frames at [`RATE_HZ`] in `millis` milliseconds.
pub const fn frames_in_millis(millis: u64) -> u64 {
    millis.saturating_mul(RATE_HZ as u64) / 1000
}

/// The level of an amplitude in decibels, one being 0 dB: 20·log₁₀(amplitude).
pub fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

/// The amplitude of a level in decibels, the inverse of [`decibels`].
pub fn amplitude(decibels: f64) -> f64 {
    10_f64.powf(decibels / 20.0)
}

/// The highest of `samples`, as an amplitude. In lanes, because one maximum waits for the other.
pub(crate) fn highest(samples: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (whole, rest) = samples.as_chunks::<8>();
    for chunk in whole {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane = lane.max(sample.abs());
        }
    }
    let rest = rest
        .iter()
        .fold(0.0_f32, |most, sample| most.max(sample.abs()));
    lanes.into_iter().fold(rest, f32::max)
}

/// Sound that can be asked for any part of itself, from several threads at once.
pub trait Sound: Sync {
    /// Frames at [`RATE_HZ`].
    fn frames(&self) -> u64;

    /// Gives the frames of `range` to `sink`, in order, in blocks of any length.
    ///
    /// # Errors
    /// [`Error::Storage`] if the sound lies on a disk that fails, and whatever `sink` answers.
    fn render(
        &self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error>;
}

impl Sound for [f32] {
    fn frames(&self) -> u64 {
        self.len() as u64
    }

    fn render(
        &self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let end = range.end.min(self.frames()) as usize;
        let start = (range.start as usize).min(end);
        self[start..end].chunks(BLOCK).try_for_each(sink)
    }
}

/// Takes sound in and keeps it on a disk: 11.5 MB per minute that memory need not hold.
#[derive(Debug)]
pub(crate) struct SpoolWriter {
    file: BufWriter<File>,
    bytes: Vec<u8>,
    frames: u64,
}

impl SpoolWriter {
    /// An empty spool on the file system of `folder`.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        let file = durable::nameless(folder)?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 16, file),
            bytes: Vec::new(),
            frames: 0,
        })
    }

    pub(crate) fn push(&mut self, block: &[f32]) -> io::Result<()> {
        self.bytes.resize(block.len() * 4, 0);
        for (bytes, sample) in self.bytes.as_chunks_mut().0.iter_mut().zip(block) {
            *bytes = sample.to_le_bytes();
        }
        self.file.write_all(&self.bytes)?;
        self.frames += block.len() as u64;
        Ok(())
    }

    pub(crate) fn finish(self) -> io::Result<Spool> {
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        Ok(Spool {
            file,
            frames: self.frames,
        })
    }
}

/// Sound on a disk.
#[derive(Debug)]
pub(crate) struct Spool {
    file: File,
    frames: u64,
}

impl Sound for Spool {
    fn frames(&self) -> u64 {
        self.frames
    }

    fn render(
        &self,
        range: Range<u64>,
        sink: &mut dyn FnMut(&[f32]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut bytes = vec![0; BLOCK * 4];
        let mut block = Vec::with_capacity(BLOCK);
        let mut at = range.start;
        let end = range.end.min(self.frames);
        while at < end {
            let count = (end - at).min(BLOCK as u64) as usize;
            self.file.read_exact_at(&mut bytes[..count * 4], at * 4)?;
            block.clear();
            let samples = bytes[..count * 4].as_chunks::<4>().0;
            block.extend(samples.iter().map(|sample| f32::from_le_bytes(*sample)));
            sink(&block)?;
            at += count as u64;
        }
        Ok(())
    }
}
