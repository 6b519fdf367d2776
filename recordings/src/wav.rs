//! A recording made ready: decoded to WAV ahead of time, so that nothing can fail to decode when it
//! is to air; and read back block by block.

mod plain;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;
use std::time::Duration;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use ogg::{OggReadError, Packet, PacketReader};
use programme::ids::ContentHash;
use sha2::{Digest, Sha256};

use crate::durable::{self, Writer};
use crate::error::{Damage, Error, damaged, millis};
use crate::pcm::{self, RATE_HZ};

pub use plain::{PLAIN_RATE_HZ, plain};

pub(crate) const SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: RATE_HZ,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// A recording that can air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// Length in frames at [`RATE_HZ`].
    pub frames: u64,
    /// The same as time.
    pub duration: Duration,
    /// SHA-256 of the WAV file, to tell later whether it is still what was decoded.
    pub wav_hash: ContentHash,
    /// Length of the WAV file: 5.8 MB per minute.
    pub size_bytes: u64,
}

/// Decodes the Ogg Opus file at `opus`, if its content is what `hash` names, to a WAV file at
/// `wav`: mono, 48 kHz, 16 bit. The file is written durably or not at all, and read back.
///
/// # Errors
/// [`Error::Unreadable`] with [`Damage::Altered`] for other content, or with other damage where the
/// content is what it should be and still no recording of ours; [`Error::Storage`].
pub fn ready(opus: &Path, hash: &ContentHash, wav: &Path) -> Result<Ready, Error> {
    if durable::examine(opus)?.hash != *hash {
        return Err(Error::Unreadable(Damage::Altered));
    }
    let mut decoding = OpusFile::open(BufReader::new(File::open(opus)?))?;
    let mut writer = Writer::create(wav)?;
    let mut wav_writer = WavWriter::new(&mut writer, SPEC).map_err(wav_fault)?;
    let (mut frames, mut samples) = (0, Sha256::new());
    while let Some(block) = decoding.next_block()? {
        for &sample in block {
            wav_writer.write_sample(sample).map_err(wav_fault)?;
            samples.update(sample.to_le_bytes());
        }
        frames += block.len() as u64;
    }
    wav_writer.finalize().map_err(wav_fault)?;
    if frames == 0 {
        return Err(Error::Unreadable(Damage::NotSound));
    }
    let written = writer.commit()?;
    read_back(wav, frames, &samples.finalize().into())?;
    Ok(Ready {
        frames,
        duration: pcm::duration(frames),
        wav_hash: written.hash,
        size_bytes: written.size_bytes,
    })
}

/// The file at `wav` holds the samples that were decoded, as a player will read them.
fn read_back(wav: &Path, frames: u64, wanted: &[u8; 32]) -> Result<(), Error> {
    let mut reader = WavReader::open(wav).map_err(wav_fault)?;
    let mut samples = Sha256::new();
    for sample in reader.samples::<i16>() {
        samples.update(sample.map_err(wav_fault)?.to_le_bytes());
    }
    let found: [u8; 32] = samples.finalize().into();
    if u64::from(reader.duration()) != frames || found != *wanted {
        return Err(Error::Unreadable(Damage::Altered));
    }
    Ok(())
}

/// One of our own Ogg Opus files: mono, one stream, one mapping. Others are refused.
pub(crate) struct OpusFile<R: Read + Seek> {
    packets: PacketReader<R>,
    decoder: opus::Decoder,
    block: Vec<i16>,
    skip: usize,
    pre_skip: u64,
    decoded: u64,
    ended: bool,
}

/// The longest packet of RFC 6716 is 120 ms of sound.
const PACKET_FRAMES_MAX: usize = RATE_HZ as usize * 120 / 1000;

impl<R: Read + Seek> OpusFile<R> {
    pub(crate) fn open(source: R) -> Result<Self, Error> {
        let mut packets = PacketReader::new(source);
        let pre_skip = head(&mut packets)?;
        Ok(Self {
            packets,
            decoder: opus::Decoder::new(RATE_HZ, opus::Channels::Mono).map_err(damaged)?,
            block: vec![0; PACKET_FRAMES_MAX],
            skip: usize::from(pre_skip),
            pre_skip: u64::from(pre_skip),
            decoded: 0,
            ended: false,
        })
    }

