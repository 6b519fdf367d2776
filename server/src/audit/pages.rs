//! The page that lists what was changed, for those who may read it.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::entries::{self, Before, Entry, PAGE};
use super::words::Names;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::shell::{NavLink, Shell, page};

/// Where the navigation leads.
pub const NAV: NavLink = NavLink {
    path: "/audit",
    key: "audit-title",
    right: Some(Right::ReadAudit),
};

/// `/audit`
pub fn routes() -> Router<State> {
    Router::new().route("/audit", get(list))
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    shell: Shell,
    entries: Vec<Entry>,
    names: Names,
    /// The address of what is older.
    older: Option<String>,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(before): Query<Before>,
) -> Result<Response> {
    let entries = entries::older(&state, &actor, &before).await?;
    let mut connection = state.database.read().await?;
    let names = Names::of(&mut connection, &entries).await?;
    let full = entries.len() as i64 == PAGE;
    let last = entries.last().filter(|_| full);
    let older = last.map(|last| format!("/audit?before_ms={}&before={}", last.at_ms, last.id));
    page(&ListPage {
        shell,
        entries,
        names,
        older,
    })
}

impl Entry {
    /// Who did it: the person as they are called today, or what else acted.
    fn author(&self, shell: &Shell) -> String {
        match (&self.full_name, &self.person_id) {
            (Some(full_name), _) => full_name.clone(),
            (None, Some(_)) => self.actor.clone(),
            (None, None) => shell.say_or("audit-author", &self.actor),
        }
    }
}
