//! The station that asks, by the token that its PC was given at enrolment.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use programme::ids::{AreaId, StationId};
use programme::units::WallTime;

use super::enrol::TOKEN_PREFIX;
use crate::people::identity::secret_hash;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// That a station was there is noted at most so many times between two words on its stream: one
/// sync is many requests.
const NOTED: u32 = 4;
/// A stream speaks for its station through so many words after the last request. The one that
/// follows asks: twice an hour, for an answer costs a connection.
const SPEAKS_FOR: u32 = 6;

/// The station that asks. As an extractor it refuses whoever is none.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Which station.
    pub id: StationId,
    /// The area that it serves.
    pub area: AreaId,
    /// Its name for people.
    pub name: String,
    token_hash: String,
}

impl Caller {
    /// The generation that is published to the station, if any, or `None` when the PC that asked is
    /// the station no longer: another one was enrolled in its place, or the station was closed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn published(&self, state: &State) -> Result<Option<Option<i64>>> {
        let mut connection = state.database.read().await?;
        let found: Option<(Option<i64>,)> = sqlx::query_as(
            "SELECT (SELECT MAX(p.generation) FROM programmes p WHERE p.station_id = s.id) \
             FROM stations s WHERE s.token_hash = $1 AND s.closed_at_ms IS NULL",
        )
        .bind(&self.token_hash)
        .fetch_optional(&mut *connection)
        .await?;
        Ok(found.map(|(generation,)| generation))
    }

    /// Notes that the PC holds its stream, if it is the station still and has said something by
    /// itself lately; otherwise it must be asked. The system of a PC whose player hangs
    /// acknowledges whatever comes on a stream, and so does a proxy in between.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_stream(&self, state: &State) -> Result<bool> {
        let now = state.now();
        let lately = state.config.stream_interval() * SPEAKS_FOR;
        let mut connection = state.database.read().await?;
        let noted = sqlx::query(
            "UPDATE stations SET seen_at_ms = $1 \
             WHERE id = $2 AND token_hash = $3 AND heard_at_ms >= $4",
        )
        .bind(now.as_millis())
        .bind(self.id.as_str())
        .bind(&self.token_hash)
        .bind((now - lately).as_millis())
        .execute(&mut *connection)
        .await?;
        Ok(noted.rows_affected() > 0)
    }

    /// Notes that the PC said something by itself, if it is the station still.
    async fn note_heard(&self, state: &State) -> Result<()> {
        let mut connection = state.database.read().await?;
        sqlx::query(
            "UPDATE stations SET seen_at_ms = $1, heard_at_ms = $1 \
             WHERE id = $2 AND token_hash = $3",
        )
        .bind(state.now().as_millis())
        .bind(self.id.as_str())
        .bind(&self.token_hash)
        .execute(&mut *connection)
        .await?;
        Ok(())
    }
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
        let token_hash = secret_hash(token);
        let mut connection = state.database.read().await?;
        let found: Option<(String, String, String, Option<i64>)> = sqlx::query_as(
            "SELECT id, area_id, name, heard_at_ms FROM stations \
             WHERE token_hash = $1 AND closed_at_ms IS NULL",
        )
        .bind(&token_hash)
        .fetch_optional(&mut *connection)
        .await?;
        drop(connection);
        let (id, area, name, heard_at) = found.ok_or_else(unknown)?;
        let heard_at = heard_at.map_or(WallTime::from_millis(0), WallTime::from_millis);
        let caller = Self {
            id: id.parse().map_err(anyhow::Error::from)?,
            area: area.parse().map_err(anyhow::Error::from)?,
            name,
            token_hash,
        };
        if state.now().since(heard_at) >= state.config.stream_interval() / NOTED {
            caller.note_heard(state).await?;
        }
        Ok(caller)
    }
}

fn unknown() -> Error {
    Error::refused(StatusCode::UNAUTHORIZED, "error-station-unknown")
}
