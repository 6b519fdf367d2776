//! A cue as one run of samples: its recordings and gaps in order, read from the disk block by
//! block, each at its own gain.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use programme::day_plan::RAMP_FROM;
use recordings::wav::Reader;
use rodio::source::{Amplify, LinearGainRamp, Zero};
use rodio::{ChannelCount, SampleRate, Source};

use super::{Fault, RATE, Segment, frames};

/// One channel, as recordings are kept.
pub(super) const MONO: ChannelCount = ChannelCount::MIN;

/// [`RATE`] in the type that rodio wants.
pub(super) const SAMPLE_RATE: SampleRate = match SampleRate::new(RATE) {
    Some(rate) => rate,
    None => SampleRate::MIN,
};

/// Frames read from the disk at a time.
const BLOCK: usize = 2048;

/// What remains to be played of a cue.
pub(crate) struct Cue {
    pieces: VecDeque<Piece>,
    left: u64,
}

enum Piece {
    Flat(Amplify<Recording>),
    Ramped(LinearGainRamp<Amplify<Recording>>),
    Gap(Zero),
}

impl Cue {
    /// Opens every recording of `segments`, so that a bad one is known before the cue begins, and
    /// leaves out the first `skip` frames.
    pub(crate) fn open(segments: &[Segment], mut skip: u64) -> Result<Self, Fault> {
        let mut pieces = VecDeque::with_capacity(segments.len());
        let mut left = 0;
        for segment in segments {
            let (piece, length) = Piece::open(segment, skip)?;
            left += length.saturating_sub(skip);
            if skip < length {
                pieces.push_back(piece);
            }
            skip = skip.saturating_sub(length);
        }
        Ok(Self { pieces, left })
    }

    /// Frames that remain to be read.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Fills `block` from its head and says how much of it; less than all only at the end.
    pub(crate) fn read(&mut self, block: &mut [f32]) -> Result<usize, Fault> {
        let mut filled = 0;
        while filled < block.len() {
            let Some(piece) = self.pieces.front_mut() else {
                break;
            };
            match piece.next() {
                Some(sample) => {
                    block[filled] = sample;
                    filled += 1;
                }
                None => {
                    piece.fault()?;
                    self.pieces.pop_front();
                }
            }
        }
        self.left = self.left.saturating_sub(filled as u64);
        Ok(filled)
    }
}

impl Piece {
    /// The segment without its first `skip` frames, and how many frames it has with them.
    fn open(segment: &Segment, skip: u64) -> Result<(Self, u64), Fault> {
        match segment {
            Segment::Wav { path, gain, ramp } => {
                let recording = Recording::open(path, skip)?;
                let length = recording.reader.frames();
                let recording = recording.amplify_decibel(gain.0);
                // A cue that goes on in the middle of a sound startles nobody.
                let piece = if ramp.is_zero() || skip > 0 {
                    Self::Flat(recording)
                } else {
                    let from = RAMP_FROM.amplitude();
                    Self::Ramped(recording.linear_gain_ramp(*ramp, from, 1.0, true))
                };
                Ok((piece, length))
            }
            Segment::Silence(span) => {
                let length = frames::count(*span, RATE);
                let left = usize::try_from(length.saturating_sub(skip)).unwrap_or(usize::MAX);
                Ok((
                    Self::Gap(Zero::new_samples(MONO, SAMPLE_RATE, left)),
                    length,
                ))
            }
        }
    }

    fn next(&mut self) -> Option<f32> {
        match self {
            Self::Flat(recording) => recording.next(),
            Self::Ramped(recording) => recording.next(),
            Self::Gap(gap) => gap.next(),
        }
    }

    /// Why the piece ended before its end, if it did.
    fn fault(&mut self) -> Result<(), Fault> {
        let recording = match self {
            Self::Flat(recording) => recording.inner_mut(),
            Self::Ramped(recording) => recording.inner_mut().inner_mut(),
            Self::Gap(_) => return Ok(()),
        };
        recording.fault.take().map_or(Ok(()), Err)
    }
}

/// A ready recording as a source that ends early, and keeps why, when the disk fails.
struct Recording {
    path: PathBuf,
    reader: Reader,
    block: Vec<f32>,
    at: usize,
    fault: Option<Fault>,
}

impl Recording {
    fn open(path: &Path, skip: u64) -> Result<Self, Fault> {
        let mut reader = Reader::open(path).map_err(|error| unreadable(path, error))?;
        reader.seek(skip).map_err(|error| unreadable(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            reader,
            block: Vec::new(),
            at: 0,
            fault: None,
        })
    }

    fn read(&mut self) {
        self.at = 0;
        self.block.resize(BLOCK, 0.0);
        let read = self.reader.read(&mut self.block);
        self.block.truncate(*read.as_ref().unwrap_or(&0));
        self.fault = read.err().map(|error| unreadable(&self.path, error));
    }
}

impl Iterator for Recording {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.at == self.block.len() && self.fault.is_none() {
            self.read();
        }
        let sample = self.block.get(self.at).copied();
        self.at += usize::from(sample.is_some());
        sample
    }
}

impl Source for Recording {
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

fn unreadable(path: &Path, error: recordings::Error) -> Fault {
    Fault::Recording {
        path: path.to_owned(),
        source: Arc::new(error),
    }
}
