//! What the author of a recording should know about it, as values; the panel has the words.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::clean::Levels;
use crate::error::millis;
use crate::loudness::Loudness;
use crate::pcm;

/// Something that a listener will notice. Nothing here stops a recording; its author decides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// It was spoken too softly or too far away: making it loud makes its noise loud.
    TooQuiet {
        /// Loudness before levelling.
        loudness_lufs: f64,
    },
    /// It was spoken too near: the recorder cut the peaks off.
    Clipped {
        /// Milliseconds of sound with its peaks cut off.
        clipped_ms: u64,
    },
    /// There is more silence than speech.
    MostlySilence {
        /// Percent of the time in which nothing sounds.
        silent_percent: u8,
    },
    /// Wind, engines or a room full of people are nearly as loud as the voice.
    Noisy {
        /// How far the voice stands above the noise, in dB.
        above_noise_db: f64,
    },
    /// It is over before anybody listens.
    TooShort {
        /// How long it lasts.
        duration_ms: u64,
        /// What listeners need.
        advised_ms: u64,
    },
    /// Nobody listens to the end.
    TooLong {
        /// How long it lasts.
        duration_ms: u64,
        /// What listeners bear.
        advised_ms: u64,
    },
    /// It will not be as loud as the others.
    TargetMissed {
        /// Loudness as it will be heard.
        loudness_lufs: f64,
        /// Loudness that was wanted.
        target_lufs: f64,
    },
    /// It has the sound of a telephone: it was recorded with half the voice's range or less.
    NarrowBand {
        /// Frames per second in which it was recorded.
        rate_hz: u32,
    },
    /// Pieces of the file are broken and were left out.
    Patched {
        /// How many packets.
        bad_packets: u64,
    },
    /// Nothing in the file says that it ends where it does: it may have been cut off.
    MaybeCutOff,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooQuiet { loudness_lufs } => write!(f, "too quiet ({loudness_lufs:.1} LUFS)"),
            Self::Clipped { clipped_ms } => write!(f, "clipped ({clipped_ms} ms)"),
            Self::MostlySilence { silent_percent } => {
                write!(f, "mostly silence ({silent_percent} %)")
            }
            Self::Noisy { above_noise_db } => {
                write!(
                    f,
                    "noisy (voice only {above_noise_db:.0} dB above the noise)"
                )
            }
            Self::TooShort {
                duration_ms,
                advised_ms,
            } => {
                write!(f, "too short ({duration_ms} ms, advised {advised_ms} ms)")
            }
            Self::TooLong {
                duration_ms,
                advised_ms,
            } => {
                write!(f, "too long ({duration_ms} ms, advised {advised_ms} ms)")
            }
            Self::TargetMissed {
                loudness_lufs,
                target_lufs,
            } => {
                write!(
                    f,
                    "{loudness_lufs:.1} LUFS where {target_lufs:.1} were wanted"
                )
            }
            Self::NarrowBand { rate_hz } => write!(f, "telephone sound ({rate_hz} Hz)"),
            Self::Patched { bad_packets } => write!(f, "{bad_packets} broken pieces left out"),
            Self::MaybeCutOff => f.write_str("perhaps cut off (its end is not marked)"),
        }
    }
}

/// From which figure on something is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Softer than this, in LUFS before levelling, is too quiet.
    pub quiet_lufs: f64,
    /// More than this of cut-off peaks, in milliseconds per minute, is clipped.
    pub clipped_ms_per_min: f64,
    /// More than this percentage of silence is mostly silence.
    pub silent_percent: u8,
    /// A voice less than this above the noise, in dB, is noisy.
    pub above_noise_db: f64,
    /// Shorter than this is too short.
    pub short_ms: u64,
    /// Longer than this is too long.
    pub long_ms: u64,
    /// Farther than this from the target, in LU, misses it.
    pub off_target_lu: f64,
    /// Recorded at this rate or a lower one is telephone sound.
    pub narrow_hz: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            quiet_lufs: -42.0,
            clipped_ms_per_min: 20.0,
            silent_percent: 50,
            above_noise_db: 15.0,
            short_ms: 3_000,
            long_ms: 5 * 60_000,
            off_target_lu: 1.0,
            narrow_hz: 11_025,
        }
    }
}

/// What was measured on the way in and on the way out.
pub(crate) struct Measured<'a> {
    pub(crate) levels: &'a Levels,
    pub(crate) kept: Range<u64>,
    pub(crate) total_frames: u64,
    pub(crate) clipped_ms: u64,
    pub(crate) rate_hz: u32,
    pub(crate) bad_packets: u64,
    pub(crate) lacks_end_mark: bool,
    pub(crate) own_lufs: f64,
    pub(crate) heard: Loudness,
    pub(crate) target_lufs: f64,
}

