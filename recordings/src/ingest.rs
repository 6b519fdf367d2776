//! From what a phone gave to what a station airs, in bounded memory.
//!
//! ```text
//! decode ─► resample ─► high-pass ─► spool (disk) ─► gain, limiter ─► Opus ─► decode, measure
//!                           └─► loudness, levels        ▲                            │
//!                                                       └─ lower ceiling, if need be ┘
//! ```

mod bring_to_target;
mod take_in;

use std::ops::{ControlFlow, Range};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use programme::ids::ContentHash;
use serde::{Deserialize, Serialize};

use crate::decode::{self, Format, MediaSource};
use crate::durable::Writer;
use crate::encode::Coding;
use crate::error::{Damage, Error, Limit, millis};
use crate::loudness::{self, Loudness};
use crate::pcm::{self, Sound};
use crate::quality::{self, Finding, Measured, Peaks, Thresholds};

use bring_to_target::bring_to_target;
use take_in::{Taken, take_in};

/// What every recording is made into, and what is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Integrated loudness that recordings are brought to, in LUFS.
    pub target_lufs: f64,
    /// True peak that the decoded recording stays under, in dBTP.
    pub ceiling_dbtp: f64,
    /// Corner of the high-pass, in Hz.
    pub high_pass_hz: f64,
    /// How the result is coded.
    pub coding: Coding,
    /// What is refused.
    pub limits: Limits,
    /// What is remarked on.
    pub thresholds: Thresholds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target_lufs: -16.0,
            ceiling_dbtp: -1.5,
            high_pass_hz: 120.0,
            coding: Coding::default(),
            limits: Limits::default(),
            thresholds: Thresholds::default(),
        }
    }
}

/// What a recording may not exceed, or fall below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of the file as it came.
    pub max_bytes: u64,
    /// Milliseconds of decoded sound.
    pub max_duration_ms: u64,
    /// Milliseconds of sound between the silences at its ends.
    pub min_duration_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 1 << 30,
            max_duration_ms: 2 * 3_600_000,
            min_duration_ms: 500,
        }
    }
}

/// A part of a recording that a person chose, counted from where its sound begins: the silence at
/// both ends is off already, so these are moments of what [`ingest`] makes of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Milliseconds to its first moment.
    pub from_ms: u64,
    /// Milliseconds to the first moment behind it.
    pub until_ms: u64,
}

impl Part {
    /// The frames of `kept` that it is; none where it lies behind them.
    fn within(self, kept: &Range<u64>) -> Range<u64> {
        let at = |ms: u64| {
            let frames = ms.saturating_mul(u64::from(pcm::RATE_HZ)) / 1_000;
            kept.start.saturating_add(frames)
        };
        let end = at(self.until_ms).min(kept.end);
        at(self.from_ms).min(end)..end
    }
}

/// Where the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Milliseconds of sound that this stage is through with.
    pub done_ms: u64,
    /// Milliseconds of sound in all; unknown while it is being decoded.
    pub of_ms: Option<u64>,
}

/// The steps that take long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Reading the file.
    Decoding,
    /// Looking for the right gain.
    Levelling,
    /// Making Opus of it.
    Encoding,
    /// Listening to the result.
    Checking,
}

/// A recording that is ready to be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ingested {
    /// SHA-256 of the Opus file: what the recording is from here on.
    pub hash: ContentHash,
    /// Length of the Opus file.
    pub size_bytes: u64,
    /// Length of the sound, silence at both ends taken off.
    pub duration_ms: u64,
    /// What the file was.
    pub source_format: Format,
    /// Frames per second in which it was recorded.
    pub source_rate_hz: u32,
    /// How long the file was, with the silence at both ends.
    pub source_duration_ms: u64,
    /// Loudness of the file as it came.
    pub source_lufs: f64,
    /// Gain that was put before the limiter, in dB.
    pub gain_db: f64,
    /// Loudness and peak of the result, measured on the decoded Opus.
    pub loudness: Loudness,
    /// What its author should know.
    pub findings: Vec<Finding>,
    /// Its shape.
    pub peaks: Peaks,
}

/// Someone who watches the work and may stop it; called from more than one thread, often.
pub type Watcher<'a> = &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync);

