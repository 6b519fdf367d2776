//! An output that writes what would be heard into a WAV file, in real time, for machines without
//! sound and for proof of what was aired when.
//!
//! The file is a timeline: its first sample belongs to a reported instant and every other one to
//! the instant that follows from its place. Between cues nothing is written; the gap is filled with
//! silence when the next cue begins, or a new file is begun when the gap is long.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hound::{SampleFormat, WavSpec, WavWriter};
use programme::units::BootTime;

use super::cue::MONO;
use super::{Fault, RATE, Timeline, frames};

/// The longest gap that is worth writing down: 58 MB of zeros.
const LONGEST_GAP: Duration = Duration::from_secs(600);

/// Frames written at a time; a fraction of what the ring of the feed holds.
const BLOCK: usize = 4096;

/// The files of one output, of which the newest is being written.
pub(super) struct WavFile {
    path: PathBuf,
    max_frames: u64,
    keep: u32,
    open: Option<OpenFile>,
}

struct OpenFile {
    writer: WavWriter<BufWriter<File>>,
    origin: BootTime,
    frames: u64,
    flushed: u64,
}

impl WavFile {
    pub(super) fn new(path: PathBuf, max_bytes: u32, keep: u32) -> Self {
        let max_frames = u64::from(max_bytes / 2).max(u64::from(RATE));
        Self {
            path,
            max_frames,
            keep,
            open: None,
        }
    }

    /// Brings the timeline up to `now` with silence, and says when that took a new file.
    pub(super) fn catch_up(&mut self, now: BootTime) -> Result<Option<Timeline>, Fault> {
        let gap = self.open.as_ref().map(|open| now.since(open.ends_at()));
        let begun = match gap {
            Some(gap) if gap <= LONGEST_GAP => None,
            _ => Some(self.begin(now)?),
        };
        Ok(self.write_until(now, |block, _| block.fill(0))?.or(begun))
    }

    /// Writes what `fill` puts into each block, up to the frame that is heard at `now`; `fill` is
    /// told when the first frame of the block is heard.
    pub(super) fn write_until(
        &mut self,
        now: BootTime,
        mut fill: impl FnMut(&mut [i16], BootTime),
    ) -> Result<Option<Timeline>, Fault> {
        let mut begun = None;
        let mut block = [0_i16; BLOCK];
        while let Some(open) = &mut self.open {
            let due = frames::count(now.since(open.origin), RATE).saturating_sub(open.frames);
            if due == 0 {
                break;
            }
            let room = self.max_frames.saturating_sub(open.frames);
            if room == 0 {
                let origin = open.ends_at();
                begun = Some(self.begin(origin)?);
                continue;
            }
            let count = due.min(room).min(BLOCK as u64) as usize;
            let block = &mut block[..count];
            fill(block, open.ends_at());
            open.write(block)
                .map_err(|error| failed(&self.path, error))?;
        }
        Ok(begun)
    }

    /// Makes what has been written readable, whatever happens to this program.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        let flushed = self.open.as_mut().map_or(Ok(()), OpenFile::flush);
        flushed.map_err(|error| failed(&self.path, error))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the sound in place of a card may be lost in a power cut"
    )]
    fn begin(&mut self, origin: BootTime) -> Result<Timeline, Fault> {
        self.flush()?;
        self.open = None;
        let fail = |error: hound::Error| failed(&self.path, error);
        put_away(&self.path, self.keep).map_err(|error| fail(error.into()))?;
        let spec = WavSpec {
            channels: MONO.get(),
            sample_rate: RATE,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(&self.path, spec).map_err(fail)?;
        self.open = Some(OpenFile {
            writer,
            origin,
            frames: 0,
            flushed: 0,
        });
        Ok(Timeline {
            path: self.path.clone(),
            origin,
        })
    }
}

impl OpenFile {
    fn ends_at(&self) -> BootTime {
        self.origin.saturating_add(frames::span(self.frames, RATE))
    }

    fn write(&mut self, block: &[i16]) -> Result<(), hound::Error> {
        for sample in block {
            self.writer.write_sample(*sample)?;
        }
        self.frames += block.len() as u64;
        if self.frames - self.flushed >= u64::from(RATE) {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), hound::Error> {
        self.flushed = self.frames;
        self.writer.flush()
    }
}

/// Moves `horn.wav` to `horn.1.wav`, that to `horn.2.wav` and so on, and drops the oldest.
#[expect(
    clippy::disallowed_methods,
    reason = "a copy of the sound may be lost in a power cut"
)]
fn put_away(path: &Path, keep: u32) -> io::Result<()> {
    let place = |age: u32| match age {
        0 => path.to_owned(),
        _ => path.with_extension(format!("{age}.wav")),
    };
    for age in (0..keep.max(1)).rev() {
        let moved = if age + 1 < keep.max(1) {
            fs::rename(place(age), place(age + 1))
        } else {
            fs::remove_file(place(age))
        };
        match moved {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn failed(path: &Path, error: hound::Error) -> Fault {
    Fault::File {
        path: path.to_owned(),
        source: Arc::new(error),
    }
}
