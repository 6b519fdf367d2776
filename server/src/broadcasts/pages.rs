//! The pages of broadcasts: the list, and what several of them say of what villages will hear.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::BroadcastId;
use serde::Deserialize;

use super::broadcast::{self, Broadcast, Which};
use super::calendar::{self, rehearsal};
use super::outlook::{Hearer, Outlook, Outlooks};
use super::words::{self, Names};
use super::{ending, ordering, showing};
use crate::areas::area::{self, Area};
use crate::as_run::outcomes::Wanted;
use crate::as_run::words as as_run_words;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::{Form, Path, Query};
use crate::web::overtaken::Opened;
use crate::web::shell::{Shell, done, page};

/// So many villages that hear the same are named.
const NAMED: usize = 20;

/// `/broadcasts…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/broadcasts", get(list))
        .route("/broadcasts/new", get(ordering::new).post(ordering::send))
        .route("/broadcasts/calendar", get(calendar::pages::show))
        .route("/broadcasts/rehearsal", get(rehearsal::page::show))
        .route(
            "/broadcasts/rehearsal/{area}/{hash}",
            get(rehearsal::sound::hear),
        )
        .route("/broadcasts/{broadcast}", get(showing::show))
        .route("/broadcasts/{broadcast}/cancel", post(cancel))
        .route("/broadcasts/{broadcast}/villages", get(showing::part))
}

#[derive(Template)]
#[template(path = "broadcasts/list.html")]
struct ListPage {
    shell: Shell,
    broadcasts: Vec<Listing>,
    past: bool,
    may_order: bool,
}

struct Listing {
    id: BroadcastId,
    title: String,
    rule: String,
    places: String,
    cancelled: bool,
    moved: bool,
    withdrawn: bool,
}

/// What the villages will hear, in words.
pub(super) struct Looked {
    pub(super) alike: Vec<Alike>,
    /// How many villages were looked at and how many are meant, where that is not the same.
    pub(super) partly: Option<(String, String)>,
}

/// Villages that hear the same.
pub(super) struct Alike {
    /// Their names.
    pub(super) names: String,
    pub(super) count: usize,
    /// The names of those that have no station yet, if there are some.
    pub(super) without_station: Option<String>,
    pub(super) cues: Vec<CueLine>,
    pub(super) findings: Vec<(String, bool)>,
    /// The last day up to which that was looked for, where it was not all.
    pub(super) until: Option<String>,
}

pub(super) struct CueLine {
    /// What airs, where that is not the one broadcast that was looked at.
    pub(super) title: Option<(BroadcastId, String)>,
    pub(super) planned: String,
    /// Set where it starts later than planned.
    pub(super) expected: Option<String>,
    pub(super) duration: String,
    pub(super) obstacle: Option<&'static str>,
}

#[derive(Debug, Deserialize)]
struct Filter {
    #[serde(default)]
    past: bool,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let which = if filter.past {
        Which::Past
    } else {
        Which::Coming
    };
    let person = actor.id().as_str();
    let mut broadcasts = Vec::new();
    for found in broadcast::visible(&mut connection, person, which, state.now()).await? {
        let areas = areas(&state, &mut connection, &found).await?;
        broadcasts.push(Listing {
            title: broadcast::titles(&mut connection, &found.id).await?,
            rule: words::rule(&found.rule, words::timetable(&areas), &shell),
            places: names(&areas),
            cancelled: found.cancelled_at.is_some(),
            moved: found.moved_to.is_some(),
            withdrawn: broadcast::names_withdrawn(&mut connection, &found.id).await?,
            id: found.id,
        });
    }
    let may_order = actor.may_somewhere(Right::Schedule);
    page(&ListPage {
        shell,
        broadcasts,
        past: filter.past,
        may_order,
    })
}

async fn cancel(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<BroadcastId>,
    Form(opened): Form<Opened>,
) -> Result<Response> {
    match ending::cancel(&state, &actor, &id, opened.seen()).await {
        // The page of the broadcast leads to what it became.
        Err(error) if error.key() == ending::MOVED => {
            let status = shell.alert(error)?;
            showing::answer(state, shell, actor, &id, Wanted::default(), status).await
        }
        cancelled => cancelled.map(|()| {
            let page = format!("/broadcasts/{id}");
            done(&page, "notice-broadcast-cancelled")
        }),
    }
}

/// What the villages will hear, in words.
pub(super) fn looked(outlooks: &Outlooks, names: &Names, shell: &Shell) -> Looked {
    let (looked_at, meant) = (outlooks.looked_at(), outlooks.meant);
    let alike = outlooks.outlooks.iter();
    Looked {
        alike: alike.map(|one| heard(one, names, shell)).collect(),
        partly: (looked_at < meant).then(|| (looked_at.to_string(), meant.to_string())),
    }
}

/// What villages that are alike will hear; a finding that silences something is marked.
fn heard(outlook: &Outlook, names: &Names, shell: &Shell) -> Alike {
    let zone = &outlook.zone;
    let civil = |at| zone.civil(at).strftime("%d/%m/%Y %H:%M").to_string();
    let cue = |cue: &programme::day_plan::Cue| CueLine {
        title: None,
        planned: civil(cue.planned),
        expected: (cue.expected > cue.planned)
            .then(|| zone.civil(cue.expected).strftime("%H:%M:%S").to_string()),
        duration: words::span(cue.duration(), shell),
        obstacle: cue.obstacle.map(as_run_words::obstacle),
    };
    let (villages, findings) = (&outlook.villages, outlook.findings.iter());
    let without: Vec<&Hearer> = villages
        .iter()
        .filter(|village| village.stations.is_empty())
        .collect();
    Alike {
        names: some_names(villages, shell),
        count: villages.len(),
        without_station: (!without.is_empty()).then(|| some_names(without, shell)),
        cues: outlook.cues.iter().map(cue).collect(),
        findings: findings
            .map(|one| (words::finding(one, names, zone, shell), one.silences()))
            .collect(),
        until: outlook
            .until
            .map(|day| day.strftime("%d/%m/%Y").to_string()),
    }
}

/// The names of villages; of many, the first ones and how many more there are.
fn some_names<'v>(villages: impl IntoIterator<Item = &'v Hearer>, shell: &Shell) -> String {
    let mut names: Vec<&str> = villages.into_iter().map(|one| &*one.area.name).collect();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let named = names.join(", ");
    match more {
        0 => named,
        more => format!(
            "{named}, {}",
            shell.say1("broadcasts-more-villages", "count", more.to_string())
        ),
    }
}

async fn areas(
    state: &State,
    connection: &mut Connection,
    broadcast: &Broadcast,
) -> Result<Vec<Area>> {
    let mut areas = Vec::with_capacity(broadcast.targets.len());
    for id in &broadcast.targets {
        areas.push(area::find(state, connection, id).await?);
    }
    Ok(areas)
}

pub(super) fn names(areas: &[Area]) -> String {
    areas
        .iter()
        .map(|area| area.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}
