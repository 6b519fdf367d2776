//! Whether a recording that was aired is in what a microphone heard.
//!
//! A horn, a valley and a cheap microphone change nearly everything of a sound. What they leave is
//! when each band of speech swells and fades, so that is what is compared: the cube root of the
//! energy in eight bands, fifty times a second, each freed of its own slow mean, and correlated
//! with its own mean and spread taken out, which makes gain and colour fall out as well. The place
//! is not known, for sound cards and valleys delay: the best one within [`LATEST`] counts. One
//! comparison takes eight seconds at most, so that clocks that differ by 200 millionths move
//! nothing in it; the median of all comparisons decides.
//!
//! It hears whether a sound is there, and says nothing about how well it can be understood.

pub mod bands;

pub use bands::{BANDS, Bands, FRAMES, Frame};

const SECOND: usize = FRAMES as usize;

/// How many frames of what was heard are compared at a time, at most.
pub const WINDOW: usize = 8 * SECOND;

/// How many frames must have been heard before anything can be said.
pub const SHORTEST: usize = 5 * SECOND;

/// How many frames late the sound may arrive, all buffers on the way included.
pub const LATEST: usize = 3 * SECOND;

/// How many frames early it may seem to arrive, where the two times are not known better.
pub const EARLIEST: usize = SECOND * 3 / 10;

/// From this likeness on the recording was heard, in percent. Measured with ten spoken recordings,
/// in `tests/sound/recognise.rs`, which prints the table; ARCHITECTURE.md has its figures.
pub const HEARD: u8 = 38;

/// Below this likeness it was not heard, in percent; between the two nobody can tell.
pub const NOT_HEARD: u8 = 28;

/// A recording's frame of at least this energy sounds: −60 dB below full scale.
const SOUNDS: f32 = 1e-6;

/// How many frames of the recording must sound for a comparison to mean anything.
const ENOUGH: usize = SECOND * 5 / 2;

/// Half the span of which the mean is taken out of a contour.
const HALF_MEAN: usize = SECOND / 2;

/// What can be said, with the likeness in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The recording is in what was heard.
    Heard(u8),
    /// It is not.
    NotHeard(u8),
    /// It is like it, and not enough so: it may be drowned in noise.
    Unclear(u8),
    /// There was not enough to compare.
    TooShort,
}

/// Collects comparisons, in memory that does not grow.
#[derive(Debug, Clone)]
pub struct Recogniser {
    /// How many comparisons had each likeness, in percent.
    counts: [u32; 101],
}

impl Default for Recogniser {
    fn default() -> Self {
        Self { counts: [0; 101] }
    }
}

impl Recogniser {
    /// Compares the frames `heard` with `own`, which are those of the recording from [`LATEST`]
    /// ahead of the first heard one to [`EARLIEST`] behind the last one. Nothing is compared while
    /// too little was heard, or too little sounded.
    pub fn compare(&mut self, own: &[Frame], heard: &[Frame]) {
        let sounding = own
            .iter()
            .filter(|frame| frame.iter().sum::<f32>() > SOUNDS);
        let long = heard.len() >= SHORTEST && own.len() > heard.len();
        if !long || sounding.count() < ENOUGH {
            return;
        }
        let percent = (likeness(own, heard) * 100.0).clamp(0.0, 100.0).round() as usize;
        if let Some(count) = self.counts.get_mut(percent) {
            *count = count.saturating_add(1);
        }
    }

    /// What can be said after all comparisons so far.
    pub fn verdict(&self) -> Verdict {
        let all: u32 = self.counts.iter().sum();
        let mut below = 0;
        for (percent, count) in (0_u8..).zip(self.counts) {
            below += count;
            if all > 0 && below * 2 >= all {
                return match percent {
                    HEARD.. => Verdict::Heard(percent),
                    NOT_HEARD.. => Verdict::Unclear(percent),
                    _ => Verdict::NotHeard(percent),
                };
            }
        }
        Verdict::TooShort
    }
}

/// How like `own` the frames `heard` are at the best place: the mean of the bands' correlations,
/// 1 for the sound itself.
fn likeness(own: &[Frame], heard: &[Frame]) -> f32 {
    let places = own.len() - heard.len() + 1;
    let mut sums = vec![0.0_f32; places];
    for band in 0..BANDS {
        let heard = Contour::of(heard, band);
        let own = Contour::of(own, band);
        let length = heard.values.len();
        let spread = heard.spread(0, length);
        for (place, sum) in sums.iter_mut().enumerate() {
            let here = own.values.get(place..place + length).unwrap_or_default();
            let products: f32 = here.iter().zip(&heard.values).map(|(a, b)| a * b).sum();
            let means = own.mean(place, length) * heard.mean(0, length) * length as f64;
            let product = f64::from(products) - means;
            let spreads = (own.spread(place, length) * spread).sqrt();
            // What does not move correlates with nothing.
            if spreads > 1e-12 {
                *sum += (product / spreads) as f32;
            }
        }
    }
    sums.into_iter().fold(0.0, f32::max) / BANDS as f32
}

