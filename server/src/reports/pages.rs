//! The pages of reports: today and yesterday, a day as a picture, campaigns, the month.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::ToSpan;
use jiff::civil::Date;
use programme::as_run::CueId;
use programme::day_plan::GRACE;
use programme::ids::{BroadcastId, StationId};
use programme::rule::Rule;
use programme::units::WallTime;
use serde::Deserialize;

use super::ahead::{self, Coming};
use super::cards::{Card, ahead_card, past_card};
use super::confirmations::{self, Answer};
use super::days::{self, Day, Past};
use super::scope::{self, Scope};
use super::words;
use super::{sheets, table};
use crate::areas::area;
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
        .route("/reports/month.csv", get(table::csv))
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
    /// What of today has come, where it is today that is shown.
    so_far: Vec<Card>,
    coming: Vec<Card>,
    past: Vec<Card>,
    past_day: Date,
    /// Whether stations reported more of these days than was read.
    truncated: bool,
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
    let is_today = day == today;
    let so_far = match is_today {
        true => days::of(&state, &mut connection, &scope, today).await?,
        false => Day::default(),
    };
    let on_air = so_far.on_air();
    let coming = ahead::of(&state, &mut connection, &scope, day, None).await?;
    let coming = coming.into_iter().filter_map(|one| one.without(&on_air));
    let coming: Vec<Coming> = coming.collect();
    let past_day = today.checked_sub(1.day()).unwrap_or(today);
    let past = days::of(&state, &mut connection, &scope, past_day).await?;
    let begun = so_far.past(state.now());
    let over = past.past(state.now());
    let ids = coming.iter().map(|one| &one.broadcast);
    let told = begun.iter().chain(&over).map(|one| &one.broadcast);
    let behalves = Behalves::of(&mut connection, ids.chain(told)).await?;
    let cards = |of: &[Past], day: &Day| -> Vec<Card> {
        let cards = of.iter().map(|one| past_card(one, day, &behalves, &shell));
        cards.collect()
    };
    page(&TodayPage {
        coming: coming
            .iter()
            .map(|one| ahead_card(one, &actor, &behalves, &shell))
            .collect(),
        so_far: cards(&begun, &so_far),
        past: cards(&over, &past),
        truncated: past.truncated || so_far.truncated,
        is_today,
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
    let mut scopes = Vec::with_capacity(found.targets.len());
    let mut room = scope::MOST_AREAS;
    for target in &found.targets {
        let area = area::find(&state, &mut connection, target).await?;
        scopes.push(Scope::whole(&mut connection, area, &mut room).await?);
    }
    let (mut coming, mut heard) = (Vec::new(), Day::default());
    for scope in &scopes {
        let next = next(&found, scope, state.now());
        if let Some(day) = next.filter(|_| found.cancelled_at.is_none()) {
            coming.extend(ahead::of(&state, &mut connection, scope, day, Some(&id)).await?);
        }
        if actor.may(Right::View, &scope.area) {
            let today = scope.today(state.now());
            heard.join(days::of(&state, &mut connection, scope, today).await?);
        }
    }
    let behalves = Behalves::of(&mut connection, [&id]).await?;
    let past = heard.past(state.now());
    let past = past.iter().filter(|one| one.broadcast == id);
    let card = |one: Coming| Card {
        times: words::days(&one.starts, &one.zone),
        ..ahead_card(&one, &actor, &behalves, &shell)
    };
    page(&OnePage {
        title: broadcast::titles(&mut connection, &id).await?,
        coming: Coming::together(coming).into_iter().map(card).collect(),
        past: past
            .map(|one| past_card(one, &heard, &behalves, &shell))
            .collect(),
        shell,
        id,
    })
}

/// The day of the next start of a broadcast, one that may still begin included.
fn next(found: &broadcast::Broadcast, scope: &Scope, now: WallTime) -> Option<Date> {
    if let Rule::Now { ordered_at, until } = found.rule {
        return (until >= now).then(|| scope.zone.date(ordered_at));
    }
    let from = (now - GRACE).max(found.since);
    let timetable = &scope.area.ways.timetable;
    let next = found.rule.first_from(from, &scope.zone, timetable)?;
    Some(scope.zone.date(next.at))
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

impl TodayPage {
    fn day_text(&self, day: &Date) -> String {
        day.strftime("%d/%m/%Y").to_string()
    }

    fn tomorrow(&self) -> Date {
        self.day.tomorrow().unwrap_or(self.day)
    }
}
