//! The audit trail for scripts.

use axum::Json;
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entries::Entry;
use super::search::{self, Sought};
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::forms::Query;
use crate::web::frame::Problem;
use crate::web::shell::Shell;

/// `/api/v1/audit`
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
struct EntryLine {
    /// Its name: hand it over as `before`, with `at_ms` as `before_ms`, to read on.
    id: String,
    /// When.
    at_ms: i64,
    /// Who, if a person.
    person_id: Option<String>,
    /// What they typed to sign in, or what else acted.
    actor: String,
    /// What was done, such as `bulletin.approve`.
    verb: String,
    /// To what.
    subject: String,
    /// The area that it concerns.
    area_name: Option<String>,
    /// What else is known of it.
    detail: serde_json::Value,
}

/// What was changed in your areas, the newest first, fifty at a time. Where there may be more, the
/// header `Link` leads on: a search for words stops after some thousand entries without any.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(Sought),
    responses((status = 200, body = Vec<EntryLine>), (status = 403, body = Problem)))]
async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(sought): Query<Sought>,
) -> Result<(HeaderMap, Json<Vec<EntryLine>>)> {
    let found = search::page(&state, &actor, &sought, &shell).await?;
    let mut headers = HeaderMap::new();
    if let Some(next) = &found.next {
        let address = sought.address("/api/v1/audit", Some(next));
        let link = HeaderValue::from_str(&format!("<{address}>; rel=\"next\""));
        headers.insert(LINK, link.map_err(anyhow::Error::from)?);
    }
    let lines = found.rows.into_iter().map(|row| EntryLine::of(row.entry));
    let lines: Result<Vec<EntryLine>> = lines.collect();
    Ok((headers, Json(lines?)))
}

impl EntryLine {
    fn of(entry: Entry) -> Result<Self> {
        Ok(Self {
            id: entry.id,
            at_ms: entry.at_ms,
            person_id: entry.person_id,
            actor: entry.actor,
            verb: entry.verb,
            subject: entry.subject,
            area_name: entry.area_name,
            detail: serde_json::from_str(&entry.detail)?,
        })
    }
}
