//! A cue as one run of samples: its recordings and gaps in order, read from the disk block by
//! block, each at its own gain.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hound::{SampleFormat, WavReader};
use rodio::source::{Amplify, FadeIn, Zero};
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
pub(super) struct Cue {
    pieces: VecDeque<Piece>,
    left: u64,
}

enum Piece {
    Flat(Amplify<Recording>),
    Ramped(FadeIn<Amplify<Recording>>),
    Gap(Zero),
}

impl Cue {
    /// Opens every recording of `segments`, so that a bad one is known before the cue begins, and
    /// leaves out the first `skip` frames.
    pub(super) fn open(segments: &[Segment], mut skip: u64) -> Result<Self, Fault> {
        let mut pieces = VecDeque::with_capacity(segments.len());
        let mut left = 0;
        for segment in segments {
            let length = match segment {
                Segment::Wav { path, .. } => u64::from(open(path)?.duration()),
                Segment::Silence(span) => frames::count(*span, RATE),
            };
            let skipped = skip.min(length);
            skip -= skipped;
            if skipped < length {
                pieces.push_back(Piece::open(segment, skipped, length - skipped)?);
                left += length - skipped;
            }
        }
        Ok(Self { pieces, left })
    }

    /// Frames that remain to be read.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Fills `block` from its head and says how much of it; less than all only at the end.
    pub(super) fn read(&mut self, block: &mut [f32]) -> Result<usize, Fault> {
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
    fn open(segment: &Segment, skip: u64, length: u64) -> Result<Self, Fault> {
        Ok(match segment {
            Segment::Wav { path, gain, ramp } => {
                let recording = Recording::open(path, skip, length)?.amplify_decibel(gain.0);
                if ramp.is_zero() {
                    Self::Flat(recording)
                } else {
                    Self::Ramped(recording.fade_in(*ramp))
                }
            }
            Segment::Silence(_) => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                Self::Gap(Zero::new_samples(MONO, SAMPLE_RATE, length))
            }
        })
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

/// A WAV file as a source that ends early, and says why, when the disk fails.
struct Recording {
    path: PathBuf,
    reader: WavReader<BufReader<File>>,
    block: Vec<f32>,
    at: usize,
    left: u64,
    fault: Option<Fault>,
}

impl Recording {
    fn open(path: &Path, skip: u64, left: u64) -> Result<Self, Fault> {
        let mut reader = open(path)?;
        let skip = u32::try_from(skip).unwrap_or(u32::MAX);
        reader
            .seek(skip)
            .map_err(|error| unreadable(path, error.into()))?;
        let path = path.to_owned();
        Ok(Self {
            path,
            reader,
            block: Vec::new(),
            at: 0,
            left,
            fault: None,
        })
    }

    fn read(&mut self) -> Result<(), hound::Error> {
        let want = self.left.min(BLOCK as u64) as usize;
        self.block.clear();
        self.at = 0;
        for sample in self.reader.samples::<i16>().take(want) {
            self.block.push(f32::from(sample?) / 32_768.0);
        }
        self.left -= self.block.len() as u64;
        if self.block.len() < want {
            let short = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
            return Err(short.into());
        }
        Ok(())
    }
}

impl Iterator for Recording {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.at == self.block.len()
            && let Err(error) = self.read()
        {
            self.left = 0;
            self.fault = Some(unreadable(&self.path, error));
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

fn open(path: &Path) -> Result<WavReader<BufReader<File>>, Fault> {
    let reader = WavReader::open(path).map_err(|error| unreadable(path, error))?;
    let spec = reader.spec();
    let fits = spec.channels == MONO.get()
        && spec.sample_rate == RATE
        && spec.bits_per_sample == 16
        && spec.sample_format == SampleFormat::Int;
    if fits {
        Ok(reader)
    } else {
        Err(Fault::Format {
            path: path.to_owned(),
        })
    }
}

fn unreadable(path: &Path, error: hound::Error) -> Fault {
    Fault::Recording {
        path: path.to_owned(),
        source: Arc::new(error),
    }
}
