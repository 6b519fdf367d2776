//! The chime: the sound that opens a cue, so that ears and receivers are there when speech begins.

use programme::programme::Sound;

use crate::database::Connection;
use crate::web::errors::Result;

const NAME: &str = "chime";

/// The chime, once it was made.
///
/// # Errors
/// The database failed.
pub async fn kept(connection: &mut Connection) -> Result<Option<Sound>> {
    let kept: Option<(String,)> = sqlx::query_as("SELECT value FROM settings WHERE name = $1")
        .bind(NAME)
        .fetch_optional(connection)
        .await?;
    Ok(kept
        .map(|(json,)| serde_json::from_str(&json))
        .transpose()?)
}
