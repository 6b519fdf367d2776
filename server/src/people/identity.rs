//! Who asks: a person with a session in a browser, or a script with a person's token.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use programme::ids::{AreaId, ContentHash, PersonId};
use programme::units::WallTime;

use super::rights::{Right, Role};
use crate::areas::area::Area;
use crate::clock::Randomness;
use crate::database::Connection;
use crate::state::State;
use crate::web::cookies;
use crate::web::errors::{Error, Result};

/// How personal tokens begin, so that a lost one is recognised for what it is.
pub const TOKEN_PREFIX: &str = "loaban_";

/// Use is noted at most so often: one page is many requests.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// How somebody showed who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A browser's cookie.
    Session,
    /// A token in the header `Authorization`.
    Token,
}

/// The person who asks, with their roles. As an extractor it asks for a sign-in where there is
/// none.
#[derive(Debug, Clone)]
pub struct Actor(Arc<Known>);

#[derive(Debug)]
struct Known {
    id: PersonId,
    name: String,
    full_name: String,
    password_is_temporary: bool,
    roles: Vec<(AreaId, Role)>,
    csrf: String,
    secret_hash: String,
    via: Via,
}

impl Actor {
    /// Who it is.
    pub fn id(&self) -> &PersonId {
        &self.0.id
    }

    /// What they type to sign in.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// What others call them.
    pub fn full_name(&self) -> &str {
        &self.0.full_name
    }

    /// Whether somebody else set their password.
    pub fn password_is_temporary(&self) -> bool {
        self.0.password_is_temporary
    }

    /// The secret that forms of this session carry; empty for a token.
    pub fn csrf(&self) -> &str {
        &self.0.csrf
    }

    /// How they showed who they are.
    pub fn via(&self) -> Via {
        self.0.via
    }

    /// Names the session or token in its table.
    pub fn secret_hash(&self) -> &str {
        &self.0.secret_hash
    }

    /// The roles given to them, not those that follow further down.
    pub fn roles(&self) -> &[(AreaId, Role)] {
        &self.0.roles
    }

    /// Whether they hold `right` in `area`, by a role there or above.
    pub fn may(&self, right: Right, area: &Area) -> bool {
        self.0
            .roles
            .iter()
            .any(|(held, role)| role.may(right) && area.line.contains(held))
    }

    /// Whether they hold `right` in any area.
    pub fn may_somewhere(&self, right: Right) -> bool {
        self.0.roles.iter().any(|(_, role)| role.may(right))
    }

    /// Goes on only with `right` in `area`.
    ///
    /// # Errors
    /// 403 without it; 404 when they may not even see the area, so that nobody learns what exists.
    pub fn require(&self, right: Right, area: &Area) -> Result<()> {
        if self.may(right, area) {
            Ok(())
        } else if self.may(Right::View, area) {
            Err(Error::forbidden())
        } else {
            Err(Error::not_found())
        }
    }

    /// Goes on only with `right` in `area`, of which they see already what they ask for: what is
    /// meant for a whole commune is seen in its villages, from where the commune is not.
    ///
    /// # Errors
    /// 403 without it.
    pub fn require_in_sight(&self, right: Right, area: &Area) -> Result<()> {
        self.may(right, area)
            .then_some(())
            .ok_or_else(Error::forbidden)
    }

    /// Goes on only with `right` in some area.
    ///
    /// # Errors
    /// 403 without it.
    pub fn require_somewhere(&self, right: Right) -> Result<()> {
        self.may_somewhere(right)
            .then_some(())
            .ok_or_else(Error::forbidden)
    }
}

impl FromRequestParts<State> for Actor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Error::SignInNeeded)
    }
}

/// The hash under which a secret is kept: whoever reads the database cannot sign in with it.
pub fn secret_hash(secret: &str) -> String {
    ContentHash::of(secret.as_bytes()).to_string()
}

/// A fresh secret of 256 bits, in hexadecimal digits, which no form and no address escapes.
pub fn new_secret(randomness: &Randomness) -> String {
    randomness
        .bytes::<32>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The name of the session's cookie. The prefix makes browsers insist on HTTPS and on this host.
pub fn cookie_name(state: &State) -> &'static str {
    if state.config.is_https() {
        "__Host-session"
    } else {
        "session"
    }
}