/// How one band swells and fades.
struct Contour {
    values: Vec<f32>,
    /// Sums of all values, and of all their squares, up to each place.
    sums: Vec<(f64, f64)>,
}

impl Contour {
    fn of(frames: &[Frame], band: usize) -> Self {
        let loud = frames
            .iter()
            .map(|frame| frame.get(band).map_or(0.0, |e| e.cbrt()));
        let loud: Vec<f32> = loud.collect();
        let upto = sums(&loud);
        let values = loud.iter().enumerate().map(|(at, value)| {
            let from = at.saturating_sub(HALF_MEAN);
            let until = (at + HALF_MEAN + 1).min(loud.len());
            value - (between(&upto, from, until).0 / (until - from) as f64) as f32
        });
        let values: Vec<f32> = values.collect();
        let sums = sums(&values);
        Self { values, sums }
    }

    fn mean(&self, from: usize, length: usize) -> f64 {
        between(&self.sums, from, from + length).0 / length as f64
    }

    /// The sum of squares around the mean.
    fn spread(&self, from: usize, length: usize) -> f64 {
        let (sum, squares) = between(&self.sums, from, from + length);
        (squares - sum * sum / length as f64).max(0.0)
    }
}

fn sums(values: &[f32]) -> Vec<(f64, f64)> {
    let mut upto = vec![(0.0, 0.0)];
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in values {
        sum += f64::from(*value);
        squares += f64::from(*value) * f64::from(*value);
        upto.push((sum, squares));
    }
    upto
}

fn between(upto: &[(f64, f64)], from: usize, until: usize) -> (f64, f64) {
    match (upto.get(from), upto.get(until)) {
        (Some(before), Some(after)) => (after.0 - before.0, after.1 - before.1),
        _ => (0.0, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames that swell and fade at random.
    fn swelling(seed: u32, count: usize) -> Vec<Frame> {
        let mut state = seed;
        let mut level = [0.1_f32; BANDS];
        let frames = (0..count).map(|_| {
            for one in &mut level {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *one = 0.9 * *one + 0.01 * (state >> 8) as f32 / (1 << 24) as f32;
            }
            level
        });
        frames.collect()
    }

    #[test]
    fn a_sound_is_found_late_at_another_gain_and_another_one_is_not() {
        let own = swelling(1, WINDOW + LATEST + EARLIEST);
        let late = &own[40..40 + WINDOW];
        let quiet: Vec<Frame> = late.iter().map(|frame| frame.map(|e| e * 1e-4)).collect();
        let mut recogniser = Recogniser::default();
        recogniser.compare(&own, &quiet);
        assert_eq!(recogniser.verdict(), Verdict::Heard(100));
        let mut recogniser = Recogniser::default();
        recogniser.compare(&own, &swelling(2, WINDOW));
        let verdict = recogniser.verdict();
        assert!(matches!(verdict, Verdict::NotHeard(_)), "{verdict:?}");
    }

    #[test]
    fn silence_is_not_heard_and_a_pause_or_a_moment_says_nothing() {
        let own = swelling(1, WINDOW + LATEST + EARLIEST);
        let silence = vec![[0.0; BANDS]; WINDOW];
        let mut recogniser = Recogniser::default();
        recogniser.compare(&own, &silence);
        assert_eq!(recogniser.verdict(), Verdict::NotHeard(0));
        let mut recogniser = Recogniser::default();
        recogniser.compare(&vec![[0.0; BANDS]; own.len()], &own[..WINDOW]);
        recogniser.compare(&own, &own[..SHORTEST - 1]);
        assert_eq!(recogniser.verdict(), Verdict::TooShort);
    }

    #[test]
    fn what_half_of_the_comparisons_say_decides() {
        let mut recogniser = Recogniser::default();
        let own = swelling(1, WINDOW + LATEST + EARLIEST);
        recogniser.compare(&own, &own[..WINDOW]);
        recogniser.compare(&own, &own[..WINDOW]);
        recogniser.compare(&own, &vec![[0.0; BANDS]; WINDOW]);
        assert_eq!(recogniser.verdict(), Verdict::Heard(100));
        recogniser.compare(&own, &vec![[0.0; BANDS]; WINDOW]);
        recogniser.compare(&own, &vec![[0.0; BANDS]; WINDOW]);
        assert_eq!(recogniser.verdict(), Verdict::NotHeard(0));
    }
}
