//! The three tones before an announcement, computed: no file can be missing, and no licence asked.

use crate::pcm::{RATE_HZ, amplitude, frames_in_millis};

/// A falling major triad in the middle of what horns play well: E5, C5, G4 in equal temperament.
const TONES_HZ: [f64; 3] = [659.255, 523.251, 391.995];

/// From one strike to the next.
const STRIKE_MS: u64 = 550;
/// How long the last tone rings out.
const RING_MS: u64 = 1_600;
/// The time in which a tone falls to a third, as a struck bar does.
const DECAY_S: f64 = 0.42;
/// A strike does not start within a sample: that would be a click.
const ATTACK_MS: f64 = 4.0;
/// Level of the highest sample, in dBFS; speech at −16 LUFS sounds about as loud.
const PEAK_DBFS: f64 = -6.0;

/// Overtones of a struck tube: multiple of the tone, share of its amplitude.
const PARTIALS: [(f64, f64); 3] = [(1.0, 1.0), (2.0, 0.28), (3.0, 0.09)];

/// The chime: mono, at [`RATE_HZ`], its highest sample at −6 dBFS, the same at every call.
pub fn chime() -> Vec<f32> {
    let strikes = (TONES_HZ.len() - 1) as u64;
    let length = frames_in_millis(strikes * STRIKE_MS + RING_MS) as usize;
    let mut samples = vec![0.0_f64; length];
    for (strike, tone_hz) in (0..).zip(TONES_HZ) {
        let start = frames_in_millis(strike * STRIKE_MS) as usize;
        for (n, sample) in samples[start..].iter_mut().enumerate() {
            *sample += ringing(tone_hz, n as f64 / f64::from(RATE_HZ));
        }
    }
    let highest = samples
        .iter()
        .fold(0.0_f64, |most, sample| most.max(sample.abs()));
    let scale = amplitude(PEAK_DBFS) / highest;
    let fade = frames_in_millis(100) as usize;
    let scaled = samples.iter().enumerate().map(|(n, sample)| {
        let to_end = (length - n) as f64 / fade as f64;
        (sample * scale * to_end.min(1.0)) as f32
    });
    scaled.collect()
}

/// One struck tone, `time_s` after the strike.
fn ringing(tone_hz: f64, time_s: f64) -> f64 {
    let attack = (time_s * 1000.0 / ATTACK_MS).min(1.0);
    let partial = |(multiple, share): (f64, f64)| {
        // Higher partials die sooner.
        let decay = (-time_s * multiple.sqrt() / DECAY_S).exp();
        share * decay * (std::f64::consts::TAU * tone_hz * multiple * time_s).sin()
    };
    attack * PARTIALS.into_iter().map(partial).sum::<f64>()
}
