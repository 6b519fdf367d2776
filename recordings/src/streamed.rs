//! A recording as the plainest of files, for phones whose browser reads no Ogg Opus: WAV, mono,
//! 16 kHz, 16 bit, decoded as it is sent.
//!
//! Its length follows from the recording's duration alone, and each piece of it is decoded by
//! itself. So a part of it costs what that part is worth, and is the same bytes whatever was asked
//! for before.

use std::io::{Read, Seek};
use std::time::Duration;

use ogg::PacketReader;

use crate::error::{Error, damaged};
use crate::pcm;
use crate::wav::{head, next_packet};

/// Frames in a second: all that speech needs, a third of what a recording has.
pub const RATE_HZ: u32 = 16_000;

/// What stands before the samples: a RIFF header, a format chunk, the head of a data chunk.
const HEADER_BYTES: usize = 44;
/// Frames that are decoded together: five seconds.
const PIECE: u64 = 5 * RATE_HZ as u64;
/// A decoder that begins within a sound is right from here on (RFC 7845 §4.6): 80 ms.
const RUN_UP: u64 = RATE_HZ as u64 * 80 / 1000;
/// The longest packet of RFC 6716 is 120 ms of sound.
const PACKET_FRAMES_MAX: usize = RATE_HZ as usize * 120 / 1000;
/// So many frames of a recording are one here.
const STEP: u64 = (pcm::RATE_HZ / RATE_HZ) as u64;

/// The size of the file of a recording that lasts `duration`: 1.9 MB per minute.
pub fn size_bytes(duration: Duration) -> u64 {
    HEADER_BYTES as u64 + frames(duration).saturating_mul(2)
}

fn frames(duration: Duration) -> u64 {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // A file of this kind says its length in 32 bits: of 37 hours, more than anybody records.
    millis
        .saturating_mul(u64::from(RATE_HZ) / 1000)
        .min(1 << 30)
}

/// A recording that can be read from any place on.
pub struct Streamed {
    /// Each packet behind the frame at which its sound begins.
    packets: Vec<(u64, Vec<u8>)>,
    /// Frames before the sound.
    skip: u64,
    /// The frame at which the sound is over.
    end: u64,
    /// Length of the file in frames.
    frames: u64,
}

impl Streamed {
    /// Takes the Ogg Opus file in `source`, a recording of ours that lasts `duration`, into memory:
    /// a quarter of a megabyte per minute. Nothing is decoded yet.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for any other file; [`Error::Storage`].
    pub fn open(source: impl Read + Seek, duration: Duration) -> Result<Self, Error> {
        let mut reader = PacketReader::new(source);
        let skip = u64::from(head(&mut reader)?) / STEP;
        let (mut packets, mut at, mut end) = (Vec::new(), 0, None);
        while let Some(packet) = next_packet(&mut reader)? {
            let length = opus::packet::get_nb_samples(&packet.data, RATE_HZ).map_err(damaged)?;
            // The last granule says where the sound ends within the last packet (RFC 7845 §4.4).
            let is_last = packet.last_in_stream();
            end = is_last.then(|| packet.absgp_page() / STEP);
            packets.push((at, packet.data));
            at += length as u64;
            if is_last {
                break;
            }
        }
        Ok(Self {
            packets,
            skip,
            end: end.ok_or_else(|| damaged("it ends before its end"))?,
            frames: frames(duration),
        })
    }

    /// Bytes of the file from `at` on, as many as come together; none behind its end. Where the
    /// sound is shorter than its duration says, silence follows.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where it cannot be decoded.
    pub fn read(&self, at: u64) -> Result<Vec<u8>, Error> {
        let header = header(self.frames);
        let rest = usize::try_from(at).ok().and_then(|at| header.get(at..));
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            return Ok(rest.to_vec());
        }
        let place = at.saturating_sub(HEADER_BYTES as u64);
        let samples = self.piece(place / (PIECE * 2))?;
        let bytes = samples.into_iter().flat_map(i16::to_le_bytes);
        Ok(bytes.skip((place % (PIECE * 2)) as usize).collect())
    }

    fn piece(&self, number: u64) -> Result<Vec<i16>, Error> {
        let from = number.saturating_mul(PIECE).min(self.frames);
        let until = (from + PIECE).min(self.frames);
        let wanted = (until - from) as usize;
        let (from, until) = (self.skip + from, (self.skip + until).min(self.end));
        let start = from.saturating_sub(RUN_UP);
        let first = self.packets.partition_point(|(at, _)| *at <= start);
        let packets = self.packets.get(first.saturating_sub(1)..);
        let packets = packets.into_iter().flatten();

        let mut decoder = opus::Decoder::new(RATE_HZ, opus::Channels::Mono).map_err(damaged)?;
        let mut block = vec![0; PACKET_FRAMES_MAX];
        let mut samples = Vec::with_capacity(wanted);
        for (at, packet) in packets.take_while(|(at, _)| *at < until) {
            let length = decoder.decode(packet, &mut block, false).map_err(damaged)?;
            let within = |frame: u64| length.min(frame.saturating_sub(*at) as usize);
            let heard = block.get(within(from)..within(until));
            samples.extend_from_slice(heard.unwrap_or_default());
        }
        samples.resize(wanted, 0);
        Ok(samples)
    }
}

/// What stands before so many frames.
fn header(frames: u64) -> [u8; HEADER_BYTES] {
    let data = u32::try_from(frames.saturating_mul(2)).unwrap_or(u32::MAX);
    let mut header = [0; HEADER_BYTES];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        if let Some(place) = header.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        at += bytes.len();
    };
    put(b"RIFF");
    put(&data.saturating_add(HEADER_BYTES as u32 - 8).to_le_bytes());
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
