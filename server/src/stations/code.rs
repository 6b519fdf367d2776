//! Enrolment codes: made on the panel, typed once on a village PC.

use std::time::Duration;

use programme::enrolment::EnrolmentCode;
use programme::ids::StationId;
use programme::units::WallTime;
use serde_json::json;

use super::station::Station;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::secret_hash;
use crate::state::State;
use crate::web::errors::Result;

/// A code that nobody typed expires: somebody may have photographed the page.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3_600);

/// A code that still waits for its PC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCode {
    /// As it is typed.
    pub code: String,
    /// Until when it works.
    pub expires_at: WallTime,
}

/// Issues a code for `station`; an earlier one that was not used works no longer. The PC that is
/// the station stays it until another one has used the code.
///
/// # Errors
/// The database failed.
pub async fn issue(state: &State, author: &Author, station: &Station) -> Result<OpenCode> {
    let key = state.signing_key.verifying_key();
    let code = EnrolmentCode::from_random(state.randomness.bytes(), &key);
    let now = state.now();
    let expires_at = now + LIFETIME;
    let mut write = state.database.write().await?;
    sqlx::query(
        "UPDATE enrolment_codes SET code = NULL, replaced_at_ms = $1 WHERE station_id = $2 \
         AND used_at_ms IS NULL AND replaced_at_ms IS NULL AND expires_at_ms > $1",
    )
    .bind(now.as_millis())
    .bind(station.id.as_str())
    .execute(&mut *write)
    .await?;
    sqlx::query(
        "INSERT INTO enrolment_codes (secret_hash, station_id, code, issued_at_ms, expires_at_ms) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(secret_hash(code.secret()))
    .bind(station.id.as_str())
    .bind(code.to_string())
    .bind(now.as_millis())
    .bind(expires_at.as_millis())
    .execute(&mut *write)
    .await?;
    let (id, place) = (station.id.as_str(), Some(&station.area));
    audit::record(
        state,
        &mut write,
        author,
        "station.code",
        id,
        place,
        json!({}),
    )
    .await?;
    write.commit().await?;
    Ok(OpenCode {
        code: code.to_string(),
        expires_at,
    })
}

/// The code of `station` that still waits for its PC.
///
/// # Errors
/// The database failed.
pub async fn open(
    connection: &mut Connection,
    station: &StationId,
    now: WallTime,
) -> Result<Option<OpenCode>> {
    let found: Option<(String, i64)> = sqlx::query_as(
        "SELECT code, expires_at_ms FROM enrolment_codes WHERE station_id = $1 \
         AND code IS NOT NULL AND used_at_ms IS NULL AND replaced_at_ms IS NULL \
         AND expires_at_ms > $2 ORDER BY issued_at_ms DESC LIMIT 1",
    )
    .bind(station.as_str())
    .bind(now.as_millis())
    .fetch_optional(connection)
    .await?;
    Ok(found.map(|(code, expires)| OpenCode {
        code,
        expires_at: WallTime::from_millis(expires),
    }))
}
