//! The page on which somebody finds again what they typed, changes it, and sends it on.

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::civil::{Date, Time};

use super::LIFETIME;
use crate::emergencies::form;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::Path;
use crate::web::shell::{Shell, done, page};

/// Fields in which whole sentences stand.
const LONG: [&str; 4] = ["script", "reason", "why", "clusters"];
/// Fields in which one of some choices stands.
const CHOSEN: [&str; 4] = ["repeats", "gap", "holds", "drill"];

/// `/typed/…`
pub fn routes() -> Router<State> {
    Router::new()
        .route("/typed/{id}", get(show))
        .route("/typed/{id}/discard", post(discard))
}

#[derive(Template)]
#[template(path = "people/typed.html")]
struct TypedPage {
    shell: Shell,
    id: String,
    /// Where it is sent.
    address: String,
    /// Where it stood; may be empty.
    stood_at: String,
    fields: Vec<Field>,
}

/// A field as it was sent.
struct Field {
    name: String,
    value: String,
    look: Look,
}

/// How a field is shown.
enum Look {
    /// The page itself filled it in: it goes along unseen.
    Unseen,
    /// It goes along as it was chosen, under this label, with the choice in words.
    Chosen(String, String),
    /// A line under this label, of this type.
    Line(String, &'static str),
    /// Sentences under this label.
    Sentences(String),
}

crate::rows! {
    struct Row {
        address: String,
        page: String,
        fields: String,
    }
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let found: Option<Row> = sqlx::query_as(
        "SELECT address, page, fields FROM typed_forms \
         WHERE id = $1 AND person_id = $2 AND created_at_ms > $3",
    )
    .bind(&id)
    .bind(actor.id().as_str())
    .bind((state.now() - LIFETIME).as_millis())
    .fetch_optional(&mut *connection)
    .await?;
    let gone = || Error::refused(StatusCode::NOT_FOUND, "error-typed-gone");
    let found = found.ok_or_else(gone)?;
    let sent: Vec<(String, String)> = serde_json::from_str(&found.fields)?;
    if sent.is_empty() {
        return Err(Error::conflict("error-typed-sent"));
    }
    let field = |(name, value): (String, String)| Field {
        look: Look::of(&name, &value, &shell),
        name,
        value,
    };
    let fields = sent.into_iter().map(field).collect();
    page(&TypedPage {
        id,
        address: found.address,
        stood_at: found.page,
        fields,
        shell,
    })
}

/// Throws away what somebody does not want to send.
async fn discard(state: State, actor: Actor, Path(id): Path<String>) -> Result<Response> {
    let mut write = state.database.write().await?;
    sqlx::query("DELETE FROM typed_forms WHERE id = $1 AND person_id = $2")
        .bind(id)
        .bind(actor.id().as_str())
        .execute(&mut *write)
        .await?;
    write.commit().await?;
    Ok(done("/", "notice-typed-discarded"))
}

impl Look {
    fn of(name: &str, value: &str, shell: &Shell) -> Self {
        let key = format!("typed-{}", name.replace('_', "-"));
        if !shell.language.knows(&key) {
            return Self::Unseen;
        }
        let label = shell.say_or("typed", name);
        if CHOSEN.contains(&name) {
            let chosen = match (name, value) {
                ("drill", _) => shell.say("typed-chosen"),
                ("repeats", form::UNTIL_STOPPED) => shell.say("emergencies-until-stopped"),
                (_, value) => value.to_owned(),
            };
            return Self::Chosen(label, chosen);
        }
        if LONG.contains(&name) || value.contains('\n') {
            return Self::Sentences(label);
        }
        // Only what its author wrote as a date is offered as one: other fields of a date's name
        // hold seconds.
        if name.ends_with("day") || value.parse::<Date>().is_ok() {
            return Self::Line(label, "date");
        }
        match value.len() == "17:00".len() && value.parse::<Time>().is_ok() {
            true => Self::Line(label, "time"),
            false => Self::Line(label, "text"),
        }
    }
}
