//! A long recording is encoded in two halves at once, and nobody hears where they meet.

use recordings::encode::{Coding, encode};
use recordings::pcm::Sound;

use crate::Outcome;
use crate::files::{Folder, heard_by_ffmpeg, sample};

/// Forty seconds of speech at 48 kHz.
fn speech() -> Vec<f32> {
    let samples = ["vneid.vi.m4a", "vssid.vi.mp3", "health-book.vi.ogg"];
    let all = samples.map(|name| heard_by_ffmpeg(&sample(name), &[], 48_000));
    all.concat().into_iter().take(1_920_000).collect()
}

fn heard(sound: &[f32], seam: Option<u64>) -> Result<Vec<f32>, Box<dyn std::error::Error>> {
    let folder = Folder::new();
    let encoded = encode(sound, Coding::default(), seam, &|_| Ok(()))?;
    let mut bytes = Vec::new();
    encoded.write(&mut bytes)?;
    let file = folder.keep("speech.opus", &bytes);
    let heard = heard_by_ffmpeg(&file, &["-c:a", "libopus"], 48_000);
    assert_eq!(heard.len() as u64, sound.frames());
    Ok(heard)
}

/// The error of `heard` against `sound` in each 20 ms of `frames`, relative to the loudest of them.
fn errors(heard: &[f32], sound: &[f32], frames: std::ops::Range<usize>) -> Vec<f32> {
    let windows = heard[frames.clone()]
        .chunks(960)
        .zip(sound[frames].chunks(960));
    let error = |(heard, sound): (&[f32], &[f32])| {
        let squares = heard.iter().zip(sound).map(|(a, b)| (a - b) * (a - b));
        (squares.sum::<f32>() / 960.0).sqrt()
    };
    windows.map(error).collect()
}

#[test]
fn a_seam_in_the_middle_of_a_word_is_no_worse_than_no_seam() -> Outcome {
    let sound = speech();
    let single = heard(&sound, None)?;
    let level = |at: usize| sound[at..at + 960].iter().map(|x| x * x).sum::<f32>();
    for second in [12, 17, 22, 27] {
        // Not in a pause, as ingest would choose, but in the loudest place of that second.
        let places = (second * 48_000..(second + 1) * 48_000).step_by(960);
        let seam = places
            .max_by(|&a, &b| level(a).total_cmp(&level(b)))
            .unwrap_or(0);
        let split = heard(&sound, Some(seam as u64))?;
        assert_eq!(
            split[..seam - 4_800],
            single[..seam - 4_800],
            "the first half is the same"
        );
        let around = seam - 1_920..seam + 24_000;
        let with = errors(&split, &sound, around.clone());
        let without = errors(&single, &sound, around.clone());
        let (mean_with, mean_without) = (mean(&with), mean(&without));
        assert!(
            mean_with < 1.25 * mean_without,
            "{second}: {mean_with} {mean_without}"
        );
        let worst = |errors: &[f32]| errors.iter().fold(0.0_f32, |most, &e| most.max(e));
        let (with, without) = (worst(&with[..8]), worst(&without));
        assert!(with < 1.5 * without, "{second}: {with} {without}");
    }
    Ok(())
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

#[test]
fn the_same_sound_gives_the_same_bytes() -> Outcome {
    let folder = Folder::new();
    let source = folder.made(
        &sample("vneid.vi.m4a"),
        &["-af", "aloop=3:700000"],
        "long.wav",
    );
    let (first, _) = folder.ingest(&source)?;
    let (second, _) = folder.ingest(&source)?;
    assert!(first.duration_ms > 40_000, "{first:?}");
    assert_eq!(first, second);
    Ok(())
}
