//! Enrolment: a village PC with the right code becomes the station.

use std::time::Duration;

use axum::http::StatusCode;
use programme::ids::StationId;
use programme::signed::{key_text, parse_key};
use programme::units::WallTime;
use programme::wire::{EnrolAnswer, EnrolRequest};
use serde_json::json;

use super::station::{self, Station};
use crate::as_run::journal;
use crate::audit::{self, Author};
use crate::database::{Connection, Write};
use crate::people::identity::{new_secret, secret_hash};
use crate::programmes::publish;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::throttle::Throttle;

/// What an enrolment is among the entries of the audit trail. Its detail names the key of the PC,
/// by which its journals are verified: nobody can put another one there.
pub const VERB: &str = "station.enrol";

/// How tokens of stations begin, so that a lost one is recognised for what it is.
pub const TOKEN_PREFIX: &str = "station_";

/// A commune behind one address may enrol several PCs at once.
const THROTTLE: Throttle = Throttle {
    kind: "enrol",
    per_name: None,
    per_address: 20,
    refusal: "error-enrolment-too-many",
};
/// A PC whose answer was lost on the way may ask again for so long.
const REPEATABLE: Duration = Duration::from_secs(15 * 60);

crate::rows! {
    struct Code {
        station_id: String,
        replaced_at_ms: Option<i64>,
        used_at_ms: Option<i64>,
        used_by_journal: Option<String>,
    }
}

/// Lets a PC in, and the one that was the station until then out.
///
/// # Errors
/// A code that is wrong, or a key that is none (422); a code that is used (409), replaced or
/// expired (410); too many attempts (429).
pub async fn enrol(state: &State, request: &EnrolRequest, address: &str) -> Result<EnrolAnswer> {
    THROTTLE.note(state, "", address).await?;
    parse_key(&request.key).map_err(|_| Error::invalid("error-enrolment-key"))?;
    let token = format!("{TOKEN_PREFIX}{}", new_secret(&state.randomness));
    let mut write = state.database.write().await?;
    let id = use_code(state, &mut write, request).await?;
    let station = station::find(&mut write, &id).await?;
    admit(state, &mut write, &station, request, &token).await?;
    write.commit().await?;
    // The PC that was the station until then listens still, and is told to go.
    state.wake.announce(id.as_str()).await;
    publish::to_station(state, &id).await?;
    state.metrics.count("stations_enrolled_total");
    Ok(EnrolAnswer {
        station: id,
        name: station.name,
        token,
        signing_key: key_text(&state.signing_key.verifying_key()),
    })
}

/// Uses the code up, in one statement, so that of two PCs with one code only one gets in.
async fn use_code(
    state: &State,
    write: &mut Connection,
    request: &EnrolRequest,
) -> Result<StationId> {
    let hash = secret_hash(&request.secret.to_lowercase());
    let now = state.now();
    let used = sqlx::query(
        "UPDATE enrolment_codes SET code = NULL, used_at_ms = $1, used_by_journal = $2 \
         WHERE secret_hash = $3 AND expires_at_ms > $1 AND replaced_at_ms IS NULL \
         AND used_at_ms IS NULL",
    )
    .bind(now.as_millis())
    .bind(request.journal.as_str())
    .bind(&hash)
    .execute(&mut *write)
    .await?;
    let code: Option<Code> = sqlx::query_as(
        "SELECT station_id, replaced_at_ms, used_at_ms, used_by_journal \
         FROM enrolment_codes WHERE secret_hash = $1",
    )
    .bind(&hash)
    .fetch_optional(write)
    .await?;
    let code = code.ok_or_else(|| Error::invalid("error-enrolment-code-wrong"))?;
    if used.rows_affected() == 0 {
        code.refuse(request, now)?;
    }
    Ok(code.station_id.parse().map_err(anyhow::Error::from)?)
}

impl Code {
    /// Why a code that could not be used up is refused; it is not when the same PC asks again.
    fn refuse(&self, request: &EnrolRequest, now: WallTime) -> Result<()> {
        if let Some(used_at) = self.used_at_ms {
            let same_pc = self.used_by_journal.as_deref() == Some(request.journal.as_str());
            let recent = now.since(WallTime::from_millis(used_at)) <= REPEATABLE;
            let used = Error::conflict("error-enrolment-code-used");
            return if same_pc && recent { Ok(()) } else { Err(used) };
        }
        if self.replaced_at_ms.is_some() {
            return Err(Error::refused(
                StatusCode::GONE,
                "error-enrolment-code-replaced",
            ));
        }
        let days = super::code::LIFETIME.as_secs() / 86_400;
        Err(Error::refused(StatusCode::GONE, "error-enrolment-code-expired").with("days", days))
    }
}

async fn admit(
    state: &State,
    write: &mut Write,
    station: &Station,
    request: &EnrolRequest,
    token: &str,
) -> Result<()> {
    let now = state.now().as_millis();
    sqlx::query(
        "UPDATE stations SET token_hash = $1, key = $2, enrolled_at_ms = $3, seen_at_ms = $3, \
         health = NULL, health_at_ms = NULL WHERE id = $4",
    )
    .bind(secret_hash(token))
    .bind(&request.key)
    .bind(now)
    .bind(station.id.as_str())
    .execute(&mut **write)
    .await?;
    journal::of_station(write, &request.journal, &station.id).await?;
    let detail = json!({
        "journal": request.journal, "key": request.key, "version": request.version,
    });
    let (author, place) = (Author::station(&station.name), Some(&station.area));
    let id = station.id.as_str();
    audit::record(state, write, &author, VERB, id, place, detail).await
}
