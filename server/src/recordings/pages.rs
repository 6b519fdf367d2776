//! The pages of recordings: the list, a new one, one.

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request as Posted};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{BulletinId, RecordingId};
use programme::programme::Class;
use recordings::ingest::Ingested;
use serde::Deserialize;

use super::form::{self, Sent};
use super::intake::Wish;
use super::recording::{self, Recording, Stage, Whose};
use super::refusal::Refusal;
use super::typed_cut::{self, Typed};
use super::uploads::size_limit_bytes;
use super::{cut, shelf, waveform};
use crate::areas::area::{self, Area};
use crate::areas::tree::{self, Listed};
use crate::bulletins::bulletin::{self, Bulletin, class_name};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::requests::request::Request;
use crate::requests::rows as requests;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::paging::{Around, PAGE};
use crate::web::shell::{Alert, Shell, done, page, page_with};

/// `/recordings…`
pub fn routes() -> Router<State> {
    let large = post(send).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/recordings", get(list).merge(large))
        .route("/recordings/new", get(new))
        .route("/recordings/{recording}", get(show))
        .route("/recordings/{recording}/delete", post(delete))
        .route("/recordings/{recording}/try-again", post(try_again))
        .route("/recordings/{recording}/cut", post(cut_out))
        .route("/recordings/{recording}/uncut", post(uncut))
}

#[derive(Template)]
#[template(path = "recordings/list.html")]
struct ListPage {
    shell: Shell,
    recordings: Vec<Recording>,
    spoken: Vec<Titled>,
    which: Which,
    may_record: bool,
    around: Around,
}

#[derive(Template)]
#[template(path = "recordings/new.html")]
struct NewPage {
    shell: Shell,
    areas: Vec<Listed>,
    spoken: Vec<Titled>,
    wish: Wish,
    bulletin: Option<Bulletin>,
    /// The request that the bulletin was made for, where the reader may see it.
    request: Option<Request>,
    /// Whose takes the browser keeps.
    person: String,
    limit_mb: u64,
    limit_bytes: u64,
    limit_minutes: u32,
}

#[derive(Template)]
#[template(path = "recordings/show.html")]
struct ShowPage {
    shell: Shell,
    recording: Recording,
    spoken: Vec<Titled>,
    /// What it was made for, or speaks for.
    bulletins: Vec<Bulletin>,
    /// What it was cut from, if that is there still.
    cut_from: Option<RecordingId>,
    /// Whether that can speak again in its place.
    may_undo: bool,
    /// The class in which it would air.
    class: &'static str,
    may_delete: bool,
    may_record: bool,
    /// The part that was typed and cannot be cut out.
    typed: Option<Typed>,
}

/// Which recordings a list shows.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Which {
    #[serde(default)]
    own: bool,
    #[serde(default)]
    skip: u32,
}

