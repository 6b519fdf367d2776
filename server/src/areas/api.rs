//! Areas for scripts.

use axum::Json;
use axum::http::StatusCode;
use programme::ids::AreaId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::area::{self, Area, QuietSpan, Ways};
use super::draft::Draft;
use super::sessions::Sessions;
use super::tree;
use crate::audit::Author;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::language::Titled;
use crate::web::overtaken::{Meant, Version};

/// `/api/v1/areas…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
        .routes(routes!(close, reopen))
        .routes(routes!(list_kinds))
        .routes(routes!(list_languages))
}

/// An area in a list.
#[derive(Debug, Serialize, ToSchema)]
struct AreaLine {
    /// Its name for programs.
    id: String,
    /// What contains it.
    parent_id: Option<String>,
    /// What it is, such as `commune` or `village`.
    kind: String,
    /// Its name for people.
    name: String,
    /// Households, where known.
    households: Option<i64>,
    /// Since when nothing new is planned for it; `null` while it is in use.
    closed_at_ms: Option<i64>,
}

/// An area with what holds for it.
#[derive(Debug, Serialize, ToSchema)]
struct AreaWhole {
    /// Its name for programs.
    id: String,
    /// What contains it.
    parent_id: Option<String>,
    /// What it is, such as `commune` or `village`.
    kind: String,
    /// Its name for people.
    name: String,
    /// Households, where known.
    households: Option<i64>,
    /// Languages in the order in which they air (ISO 639).
    languages: Vec<String>,
    /// First minute of the quiet hours.
    quiet_from: String,
    /// First minute after the quiet hours.
    quiet_until: String,
    /// IANA time zone.
    zone: String,
    /// Whether an author may approve.
    approver_may_be_author: bool,
    /// When its villages listen.
    sessions: Sessions,
    /// Since when nothing new is planned for it; `null` while it is in use.
    closed_at_ms: Option<i64>,
    /// The same, where something that contains it may have been closed before.
    within_closed_at_ms: Option<i64>,
    /// Names what it says itself, beside its policy and its timetable.
    version: Version,
}

/// A new area.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewArea {
    /// What will contain it.
    parent_id: String,
    /// What it says of itself.
    area: AreaSays,
}

/// What an area says of itself. What is left out is as in the area above.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AreaSays {
    /// What it is, such as `village`.
    kind: String,
    /// Its name for people.
    name: String,
    /// Households, where known.
    households: Option<i64>,
    /// Languages in the order in which they air (ISO 639).
    languages: Option<Vec<String>>,
    /// First minute of the quiet hours, `hh:mm`.
    quiet_from: Option<String>,
    /// First minute after the quiet hours, `hh:mm`.
    quiet_until: Option<String>,
    /// IANA time zone.
    zone: Option<String>,
    /// Whether an author may approve.
    approver_may_be_author: Option<bool>,
    /// When its villages listen.
    sessions: Option<Sessions>,
    /// Whether it shall be kept although a session newly begins in quiet hours, where nothing will
    /// sound then.
    #[serde(default)]
    despite_quiet_hours: bool,
}

/// Something with a title in both languages of the panel.
#[derive(Debug, Serialize, ToSchema)]
struct TitledLine {
    /// Its name for programs.
    code: String,
    /// In Vietnamese.
    title_vi: String,
    /// In English.
    title_en: String,
}

