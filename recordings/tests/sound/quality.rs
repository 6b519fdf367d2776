//! The author of a recording is told what listeners would complain about, and nothing else.

use recordings::ingest::Ingested;
use recordings::quality::{Finding, Peaks};

use crate::Outcome;
use crate::files::{Folder, sample};

/// The report on the sample after `filter`.
fn report(filter: &str) -> Result<Ingested, recordings::Error> {
    let folder = Folder::new();
    let arguments = ["-af", filter, "-c:a", "pcm_s16le"];
    let source = folder.made(&sample("vneid.vi.m4a"), &arguments, "source.wav");
    folder.ingest(&source).map(|(ingested, _)| ingested)
}

#[test]
fn a_good_recording_has_nothing_said_about_it() -> Outcome {
    assert_eq!(report("anull")?.findings, []);
    Ok(())
}

#[test]
fn each_fault_is_found_and_its_figure_is_right() -> Outcome {
    let findings = report("volume=-30dB")?.findings;
    assert!(
        matches!(findings[..], [Finding::TooQuiet { loudness_lufs }] if loudness_lufs < -50.0),
        "{findings:?}"
    );
    let findings = report("volume=24dB")?.findings;
    let clipped = |f: &Finding| matches!(f, Finding::Clipped { clipped_ms } if *clipped_ms > 500);
    assert!(findings.iter().any(clipped), "{findings:?}");
    let findings = report("apad=pad_dur=30,aecho=1:1:40000:0.5")?.findings;
    let silent = |finding: &Finding| {
        let Finding::MostlySilence { silent_percent } = finding else {
            return false;
        };
        (50..80).contains(silent_percent)
    };
    assert!(findings.iter().any(silent), "{findings:?}");
    let findings = report("aeval=val(0)+0.15*(random(0)-0.5)")?.findings;
    let noisy = |finding: &Finding| {
        let Finding::Noisy { above_noise_db } = finding else {
            return false;
        };
        (3.0..15.0).contains(above_noise_db)
    };
    assert!(findings.iter().any(noisy), "{findings:?}");
    let findings = report("atrim=1:3")?.findings;
    let short = |f: &Finding| {
        matches!(
            f,
            Finding::TooShort {
                duration_ms: 1_500..=2_000,
                advised_ms: 3_000
            }
        )
    };
    assert!(findings.iter().any(short), "{findings:?}");
    let findings = report("aresample=8000")?.findings;
    assert_eq!(findings, [Finding::NarrowBand { rate_hz: 8_000 }]);
    Ok(())
}

#[test]
fn a_long_speech_is_called_long_and_still_taken() -> Outcome {
    let report = report("aloop=20:700000,atrim=0:310")?;
    let [
        Finding::TooLong {
            duration_ms,
            advised_ms,
        },
    ] = report.findings[..]
    else {
        panic!("{:?}", report.findings);
    };
    assert_eq!(advised_ms, 300_000);
    assert!((305_000..=310_000).contains(&duration_ms), "{duration_ms}");
    Ok(())
}

#[test]
fn the_picture_of_a_sound_shows_its_speech_and_its_pauses() -> Outcome {
    let report = report("volume=0:enable='between(t,6,9)'")?;
    let columns = report.peaks.columns();
    assert_eq!(columns.len() as u64, Peaks::COLUMNS);
    let at = |seconds: f64| (seconds * 400_000.0 / report.duration_ms as f64) as usize;
    // The silence before the first word, about 0.5 s, was taken off up to its margin.
    let pause = &columns[at(6.3)..at(8.0)];
    assert!(pause.iter().all(|&high| high < 3), "{pause:?}");
    assert!(columns.iter().any(|&high| high > 180));
    let text = serde_json::to_string(&report)?;
    assert_eq!(
        serde_json::from_str::<Ingested>(&text)?.findings,
        report.findings
    );
    Ok(())
}
