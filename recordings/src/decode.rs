//! Whatever a phone gives, as mono float samples at the rate in which it was recorded.
//!
//! What a file *is* is told by its content; a name is never looked at. The bytes come from
//! strangers: every bound here is one that a hostile file would otherwise cross.

mod amr;
mod container;
mod ending;
mod he_aac;
mod outline;
mod sniff;

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
pub use symphonia::core::io::MediaSource;

use crate::error::{Damage, Error, damaged};

/// The container or coding in which a recording came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Format {
    /// RIFF WAVE.
    Wav,
    /// Audio Interchange File Format.
    Aiff,
    /// Apple's Core Audio Format.
    Caf,
    /// Free Lossless Audio Codec.
    Flac,
    /// MPEG-1/2 layer III.
    Mp3,
    /// AAC in an ADTS stream.
    Adts,
    /// MP4, M4A, MOV, 3GP (ISO/IEC 14496-12), whole or in fragments.
    Mp4,
    /// WebM and Matroska.
    Webm,
    /// Ogg, with Opus or Vorbis in it.
    Ogg,
    /// Narrowband AMR in its storage format (RFC 4867 §5).
    Amr,
}

/// One recording being decoded.
pub struct Decoder {
    inner: Inner,
    format: Format,
    rate_hz: u32,
    first: Option<Vec<f32>>,
    block: Vec<f32>,
    given: u64,
    broken: bool,
    faults: Faults,
}

enum Inner {
    Container(Box<container::Container>),
    Amr(Box<amr::Amr>),
}

/// Decodes a little of `source`, enough to know what it is and at which rate it runs.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::Unsupported`], or [`Error::Storage`] if `source` cannot be read.
pub fn open(source: impl MediaSource + 'static) -> Result<Decoder, Error> {
    let faults = Faults::default();
    let mut source = Watched {
        source,
        faults: faults.clone(),
    };
    let kind = sniff::sniff(&mut source).map_err(|error| faults.explain(error.into()))?;
    let (inner, format) = guarded(|| match kind {
        sniff::Kind::Refused(what) => Err(Error::Unsupported(what)),
        sniff::Kind::Empty => Err(Error::Unreadable(Damage::Empty)),
        sniff::Kind::Amr => Ok((Inner::Amr(Box::new(amr::Amr::new(source))), Format::Amr)),
        sniff::Kind::Container => container::Container::open(Box::new(source))
            .map(|(container, format)| (Inner::Container(Box::new(container)), format)),
    })
    .map_err(|error| faults.explain(error))?;
    let mut decoder = Decoder {
        inner,
        format,
        rate_hz: 0,
        first: None,
        block: Vec::new(),
        given: 0,
        broken: false,
        faults,
    };
    // The rate in a header is not always the rate of the sound: HE-AAC decodes at half of it.
    match decoder.advance()? {
        Some(rate_hz) if (MIN_RATE_HZ..=MAX_RATE_HZ).contains(&rate_hz) => {
            decoder.rate_hz = rate_hz;
            decoder.first = Some(std::mem::take(&mut decoder.block));
            Ok(decoder)
        }
        Some(rate_hz) => Err(damaged(format_args!("a sample rate of {rate_hz} Hz"))),
        None => Err(Error::Unreadable(Damage::NotSound)),
    }
}

/// Rates that any recorder uses lie within these; a resampler for others may need much memory.
const MIN_RATE_HZ: u32 = 4_000;
const MAX_RATE_HZ: u32 = 384_000;

impl Decoder {
    /// What the content is.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Frames per second of the decoded sound.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// How long the file says that its sound is; a stream does not say.
    pub fn promised(&self) -> Option<Duration> {
        match &self.inner {
            Inner::Container(container) => container.promised(),
            Inner::Amr(_) => None,
        }
    }

    /// Packets that could not be decoded and were left out so far.
    pub fn bad_packets(&self) -> u64 {
        match &self.inner {
            Inner::Container(container) => container.bad_packets(),
            Inner::Amr(amr) => amr.bad_frames(),
        }
    }

    /// Whether the file lacks the mark that its kind puts at its end, known after the last sample:
    /// some recorders never write it, and a file that was cut off has lost it.
    pub fn lacks_end_mark(&self) -> bool {
        match &self.inner {
            Inner::Container(container) => container.lacks_end_mark(),
            Inner::Amr(_) => false,
        }
    }

    /// The next samples, mono, each finite and within ±8; `None` after the last.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with [`Damage::Truncated`] where the end is missing, or with other
    /// damage; [`Error::Storage`] if the source cannot be read.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, Error> {
        if let Some(first) = self.first.take() {
            self.block = first;
        } else {
            match self.advance()? {
                None => return Ok(None),
                Some(rate_hz) if rate_hz == self.rate_hz => {}
                Some(_) => return Err(damaged("the sample rate changes in the middle")),
            }
        }
        self.given += self.block.len() as u64;
        Ok(Some(&self.block))
    }

    /// Fills `block` with at least one sample and says at which rate; `None` at a sound end.
    fn advance(&mut self) -> Result<Option<u32>, Error> {
        if self.broken {
            return Err(damaged("the decoder gave up"));
        }
        let Self {
            inner,
            block,
            given,
            ..
        } = self;
        block.clear();
        let result = guarded(|| match inner {
            Inner::Container(container) => container.next(block, *given),
            Inner::Amr(amr) => amr.next(block),
        });
        for sample in &mut self.block {
            // Float files may hold anything; a filter would carry one NaN to the end.
            *sample = if sample.is_finite() {
                sample.clamp(-8.0, 8.0)
            } else {
                0.0
            };
        }
        result.map_err(|error| {
            self.broken = true;
            self.faults.explain(error)
        })
    }
}

/// Runs foreign decoding so that a panic in it ends this recording and nothing else.
///
/// The reader of CAF overflows on a crafted length (`tests/cases/caf-packet-length-overflows`), and
/// the decoder of AMR asserts on states that it holds impossible; a server must outlive such
/// a file, and the next one. The state that a panic may leave inconsistent is never touched again:
/// `broken` sees to it.
fn guarded<T>(decode: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(damaged("the decoder failed")))
}

/// A source that remembers whether reading it failed. Decoders report an end of file, a lie in
/// a header and a dying disk through the same error type, and people must be told which it was.
struct Watched<S> {
    source: S,
    faults: Faults,
}

#[derive(Clone, Default)]
struct Faults(Arc<Mutex<Option<io::Error>>>);

impl Faults {
    fn explain(&self, otherwise: Error) -> Error {
        let fault = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        fault.map_or(otherwise, Error::Storage)
    }

    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let (kind, text) = (error.kind(), error.to_string());
            if kind != io::ErrorKind::Interrupted && kind != io::ErrorKind::InvalidInput {
                let mut fault = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                fault.get_or_insert(error);
            }
            io::Error::new(kind, text)
        })
    }
}

impl<S: Read> Read for Watched<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.source.read(buffer);
        self.faults.note(result)
    }
}

impl<S: Seek> Seek for Watched<S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.source.seek(to);
        self.faults.note(result)
    }
}

impl<S: MediaSource> MediaSource for Watched<S> {
    fn is_seekable(&self) -> bool {
        self.source.is_seekable()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.byte_len()
    }
}
