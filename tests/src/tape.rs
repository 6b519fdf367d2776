//! A WAV file that grows, watched by the clock of this machine: which of its samples was there at
//! which instant. Whoever writes it is not asked.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use programme::units::BootTime;

use crate::capture::{Captured, boot_time};

/// How often the file is looked at: an instant is known as well as this.
const LOOK: Duration = Duration::from_millis(1);

/// Somebody who looks at a file for as long as it is written.
pub struct Tape {
    over: Arc<AtomicBool>,
    watcher: JoinHandle<Vec<Reel>>,
}

/// One file that had the name.
struct Reel {
    file: File,
    /// How long it was at which instant, since it was last found longer.
    lengths: Vec<(u64, BootTime)>,
}

impl Tape {
    /// Watches whatever file has this name, one after the other, from before there is any.
    pub fn of(path: &Path) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (path, told) = (PathBuf::from(path), over.clone());
        let watcher = thread::spawn(move || {
            let mut reels: Vec<Reel> = Vec::new();
            while !told.load(Ordering::Relaxed) {
                look(&path, &mut reels);
                thread::sleep(LOOK);
            }
            look(&path, &mut reels);
            reels
        });
        Self { over, watcher }
    }

    /// Ends the watch, and gives what each file holds, the oldest first.
    ///
    /// # Panics
    /// When a file that is there is no WAV file.
    pub fn stop(self) -> Vec<Captured> {
        self.over.store(true, Ordering::Relaxed);
        let reels = self.watcher.join().expect("the watch over the file");
        reels.into_iter().map(Reel::captured).collect()
    }
}

fn look(path: &Path, reels: &mut Vec<Reel>) {
    // What had the name before is longer, perhaps, by what was written last.
    if let Some(reel) = reels.last_mut() {
        reel.look();
    }
    let number = |file: &File| file.metadata().map(|found| found.ino()).ok();
    let Ok(found) = File::open(path) else {
        return;
    };
    if reels.last().map(|reel| number(&reel.file)) != Some(number(&found)) {
        let lengths = Vec::new();
        let mut reel = Reel {
            file: found,
            lengths,
        };
        reel.look();
        reels.push(reel);
    }
}

impl Reel {
    fn look(&mut self) {
        let bytes = self.file.metadata().map_or(0, |found| found.len());
        // The clock is read when the bytes are there, so that they may seem late and never early.
        let at = boot_time();
        if self.lengths.last().is_none_or(|(known, _)| *known < bytes) {
            self.lengths.push((bytes, at));
        }
    }

    fn captured(mut self) -> Captured {
        let bytes = self.file.metadata().expect("an open file").len();
        self.file
            .seek(SeekFrom::Start(0))
            .expect("a file is read again");
        let mut wav = hound::WavReader::new(self.file).expect("a WAV file");
        let samples = wav.samples::<i16>();
        let samples: Vec<f32> = samples
            .map(|sample| f32::from(sample.expect("a sample")) / 32_768.0)
            .collect();
        // What stands before the samples is as long as the writer made it.
        let head = bytes - 2 * samples.len() as u64;
        let frames = |bytes: u64| usize::try_from(bytes.saturating_sub(head) / 2).unwrap_or(0);
        let arrivals = self.lengths.iter().map(|(bytes, at)| (frames(*bytes), *at));
        let arrivals = arrivals.filter(|(frames, _)| *frames > 0).collect();
        Captured::new(samples, arrivals)
    }
}
