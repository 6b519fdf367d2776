//! Fills the blocks that a sink asks for: silence until the planned instant falls into one, then
//! the cue from that very frame on, mixed and converted to the sink's channels and rate by rodio.

use std::sync::Arc;

use programme::units::BootTime;
use rodio::mixer::{MixerSource, mixer};
use rodio::{ChannelCount, SampleRate, Source};

use super::desk::Desk;
use super::frames;
use super::voice::Voice;

/// The sound of one cue on one sink.
pub(super) struct Render {
    mixed: MixerSource,
    start_at: BootTime,
    playing: bool,
    desk: Arc<Desk>,
}

impl Render {
    pub(super) fn new(
        voice: Voice,
        start_at: BootTime,
        desk: Arc<Desk>,
        (channels, rate): (ChannelCount, SampleRate),
    ) -> Self {
        let (input, mixed) = mixer(channels, rate);
        input.add(voice);
        Self {
            mixed,
            start_at,
            playing: false,
            desk,
        }
    }

    /// Fills `block`, whose first frame is heard at `heard_at`, asked for at `asked_at`.
    pub(super) fn fill<T>(
        &mut self,
        block: &mut [T],
        (asked_at, heard_at): (BootTime, BootTime),
        convert: impl Fn(f32) -> T,
    ) {
        let channels = usize::from(self.mixed.channels().get());
        let count = (block.len() / channels) as u64;
        let silent = if self.playing {
            0
        } else {
            self.frames_until_start(heard_at).min(count)
        };
        if !self.playing && silent < count {
            self.playing = true;
            self.desk.note_start(self.later(heard_at, silent));
        }
        let (before, sounding) = block.split_at_mut(silent as usize * channels);
        before.fill_with(|| convert(0.0));
        let mut last = None;
        for (index, frame) in sounding.chunks_exact_mut(channels).enumerate() {
            frame.fill_with(|| convert(self.mixed.next().unwrap_or_default()));
            if last.is_none() && self.desk.is_last_sent() {
                last = Some(silent + index as u64 + 1);
            }
        }
        let heard_by = self.later(heard_at, last.unwrap_or(count));
        self.desk.note_block(asked_at, heard_by, last.is_some());
    }

    fn frames_until_start(&self, heard_at: BootTime) -> u64 {
        frames::count(
            self.start_at.since(heard_at),
            self.mixed.sample_rate().get(),
        )
    }

    fn later(&self, at: BootTime, count: u64) -> BootTime {
        at.saturating_add(frames::span(count, self.mixed.sample_rate().get()))
    }
}
