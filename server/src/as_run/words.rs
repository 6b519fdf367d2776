//! What became of a start, in a sentence.

use std::time::Duration;

use programme::as_run::proof::{Heard, NotChecked};
use programme::as_run::{CutCause, MissedCause, Outcome, Suppressor};
use programme::day_plan::Obstacle;
use programme::emergency::Order;
use programme::stop::FromPanel;
use programme::units::{Decibels, WallTime};

use super::day::Fate;
use super::report::Attempt;
use crate::web::language::PanelLanguage;
use crate::web::shell::Shell;

/// A sentence and the colour of its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// `good`, `warn`, `bad`, or empty.
    pub tone: &'static str,
}

/// What was cut before this had no time to say anything, and `00:00` would say just that.
const HEARD: Duration = Duration::from_secs(1);

/// What became of a start.
pub fn fate(fate: &Fate, language: PanelLanguage) -> Said {
    let (text, tone) = match fate {
        Fate::Known(known) => return outcome(known, language),
        Fate::OnAir => (language.say("as-run-on-air"), "good"),
        Fate::ToCome => (language.say("as-run-to-come"), ""),
        Fate::Hindered(by) => (because(language, "as-run-hindered", obstacle(*by)), "warn"),
        Fate::Unreported => (language.say("as-run-unreported"), "warn"),
    };
    Said { text, tone }
}

/// An outcome as a station reported it.
pub fn outcome(outcome: &Outcome, language: PanelLanguage) -> Said {
    let (text, tone) = match outcome {
        Outcome::Aired => (language.say("as-run-aired"), "good"),
        Outcome::Cut { position, why } => {
            if *position < HEARD {
                return Said {
                    text: because(language, "as-run-cut-at-once", cut(*why)),
                    tone: "bad",
                };
            }
            let at = position_text(*position);
            let why = language.say(cut(*why));
            let values = [("at", at.as_str().into()), ("why", why.as_str().into())];
            (language.say_with("as-run-cut", &values), "bad")
        }
        Outcome::Missed { why } => (because(language, "as-run-missed", missed(*why)), "bad"),
        Outcome::Suppressed { by } => (
            because(language, "as-run-suppressed", suppressed(*by)),
            "warn",
        ),
    };
    Said { text, tone }
}

/// That an emergency was cancelled before it was heard to its end, and how far it had come.
pub fn cancelled(position: Option<Duration>, shell: &Shell) -> String {
    match position {
        Some(position) => shell.say1("emergencies-ended-after", "at", position_text(position)),
        None => shell.say("emergencies-ended"),
    }
}

/// An attempt, beneath the start that it was made at.
pub fn attempt(attempt: &Attempt, shell: &Shell, now: WallTime) -> String {
    let began = shell.when(&attempt.started);
    let ended = match attempt.ended {
        None if attempt.sounds(now) => shell.say("as-run-attempt-open"),
        None => shell.say("as-run-attempt-unreported"),
        Some((length, None)) => {
            let length = shell.language.length(length);
            shell.say1("as-run-attempt-whole", "length", length)
        }
        Some((position, Some(why))) if position < HEARD => {
            because(shell.language, "as-run-attempt-cut-at-once", cut(why))
        }
        Some((position, Some(why))) => {
            let why = shell.say(cut(why));
            shell.say2(
                "as-run-attempt-cut",
                ("at", position_text(position)),
                ("why", why),
            )
        }
    };
    let number = format!("{}", attempt.number);
    let number = shell.say1("as-run-attempt", "number", number);
    let mut said = vec![number, began, ended];
    if attempt.ended.is_some() {
        // A start that was cut by the power left no proof, neither of its level nor of an echo.
        if let Some(measured) = attempt.level {
            said.push(shell.say(level(measured)));
            said.push(shell.say(heard(attempt.heard)));
        }
    }
    if attempt.in_quiet_hours {
        said.push(shell.say("as-run-in-quiet-hours"));
    }
    said.join(" · ")
}

/// Where somebody stopped a start, and who did from the panel; nothing of all other starts.
pub fn stopped(fate: &Fate, from_panel: Option<&FromPanel>, shell: &Shell) -> Option<String> {
    let at_pc = matches!(
        fate,
        Fate::Known(
            Outcome::Cut {
                why: CutCause::Operator,
                ..
            } | Outcome::Suppressed {
                by: Suppressor::Operator
            }
        )
    );
    match from_panel {
        Some(FromPanel { by, .. }) => {
            Some(shell.say1("as-run-stopped-from-panel", "by", by.as_str()))
        }
        None => at_pc.then(|| shell.say("as-run-stopped-at-pc")),
    }
}

/// Names how much sound left the output. Recordings are brought to −16 LUFS; a class takes off
/// 12 dB at the most, and the volume at the PC 30 dB more. So what is low may be meant to be, and
/// what is below all of that is no sound.
fn level(measured: Decibels) -> &'static str {
    match measured.0 {
        -40.0.. => "as-run-level-right",
        -60.0..-40.0 => "as-run-level-low",
        _ => "as-run-level-none",
    }
}

