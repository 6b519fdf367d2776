//! The plain file for old phones: as long as it says, and the same sound.

use std::io::Cursor;
use std::time::Duration;

use recordings::encode::{Coding, encode};
use recordings::plain::{HEADER_BYTES, Plain, header, size_bytes};

use crate::Outcome;

/// Two seconds of a tone as the library keeps it.
fn tone() -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let wave = |n: u64| 0.3 * (n as f32 * 400.0 * std::f32::consts::TAU / 48_000.0).sin();
    let samples: Vec<f32> = (0..96_000).map(wave).collect();
    let mut bytes = Vec::new();
    encode(&samples[..], Coding::default(), None, &|_| Ok(()))?.write(&mut bytes)?;
    Ok(bytes)
}

fn plain(opus: Vec<u8>, duration: Duration) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut file = header(duration).to_vec();
    let mut decoding = Plain::open(Cursor::new(opus), duration)?;
    while let Some(block) = decoding.next_block()? {
        file.extend(block);
    }
    Ok(file)
}

#[test]
fn it_is_as_long_as_was_said_before_anything_was_decoded_and_sounds_alike() -> Outcome {
    let opus = tone()?;
    for millis in [2_000, 1_500, 2_400] {
        let duration = Duration::from_millis(millis);
        let file = plain(opus.clone(), duration)?;
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
    assert_eq!(HEADER_BYTES, 44);
    Ok(())
}

#[test]
fn what_is_no_recording_of_ours_is_refused() {
    let second = Duration::from_secs(1);
    assert!(Plain::open(Cursor::new(b"RIFF".to_vec()), second).is_err());
}
