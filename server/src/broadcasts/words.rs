//! Rules and findings in plain words.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use programme::ids::{BroadcastId, BulletinId};
use programme::lint::{CueAt, Finding};
use programme::programme::{Language, MissedRule};
use programme::rule::{Rule, Span};
use programme::timetable::{Session, Timetable};
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::{self, Broadcast};
use super::order::minute;
use crate::areas::area::Area;
use crate::areas::timetable_words as of_year;
use crate::areas::tree;
use crate::bulletins::bulletin;
use crate::database::Connection;
use crate::web::errors::Result;
use crate::web::language::Titled;
use crate::web::shell::Shell;

/// The days of the week, Monday first, each with the name of its short title.
pub const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "day-1"),
    (Weekday::Tuesday, "day-2"),
    (Weekday::Wednesday, "day-3"),
    (Weekday::Thursday, "day-4"),
    (Weekday::Friday, "day-5"),
    (Weekday::Saturday, "day-6"),
    (Weekday::Sunday, "day-7"),
];

/// The timetable that holds in all of `areas`, if it is one.
pub fn timetable(areas: &[Area]) -> Option<&Timetable> {
    let first = &areas.first()?.ways.timetable;
    let same = |area: &Area| area.ways.timetable.seasons == first.seasons;
    areas.iter().all(same).then_some(first)
}

/// When a broadcast airs, with the hours of its sessions where the timetable is known.
pub fn rule(rule: &Rule, timetable: Option<&Timetable>, shell: &Shell) -> String {
    match rule {
        Rule::Now { ordered_at, until } => shell.say2(
            "broadcasts-rule-now",
            ("at", shell.when(ordered_at)),
            ("until", shell.when(until)),
        ),
        Rule::Once { at } => {
            let at = at.strftime("%d/%m/%Y %H:%M").to_string();
            shell.say1("broadcasts-rule-once", "at", at)
        }
        Rule::Daily {
            times,
            sessions,
            span,
        } => {
            let key = match times.is_empty() {
                true => "broadcasts-rule-daily-sessions",
                false => "broadcasts-rule-daily",
            };
            let times = list(times, sessions, timetable, shell);
            let at = shell.say1(key, "times", times);
            format!("{at}{}", span_words(span, shell))
        }
        Rule::Weekly {
            days,
            times,
            sessions,
            span,
        } => {
            let key = match times.is_empty() {
                true => "broadcasts-rule-weekly-sessions",
                false => "broadcasts-rule-weekly",
            };
            let chosen = DAYS.iter().filter(|(day, _)| days.contains(day));
            let names: Vec<String> = chosen.map(|(_, key)| shell.say(key)).collect();
            let times = list(times, sessions, timetable, shell);
            let at = shell.say2(key, ("days", names.join(", ")), ("times", times));
            format!("{at}{}", span_words(span, shell))
        }
    }
}

/// The hours of a repeating rule.
pub fn hours(rule: &Rule, timetable: Option<&Timetable>, shell: &Shell) -> String {
    match rule {
        Rule::Now { .. } | Rule::Once { .. } => String::new(),
        Rule::Daily {
            times, sessions, ..
        }
        | Rule::Weekly {
            times, sessions, ..
        } => list(times, sessions, timetable, shell),
    }
}

fn span_words(span: &Span, shell: &Shell) -> String {
    let mut words = String::new();
    if !span.on.is_every() {
        let on = of_year::day_type(span.on, shell).to_lowercase();
        words.push_str(&format!(", {on}"));
    }
    let from = shell.say1("broadcasts-rule-from", "from", day(span.from));
    words.push_str(&format!(", {from}"));
    if let Some(until) = span.until {
        words.push_str(&format!(
            " {}",
            shell.say1("broadcasts-rule-until", "until", day(until))
        ));
    }
    if !span.except.is_empty() {
        let days: Vec<String> = span.except.iter().map(|date| day(*date)).collect();
        let except = shell.say1("broadcasts-rule-except", "days", days.join(", "));
        words.push_str(&format!(", {except}"));
    }
    words
}

/// What happens to a start that could not take place.
pub fn missed(missed: MissedRule, shell: &Shell) -> String {
    match missed {
        MissedRule::OnlyThen => shell.say("broadcasts-missed-only-then"),
        MissedRule::Until { until } => {
            shell.say1("broadcasts-missed-until-words", "until", minute(until))
        }
        MissedRule::AskHead => shell.say("broadcasts-missed-ask-head"),
    }
}

/// A length in the words of a page.
pub fn span(span: Duration, shell: &Shell) -> String {
    shell.language.length(span)
}

fn list(
    times: &[Time],
    sessions: &[Session],
    timetable: Option<&Timetable>,
    shell: &Shell,
) -> String {
    let times = times.iter().map(|time| minute(*time));
    let sessions = sessions
        .iter()
        .map(|one| of_year::session(*one, timetable, shell));
    times.chain(sessions).collect::<Vec<_>>().join(", ")
}

