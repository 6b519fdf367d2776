//! What the author of a recording should know about it, in words.

use std::time::Duration;

use fluent_bundle::FluentValue;
use recordings::ingest::Settings;
use recordings::quality::Finding;

use super::recording::{Recording, Stage};
use crate::web::language::PanelLanguage;
use crate::web::shell::{Alert, Shell};

/// Names a finding in JSON, and, after `advice-` and with dashes, among the sentences.
pub fn name(finding: &Finding) -> &'static str {
    match finding {
        Finding::TooQuiet { .. } => "too_quiet",
        Finding::Clipped { .. } => "clipped",
        Finding::MostlySilence { .. } => "mostly_silence",
        Finding::Noisy { .. } => "noisy",
        Finding::TooShort { .. } => "too_short",
        Finding::TooLong { .. } => "too_long",
        Finding::TargetMissed { .. } => "target_missed",
        Finding::NarrowBand { .. } => "narrow_band",
        Finding::Patched { .. } => "patched",
        Finding::MaybeCutOff => "maybe_cut_off",
        // What a later release of `recordings` finds has a general sentence.
        _ => "other",
    }
}

/// What was found, and what to do about it.
pub fn words(finding: &Finding, language: PanelLanguage) -> Alert {
    let key = format!("advice-{}", name(finding).replace('_', "-"));
    let values = values(finding, language);
    Alert {
        title: language.say_with(&key, &values),
        advice: language.say_with(&format!("{key}.advice"), &values),
    }
}

/// What is found about a recording, in words; nothing while it is not ready.
pub fn of(recording: &Recording, shell: &Shell) -> Vec<Alert> {
    let found = match &recording.stage {
        Stage::Ready { report, .. } => report.findings.as_slice(),
        Stage::Uploading { .. } | Stage::Processing | Stage::Refused(_) => &[],
    };
    let words = |finding| words(finding, shell.language);
    found.iter().map(words).collect()
}

fn values(finding: &Finding, language: PanelLanguage) -> Vec<(&'static str, FluentValue<'static>)> {
    let length = |ms| FluentValue::from(language.length(Duration::from_millis(ms)));
    match finding {
        Finding::MostlySilence { silent_percent } => {
            vec![("percent", u32::from(*silent_percent).into())]
        }
        Finding::TooShort {
            duration_ms,
            advised_ms,
        }
        | Finding::TooLong {
            duration_ms,
            advised_ms,
        } => vec![
            ("length", length(*duration_ms)),
            ("advised", length(*advised_ms)),
        ],
        Finding::TargetMissed {
            loudness_lufs,
            target_lufs,
        } => {
            // What is 5 dB quieter is heard to be so by everybody.
            let is_much = target_lufs - loudness_lufs >= 5.0;
            vec![("how", if is_much { "much" } else { "slightly" }.into())]
        }
        Finding::Patched { bad_packets } => vec![("count", (*bad_packets).into())],
        Finding::TooQuiet { .. }
        | Finding::Clipped { .. }
        | Finding::Noisy { .. }
        | Finding::NarrowBand { .. }
        | Finding::MaybeCutOff
        | _ => Vec::new(),
    }
}

/// Names the sentence for how loud a recording came out, beside what all are brought to.
pub fn loudness(lufs: &f64) -> &'static str {
    let above = lufs - Settings::default().target_lufs;
    match above {
        -1.5..=1.5 => "recordings-loudness-right",
        ..-1.5 => "recordings-loudness-low",
        _ => "recordings-loudness-high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_a_sentence_and_an_advice_in_both_languages() {
        let findings = [
            Finding::TooQuiet {
                loudness_lufs: -50.0,
            },
            Finding::Clipped { clipped_ms: 90 },
            Finding::MostlySilence { silent_percent: 80 },
            Finding::Noisy {
                above_noise_db: 6.0,
            },
            Finding::TooShort {
                duration_ms: 900,
                advised_ms: 3_000,
            },
            Finding::TooLong {
                duration_ms: 400_000,
                advised_ms: 180_000,
            },
            Finding::TargetMissed {
                loudness_lufs: -19.0,
                target_lufs: -16.0,
            },
            Finding::NarrowBand { rate_hz: 8_000 },
            Finding::Patched { bad_packets: 3 },
            Finding::MaybeCutOff,
        ];
        for finding in &findings {
            for language in PanelLanguage::ALL {
                let said = words(finding, language);
                for text in [said.title, said.advice] {
                    assert!(!text.contains('⟦') && !text.contains("{$"), "{text}");
                }
            }
        }
        assert!(PanelLanguage::Vi.knows("advice-other.advice"));
    }

    #[test]
    fn how_much_quieter_a_recording_is_is_said_without_figures() {
        let said = |loudness_lufs| {
            let (target_lufs, vi) = (-16.0, PanelLanguage::Vi);
            let finding = Finding::TargetMissed {
                loudness_lufs,
                target_lufs,
            };
            words(&finding, vi).title
        };
        assert_eq!(said(-24.0), "Nhỏ hơn hẳn các bản khác");
        assert_eq!(said(-18.0), "Nhỏ hơn các bản khác một chút");
    }
}
