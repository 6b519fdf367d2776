//! The station that asks, by the token that its PC was given at enrolment.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use programme::ids::{AreaId, StationId};
use programme::units::WallTime;

use super::enrol::TOKEN_PREFIX;
use super::station;
use crate::people::identity::secret_hash;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// That a station was there is noted at most so often: one sync is many requests.
const SEEN_EVERY: Duration = Duration::from_secs(60);

/// The station that asks. As an extractor it refuses whoever is none.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Which station.
    pub id: StationId,
    /// The area that it serves.
    pub area: AreaId,
    /// Its name for people.
    pub name: String,
}

impl FromRequestParts<State> for Caller {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok())
            .and_then(|header| header.strip_prefix("Bearer "))
            .filter(|token| token.starts_with(TOKEN_PREFIX))
            .ok_or_else(unknown)?;
        let mut connection = state.database.read().await?;
        let found: Option<(String, String, String, Option<i64>)> = sqlx::query_as(
            "SELECT id, area_id, name, seen_at_ms FROM stations \
             WHERE token_hash = $1 AND closed_at_ms IS NULL",
        )
        .bind(secret_hash(token))
        .fetch_optional(&mut *connection)
        .await?;
        drop(connection);
        let (id, area, name, seen_at) = found.ok_or_else(unknown)?;
        let id: StationId = id.parse().map_err(anyhow::Error::from)?;
        let area = area.parse().map_err(anyhow::Error::from)?;
        let seen_at = seen_at.map_or(WallTime::from_millis(0), WallTime::from_millis);
        if state.now().since(seen_at) >= SEEN_EVERY {
            station::note_seen(state, &id).await?;
        }
        Ok(Self { id, area, name })
    }
}

fn unknown() -> Error {
    Error::refused(StatusCode::UNAUTHORIZED, "error-station-unknown")
}
