//! Hears what a virtual sound card sounds, and when.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use programme::units::BootTime;
use rustix::time::{ClockId, clock_gettime};

use crate::sound_card::SoundCard;

/// Frames a second of a capture.
pub const RATE: u32 = 48_000;

/// The clock of a capture takes so long to settle; until then it may be half a second off.
const SETTLED: Duration = Duration::from_millis(1_500);

/// A running capture of what a card sounds.
pub struct Capture {
    parec: Child,
    reader: JoinHandle<Captured>,
}

/// What was heard.
pub struct Captured {
    samples: Vec<f32>,
    /// How many frames had arrived at which instant.
    arrivals: Vec<(usize, BootTime)>,
}

impl Capture {
    /// Begins to listen; when it returns, its clock can be believed.
    pub fn of(card: &SoundCard) -> Self {
        let mut parec = Command::new("parec");
        parec.args([
            "-d",
            "horn.monitor",
            "--format=s16le",
            "--rate=48000",
            "--channels=1",
        ]);
        parec
            .args(["--latency-msec=10", "--raw"])
            .envs(card.environment());
        let parec = parec.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut parec = parec.expect("parec is installed");
        let mut sound = parec.stdout.take().expect("parec has an output");
        let reader = thread::spawn(move || {
            let mut heard = Captured {
                samples: Vec::new(),
                arrivals: Vec::new(),
            };
            let mut block = [0; 9_600];
            let mut odd = None;
            while let Ok(read @ 1..) = sound.read(&mut block) {
                let bytes = odd.take().into_iter().chain(block[..read].iter().copied());
                let mut bytes = bytes.peekable();
                while let Some(low) = bytes.next() {
                    let Some(high) = bytes.next() else {
                        odd = Some(low);
                        break;
                    };
                    heard
                        .samples
                        .push(f32::from(i16::from_le_bytes([low, high])) / 32_768.0);
                }
                heard.arrivals.push((heard.samples.len(), boot_time()));
            }
            heard
        });
        thread::sleep(SETTLED);
        Self { parec, reader }
    }

    /// Ends the capture.
    pub fn stop(mut self) -> Captured {
        let _ = self.parec.kill();
        let _ = self.parec.wait();
        self.reader.join().expect("the reader of the capture")
    }
}

impl Captured {
    pub(crate) fn new(samples: Vec<f32>, arrivals: Vec<(usize, BootTime)>) -> Self {
        Self { samples, arrivals }
    }

    /// The samples, −1 to 1.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// When the card took the sample at `frame`.
    ///
    /// Blocks arrive late and never early, so the earliest arrival within a second is believed.
    pub fn instant_of(&self, frame: usize) -> BootTime {
        let near = |arrived: usize| arrived.abs_diff(frame) <= RATE as usize;
        let origins = self.arrivals.iter().filter(|(arrived, _)| near(*arrived));
        let origin = origins
            .map(|(arrived, at)| at.saturating_sub(span(*arrived)))
            .min();
        origin
            .expect("something was captured near the frame")
            .saturating_add(span(frame))
    }

    /// The sample that the card took at `at`, or the first or last one.
    pub fn frame_at(&self, at: BootTime) -> usize {
        let (mut low, mut high) = (0, self.samples.len());
        while low + 1 < high {
            let middle = low.midpoint(high);
            if self.instant_of(middle) <= at {
                low = middle
            } else {
                high = middle
            }
        }
        low
    }

    /// The greatest sample from one instant to another.
    pub fn peak_between(&self, from: BootTime, to: BootTime) -> f32 {
        let (from, to) = (self.frame_at(from), self.frame_at(to));
        self.samples[from..to.max(from)]
            .iter()
            .fold(0.0, |peak, sample| peak.max(sample.abs()))
    }
}

/// How much later than `planned` something happened, in milliseconds; negative when earlier.
pub fn late_ms(at: BootTime, planned: BootTime) -> f64 {
    (at.since(planned).as_secs_f64() - planned.since(at).as_secs_f64()) * 1_000.0
}

/// The boot-time clock of this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "what is heard is held against the real clock"
)]
pub fn boot_time() -> BootTime {
    let now = clock_gettime(ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    BootTime::after_boot(Duration::new(seconds.unwrap_or(0), nanos.unwrap_or(0)))
}

/// Waits until the boot-time clock shows `at`.
pub fn wait_until(at: BootTime) {
    thread::sleep(at.since(boot_time()));
}

fn span(frames: usize) -> Duration {
    Duration::from_nanos(frames as u64 * 1_000_000_000 / u64::from(RATE))
}
