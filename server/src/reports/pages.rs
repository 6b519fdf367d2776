//! The pages of reports: today and yesterday, a day as a picture, campaigns, the month.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::ToSpan;
use jiff::civil::Date;
use programme::as_run::CueId;
use programme::ids::{BroadcastId, StationId};
use programme::rule::Start;
use serde::Deserialize;

use super::ahead::{self, Chance, Coming};
use super::confirmations::{self, Answer};
use super::days::{self, Day, Past};
use super::scope::{self, Scope};
use super::sheets;
use super::words::{self, Spoken};
use crate::areas::area;
use crate::as_run::words as as_run_words;
use crate::broadcasts::{broadcast, place};
use crate::bulletins::behalf::Behalves;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::shell::{Shell, done, page, page_with, safe_path};

/// `/reports…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/reports", get(today))
        .route("/reports/day", get(sheets::day))
        .route("/reports/topics", get(sheets::topics))
        .route("/reports/month", get(sheets::month))
        .route("/reports/month.csv", get(sheets::csv))
        .route("/reports/broadcasts/{broadcast}", get(one))
        .route("/reports/confirm", post(confirm))
}

/// Which area and which days.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    pub(super) area: String,
    #[serde(default)]
    pub(super) day: String,
    #[serde(default)]
    pub(super) month: String,
    #[serde(default)]
    pub(super) topic: String,
    #[serde(default)]
    pub(super) from: String,
    #[serde(default)]
    pub(super) until: String,
}

/// What every page of reports has at its head.
pub(super) struct Bar {
    /// Where its form leads.
    pub(super) path: &'static str,
    pub(super) area: String,
    pub(super) area_name: String,
    pub(super) choices: Vec<(String, String)>,
}

impl Bar {
    /// The pages of reports: address, title, whether it is this one.
    pub(super) fn rooms(&self) -> Vec<(&'static str, &'static str, bool)> {
        let rooms = [
            ("/reports", "reports-today"),
            ("/reports/day", "reports-day"),
            ("/reports/topics", "reports-topics"),
            ("/reports/month", "reports-month"),
        ];
        let here = |(path, key)| (path, key, path == self.path);
        rooms.into_iter().map(here).collect()
    }
}

#[derive(Template)]
#[template(path = "reports/choose.html")]
struct ChoosePage {
    shell: Shell,
    bar: Bar,
}

#[derive(Template)]
#[template(path = "reports/today.html")]
struct TodayPage {
    shell: Shell,
    bar: Bar,
    day: Date,
    is_today: bool,
    coming: Vec<Card>,
    past: Vec<Card>,
    past_day: Date,
}

#[derive(Template)]
#[template(path = "reports/broadcast.html")]
struct OnePage {
    shell: Shell,
    id: BroadcastId,
    title: String,
    coming: Vec<Card>,
    past: Vec<Card>,
}