/// What a link to the page for a new recording knows already.
#[derive(Debug, Default, Deserialize)]
struct Known {
    #[serde(default)]
    area: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    bulletin: String,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Response> {
    let whose = if which.own {
        Whose::Own
    } else {
        Whose::Everybody
    };
    let mut connection = state.database.read().await?;
    let mut recordings =
        recording::list(&mut connection, actor.id(), whose, PAGE + 1, which.skip).await?;
    let address = format!("/recordings?own={}", which.own);
    let around = Around::of(&mut recordings, which.skip, &address);
    let spoken = tree::spoken_languages(&mut connection).await?;
    let may_record = actor.may_somewhere(Right::Record);
    page(&ListPage {
        shell,
        recordings,
        spoken,
        which,
        may_record,
        around,
    })
}

async fn new(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(known): Query<Known>,
) -> Result<Response> {
    let wish = Wish {
        area: known.area,
        language: known.language,
        bulletin: known.bulletin,
        file_name: String::new(),
    };
    let new = new_page(&state, shell, &actor, wish).await?;
    page(&new)
}

async fn new_page(state: &State, shell: Shell, actor: &Actor, wish: Wish) -> Result<NewPage> {
    let mut connection = state.database.read().await?;
    let mut areas = tree::with_right(&mut connection, actor.id(), Right::Record).await?;
    areas.retain(|area| area.closed_at_ms.is_none());
    let bulletin = match wish.bulletin.parse::<BulletinId>() {
        Ok(id) => Some(
            bulletin::visible(state, &mut connection, actor, &id)
                .await?
                .0,
        ),
        Err(_) => None,
    };
    let request = match &bulletin {
        Some(one) => requests::visible_of_bulletin(state, &mut connection, actor, &one.id).await?,
        None => None,
    };
    let home = match (&bulletin, areas.first()) {
        (Some(bulletin), _) => Some(bulletin.area.clone()),
        (None, Some(area)) => area.id.parse().ok(),
        (None, None) => None,
    };
    let mut spoken = tree::spoken_languages(&mut connection).await?;
    if let Some(home) = home {
        let home = area::find(state, &mut connection, &home).await?;
        let place = |code: &str| home.ways.languages.iter().position(|spoken| spoken == code);
        // What the place speaks stands first, in the order in which it airs there.
        spoken.sort_by_key(|language| place(&language.code).unwrap_or(usize::MAX));
    }
    let uploads = &state.config.uploads;
    Ok(NewPage {
        shell,
        areas,
        spoken,
        wish,
        bulletin,
        request,
        person: actor.id().to_string(),
        limit_mb: uploads.size_limit_mb,
        limit_bytes: size_limit_bytes(state),
        limit_minutes: uploads.length_limit_minutes,
    })
}

async fn send(state: State, mut shell: Shell, actor: Actor, request: Posted) -> Result<Response> {
    let mut sent = Sent::default();
    let read = form::read(&state, &actor, request, &mut sent).await;
    match (read, &sent.recording) {
        (Ok(()), Some(id)) => Ok(done(&format!("/recordings/{id}"), "notice-recording-sent")),
        (Ok(()), None) => Ok(done("/recordings", "notice-recording-sent")),
        (Err(error), _) => {
            let status = shell.alert(error)?;
            let new = new_page(&state, shell, &actor, sent.wish).await?;
            page_with(status, &new)
        }
    }
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Response> {
    let mut one = show_page(&state, shell, &actor, &id).await?;
    // Thanks for what turned out to be of no use would be read, and the refusal below it not.
    if matches!(one.recording.stage, Stage::Refused(_)) {
        one.shell.notice = None;
    }
    page(&one)
}

async fn show_page(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &RecordingId,
) -> Result<ShowPage> {
    let mut connection = state.database.read().await?;
    let (recording, area) = recording::visible(state, &mut connection, actor, id).await?;
    let spoken = tree::spoken_languages(&mut connection).await?;
    let bulletins = bulletin::of_recording(&mut connection, id).await?;
    let may_delete = bulletins.is_empty()
        && !matches!(recording.stage, Stage::Processing)
        && shelf::may_delete(actor, &recording, &area);
    let may_record = actor.may(Right::Record, &area);
    let cut_from = recording.cut.as_ref().and_then(|cut| cut.of.clone());
    let open = bulletins.iter().any(|bulletin| bulletin.stage.is_open());
    let class = bulletins.first().map(|bulletin| bulletin.content.class);
    Ok(ShowPage {
        may_undo: may_record && open && cut_from.is_some(),
        class: class_name(class.unwrap_or(Class::Ordinary)),
        cut_from,
        shell,
        recording,
        spoken,
        bulletins,
        may_delete,
        may_record,
        typed: None,
    })
}

async fn cut_out(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Path(id): Path<RecordingId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let (recording, area) = visible(&state, &actor, &id).await?;
    let made = match typed.part() {
        Ok(part) => cut::cut(&state, &actor, &area, &recording, part).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => Ok(done(&format!("/recordings/{made}"), "notice-recording-cut")),
        Err(error) => {
            let status = shell.alert(error)?;
            let mut one = show_page(&state, shell, &actor, &id).await?;
            one.typed = Some(typed);
            page_with(status, &one)
        }
    }
}

async fn uncut(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Response> {
    let (recording, area) = visible(&state, &actor, &id).await?;
    match cut::undo(&state, &actor, &area, &recording).await {
        Ok(before) => Ok(done(
            &format!("/recordings/{before}"),
            "notice-recording-uncut",
        )),
        Err(error) => refused(&state, shell, &actor, &id, error).await,
    }
}

async fn delete(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Response> {
    let (recording, area) = visible(&state, &actor, &id).await?;
    match shelf::delete(&state, &actor, &recording, &area).await {
        Ok(()) => Ok(done("/recordings", "notice-recording-deleted")),
        Err(error) => refused(&state, shell, &actor, &id, error).await,
    }
}

async fn try_again(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Response> {
    let (_, area) = visible(&state, &actor, &id).await?;
    match shelf::try_again(&state, &actor, &id, &area).await {
        Ok(()) => Ok(done(&format!("/recordings/{id}"), "notice-recording-again")),
        Err(error) => refused(&state, shell, &actor, &id, error).await,
    }
}

/// The recording and its area, if the actor may see it.
async fn visible(state: &State, actor: &Actor, id: &RecordingId) -> Result<(Recording, Area)> {
    let mut connection = state.database.read().await?;
    recording::visible(state, &mut connection, actor, id).await
}

/// The recording again, with the reason above it.
async fn refused(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    id: &RecordingId,
    error: Error,
) -> Result<Response> {
    let status: StatusCode = shell.alert(error)?;
    let one = show_page(state, shell, actor, id).await?;
    page_with(status, &one)
}

impl ShowPage {
    /// Why a part would not air by itself, with the title of what holds it up: what waits for
    /// approval or has it goes on with the recording that was heard.
    fn bound(&self) -> Option<(&'static str, &str)> {
        let key = |one: &Bulletin| match one.stage {
            bulletin::Stage::Submitted(_) => Some("recordings-cut-submitted"),
            bulletin::Stage::Approved(_) => Some("recordings-cut-approved"),
            bulletin::Stage::Draft { .. }
            | bulletin::Stage::Rejected { .. }
            | bulletin::Stage::Withdrawn { .. } => None,
        };
        let mut bound = self.bulletins.iter();
        bound.find_map(|one| Some((key(one)?, one.content.title.as_str())))
    }

    fn tenth(&self, value: &f64) -> String {
        self.shell.language.number(*value, 1)
    }

    fn words(&self, refusal: &Refusal) -> Alert {
        refusal.words(self.shell.language)
    }

    fn outline(&self, report: &Ingested) -> String {
        waveform::path(report.peaks.columns())
    }
}
