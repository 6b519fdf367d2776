//! The loudspeaker's end of the station: plays a cue so that its first sample is heard at a planned
//! instant of the boot-time clock, on a sound card or into a WAV file that is paced in real time.
//!
//! ```text
//! Request ─► control ─► cue ─► feed ─► voice ─► render ─► card | file ─► horn
//! Report  ◄─────┴──────────── desk ◄─────┴────────┘
//! ```
//!
//! An output decides nothing. It is told what to air and when, and says what was heard; a card that
//! goes away is its own business until it is told to be silent. It never moves to another card than
//! the one it was given: a village does not hear an announcement from a monitor's loudspeaker.
//!
//! Nothing is open and no thread wakes while no cue is on air. A new kind of output is a new
//! variant of [`Sink`] and of the control's own enum, and takes its samples from `Render`.

mod call;
mod request;
mod report;
mod frames;
mod cue;
mod feed;
mod desk;
mod limiter;
mod voice;
mod render;
mod timing;
mod card;
mod wav_file;
mod on_air;
mod control;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use programme::units::{BootTime, Decibels};
use tokio::sync::mpsc::UnboundedSender;

pub use card::{CardFormat, CardName, cards, probe};
pub(crate) use card::{Trouble, config, is_heard, nearest, quietly, refused};
pub(crate) use cue::Cue;
pub use report::{Fault, Level, Report, Timeline};
pub use request::{Air, Attempt, Request, Segment};

/// Frames a second of everything that is ready on a station.
pub const RATE: u32 = 48_000;

/// Reads the boot-time clock (`CLOCK_BOOTTIME`). It is called on the sounding thread and must
/// neither block nor allocate.
pub type Clock = Arc<dyn Fn() -> BootTime + Send + Sync>;

/// Where the sound goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// A sound card.
    Card {
        /// Its stable ALSA name, such as `plughw:CARD=Device,DEV=0`, or `default`.
        name: String,
        /// Frames the card asks for at a time; it holds two such blocks. Starts are scheduled on
        /// the sample, so a large block costs no accuracy, and a weak PC needs one: 2048 is 43 ms.
        block_frames: u32,
    },
    /// A WAV file, for machines without sound and for proof.
    WavFile {
        /// The file that is being written. One that is there already is kept as `name.1.wav`.
        path: PathBuf,
        /// Size at which a new file is begun.
        max_bytes: u32,
        /// How many files are kept, this one included.
        keep: u32,
    },
}

/// What an output needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the sound goes.
    pub sink: Sink,
    /// The volume until [`Request::SetGain`] says otherwise.
    pub gain: Decibels,
}

/// A running output. Dropping it silences what is on air and closes the sink.
pub struct Output {
    inputs: mpsc::Sender<control::Input>,
    control: Option<JoinHandle<()>>,
    calls: call::Calls,
}

impl Output {
    /// Starts an output; a card is not touched before a cue needs it.
    ///
    /// # Errors
    /// [`Fault::Thread`] when the operating system gives no thread.
    pub fn open(
        settings: Settings,
        clock: Clock,
        reports: UnboundedSender<Report>,
    ) -> Result<Self, Fault> {
        let (inputs, control) = control::start(settings, clock, reports)?;
        Ok(Self {
            inputs,
            control: Some(control),
            calls: call::Calls::default(),
        })
    }

    /// Whether its threads have answered since this was asked last; asks them again.
    pub fn answers(&mut self) -> bool {
        let answered = self.calls.answered();
        let _ = self.inputs.send(control::Input::Call(self.calls.next()));
        answered
    }

    /// Hands over a request; what comes of it is told by reports.
    pub fn ask(&self, request: Request) {
        // The control ends only when this handle is dropped, so that somebody is always listening.
        let _ = self.inputs.send(control::Input::Request(request));
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let _ = self.inputs.send(control::Input::Close);
        if let Some(control) = self.control.take() {
            let _ = control.join();
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}
