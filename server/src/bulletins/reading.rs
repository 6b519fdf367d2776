//! How long it takes to read a script out, so that its author knows before recording.
//!
//! It is an estimate for Vietnamese, the language of scripts. The recording says how long it truly
//! is.

mod numbers;
mod syllables;

use std::time::Duration;

use crate::areas::area::Area;
use crate::broadcasts::words::span;
use crate::config::Config;
use crate::web::shell::Shell;

pub use syllables::syllables;

/// Syllables in a minute, pauses included. Vietnamese is read aloud at 5.2 syllables a second where
/// pauses are left out (Pellegrino, Coupé and Marsico 2011, *Language* 87(3)). Horns echo from the
/// hills and overlap, so that whoever speaks over them speaks slowly and waits after each sentence:
/// three a second is what is left.
pub const PER_MINUTE: u64 = 180;

/// What is longer is not remembered: the form says so of all scripts, and villages complain of
/// documents that are read out whole.
const ADVISED: Duration = Duration::from_secs(2 * 60);

/// An estimate is no more precise than that.
const STEP_SECONDS: u64 = 5;

/// How long a script takes, and what it is too long for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// How long it takes to read it out once.
    pub duration: Duration,
    /// What it is too long for; the widest bound that it breaks.
    pub beyond: Option<Beyond>,
}

/// A bound that a script breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// People forget the beginning.
    Advice,
    /// A session of the area has so many minutes.
    Session(u16),
    /// The server takes recordings of at most so many minutes.
    Recording(u32),
}

impl Beyond {
    /// Its name in JSON, and, after `reading-beyond-`, among the sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Session(_) => "session",
            Self::Recording(_) => "recording",
        }
    }

    /// What is too long for what.
    pub fn in_words(self, shell: &Shell) -> String {
        let minutes = match self {
            Self::Advice => ADVISED.as_secs() / 60,
            Self::Session(minutes) => u64::from(minutes),
            Self::Recording(minutes) => u64::from(minutes),
        };
        shell.say1(
            &format!("reading-beyond-{}", self.name()),
            "minutes",
            minutes,
        )
    }
}

impl Estimate {
    /// How long `script` takes in `area`; `None` when there is nothing to read.
    pub fn of(script: &str, area: Option<&Area>, config: &Config) -> Option<Self> {
        let duration = duration(script);
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let session = area.map(|area| area.ways.sessions.most_minutes);
        let recording = config.uploads.length_limit_minutes;
        let beyond = if duration > minutes(u64::from(recording)) {
            Some(Beyond::Recording(recording))
        } else if let Some(most) = session.filter(|most| duration > minutes(u64::from(*most))) {
            Some(Beyond::Session(most))
        } else {
            (duration > ADVISED).then_some(Beyond::Advice)
        };
        let something = !duration.is_zero();
        something.then_some(Self { duration, beyond })
    }

    /// The estimate as a sentence.
    pub fn in_words(&self, shell: &Shell) -> String {
        shell.say1("reading-takes", "span", span(self.duration, shell))
    }

    /// What it is too long for, as a sentence.
    pub fn warning(&self, shell: &Shell) -> Option<String> {
        self.beyond.map(|beyond| beyond.in_words(shell))
    }
}

/// How long it takes to read `script` out once, to the next five seconds.
pub fn duration(script: &str) -> Duration {
    let seconds = (syllables(script) * 60).div_ceil(PER_MINUTE);
    Duration::from_secs(seconds.next_multiple_of(STEP_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulletins::templates;

    #[test]
    fn a_minute_is_180_syllables_and_nothing_takes_no_time() {
        assert_eq!(duration(""), Duration::ZERO);
        assert_eq!(duration(" .\n"), Duration::ZERO);
        assert_eq!(duration(&"bà con ".repeat(90)), Duration::from_secs(60));
        assert_eq!(duration(&"bà con ".repeat(91)), Duration::from_secs(65));
        assert_eq!(duration("bà"), Duration::from_secs(5));
    }

    #[test]
    fn templates_are_short_enough_to_be_remembered() {
        for template in templates::ALL {
            let takes = duration(template.script);
            let (least, most) = (Duration::from_secs(15), ADVISED);
            assert!(
                (least..=most).contains(&takes),
                "{}: {takes:?}",
                template.code
            );
        }
    }
}
