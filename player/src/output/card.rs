//! The sound card. Opening and closing one may block for seconds, so both happen on a thread of
//! their own, one after the other; the sounding thread belongs to cpal.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{
    BufferSize, Device, ErrorKind, OutputCallbackInfo, SampleFormat, SizedSample, Stream,
    StreamConfig, SupportedBufferSize, SupportedStreamConfigRange,
};
use programme::units::BootTime;
use rodio::{ChannelCount, SampleRate};

use super::call::Call;
use super::desk::Desk;
use super::render::Render;
use super::timing::Timing;
use super::voice::Voice;
use super::{Clock, Fault, RATE, frames};

/// How long a silent card may go unasked about its state: some report a failure in no other way.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Errors in a row after which the reporting thread is slowed down: a dead PulseAudio makes cpal
/// report 400,000 of them a second, for ever.
const ERRORS_AT_ONCE: u32 = 20;

/// The pause that each further error costs the reporting thread.
const ERROR_PAUSE: Duration = Duration::from_millis(20);

/// The ways of writing a sample that we know, best first: 16 bits are what the recordings have.
const SAMPLES: [SampleFormat; 3] = [SampleFormat::I16, SampleFormat::F32, SampleFormat::I32];

/// A card that can be named in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardName {
    /// The stable name.
    pub name: String,
    /// What the sound system says it is.
    pub description: String,
}

/// How a card is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardFormat {
    /// How many loudspeakers it feeds, all of which get the same sound, two at most.
    pub channels: u16,
    /// Frames a second.
    pub rate: u32,
    /// Frames it asks for at a time.
    pub block_frames: u32,
    /// How it wants a sample.
    pub sample: SampleFormat,
}

/// The cards of this machine that can be named in the settings. Plug-ins of ALSA are left out: some
/// lead nowhere, and a cue would go on record as aired that nobody heard.
///
/// # Errors
/// [`Fault::Refused`] when the sound system does not answer at all.
pub fn cards() -> Result<Vec<CardName>, Fault> {
    quietly(|| {
        let devices = cpal::default_host()
            .output_devices()
            .map_err(|source| refused("", source))?;
        let named = |device: Device| {
            let description = device.to_string();
            device.id().ok().map(|id| CardName {
                name: id.id().to_owned(),
                description,
            })
        };
        let cards = devices.filter_map(named);
        Ok(cards.filter(|card| is_heard(&card.name)).collect())
    })
}

/// What alsa-lib brings along: converters, and bridges to sound systems that no village PC runs.
const PLUG_INS: [&str; 10] = [
    "null",
    "lavrate",
    "samplerate",
    "speexrate",
    "speex",
    "jack",
    "oss",
    "upmix",
    "vdownmix",
    "a52",
];

/// Whether `name` speaks of a card, or of the sound system that has one.
pub(crate) fn is_heard(name: &str) -> bool {
    match name.split_once(':') {
        Some(("hw" | "plughw" | "sysdefault" | "front", card)) => card.starts_with("CARD="),
        Some(_) => false,
        None => !PLUG_INS.contains(&name),
    }
}

/// Opens a card, without a sound, and closes it again.
///
/// # Errors
/// Why it cannot be used.
pub fn probe(name: &str, block_frames: u32) -> Result<CardFormat, Fault> {
    quietly(|| {
        let device = find(name)?;
        let format = choose(&device, name, block_frames)?;
        let ignore = |_: &mut cpal::Data, _: &OutputCallbackInfo| {};
        let stream =
            device.build_output_stream_raw(config(format), format.sample, ignore, |_| {}, None);
        stream
            .map(|_| format)
            .map_err(|source| refused(name, source))
    })
}

/// What the card is to do.
pub(super) enum Command {
    Open(Box<Part>),
    /// Close after a while, in which what the card holds is heard.
    Close(Duration),
    Call(Call),
}

/// What sounds on the card once it is open.
pub(super) struct Part {
    pub(super) serial: u64,
    pub(super) voice: Voice,
    pub(super) start_at: BootTime,
    pub(super) desk: Arc<Desk>,
    pub(super) trouble: Arc<Trouble>,
}

