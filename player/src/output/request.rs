//! What the output is asked to do.

use std::path::PathBuf;
use std::time::Duration;

use programme::units::{BootTime, Decibels};

/// Names one attempt at airing a cue. The output only carries it back in its reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(pub u64);

/// One cue to be aired.
#[derive(Debug, Clone, PartialEq)]
pub struct Air {
    /// Comes back in every report about this cue.
    pub attempt: Attempt,
    /// What sounds, in order.
    pub segments: Vec<Segment>,
    /// When the first sample is to be heard. The request should come about two seconds earlier, so
    /// that the card is open and steady by then; in the past it means: as soon as the card is open.
    pub start_at: BootTime,
    /// How much of the cue to leave out at its head, for one that goes on where it stopped.
    pub skip: Duration,
}

/// One stretch of a cue.
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// A recording that is ready: a WAV file of 48 kHz, mono, 16 bits.
    Wav {
        /// Where it lies.
        path: PathBuf,
        /// How much louder than recorded.
        gain: Decibels,
        /// How long it takes to rise to that gain from 12 dB below it; zero is full at once.
        ramp: Duration,
    },
    /// A gap.
    Silence(Duration),
}

/// What the output can be asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Air this cue. A cue that is on air is silenced first, and reported as such.
    Air(Air),
    /// Be silent within `fade`, which is held to 20–50 ms, and close the card.
    Silence {
        /// How long the sound takes to vanish.
        fade: Duration,
    },
    /// The volume from this moment on, for this cue and the next ones: 0 dB is as recorded.
    SetGain(Decibels),
}
