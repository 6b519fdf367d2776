//! Sounds to be found again: noise in the rhythm of speech, of which no two stretches are alike, so
//! that its place can be told to the sample.

use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

/// Frames in a syllable, a fifth of a second.
const SYLLABLE: usize = 9_600;

/// `frames` frames of a sound that is as loud as speech; another `seed` gives another sound. Every
/// sample is one that 16 bits can hold, and it begins and ends at full level.
pub fn chatter(seed: u64, frames: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut noise = || {
        // Marsaglia's xorshift64 (Journal of Statistical Software 8/14).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    let mut smooth = 0.0;
    let voice = (0..frames).map(|frame| {
        smooth += 0.5 * (noise() - smooth);
        let within = (frame % SYLLABLE) as f32 / SYLLABLE as f32;
        let loud = 0.3 + 0.7 * (within * std::f32::consts::TAU).cos().abs();
        (smooth * loud * 0.6 * 32_768.0).round() / 32_768.0
    });
    voice.collect()
}

/// Writes a recording as it is kept on a station: 48 kHz, mono, 16 bits.
#[expect(
    clippy::disallowed_methods,
    reason = "what a story hears goes with its folder"
)]
pub fn write_wav(path: &Path, samples: &[f32]) {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = WavWriter::create(path, spec).expect("a file for the recording");
    for sample in samples {
        file.write_sample((sample * 32_768.0).round() as i16)
            .expect("room for the recording");
    }
    file.finalize().expect("room for the recording");
}

/// Reads a WAV file of one channel and 16 bits.
pub fn read_wav(path: &Path) -> Vec<f32> {
    let mut file = hound::WavReader::open(path).expect("a WAV file");
    let samples = file.samples::<i16>();
    samples
        .map(|sample| f32::from(sample.expect("a sample")) / 32_768.0)
        .collect()
}

/// Reads what has come into a WAV file whose writer may have been killed: its head is 44 bytes, and
/// what that says of its length is not believed.
pub fn read_cut_wav(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).expect("a file");
    let samples = bytes.get(44..).unwrap_or_default().chunks_exact(2);
    let sample = |bytes: &[u8]| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32_768.0;
    samples.map(sample).collect()
}
