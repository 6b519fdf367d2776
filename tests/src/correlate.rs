//! Finds a known sound in what was heard, to the sample, whatever its level.

use std::ops::Range;

use realfft::RealFftPlanner;

/// Where a sound was found, and how like itself it sounded there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The frame at which it begins.
    pub frame: usize,
    /// The normalised correlation: 1 is the sound itself, whatever its level, 0 is another sound.
    pub likeness: f64,
    /// By which factor it is louder than the original.
    pub gain: f64,
}

/// The place within `heard` where `sound` fits best. All of `sound` must lie in `heard`.
///
/// # Panics
/// When `sound` is empty, silent, or longer than `heard`.
pub fn find(sound: &[f32], heard: &[f32]) -> Found {
    assert!(
        !sound.is_empty() && sound.len() <= heard.len(),
        "a sound that may lie in the capture"
    );
    let own = energy(sound);
    assert!(own > 0.0, "silence is found everywhere");
    let products = correlate(sound, heard);
    let energies = sliding_energy(heard, sound.len());
    let mut best = Found {
        frame: 0,
        likeness: f64::MIN,
        gain: 0.0,
    };
    for (frame, (product, energy)) in products.into_iter().zip(energies).enumerate() {
        // Rounding errors of the transform look like anything where there is next to nothing.
        if energy > own * 1e-6 {
            let likeness = product / (own * energy).sqrt();
            if likeness > best.likeness {
                best = Found {
                    frame,
                    likeness,
                    gain: product / own,
                };
            }
        }
    }
    best
}

/// [`find`] within a stretch of what was heard.
///
/// # Panics
/// As [`find`].
pub fn find_in(sound: &[f32], heard: &[f32], within: Range<usize>) -> Found {
    let within = within.start..within.end.min(heard.len());
    let found = find(sound, &heard[within.clone()]);
    Found {
        frame: found.frame + within.start,
        ..found
    }
}

/// The sum of products of `sound` with `heard`, for each place at which all of `sound` fits.
fn correlate(sound: &[f32], heard: &[f32]) -> Vec<f64> {
    let length = heard.len().next_power_of_two() * 2;
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(length),
        planner.plan_fft_inverse(length),
    );
    let spectrum = |samples: &[f32]| {
        let mut padded: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
        padded.resize(length, 0.0);
        let mut spectrum = forward.make_output_vec();
        forward
            .process(&mut padded, &mut spectrum)
            .expect("lengths that fit");
        spectrum
    };
    let mut product = spectrum(heard);
    for (heard, sound) in product.iter_mut().zip(spectrum(sound)) {
        *heard *= sound.conj();
    }
    let mut products = inverse.make_output_vec();
    inverse
        .process(&mut product, &mut products)
        .expect("lengths that fit");
    products.truncate(heard.len() - sound.len() + 1);
    products
        .iter_mut()
        .for_each(|product| *product /= length as f64);
    products
}

fn sliding_energy(heard: &[f32], window: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(heard.len() + 1);
    sums.push(0.0);
    for sample in heard {
        sums.push(sums[sums.len() - 1] + f64::from(*sample) * f64::from(*sample));
    }
    sums.windows(window + 1)
        .map(|sums| sums[window] - sums[0])
        .collect()
}

fn energy(sound: &[f32]) -> f64 {
    sound
        .iter()
        .map(|sample| f64::from(*sample) * f64::from(*sample))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chatter::chatter;

    #[test]
    fn a_sound_is_found_to_the_sample_at_its_own_level() {
        let sound = chatter(1, 5_000);
        let mut heard = vec![0.0; 20_000];
        for (place, sample) in heard[7_321..].iter_mut().zip(&sound) {
            *place = sample * 0.25;
        }
        let found = find(&sound, &heard);
        assert_eq!(found.frame, 7_321);
        assert!(found.likeness > 0.999_999, "{found:?}");
        assert!((found.gain - 0.25).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn another_sound_is_not_taken_for_it() {
        let found = find(&chatter(1, 5_000), &chatter(2, 20_000));
        assert!(found.likeness < 0.2, "{found:?}");
    }
}
