//! Sound into Ogg Opus (RFC 6716, RFC 7845): mono, 48 kHz, frames of 20 ms.
//!
//! The work is split in two at a pause, one half on each of two cores; always in two and never by
//! the number of cores, so that the same sound gives the same bytes on every machine. The second
//! encoder starts a second before its half and runs in on real sound; its first frame that counts
//! predicts nothing from the frames before, which the decoder will have heard from the first.

use std::io::{self, Write};
use std::ops::Range;

use ogg::{PacketWriteEndInfo, PacketWriter};
use opus::{Application, Bitrate, Channels, Encoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, damaged};
use crate::loudness::{Loudness, Meter, in_parallel, middle};
use crate::pcm::{RATE_HZ, Sound};
use crate::quality::Peaks;

/// Frames of sound in one packet: 20 ms, the length that libopus is tuned for.
pub const PACKET_FRAMES: usize = RATE_HZ as usize / 50;

/// The longest packet of RFC 6716 §3.2.1.
const PACKET_BYTES_MAX: usize = 1275;

/// Packets between two page headers: a second of sound costs 28 bytes of them.
const PAGE_PACKETS: usize = 50;

/// Packets for which an encoder or a decoder runs in; RFC 7845 §4.6 asks for 80 ms.
const RUN_IN_PACKETS: u64 = 50;

/// Shorter sounds than this are not worth a second thread: 30 s.
const SPLIT_FRAMES_MIN: u64 = 30 * RATE_HZ as u64;

/// How the sound is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Coding {
    /// Bits per second that a minute of speech comes to on average.
    pub bitrate_bps: u32,
    /// How hard libopus tries, 0 to 10. Below 8 speech at these rates is audibly worse.
    pub complexity: u8,
}

impl Default for Coding {
    fn default() -> Self {
        Self {
            bitrate_bps: 32_000,
            complexity: 10,
        }
    }
}

/// Opus packets in memory: a quarter of a megabyte per minute.
pub struct Encoded {
    /// What each encoder made, in order; joining them would need the memory twice.
    parts: Vec<Packets>,
    pre_skip: u16,
    frames: u64,
}

#[derive(Default)]
struct Packets {
    bytes: Vec<u8>,
    lengths: Vec<u16>,
}

impl Packets {
    fn push(&mut self, packet: &[u8]) {
        self.bytes.extend_from_slice(packet);
        // `PACKET_BYTES_MAX` fits, and libopus is given no more room than that.
        self.lengths.push(packet.len() as u16);
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map(move |&length| {
            let (packet, later) = rest.split_at(usize::from(length));
            rest = later;
            packet
        })
    }
}

/// Encodes all of `sound`, cut in two at the packet next to frame `seam` if that is worth it.
/// `tick` is called with the number of frames done since its last call, from two threads.
///
/// # Errors
/// Whatever reading `sound` or `tick` answers, and [`Error::Unreadable`] if libopus refuses.
pub fn encode(
    sound: &(impl Sound + ?Sized),
    coding: Coding,
    seam: Option<u64>,
    tick: &(dyn Fn(u64) -> Result<(), Error> + Sync),
) -> Result<Encoded, Error> {
    let frames = sound.frames();
    let pre_skip = encoder(coding)?.get_lookahead().map_err(damaged)?;
    let pre_skip = u16::try_from(pre_skip).map_err(damaged)?;
    let packet = PACKET_FRAMES as u64;
    let total = (frames + u64::from(pre_skip)).div_ceil(packet);
    let seam = seam
        .filter(|_| frames >= SPLIT_FRAMES_MIN)
        .map(|seam| seam / packet);
    let parts = match seam.filter(|seam| (1..total).contains(seam)) {
        None => vec![encode_part(sound, coding, 0..total, tick)?],
        Some(seam) => {
            let (first, second) = in_parallel(
                || encode_part(sound, coding, 0..seam, tick),
                || encode_part(sound, coding, seam..total, tick),
            );
            vec![first?, second?]
        }
    };
    Ok(Encoded {
        parts,
        pre_skip,
        frames,
    })
}

fn encoder(coding: Coding) -> Result<Encoder, Error> {
    let new = || {
        let mut encoder = Encoder::new(RATE_HZ, Channels::Mono, Application::Audio)?;
        encoder.set_bitrate(Bitrate::Bits(coding.bitrate_bps.cast_signed()))?;
        encoder.set_complexity(i32::from(coding.complexity))?;
        Ok(encoder)
    };
    new().map_err(|error: opus::Error| damaged(error))
}

fn encode_part(
    sound: &(impl Sound + ?Sized),
    coding: Coding,
    part: Range<u64>,
    tick: &(dyn Fn(u64) -> Result<(), Error> + Sync),
) -> Result<Packets, Error> {
    let mut half = Half::new(coding, part.start)?;
    let packet = PACKET_FRAMES as u64;
    let mut waiting = Vec::with_capacity(PACKET_FRAMES);
    let range = half.number * packet..(part.end * packet).min(sound.frames());
    sound.render(range, &mut |mut block| {
        while !block.is_empty() {
            let room = PACKET_FRAMES - waiting.len();
            let (now, later) = block.split_at(block.len().min(room));
            waiting.extend_from_slice(now);
            block = later;
            if waiting.len() == PACKET_FRAMES {
                half.encode(&waiting)?;
                tick(packet)?;
                waiting.clear();
            }
        }
        Ok(())
    })?;
    // The end of the sound is pushed through the encoder's delay with silence.
    while half.number < part.end {
        waiting.resize(PACKET_FRAMES, 0.0);
        half.encode(&waiting)?;
        waiting.clear();
    }
    Ok(half.packets)
}