fn day(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// What findings name, with its titles.
#[derive(Debug, Clone, Default)]
pub struct Names {
    broadcasts: BTreeMap<BroadcastId, String>,
    bulletins: BTreeMap<BulletinId, String>,
    languages: Vec<Titled>,
}

impl Names {
    /// The names in `findings`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(
        connection: &mut Connection,
        own: &Broadcast,
        findings: impl Iterator<Item = &Finding>,
    ) -> Result<Self> {
        let languages = tree::spoken_languages(connection).await?;
        let mut names = Self {
            languages,
            ..Self::default()
        };
        for id in &own.bulletins {
            let title = bulletin::find(connection, id).await?.content.title;
            names.bulletins.insert(id.clone(), title);
        }
        let titles: Vec<&str> = names.bulletins.values().map(String::as_str).collect();
        names.broadcasts.insert(own.id.clone(), titles.join(" · "));
        for finding in findings {
            if let Finding::Clash { first, second, .. } = finding {
                for cue in [first, second] {
                    if !names.broadcasts.contains_key(&cue.broadcast) {
                        let title = broadcast::titles(connection, &cue.broadcast).await?;
                        names.broadcasts.insert(cue.broadcast.clone(), title);
                    }
                }
            }
        }
        Ok(names)
    }

    /// Names that are at hand.
    pub fn titled(
        broadcasts: BTreeMap<BroadcastId, String>,
        bulletins: BTreeMap<BulletinId, String>,
        languages: Vec<Titled>,
    ) -> Self {
        Self {
            broadcasts,
            bulletins,
            languages,
        }
    }

    /// The titles of what a broadcast airs.
    pub fn broadcast(&self, id: &BroadcastId) -> &str {
        self.broadcasts.get(id).map_or("", String::as_str)
    }

    fn bulletin(&self, id: &BulletinId) -> &str {
        self.bulletins.get(id).map_or("", String::as_str)
    }
}

/// A finding as a sentence.
pub fn finding(finding: &Finding, names: &Names, zone: &Zone, shell: &Shell) -> String {
    let civil = |at: WallTime| zone.civil(at).strftime("%d/%m/%Y %H:%M").to_string();
    let at = |key: &str, cue: &CueAt| shell.say1(key, "at", civil(cue.planned));
    match finding {
        Finding::ZoneUnknown { zone } => shell.say1("finding-zone-unknown", "zone", zone.clone()),
        Finding::NotUnderstood { .. } => shell.say("finding-not-understood"),
        Finding::RuleWrong { .. } => shell.say("finding-rule-wrong"),
        Finding::RepeatsOutOfRange { .. } => shell.say("finding-repeats"),
        Finding::UntilBeforeStart { start, until, .. } => {
            let (start, until) = (minute(*start), minute(*until));
            shell.say2(
                "finding-until-before-start",
                ("start", start),
                ("until", until),
            )
        }
        Finding::EmptyBroadcast { .. } => shell.say("finding-empty"),
        Finding::BulletinMissing { .. }
        | Finding::LanguageMissing { .. }
        | Finding::NoVillageLanguage { .. }
        | Finding::ExpiresBefore { .. } => of_bulletin(finding, names, &civil, shell),
        Finding::NeverAirs { .. } => shell.say("finding-never-airs"),
        Finding::OutlastsValidity { at: cue } => at("finding-outlasts-validity", cue),
        Finding::InQuietHours { at: cue } => at("finding-in-quiet-hours", cue),
        Finding::OverrunsIntoQuietHours { at: cue } => at("finding-overruns", cue),
        Finding::Clash {
            first,
            second,
            delay,
        } => clash(first, second, *delay, names, &civil, shell),
        Finding::CrowdedOut { at: cue } => at("finding-crowded-out", cue),
        Finding::Superseded { at: cue } => at("finding-superseded", cue),
        Finding::SessionTooLong {
            at: cue,
            duration,
            at_most,
            ..
        } => {
            let minutes = |span: &Duration| span.as_secs().div_ceil(60).to_string();
            let (long, most) = (minutes(duration), minutes(at_most));
            let long = ("minutes", long);
            let said = shell.say2("finding-session-too-long", long, ("most", most));
            format!("{}: {said}", civil(cue.planned))
        }
        Finding::TooManySessions { first, at_most } => {
            let day = first.first().map(|cue| zone.civil(cue.planned).date());
            let (are, most) = (first.len().to_string(), at_most.to_string());
            let are = ("count", are);
            let said = shell.say2("finding-too-many-sessions", are, ("most", most));
            format!("{}: {said}", day.map(self::day).unwrap_or_default())
        }
        Finding::OnWeekend { at: cue } => at("finding-on-weekend", cue),
    }
}

/// A finding about one bulletin, which it names; empty for any other.
fn of_bulletin(
    finding: &Finding,
    names: &Names,
    civil: &impl Fn(WallTime) -> String,
    shell: &Shell,
) -> String {
    let title = |id: &BulletinId| ("title", names.bulletin(id).to_owned());
    let language = |code: &Language| ("language", shell.title_of(&names.languages, code.as_str()));
    if let Finding::BulletinMissing { bulletin, .. } = finding {
        return shell.say1("finding-bulletin-missing", "title", title(bulletin).1);
    }
    if let Finding::LanguageMissing {
        bulletin,
        language: code,
    } = finding
    {
        return shell.say2("finding-language-missing", title(bulletin), language(code));
    }
    if let Finding::NoVillageLanguage { bulletin, airs_in } = finding {
        return shell.say2(
            "finding-no-village-language",
            title(bulletin),
            language(airs_in),
        );
    }
    if let Finding::ExpiresBefore {
        bulletin, start, ..
    } = finding
    {
        return shell.say2(
            "finding-expires-before",
            title(bulletin),
            ("at", civil(*start)),
        );
    }
    String::new()
}

fn clash(
    first: &CueAt,
    second: &CueAt,
    delay: Duration,
    names: &Names,
    civil: &impl Fn(WallTime) -> String,
    shell: &Shell,
) -> String {
    let delay = span(delay, shell);
    let what = shell.say2(
        "finding-clash",
        ("first", names.broadcast(&first.broadcast).to_owned()),
        ("second", names.broadcast(&second.broadcast).to_owned()),
    );
    format!(
        "{}: {what} {}",
        civil(second.planned),
        shell.say1("finding-delay", "delay", delay)
    )
}
