//! The pages of bulletins: the list, and the steps of one.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::BulletinId;
use programme::programme::Language;
use serde::Deserialize;

use super::bulletin::{self, Bulletin, Stage};
use super::{approval, drafts, rejecting, removal, showing, writing};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::paging::{Around, PAGE};
use crate::web::shell::{Shell, done, page};

/// `/bulletins…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/bulletins", get(list))
        .route("/bulletins/new", get(writing::new).post(writing::create))
        .route("/bulletins/{bulletin}", get(showing::show))
        .route(
            "/bulletins/{bulletin}/edit",
            get(writing::edit).post(writing::save),
        )
        .route("/bulletins/{bulletin}/detach", post(detach))
        .route("/bulletins/{bulletin}/delete", post(delete))
        .route("/bulletins/{bulletin}/reject", post(rejecting::send))
        .route("/bulletins/{bulletin}/{step}", post(step))
}

#[derive(Template)]
#[template(path = "bulletins/list.html")]
struct ListPage {
    shell: Shell,
    bulletins: Vec<Bulletin>,
    /// Each state with how many there are.
    counts: Vec<(String, i64)>,
    topics: Vec<Titled>,
    which: Which,
    may_record: bool,
    may_approve: bool,
    around: Around,
}

/// Which bulletins a list shows.
#[derive(Debug, Clone, Default, Deserialize)]
struct Which {
    #[serde(default)]
    state: String,
    #[serde(default)]
    skip: u32,
}

/// A button that was pressed on what was seen.
#[derive(Debug, Deserialize)]
struct Pressed {
    version: i64,
    #[serde(default)]
    reason: String,
}

/// A language whose recording shall go.
#[derive(Debug, Deserialize)]
struct Spoken {
    language: Language,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let person = actor.id();
    let mut bulletins =
        bulletin::list(&mut connection, person, &which.state, PAGE + 1, which.skip).await?;
    let address = format!("/bulletins?state={}", which.shown());
    let around = Around::of(&mut bulletins, which.skip, &address);
    let counts = bulletin::counts(&mut connection, person).await?;
    let topics = bulletin::topics(&mut connection).await?;
    page(&ListPage {
        shell,
        bulletins,
        counts,
        topics,
        which,
        may_record: actor.may_somewhere(Right::Record),
        may_approve: actor.may_somewhere(Right::Approve),
        around,
    })
}

async fn detach(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Form(spoken): Form<Spoken>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    match drafts::detach(&state, &actor, &area, &bulletin, &spoken.language).await {
        Ok(()) => Ok(done(
            &format!("/bulletins/{id}"),
            "notice-bulletin-detached",
        )),
        Err(error) => showing::refused(&state, shell, &actor, &id, error).await,
    }
}

async fn delete(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Form(pressed): Form<Pressed>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let seen = Bulletin {
        version: pressed.version,
        ..bulletin
    };
    match removal::delete(&state, &actor, &area, &seen).await {
        Ok(()) => Ok(done("/bulletins?state=draft", "notice-bulletin-deleted")),
        Err(error) => showing::refused(&state, shell, &actor, &id, error).await,
    }
}

async fn step(
    state: State,
    shell: Shell,
    actor: Actor,
    Path((id, step)): Path<(BulletinId, String)>,
    Form(pressed): Form<Pressed>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let seen = Bulletin {
        version: pressed.version,
        ..bulletin
    };
    let reason = &pressed.reason;
    let (taken, notice) = match step.as_str() {
        "submit" => (
            approval::submit(&state, &actor, &area, &seen).await,
            "notice-bulletin-submitted",
        ),
        "retract" => (
            approval::retract(&state, &actor, &area, &seen).await,
            "notice-bulletin-retracted",
        ),
        "approve" => (
            approval::approve(&state, &actor, &area, &seen).await,
            "notice-bulletin-approved",
        ),
        "withdraw" => (
            approval::withdraw(&state, &actor, &area, &seen, reason).await,
            "notice-bulletin-withdrawn",
        ),
        _ => return Err(Error::not_found()),
    };
    match taken {
        Ok(()) => Ok(done(&format!("/bulletins/{id}"), notice)),
        Err(error) => showing::refused(&state, shell, &actor, &id, error).await,
    }
}

impl Which {
    /// The state that is shown, if it is one.
    fn shown(&self) -> &'static str {
        let mut names = Stage::NAMES.into_iter();
        names.find(|name| *name == self.state).unwrap_or("")
    }
}

impl ListPage {
    /// How many wait for the reader.
    fn waiting(&self) -> i64 {
        let submitted = self.counts.iter().find(|(state, _)| state == "submitted");
        submitted
            .filter(|_| self.may_approve)
            .map_or(0, |(_, count)| *count)
    }
}
