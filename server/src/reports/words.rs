//! What reports say, in words and in pictures.

use std::collections::BTreeSet;
use std::time::Duration;

use programme::ids::BroadcastId;
use programme::units::WallTime;
use programme::zone::Zone;

use super::ahead::{Chance, Count, Hearer, Judged, Why};
use super::confirmations::{Answer, Confirmation};
use super::days::StationDay;
use super::topics::Confirmed;
use crate::as_run::day::Fate;
use crate::as_run::words as as_run_words;
use crate::web::shell::Shell;

/// The width of a picture of a day; it is as wide as the page lets it.
const WIDTH: f64 = 336.0;
/// Where its first hour begins.
const LEFT: f64 = 8.0;
/// Nothing is drawn narrower, so that it is seen.
const NARROWEST: f64 = 3.0;

/// What stands between a village and what it is to hear, and what to do about it.
pub fn why(why: Why, shell: &Shell) -> (String, String) {
    let key = match why {
        Why::NoStation => "reports-why-no-station",
        Why::NotEnrolled => "reports-why-not-enrolled",
        Why::NeverSaid => "reports-why-never-said",
        Why::Silent(at) => {
            let text = shell.say1("reports-why-silent", "at", shell.when(&at));
            return (text, shell.say("reports-why-silent.advice"));
        }
        Why::Fetching => "reports-why-fetching",
        Why::NotFetched => "reports-why-not-fetched",
        Why::Readying(count) => {
            let text = shell.say1("reports-why-readying", "count", count);
            return (text, shell.say("reports-why-readying.advice"));
        }
        Why::NotReady(count) => {
            let text = shell.say1("reports-why-not-ready", "count", count);
            return (text, shell.say("reports-why-not-ready.advice"));
        }
        Why::Refused => "reports-why-refused",
        Why::ClockUnknown => "reports-why-clock-unknown",
        Why::OutputLost => "reports-why-output-lost",
        Why::Amplifier => "reports-why-amplifier",
        Why::Kept(obstacle) => {
            let by = shell.say(as_run_words::obstacle(obstacle));
            let text = shell.say1("reports-why-kept", "why", by);
            return (text, shell.say("reports-why-kept.advice"));
        }
        Why::Nothing => "reports-why-nothing",
    };
    (shell.say(key), shell.say(&format!("{key}.advice")))
}

/// Whether a village will hear, with a tone.
pub fn chance(chance: Chance, shell: &Shell) -> (String, &'static str) {
    match chance {
        Chance::Will => (shell.say("reports-will"), "good"),
        Chance::Likely(_) => (shell.say("reports-likely"), "warn"),
        Chance::Not(_) => (shell.say("reports-not"), "bad"),
    }
}

/// Which starts a village will hear and which it will not.
pub fn some_starts(hearer: &Hearer, zone: &Zone, shell: &Shell) -> String {
    let (lost, heard): (Vec<&Judged>, Vec<&Judged>) =
        hearer.starts.iter().partition(|one| one.chance.is_lost());
    let times = |starts: &[&Judged]| {
        let times = starts.iter().map(|one| clock(one.at, zone));
        times.collect::<Vec<String>>().join(", ")
    };
    let (heard, lost) = (times(&heard), times(&lost));
    shell.say2("reports-some-starts", ("heard", heard), ("lost", lost))
}

/// A count beside the whole: villages, and households as far as they are known.
pub fn count(part: Count, whole: Count, shell: &Shell) -> String {
    let villages = [
        ("part", part.villages.into()),
        ("whole", whole.villages.into()),
    ];
    let mut text = shell.language.say_with("reports-villages-of", &villages);
    if whole.households > 0 {
        let households = [
            ("part", part.households.into()),
            ("whole", whole.households.into()),
        ];
        text.push_str(" · ");
        text.push_str(
            &shell
                .language
                .say_with("reports-households-of", &households),
        );
    }
    if whole.unknown > 0 && whole.households > 0 {
        text.push_str(" · ");
        text.push_str(&shell.say1("reports-households-unknown", "count", whole.unknown));
    }
    text
}

