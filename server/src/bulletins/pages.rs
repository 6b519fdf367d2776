//! The pages of bulletins: the list, one, and its steps.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, BulletinId};
use programme::programme::{Class, Language};
use serde::Deserialize;

use super::bulletin::{self, Bulletin, Stage};
use super::coverage::{self, Missing};
use super::may::May;
use super::reading::Estimate;
use super::{approval, approved, drafts, rejecting, removal, writing};
use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::as_run::outcomes::{self, Outcomes};
use crate::as_run::starts::Whose;
use crate::broadcasts::broadcast;
use crate::broadcasts::choices::{Choice, choices};
use crate::broadcasts::next::{self, Next};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::recordings::recording::{self, Recording};
use crate::reports::reach::{self, Reach};
use crate::requests::request::Request;
use crate::requests::rows as requests;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::paging::{Around, PAGE};
use crate::web::shell::{Shell, done, page, page_with};

/// `/bulletins…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/bulletins", get(list))
        .route("/bulletins/new", get(writing::new).post(writing::create))
        .route("/bulletins/{bulletin}", get(show))
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

#[derive(Template)]
#[template(path = "bulletins/show.html")]
struct ShowPage {
    shell: Shell,
    bulletin: Bulletin,
    topics: Vec<Titled>,
    spoken: Vec<Titled>,
    takes: Vec<Recording>,
    /// The hash of what was approved, by its language.
    approved: BTreeMap<String, String>,
    /// Made for the bulletin and not part of it yet.
    coming: Vec<Recording>,
    /// Made for the bulletin, and refused.
    unusable: Vec<Recording>,
    missing: Vec<Missing>,
    /// The request that it was made for, where the reader may see it.
    request: Option<Request>,
    /// How long it takes to read the script out.
    estimate: Option<Estimate>,
    out_of_date: bool,
    /// What became of it on the air.
    outcomes: Outcomes,
    /// Times that one tap chooses.
    choices: Vec<Choice>,
    /// Whose calendar they come from.
    place: Option<AreaId>,
    /// In how many of its villages it was heard.
    reach: Option<Reach>,
    may: May,
    /// What the villages hear next that were to hear it, once it was withdrawn.
    next: Option<Next>,
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

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<BulletinId>,
    Query(wanted): Query<outcomes::Wanted>,
) -> Result<Response> {
    let one = show_page(&state, shell, &actor, &id, wanted).await?;
    page(&one)
}

async fn show_page(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &BulletinId,
    wanted: outcomes::Wanted,
) -> Result<ShowPage> {
    let mut connection = state.database.read().await?;
    let (bulletin, area) = bulletin::visible(state, &mut connection, actor, id).await?;
    let mut takes = Vec::new();
    for (_, take) in bulletin::takes(&mut connection, id).await? {
        takes.push(recording::find(&mut connection, &take).await?);
    }
    let mut coming = recording::for_bulletin(&mut connection, id).await?;
    coming.retain(|recording| is_coming(&bulletin, recording, &takes));
    let (unusable, coming): (Vec<_>, Vec<_>) = coming
        .into_iter()
        .partition(|one| one.stage.name() == "refused");
    let heard: BTreeSet<String> = takes.iter().map(|take| take.language.to_string()).collect();
    let made_it = bulletin::is_maker(&mut connection, id, actor.id()).await?;
    let may = May::of(actor, &area, &bulletin, made_it);
    let place = match may.schedule && bulletin.valid_until > state.now() {
        true => place(state, &mut connection, actor, &area).await?,
        false => None,
    };
    let calm = bulletin.content.class != Class::Emergency;
    let choices = match place.as_ref().filter(|_| calm) {
        Some(place) => choices(id, place, state.now(), &shell)?,
        None => Vec::new(),
    };
    let targets = match bulletin.stage {
        Stage::Withdrawn { .. } => targets(&mut connection, id).await?,
        Stage::Draft { .. } | Stage::Submitted(_) | Stage::Rejected { .. } | Stage::Approved(_) => {
            Vec::new()
        }
    };
    let next = next::after_change(state, &mut connection, &shell, actor, &targets).await?;
    let whose = Whose::Bulletin(id);
    let outcomes = outcomes::of(state, &mut connection, &shell, actor, whose, wanted).await?;
    Ok(ShowPage {
        choices,
        approved: approved::hashes(&mut connection, id).await?,
        place: place.map(|place| place.id),
        topics: bulletin::topics(&mut connection).await?,
        spoken: tree::spoken_languages(&mut connection).await?,
        missing: coverage::missing(&mut connection, &bulletin.area, &heard).await?,
        request: requests::visible_of_bulletin(state, &mut connection, actor, id).await?,
        estimate: Estimate::of(&bulletin.content.script, Some(&area), &state.config),
        out_of_date: bulletin.valid_until <= state.now(),
        outcomes,
        reach: reach::of_bulletin(&mut connection, id).await?,
        may,
        next,
        shell,
        bulletin,
        takes,
        coming,
        unusable,
    })
}

/// Where it was to be heard.
async fn targets(connection: &mut Connection, id: &BulletinId) -> Result<Vec<AreaId>> {
    let broadcasts = broadcast::of_bulletin(connection, id).await?.into_iter();
    let standing = broadcasts.filter(|one| one.cancelled_at.is_none());
    let targets: BTreeSet<AreaId> = standing.flat_map(|one| one.targets).collect();
    Ok(targets.into_iter().collect())
}

/// Where the reader would air it: in its own area if they may, else in the one area that is theirs.
async fn place(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    home: &Area,
) -> Result<Option<Area>> {
    if actor.may(Right::Schedule, home) && home.within_closed_ms.is_none() {
        return Ok(Some(home.clone()));
    }
    let own = tree::open_with_right(connection, actor.id(), Right::Schedule).await?;
    let [only] = own.as_slice() else {
        return Ok(None);
    };
    let only = only.id.parse().map_err(anyhow::Error::from)?;
    Ok(Some(area::find(state, connection, &only).await?))
}

/// Of recordings that were made for a bulletin, those whose end its authors wait for, and refused
/// ones until a later take has come through.
fn is_coming(bulletin: &Bulletin, recording: &Recording, takes: &[Recording]) -> bool {
    let later = |take: &Recording| {
        take.language == recording.language && take.created_at >= recording.created_at
    };
    bulletin.stage.is_open() && recording.stage.name() != "ready" && !takes.iter().any(later)
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
        Err(error) => refused(&state, shell, &actor, &id, error).await,
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
        Err(error) => refused(&state, shell, &actor, &id, error).await,
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
        Err(error) => refused(&state, shell, &actor, &id, error).await,
    }
}

/// The bulletin as it is, with the reason above it.
pub(super) async fn refused(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    id: &BulletinId,
    error: Error,
) -> Result<Response> {
    let status = shell.alert(error)?;
    let newest = outcomes::Wanted::default();
    let one = show_page(state, shell, actor, id, newest).await?;
    page_with(status, &one)
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

impl ShowPage {
    /// Names of the reasons for which a bulletin is sent back that one tap chooses.
    fn ready_reasons(&self) -> [&'static str; 5] {
        rejecting::READY
    }

    /// Names of languages that the bulletin still lacks, to be recorded next.
    fn to_record(&self) -> Vec<String> {
        self.missing
            .iter()
            .map(|missing| missing.language.clone())
            .collect()
    }

    fn is_waited_for(&self) -> bool {
        self.coming
            .iter()
            .any(|recording| recording.stage.is_under_way())
    }
}
