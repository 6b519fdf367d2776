//! Why a recording cannot be used, and the words for it: four kinds, each with a sentence and an
//! advice for every way in which it happens.

use fluent_bundle::FluentValue;
use recordings::error::{Damage, Limit, What};
use serde::{Deserialize, Serialize};

use crate::web::language::PanelLanguage;
use crate::web::shell::Alert;

/// Why a recording cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Refusal {
    /// It is meant as sound, and not whole.
    Unreadable(Damage),
    /// It is something that is not read here.
    Unsupported(What),
    /// It is outside a limit.
    OverLimit(Limit),
    /// Our own storage failed again and again. What was sent is here still.
    Storage,
}

impl Refusal {
    /// The kind's name in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Unsupported(_) => "unsupported",
            Self::OverLimit(_) => "over_limit",
            Self::Storage => "storage",
        }
    }

    /// Whether another attempt with the same bytes may succeed.
    pub fn may_be_tried_again(&self) -> bool {
        *self == Self::Storage
    }

    /// What is wrong, and what to do.
    pub fn words(&self, language: PanelLanguage) -> Alert {
        let key = format!("refused-{}", self.key());
        let values = self.values();
        Alert {
            title: language.say_with(&key, &values),
            advice: language.say_with(&format!("{key}.advice"), &values),
        }
    }

    /// Names the sentence, after `refused-`. What a later release of `recordings` adds has the
    /// sentence of its kind.
    fn key(&self) -> &'static str {
        match self {
            Self::Unreadable(damage) => match damage {
                Damage::Empty => "empty",
                Damage::NotSound => "not-sound",
                Damage::Truncated { present_ms, .. } if *present_ms < 1_000 => "cut-off",
                Damage::Truncated { .. } => "truncated",
                Damage::Silent => "silent",
                Damage::Damaged { .. } | Damage::Altered | _ => "damaged",
            },
            Self::Unsupported(what) => match what {
                What::AmrIn3gp | What::AmrWideband | What::AmrMultichannel => "amr",
                What::Wma => "wma",
                What::VideoWithoutSound => "video-without-sound",
                What::Video => "video",
                What::Picture => "picture",
                What::Pdf | What::Text => "document",
                What::Zip | What::Archive => "archive",
                What::Locked => "locked",
                What::Midi | What::Program | What::Coding { .. } | _ => "other",
            },
            Self::OverLimit(limit) => match limit {
                Limit::Longest { .. } => "too-long",
                Limit::Shortest { .. } => "too-short",
                Limit::Slow { .. } => "too-slow",
                Limit::Size { .. } | _ => "too-large",
            },
            Self::Storage => "storage",
        }
    }

    fn values(&self) -> Vec<(&'static str, FluentValue<'static>)> {
        match self {
            Self::Unreadable(Damage::Truncated { present_ms, .. }) => {
                vec![("seconds", (present_ms / 1_000).into())]
            }
            Self::OverLimit(Limit::Longest { max_ms, .. }) => {
                vec![("minutes", (max_ms / 60_000).into())]
            }
            Self::OverLimit(Limit::Size { max_bytes, .. }) => {
                vec![("limit", (max_bytes / 1_000_000).into())]
            }
            Self::Unreadable(_) | Self::Unsupported(_) | Self::OverLimit(_) | Self::Storage => {
                Vec::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_its_json_and_names_its_kind() {
        let cut = Damage::Truncated {
            present_ms: 4_200,
            promised_ms: Some(9_000),
        };
        for refusal in [
            Refusal::Unreadable(cut),
            Refusal::Unsupported(What::Coding {
                name: "x".to_owned(),
            }),
            Refusal::OverLimit(Limit::Longest {
                max_ms: 5_400_000,
                got_ms: 5_400_100,
            }),
            Refusal::Storage,
        ] {
            let json = serde_json::to_string(&refusal).unwrap();
            assert!(
                json.starts_with(&format!("{{\"kind\":\"{}\"", refusal.kind())),
                "{json}"
            );
            assert_eq!(serde_json::from_str::<Refusal>(&json).unwrap(), refusal);
        }
    }

    #[test]
    fn every_refusal_has_a_sentence_and_an_advice_in_both_languages() {
        let keys = "empty not-sound truncated silent damaged amr wma video-without-sound video \
                    picture document archive locked other too-long too-short too-slow too-large \
                    storage";
        for key in keys.split_whitespace() {
            for language in PanelLanguage::ALL {
                assert!(language.knows(&format!("refused-{key}")), "{key}");
                assert!(language.knows(&format!("refused-{key}.advice")), "{key}");
            }
        }
    }
}
