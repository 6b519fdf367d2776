//! What the form says in words, also of what is left empty in it.

use super::{Fields, FormPage};
use crate::web::language::Titled;
use crate::web::overtaken::Told;
use crate::web::shell::Shell;

impl FormPage {
    /// A hint of the form; where nothing lies above the area it is worded otherwise.
    pub(super) fn hint(&self, key: &str) -> String {
        match self.is_top {
            true => self.shell.say(&format!("{key}-top")),
            false => self.shell.say(key),
        }
    }

    /// The choice that leaves it empty.
    pub(super) fn unsaid(&self) -> String {
        self.shell.say(unsaid(self.is_top))
    }
}

impl Fields {
    /// What it says in words; `above` names the word for what it leaves empty.
    pub(super) fn told(
        &self,
        shell: &Shell,
        kinds: &[Titled],
        spoken: &[Titled],
        above: &str,
    ) -> Told {
        let languages = self.languages();
        let languages = languages.iter().map(|code| shell.title_of(spoken, code));
        let languages = languages.collect::<Vec<_>>().join(", ");
        let above = || shell.say(above);
        let span = |from: &str, until: &str| match (from, until) {
            ("", "") => String::new(),
            (from, until) => format!("{from}–{until}"),
        };
        let sessions = [
            span(&self.morning_from, &self.morning_until),
            span(&self.evening_from, &self.evening_until),
        ];
        let approval = match self.approver_may_be_author.as_str() {
            "yes" => shell.say("areas-approval-author-too"),
            "no" => shell.say("areas-approval-other"),
            _ => above(),
        };
        let told = [
            ("areas-name", self.name.trim().to_owned()),
            ("areas-kind", shell.title_of(kinds, &self.kind)),
            ("areas-households", self.households.trim().to_owned()),
            ("areas-languages", or(&languages, above)),
            (
                "areas-quiet-hours",
                or(&span(&self.quiet_from, &self.quiet_until), above),
            ),
            (
                "areas-sessions",
                or(sessions.join(", ").trim_matches([',', ' ']), above),
            ),
            (
                "areas-session-minutes",
                or(self.session_minutes.trim(), above),
            ),
            ("areas-zone", or(self.zone.trim(), above)),
            ("areas-approval", approval),
        ];
        told.map(|(label, text)| (shell.say(label), text)).into()
    }
}

/// Names the word for what an area leaves empty: above the top there is only the server.
pub(super) fn unsaid(is_top: bool) -> &'static str {
    match is_top {
        true => "policy-from-nobody",
        false => "areas-as-above-option",
    }
}

fn or(text: &str, empty: impl Fn() -> String) -> String {
    match text {
        "" => empty(),
        text => text.to_owned(),
    }
}