/// Makes the recording at `output` out of `source`. `scratch` is a folder with room for 11.5 MB per
/// minute of sound, of which nothing remains. `output` is written durably, or not at all.
///
/// # Errors
/// All kinds of [`Error`]; after any, `output` holds what it held before.
pub fn ingest(
    source: impl MediaSource + 'static,
    settings: &Settings,
    scratch: &Path,
    output: &Path,
    watcher: Watcher<'_>,
) -> Result<Ingested, Error> {
    ingest_part(source, None, settings, scratch, output, watcher)
}

/// As [`ingest`], of a part of the sound, which is brought to the loudness that a whole has.
///
/// # Errors
/// As [`ingest`]; a part that is shorter than any recording may be is [`Error::OverLimit`].
pub fn ingest_part(
    source: impl MediaSource + 'static,
    part: Option<Part>,
    settings: &Settings,
    scratch: &Path,
    output: &Path,
    watcher: Watcher<'_>,
) -> Result<Ingested, Error> {
    check_size(source.byte_len(), settings.limits.max_bytes)?;
    let decoder = decode::open(source)?;
    check_longest(
        decoder.promised().map_or(0, millis),
        settings.limits.max_duration_ms,
    )?;
    let mut taken = take_in(decoder, settings, scratch, watcher)?;
    let mut kept = taken.levels.sounding(taken.spool.frames());
    check_shortest(&kept, &taken, settings)?;
    if let Some(part) = part {
        kept = part.within(&kept);
        check_shortest(&kept, &taken, settings)?;
        taken.own_lufs = loudness::of_part(&taken.spool, kept.clone())?;
    }
    let (encoded, heard, gain_db) = bring_to_target(&taken, kept.clone(), settings, watcher)?;
    let mut writer = Writer::create(output)?;
    encoded.write(&mut writer)?;
    let written = writer.commit()?;
    let measured = Measured {
        levels: &taken.levels,
        kept,
        total_frames: taken.spool.frames(),
        clipped_ms: taken.clipping.millis(taken.rate_hz),
        rate_hz: taken.rate_hz,
        bad_packets: taken.bad_packets,
        lacks_end_mark: taken.lacks_end_mark,
        own_lufs: taken.own_lufs,
        heard: heard.loudness,
        target_lufs: settings.target_lufs,
    };
    Ok(Ingested {
        hash: written.hash,
        size_bytes: written.size_bytes,
        duration_ms: millis(pcm::duration(encoded.frames())),
        source_format: taken.format,
        source_rate_hz: taken.rate_hz,
        source_duration_ms: millis(pcm::duration(taken.spool.frames())),
        source_lufs: taken.own_lufs,
        gain_db,
        loudness: heard.loudness,
        findings: quality::findings(&measured, &settings.thresholds),
        peaks: heard.peaks,
    })
}

fn check_size(got_bytes: Option<u64>, max_bytes: u64) -> Result<(), Error> {
    match got_bytes {
        Some(got_bytes) if got_bytes > max_bytes => Err(Error::OverLimit(Limit::Size {
            max_bytes,
            got_bytes,
        })),
        Some(_) | None => Ok(()),
    }
}

/// A file that promises too much and holds less is refused all the same, as cut off.
fn check_longest(got_ms: u64, max_ms: u64) -> Result<(), Error> {
    if got_ms > max_ms {
        return Err(Error::OverLimit(Limit::Longest { max_ms, got_ms }));
    }
    Ok(())
}

fn check_shortest(kept: &Range<u64>, taken: &Taken, settings: &Settings) -> Result<(), Error> {
    if kept.is_empty() && taken.own_lufs <= -70.0 {
        return Err(Error::Unreadable(Damage::Silent));
    }
    let (min_ms, got_ms) = (
        settings.limits.min_duration_ms,
        millis(pcm::duration(kept.end - kept.start)),
    );
    if got_ms < min_ms {
        return Err(Error::OverLimit(Limit::Shortest { min_ms, got_ms }));
    }
    Ok(())
}

fn tell(watcher: Watcher<'_>, progress: Progress) -> Result<(), Error> {
    match watcher(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}

/// A tick for work that two threads share: it adds up what both have done.
fn counting(
    watcher: Watcher<'_>,
    stage: Stage,
    of_ms: u64,
) -> impl Fn(u64) -> Result<(), Error> + Sync {
    let frames = AtomicU64::new(0);
    move |more| {
        let frames = frames.fetch_add(more, Ordering::Relaxed) + more;
        let done_ms = millis(pcm::duration(frames)).min(of_ms);
        tell(
            watcher,
            Progress {
                stage,
                done_ms,
                of_ms: Some(of_ms),
            },
        )
    }
}
