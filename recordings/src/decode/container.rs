//! Everything that Symphonia and libopus read, behind one stream of mono samples.

use std::io::ErrorKind;
use std::sync::LazyLock;
use std::time::Duration;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as Fault;
use symphonia::core::formats::probe::{Hint, Probe, ProbeOptions};
use symphonia::core::formats::{
    FormatId, FormatOptions, FormatReader, Track, TrackType, well_known,
};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::default::{register_enabled_codecs, register_enabled_formats};

use super::ending::{Ending, Ends};
use super::outline::{CUT_OFF, Outline};
use super::{Format, he_aac};
use crate::error::{Damage, Error, What, damaged, millis};

/// How far into a file the probe looks for sound. Tags are skipped before this counts; deeper,
/// it finds "sound" in anything.
const PROBE_BYTES: u32 = 64 * 1024;

/// Packets in a row that may give no sound. A hostile file can hold millions of empty ones.
const BARREN_PACKETS_MAX: u32 = 10_000;

/// A file of which more than one packet in this many cannot be decoded is not worth airing.
const BAD_PACKETS_ONE_IN: u64 = 20;

/// How much shorter than promised a whole file may be: encoders' priming and rounding.
const SHORT_BY: Duration = Duration::from_millis(250);

static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let options = ProbeOptions {
        max_probe_depth: PROBE_BYTES,
        ..ProbeOptions::default()
    };
    let mut probe = Probe::new_with_options(&options);
    register_enabled_formats(&mut probe);
    probe
});

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut registry = CodecRegistry::new();
    register_enabled_codecs(&mut registry);
    registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    registry
});

/// One file being decoded.
pub(super) struct Container {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    format: Format,
    outline: Outline,
    ends: Ends,
    /// The packet that was read last, of streams whose frames follow each other.
    last: Box<[u8]>,
    lacks_end_mark: bool,
    stream_id: u32,
    promised: Option<Duration>,
    interleaved: Vec<f32>,
    rate_hz: u32,
    packets: u64,
    bad_packets: u64,
    ended: bool,
}

impl Container {
    pub(super) fn open(mut source: Box<dyn MediaSource>) -> Result<(Self, Format), Error> {
        // Looked at first, because the reader of these files keeps the source for itself.
        let outline = Outline::of(&mut source)?;
        let ends = Ends::of(&mut source)?;
        let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
        let (hint, options) = (Hint::new(), FormatOptions::default());
        let probed = PROBE.probe(&hint, stream, options, MetadataOptions::default());
        let reader = probed.map_err(|fault| outline.explain(refusal(fault)))?;
        let format = format(reader.format_info().format)?;
        let Some((stream, parameters)) = sound_in(reader.as_ref()) else {
            return Err(outline.explain(no_sound(reader.as_ref())));
        };
        let container = Self {
            stream_id: stream.id,
            promised: promised(stream, parameters),
            decoder: decoder(parameters).map_err(|fault| unsupported_coding(&fault))?,
            reader,
            format,
            outline,
            ends,
            last: Box::default(),
            lacks_end_mark: false,
            interleaved: Vec::new(),
            rate_hz: 0,
            packets: 0,
            bad_packets: 0,
            ended: false,
        };
        Ok((container, format))
    }

    pub(super) fn promised(&self) -> Option<Duration> {
        self.promised
    }

    pub(super) fn bad_packets(&self) -> u64 {
        self.bad_packets
    }

    /// Whether a sound end was reached that is not marked as such.
    pub(super) fn lacks_end_mark(&self) -> bool {
        self.lacks_end_mark
    }

    /// Appends samples to `block`; `given` frames went before them.
    pub(super) fn next(&mut self, block: &mut Vec<f32>, given: u64) -> Result<Option<u32>, Error> {
        for _ in 0..BARREN_PACKETS_MAX {
            if self.ended {
                return Ok(None);
            }
            let packet = match self.reader.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return self.end(given, false),
                Err(Fault::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                    return self.end(given, true);
                }
                Err(fault) => return Err(self.outline.explain(refusal(fault))),
            };
            if packet.track_id != self.stream_id {
                continue;
            }
            self.packets += 1;
            let decoded = self.decoder.decode(&packet);
            if matches!(self.format, Format::Mp3 | Format::Adts) {
                self.last = packet.data;
            }
            match decoded {
                Ok(buffer) => {
                    self.rate_hz = buffer.spec().rate();
                    let channels = buffer.num_planes();
                    buffer.copy_to_vec_interleaved(&mut self.interleaved);
                    mix_down(&self.interleaved, channels, block);
                    if !block.is_empty() {
                        return Ok(Some(self.rate_hz));
                    }
                }
                Err(Fault::DecodeError(_) | Fault::IoError(_)) => self.bad_packets += 1,
                Err(fault) => return Err(refusal(fault)),
            }
        }
        Err(damaged("packet after packet without sound"))
    }

    fn end(&mut self, given: u64, abrupt: bool) -> Result<Option<u32>, Error> {
        self.ended = true;
        let present = match self.rate_hz {
            0 => Duration::ZERO,
            rate_hz => Duration::from_millis(given.saturating_mul(1000) / u64::from(rate_hz)),
        };
        // A WAV says how many samples it has; others promise what an encoder reckoned.
        let about = |promised: Duration| match self.format == Format::Wav {
            true => Duration::ZERO,
            false => promised / 100,
        };
        let short = self
            .promised
            .is_some_and(|promised| present + SHORT_BY + about(promised) < promised);
        // A page or a box that stops in its middle was longer once; where it is a fragment's, its
        // reader takes that for the end. In WebM the same end is the normal one: MediaRecorder
        // never learns the length that it leaves open.
        let torn = abrupt && matches!(self.format, Format::Ogg | Format::Flac | Format::Mp4)
            || self.format == Format::Mp4 && self.outline.torn;
        let ending = self.ends.ending(self.format, &self.last);
        // A whole page that is not marked as the last is as abrupt an end to the reader.
        self.lacks_end_mark = ending == Ending::Unmarked;
        let torn = torn && !self.lacks_end_mark || ending == Ending::Torn;
        if short || torn {
            let promised_ms = self.promised.filter(|_| short).map(millis);
            return Err(Error::Unreadable(Damage::Truncated {
                present_ms: millis(present),
                promised_ms,
            }));
        }
        if self.bad_packets > self.packets / BAD_PACKETS_ONE_IN + 2 {
            let Self {
                bad_packets,
                packets,
                ..
            } = self;
            return Err(damaged(format_args!("{bad_packets} of {packets} packets")));
        }
        Ok(None)
    }
}