/// How many villages of the `reached`, where a campaign aired, said how they heard it, and what
/// they said.
pub fn confirmed(confirmed: Confirmed, reached: usize, shell: &Shell) -> String {
    let whole = shell.say2(
        "reports-confirmed",
        ("part", confirmed.villages),
        ("whole", reached),
    );
    let answers = Answer::ALL.iter().zip(confirmed.answers);
    let answers = answers.map(|(answer, count)| format!("{}: {count}", shell.say(answer.key())));
    std::iter::once(whole)
        .chain(answers)
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Minutes with at most one place.
pub fn minutes(span: Duration, shell: &Shell) -> String {
    shell.language.number(span.as_secs_f64() / 60.0, 1)
}

/// `17:00`
pub fn clock(at: WallTime, zone: &Zone) -> String {
    zone.civil(at).strftime("%H:%M").to_string()
}

/// `23/11/2026 17:00, 18:00; 24/11/2026 07:30`
pub fn days(starts: &[WallTime], zone: &Zone) -> String {
    let mut text = String::new();
    let mut last = None;
    for at in starts {
        let civil = zone.civil(*at);
        if last == Some(civil.date()) {
            text.push_str(&civil.strftime(", %H:%M").to_string());
        } else {
            text.push_str(if last.is_some() { "; " } else { "" });
            text.push_str(&civil.strftime("%d/%m/%Y %H:%M").to_string());
        }
        last = Some(civil.date());
    }
    text
}

/// What people said of a start, each with their name and the hour.
pub fn said(all: Option<&Vec<Confirmation>>, zone: &Zone, shell: &Shell) -> Vec<Spoken> {
    let spoken = |one: &Confirmation| Spoken {
        text: format!(
            "{} · {}, {}",
            shell.say(one.answer.key()),
            one.by,
            clock(one.at, zone)
        ),
        tone: one.answer.tone(),
    };
    all.into_iter().flatten().map(spoken).collect()
}

/// What somebody said of a start.
#[derive(Debug, Clone)]
pub struct Spoken {
    /// The words.
    pub text: String,
    /// Their colour.
    pub tone: &'static str,
}

/// A start in the picture of a day.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Where it was planned.
    pub planned: String,
    /// What sounded: from where, how wide.
    pub sounded: Vec<(String, String)>,
    /// `good`, `warn`, `bad` or empty.
    pub tone: &'static str,
    /// Crossed out: it was to be heard and was not.
    pub crossed: bool,
    /// The same in words.
    pub words: String,
}

/// The hours of a picture, each with its place.
pub fn hours() -> Vec<(u8, String)> {
    let hours = [0_u8, 6, 12, 18, 24].into_iter();
    hours.map(|hour| (hour, place(f64::from(hour)))).collect()
}

/// The starts of a station's day as marks, those of `drills` said to be exercises.
pub fn marks(day: &StationDay, drills: &BTreeSet<BroadcastId>, shell: &Shell) -> Vec<Mark> {
    let hour = |at: WallTime| {
        let time = day.zone.civil(at).time();
        f64::from(time.hour()) + f64::from(time.minute()) / 60.0
    };
    let mark = |line: &crate::as_run::day::Line| {
        let said = as_run_words::fate(&line.fate, shell.language);
        let sounded = line.attempts.iter().map(|attempt| {
            let heard = attempt.ended.map_or(Duration::ZERO, |(heard, _)| heard);
            let wide = heard.as_secs_f64() / 86_400.0 * (WIDTH - 2.0 * LEFT);
            let wide = format!("{:.1}", wide.max(NARROWEST));
            (place(hour(attempt.started)), wide)
        });
        let at = clock(line.planned, &day.zone);
        let about = format!("{}: {}", line.title, said.text);
        Mark {
            planned: place(hour(line.planned)),
            sounded: sounded.collect(),
            tone: said.tone,
            crossed: said.tone == "bad" || line.fate == Fate::Unreported,
            words: match drills.contains(&line.broadcast) {
                true => format!("{at} {}: {about}", shell.say("emergencies-drill-tag")),
                false => format!("{at} {about}"),
            },
        }
    };
    day.lines.iter().map(mark).collect()
}

fn place(hour: f64) -> String {
    format!("{:.1}", LEFT + hour / 24.0 * (WIDTH - 2.0 * LEFT))
}
