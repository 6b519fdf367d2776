//! As loud as all recordings, and under the ceiling: what is not does not leave.

use std::ops::Range;

use crate::clean::Levels;
use crate::encode::{self, Encoded, Heard};
use crate::error::{Error, damaged, millis};
use crate::loudness::{self, Levelled};
use crate::pcm;

use super::take_in::Taken;
use super::{Progress, Settings, Stage, Watcher, counting, tell};

/// Opus overshoots the peaks that it is given; over ten minutes of speech by up to this much. The
/// limiter aims lower by it, because a second encoding costs more than a little loudness.
const OVERSHOOT_DB: f64 = 1.5;
/// Encodings of one sound in which the limiter aims lower by what the last one missed.
const LIMITED_MAX: usize = 4;
/// Encodings after those, in which all of the sound becomes quieter. Each takes more than a
/// decibel, so that the last is quieter by more than any overshoot that was ever measured.
const QUIETER_MAX: usize = 8;
/// What each of those takes at least: less could be lost in how differently Opus codes each time.
const QUIETER_BY_DB: f64 = 1.0;

/// What an encoding aims at.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Aim {
    /// Where the limiter holds the peaks, in dBTP.
    limiter_dbtp: f64,
    /// By how much all of it is quieter behind the limiter, in dB.
    quieter_db: f64,
}

/// The part `kept` of what was taken in, encoded; what is heard of it; and the gain before the
/// limiter, in dB.
pub(super) fn bring_to_target(
    taken: &Taken,
    kept: Range<u64>,
    settings: &Settings,
    watcher: Watcher<'_>,
) -> Result<(Encoded, Heard, f64), Error> {
    let (spool, of_ms) = (&taken.spool, millis(pcm::duration(kept.end - kept.start)));
    let seam = seam(&taken.levels, &kept);
    let mut gain_db = 0.0;
    let encode = |aim: Aim| -> Result<_, Error> {
        let start = Progress {
            stage: Stage::Levelling,
            done_ms: 0,
            of_ms: Some(of_ms),
        };
        tell(watcher, start)?;
        let (own, target, limit) = (taken.own_lufs, settings.target_lufs, aim.limiter_dbtp);
        if aim.quieter_db == 0.0 {
            gain_db = loudness::search(spool, kept.clone(), own, target, limit)?;
        }
        let levelled = Levelled::new(spool, kept.clone(), gain_db, limit).quieter(aim.quieter_db);
        let tick = counting(watcher, Stage::Encoding, of_ms);
        let encoded = encode::encode(&levelled, settings.coding, Some(seam), &tick)?;
        let heard = encoded.listen(&counting(watcher, Stage::Checking, of_ms))?;
        let peak_dbtp = heard.loudness.true_peak_dbtp;
        Ok(((encoded, heard), peak_dbtp))
    };
    let (encoded, heard) = hold(settings.ceiling_dbtp, encode)?;
    Ok((encoded, heard, gain_db))
}

/// The first of what `encode` makes, each beside its peak in dBTP, that stays under the ceiling.
fn hold<T>(
    ceiling_dbtp: f64,
    mut encode: impl FnMut(Aim) -> Result<(T, f64), Error>,
) -> Result<T, Error> {
    let mut aim = Aim {
        limiter_dbtp: ceiling_dbtp - OVERSHOOT_DB,
        quieter_db: 0.0,
    };
    for encoding in 1..=LIMITED_MAX + QUIETER_MAX {
        let (encoded, peak_dbtp) = encode(aim)?;
        let over_db = peak_dbtp - ceiling_dbtp;
        if over_db <= 0.0 {
            return Ok(encoded);
        }
        if encoding < LIMITED_MAX {
            aim.limiter_dbtp -= over_db + 0.1;
        } else {
            aim.quieter_db += over_db + QUIETER_BY_DB;
        }
    }
    Err(damaged("no encoding of it stays under the ceiling"))
}

/// A pause near the middle of `kept`, counted from its start.
fn seam(levels: &Levels, kept: &Range<u64>) -> u64 {
    let length = kept.end - kept.start;
    let (middle, reach) = (
        kept.start + length / 2,
        (length / 100).max(SEAM_REACH_FRAMES),
    );
    let around = middle.saturating_sub(reach).max(kept.start)..(middle + reach).min(kept.end);
    levels.quietest(around).saturating_sub(kept.start)
}

/// Nobody speaks for four seconds without a pause: 2 s to each side.
const SEAM_REACH_FRAMES: u64 = 2 * pcm::RATE_HZ as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_limiter_brings_under_the_ceiling_becomes_quieter_as_a_whole() {
        let mut aims = Vec::new();
        // A coder that overshoots by three decibels more than it was given room for, each time.
        let stubborn = |aim: Aim| {
            aims.push(aim);
            Ok((aim.quieter_db, 1.5 - aim.quieter_db))
        };
        let quieter_db = hold(-1.5, stubborn).expect("a recording");
        assert!(quieter_db >= 3.0, "{quieter_db}");
        assert_eq!(aims.len(), LIMITED_MAX + 1);
        assert!(aims[..LIMITED_MAX].iter().all(|aim| aim.quieter_db == 0.0));
    }

    #[test]
    fn what_stays_over_the_ceiling_whatever_is_done_is_refused() {
        let mut encodings = 0;
        let deaf = |_| {
            encodings += 1;
            Ok(((), -1.49))
        };
        let refused = hold(-1.5, deaf);
        assert!(matches!(refused, Err(Error::Unreadable(_))), "{refused:?}");
        assert_eq!(encodings, LIMITED_MAX + QUIETER_MAX);
    }
}
