//! The pages of requests: the list, a new one, one with what became of it.

use askama::Template;
use axum::Router;
use axum::extract::multipart::Multipart;
use axum::extract::{DefaultBodyLimit, FromRequest, Request as Sent};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::ToSpan;
use jiff::civil::Date;
use programme::ids::{AreaId, BulletinId, RequestId};
use programme::zone::Zone;
use serde::Deserialize;

use super::documents::{self, LIMIT_BYTES, LIMIT_MB};
use super::fates::{self, Fate};
use super::form::Fields;
use super::request::{Answer, Request};
use super::rows::{self, Asked};
use super::steps;
use crate::areas::tree::{self, Listed};
use crate::bulletins::{behalf, bulletin};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path, Query};
use crate::web::language::Titled;
use crate::web::paging::{Around, PAGE};
use crate::web::shell::{Shell, done, page, page_with};

/// `/requests…`
pub fn routes() -> Router<State> {
    let document = post(attach).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/requests", get(list))
        .route("/requests/new", get(new).post(ask))
        .route("/requests/{request}", get(show))
        .route("/requests/{request}/cancel", post(cancel))
        .route("/requests/{request}/take", post(take))
        .route("/requests/{request}/decline", post(decline))
        .route(
            "/requests/{request}/document",
            get(document_of).merge(document),
        )
}

/// A village has so many days unless somebody says otherwise.
const DAYS: i64 = 3;
/// What stands around a file in a form, at most.
const AROUND_LIMIT: usize = 10_000;

#[derive(Template)]
#[template(path = "requests/list.html")]
struct ListPage {
    shell: Shell,
    /// Waits for the reader to take it up.
    waiting: Vec<Asked>,
    requests: Vec<Request>,
    today: Date,
    which: Which,
    may_ask: bool,
    around: Around,
}

#[derive(Template)]
#[template(path = "requests/new.html")]
struct NewPage {
    shell: Shell,
    areas: Vec<Listed>,
    topics: Vec<Titled>,
    bodies: Vec<String>,
    fields: Fields,
    limit_mb: usize,
}

#[derive(Template)]
#[template(path = "requests/show.html")]
struct ShowPage {
    shell: Shell,
    request: Request,
    topics: Vec<Titled>,
    fates: Vec<Fate>,
    is_own: bool,
    is_late: bool,
    limit_mb: usize,
}

/// Which requests a list shows.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Which {
    #[serde(default)]
    own: bool,
    #[serde(default)]
    skip: u32,
}

/// A village for which somebody answers.
#[derive(Debug, Deserialize)]
struct Pressed {
    area: AreaId,
    #[serde(default)]
    reason: String,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let person = actor.id();
    let waiting = rows::waiting_for(&mut connection, person, PAGE).await?;
    let mut requests = rows::list(&mut connection, person, which.own, PAGE + 1, which.skip).await?;
    let address = format!("/requests?own={}", which.own);
    let around = Around::of(&mut requests, which.skip, &address);
    page(&ListPage {
        shell,
        waiting,
        requests,
        today: today(&state)?,
        which,
        may_ask: actor.may_somewhere(Right::Ask),
        around,
    })
}

async fn new(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    actor.require_somewhere(Right::Ask)?;
    let due = today(&state)?.checked_add(DAYS.days());
    let fields = Fields {
        id: RequestId::from_random(state.randomness.bytes()).to_string(),
        due_day: due.map_err(anyhow::Error::from)?.to_string(),
        ..Fields::default()
    };
    let new = new_page(&state, shell, &actor, fields).await?;
    page(&new)
}

async fn new_page(state: &State, shell: Shell, actor: &Actor, fields: Fields) -> Result<NewPage> {
    let mut connection = state.database.read().await?;
    Ok(NewPage {
        shell,
        areas: tree::open_with_right(&mut connection, actor.id(), Right::Ask).await?,
        topics: bulletin::topics(&mut connection).await?,
        bodies: behalf::suggestions(&mut connection).await?,
        fields,
        limit_mb: LIMIT_MB,
    })
}

async fn ask(
    state: State,
    mut shell: Shell,
    actor: Actor,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let fields = Fields::of(pairs);
    let id: RequestId = fields
        .id
        .parse()
        .map_err(|_| Error::invalid("error-request-name"))?;
    match asked(&state, &actor, &id, &fields).await {
        Ok(request) if request.is_sent() => Ok(sent_out(&request)),
        Ok(_) => Ok(done(&format!("/requests/{id}"), "notice-request-begun")),
        Err(error) => {
            let status = shell.alert(error)?;
            let new = new_page(&state, shell, &actor, fields).await?;
            page_with(status, &new)
        }
    }
}

async fn asked(state: &State, actor: &Actor, id: &RequestId, fields: &Fields) -> Result<Request> {
    steps::ask(state, actor, id, &fields.wish()?, &fields.areas()?).await?;
    visible(state, actor, id).await
}

