//! The plain file for old phones: as long as it says, the same sound, and the same bytes from
//! wherever it is read.

use std::io::Cursor;
use std::time::Duration;

use recordings::encode::{Coding, encode};
use recordings::streamed::{Streamed, size_bytes};

use crate::Outcome;

/// So many seconds of a tone as the library keeps it.
fn tone(seconds: u64) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let wave = |n: u64| 0.3 * (n as f32 * 400.0 * std::f32::consts::TAU / 48_000.0).sin();
    let samples: Vec<f32> = (0..seconds * 48_000).map(wave).collect();
    let mut bytes = Vec::new();
    encode(&samples[..], Coding::default(), None, &|_| Ok(()))?.write(&mut bytes)?;
    Ok(bytes)
}

/// The file from `at` on.
fn from(file: &Streamed, at: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    loop {
        let more = file.read((at + bytes.len()) as u64)?;
        if more.is_empty() {
            return Ok(bytes);
        }
        bytes.extend(more);
    }
}

#[test]
fn it_is_as_long_as_was_said_before_anything_was_decoded_and_sounds_alike() -> Outcome {
    let opus = tone(2)?;
    for millis in [2_000, 1_500, 2_400] {
        let duration = Duration::from_millis(millis);
        let file = from(&Streamed::open(Cursor::new(&opus), duration)?, 0)?;
        assert_eq!(file.len() as u64, size_bytes(duration));
        let reader = hound::WavReader::new(Cursor::new(file))?;
        let spec = reader.spec();
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (1, 16_000, 16)
        );
        assert_eq!(u64::from(reader.duration()), millis * 16);
        let samples: Vec<i16> = reader.into_samples().collect::<Result<_, _>>()?;
        let second = &samples[4_000..20_000];
        let rises = second.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0);
        let hz = rises.count();
        assert!((398..=402).contains(&hz), "{hz} Hz");
        let loud = second.iter().copied().max().unwrap_or(0);
        assert!((8_000..12_000).contains(&loud), "{loud}");
        let after = samples.get(32_400..).unwrap_or_default();
        assert!(after.iter().all(|sample| *sample == 0), "silence follows");
    }
    Ok(())
}

#[test]
fn a_part_of_it_is_the_same_bytes_as_in_the_whole_and_no_seam_is_heard() -> Outcome {
    let file = Streamed::open(Cursor::new(tone(12)?), Duration::from_secs(12))?;
    let whole = from(&file, 0)?;
    for at in [0, 1, 43, 44, 45, 160_043, 160_044, 200_001, whole.len() - 1] {
        assert_eq!(from(&file, at)?, whole[at..], "from {at} on");
    }
    assert!(file.read(whole.len() as u64)?.is_empty());
    assert!(file.read(u64::MAX)?.is_empty());
    let samples = whole[44..].chunks_exact(2);
    let samples: Vec<i32> = samples
        .map(|two| i16::from_le_bytes([two[0], two[1]]).into())
        .collect();
    // A tone of 400 Hz moves by less than a sixth of its height from sample to sample.
    let steps = samples[1_000..]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs());
    let widest = steps.max().unwrap_or(0);
    assert!(widest < 2_200, "{widest}");
    Ok(())
}

#[test]
fn what_is_no_recording_of_ours_or_is_cut_off_is_refused() -> Outcome {
    let second = Duration::from_secs(1);
    assert!(Streamed::open(Cursor::new(b"RIFF".to_vec()), second).is_err());
    let mut opus = tone(1)?;
    opus.truncate(opus.len() / 2);
    assert!(Streamed::open(Cursor::new(opus), second).is_err());
    Ok(())
}
