//! Carries the samples of a cue from the disk to the sounding thread, over a ring that neither side
//! ever waits for: it hides a disk that stutters, and the sounding thread reads no file.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rtrb::{Consumer, Producer, RingBuffer};

use super::cue::Cue;
use super::{Fault, RATE};

/// How much the ring holds: two seconds, for an SD card that pauses to tidy itself.
const RING: usize = 2 * RATE as usize;

/// How often a full ring is looked at again; a fraction of what it holds.
const REST: Duration = Duration::from_millis(200);

/// The disk's side of the ring.
pub(super) struct Feed {
    cue: Cue,
    ring: Producer<f32>,
    block: Vec<f32>,
}

impl Feed {
    /// The feed of `cue` with the ring filled, and the sounding thread's side of that ring.
    pub(super) fn new(cue: Cue) -> Result<(Self, Consumer<f32>), Fault> {
        let (ring, samples) = RingBuffer::new(RING);
        let mut feed = Self {
            cue,
            ring,
            block: vec![0.0; 4096],
        };
        feed.top_up()?;
        Ok((feed, samples))
    }

    /// Fills the ring as far as it goes; false once nothing remains to be read.
    pub(super) fn top_up(&mut self) -> Result<bool, Fault> {
        while self.cue.left() > 0 {
            let room = self.ring.slots().min(self.block.len());
            if room == 0 {
                return Ok(true);
            }
            let read = self.cue.read(&mut self.block[..room])?;
            let (_, rest) = self.ring.push_partial_slice(&self.block[..read]);
            debug_assert!(rest.is_empty(), "no more is read than there is room for");
            if read == 0 {
                break;
            }
        }
        Ok(false)
    }

    /// Keeps the ring full on a thread of its own, until the cue or its sounding ends.
    pub(super) fn run(
        mut self,
        on_fault: impl FnOnce(Fault) + Send + 'static,
    ) -> Result<(), Fault> {
        let run = move || {
            loop {
                match self.top_up() {
                    Ok(true) if !self.ring.is_abandoned() => thread::sleep(REST),
                    Ok(_) => return,
                    Err(fault) => return on_fault(fault),
                }
            }
        };
        let thread = thread::Builder::new()
            .name("output-feed".to_owned())
            .spawn(run);
        thread.map(drop).map_err(|source| Fault::Thread {
            source: Arc::new(source),
        })
    }
}