/// On to a request that its villages see from now on, with how many they are.
fn sent_out(request: &Request) -> Response {
    let (id, count) = (&request.id, request.targets.len());
    let path = format!("/requests/{id}?count={count}");
    done(&path, "notice-request-asked")
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RequestId>,
) -> Result<Response> {
    let one = show_page(&state, shell, &actor, &id).await?;
    page(&one)
}

async fn show_page(state: &State, shell: Shell, actor: &Actor, id: &RequestId) -> Result<ShowPage> {
    let mut connection = state.database.read().await?;
    let request = rows::visible(state, &mut connection, actor, id).await?;
    let fates = fates::of(state, &mut connection, &shell, actor, &request).await?;
    Ok(ShowPage {
        topics: bulletin::topics(&mut connection).await?,
        is_own: request.asker == *actor.id(),
        is_late: request.is_late(&today(state)?),
        limit_mb: LIMIT_MB,
        shell,
        request,
        fates,
    })
}

async fn cancel(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RequestId>,
) -> Result<Response> {
    let request = visible(&state, &actor, &id).await?;
    let cancelled = steps::cancel(&state, &actor, &request).await;
    ended(
        &state,
        shell,
        &actor,
        &id,
        cancelled,
        "notice-request-cancelled",
    )
    .await
}

async fn take(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RequestId>,
    Form(pressed): Form<Pressed>,
) -> Result<Response> {
    let request = visible(&state, &actor, &id).await?;
    let fresh = BulletinId::from_random(state.randomness.bytes());
    match steps::take(&state, &actor, &request, &pressed.area, &fresh).await {
        Ok(bulletin) => Ok(done(
            &format!("/bulletins/{bulletin}"),
            "notice-request-taken",
        )),
        Err(error) => refused(&state, shell, &actor, &id, error).await,
    }
}

async fn decline(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RequestId>,
    Form(pressed): Form<Pressed>,
) -> Result<Response> {
    let request = visible(&state, &actor, &id).await?;
    let (area, reason) = (&pressed.area, &pressed.reason);
    let declined = steps::decline(&state, &actor, &request, area, reason).await;
    ended(
        &state,
        shell,
        &actor,
        &id,
        declined,
        "notice-request-declined",
    )
    .await
}

async fn document_of(state: State, actor: Actor, Path(id): Path<RequestId>) -> Result<Response> {
    let request = visible(&state, &actor, &id).await?;
    documents::send(&state, &request).await
}

async fn attach(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RequestId>,
    sent: Sent,
) -> Result<Response> {
    let request = visible(&state, &actor, &id).await?;
    steps::require_asker(&actor, &request)?;
    let attached = match file_of(&state, sent).await {
        Ok((name, bytes)) => documents::attach(&state, &actor, &request, &name, bytes).await,
        Err(error) => Err(error),
    };
    match attached {
        // What had no words was not sent until now.
        Ok(()) if !request.is_sent() => Ok(sent_out(&request)),
        Ok(()) => Ok(done(&format!("/requests/{id}"), "notice-request-attached")),
        Err(error) => refused(&state, shell, &actor, &id, error).await,
    }
}

/// The file in a form: its name and its bytes, of which no more are read than are taken.
async fn file_of(state: &State, sent: Sent) -> Result<(String, axum::body::Bytes)> {
    let cut_off = || Error::refused(StatusCode::BAD_REQUEST, "error-request-cut-off");
    let form = Multipart::from_request(sent, state).await;
    let mut form = form.map_err(|_| cut_off())?;
    while let Some(mut field) = form.next_field().await.map_err(|_| cut_off())? {
        let is_file = field.name() == Some("file");
        let most = if is_file { LIMIT_BYTES } else { AROUND_LIMIT };
        let name = field.file_name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(piece) = field.chunk().await.map_err(|_| cut_off())? {
            if bytes.len() + piece.len() > most {
                return Err(documents::too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        // A field in which no file was chosen comes without bytes and without a name.
        if is_file && !(name.is_empty() && bytes.is_empty()) {
            return Ok((name, bytes.into()));
        }
    }
    Err(Error::invalid("error-request-document"))
}

async fn visible(state: &State, actor: &Actor, id: &RequestId) -> Result<Request> {
    let mut connection = state.database.read().await?;
    rows::visible(state, &mut connection, actor, id).await
}

async fn ended(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &RequestId,
    step: Result<()>,
    notice: &'static str,
) -> Result<Response> {
    match step {
        Ok(()) => Ok(done(&format!("/requests/{id}"), notice)),
        Err(error) => refused(state, shell, actor, id, error).await,
    }
}

/// The request as it is, with the reason above it.
async fn refused(
    state: &State,
    mut shell: Shell,
    actor: &Actor,
    id: &RequestId,
    error: Error,
) -> Result<Response> {
    let status = shell.alert(error)?;
    let one = show_page(state, shell, actor, id).await?;
    page_with(status, &one)
}

fn today(state: &State) -> Result<Date> {
    let zone = Zone::named(&state.config.commune.zone).map_err(anyhow::Error::from)?;
    Ok(zone.date(state.now()))
}

impl NewPage {
    fn is_chosen(&self, area: &Listed) -> bool {
        self.fields.areas.contains(&area.id)
    }
}
