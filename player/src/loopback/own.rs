//! What should be heard: the frames of a cue, read from its recordings as it goes on.

use std::collections::VecDeque;

use recordings::recognise::{BANDS, Bands, EARLIEST, Frame, LATEST, WINDOW};

use crate::output::{Cue, Fault, RATE, Segment};

/// How many frames are kept: all that a comparison may ask for, and a little for a cue that goes
/// back to where its card was lost.
const KEPT: usize = WINDOW + LATEST + EARLIEST + 100;

/// Frames of sound read at a time.
const BLOCK: usize = 4_096;

/// The cue, as far as it has been read.
pub(super) struct Own {
    cue: Cue,
    bands: Bands,
    frames: VecDeque<Frame>,
    /// The number of the first frame that is kept, counted from the head of the cue.
    first: usize,
    block: Vec<f32>,
}

impl Own {
    /// The cue of `segments`, from its head.
    pub(super) fn open(segments: &[Segment]) -> Result<Self, Fault> {
        Ok(Self {
            cue: Cue::open(segments, 0)?,
            bands: Bands::new(RATE),
            frames: VecDeque::new(),
            first: 0,
            block: vec![0.0; BLOCK],
        })
    }

    /// The `count` frames that end at the frame `until`; silence stands ahead of the head of the
    /// cue and behind its end.
    pub(super) fn frames(&mut self, until: usize, count: usize) -> Result<Vec<Frame>, Fault> {
        while self.first + self.frames.len() < until && self.cue.left() > 0 {
            let read = self.cue.read(&mut self.block)?;
            let samples = self.block.get(..read).unwrap_or_default();
            self.bands.push(samples, &mut self.frames);
            let old = self.frames.len().saturating_sub(KEPT);
            self.frames.drain(..old);
            self.first += old;
        }
        let frame = |back: usize| {
            let number = until.checked_sub(back)?.checked_sub(self.first)?;
            self.frames.get(number).copied()
        };
        let frames = (1..=count).rev().map(frame);
        Ok(frames.map(|frame| frame.unwrap_or([0.0; BANDS])).collect())
    }
}