/// A broadcast with its villages.
struct Card {
    title: String,
    /// On whose behalf it speaks; may be empty.
    behalf: String,
    /// Where its page is.
    page: String,
    times: String,
    /// How many hear it, with a tone each.
    counts: Vec<(String, &'static str)>,
    /// Villages that need a look, and those that are well.
    troubled: Vec<Row>,
    well: Vec<Row>,
}

/// A village in a card.
struct Row {
    village: String,
    text: String,
    tone: &'static str,
    /// Why, and what to do.
    detail: Option<(String, String)>,
    /// Where to do it.
    link: Option<(String, &'static str)>,
    spoken: Vec<Spoken>,
}

/// The area of a page, or the page that asks for another one.
pub(super) enum Found {
    Scope(Box<Scope>, Bar),
    Asks(Response),
}

/// Finds the area of a page. What is too wide leads to a page that asks for a narrower one.
pub(super) async fn find(
    state: &State,
    shell: &Shell,
    actor: &Actor,
    wanted: &str,
    path: &'static str,
) -> Result<Found> {
    let mut connection = state.database.read().await?;
    let choices = scope::choices(&mut connection, actor).await?;
    let mut bar = Bar {
        path,
        area: wanted.to_owned(),
        area_name: String::new(),
        choices,
    };
    match Scope::of(state, &mut connection, actor, wanted).await {
        Ok(scope) => {
            bar.area = scope.area.id.to_string();
            bar.area_name.clone_from(&scope.area.name);
            Ok(Found::Scope(Box::new(scope), bar))
        }
        Err(error) if error.status() == StatusCode::UNPROCESSABLE_ENTITY => {
            let mut shell = shell.clone();
            let status = shell.alert(error)?;
            page_with(status, &ChoosePage { shell, bar }).map(Found::Asks)
        }
        Err(error) => Err(error),
    }
}

async fn today(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let (scope, bar) = match find(&state, &shell, &actor, &wanted.area, "/reports").await? {
        Found::Scope(scope, bar) => (scope, bar),
        Found::Asks(page) => return Ok(page),
    };
    let mut connection = state.database.read().await?;
    let today = scope.today(state.now());
    let day = scope.day(&wanted.day, state.now())?.max(today);
    let coming = ahead::of(&state, &mut connection, &scope, day, None).await?;
    let past_day = today.checked_sub(1.day()).unwrap_or(today);
    let past = days::of(&state, &mut connection, &scope, past_day).await?;
    let over = past.past();
    let ids = coming.iter().map(|one| &one.broadcast);
    let ids = ids.chain(over.iter().map(|one| &one.broadcast));
    let behalves = Behalves::of(&mut connection, ids).await?;
    let ahead = coming.iter();
    page(&TodayPage {
        coming: ahead
            .map(|one| ahead_card(one, &actor, &behalves, &shell))
            .collect(),
        past: over
            .iter()
            .map(|one| past_card(one, &past, &behalves, &shell))
            .collect(),
        is_today: day == today,
        day,
        past_day,
        bar,
        shell,
    })
}

/// Who hears the next start of a broadcast, for whoever may see the broadcast; why, for whoever may
/// see the village.
async fn one(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BroadcastId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let found = broadcast::find(&mut connection, &id).await?;
    place::seen(&state, &mut connection, &actor, &found).await?;
    let behalves = Behalves::of(&mut connection, [&id]).await?;
    let (mut coming, mut past) = (Vec::new(), Vec::new());
    for target in &found.targets {
        let scope = Scope::whole(area::find(&state, &mut connection, target).await?)?;
        let next = next(&found, &scope, state.now());
        if let Some(next) = next.filter(|_| found.cancelled_at.is_none()) {
            let day = scope.zone.date(next.at);
            let ahead = ahead::of(&state, &mut connection, &scope, day, Some(&id)).await?;
            let card = |one| ahead_card(one, &actor, &behalves, &shell);
            coming.extend(ahead.iter().map(card));
        }
        if actor.may(Right::View, &scope.area) {
            let today = scope.today(state.now());
            let day = days::of(&state, &mut connection, &scope, today).await?;
            let own = day.past().into_iter().filter(|one| one.broadcast == id);
            past.extend(own.map(|one| past_card(&one, &day, &behalves, &shell)));
        }
    }
    page(&OnePage {
        title: broadcast::titles(&mut connection, &id).await?,
        shell,
        id,
        coming,
        past,
    })
}

/// The next start of a broadcast.
fn next(
    found: &broadcast::Broadcast,
    scope: &Scope,
    now: programme::units::WallTime,
) -> Option<Start> {
    found.rule.first_from(now.max(found.since), &scope.zone)
}

/// A word from the village: one tap on the page of the log.
#[derive(Debug, Deserialize)]
struct Tapped {
    station: StationId,
    cue: CueId,
    answer: String,
    #[serde(default)]
    back: String,
}

async fn confirm(state: State, actor: Actor, Form(tapped): Form<Tapped>) -> Result<Response> {
    let wrong = || Error::invalid("error-reports-answer").with("answer", &tapped.answer);
    let answer = Answer::from_name(&tapped.answer).ok_or_else(wrong)?;
    confirmations::keep(&state, &actor, &tapped.station, &tapped.cue, answer).await?;
    Ok(done(safe_path(&tapped.back), "notice-reports-confirmed"))
}

/// Whether a chance belongs to a group.
type Group = fn(Chance) -> bool;

fn ahead_card(one: &Coming, actor: &Actor, behalves: &Behalves, shell: &Shell) -> Card {
    let whole = one.count(|_| true);
    let groups: [(&str, &str, Group); 3] = [
        ("reports-will", "good", |one| one == Chance::Will),
        ("reports-likely", "warn", |one| {
            matches!(one, Chance::Likely(_))
        }),
        ("reports-not", "bad", |one| matches!(one, Chance::Not(_))),
    ];
    let counts = groups.into_iter().filter_map(|(key, tone, holds)| {
        let part = one.count(holds);
        let text = format!("{}: {}", shell.say(key), words::count(part, whole, shell));
        (part.villages > 0).then_some((text, tone))
    });
    let row = |hearer: &ahead::Hearer| {
        let (text, tone) = words::chance(hearer.chance, shell);
        // Why is for the eyes of those who see the village itself.
        let why = hearer
            .chance
            .why()
            .filter(|_| actor.may(Right::View, &hearer.area));
        let link = match &hearer.station {
            Some(station) => (format!("/stations/{station}"), "reports-see-station"),
            None => (format!("/areas/{}", hearer.area.id), "reports-see-area"),
        };
        Row {
            village: hearer.area.name.clone(),
            text,
            tone,
            detail: why.map(|why| words::why(why, shell)),
            link: why.map(|_| link),
            spoken: Vec::new(),
        }
    };
    let (well, troubled): (Vec<_>, Vec<_>) = one
        .hearers
        .iter()
        .partition(|hearer| hearer.chance == Chance::Will);
    let times: Vec<String> = one
        .starts
        .iter()
        .map(|at| words::clock(*at, &one.zone))
        .collect();
    Card {
        title: one.title.clone(),
        behalf: behalves.of_broadcast(&one.broadcast),
        page: format!("/broadcasts/{}", one.broadcast),
        times: times.join(", "),
        counts: counts.collect(),
        troubled: troubled.into_iter().map(row).collect(),
        well: well.into_iter().map(row).collect(),
    }
}

fn past_card(one: &Past, day: &Day, behalves: &Behalves, shell: &Shell) -> Card {
    let villages = || one.villages.iter();
    let zone = |station: &StationId| {
        let own = day.stations.iter().find(|one| one.station == *station);
        own.map(|one| one.zone.clone())
    };
    let whole = ahead::Count::of(villages().map(|(area, ..)| area));
    let heard = villages().filter(|(_, line, _)| days::was_heard(line));
    let heard = ahead::Count::of(heard.map(|(area, ..)| area));
    let tone = match heard.villages {
        0 => "bad",
        some if some < whole.villages => "warn",
        _ => "good",
    };
    let text = shell.say("reports-heard");
    let row = |(area, line, station): &(area::Area, crate::as_run::day::Line, StationId)| {
        let said = as_run_words::fate(&line.fate, shell.language);
        let key = (station.clone(), line.cue.clone());
        let own = day.confirmations.get(&key);
        let zone = zone(station);
        Row {
            village: area.name.clone(),
            text: said.text,
            tone: said.tone,
            detail: None,
            link: None,
            spoken: zone.map_or_else(Vec::new, |zone| words::said(own, &zone, shell)),
        }
    };
    let (well, troubled): (Vec<_>, Vec<_>) =
        villages().partition(|(_, line, _)| days::was_heard(line));
    let first = villages().min_by_key(|(_, line, _)| line.planned);
    let first = first.and_then(|(_, line, station)| Some((line.planned, zone(station)?)));
    let room = if one.is_emergency {
        "emergencies"
    } else {
        "broadcasts"
    };
    Card {
        title: one.title.clone(),
        behalf: behalves.of_broadcast(&one.broadcast),
        page: format!("/{room}/{}", one.broadcast),
        times: first.map_or_else(String::new, |(at, zone)| words::clock(at, &zone)),
        counts: vec![(
            format!("{text}: {}", words::count(heard, whole, shell)),
            tone,
        )],
        troubled: troubled.into_iter().map(row).collect(),
        well: well.into_iter().map(row).collect(),
    }
}

impl TodayPage {
    fn day_text(&self, day: &Date) -> String {
        day.strftime("%d/%m/%Y").to_string()
    }

    fn tomorrow(&self) -> Date {
        self.day.tomorrow().unwrap_or(self.day)
    }
}