/// Everything worth a word, gravest first.
pub(crate) fn findings(measured: &Measured<'_>, thresholds: &Thresholds) -> Vec<Finding> {
    let Measured {
        levels,
        kept,
        total_frames,
        ..
    } = measured;
    let silence = f64::from(levels.silence_dbfs(*total_frames));
    let silent_percent = (levels.share_below(0..*total_frames, silence) * 100.0) as u8;
    let voice = levels.percentile_dbfs(kept.clone(), 0.90);
    let above_noise_db = voice - levels.percentile_dbfs(kept.clone(), 0.05);
    let duration_ms = millis(pcm::duration(kept.end - kept.start));
    let minutes = duration_ms as f64 / 60_000.0;
    let heard_lufs = measured.heard.integrated_lufs;
    let off_target = (heard_lufs - measured.target_lufs).abs() > thresholds.off_target_lu;
    let clipped_limit_ms = (thresholds.clipped_ms_per_min * minutes).max(1.0);
    let all = [
        (measured.own_lufs < thresholds.quiet_lufs).then_some(Finding::TooQuiet {
            loudness_lufs: measured.own_lufs,
        }),
        (measured.clipped_ms as f64 > clipped_limit_ms).then_some(Finding::Clipped {
            clipped_ms: measured.clipped_ms,
        }),
        (measured.bad_packets > 0).then_some(Finding::Patched {
            bad_packets: measured.bad_packets,
        }),
        measured.lacks_end_mark.then_some(Finding::MaybeCutOff),
        (silent_percent > thresholds.silent_percent)
            .then_some(Finding::MostlySilence { silent_percent }),
        (above_noise_db < thresholds.above_noise_db).then_some(Finding::Noisy { above_noise_db }),
        (duration_ms < thresholds.short_ms).then_some(Finding::TooShort {
            duration_ms,
            advised_ms: thresholds.short_ms,
        }),
        (duration_ms > thresholds.long_ms).then_some(Finding::TooLong {
            duration_ms,
            advised_ms: thresholds.long_ms,
        }),
        off_target.then_some(Finding::TargetMissed {
            loudness_lufs: heard_lufs,
            target_lufs: measured.target_lufs,
        }),
        (measured.rate_hz <= thresholds.narrow_hz).then_some(Finding::NarrowBand {
            rate_hz: measured.rate_hz,
        }),
    ];
    all.into_iter().flatten().collect()
}

/// Counts the time in which a recorder cut peaks off: runs of samples that stay at full scale.
#[derive(Debug, Default)]
pub(crate) struct Clipping {
    run: u64,
    clipped: u64,
}

/// A lossy coding rounds a cut-off peak to a little under full scale, or over it.
const CLIPPED_FROM: f32 = 0.985;
/// A clean peak touches full scale for a sample or two.
const CLIPPED_RUN: u64 = 3;

impl Clipping {
    pub(crate) fn push(&mut self, block: &[f32]) {
        for sample in block {
            if sample.abs() >= CLIPPED_FROM {
                self.run += 1;
            } else {
                self.clipped += if self.run >= CLIPPED_RUN { self.run } else { 0 };
                self.run = 0;
            }
        }
    }

    pub(crate) fn millis(&self, rate_hz: u32) -> u64 {
        (self.clipped + self.run) * 1000 / u64::from(rate_hz.max(1))
    }
}

/// The shape of a sound, for a picture of it: the highest sample of each of 400 equal parts,
/// 255 standing for full scale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peaks {
    columns: Vec<u8>,
    #[serde(skip)]
    frames: u64,
}

impl Peaks {
    /// How many parts a sound is pictured in.
    pub const COLUMNS: u64 = 400;

    /// The shape of a sound of `frames` of which nothing is known.
    pub(crate) fn new(frames: u64) -> Self {
        Self {
            columns: vec![0; Self::COLUMNS as usize],
            frames,
        }
    }

    /// The parts, from the first to the last.
    pub fn columns(&self) -> &[u8] {
        &self.columns
    }

    /// Takes in the samples that stand at frame `at` and behind it.
    pub(crate) fn push(&mut self, at: u64, block: &[f32]) {
        let mut rest = block;
        let mut at = at;
        while !rest.is_empty() && at < self.frames {
            let column = at * Self::COLUMNS / self.frames;
            let next = ((column + 1) * self.frames).div_ceil(Self::COLUMNS);
            let (now, later) = rest.split_at(rest.len().min((next - at) as usize));
            let high = pcm::highest(now);
            let column = &mut self.columns[column as usize];
            *column = (*column).max((high * 255.0).round().min(255.0) as u8);
            at += now.len() as u64;
            rest = later;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (column, more) in self.columns.iter_mut().zip(&other.columns) {
            *column = (*column).max(*more);
        }
    }
}
