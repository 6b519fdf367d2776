//! Invitations for scripts of administrators. Taking one up is for people, on the page.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::identity::Actor;
use super::invitations::{self, Invitation};
use super::keeping;
use super::person::Names;
use super::rights::Role;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path};
use crate::web::frame::{Problem, own_address};

/// `/api/v1/invitations…`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, invite))
        .routes(routes!(withdraw))
        .routes(routes!(renew))
}

/// Somebody who was invited and has not come in yet.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationLine {
    /// Its name for programs.
    id: String,
    /// What they will type to sign in, unless they choose another name.
    name: String,
    /// What others call them.
    full_name: String,
    /// How to reach them.
    phone: String,
    /// What they will be.
    role: Role,
    /// Where it will hold.
    area_id: String,
    /// What that is called.
    area_name: String,
    /// Who invited them.
    invited_by: String,
    /// Until when they can come in.
    expires_at_ms: i64,
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PersonToInvite {
    /// What they will type to sign in, unless they choose another name.
    name: String,
    /// What others call them.
    full_name: String,
    /// How to reach them.
    #[serde(default)]
    phone: String,
    /// What they will be.
    role: Role,
    /// Where it will hold.
    area_id: String,
}

/// What to send to them.
#[derive(Debug, Serialize, ToSchema)]
struct Invited {
    /// The name of the invitation for programs.
    id: String,
    /// Shown only here.
    code: String,
    /// Opens the page with the code filled in. What stands behind `#` reaches no server.
    link: String,
}

/// Who was invited where you keep people, and has not come in yet.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "people",
    responses((status = 200, body = Vec<InvitationLine>), (status = 403, body = Problem)))]
async fn list(state: State, actor: Actor) -> Result<Json<Vec<InvitationLine>>> {
    let open = invitations::list(&state, &actor).await?;
    let lines: Result<_> = open.into_iter().map(InvitationLine::of).collect();
    Ok(Json(lines?))
}

/// Invites somebody: with the code they choose their own password.
#[utoipa::path(post, path = "/api/v1/invitations", tag = "people", request_body = PersonToInvite,
    responses((status = 201, body = Invited), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn invite(
    state: State,
    actor: Actor,
    headers: HeaderMap,
    Body(new): Body<PersonToInvite>,
) -> Result<(StatusCode, Json<Invited>)> {
    let area = new.area_id.parse().map_err(|_| Error::not_found())?;
    let who = Names {
        name: new.name,
        full_name: new.full_name,
        phone: new.phone,
    };
    let (made, code) = keeping::invite(&state, &actor, who, new.role, &area).await?;
    let link = link(&own_address(&state, &headers), &code);
    let id = made.id;
    Ok((StatusCode::CREATED, Json(Invited { id, code, link })))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/invitations/{invitation}", tag = "people",
    params(("invitation" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 410, body = Problem)))]
async fn withdraw(state: State, actor: Actor, Path(id): Path<String>) -> Result<StatusCode> {
    invitations::withdraw(&state, &actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an invitation another code; the one before works no longer.
#[utoipa::path(post, path = "/api/v1/invitations/{invitation}/code", tag = "people",
    params(("invitation" = String, Path)),
    responses((status = 200, body = Invited), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 410, body = Problem)))]
async fn renew(
    state: State,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Invited>> {
    let (_, code) = invitations::renew(&state, &actor, &id).await?;
    let link = link(&own_address(&state, &headers), &code);
    Ok(Json(Invited { id, code, link }))
}

/// The link that opens the page for `code`.
pub(super) fn link(address: &str, code: &str) -> String {
    format!("{address}/invitation#{code}")
}

impl InvitationLine {
    fn of(open: Invitation) -> Result<Self> {
        Ok(Self {
            role: open.role()?,
            id: open.id,
            name: open.name,
            full_name: open.full_name,
            phone: open.phone,
            area_id: open.area_id,
            area_name: open.area_name,
            invited_by: open.invited_by,
            expires_at_ms: open.expires_at_ms,
        })
    }
}
