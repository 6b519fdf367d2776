//! What somebody typed into a form whose session had ended by the time it was sent.
//!
//! Nothing is done for them: it is kept, and offered to the same person once they have signed in
//! again, who changes it if they like and sends it on, once. Whose it is says the secret in the
//! form, which only their own pages held. Passwords in it are not kept, nor are files.

mod page;

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, REFERER};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use programme::ids::PersonId;
use programme::units::WallTime;

pub use self::page::routes;
use super::identity::{Actor, new_secret};
use crate::database::Connection;
use crate::state::State;
use crate::web::csrf;
use crate::web::errors::{Error, Result};
use crate::web::forms::without_nul;
use crate::web::shell::safe_path;

/// Largest form that is kept, in bytes as it is sent: the longest script of a bulletin, with every
/// letter escaped, and what stands around it.
const LARGEST: usize = 256 * 1024;
/// So many forms of one person are kept, the newest ones.
const MOST: i64 = 10;
/// So long a request has what was kept for itself: longer than any takes that is answered.
const CLAIM: Duration = Duration::from_secs(2 * 60);
/// What nobody fetched goes after so long.
const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// Fields in which passwords are typed, and what opens as much.
const SECRETS: [&str; 8] = [
    "password",
    "current",
    "new",
    "again",
    "pin",
    "new_pin",
    "new_pin_again",
    "invitation",
];
/// The field by which a form says that it was kept before, and as what.
const KEPT: &str = "kept";
/// The field in which a page notes what it said beside the form: who reads it again is told anew.
const SEEN: &str = "seen";
/// The type of forms without files.
const URLENCODED: &str = "application/x-www-form-urlencoded";

/// A form as it was sent.
#[derive(Debug, Clone)]
pub struct Typed {
    address: String,
    /// Where it stood.
    page: String,
    from_here: bool,
    bytes: Bytes,
    /// What was kept, while this request alone is the one that sends it on.
    claimed: Option<String>,
}

/// A form that waits for its author.
pub struct Waiting {
    /// Its name.
    pub id: String,
    /// When it came.
    pub at: WallTime,
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
            page: stood_at(&parts.headers),
            from_here: csrf::is_from_here(&parts.headers, &state.config.server.public_url),
            bytes: bytes.clone(),
            claimed: None,
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
        let is_secret = |(name, _): &mut (String, String)| SECRETS.contains(&name.as_str());
        if fields.extract_if(.., is_secret).count() > 0 {
            // Whoever sends it on is led to the screen that asks for the secret once more.
            fields.retain(|(name, _)| name != "step");
        }
        fields.retain(|(name, _)| name != KEPT && name != SEEN);
        // Who only wanted to sign out typed nothing.
        let nothing = fields.is_empty() || self.address == "/language";
        let Some(secret) = secret.filter(|_| !nothing) else {
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
        // Its session ended once more: this is what its author changed since.
        sqlx::query("DELETE FROM typed_forms WHERE id = $1 AND person_id = $2")
            .bind(self.kept_as().unwrap_or_default())
            .bind(&owner)
            .execute(&mut *write)
            .await?;
        sqlx::query(
            "INSERT INTO typed_forms (id, person_id, address, fields, created_at_ms, page) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&id)
        .bind(&owner)
        .bind(&self.address)
        .bind(serde_json::to_string(&fields)?)
        .bind(state.now().as_millis())
        .bind(&self.page)
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

    /// Sends on what was kept, and refuses it where it was sent on already or another request is
    /// about to: of two that come at once one is first. Another form of a page that shows it again
    /// carries its name too, and sends it nowhere. Whoever claimed it and was cut off loses it
    /// after [`CLAIM`]; until then nobody knows whether it arrived.
    ///
    /// # Errors
    /// 409 for that; the database failed.
    pub async fn claim(&mut self, state: &State, actor: &Actor) -> Result<()> {
        let Some(id) = self.kept_as().map(str::to_owned) else {
            return Ok(());
        };
        let mut write = state.database.write().await?;
        let claimed = sqlx::query(
            "UPDATE typed_forms SET sent_at_ms = $1 WHERE id = $2 AND person_id = $3 \
             AND address = $4 AND (sent_at_ms IS NULL OR (sent_at_ms <= $5 AND fields <> '[]'))",
        )
        .bind(state.now().as_millis())
        .bind(&id)
        .bind(actor.id().as_str())
        .bind(&self.address)
        .bind((state.now() - CLAIM).as_millis())
        .execute(&mut *write)
        .await?;
        let kept: Option<(String,)> = sqlx::query_as(
            "SELECT fields FROM typed_forms WHERE id = $1 AND person_id = $2 AND address = $3",
        )
        .bind(&id)
        .bind(actor.id().as_str())
        .bind(&self.address)
        .fetch_optional(&mut *write)
        .await?;
        write.commit().await?;
        match (claimed.rows_affected(), kept) {
            (0, None) => Ok(()),
            (0, Some((fields,))) if fields == "[]" => Err(Error::conflict("error-typed-sent")),
            (0, Some(_)) => Err(Error::conflict("error-typed-under-way")),
            (_, _) => {
                self.claimed = Some(id);
                Ok(())
            }
        }
    }

    /// Ends the claim. What came where it was meant for is no longer kept; what was refused waits
    /// on, for its author may have nothing but that page.
    ///
    /// # Errors
    /// The database failed.
    pub async fn end_claim(&self, state: &State, arrived: bool) -> Result<()> {
        let Some(id) = &self.claimed else {
            return Ok(());
        };
        let end = match arrived {
            true => "UPDATE typed_forms SET fields = '[]' WHERE id = $1",
            false => "UPDATE typed_forms SET sent_at_ms = NULL WHERE id = $1",
        };
        let mut write = state.database.write().await?;
        sqlx::query(end).bind(id).execute(&mut *write).await?;
        write.commit().await?;
        Ok(())
    }

    /// As what it was kept, while this request sends it on.
    pub fn claimed(&self) -> Option<String> {
        self.claimed.clone()
    }

    /// The name under which it was kept before. Names are hexadecimal digits: nothing in them is
    /// ever escaped.
    fn kept_as(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        let fields = text.split('&').filter_map(|pair| pair.split_once('='));
        let mut kept = fields.filter(|(name, _)| *name == KEPT).map(|(_, id)| id);
        kept.find(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
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

/// The page of this server on which a form stood, as far as its browser says so.
fn stood_at(headers: &HeaderMap) -> String {
    let said = headers.get(REFERER).and_then(|said| said.to_str().ok());
    let page = said.and_then(|said| said.parse::<Uri>().ok());
    let page = page.as_ref().and_then(Uri::path_and_query);
    page.map_or_else(String::new, |page| safe_path(page.as_str()).to_owned())
}

/// What `person` typed and has not sent on, the newest first.
///
/// # Errors
/// The database failed.
pub async fn waiting(
    state: &State,
    connection: &mut Connection,
    person: &PersonId,
) -> Result<Vec<Waiting>> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT id, created_at_ms FROM typed_forms \
         WHERE person_id = $1 AND created_at_ms > $2 AND fields <> '[]' \
         ORDER BY created_at_ms DESC, id",
    )
    .bind(person.as_str())
    .bind((state.now() - LIFETIME).as_millis())
    .fetch_all(connection)
    .await?;
    let waiting = rows.into_iter().map(|(id, at)| Waiting {
        id,
        at: WallTime::from_millis(at),
    });
    Ok(waiting.collect())
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
