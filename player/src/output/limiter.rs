//! Holds what is louder than full scale, seeing each peak coming 5 ms ahead: the level is down when
//! the peak is there, so that no peak is cut off, and comes back slowly.
//!
//! The one of `recordings` is another: it levels whole files in blocks, by true peaks, and its
//! level comes back at once. This one runs on the sounding thread, a frame at a time: it neither
//! waits nor allocates, and what fits passes bit by bit as it was.

use super::RATE;

/// Frames that are seen ahead, over which the level goes down: 5 ms.
const AHEAD: usize = RATE as usize / 200;

/// A gain of one. Gains are whole parts of it, so that what was added to a sum can be taken away
/// again to the last bit.
const ONE: u32 = 1 << 30;

/// What comes back with each frame: a half within half a second.
const RELEASE: u32 = ONE / RATE;

/// What comes back while a frame goes from the far end of the view to the near one.
const RELEASE_AHEAD: u32 = RELEASE * AHEAD as u32;

/// The samples that are seen, and the gains that they bear.
///
/// A sample goes out at the mean of the gains from its own to the newest. None of them is more than
/// it bears: a gain falls at once, and does not rise while a sample is in view that it would reach.
#[derive(Debug)]
pub(super) struct Limiter {
    samples: [f32; AHEAD],
    gains: [u32; AHEAD],
    sum: u64,
    /// Where the oldest lies, and how many there are.
    oldest: usize,
    count: usize,
    /// The gain of the newest, and for how many frames it does not rise.
    gain: u32,
    held: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            samples: [0.0; AHEAD],
            gains: [0; AHEAD],
            sum: 0,
            oldest: 0,
            count: 0,
            gain: ONE,
            held: 0,
        }
    }
}

impl Limiter {
    pub(super) fn has_room(&self) -> bool {
        self.count < AHEAD
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes the sample that comes next, if there is room.
    pub(super) fn see(&mut self, sample: f32) {
        if !self.has_room() {
            return;
        }
        let borne = borne(sample);
        if borne < (self.gain + RELEASE_AHEAD).min(ONE) {
            self.held = AHEAD;
        }
        if self.held == 0 {
            self.gain = (self.gain + RELEASE).min(ONE);
        } else {
            self.held -= 1;
            self.gain = self.gain.min(borne);
        }
        let place = (self.oldest + self.count) % AHEAD;
        self.samples[place] = sample;
        self.gains[place] = self.gain;
        self.sum += u64::from(self.gain);
        self.count += 1;
    }

    /// The oldest sample, held so that all that is seen fits. What is not seen yet is taken to be
    /// as loud as the newest.
    pub(super) fn pop(&mut self) -> Option<f32> {
        if self.is_empty() {
            return None;
        }
        let unseen = (AHEAD - self.count) as u64 * u64::from(self.gain);
        let gain = (self.sum + unseen) as f32 / (AHEAD as u64 * u64::from(ONE)) as f32;
        let sample = self.samples[self.oldest];
        self.sum -= u64::from(self.gains[self.oldest]);
        self.oldest = (self.oldest + 1) % AHEAD;
        self.count -= 1;
        // Not even the last bit goes over.
        Some((sample * gain).clamp(-1.0, 1.0))
    }
}

/// The most that a sample bears.
fn borne(sample: f32) -> u32 {
    let peak = sample.abs();
    if peak <= 1.0 {
        return ONE;
    }
    (ONE as f32 / peak) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `sound` as it leaves the limiter, which sees as far ahead as it can.
    fn limited(sound: &[f32]) -> Vec<f32> {
        let mut limiter = Limiter::default();
        let mut coming = sound.iter();
        let mut out = Vec::new();
        loop {
            while limiter.has_room()
                && let Some(sample) = coming.next()
            {
                limiter.see(*sample);
            }
            match limiter.pop() {
                Some(sample) => out.push(sample),
                None => return out,
            }
        }
    }

    #[test]
    fn a_peak_keeps_its_shape_and_what_stands_before_it_goes_down_in_time() {
        let mut sound = vec![0.5; 2_000];
        sound[1_000..1_010].copy_from_slice(&[1.2, 1.4, 1.6, 1.8, 2.0, 2.0, 1.8, 1.6, 1.4, 1.2]);
        let out = limited(&sound);
        for (at, (sample, given)) in out.iter().zip(&sound).enumerate().skip(1_000).take(10) {
            assert!((sample - given / 2.0).abs() < 0.01, "{at}: {sample}");
        }
        assert!(out[..1_000 - AHEAD].iter().all(|sample| *sample == 0.5));
        let down = &out[1_000 - AHEAD..1_000];
        assert!(down.windows(2).all(|pair| pair[0] >= pair[1]), "a ramp");
        let step = |pair: &[f32]| (pair[0] - pair[1]).abs();
        let steepest = down.windows(2).map(step).fold(0.0, f32::max);
        assert!(steepest < 0.002, "and no step: {steepest}");
    }

    #[test]
    fn what_fits_passes_bit_by_bit_and_as_long_as_it_was() {
        let sound: Vec<f32> = (0..5_000).map(|n| (n as f32 * 0.37).sin()).collect();
        assert_eq!(limited(&sound), sound);
        assert_eq!(limited(&[0.25; 3]), [0.25; 3], "shorter than the view");
        assert!(limited(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn the_level_moves_in_no_step_however_loud_it_is(
            loud in proptest::collection::vec((0.5_f32..4.0, proptest::bool::ANY), 1..3_000),
        ) {
            let signed = |(peak, below): &(f32, bool)| if *below { -peak } else { *peak };
            let sound: Vec<f32> = loud.iter().map(signed).collect();
            let out = limited(&sound);
            prop_assert_eq!(out.len(), sound.len());
            prop_assert!(out.iter().all(|sample| sample.abs() <= 1.0));
            // A peak that is cut off stands out by a gain of its own.
            let gains = out.iter().zip(&sound).map(|(out, given)| out / given);
            let gains: Vec<f32> = gains.collect();
            let step = 1.0 / AHEAD as f32 + 1e-5;
            prop_assert!(gains.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= step));
        }
    }
}
