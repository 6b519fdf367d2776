//! The pages of reports that are printed: a day as a picture, campaigns, the month.

use askama::Template;
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;

use super::confirmations::Answer;
use super::days::{self, StationDay};
use super::month::{self, Month, Share, Tally};
use super::pages::{Bar, Found, Wanted, find};
use super::scope::{Scope, Span};
use super::topics::{self, Campaign};
use super::words::{self, Mark, Spoken};
use crate::areas::{tree, unheard};
use crate::as_run::words as as_run_words;
use crate::bulletins::behalf::Behalves;
use crate::bulletins::bulletin;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::language::Titled;
use crate::web::shell::{Shell, page};

#[derive(Template)]
#[template(path = "reports/day.html")]
struct DayPage {
    shell: Shell,
    bar: Bar,
    day: Date,
    hours: Vec<(u8, String)>,
    stations: Vec<Drawn>,
    without: Vec<String>,
    truncated: bool,
}

/// A station's day as a picture and as a list.
struct Drawn {
    village: String,
    name: String,
    marks: Vec<Mark>,
    lines: Vec<Told>,
}

struct Told {
    time: String,
    title: String,
    is_drill: bool,
    /// On whose behalf it spoke; may be empty.
    behalf: String,
    text: String,
    tone: &'static str,
    spoken: Vec<Spoken>,
}

/// `/reports/day`
pub(super) async fn day(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let (scope, bar) = match find(&state, &shell, &actor, &wanted.area, "/reports/day").await? {
        Found::Scope(scope, bar) => (scope, bar),
        Found::Asks(page) => return Ok(page),
    };
    let date = scope.day(&wanted.day, state.now())?;
    let mut connection = state.database.read().await?;
    let found = days::of(&state, &mut connection, &scope, date).await?;
    let lines = found.stations.iter().flat_map(|one| &one.lines);
    let behalves = Behalves::of(&mut connection, lines.map(|line| &line.broadcast)).await?;
    let drawn = |one: &StationDay| Drawn {
        village: one.area.name.clone(),
        name: one.name.clone(),
        marks: words::marks(one, &found.drills, &shell),
        lines: one
            .lines
            .iter()
            .map(|line| {
                let said = as_run_words::fate(&line.fate, shell.language);
                let key = (one.station.clone(), line.cue.clone());
                Told {
                    time: words::clock(line.planned, &one.zone),
                    title: line.title.clone(),
                    is_drill: found.drills.contains(&line.broadcast),
                    behalf: behalves.of_broadcast(&line.broadcast),
                    text: said.text,
                    tone: said.tone,
                    spoken: words::said(found.confirmations.get(&key), &one.zone, &shell),
                }
            })
            .collect(),
    };
    let stations = found.stations.iter().map(drawn).collect();
    let without = found.without.iter().map(|area| area.name.clone());
    page(&DayPage {
        hours: words::hours(),
        without: without.collect(),
        truncated: found.truncated,
        day: date,
        stations,
        bar,
        shell,
    })
}

#[derive(Template)]
#[template(path = "reports/topics.html")]
struct TopicsPage {
    shell: Shell,
    bar: Bar,
    span: Span,
    topics: Vec<Titled>,
    spoken: Vec<Titled>,
    wanted: String,
    campaigns: Vec<Campaign>,
    truncated: bool,
}

/// `/reports/topics`
pub(super) async fn topics(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let (scope, bar) = match find(&state, &shell, &actor, &wanted.area, "/reports/topics").await? {
        Found::Scope(scope, bar) => (scope, bar),
        Found::Asks(page) => return Ok(page),
    };
    let span = Span::days(&wanted.from, &wanted.until, scope.today(state.now()))?;
    let mut connection = state.database.read().await?;
    let all = bulletin::topics(&mut connection).await?;
    let known = all.iter().any(|one| one.code == wanted.topic);
    let one = known.then_some(wanted.topic.as_str());
    let (campaigns, truncated) = topics::of(&state, &mut connection, &scope, span, one).await?;
    page(&TopicsPage {
        spoken: tree::spoken_languages(&mut connection).await?,
        wanted: one.unwrap_or_default().to_owned(),
        topics: all,
        campaigns,
        truncated,
        span,
        bar,
        shell,
    })
}

