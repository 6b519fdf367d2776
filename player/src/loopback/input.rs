//! An input of the sound system: a microphone, a line-in, or the monitor of an output.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{Device, InputCallbackInfo, SampleFormat, SizedSample, Stream};
use programme::units::Decibels;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::output::{
    CardFormat, CardName, Fault, Level, Trouble, config, is_heard, nearest, quietly, refused,
};

/// Frames that are taken at a time. What is heard is dated to a tenth of a second, so that a large
/// block costs nothing.
const BLOCK: u32 = 2_048;

/// How much is kept for a thread that is held up; what comes after that is lost.
const RING_S: u32 = 2;

/// How long `doctor` listens: some inputs give nothing at first.
const ONCE: Duration = Duration::from_millis(1_500);

/// How long a silent input may go unasked about its state.
const ASK_EVERY: Duration = Duration::from_millis(500);

/// An open input. It closes when it is dropped, which may take seconds.
pub(super) struct Input {
    /// One channel, full scale at 1.
    samples: Consumer<f32>,
    pub(super) rate: u32,
    trouble: Arc<Trouble>,
    _stream: Stream,
}

impl Input {
    /// Opens the input of exactly this name: another one would listen in the wrong place.
    pub(super) fn open(name: &str) -> Result<Self, Fault> {
        let device = find(name)?;
        let ranges = device.supported_input_configs();
        let ranges = ranges.map_err(|source| refused(name, source))?;
        let format = nearest(ranges, name, BLOCK)?;
        let (ring, samples) = RingBuffer::new((format.rate * RING_S) as usize);
        let trouble = Arc::new(Trouble::default());
        let ends = (ring, trouble.clone());
        let stream = if format.sample == SampleFormat::I16 {
            build(&device, format, ends, |sample: i16| {
                f32::from(sample) / 32_768.0
            })
        } else if format.sample == SampleFormat::I32 {
            build(&device, format, ends, |sample: i32| {
                sample as f32 / 2_147_483_648.0
            })
        } else {
            build(&device, format, ends, |sample: f32| sample)
        };
        let stream = stream.map_err(|source| refused(name, source))?;
        stream.play().map_err(|source| refused(name, source))?;
        Ok(Self {
            samples,
            rate: format.rate,
            trouble,
            _stream: stream,
        })
    }

    /// Moves what came in since the last look into `block`.
    pub(super) fn take(&mut self, block: &mut Vec<f32>) {
        block.clear();
        let count = self.samples.slots();
        if let Ok(chunk) = self.samples.read_chunk(count) {
            block.extend(chunk);
        }
    }

    /// Whether it has said that nothing more will come.
    pub(super) fn is_gone(&self) -> bool {
        self.trouble.is_final()
    }
}

fn build<T: SizedSample + Send + 'static>(
    device: &Device,
    format: CardFormat,
    (mut ring, trouble): (Producer<f32>, Arc<Trouble>),
    convert: impl Fn(T) -> f32 + Send + 'static,
) -> Result<Stream, cpal::Error> {
    let channels = usize::from(format.channels.max(1));
    let complaints = trouble.clone();
    let on_block = move |block: &[T], _: &InputCallbackInfo| {
        for frame in block.chunks_exact(channels) {
            let sum: f32 = frame.iter().map(|sample| convert(*sample)).sum();
            // A full ring loses sound, and the input goes on.
            let _ = ring.push(sum / channels as f32);
        }
        trouble.forgive();
    };
    let on_error = move |error| complaints.complain(error);
    device.build_input_stream(config(format), on_block, on_error, Some(ASK_EVERY))
}

fn find(name: &str) -> Result<Device, Fault> {
    let host = cpal::default_host();
    let found = if name == "default" {
        host.default_input_device()
    } else {
        host.device_by_id(&cpal::DeviceId::new(host.id(), name))
    };
    found.ok_or_else(|| Fault::NoSuchCard {
        name: name.to_owned(),
        available: inputs().into_iter().map(|input| input.name).collect(),
    })
}

/// The inputs of this machine that can be named in the settings.
pub fn inputs() -> Vec<CardName> {
    quietly(|| {
        let devices = cpal::default_host().input_devices().into_iter().flatten();
        let named = devices.filter_map(|device| {
            let description = device.to_string();
            let name = device.id().ok()?.id().to_owned();
            Some(CardName { name, description })
        });
        named.filter(|input| is_heard(&input.name)).collect()
    })
}

/// Opens the input called `name`, listens for a moment, and says how loud it is: the mean, with
/// [`Level::FLOOR`] for nothing at all.
///
/// # Errors
/// Why it cannot be used; [`Fault::Stalled`] when it opens and gives nothing.
pub fn listen_once(name: &str) -> Result<Decibels, Fault> {
    quietly(|| {
        let mut input = Input::open(name)?;
        thread::sleep(ONCE);
        let mut block = Vec::new();
        input.take(&mut block);
        if block.is_empty() {
            return Err(Fault::Stalled);
        }
        Ok(decibels(mean_square(&block)))
    })
}

/// The mean of the squares, 1 being full scale.
pub(super) fn mean_square(samples: &[f32]) -> f64 {
    let squares: f64 = samples
        .iter()
        .map(|one| f64::from(*one) * f64::from(*one))
        .sum();
    squares / samples.len().max(1) as f64
}

fn decibels(mean_square: f64) -> Decibels {
    Decibels((10.0 * mean_square.log10() as f32).max(Level::FLOOR.0))
}
