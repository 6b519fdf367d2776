//! The page that lists what was changed, for those who may read it.

use askama::Template;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::shell::{NavLink, Shell, page};

/// Rows on one page.
const PAGE: i64 = 50;

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

crate::rows! {
    struct Entry {
        id: String,
        at_ms: i64,
        person_id: Option<String>,
        actor: String,
        full_name: Option<String>,
        about: Option<String>,
        verb: String,
        subject: String,
        area_name: Option<String>,
        detail: String,
    }
}

#[derive(Template)]
#[template(path = "audit/list.html")]
struct ListPage {
    shell: Shell,
    entries: Vec<Entry>,
    /// The address of what is older.
    older: Option<String>,
}

/// Where the page begins: just before this entry.
#[derive(Debug, Default, Deserialize)]
struct From {
    before_ms: Option<i64>,
    #[serde(default)]
    before: String,
}

async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(from): Query<From>,
) -> Result<Response> {
    actor.require_somewhere(Right::ReadAudit)?;
    let entries = entries(&state, &actor, &from).await?;
    let full = entries.len() as i64 == PAGE;
    let last = entries.last().filter(|_| full);
    let older = last.map(|last| format!("/audit?before_ms={}&before={}", last.at_ms, last.id));
    page(&ListPage {
        shell,
        entries,
        older,
    })
}

/// What concerns the reader's areas, and, for readers of the whole tree, what concerns no area.
async fn entries(state: &State, actor: &Actor, from: &From) -> Result<Vec<Entry>> {
    let [secretary, head, officer, admin] = Role::ALL.map(|role| {
        if role.may(Right::ReadAudit) {
            role.name()
        } else {
            ""
        }
    });
    let mut connection = state.database.read().await?;
    Ok(sqlx::query_as(
        "SELECT e.id, e.at_ms, e.person_id, e.actor, author.full_name, about.full_name AS about, \
         e.verb, e.subject, a.name AS area_name, e.detail FROM audit e \
         LEFT JOIN areas a ON a.id = e.area_id LEFT JOIN people author ON author.id = e.person_id \
         LEFT JOIN people about ON about.id = e.subject \
         WHERE (e.at_ms < $1 OR (e.at_ms = $1 AND e.id < $2)) AND EXISTS (\
         SELECT 1 FROM roles r JOIN areas own ON own.id = r.area_id \
         WHERE r.person_id = $3 AND r.role IN ($4, $5, $6, $7) AND ( \
         (e.area_id IS NULL AND own.parent_id IS NULL) OR EXISTS (SELECT 1 FROM area_lines l \
         WHERE l.area_id = e.area_id AND l.above_id = r.area_id))) \
         ORDER BY e.at_ms DESC, e.id DESC LIMIT $8",
    )
    .bind(from.before_ms.unwrap_or(i64::MAX))
    .bind(&from.before)
    .bind(actor.id().as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .bind(PAGE)
    .fetch_all(&mut *connection)
    .await?)
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

    /// The values of the detail, one `name: value` each.
    fn details(&self) -> Vec<(String, String)> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&self.detail).unwrap_or_default();
        let text = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        object
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, text(value)))
            .collect()
    }
}