    /// The next samples, perhaps none; `None` after the last.
    pub(crate) fn next_block(&mut self) -> Result<Option<&[i16]>, Error> {
        if self.ended {
            return Ok(None);
        }
        let Some(packet) = next_packet(&mut self.packets)? else {
            let present_ms = millis(pcm::duration(self.decoded.saturating_sub(self.pre_skip)));
            let damage = Damage::Truncated {
                present_ms,
                promised_ms: None,
            };
            return Err(Error::Unreadable(damage));
        };
        let length = self
            .decoder
            .decode(&packet.data, &mut self.block, false)
            .map_err(damaged)?;
        self.decoded += length as u64;
        let mut end = length;
        if packet.last_in_stream() {
            self.ended = true;
            // The last granule says where the sound ends within the last packet (RFC 7845 §4.4).
            let surplus = self.decoded.saturating_sub(packet.absgp_page());
            end = length.saturating_sub(usize::try_from(surplus).unwrap_or(usize::MAX));
        }
        let start = self.skip.min(end);
        self.skip -= self.skip.min(length);
        Ok(Some(&self.block[start..end]))
    }
}

/// Reads what stands before the sound of one of our own files: so many frames of it are not heard.
pub(crate) fn head<R: Read + Seek>(packets: &mut PacketReader<R>) -> Result<u16, Error> {
    let head = next_packet(packets)?.ok_or(Error::Unreadable(Damage::Empty))?;
    let pre_skip = match head.data.as_slice() {
        // RFC 7845 §5.1: version 1, one channel, no output gain, mapping family 0.
        [
            b'O',
            b'p',
            b'u',
            b's',
            b'H',
            b'e',
            b'a',
            b'd',
            1,
            1,
            low,
            high,
            _,
            _,
            _,
            _,
            0,
            0,
            0,
        ] => u16::from_le_bytes([*low, *high]),
        _ => return Err(damaged("not an Ogg Opus file of ours")),
    };
    let tags = next_packet(packets)?;
    if !tags.is_some_and(|tags| tags.data.starts_with(b"OpusTags")) {
        return Err(damaged("no comment header"));
    }
    Ok(pre_skip)
}

pub(crate) fn next_packet<R: Read + Seek>(
    packets: &mut PacketReader<R>,
) -> Result<Option<Packet>, Error> {
    packets.read_packet().map_err(|error| {
        if let OggReadError::ReadError(error) = error {
            return not_ended(error);
        }
        damaged(error)
    })
}

/// A ready recording being read: a few kilobytes of memory, however long it is.
pub struct Reader {
    inner: WavReader<BufReader<File>>,
    frames: u64,
    at: u64,
}

impl Reader {
    /// Opens the WAV file at `path`: mono, 48 kHz, 16 bit, and as long as its header says.
    ///
    /// # Errors
    /// [`Error::Unreadable`] for any other file; [`Error::Storage`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let size_bytes = std::fs::metadata(path)?.len();
        let mut inner = WavReader::open(path).map_err(wav_fault)?;
        if inner.spec() != SPEC {
            return Err(damaged("not mono, 48 kHz, 16 bit"));
        }
        let frames = u64::from(inner.duration());
        inner.seek(0)?;
        let present = size_bytes.saturating_sub(HEADER_BYTES_MIN) / 2;
        if frames > present {
            return Err(Error::Unreadable(Damage::Truncated {
                present_ms: millis(pcm::duration(present)),
                promised_ms: Some(millis(pcm::duration(frames))),
            }));
        }
        Ok(Self {
            inner,
            frames,
            at: 0,
        })
    }

    /// Length in frames.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The frame that the next read starts at.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// Fills `block` from its start and says how far; less than all of it only at the end.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if the file is shorter than it was when opened; [`Error::Storage`].
    pub fn read(&mut self, block: &mut [f32]) -> Result<usize, Error> {
        let mut count = 0;
        for (slot, sample) in block.iter_mut().zip(self.inner.samples::<i16>()) {
            *slot = f32::from(sample.map_err(wav_fault)?) / 32_768.0;
            count += 1;
        }
        self.at += count as u64;
        Ok(count)
    }

    /// Goes to `frame`; beyond the end, to the end.
    ///
    /// # Errors
    /// [`Error::Storage`].
    pub fn seek(&mut self, frame: u64) -> Result<(), Error> {
        let frame = frame.min(self.frames);
        self.inner.seek(u32::try_from(frame).unwrap_or(u32::MAX))?;
        self.at = frame;
        Ok(())
    }
}

/// A RIFF header, a format chunk and the head of a data chunk.
const HEADER_BYTES_MIN: u64 = 44;

pub(crate) fn wav_fault(error: hound::Error) -> Error {
    if let hound::Error::IoError(error) = error {
        return not_ended(error);
    }
    damaged(error)
}

/// A read that failed: by the file, which ends too early, or by the disk.
fn not_ended(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        damaged("the file ends too early")
    } else {
        Error::Storage(error)
    }
}
