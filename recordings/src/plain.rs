//! A recording as the plainest of files, for phones whose browser reads no Ogg Opus: WAV, mono,
//! 16 kHz, 16 bit. It is decoded as it is sent, and its length follows from the recording's
//! duration alone, so that a part of it can be asked for before anything is decoded.

use std::io::{Read, Seek};
use std::time::Duration;

use crate::error::Error;
use crate::wav::OpusFile;

/// Frames in a second: all that speech needs, a third of what a recording has.
pub const RATE_HZ: u32 = 16_000;

/// What stands before the samples: a RIFF header, a format chunk, the head of a data chunk.
pub const HEADER_BYTES: usize = 44;

fn frames(duration: Duration) -> u64 {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    millis.saturating_mul(u64::from(RATE_HZ) / 1_000)
}

/// The size of the file of a recording that lasts `duration`: 1.9 MB per minute.
pub fn size_bytes(duration: Duration) -> u64 {
    frames(duration)
        .saturating_mul(2)
        .saturating_add(HEADER_BYTES as u64)
}

/// What stands before the samples of a recording that lasts `duration`.
pub fn header(duration: Duration) -> [u8; HEADER_BYTES] {
    let data = u32::try_from(frames(duration).saturating_mul(2)).unwrap_or(u32::MAX);
    let mut header = [0; HEADER_BYTES];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        if let Some(place) = header.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        at += bytes.len();
    };
    put(b"RIFF");
    put(&data.saturating_add(36).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    // PCM, one channel.
    put(&1_u16.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&RATE_HZ.to_le_bytes());
    put(&(RATE_HZ * 2).to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&data.to_le_bytes());
    header
}

/// The samples of a recording, block by block.
pub struct Plain<R: Read + Seek> {
    decoding: OpusFile<R>,
    /// Frames that are still to come, so that the file is as long as its header says.
    left: u64,
    ended: bool,
}

impl<R: Read + Seek> Plain<R> {
    /// Begins to decode the Ogg Opus file in `source`, a recording of ours that lasts `duration`.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for any other file; [`Error::Storage`].
    pub fn open(source: R, duration: Duration) -> Result<Self, Error> {
        Ok(Self {
            decoding: OpusFile::open(source, RATE_HZ)?,
            left: frames(duration),
            ended: false,
        })
    }

    /// The next samples as bytes, perhaps none; `None` after the last. Where the sound is shorter
    /// than its duration says, silence follows.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn next_block(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let block = match self.ended {
            false => self.decoding.next_block()?,
            true => None,
        };
        let bytes: Vec<u8> = match block {
            Some(block) => {
                let samples = block.iter().take(most);
                samples.flat_map(|sample| sample.to_le_bytes()).collect()
            }
            None => {
                self.ended = true;
                vec![0; most.min(RATE_HZ as usize) * 2]
            }
        };
        self.left -= bytes.len() as u64 / 2;
        Ok(Some(bytes))
    }
}
