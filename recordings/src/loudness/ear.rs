//! Integrated loudness as ITU-R BS.1770-4 defines it, for one channel at 48 kHz.
//!
//! The sound is weighted as an ear would, its energy is taken over blocks of 400 ms, one every
//! 100 ms, and the blocks are gated twice: by an absolute floor, and by what remains. Ingest hears
//! every sound more than twice, so this is written to cost little; that it hears what libebur128
//! hears is tested.

use crate::clean::Biquad;
use crate::pcm::RATE_HZ;

/// The two filters of the K weighting at 48 kHz (BS.1770-4 tables 1 and 2): the head as a sphere,
/// and a revised low-frequency B curve.
const HEAD: ([f64; 3], [f64; 2]) = (
    [
        1.535_124_859_586_97,
        -2.691_696_189_406_38,
        1.198_392_810_852_85,
    ],
    [-1.690_659_293_182_41, 0.732_480_774_215_85],
);
const LOW: ([f64; 3], [f64; 2]) = (
    [1.0, -2.0, 1.0],
    [-1.990_047_454_833_98, 0.990_072_250_366_21],
);

/// Frames from the start of one block to that of the next.
const HOP: usize = RATE_HZ as usize / 10;
/// Hops in one block.
const BLOCK_HOPS: usize = 4;

/// The absolute gate: nothing below it has a loudness.
pub(super) const FLOOR_LUFS: f64 = -70.0;
/// The relative gate lies this far below the mean of what passed the absolute one: 10 LU.
const RELATIVE_GATE: f64 = 0.1;

/// Hears mono sound at [`RATE_HZ`] and knows its loudness afterwards.
pub(crate) struct Ear {
    head: Biquad,
    low: Biquad,
    /// Energy of the hop that is being heard, and how many frames of it were.
    energy: f64,
    heard: usize,
    /// Energies of the last hops; a block ends with each.
    hops: [f64; BLOCK_HOPS],
    whole_hops: usize,
    /// Mean energy per frame of every block above the absolute gate.
    blocks: Vec<f64>,
}

impl Ear {
    pub(crate) fn new() -> Self {
        Self {
            head: Biquad::new(HEAD.0, HEAD.1),
            low: Biquad::new(LOW.0, LOW.1),
            energy: 0.0,
            heard: 0,
            hops: [0.0; BLOCK_HOPS],
            whole_hops: 0,
            blocks: Vec::new(),
        }
    }

    /// Hears `samples`.
    pub(crate) fn push(&mut self, samples: &[f32]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(HOP - self.heard));
            self.energy += self.weighted_energy(now);
            self.heard += now.len();
            rest = later;
            if self.heard == HOP {
                self.end_hop();
            }
        }
    }

    /// Hears `samples` as what went before: the filters settle on it, nothing of it is counted.
    pub(crate) fn seed(&mut self, samples: &[f32]) {
        self.weighted_energy(samples);
    }

    fn weighted_energy(&mut self, samples: &[f32]) -> f64 {
        let (head, low, mut energy) = (&mut self.head, &mut self.low, 0.0);
        for &sample in samples {
            let weighted = low.step(head.step(f64::from(sample)));
            energy += weighted * weighted;
        }
        head.settle();
        low.settle();
        energy
    }

    fn end_hop(&mut self) {
        self.hops[self.whole_hops % BLOCK_HOPS] = self.energy;
        self.whole_hops += 1;
        (self.energy, self.heard) = (0.0, 0);
        if self.whole_hops >= BLOCK_HOPS {
            let block = self.hops.iter().sum::<f64>() / (BLOCK_HOPS * HOP) as f64;
            if block > energy(FLOOR_LUFS) {
                self.blocks.push(block);
            }
        }
    }

    /// The integrated loudness, in LUFS, of what `ears` heard of one sound, part after part; the
    /// floor if nothing of it passed the gates.
    pub(crate) fn together<'a>(ears: impl Iterator<Item = &'a Self> + Clone) -> f64 {
        let gated = |gate: f64| {
            let blocks = ears
                .clone()
                .flat_map(|ear| &ear.blocks)
                .filter(|&&block| block > gate);
            let (count, sum) =
                blocks.fold((0_u64, 0.0), |(count, sum), block| (count + 1, sum + block));
            sum / count.max(1) as f64
        };
        let mean = gated(gated(0.0) * RELATIVE_GATE);
        loudness(mean).max(FLOOR_LUFS)
    }
}

/// The loudness of a mean energy per frame, and the inverse (BS.1770-4 Annex 1).
fn loudness(energy: f64) -> f64 {
    -0.691 + 10.0 * energy.log10()
}

fn energy(loudness: f64) -> f64 {
    10_f64.powf((loudness + 0.691) / 10.0)
}

#[cfg(test)]
mod tests {
    use ebur128::{EbuR128, Mode};

    use super::*;

    /// Noise whose level wanders by 60 dB, with digital silence in it.
    fn wandering(frames: usize) -> Vec<f32> {
        let mut random = 0x1234_5678_u32;
        let noise = std::iter::repeat_with(|| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random as f32 / u32::MAX as f32 - 0.5
        });
        let level = |frame: usize| match frame / 50_000 % 5 {
            0 => 0.0,
            step => 10_f32.powi(-(step as i32 - 1)),
        };
        let frames = noise.take(frames).enumerate();
        frames.map(|(frame, noise)| noise * level(frame)).collect()
    }

    fn by_libebur128(parts: &[&[f32]], seed: &[f32]) -> f64 {
        let mut ears = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let mut ear = EbuR128::new(1, RATE_HZ, Mode::I).expect("an ear");
            if number > 0 {
                ear.seed_frames_f32(seed).expect("samples");
            }
            ear.add_frames_f32(part).expect("samples");
            ears.push(ear);
        }
        EbuR128::loudness_global_multiple(ears.iter()).expect("a loudness")
    }

    #[test]
    fn it_hears_what_libebur128_hears() {
        let sound = wandering(777_777);
        let mut ear = Ear::new();
        sound.chunks(1_153).for_each(|block| ear.push(block));
        let (ours, theirs) = (
            Ear::together([&ear].into_iter()),
            by_libebur128(&[&sound], &[]),
        );
        assert!((ours - theirs).abs() < 0.001, "{ours} LUFS, {theirs} LUFS");
    }

    #[test]
    fn it_hears_a_sound_in_two_parts_as_libebur128_does() {
        let sound = wandering(777_777);
        let (first, second) = sound.split_at(400_000);
        let seed = &first[first.len() - 9_600..];
        let (mut one, mut other) = (Ear::new(), Ear::new());
        one.push(first);
        other.seed(seed);
        other.push(second);
        let ours = Ear::together([&one, &other].into_iter());
        let theirs = by_libebur128(&[first, second], seed);
        assert!((ours - theirs).abs() < 0.001, "{ours} LUFS, {theirs} LUFS");
    }

    #[test]
    fn silence_and_what_is_shorter_than_a_block_have_the_floor_s_loudness() {
        for sound in [vec![0.0; 96_000], vec![1.0; 4 * HOP - 1], Vec::new()] {
            let mut ear = Ear::new();
            ear.push(&sound);
            assert_eq!(Ear::together([&ear].into_iter()), FLOOR_LUFS);
        }
    }
}
