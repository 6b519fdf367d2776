//! The page of alarms: what is or was wrong, who knows of it, and whom to call.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AlarmId, PersonId};
use serde::Deserialize;

use super::alarm::{self, About};
use super::known::{self, Spread};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::{standing, station};
use crate::web::errors::Result;
use crate::web::forms::{Form, Path, Query};
use crate::web::paging::{Around, PAGE};
use crate::web::shell::{Shell, done, page};

/// `/alarms…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/alarms", get(list))
        .route("/alarms/{alarm}/told", post(tell))
}

#[derive(Template)]
#[template(path = "alarms/list.html")]
struct ListPage {
    shell: Shell,
    going_on: Vec<Line>,
    around: Around,
    over: Vec<Line>,
}

struct Line {
    spread: Spread,
    /// What is wrong, and what to do.
    about: String,
}

#[derive(Debug, Default, Deserialize)]
struct Which {
    #[serde(default)]
    skip: u32,
}

#[derive(Debug, Deserialize)]
struct Told {
    person: PersonId,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Response> {
    actor.require_somewhere(Right::Stop)?;
    let mut connection = state.database.read().await?;
    let (person, now) = (actor.id(), state.now());
    let mut alarms = alarm::going_on(&mut connection, person, PAGE + 1, which.skip).await?;
    let around = Around::of(&mut alarms, which.skip, "/alarms?");
    let mut going_on = known::spread(&mut connection, alarms.clone()).await?;
    match known::note_seen(&state, &actor, &going_on).await {
        Ok(true) => going_on = known::spread(&mut connection, alarms).await?,
        Ok(false) => {}
        // What is wrong can be read all the same.
        Err(error) => tracing::error!("who saw the alarms is not noted: {error:#}"),
    }
    let over = match which.skip {
        0 => alarm::over(&mut connection, person, now, PAGE).await?,
        _ => Vec::new(),
    };
    let over = known::spread(&mut connection, over).await?;
    page(&ListPage {
        going_on: lines(&mut connection, &shell, going_on).await?,
        over: lines(&mut connection, &shell, over).await?,
        shell,
        around,
    })
}

async fn lines(connection: &mut Connection, shell: &Shell, all: Vec<Spread>) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for spread in all {
        let about = match &spread.alarm.about {
            About::Away => shell.say("alarms-away"),
            About::Fault(fault) => {
                let station = station::find(connection, &spread.alarm.station).await?;
                standing::in_words(fault, &station, shell)
            }
        };
        lines.push(Line { spread, about });
    }
    Ok(lines)
}

async fn tell(
    state: State,
    actor: Actor,
    Path(id): Path<AlarmId>,
    Form(told): Form<Told>,
) -> Result<Response> {
    known::tell(&state, &actor, &id, &told.person).await?;
    Ok(done("/alarms", "notice-alarm-told"))
}

impl ListPage {
    /// Who knows of it and since when, as one line.
    fn known(&self, spread: &Spread) -> String {
        let shell = &self.shell;
        let one = |known: &known::Knows| {
            let name = known.full_name.as_str();
            let at = shell.when(&known.at);
            match &known.told_by {
                None => shell.say2("alarms-saw", ("name", name), ("at", at)),
                Some(by) => {
                    let by = format!("{by}, {at}");
                    shell.say2("alarms-was-told", ("name", name), ("by", by))
                }
            }
        };
        let all: Vec<String> = spread.known.iter().map(one).collect();
        match (all.is_empty(), spread.alarm.until) {
            (true, None) => shell.say("alarms-nobody-knows"),
            (true, Some(_)) => shell.say("alarms-nobody-knew"),
            (false, _) => all.join("; "),
        }
    }
}