#[derive(Template)]
#[template(path = "reports/month.html")]
struct MonthPage {
    shell: Shell,
    bar: Bar,
    span: Span,
    month: Month,
    /// Villages without a station.
    unheard: Vec<String>,
    /// What was heard by campaign, class and language: the name of the heading, and its lines.
    shares: Vec<(&'static str, Vec<(String, Share)>)>,
}

/// The month that is asked for: the one that goes on when none is.
pub(super) fn span(wanted: &Wanted, scope: &Scope, state: &State) -> Result<Span> {
    match wanted.month.as_str() {
        "" => {
            let today = scope.today(state.now());
            Ok(Span {
                from: today.first_of_month(),
                until: today.last_of_month(),
            })
        }
        text => Span::month(text),
    }
}

/// `/reports/month`
pub(super) async fn month(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let (scope, bar) = match find(&state, &shell, &actor, &wanted.area, "/reports/month").await? {
        Found::Scope(scope, bar) => (scope, bar),
        Found::Asks(page) => return Ok(page),
    };
    let span = span(&wanted, &scope, &state)?;
    let mut connection = state.database.read().await?;
    let month = month::of(&mut connection, &scope, span).await?;
    let topics = bulletin::topics(&mut connection).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    page(&MonthPage {
        shares: shares(&month, &topics, &spoken, &shell),
        unheard: unheard::below(&mut connection, &scope.area.id).await?,
        month,
        span,
        bar,
        shell,
    })
}

/// What was heard by campaign, class and language, each with its title.
pub(super) fn shares(
    month: &Month,
    topics: &[Titled],
    spoken: &[Titled],
    shell: &Shell,
) -> Vec<(&'static str, Vec<(String, Share)>)> {
    let topic = |(code, share): (&String, &Share)| match code.as_str() {
        "" => (shell.say("reports-no-topic"), share.clone()),
        code => (shell.title_of(topics, code), share.clone()),
    };
    let class = |(name, share): (&String, &Share)| (shell.say_or("class", name), share.clone());
    let language = |(code, share): (&String, &Share)| (shell.title_of(spoken, code), share.clone());
    vec![
        ("reports-by-topic", month.topics.iter().map(topic).collect()),
        (
            "reports-by-class",
            month.classes.iter().map(class).collect(),
        ),
        (
            "reports-by-language",
            month.languages.iter().map(language).collect(),
        ),
    ]
}

impl DayPage {
    fn day_text(&self) -> String {
        self.day.strftime("%d/%m/%Y").to_string()
    }

    fn neighbour(&self, days: i64) -> Date {
        self.day.checked_add(days.days()).unwrap_or(self.day)
    }
}

impl TopicsPage {
    fn title(&self, topic: &str) -> String {
        match topic {
            "" => self.shell.say("reports-no-topic"),
            topic => self.shell.title_of(&self.topics, topic),
        }
    }

    fn languages<'l>(&self, codes: impl IntoIterator<Item = &'l String>) -> String {
        let titles = codes.into_iter();
        let titles: Vec<String> = titles
            .map(|code| self.shell.title_of(&self.spoken, code))
            .collect();
        titles.join(", ")
    }

    fn reached(&self, one: &Campaign) -> String {
        let reached = one.count();
        let mut whole = one.missing();
        whole.villages += reached.villages;
        whole.households += reached.households;
        whole.unknown += reached.unknown;
        words::count(reached, whole, &self.shell)
    }

    /// How many of the villages where it aired said how they heard it, and what they said.
    fn confirmed(&self, one: &Campaign) -> String {
        let aired = one.reached.len() + one.silent.len();
        words::confirmed(one.confirmed(), aired, &self.shell)
    }
}

impl MonthPage {
    fn month_text(&self) -> String {
        self.span.from.strftime("%m/%Y").to_string()
    }

    fn month_value(&self) -> String {
        self.span.from.strftime("%Y-%m").to_string()
    }

    /// The month before or after this one.
    fn neighbour(&self, months: i64) -> String {
        let other = self.span.from.checked_add(months.months());
        other
            .unwrap_or(self.span.from)
            .strftime("%Y-%m")
            .to_string()
    }

    /// Planned starts, emergencies and exercises, each with the name of its heading.
    fn kinds(&self) -> [(&'static str, &Tally); 3] {
        [
            ("reports-planned", &self.month.planned),
            ("reports-emergencies", &self.month.emergencies),
            ("reports-drills", &self.month.drills),
        ]
    }

    fn able(&self, tally: &Tally) -> String {
        let (able, known) = tally.able();
        format!("{able}/{known}")
    }

    fn ratio(&self, tally: &Tally) -> String {
        tally
            .ratio()
            .map_or_else(|| "–".to_owned(), |ratio| format!("{ratio} %"))
    }
}
