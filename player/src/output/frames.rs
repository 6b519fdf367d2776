//! Frames, time and samples: a frame is one sample of every channel.

use std::time::Duration;

/// How many frames at `rate` a second `span` lasts, to the nearest.
pub(super) fn count(span: Duration, rate: u32) -> u64 {
    let frames = (span.as_nanos() * u128::from(rate) + 500_000_000) / 1_000_000_000;
    u64::try_from(frames).unwrap_or(u64::MAX)
}

/// How long `frames` frames at `rate` a second last.
pub(super) fn span(frames: u64, rate: u32) -> Duration {
    let nanos = u128::from(frames) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A sample of a 16-bit sink: what was recorded in 16 bits comes out bit by bit as it was.
pub(super) fn to_16_bits(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

/// A sample of a 32-bit sink.
pub(super) fn to_32_bits(sample: f32) -> i32 {
    (f64::from(sample) * 2_147_483_648.0).round() as i32
}