/// The areas that you may see.
#[utoipa::path(get, path = "/api/v1/areas", tag = "areas",
    responses((status = 200, body = Vec<AreaLine>), (status = 401, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<AreaLine>>> {
    let mut connection = state.database.read().await?;
    let areas = tree::visible(&mut connection, actor.id()).await?;
    let line = |area: tree::Listed| AreaLine {
        id: area.id,
        parent_id: area.parent_id,
        kind: area.kind,
        name: area.name,
        households: area.households,
        closed_at_ms: area.closed_at_ms,
    };
    Ok(Json(areas.into_iter().map(line).collect()))
}

/// One area.
#[utoipa::path(get, path = "/api/v1/areas/{area}", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 200, body = AreaWhole), (status = 404, body = Problem)))]
async fn show(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Json<AreaWhole>> {
    let area = whole(&state, &id).await?;
    actor.require(Right::View, &area)?;
    Ok(Json(area.into()))
}

/// Adds an area.
#[utoipa::path(post, path = "/api/v1/areas", tag = "areas", request_body = NewArea,
    responses((status = 201, body = AreaWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    state: State,
    actor: Actor,
    Body(new): Body<NewArea>,
) -> Result<(StatusCode, Json<AreaWhole>)> {
    let parent: AreaId = new.parent_id.parse().map_err(|_| Error::not_found())?;
    let parent = whole(&state, &parent).await?;
    actor.require(Right::ManageAreas, &parent)?;
    let draft = new.area.draft()?;
    let id = tree::add(&state, &Author::from(&actor), Some(&parent), &draft).await?;
    Ok((StatusCode::CREATED, Json(whole(&state, &id).await?.into())))
}

/// Says of an area what is in the body, and nothing else.
#[utoipa::path(put, path = "/api/v1/areas/{area}", tag = "areas", request_body = AreaSays,
    params(("area" = String, Path), Meant),
    responses((status = 200, body = AreaWhole), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn change(
    state: State,
    actor: Actor,
    Path(id): Path<AreaId>,
    Query(meant): Query<Meant>,
    Body(says): Body<AreaSays>,
) -> Result<Json<AreaWhole>> {
    let area = whole(&state, &id).await?;
    actor.require(Right::ManageAreas, &area)?;
    let draft = says.draft()?;
    let (author, seen) = (Author::from(&actor), meant.version.as_ref());
    tree::change(&state, &author, &area, &draft, seen).await?;
    Ok(Json(whole(&state, &id).await?.into()))
}

/// Plans nothing new for an area and what it contains. It stays on record, and what was ordered
/// goes on.
#[utoipa::path(put, path = "/api/v1/areas/{area}/closed", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 204), (status = 403, body = Problem)))]
async fn close(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<StatusCode> {
    set_closed(&state, &actor, &id, true).await
}

/// Plans for an area again.
#[utoipa::path(delete, path = "/api/v1/areas/{area}/closed", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 204), (status = 403, body = Problem)))]
async fn reopen(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<StatusCode> {
    set_closed(&state, &actor, &id, false).await
}

async fn set_closed(state: &State, actor: &Actor, id: &AreaId, closed: bool) -> Result<StatusCode> {
    let area = whole(state, id).await?;
    actor.require(Right::ManageAreas, &area)?;
    tree::set_closed(state, &Author::from(actor), &area, closed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an area can be, the widest first.
#[utoipa::path(get, path = "/api/v1/area-kinds", tag = "areas",
    responses((status = 200, body = Vec<TitledLine>), (status = 401, body = Problem)))]
async fn list_kinds(state: State, _: Actor) -> Result<Json<Vec<TitledLine>>> {
    let mut connection = state.database.read().await?;
    Ok(Json(lines(tree::kinds(&mut connection).await?)))
}

/// Languages that villages speak.
#[utoipa::path(get, path = "/api/v1/spoken-languages", tag = "areas",
    responses((status = 200, body = Vec<TitledLine>), (status = 401, body = Problem)))]
async fn list_languages(state: State, _: Actor) -> Result<Json<Vec<TitledLine>>> {
    let mut connection = state.database.read().await?;
    Ok(Json(lines(tree::spoken_languages(&mut connection).await?)))
}

fn lines(titled: Vec<Titled>) -> Vec<TitledLine> {
    let line = |titled: Titled| TitledLine {
        code: titled.code,
        title_vi: titled.title_vi,
        title_en: titled.title_en,
    };
    titled.into_iter().map(line).collect()
}

async fn whole(state: &State, id: &AreaId) -> Result<Area> {
    let mut connection = state.database.read().await?;
    area::find(state, &mut connection, id).await
}

impl AreaSays {
    fn draft(self) -> Result<Draft> {
        let time = |text: Option<String>| {
            text.and_then(|text| text.parse().ok())
                .ok_or_else(|| Error::invalid("error-area-quiet-hours"))
        };
        let quiet_hours = match (self.quiet_from, self.quiet_until) {
            (None, None) => None,
            (from, until) => Some(QuietSpan {
                from: time(from)?,
                until: time(until)?,
            }),
        };
        Ok(Draft {
            id: None,
            kind: self.kind,
            name: self.name,
            households: self.households,
            ways: Ways {
                languages: self.languages,
                quiet_hours,
                zone: self.zone,
                approver_may_be_author: self.approver_may_be_author,
                sessions: self.sessions,
            },
            despite_quiet_hours: self.despite_quiet_hours,
        })
    }
}

impl From<Area> for AreaWhole {
    fn from(area: Area) -> Self {
        let version = Draft::of(&area).version();
        let ways = area.ways;
        Self {
            version,
            id: area.id.to_string(),
            parent_id: area.parent.map(|parent| parent.to_string()),
            kind: area.kind,
            name: area.name,
            households: area.households,
            languages: ways.languages,
            quiet_from: ways.quiet_hours.from.strftime("%H:%M").to_string(),
            quiet_until: ways.quiet_hours.until.strftime("%H:%M").to_string(),
            zone: ways.zone,
            approver_may_be_author: ways.approver_may_be_author,
            sessions: ways.sessions,
            closed_at_ms: area.closed_at_ms,
            within_closed_at_ms: area.within_closed_ms,
        }
    }
}