/// What the card has complained of since it last took sound.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    errors: AtomicU32,
    gone: AtomicBool,
    last: Mutex<Option<cpal::Error>>,
}

impl Trouble {
    /// The complaint, when there are more of them than the burst that some cards open with.
    pub(super) fn serious(&self) -> Option<Fault> {
        let serious = self.errors.load(Relaxed) > ERRORS_AT_ONCE || self.is_final();
        let last = serious.then(|| self.last.lock().unwrap_or_else(PoisonError::into_inner))?;
        last.clone().map(|source| Fault::Broken { source })
    }

    /// Whether the card has said that it will take no more sound.
    pub(crate) fn is_final(&self) -> bool {
        self.gone.load(Relaxed)
    }

    pub(crate) fn complain(&self, error: cpal::Error) {
        if error.kind() == ErrorKind::DeviceNotAvailable {
            self.gone.store(true, Relaxed);
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        if self.errors.fetch_add(1, Relaxed) >= ERRORS_AT_ONCE {
            thread::sleep(ERROR_PAUSE);
        }
    }

    pub(crate) fn forgive(&self) {
        if self.errors.load(Relaxed) > 0 {
            self.errors.store(0, Relaxed);
        }
    }
}

/// Starts the thread that opens and closes the card called `name`; `tell` hears of each opening.
pub(super) fn start(
    (name, block_frames): (String, u32),
    clock: Clock,
    tell: impl Fn(u64, Result<CardFormat, Fault>) + Send + 'static,
) -> Result<mpsc::Sender<Command>, Fault> {
    let (commands, incoming) = mpsc::channel();
    let run = move || {
        let mut stream: Option<Stream> = None;
        while let Ok(command) = incoming.recv() {
            match command {
                Command::Open(part) => {
                    drop(stream.take());
                    let serial = part.serial;
                    let opened = quietly(|| open(&name, block_frames, *part, clock.clone()));
                    tell(
                        serial,
                        opened.map(|(format, opened)| {
                            stream = Some(opened);
                            format
                        }),
                    );
                }
                Command::Call(call) => call.answer(),
                Command::Close(after) => {
                    if stream.is_some() {
                        thread::sleep(after);
                    }
                    drop(stream.take());
                }
            }
        }
    };
    let thread = thread::Builder::new()
        .name("output-card".to_owned())
        .spawn(run);
    thread.map_err(|source| Fault::Thread {
        source: Arc::new(source),
    })?;
    Ok(commands)
}

fn open(
    name: &str,
    block_frames: u32,
    part: Part,
    clock: Clock,
) -> Result<(CardFormat, Stream), Fault> {
    let device = find(name)?;
    let format = choose(&device, name, block_frames)?;
    let stream = if format.sample == SampleFormat::I16 {
        build(&device, format, part, clock, frames::to_16_bits)
    } else if format.sample == SampleFormat::I32 {
        build(&device, format, part, clock, frames::to_32_bits)
    } else {
        build(&device, format, part, clock, |sample: f32| sample)
    };
    let stream = stream.map_err(|source| refused(name, source))?;
    stream.play().map_err(|source| refused(name, source))?;
    Ok((format, stream))
}

fn build<T: SizedSample + Send + 'static>(
    device: &Device,
    format: CardFormat,
    part: Part,
    clock: Clock,
    convert: impl Fn(f32) -> T + Send + 'static,
) -> Result<Stream, cpal::Error> {
    let Part {
        voice,
        start_at,
        desk,
        trouble,
        ..
    } = part;
    let channels = ChannelCount::new(format.channels).unwrap_or(ChannelCount::MIN);
    let rate = SampleRate::new(format.rate).unwrap_or(SampleRate::MIN);
    let mut render = Render::new(voice, start_at, desk.clone(), (channels, rate));
    let mut timing = Timing::new(format.rate);
    let (complaints, complaining) = (trouble.clone(), desk.clone());
    let on_block = move |block: &mut [T], info: &OutputCallbackInfo| {
        let asked_at = clock();
        let stamp = info.timestamp();
        let ahead = stamp.playback.saturating_duration_since(stamp.callback);
        if desk.take_xrun() {
            timing.begin_anew();
        }
        let frames = block.len() / usize::from(channels.get());
        let heard_at = timing.next_block(asked_at.saturating_add(ahead), frames as u64);
        render.fill(block, (asked_at, heard_at), &convert);
        trouble.forgive();
    };
    let on_error = move |error: cpal::Error| {
        if error.kind() == ErrorKind::Xrun {
            complaining.note_xrun();
        }
        complaints.complain(error);
    };
    device.build_output_stream(config(format), on_block, on_error, Some(ASK_EVERY))
}

