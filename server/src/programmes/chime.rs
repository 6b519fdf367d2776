//! The chime: the sound that opens a cue, so that ears and receivers are there when speech begins.

use anyhow::Context;
use axum::body::Bytes;
use programme::ids::ContentHash;
use programme::programme::Sound;
use recordings::encode::{Coding, encode};
use recordings::pcm;

use crate::database::Connection;
use crate::objects::Key;
use crate::state::State;
use crate::web::errors::Result;

/// Under this name the settings know the chime's content.
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

/// Makes the chime unless it is there: at the first start of a server.
///
/// # Errors
/// The database or the store failed.
pub async fn ensure(state: &State) -> Result<()> {
    let mut connection = state.database.read().await?;
    let kept = kept(&mut connection).await?;
    drop(connection);
    if let Some(sound) = kept
        && state
            .objects
            .size_bytes(&Key::Recording(sound.hash))
            .await?
            == Some(sound.size_bytes)
    {
        return Ok(());
    }
    let (sound, bytes) = tokio::task::spawn_blocking(made).await??;
    state
        .objects
        .put(&Key::Recording(sound.hash), bytes)
        .await?;
    let mut write = state.database.write().await?;
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(NAME)
    .bind(serde_json::to_string(&sound)?)
    .execute(&mut *write)
    .await?;
    write.commit().await?;
    Ok(())
}

/// The same samples and the same bytes on every machine.
fn made() -> anyhow::Result<(Sound, Bytes)> {
    let samples = recordings::chime::chime();
    let encoded = encode(samples.as_slice(), Coding::default(), None, &|_| Ok(()))
        .context("encode the chime")?;
    let mut bytes = Vec::new();
    encoded.write(&mut bytes).context("encode the chime")?;
    let sound = Sound {
        hash: ContentHash::of(&bytes),
        size_bytes: bytes.len() as u64,
        duration: pcm::duration(encoded.frames()),
    };
    Ok((sound, bytes.into()))
}
