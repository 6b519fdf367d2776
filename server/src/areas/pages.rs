//! The pages of areas: one area, and its end.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use programme::ids::{AreaId, BroadcastId};

use super::area::{self, Area};
use super::tree::{self, Listed};
use super::{form, listing};
use crate::audit::Author;
use crate::broadcasts::going_on;
use crate::broadcasts::next::{self, Next};
use crate::listen::door::{self, Door};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::stops::on_air::{self, OnAir};
use crate::web::errors::Result;
use crate::web::forms::Path;
use crate::web::language::Titled;
use crate::web::shell::{Shell, done, page};

/// `/areas…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/areas", get(listing::list))
        .route("/areas/new", get(form::new).post(form::create))
        .route("/areas/{area}", get(show))
        .route("/areas/{area}/edit", get(form::edit).post(form::save))
        .route("/areas/{area}/close", post(close))
        .route("/areas/{area}/reopen", post(reopen))
}

#[derive(Template)]
#[template(path = "areas/show.html")]
struct ShowPage {
    shell: Shell,
    area: Area,
    above: Option<Listed>,
    children: Vec<Listed>,
    kinds: Vec<Titled>,
    spoken: Vec<Titled>,
    may_manage: bool,
    /// Broadcasts of which something may still be heard here, also when the area is closed: name
    /// and titles.
    going_on: Vec<(BroadcastId, String)>,
    on_air: OnAir,
    may_open: bool,
    door: Option<Door>,
    /// What is heard here next, once something was changed.
    next: Option<Next>,
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<AreaId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let area = area::find(&state, &mut connection, &id).await?;
    actor.require(Right::View, &area)?;
    let visible = tree::visible(&mut connection, actor.id()).await?;
    let above = area.parent.as_ref().and_then(|parent| {
        visible
            .iter()
            .find(|listed| listed.id == parent.as_str())
            .cloned()
    });
    let may_manage = actor.may(Right::ManageAreas, &area);
    let going_on = match may_manage || area.within_closed_ms.is_some() {
        true => going_on::of_area(&state, &mut connection, &area).await?,
        false => Vec::new(),
    };
    let within = std::slice::from_ref(&id);
    let next = next::after_change(&state, &mut connection, &shell, &actor, within).await?;
    let page_of_area = ShowPage {
        next,
        may_open: actor.may(Right::OpenToPublic, &area),
        door: door::of(&mut connection, &id).await?,
        on_air: on_air::of_area(&state, &mut connection, &shell, &actor, &area).await?,
        children: tree::children(&mut connection, &id).await?,
        kinds: tree::kinds(&mut connection).await?,
        spoken: tree::spoken_languages(&mut connection).await?,
        may_manage,
        going_on,
        shell,
        area,
        above,
    };
    page(&page_of_area)
}

async fn close(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    tree::set_closed(&state, &Author::from(&actor), &area, true).await?;
    Ok(done(&format!("/areas/{id}"), "notice-area-closed"))
}

async fn reopen(state: State, actor: Actor, Path(id): Path<AreaId>) -> Result<Response> {
    let area = managed(&state, &actor, &id).await?;
    tree::set_closed(&state, &Author::from(&actor), &area, false).await?;
    Ok(done(&format!("/areas/{id}"), "notice-area-reopened"))
}

/// The area, for those who manage it.
///
/// # Errors
/// 404 when there is none, 403 without the right.
pub(super) async fn managed(state: &State, actor: &Actor, id: &AreaId) -> Result<Area> {
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, id).await?;
    actor.require(Right::ManageAreas, &area)?;
    Ok(area)
}

impl ShowPage {
    fn is_open(&self) -> bool {
        self.door.as_ref().is_some_and(|door| door.open)
    }
}
