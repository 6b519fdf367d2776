//! On the station a recording is decoded when it arrives, and cannot fail to decode later.

use std::fs;

use programme::ids::ContentHash;
use recordings::error::{Damage, Error};
use recordings::wav::{PLAIN_RATE_HZ, Reader, plain, ready};

use crate::Outcome;
use crate::files::{Folder, heard_by_ffmpeg, sample, write_wav};

#[test]
fn a_ready_recording_is_sample_for_sample_what_libopus_hears() -> Outcome {
    let folder = Folder::new();
    let (ingested, opus) = folder.ingest(&sample("vneid.vi.m4a"))?;
    let wav = folder.path("ready.wav");
    let ready = ready(&opus, &ingested.hash, &wav)?;
    assert_eq!(ready.duration.as_millis(), u128::from(ingested.duration_ms));
    assert_eq!(ready.wav_hash, ContentHash::of(&fs::read(&wav)?));
    assert_eq!(ready.size_bytes, fs::metadata(&wav)?.len());
    let reference = heard_by_ffmpeg(&opus, &["-c:a", "libopus"], 48_000);
    let mut reader = Reader::open(&wav)?;
    assert_eq!(
        (reader.frames(), ready.frames),
        (reference.len() as u64, reader.frames())
    );
    let mut samples = vec![0.0; reference.len() + 10];
    assert_eq!(reader.read(&mut samples)?, reference.len());
    for (sample, reference) in samples.iter().zip(&reference) {
        assert!((sample - reference).abs() < 1.1 / 32_768.0);
    }
    assert_eq!(reader.read(&mut samples)?, 0);
    Ok(())
}

#[test]
fn a_reader_goes_to_any_frame_and_on_from_there() -> Outcome {
    let folder = Folder::new();
    let wav = folder.path("ready.wav");
    write_wav(
        &wav,
        48_000,
        (0..10_000_u16).map(|n| f32::from(n) / 32_767.0),
    );
    let mut reader = Reader::open(&wav)?;
    let mut block = [0.0; 100];
    reader.seek(1_234)?;
    assert_eq!(reader.position(), 1_234);
    assert_eq!(reader.read(&mut block)?, 100);
    assert_eq!(block[0] * 32_768.0, 1_234.0);
    assert_eq!(reader.position(), 1_334);
    reader.seek(9_950)?;
    assert_eq!(reader.read(&mut block)?, 50);
    assert_eq!(block[49] * 32_768.0, 9_999.0);
    reader.seek(99_999)?;
    assert_eq!((reader.position(), reader.read(&mut block)?), (10_000, 0));
    Ok(())
}

#[test]
fn an_altered_recording_is_not_made_ready() -> Outcome {
    let folder = Folder::new();
    let (ingested, opus) = folder.ingest(&sample("vneid.vi.m4a"))?;
    let mut bytes = fs::read(&opus)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let altered = folder.keep("altered.opus", &bytes);
    let wav = folder.path("ready.wav");
    let result = ready(&altered, &ingested.hash, &wav);
    assert!(
        matches!(result, Err(Error::Unreadable(Damage::Altered))),
        "{result:?}"
    );
    // Even under its own hash, a page with a wrong checksum is not played.
    let result = ready(&altered, &ContentHash::of(&bytes), &wav);
    assert!(
        matches!(result, Err(Error::Unreadable(Damage::Damaged { .. }))),
        "{result:?}"
    );
    let half = &bytes[..middle];
    let result = ready(
        &folder.keep("half.opus", half),
        &ContentHash::of(half),
        &wav,
    );
    assert!(matches!(result, Err(Error::Unreadable(_))), "{result:?}");
    assert!(!wav.exists());
    Ok(())
}

#[test]
fn only_our_own_kind_of_file_is_made_ready() -> Outcome {
    let folder = Folder::new();
    let voice = folder.voice(48_000, 2);
    for (arguments, name) in [
        (["-c:a", "libopus"].as_slice(), "stereo.opus"),
        (&["-c:a", "libvorbis"], "voice.ogg"),
        (&[], "voice.wav"),
    ] {
        let file = folder.made(&voice, arguments, name);
        let hash = ContentHash::of(&fs::read(&file)?);
        let result = ready(&file, &hash, &folder.path("ready.wav"));
        assert!(
            matches!(result, Err(Error::Unreadable(_))),
            "{name}: {result:?}"
        );
    }
    let result = ready(
        &folder.path("none"),
        &ContentHash::of(b""),
        &folder.path("ready.wav"),
    );
    assert!(matches!(result, Err(Error::Storage(_))), "{result:?}");
    Ok(())
}

#[test]
fn a_torn_wav_is_not_opened() -> Outcome {
    let folder = Folder::new();
    let wav = folder.path("ready.wav");
    write_wav(&wav, 48_000, (0..48_000).map(|_| 0.1));
    let bytes = fs::read(&wav)?;
    let torn = folder.keep("torn.wav", &bytes[..bytes.len() - 2]);
    let result = Reader::open(&torn).map(drop);
    assert!(
        matches!(result, Err(Error::Unreadable(Damage::Truncated { .. }))),
        "{result:?}"
    );
    let foreign = folder.path("foreign.wav");
    write_wav(&foreign, 44_100, (0..48_000).map(|_| 0.1));
    assert!(matches!(
        Reader::open(&foreign).map(drop),
        Err(Error::Unreadable(_))
    ));
    Ok(())
}

#[test]
fn a_plain_file_has_both_sides_and_the_rate_of_a_compact_disc_and_is_as_loud() -> Outcome {
    let folder = Folder::new();
    let (ingested, opus) = folder.ingest(&sample("vneid.vi.m4a"))?;
    let wav = folder.path("plain.wav");
    let duration = plain(&opus, &ingested.hash, &wav)?;
    assert_eq!(duration.as_millis(), u128::from(ingested.duration_ms));
    let mut file = hound::WavReader::open(&wav)?;
    let spec = file.spec();
    assert_eq!((spec.channels, spec.sample_rate), (2, PLAIN_RATE_HZ));
    assert_eq!(spec.bits_per_sample, 16);
    let both: Vec<i16> = file.samples().collect::<Result<_, _>>()?;
    let left: Vec<f32> = both
        .chunks(2)
        .map(|pair| f32::from(pair[0]) / 32_768.0)
        .collect();
    assert!(both.chunks(2).all(|pair| pair[0] == pair[1]));
    let reference = heard_by_ffmpeg(&opus, &["-c:a", "libopus"], 44_100);
    let apart = left.len().abs_diff(reference.len());
    assert!(apart < 10, "{} and {}", left.len(), reference.len());
    let power = |samples: &[f32]| samples.iter().map(|one| one * one).sum::<f32>();
    let louder = power(&left) / power(&reference);
    assert!((0.98..1.02).contains(&louder), "{louder}");
    Ok(())
}
