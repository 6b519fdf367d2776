//! The page of alarms: what is or was wrong, who knows of it, and whom to call.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AlarmId, PersonId};
use serde::Deserialize;

use super::alarm::{self, About};
use super::known::{self, Spread};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stations::standing;
use crate::web::errors::Result;
use crate::web::forms::{Form, Path};
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
    going_on: Vec<Spread>,
    over: Vec<Spread>,
}

#[derive(Debug, Deserialize)]
struct Told {
    person: PersonId,
}

async fn list(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    actor.require_somewhere(Right::Stop)?;
    let mut connection = state.database.read().await?;
    let alarms = alarm::of_person(&mut connection, actor.id(), state.now()).await?;
    let spread = known::spread(&mut connection, alarms).await?;
    drop(connection);
    known::note_seen(&state, &actor, &spread).await?;
    let (going_on, over) = spread
        .into_iter()
        .partition(|one| one.alarm.until.is_none());
    page(&ListPage {
        shell,
        going_on,
        over,
    })
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
    fn in_words(&self, about: &About) -> String {
        match about {
            About::Away => self.shell.say("alarms-away"),
            About::Fault(fault) => standing::in_words(fault, &self.shell),
        }
    }

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