/// Names whether an attempt came back from the loudspeakers.
fn heard(heard: Option<Heard>) -> &'static str {
    match heard {
        None => "as-run-heard-off",
        Some(Heard::Yes { .. }) => "as-run-heard-yes",
        Some(Heard::No { .. }) => "as-run-heard-no",
        Some(Heard::NotChecked { why }) => match why {
            NotChecked::NoInput => "as-run-heard-no-input",
            NotChecked::TooNoisy => "as-run-heard-too-noisy",
            NotChecked::TooShort => "as-run-heard-too-short",
        },
    }
}

/// Who ordered an emergency, and why.
pub fn order(order: &Order, shell: &Shell) -> String {
    let key = match (order.drill, order.at_pc) {
        (true, false) => "as-run-drill-ordered",
        (false, false) => "as-run-emergency-ordered",
        (true, true) => "as-run-drill-ordered-at-pc",
        (false, true) => "as-run-emergency-ordered-at-pc",
    };
    let (by, why) = (order.by.as_str(), order.why.as_str());
    shell.say2(key, ("by", by), ("why", why))
}

/// A position in a sound as `mm:ss`.
pub fn position_text(position: Duration) -> String {
    let seconds = position.as_secs();
    format!("{:02}:{:02}", seconds / 60, seconds % 60)
}

fn because(language: PanelLanguage, key: &str, why: &str) -> String {
    let why = language.say(why);
    language.say_with(key, &[("why", why.as_str().into())])
}

/// Names the reason for which a start was cut.
pub fn cut(why: CutCause) -> &'static str {
    match why {
        CutCause::PowerLost => "as-run-why-power-lost",
        CutCause::Operator => "as-run-why-operator",
        CutCause::OutputLost => "as-run-why-output-lost",
        CutCause::QuietHours => "as-run-why-quiet-hours-began",
        CutCause::Expired => "as-run-why-expired",
        CutCause::Withdrawn => "as-run-why-withdrawn",
        CutCause::Emergency => "as-run-why-emergency",
        CutCause::ShutDown => "as-run-why-shut-down",
        CutCause::DiskUnwritable => "as-run-why-disk-unwritable",
    }
}

/// Names the reason for which a start was missed.
pub fn missed(why: MissedCause) -> &'static str {
    match why {
        MissedCause::PowerOff => "as-run-why-power-off",
        MissedCause::ClockUnknown => "as-run-why-clock-unknown",
        MissedCause::NotReady => "as-run-why-not-ready",
        MissedCause::LateProgramme => "as-run-why-late-programme",
        MissedCause::OutputFailed => "as-run-why-output-failed",
        MissedCause::Overrun => "as-run-why-overrun",
        MissedCause::NotAnswered => "as-run-why-not-answered",
        MissedCause::DiskUnwritable => "as-run-why-disk-unwritable",
    }
}

/// Names what forbade a start.
pub fn suppressed(by: Suppressor) -> &'static str {
    match by {
        Suppressor::QuietHours => "as-run-why-quiet-hours",
        Suppressor::Expired => "as-run-why-expired",
        Suppressor::Withdrawn => "as-run-why-withdrawn",
        Suppressor::Newer => "as-run-why-newer",
        Suppressor::Head => "as-run-why-head",
        Suppressor::Operator => "as-run-why-operator",
    }
}

/// Names the reason for which a start will be kept off.
pub fn obstacle(by: Obstacle) -> &'static str {
    match by {
        Obstacle::TooLate => "as-run-why-overrun",
        Obstacle::Expired => "as-run-why-expired",
        Obstacle::QuietHours => "as-run-why-quiet-hours",
        Obstacle::Newer => "as-run-why-newer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_sound_left_the_output_is_said_without_figures() {
        let said = |db: f32| PanelLanguage::Vi.say(level(Decibels(db)));
        assert_eq!(said(-16.3), "máy đưa tiếng ra âm-li bình thường");
        let low = "máy đưa tiếng ra âm-li rất nhỏ: xem lại âm lượng ở trạm";
        assert_eq!(said(-48.0), low);
        let none = "máy không đưa tiếng ra âm-li: xem lại âm lượng, rồi card âm thanh";
        assert_eq!(said(-120.0), none);
        assert_eq!(said(f32::NAN), none);
    }

    #[test]
    fn what_was_cut_in_its_first_second_is_not_said_to_have_lasted_for_no_time() {
        let said = |millis, language| {
            let (position, why) = (Duration::from_millis(millis), CutCause::Operator);
            outcome(&Outcome::Cut { position, why }, language).text
        };
        let vietnamese = |millis| said(millis, PanelLanguage::Vi);
        let at_once = "Bị ngắt khi vừa bắt đầu vì có người bấm DỪNG";
        assert_eq!(vietnamese(0), at_once);
        assert_eq!(vietnamese(999), at_once);
        assert_eq!(vietnamese(1_000), "Bị ngắt sau 00:01 vì có người bấm DỪNG");
        assert!(said(999, PanelLanguage::En).starts_with("Cut as it began: "));
    }
}