/// One of the two encoders.
struct Half {
    encoder: Encoder,
    /// The first packet that counts.
    start: u64,
    /// The packet that is encoded next.
    number: u64,
    packets: Packets,
    bytes: Vec<u8>,
}

impl Half {
    fn new(coding: Coding, start: u64) -> Result<Self, Error> {
        Ok(Self {
            encoder: encoder(coding)?,
            start,
            number: start.saturating_sub(RUN_IN_PACKETS),
            packets: Packets::default(),
            bytes: vec![0; PACKET_BYTES_MAX],
        })
    }

    fn encode(&mut self, frame: &[f32]) -> Result<(), Error> {
        let after_seam = self.start > 0 && self.number == self.start;
        if after_seam {
            self.encoder
                .set_prediction_disabled(true)
                .map_err(damaged)?;
        }
        let encoded = self.encoder.encode_float(frame, &mut self.bytes);
        let length = encoded.map_err(damaged)?;
        if after_seam {
            self.encoder
                .set_prediction_disabled(false)
                .map_err(damaged)?;
        }
        if self.number >= self.start {
            self.packets.push(&self.bytes[..length]);
        }
        self.number += 1;
        Ok(())
    }
}

/// What a listener will hear of an encoded sound.
#[derive(Debug)]
pub struct Heard {
    /// Measured on the decoded packets.
    pub loudness: Loudness,
    /// The shape of the decoded sound.
    pub peaks: Peaks,
}

impl Encoded {
    /// Frames that decode to sound; what the encoder added around them is cut by the decoder.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    fn packets(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.iter().flat_map(Packets::iter)
    }

    fn count(&self) -> usize {
        self.parts.iter().map(|part| part.lengths.len()).sum()
    }

    /// Decodes the packets again, half on this core and half on another, and measures.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if libopus does not read what it wrote; whatever `tick` answers.
    pub fn listen(&self, tick: &(dyn Fn(u64) -> Result<(), Error> + Sync)) -> Result<Heard, Error> {
        let middle = middle(self.frames) / PACKET_FRAMES as u64;
        let (first, second) = in_parallel(
            || self.listen_part(0..middle, tick),
            || self.listen_part(middle..self.count() as u64, tick),
        );
        let ((first, mut peaks), (second, more_peaks)) = (first?, second?);
        peaks.merge(&more_peaks);
        Ok(Heard {
            loudness: Meter::together([&first, &second].into_iter()),
            peaks,
        })
    }

    fn listen_part(
        &self,
        part: Range<u64>,
        tick: &(dyn Fn(u64) -> Result<(), Error> + Sync),
    ) -> Result<(Meter, Peaks), Error> {
        let mut decoder = opus::Decoder::new(RATE_HZ, Channels::Mono).map_err(damaged)?;
        let mut meter = Meter::default();
        let mut peaks = Peaks::new(self.frames);
        let start = part.start.saturating_sub(RUN_IN_PACKETS);
        let mut block = vec![0.0; PACKET_FRAMES];
        // Frames count from the first one heard; the decoder's first output lies before it.
        let mut at = (start * PACKET_FRAMES as u64).cast_signed() - i64::from(self.pre_skip);
        let count = part.end.saturating_sub(start) as usize;
        for (number, packet) in (start..).zip(self.packets().skip(start as usize).take(count)) {
            let length = decoder
                .decode_float(packet, &mut block, false)
                .map_err(damaged)?;
            let skip = at.min(0).unsigned_abs() as usize;
            let left = (self.frames.cast_signed() - at).clamp(0, length as i64) as usize;
            let heard = &block[skip.min(left)..left];
            if number < part.start {
                meter.seed(heard);
            } else {
                meter.push(heard);
                peaks.push(at.max(0).unsigned_abs(), heard);
            }
            at += length as i64;
            tick(length as u64)?;
        }
        Ok((meter, peaks))
    }

    /// Writes the Ogg file to `out`.
    ///
    /// The stream's serial number is taken from the packets, so that the same sound gives the same
    /// bytes.
    ///
    /// # Errors
    /// What `out` answers.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut hash = Sha256::new();
        self.parts.iter().for_each(|part| hash.update(&part.bytes));
        let digest: [u8; 32] = hash.finalize().into();
        let serial = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
        let mut writer = PacketWriter::new(out);
        let page = PacketWriteEndInfo::EndPage;
        writer.write_packet(head(self.pre_skip), serial, page, 0)?;
        let page = PacketWriteEndInfo::EndPage;
        writer.write_packet(tags(), serial, page, 0)?;
        let count = self.count();
        for (number, packet) in (1..).zip(self.packets()) {
            // A granule position counts the frames out of the decoder up to the end of the packet.
            let granule = (number * PACKET_FRAMES) as u64;
            let (end, granule) = if number == count {
                (
                    PacketWriteEndInfo::EndStream,
                    self.frames + u64::from(self.pre_skip),
                )
            } else if number % PAGE_PACKETS == 0 {
                (PacketWriteEndInfo::EndPage, granule)
            } else {
                (PacketWriteEndInfo::NormalPacket, granule)
            };
            writer.write_packet(packet, serial, end, granule)?;
        }
        Ok(())
    }
}

/// The identification header (RFC 7845 §5.1).
fn head(pre_skip: u16) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(pre_skip.to_le_bytes());
    head.extend(RATE_HZ.to_le_bytes());
    // No output gain, channel mapping family 0.
    head.extend([0, 0, 0]);
    head
}

/// The comment header (RFC 7845 §5.2): who encoded, and nothing about whom.
fn tags() -> Vec<u8> {
    let vendor = opus::version();
    let mut tags = b"OpusTags".to_vec();
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor.as_bytes());
    tags.extend(0_u32.to_le_bytes());
    tags
}
