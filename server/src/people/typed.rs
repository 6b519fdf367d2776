//! What somebody typed into a form whose session had ended by the time it was sent.
//!
//! Nothing is done for them: it is kept, and offered to the same person once they have signed in
//! again, who then sends it on. Whose it is says the secret in the form, which only their own pages
//! held. A form with a password in it is not kept, nor are files.

use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::get;
use jiff::civil::Date;

use super::identity::{Actor, new_secret};
use crate::database::Connection;
use crate::emergencies::form;
use crate::state::State;
use crate::web::csrf;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Path, without_nul};
use crate::web::shell::{Shell, page};

/// Largest form that is kept, in bytes as it is sent: the longest script of a bulletin, with every
/// letter escaped, and what stands around it.
const LARGEST: usize = 256 * 1024;
/// So many forms of one person are kept, the newest ones.
const MOST: i64 = 10;
/// What nobody fetched goes after so long.
const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// Fields in which passwords are typed, and what opens as much.
const SECRETS: [&str; 6] = ["password", "current", "new", "again", "pin", "invitation"];
/// The type of forms without files.
const URLENCODED: &str = "application/x-www-form-urlencoded";

/// `/typed/…`
pub fn routes() -> Router<State> {
    Router::new().route("/typed/{id}", get(show))
}

/// A form as it was sent.
#[derive(Debug, Clone)]
pub struct Typed {
    address: String,
    from_here: bool,
    bytes: Bytes,
}

impl Typed {
    /// Reads along what a browser's form says.
    ///
    /// # Errors
    /// 413 for a form that is larger than any handler takes.
    pub async fn read_along(state: &State, request: Request) -> Result<(Request, Option<Self>)> {
        let path = request.uri().path();
        let kind = request.headers().get(CONTENT_TYPE);
        let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(URLENCODED.as_bytes()));
        if !is_form || *request.method() != Method::POST || path.starts_with("/api/") {
            return Ok((request, None));
        }
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, csrf::FORM_LIMIT).await.map_err(|_| {
            Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "error-request-too-large")
        })?;
        let typed = Self {
            address: parts
                .uri
                .path_and_query()
                .map_or("/", |at| at.as_str())
                .to_owned(),
            from_here: csrf::is_from_here(&parts.headers, &state.config.server.public_url),
            bytes: bytes.clone(),
        };
        Ok((Request::from_parts(parts, Body::from(bytes)), Some(typed)))
    }

    /// Keeps the form, if its session ended and it is `actor`'s own or nobody is signed in; gives
    /// back where its author finds it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep(&self, state: &State, actor: Option<&Actor>) -> Result<Option<String>> {
        if !self.from_here || self.bytes.len() > LARGEST {
            return Ok(None);
        }
        let mut fields = self.fields().await?;
        let secret = fields.extract_if(.., |(name, _)| name == "csrf").next();
        let secret = secret
            .map(|(_, secret)| secret)
            .filter(|secret| !secret.is_empty() && without_nul(secret).is_ok());
        let is_secret = |(name, _): &(String, String)| SECRETS.contains(&name.as_str());
        // Who only wanted to sign out typed nothing.
        let nothing = fields.is_empty() || self.address == "/language";
        let Some(secret) = secret.filter(|_| !nothing && !fields.iter().any(is_secret)) else {
            return Ok(None);
        };
        let mut write = state.database.write().await?;
        let owner: Option<(String,)> =
            sqlx::query_as("SELECT person_id FROM sessions WHERE csrf = $1")
                .bind(secret)
                .fetch_optional(&mut *write)
                .await?;
        let own = |owner: &(String,)| actor.is_none_or(|actor| actor.id().as_str() == owner.0);
        let Some((owner,)) = owner.filter(own) else {
            return Ok(None);
        };
        let id = new_secret(&state.randomness);
        sqlx::query(
            "INSERT INTO typed_forms (id, person_id, address, fields, created_at_ms) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&id)
        .bind(&owner)
        .bind(&self.address)
        .bind(serde_json::to_string(&fields)?)
        .bind(state.now().as_millis())
        .execute(&mut *write)
        .await?;
        sqlx::query(
            "DELETE FROM typed_forms WHERE person_id = $1 AND id NOT IN (SELECT id FROM \
             typed_forms WHERE person_id = $1 ORDER BY created_at_ms DESC, id LIMIT $2)",
        )
        .bind(&owner)
        .bind(MOST)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(Some(format!("/typed/{id}")))
    }

    async fn fields(&self) -> Result<Vec<(String, String)>> {
        let form = Request::post("/").header(CONTENT_TYPE, URLENCODED);
        let form = form.body(Body::from(self.bytes.clone()));
        let form = form.map_err(anyhow::Error::from)?;
        // What cannot be read is nothing that a person typed.
        let fields = axum::Form::from_request(form, &()).await;
        Ok(fields.map(|axum::Form(fields)| fields).unwrap_or_default())
    }
}

/// Removes what nobody fetched.
///
/// # Errors
/// The database failed.
pub async fn prune(state: &State, connection: &mut Connection) -> Result<()> {
    sqlx::query("DELETE FROM typed_forms WHERE created_at_ms <= $1")
        .bind((state.now() - LIFETIME).as_millis())
        .execute(connection)
        .await?;
    Ok(())
}

#[derive(Template)]
#[template(path = "people/typed.html")]
struct TypedPage {
    shell: Shell,
    address: String,
    fields: Vec<(String, String)>,
}

async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<String>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let found: Option<(String, String)> = sqlx::query_as(
        "SELECT address, fields FROM typed_forms \
         WHERE id = $1 AND person_id = $2 AND created_at_ms > $3",
    )
    .bind(id)
    .bind(actor.id().as_str())
    .bind((state.now() - LIFETIME).as_millis())
    .fetch_optional(&mut *connection)
    .await?;
    let gone = || Error::refused(StatusCode::NOT_FOUND, "error-typed-gone");
    let (address, fields) = found.ok_or_else(gone)?;
    page(&TypedPage {
        shell,
        address,
        fields: serde_json::from_str(&fields)?,
    })
}

impl TypedPage {
    /// What was typed, under the name of its field; what the page itself filled in has none.
    fn shown(&self) -> Vec<(String, String)> {
        let fields = self.fields.iter().filter(|(name, value)| {
            let key = format!("typed-{}", name.replace('_', "-"));
            !value.trim().is_empty() && self.shell.language.knows(&key)
        });
        fields
            .map(|(name, value)| (self.shell.say_or("typed", name), self.said(name, value)))
            .collect()
    }

    /// A value as its author chose it.
    fn said(&self, name: &str, value: &str) -> String {
        match (name, value) {
            ("drill", _) => self.shell.say("typed-chosen"),
            ("repeats", form::UNTIL_STOPPED) => self.shell.say("emergencies-until-stopped"),
            (_, typed) => match typed.parse::<Date>() {
                Ok(day) => day.strftime("%d/%m/%Y").to_string(),
                Err(_) => typed.to_owned(),
            },
        }
    }
}
