//! The pages on which administrators keep people: invite, add, give and take roles, set a password,
//! close.

use askama::Template;
use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, PersonId};
use serde::Deserialize;

use super::identity::Actor;
use super::invitations::{self, Invitation};
use super::invitations_api;
use super::keeping::{self, Kept};
use super::person::{Names, NewPerson};
use super::rights::{Right, Role};
use super::sessions::Session;
use crate::areas::tree::{self, Listed};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Form, Path};
use crate::web::frame::own_address;
use crate::web::shell::{NavLink, Shell, done, page, page_with};

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/people",
    key: "people-title",
    right: Some(Right::ManagePeople),
};

/// `/people…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/people", get(list))
        .route("/people/new", get(new).post(create))
        .route("/people/invitations/{invitation}/withdraw", post(withdraw))
        .route("/people/invitations/{invitation}/renew", post(renew))
        .route("/people/{person}", get(show))
        .route("/people/{person}/roles", post(give_role))
        .route("/people/{person}/roles/take", post(take_role))
        .route("/people/{person}/password", post(reset_password))
        .route("/people/{person}/sessions/end", post(end_sessions))
        .route("/people/{person}/close", post(close))
        .route("/people/{person}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "people/list.html")]
struct ListPage {
    shell: Shell,
    people: Vec<Kept>,
    /// Who was invited and has not come in yet, behind the key of their role.
    invitations: Vec<(&'static str, Invitation)>,
}

#[derive(Template)]
#[template(path = "people/invite.html")]
struct InvitePage {
    shell: Shell,
    full_name: String,
    /// The number that was written down for them; may be empty.
    phone: String,
    /// Shown only here, as is what stands in it.
    code: String,
    link: String,
    /// What can be sent as it is, by Zalo for example.
    message: String,
    /// Whether there was another one before.
    is_renewed: bool,
}

#[derive(Template)]
#[template(path = "people/new.html")]
struct NewPage {
    shell: Shell,
    fields: NewFields,
    areas: Vec<Listed>,
}

#[derive(Template)]
#[template(path = "people/show.html")]
struct ShowPage {
    shell: Shell,
    kept: Kept,
    areas: Vec<Listed>,
    /// Where they are signed in, for whoever keeps them wholly.
    sessions: Option<Vec<Session>>,
    /// A password that was made just now.
    password: Option<String>,
    is_self: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct NewFields {
    name: String,
    full_name: String,
    #[serde(default)]
    phone: String,
    role: String,
    area: String,
    /// `invite`, or with a first password.
    #[serde(default)]
    how: String,
}

#[derive(Deserialize)]
struct RoleFields {
    role: Role,
    area: AreaId,
}

async fn list(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    let people = keeping::list(&state, &actor).await?;
    let open = invitations::list(&state, &actor).await?.into_iter();
    let with_role = |open: Invitation| Ok::<_, Error>((open.role()?.key(), open));
    let open: Result<Vec<_>> = open.map(with_role).collect();
    page(&ListPage {
        shell,
        people,
        invitations: open?,
    })
}

async fn new(state: State, shell: Shell, actor: Actor) -> Result<Response> {
    actor.require_somewhere(Right::ManagePeople)?;
    let areas = kept_areas(&state, &actor).await?;
    page(&NewPage {
        shell,
        fields: NewFields::default(),
        areas,
    })
}

async fn create(
    state: State,
    mut shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Form(fields): Form<NewFields>,
) -> Result<Response> {
    let made = match fields.how.as_str() {
        "invite" => invite(&state, &shell, &actor, &headers, &fields).await,
        _ => add(&state, &shell, &actor, &fields).await,
    };
    match made {
        Ok(answer) => Ok(answer),
        Err(error) => {
            let status = shell.alert(error)?;
            let areas = kept_areas(&state, &actor).await?;
            page_with(
                status,
                &NewPage {
                    shell,
                    fields,
                    areas,
                },
            )
        }
    }
}

/// Invites somebody and shows what to send to them, once.
async fn invite(
    state: &State,
    shell: &Shell,
    actor: &Actor,
    headers: &HeaderMap,
    fields: &NewFields,
) -> Result<Response> {
    let (role, area) = fields.chosen()?;
    let who = Names {
        name: fields.name.clone(),
        full_name: fields.full_name.clone(),
        phone: fields.phone.clone(),
    };
    let (invitation, code) = keeping::invite(state, actor, who, role, &area).await?;
    let address = own_address(state, headers);
    let page = InvitePage::of(shell, &address, invitation, &code)?;
    page_with(StatusCode::CREATED, &page)
}

async fn renew(
    state: State,
    shell: Shell,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response> {
    let (renewed, code) = invitations::renew(&state, &actor, &id).await?;
    let address = own_address(&state, &headers);
    page(&InvitePage {
        is_renewed: true,
        ..InvitePage::of(&shell, &address, renewed, &code)?
    })
}

async fn withdraw(state: State, actor: Actor, Path(id): Path<String>) -> Result<Response> {
    invitations::withdraw(&state, &actor, &id).await?;
    Ok(done("/people", "notice-invitation-withdrawn"))
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Response> {
    answer(&state, shell, &actor, &id, StatusCode::OK, None).await
}

async fn give_role(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(fields): Form<RoleFields>,
) -> Result<Response> {
    keeping::give_role(&state, &actor, &id, fields.role, &fields.area).await?;
    Ok(done(&format!("/people/{id}"), "notice-role-given"))
}

async fn take_role(
    state: State,
    actor: Actor,
    Path(id): Path<PersonId>,
    Form(fields): Form<RoleFields>,
) -> Result<Response> {
    keeping::take_role(&state, &actor, &id, fields.role, &fields.area).await?;
    Ok(done(&format!("/people/{id}"), "notice-role-taken"))
}

async fn reset_password(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<PersonId>,
) -> Result<Response> {
    let password = keeping::reset_password(&state, &actor, &id).await?;
    answer(&state, shell, &actor, &id, StatusCode::OK, Some(password)).await
}

async fn end_sessions(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    keeping::end_sessions(&state, &actor, &id).await?;
    Ok(done(
        &format!("/people/{id}"),
        "notice-person-sessions-ended",
    ))
}

async fn close(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    keeping::set_closed(&state, &actor, &id, true).await?;
    Ok(done(&format!("/people/{id}"), "notice-person-closed"))
}

async fn reopen(state: State, actor: Actor, Path(id): Path<PersonId>) -> Result<Response> {
    keeping::set_closed(&state, &actor, &id, false).await?;
    Ok(done(&format!("/people/{id}"), "notice-person-reopened"))
}

/// Adds somebody and shows their first password, once.
async fn add(state: &State, shell: &Shell, actor: &Actor, fields: &NewFields) -> Result<Response> {
    let (role, area) = fields.chosen()?;
    let new = NewPerson {
        name: fields.name.clone(),
        full_name: fields.full_name.clone(),
        phone: fields.phone.clone(),
        password: String::new(),
    };
    let (id, password) = keeping::add(state, actor, new, role, &area).await?;
    let (shell, status) = (shell.clone(), StatusCode::CREATED);
    answer(state, shell, actor, &id, status, Some(password)).await
}

impl InvitePage {
    /// The page with the code of an invitation that was made just now.
    fn of(shell: &Shell, address: &str, invitation: Invitation, code: &str) -> Result<Self> {
        let link = invitations_api::link(address, code);
        let until = shell.when_ms(&invitation.expires_at_ms);
        let role = shell.say(invitation.role()?.key());
        let phone = match invitation.inviter_phone.as_str() {
            "" => "none",
            number => number,
        };
        let values = [
            ("name", invitation.full_name.as_str().into()),
            ("inviter", invitation.inviter.as_str().into()),
            ("phone", phone.into()),
            ("area", invitation.area_name.as_str().into()),
            ("role", role.into()),
            ("link", link.as_str().into()),
            ("page", format!("{address}/invitation").into()),
            ("code", code.into()),
            ("until", until.into()),
        ];
        let message = shell.language.say_with("invitation-message", &values);
        Ok(Self {
            shell: shell.clone(),
            full_name: invitation.full_name,
            phone: invitation.phone,
            code: code.to_owned(),
            link,
            message,
            is_renewed: false,
        })
    }
}

impl NewFields {
    fn chosen(&self) -> Result<(Role, AreaId)> {
        let missing = || Error::invalid("error-role-missing");
        let role = Role::from_name(&self.role).ok_or_else(missing)?;
        Ok((role, self.area.parse().map_err(|_| missing())?))
    }
}

async fn answer(
    state: &State,
    shell: Shell,
    actor: &Actor,
    id: &PersonId,
    status: StatusCode,
    password: Option<String>,
) -> Result<Response> {
    let kept = keeping::find(state, actor, id).await?;
    let sessions = keeping::sessions(state, &kept).await?;
    let areas = kept_areas(state, actor).await?;
    let is_self = id == actor.id();
    page_with(
        status,
        &ShowPage {
            shell,
            kept,
            areas,
            sessions,
            password,
            is_self,
        },
    )
}

async fn kept_areas(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    tree::with_right(&mut connection, actor.id(), Right::ManagePeople).await
}
