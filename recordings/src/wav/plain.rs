//! A recording for amplifiers that play files by themselves: they know WAV as a compact disc has
//! it, and little else.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use hound::{SampleFormat, WavSpec, WavWriter};
use programme::ids::ContentHash;

use super::{OpusFile, wav_fault};
use crate::clean::Resampler;
use crate::durable::{self, Writer};
use crate::error::{Damage, Error};
use crate::pcm::{self, RATE_HZ};

/// Frames per second of a plain file.
pub const PLAIN_RATE_HZ: u32 = 44_100;

const SPEC: WavSpec = WavSpec {
    channels: 2,
    sample_rate: PLAIN_RATE_HZ,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// Decodes the Ogg Opus file at `opus`, if its content is what `hash` names, to a WAV file at
/// `wav`: stereo with the same on both sides, 44.1 kHz, 16 bit. Gives how long it lasts.
///
/// # Errors
/// [`Error::Unreadable`] for another content or what is no recording of ours; [`Error::Storage`].
pub fn plain(opus: &Path, hash: &ContentHash, wav: &Path) -> Result<Duration, Error> {
    if durable::examine(opus)?.hash != *hash {
        return Err(Error::Unreadable(Damage::Altered));
    }
    let mut decoding = OpusFile::open(BufReader::new(File::open(opus)?))?;
    let mut writer = Writer::create(wav)?;
    let mut wav_writer = WavWriter::new(&mut writer, SPEC).map_err(wav_fault)?;
    let mut resampler = Resampler::between(RATE_HZ, PLAIN_RATE_HZ)?;
    let mut both_sides = |block: &[f32]| -> Result<(), Error> {
        for sample in block {
            let sample = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
            wav_writer.write_sample(sample).map_err(wav_fault)?;
            wav_writer.write_sample(sample).map_err(wav_fault)?;
        }
        Ok(())
    };
    let mut frames = 0;
    let mut samples = Vec::new();
    while let Some(block) = decoding.next_block()? {
        samples.clear();
        samples.extend(block.iter().map(|sample| f32::from(*sample) / 32_768.0));
        frames += block.len() as u64;
        resampler.push(&samples, &mut both_sides)?;
    }
    resampler.finish(&mut both_sides)?;
    wav_writer.finalize().map_err(wav_fault)?;
    writer.commit()?;
    Ok(pcm::duration(frames))
}
