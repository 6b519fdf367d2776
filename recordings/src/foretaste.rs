//! How a cue begins as a station airs it: the chime, a pause, speech that rises, all with the gain
//! that the station puts before its limiter. For whoever wants to hear it before a village does.

use std::time::Duration;

use crate::chime::chime;
use crate::decode::{self, MediaSource};
use crate::encode::{Coding, encode};
use crate::error::Error;
use crate::loudness::Levelled;
use crate::pcm::{RATE_HZ, amplitude};

/// The player's limiter holds what is too loud below full scale; here too, in dBTP.
const CEILING_DBTP: f64 = -1.0;

/// How a station lets speech begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opening {
    /// Gain of chime and speech, in dB.
    pub gain_db: f64,
    /// Silence between the chime and speech.
    pub pause: Duration,
    /// How long speech takes to rise to its gain.
    pub ramp: Duration,
    /// How far below its gain it begins, in dB.
    pub ramp_from_db: f64,
    /// How much of the speech is heard.
    pub most: Duration,
}

/// The beginning of a cue with the recording in `source`, as Ogg Opus. `source` may be cut off
/// behind what is heard.
///
/// # Errors
/// All kinds of [`Error`] that reading a recording has, if nothing of it can be heard.
pub fn foretaste(source: impl MediaSource + 'static, opening: &Opening) -> Result<Vec<u8>, Error> {
    let speech = speech(source, frames(opening.most))?;
    let mut samples = chime();
    samples.resize(samples.len() + frames(opening.pause), 0.0);
    let ramp = frames(opening.ramp).max(1);
    let rising = |(n, sample): (usize, f32)| {
        let missing = 1.0 - (n as f64 / ramp as f64).min(1.0);
        sample * amplitude(opening.ramp_from_db * missing) as f32
    };
    samples.extend(speech.into_iter().enumerate().map(rising));
    let whole = 0..samples.len() as u64;
    let loud = Levelled::new(samples.as_slice(), whole, opening.gain_db, CEILING_DBTP);
    let encoded = encode(&loud, Coding::default(), None, &|_| Ok(()))?;
    let mut bytes = Vec::new();
    encoded.write(&mut bytes)?;
    Ok(bytes)
}

/// The first frames of one of our own recordings, which are mono and have our rate.
fn speech(source: impl MediaSource + 'static, most: usize) -> Result<Vec<f32>, Error> {
    let mut decoder = decode::open(source)?;
    let mut samples: Vec<f32> = Vec::with_capacity(most);
    while samples.len() < most {
        match decoder.next_block() {
            Ok(Some(block)) => samples.extend_from_slice(block),
            Ok(None) => break,
            Err(error) if samples.is_empty() => return Err(error),
            // It was cut off on purpose.
            Err(_) => break,
        }
    }
    samples.truncate(most);
    Ok(samples)
}

fn frames(span: Duration) -> usize {
    (span.as_secs_f64() * f64::from(RATE_HZ)) as usize
}
