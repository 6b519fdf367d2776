//! The mixing desk between the control and the sounding thread: knobs one way, gauges the other,
//! all of them single atomic words, so that the sounding thread never waits.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use programme::units::{BootTime, Decibels};

use super::{Level, RATE, frames};

/// Knobs and gauges of one open sink. Every value stands alone; none guards another, so relaxed
/// order is enough.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// Wanted amplitude in the upper half (bits of an `f32`), frames to get there in the lower.
    fader: AtomicU64,
    silencing: AtomicBool,
    xrun: AtomicBool,

    blocks: AtomicU64,
    sent: AtomicU64,
    starved: AtomicU64,
    last_sent: AtomicBool,
    ended: AtomicBool,
    started_at: AtomicU64,
    /// When the first frame would have been heard had the sound never paused.
    origin: AtomicU64,
    asked_at: AtomicU64,
    squares: AtomicU64,
    sounding: AtomicU64,
    peak: AtomicU32,
}

/// Where the fader is to go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FaderMove {
    pub(super) to: f32,
    pub(super) frames: u32,
}

/// The sum of what was sent, which several sinks may have shared in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// The sum of squares of stretches that sounded, and how many frames those have.
    squares: f64,
    sounding: u64,
    /// The same of the stretch that is not full yet.
    stretch: (f64, u64),
    frames: u64,
    peak: f32,
}

/// Frames after which it is decided whether they sounded: a tenth of a second.
const STRETCH: u64 = RATE as u64 / 10;

/// The mean square of a stretch that sounds: −60 dB below full scale. What is quieter is a pause.
const PAUSE: f64 = 1e-6;

/// The control's side.
impl Desk {
    pub(super) fn new(gain: Decibels) -> Self {
        let desk = Self::default();
        desk.set_gain(gain, Duration::ZERO);
        desk
    }

    pub(super) fn set_gain(&self, gain: Decibels, over: Duration) {
        self.move_fader(gain.amplitude(), over);
    }

    pub(super) fn silence(&self, over: Duration) {
        self.move_fader(0.0, over);
        self.silencing.store(true, Relaxed);
    }

    fn move_fader(&self, to: f32, over: Duration) {
        let frames = u32::try_from(frames::count(over, RATE)).unwrap_or(u32::MAX);
        self.fader
            .store(u64::from(to.to_bits()) << 32 | u64::from(frames), Relaxed);
    }

    /// Tells that the card ran empty, so that its timing begins anew.
    pub(super) fn note_xrun(&self) {
        self.xrun.store(true, Relaxed);
    }

    /// How many blocks the sink has taken: as long as it rises, the sink lives.
    pub(super) fn blocks(&self) -> u64 {
        self.blocks.load(Relaxed)
    }

    /// Frames of silence that stood in for samples that the disk did not give in time.
    pub(super) fn starved(&self) -> u64 {
        self.starved.load(Relaxed)
    }

    /// When the first sample is heard, once that is known.
    pub(super) fn started_at(&self) -> Option<BootTime> {
        Some(self.started_at.load(Relaxed))
            .filter(|nanos| *nanos > 0)
            .map(boot_time)
    }

    /// When the last sample is heard, once it has been sent: the end of the cue, or of its fade.
    pub(super) fn ended_at(&self) -> Option<BootTime> {
        self.ended.load(Relaxed).then(|| {
            let sent = frames::span(self.sent.load(Relaxed), RATE);
            self.origin().saturating_add(sent)
        })
    }

    /// How many frames have been heard at `now`.
    pub(super) fn heard(&self, now: BootTime) -> u64 {
        frames::count(now.since(self.origin()), RATE).min(self.sent.load(Relaxed))
    }

    fn origin(&self) -> BootTime {
        boot_time(self.origin.load(Relaxed))
    }

    /// How many frames had been heard when the sink last asked for more. What it held then is lost
    /// with it, and is better heard twice than not at all.
    pub(super) fn surely_heard(&self) -> u64 {
        self.heard(boot_time(self.asked_at.load(Relaxed)))
    }

    pub(super) fn tally(&self) -> Tally {
        Tally {
            squares: f64::from_bits(self.squares.load(Relaxed)),
            sounding: self.sounding.load(Relaxed),
            stretch: (0.0, 0),
            frames: self.sent.load(Relaxed),
            peak: f32::from_bits(self.peak.load(Relaxed)),
        }
    }
}

/// The sounding thread's side.
impl Desk {
    pub(super) fn fader_move(&self) -> FaderMove {
        let word = self.fader.load(Relaxed);
        FaderMove {
            to: f32::from_bits((word >> 32) as u32),
            frames: word as u32,
        }
    }

    pub(super) fn is_silencing(&self) -> bool {
        self.silencing.load(Relaxed)
    }

    pub(super) fn take_xrun(&self) -> bool {
        self.xrun.load(Relaxed) && self.xrun.swap(false, Relaxed)
    }

    pub(super) fn note_start(&self, at: BootTime) {
        self.started_at.store(nanos(at).max(1), Relaxed);
    }

    pub(super) fn note_sent(&self, tally: Tally) {
        self.squares.store(tally.squares.to_bits(), Relaxed);
        self.sounding.store(tally.sounding, Relaxed);
        self.peak.store(tally.peak.to_bits(), Relaxed);
        self.sent.store(tally.frames, Relaxed);
    }

    /// Tells that nothing but silence follows what has been sent.
    pub(super) fn note_last(&self) {
        self.last_sent.store(true, Relaxed);
    }

    pub(super) fn is_last_sent(&self) -> bool {
        self.last_sent.load(Relaxed)
    }

    pub(super) fn note_starved(&self) {
        self.starved.fetch_add(1, Relaxed);
    }

    /// Tells that all sent so far is heard by `heard_by`, asked for at `asked_at`, and whether that
    /// was the last.
    pub(super) fn note_block(&self, asked_at: BootTime, heard_by: BootTime, ended: bool) {
        if !self.ended.load(Relaxed) {
            let origin = heard_by.saturating_sub(frames::span(self.sent.load(Relaxed), RATE));
            self.asked_at.store(nanos(asked_at), Relaxed);
            self.origin.store(nanos(origin), Relaxed);
            self.ended.store(ended, Relaxed);
        }
        self.blocks.fetch_add(1, Relaxed);
    }
}

impl Tally {
    pub(super) fn add(&mut self, sample: f32) {
        self.stretch.0 += f64::from(sample) * f64::from(sample);
        self.stretch.1 += 1;
        self.frames += 1;
        self.peak = self.peak.max(sample.abs());
        if self.stretch.1 == STRETCH {
            let (squares, frames) = std::mem::take(&mut self.stretch);
            if squares > PAUSE * frames as f64 {
                self.squares += squares;
                self.sounding += frames;
            }
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            squares: self.squares + other.squares,
            sounding: self.sounding + other.sounding,
            stretch: (0.0, 0),
            frames: self.frames + other.frames,
            peak: self.peak.max(other.peak),
        }
    }

    pub(super) fn level(self) -> Level {
        let mean = (self.squares / self.sounding.max(1) as f64).sqrt();
        let decibels = |amplitude: f32| Decibels((20.0 * amplitude.log10()).max(Level::FLOOR.0));
        Level {
            rms: decibels(mean as f32),
            peak: decibels(self.peak),
        }
    }
}

fn boot_time(nanos: u64) -> BootTime {
    BootTime::after_boot(Duration::from_nanos(nanos))
}

fn nanos(at: BootTime) -> u64 {
    u64::try_from(at.since_boot().as_nanos()).unwrap_or(u64::MAX)
}