/// The card of exactly this name: another one would speak in the wrong place.
fn find(name: &str) -> Result<Device, Fault> {
    let host = cpal::default_host();
    let found = if name == "default" {
        host.default_output_device()
    } else {
        host.device_by_id(&cpal::DeviceId::new(host.id(), name))
    };
    found.ok_or_else(|| {
        let known = cards().unwrap_or_default();
        let available = known.into_iter().map(|card| card.name).collect();
        Fault::NoSuchCard {
            name: name.to_owned(),
            available,
        }
    })
}

/// 48 kHz, two channels and 16 bits as the recordings have, or what comes nearest.
fn choose(device: &Device, name: &str, block_frames: u32) -> Result<CardFormat, Fault> {
    let ranges = device
        .supported_output_configs()
        .map_err(|source| refused(name, source))?;
    nearest(ranges, name, block_frames)
}

/// Of `ranges` what comes nearest to what the recordings have.
pub(crate) fn nearest(
    ranges: impl Iterator<Item = SupportedStreamConfigRange>,
    name: &str,
    block_frames: u32,
) -> Result<CardFormat, Fault> {
    let best = ranges
        .filter_map(|range| Some((distance(&range)?, range)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, range)| range)
        .ok_or_else(|| Fault::Unsuitable {
            name: name.to_owned(),
        })?;
    let block_frames = match best.buffer_size() {
        SupportedBufferSize::Range { min, max } => block_frames.clamp(*min, (*max).max(*min)),
        SupportedBufferSize::Unknown => block_frames,
    };
    Ok(CardFormat {
        channels: best.channels(),
        rate: RATE.clamp(best.min_sample_rate(), best.max_sample_rate()),
        block_frames,
        sample: best.sample_format(),
    })
}

/// How far a configuration is from what the recordings have: rate first, then channels, then bits.
fn distance(range: &SupportedStreamConfigRange) -> Option<(u32, u16, usize)> {
    let rate = RATE
        .clamp(range.min_sample_rate(), range.max_sample_rate())
        .abs_diff(RATE);
    let sample = SAMPLES
        .iter()
        .position(|sample| *sample == range.sample_format())?;
    Some((rate, range.channels().abs_diff(2), sample))
}

pub(crate) fn config(format: CardFormat) -> StreamConfig {
    StreamConfig {
        channels: format.channels,
        sample_rate: format.rate,
        buffer_size: BufferSize::Fixed(format.block_frames),
    }
}

/// Runs `ask` while what libasound prints about it goes to the log and not to the terminal.
pub(crate) fn quietly<T>(ask: impl FnOnce() -> T) -> T {
    let printed = alsa::Output::local_error_handler();
    let answer = ask();
    if let Ok(printed) = printed {
        let printed = printed.borrow().to_string();
        if !printed.is_empty() {
            tracing::debug!(printed, "the sound system complains");
        }
    }
    answer
}

pub(crate) fn refused(name: &str, source: cpal::Error) -> Fault {
    Fault::Refused {
        name: name.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plug_in_that_leads_nowhere_is_not_offered() {
        for heard in [
            "default",
            "pulse",
            "a-name-of-our-own",
            "plughw:CARD=PCH,DEV=0",
            "sysdefault:CARD=Device",
        ] {
            assert!(is_heard(heard), "{heard}");
        }
        for nowhere in [
            "null",
            "lavrate",
            "jack",
            "oss",
            "upmix",
            "usbstream:CARD=PCH",
        ] {
            assert!(!is_heard(nowhere), "{nowhere}");
        }
    }
}
