//! One loudness for every recording, and no peak above the ceiling.

use recordings::clean::{HighPass, Levels, Resampler};
use recordings::encode::{Coding, encode};
use recordings::loudness::{Levelled, Meter};
use recordings::pcm::{Sound, amplitude, decibels};
use recordings::quality::Finding;

use crate::Outcome;
use crate::compare::measured;
use crate::files::{Folder, heard_by_ffmpeg, sample, write_wav};

#[test]
fn soft_and_loud_and_overdriven_voices_come_out_equally_loud() -> Outcome {
    let folder = Folder::new();
    for (name, filter) in [
        ("soft.wav", "volume=-25dB"),
        ("loud.wav", "volume=3dB,alimiter=level=false"),
        ("overdriven.wav", "volume=20dB"),
        ("rumble.wav", "aeval=val(0)*0.3+0.5*sin(2*PI*35*t)"),
    ] {
        let source = folder.made(&sample("vssid.vi.mp3"), &["-af", filter], name);
        let (_, output) = folder.ingest(&source)?;
        let heard = heard_by_ffmpeg(&output, &["-c:a", "libopus"], 48_000);
        let (loudness, peak) = measured(&heard);
        assert!((loudness + 16.0).abs() < 0.6, "{name}: {loudness} LUFS");
        assert!(peak <= -1.5, "{name}: {peak} dBTP");
    }
    Ok(())
}

#[test]
fn a_target_that_cannot_be_met_is_reported_and_the_ceiling_holds() -> Outcome {
    let folder = Folder::new();
    let clicks = folder.path("clicks.wav");
    // One short knock a second has next to no loudness under any ceiling.
    let knock = |n: u32| {
        if n % 48_000 < 30 {
            0.9
        } else {
            0.000_5 * (n as f32 * 0.3).sin()
        }
    };
    write_wav(&clicks, 48_000, (0..480_000).map(knock));
    let (ingested, output) = folder.ingest(&clicks)?;
    let missed = ingested
        .findings
        .iter()
        .any(|f| matches!(f, Finding::TargetMissed { .. }));
    assert!(missed, "{ingested:?}");
    let (_, peak) = measured(&heard_by_ffmpeg(&output, &["-c:a", "libopus"], 48_000));
    assert!(peak <= -1.5, "{peak} dBTP");
    Ok(())
}

#[test]
fn a_shout_of_less_than_a_second_is_levelled_like_a_speech() -> Outcome {
    let folder = Folder::new();
    let arguments = ["-ss", "1.2", "-t", "0.8"];
    let shout = folder.made(&sample("vneid.vi.m4a"), &arguments, "shout.wav");
    let (ingested, output) = folder.ingest(&shout)?;
    let heard = heard_by_ffmpeg(&output, &["-c:a", "libopus"], 48_000);
    let (loudness, _) = measured(&heard);
    assert!((loudness + 16.0).abs() < 1.0, "{loudness} LUFS");
    assert!(
        (loudness - ingested.loudness.integrated_lufs).abs() < 0.1,
        "{ingested:?}"
    );
    Ok(())
}

#[test]
fn our_meter_agrees_with_libebur128_and_can_be_put_together_from_parts() -> Outcome {
    let samples = heard_by_ffmpeg(&sample("health-book.vi.ogg"), &[], 48_000);
    let (loudness, peak) = measured(&samples);
    let mut parts = [Meter::default(), Meter::default()];
    for (meter, half) in parts
        .iter_mut()
        .zip(samples.chunks(samples.len().div_ceil(2)))
    {
        half.chunks(1_000).for_each(|block| meter.push(block));
    }
    let ours = Meter::together(parts.iter());
    assert!(
        (ours.integrated_lufs - loudness).abs() < 0.05,
        "{ours:?} {loudness}"
    );
    assert!((ours.true_peak_dbtp - peak).abs() < 0.01, "{ours:?} {peak}");
    Ok(())
}

fn rendered(sound: &impl Sound, range: std::ops::Range<u64>) -> Vec<f32> {
    let mut samples = Vec::new();
    let mut keep = |block: &[f32]| {
        samples.extend_from_slice(block);
        Ok(())
    };
    sound.render(range, &mut keep).expect("sound in memory");
    samples
}

#[test]
fn the_limiter_holds_its_ceiling_and_a_part_equals_that_part_of_the_whole() -> Outcome {
    let samples = heard_by_ffmpeg(&sample("vneid.vi.m4a"), &[], 48_000);
    let part = 10_000..500_000;
    for gain_db in [0.0, 8.0, 20.0] {
        let levelled = Levelled::new(samples.as_slice(), part.clone(), gain_db, -3.0);
        let whole = rendered(&levelled, 0..490_000);
        assert_eq!(whole.len(), 490_000);
        let (_, peak) = measured(&whole);
        assert!(peak <= -2.95, "{gain_db} dB: {peak} dBTP");
        for start in [1, 4_095, 123_457, 489_000] {
            let end = (start + 9_999).min(490_000);
            let part = rendered(&levelled, start as u64..end as u64);
            assert_eq!(part, whole[start..end], "{gain_db} dB from {start}");
        }
    }
    Ok(())
}

