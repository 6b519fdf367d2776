//! The first pass: a file in, clean sound on the spool, and everything that one hearing tells.

use std::mem;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, SyncSender};

use crate::clean::{HighPass, Levels, Resampler};
use crate::decode::{Decoder, Format};
use crate::error::Error;
use crate::loudness::{Ear, in_parallel};
use crate::pcm::{Spool, SpoolWriter};
use crate::quality::Clipping;

use super::{Progress, Settings, Stage, Watcher, check_longest, tell};

/// A recording on the spool, and what was learned while it went there.
pub(super) struct Taken {
    pub(super) spool: Spool,
    pub(super) levels: Levels,
    pub(super) own_lufs: f64,
    pub(super) clipping: Clipping,
    pub(super) format: Format,
    pub(super) rate_hz: u32,
    pub(super) bad_packets: u64,
    pub(super) lacks_end_mark: bool,
}

/// Frames that are handed over together: a decoder gives some hundred at once, and to wake the
/// other thread for each of those costs more than to copy them.
const BLOCK_FRAMES: usize = 1 << 14;
/// Blocks that may wait between the decoder and what measures and spools: a second or two.
const BLOCKS_WAITING: usize = 4;

/// Decodes on this thread; cleans, measures and spools on another.
pub(super) fn take_in(
    mut decoder: Decoder,
    settings: &Settings,
    scratch: &Path,
    watcher: Watcher<'_>,
) -> Result<Taken, Error> {
    let (format, rate_hz) = (decoder.format(), decoder.rate_hz());
    let mut clipping = Clipping::default();
    let mut resampler = Resampler::new(rate_hz)?;
    let spooling = Spooling::new(scratch, settings.high_pass_hz)?;
    let (sender, receiver) = mpsc::sync_channel::<Vec<f32>>(BLOCKS_WAITING);
    let mut handing_over = HandingOver {
        sender,
        block: Vec::with_capacity(BLOCK_FRAMES),
    };
    let decode = || -> Result<(), Error> {
        let mut send = |frames: &[f32]| handing_over.push(frames);
        let max_ms = settings.limits.max_duration_ms;
        decode_all(&mut decoder, max_ms, watcher, &mut |block| {
            clipping.push(block);
            resampler.push(block, &mut send)
        })?;
        resampler.finish(&mut send)?;
        handing_over.finish()
    };
    let (spooled, decoded) = in_parallel(move || spooling.run(&receiver), decode);
    let (spool, levels, own_lufs) = spooled?;
    decoded?;
    let (bad_packets, lacks_end_mark) = (decoder.bad_packets(), decoder.lacks_end_mark());
    Ok(Taken {
        spool,
        levels,
        own_lufs,
        clipping,
        format,
        rate_hz,
        bad_packets,
        lacks_end_mark,
    })
}

fn decode_all(
    decoder: &mut Decoder,
    max_ms: u64,
    watcher: Watcher<'_>,
    sink: &mut impl FnMut(&[f32]) -> Result<(), Error>,
) -> Result<(), Error> {
    let (rate_hz, mut given) = (u64::from(decoder.rate_hz()), 0_u64);
    while let Some(block) = decoder.next_block()? {
        given += block.len() as u64;
        let done_ms = given.saturating_mul(1000) / rate_hz;
        check_longest(done_ms, max_ms)?;
        tell(
            watcher,
            Progress {
                stage: Stage::Decoding,
                done_ms,
                of_ms: None,
            },
        )?;
        sink(block)?;
    }
    Ok(())
}

/// What the decoding half has ready for the other.
struct HandingOver {
    sender: SyncSender<Vec<f32>>,
    block: Vec<f32>,
}

impl HandingOver {
    fn push(&mut self, frames: &[f32]) -> Result<(), Error> {
        self.block.extend_from_slice(frames);
        if self.block.len() < BLOCK_FRAMES {
            return Ok(());
        }
        let block = mem::replace(&mut self.block, Vec::with_capacity(BLOCK_FRAMES));
        self.send(block)
    }

    fn finish(mut self) -> Result<(), Error> {
        let rest = mem::take(&mut self.block);
        self.send(rest)
    }

    fn send(&self, block: Vec<f32>) -> Result<(), Error> {
        // A receiver that hung up has an error of its own, which is told first.
        self.sender.send(block).map_err(|_| Error::Cancelled)
    }
}

/// The measuring and spooling half of taking in.
struct Spooling {
    spool: SpoolWriter,
    high_pass: HighPass,
    levels: Levels,
    ear: Ear,
}

impl Spooling {
    fn new(scratch: &Path, high_pass_hz: f64) -> Result<Self, Error> {
        Ok(Self {
            spool: SpoolWriter::create(scratch)?,
            high_pass: HighPass::new(high_pass_hz),
            levels: Levels::default(),
            ear: Ear::new(),
        })
    }

    fn run(mut self, blocks: &Receiver<Vec<f32>>) -> Result<(Spool, Levels, f64), Error> {
        for mut block in blocks {
            self.high_pass.apply(&mut block);
            self.levels.push(&block);
            self.ear.push(&block);
            self.spool.push(&block)?;
        }
        let own_lufs = Ear::together(std::iter::once(&self.ear));
        Ok((self.spool.finish()?, self.levels, own_lufs))
    }
}