/// The cookie that carries the secret of a session.
pub fn session_cookie(state: &State, secret: &str) -> String {
    let age = u64::from(state.config.sessions.absolute_days) * 86_400;
    cookies::write(cookie_name(state), secret, age, state.config.is_https())
}

/// Finds out who asks; nobody is no error.
///
/// # Errors
/// The database failed.
pub async fn identify(state: &State, headers: &HeaderMap) -> Result<Option<Actor>> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|header| header.to_str().ok())
        .and_then(|header| header.strip_prefix("Bearer "))
        .filter(|secret| secret.starts_with(TOKEN_PREFIX));
    match (bearer, cookies::read(headers, cookie_name(state))) {
        (Some(secret), _) => by_token(state, secret).await,
        (None, Some(secret)) => by_session(state, secret).await,
        (None, None) => Ok(None),
    }
}

crate::rows! {
    struct Found {
        person_id: String,
        name: String,
        full_name: String,
        password_is_temporary: i64,
        csrf: String,
        created_at_ms: i64,
        seen_at_ms: i64,
    }
}

async fn by_session(state: &State, secret: &str) -> Result<Option<Actor>> {
    let hash = secret_hash(secret);
    let mut connection = state.database.read().await?;
    let found: Option<Found> = sqlx::query_as(
        "SELECT s.person_id, p.name, p.full_name, p.password_is_temporary, s.csrf, \
         s.created_at_ms, s.seen_at_ms FROM sessions s JOIN people p ON p.id = s.person_id \
         WHERE s.secret_hash = $1 AND p.closed_at_ms IS NULL",
    )
    .bind(&hash)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found.filter(|found| !is_over(state, found)) else {
        return Ok(None);
    };
    note_use(
        state,
        &mut connection,
        &found,
        "UPDATE sessions SET seen_at_ms = $1 WHERE secret_hash = $2",
        &hash,
    )
    .await?;
    actor(&mut connection, found, hash, Via::Session)
        .await
        .map(Some)
}

async fn by_token(state: &State, secret: &str) -> Result<Option<Actor>> {
    let hash = secret_hash(secret);
    let mut connection = state.database.read().await?;
    let found: Option<Found> = sqlx::query_as(
        "SELECT t.person_id, p.name, p.full_name, p.password_is_temporary, '' AS csrf, \
         t.created_at_ms, COALESCE(t.used_at_ms, 0) AS seen_at_ms \
         FROM tokens t JOIN people p ON p.id = t.person_id \
         WHERE t.secret_hash = $1 AND t.revoked_at_ms IS NULL AND p.closed_at_ms IS NULL",
    )
    .bind(&hash)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    note_use(
        state,
        &mut connection,
        &found,
        "UPDATE tokens SET used_at_ms = $1 WHERE secret_hash = $2",
        &hash,
    )
    .await?;
    actor(&mut connection, found, hash, Via::Token)
        .await
        .map(Some)
}

fn is_over(state: &State, found: &Found) -> bool {
    let sessions = &state.config.sessions;
    let idle = state.now().since(WallTime::from_millis(found.seen_at_ms));
    let age = state
        .now()
        .since(WallTime::from_millis(found.created_at_ms));
    let hour = Duration::from_secs(3_600);
    idle > hour * sessions.idle_hours || age > hour * 24 * sessions.absolute_days
}

async fn note_use(
    state: &State,
    connection: &mut Connection,
    found: &Found,
    update: &'static str,
    hash: &str,
) -> Result<()> {
    let now = state.now();
    if now.since(WallTime::from_millis(found.seen_at_ms)) >= SEEN_EVERY {
        sqlx::query(update)
            .bind(now.as_millis())
            .bind(hash)
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn actor(
    connection: &mut Connection,
    found: Found,
    secret_hash: String,
    via: Via,
) -> Result<Actor> {
    let id: PersonId = found.person_id.parse().map_err(anyhow::Error::from)?;
    let roles = super::roles::of_person(connection, &id).await?;
    Ok(Actor(Arc::new(Known {
        id,
        name: found.name,
        full_name: found.full_name,
        password_is_temporary: found.password_is_temporary != 0,
        roles,
        csrf: found.csrf,
        secret_hash,
        via,
    })))
}