#[test]
fn the_limiter_leaves_alone_what_is_under_its_ceiling() {
    let samples: Vec<f32> = (0..48_000).map(|n| 0.4 * (n as f32 * 0.05).sin()).collect();
    let levelled = Levelled::new(samples.as_slice(), 0..48_000, 0.0, -1.5);
    let out = rendered(&levelled, 0..48_000);
    assert_eq!(out[480..47_520], samples[480..47_520]);
}

#[test]
fn a_horn_s_high_pass_takes_rumble_and_keeps_speech() {
    let gain_db = |hertz: f64| {
        let mut tone: Vec<f32> = (0..96_000)
            .map(|n| (std::f64::consts::TAU * hertz * f64::from(n) / 48_000.0).sin() as f32)
            .collect();
        HighPass::new(120.0).apply(&mut tone);
        let power = tone[48_000..]
            .iter()
            .map(|&x| f64::from(x * x))
            .sum::<f64>()
            / 48_000.0;
        decibels((power * 2.0).sqrt())
    };
    assert!((gain_db(120.0) + 3.01).abs() < 0.05, "{}", gain_db(120.0));
    assert!((gain_db(60.0) + 24.1).abs() < 0.3, "{}", gain_db(60.0));
    assert!(gain_db(300.0).abs() < 0.1);
    assert!(gain_db(4_000.0).abs() < 0.001);
}

#[test]
fn resampling_keeps_length_phase_and_shape() -> Outcome {
    for rate_hz in [8_000_u32, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
        let tone = |n: usize, rate: f64| (std::f64::consts::TAU * 1_000.0 * n as f64 / rate).sin();
        let frames = rate_hz as usize * 2 + 77;
        let source: Vec<f32> = (0..frames)
            .map(|n| tone(n, f64::from(rate_hz)) as f32)
            .collect();
        let mut resampler = Resampler::new(rate_hz)?;
        let mut out = Vec::new();
        let mut keep = |block: &[f32]| {
            out.extend_from_slice(block);
            Ok(())
        };
        for block in source.chunks(333) {
            resampler.push(block, &mut keep)?;
        }
        resampler.finish(&mut keep)?;
        assert_eq!(
            out.len(),
            (frames * 48_000).div_ceil(rate_hz as usize),
            "{rate_hz}"
        );
        let error = (4_800..91_200).map(|n| (f64::from(out[n]) - tone(n, 48_000.0)).abs());
        assert!(error.fold(0.0, f64::max) < 0.001, "{rate_hz}");
    }
    Ok(())
}

#[test]
fn silence_at_both_ends_goes_and_a_click_of_the_button_with_it() {
    let mut samples = vec![0.0_f32; 480_000];
    samples[2_000..2_600].fill(0.5);
    for (n, sample) in samples[96_000..240_000].iter_mut().enumerate() {
        *sample = 0.2 * (n as f32 * 0.1).sin();
    }
    let mut levels = Levels::default();
    levels.push(&samples);
    let kept = levels.sounding(480_000);
    assert_eq!(kept, 96_000 - 7_200..240_000 + 14_400);
    let mut nothing = Levels::default();
    nothing.push(&[0.0; 48_000]);
    assert!(nothing.sounding(48_000).is_empty());
}

#[test]
fn noise_does_not_keep_a_recording_from_being_trimmed() {
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let speech = |n: u32| {
        if (96_000..384_000).contains(&n) {
            0.2
        } else {
            0.0
        }
    };
    let samples: Vec<f32> = (0..480_000)
        .map(|n| 0.01 * noise() + speech(n) * (n as f32 * 0.1).sin())
        .collect();
    let mut levels = Levels::default();
    levels.push(&samples);
    assert_eq!(levels.sounding(480_000), 96_000 - 7_200..384_000 + 14_400);
}

#[test]
fn the_chime_is_pleasant_to_measure() -> Outcome {
    let chime = recordings::chime::chime();
    assert_eq!(chime, recordings::chime::chime());
    let (loudness, _) = measured(&chime);
    assert!((-20.0..-10.0).contains(&loudness), "{loudness} LUFS");
    let highest = chime.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    assert!((f64::from(highest) - amplitude(-6.0)).abs() < 0.01);
    assert!(chime[0].abs() < 0.001 && chime[chime.len() - 1].abs() < 0.001);
    let encoded = encode(chime.as_slice(), Coding::default(), None, &|_| Ok(()))?;
    assert_eq!(encoded.frames(), chime.len() as u64);
    Ok(())
}
