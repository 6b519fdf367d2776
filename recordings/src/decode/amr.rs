//! Narrowband AMR from its storage format (RFC 4867 §5): what simple phones record.

use std::io::{self, BufReader, Read};

use codec_core::codecs::amr::nb::bitstream;
use codec_core::codecs::amr::nb::decoder::Decoder;
use codec_core::codecs::amr::nb::dtx::RxFrameType;

use super::MediaSource;
use crate::error::{Damage, Error, damaged};

/// AMR narrowband has one rate and one frame length: 8 kHz, 20 ms (3GPP TS 26.071).
const RATE_HZ: u32 = 8_000;
const FRAME_MS: u64 = 20;

/// Payload bytes by frame type: eight speech modes, then SID (3GPP TS 26.101 Annex A).
const PAYLOAD_BYTES: [usize; 9] = [12, 13, 15, 17, 19, 20, 26, 31, 5];
const SID: u8 = 8;
const NO_DATA: u8 = 15;

/// One AMR file being decoded.
pub(super) struct Amr {
    source: BufReader<Box<dyn MediaSource>>,
    decoder: Box<Decoder>,
    mode: u8,
    started: bool,
    frames: u64,
    bad_frames: u64,
}

impl Amr {
    pub(super) fn new(source: impl MediaSource + 'static) -> Self {
        Self {
            source: BufReader::new(Box::new(source)),
            decoder: Box::new(Decoder::new()),
            mode: 7,
            started: false,
            frames: 0,
            bad_frames: 0,
        }
    }

    pub(super) fn bad_frames(&self) -> u64 {
        self.bad_frames
    }

    pub(super) fn next(&mut self, block: &mut Vec<f32>) -> Result<Option<u32>, Error> {
        if !self.started {
            let mut magic = [0; 6];
            self.source.read_exact(&mut magic)?;
            self.started = true;
        }
        // A tenth of a second at a time; a frame alone is hardly worth the way.
        for _ in 0..5 {
            let Some(header) = self.read_header()? else {
                break;
            };
            let samples = self.frame(header)?;
            block.extend(samples.iter().map(|&sample| f32::from(sample) / 32_768.0));
            self.frames += 1;
        }
        Ok((!block.is_empty()).then_some(RATE_HZ))
    }

    fn read_header(&mut self) -> Result<Option<u8>, Error> {
        let mut header = [0];
        match self.source.read_exact(&mut header) {
            Ok(()) => Ok(Some(header[0])),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The 160 samples of the frame whose header is `header`; its payload is read here.
    fn frame(&mut self, header: u8) -> Result<[i16; 160], Error> {
        let (frame_type, intact) = ((header >> 3) & 0x0F, header & 0x04 != 0);
        if frame_type == NO_DATA {
            // The phone had nothing to say: comfort noise goes on, or a lost frame is concealed.
            return Ok(self
                .decoder
                .decode_typed(RxFrameType::NoData, self.mode, &[]));
        }
        let Some(&length) = PAYLOAD_BYTES.get(usize::from(frame_type)) else {
            return Err(damaged(format_args!("AMR frame type {frame_type}")));
        };
        let mut payload = [0; 31];
        let payload = &mut payload[..length];
        self.source
            .read_exact(payload)
            .map_err(|error| self.broken_off(error))?;
        self.bad_frames += u64::from(!intact);
        let parameters = bitstream::parse(frame_type, payload)
            .ok_or_else(|| damaged("an AMR frame is too short"))?;
        let kind = if frame_type == SID {
            let sid = bitstream::parse_sid_header(payload)
                .ok_or_else(|| damaged("an AMR silence frame is too short"))?;
            self.mode = sid.mode_index & 7;
            match (intact, sid.update) {
                (false, _) => RxFrameType::SidBad,
                (true, true) => RxFrameType::SidUpdate,
                (true, false) => RxFrameType::SidFirst,
            }
        } else {
            self.mode = frame_type;
            if intact {
                RxFrameType::SpeechGood
            } else {
                RxFrameType::SpeechBad
            }
        };
        Ok(self.decoder.decode_typed(kind, self.mode, &parameters))
    }

    fn broken_off(&self, error: io::Error) -> Error {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            let present_ms = self.frames * FRAME_MS;
            Error::Unreadable(Damage::Truncated {
                present_ms,
                promised_ms: None,
            })
        } else {
            error.into()
        }
    }
}
