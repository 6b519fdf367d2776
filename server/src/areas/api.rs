//! Areas for scripts.

use axum::Json;
use axum::http::StatusCode;
use programme::ids::AreaId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::area::{self, Area, QuietSpan, Ways};
use super::tree::{self, Draft};
use crate::audit::Author;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::Problem;

/// `/api/v1/areas…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show))
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
}

/// A new area. What is left out is as in the area above.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewArea {
    /// What will contain it.
    parent_id: String,
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
    };
    Ok(Json(areas.into_iter().map(line).collect()))
}

/// One area.
#[utoipa::path(get, path = "/api/v1/areas/{area}", tag = "areas",
    params(("area" = String, Path)),
    responses((status = 200, body = AreaWhole), (status = 404, body = Problem)))]
async fn show(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Json<AreaWhole>> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    actor.require(Right::View, &area)?;
    Ok(Json(area.into()))
}

/// Adds an area.
#[utoipa::path(post, path = "/api/v1/areas", tag = "areas", request_body = NewArea,
    responses((status = 201, body = AreaWhole), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    state: State,
    actor: Actor,
    Body(new): Body<NewArea>,
) -> Result<(StatusCode, Json<AreaWhole>)> {
    let parent: AreaId = new.parent_id.parse().map_err(|_| Error::not_found())?;
    let mut connection = state.database.read().await?;
    let parent = area::find(&state, &mut connection, &parent).await?;
    drop(connection);
    actor.require(Right::ManageAreas, &parent)?;
    let draft = new.draft()?;
    let id = tree::add(&state, &Author::from(&actor), Some(&parent), &draft).await?;
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    Ok((StatusCode::CREATED, Json(area.into())))
}

impl NewArea {
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
            kind: self.kind,
            name: self.name,
            households: self.households,
            ways: Ways {
                languages: self.languages,
                quiet_hours,
                zone: self.zone,
                approver_may_be_author: None,
            },
        })
    }
}

impl From<Area> for AreaWhole {
    fn from(area: Area) -> Self {
        let ways = area.ways;
        Self {
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
        }
    }
}