/// The mean of the channels, appended to `mono`.
fn mix_down(interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
    match channels {
        0 => {}
        1 => mono.extend_from_slice(interleaved),
        _ => {
            let scale = 1.0 / channels as f32;
            let frames = interleaved.chunks_exact(channels);
            mono.extend(frames.map(|frame| frame.iter().sum::<f32>() * scale));
        }
    }
}

fn format(id: FormatId) -> Result<Format, Error> {
    Ok(match id {
        well_known::FORMAT_ID_WAVE => Format::Wav,
        well_known::FORMAT_ID_AIFF => Format::Aiff,
        well_known::FORMAT_ID_CAF => Format::Caf,
        well_known::FORMAT_ID_FLAC => Format::Flac,
        well_known::FORMAT_ID_MP3 => Format::Mp3,
        well_known::FORMAT_ID_ADTS => Format::Adts,
        well_known::FORMAT_ID_ISOMP4 => Format::Mp4,
        well_known::FORMAT_ID_MKV => Format::Webm,
        well_known::FORMAT_ID_OGG => Format::Ogg,
        other => {
            return Err(Error::Unsupported(What::Coding {
                name: format!("{other:?}"),
            }));
        }
    })
}

fn sound_in(reader: &dyn FormatReader) -> Option<(&Track, &AudioCodecParameters)> {
    let stream = reader.first_track_known_codec(TrackType::Audio)?;
    match &stream.codec_params {
        Some(CodecParameters::Audio(parameters)) => Some((stream, parameters)),
        _ => None,
    }
}

fn decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Fault> {
    let mut parameters = parameters.clone();
    let config = parameters.extra_data.as_deref();
    if parameters.codec == CODEC_ID_AAC
        && let Some(core) = config.and_then(he_aac::core_config)
    {
        parameters.extra_data = Some(core);
    }
    CODECS.make_audio_decoder(&parameters, &AudioDecoderOptions::default())
}

/// What to call a file in which no stream of sound can be decoded.
fn no_sound(reader: &dyn FormatReader) -> Error {
    let has = |kind| {
        reader
            .tracks()
            .iter()
            .any(|stream| stream.track_type() == Some(kind))
    };
    if has(TrackType::Audio) {
        Error::Unsupported(What::Coding {
            name: "not named".to_owned(),
        })
    } else if has(TrackType::Video) {
        Error::Unsupported(What::VideoWithoutSound)
    } else {
        Error::Unreadable(Damage::NotSound)
    }
}

/// How long the file says that its sound is.
fn promised(stream: &Track, parameters: &AudioCodecParameters) -> Option<Duration> {
    let by_frames = stream.num_frames.zip(parameters.sample_rate);
    let by_time = stream
        .duration
        .zip(stream.time_base)
        .map(|(duration, base)| {
            let seconds = u128::from(duration.get()) * u128::from(base.numer.get());
            seconds.saturating_mul(1000) / u128::from(base.denom.get())
        });
    let millis = match by_frames {
        Some((frames, rate_hz)) if rate_hz > 0 => {
            Some(u128::from(frames) * 1000 / u128::from(rate_hz))
        }
        _ => by_time,
    };
    // Zero means that a stream did not know: fragmented MP4 says so in its first header.
    millis
        .filter(|&millis| millis > 0)
        .map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
}

fn unsupported_coding(fault: &Fault) -> Error {
    Error::Unsupported(What::Coding {
        name: fault.to_string(),
    })
}

/// A fault of the demuxer, in our words.
fn refusal(fault: Fault) -> Error {
    // The table of contents of an MP4 may stand at the end, and went missing with it.
    const NO_CONTENTS: &str = "isomp4: missing moov atom";
    const NO_READER: &str = "core (probe): no suitable format reader found";
    const CUT_WEBM: &str = "mkv: missing";
    if let Fault::Unsupported(reason) = fault {
        return match reason {
            NO_CONTENTS => CUT_OFF,
            NO_READER => Error::Unreadable(Damage::NotSound),
            // The segment holds all sound of a WebM file; a file cut short lacks it or its parts.
            _ if reason.starts_with(CUT_WEBM) => CUT_OFF,
            _ => unsupported_coding(&fault),
        };
    }
    if let Fault::IoError(error) = &fault
        && error.kind() == ErrorKind::UnexpectedEof
    {
        return CUT_OFF;
    }
    damaged(fault)
}
