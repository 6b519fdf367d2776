//! How a recording will begin at a village's horns: the chime, a pause, and speech that rises, as
//! loud as the class is there.

use std::io::Cursor;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::TryStreamExt;
use object_store::GetRange;
use programme::day_plan::{PAUSE, RAMP, RAMP_FROM};
use programme::ids::AreaId;
use programme::programme::{Class, Sound};
use recordings::foretaste::{Opening, foretaste};

use super::sound::OPUS;
use crate::database::Connection;
use crate::objects::Key;
use crate::state::State;
use crate::stations::station;
use crate::web::errors::Result;

/// So much of the speech is heard: enough to judge by, and little to load.
pub const HEARD: Duration = Duration::from_secs(20);
/// That much of a recording holds it, at several times the bits that speech has.
const ENOUGH_BYTES: u64 = 400_000;

/// What a class adds to the volume of the first station of an area, in dB; nothing where there is
/// no station.
///
/// # Errors
/// The database failed.
pub async fn gain_db(connection: &mut Connection, area: &AreaId, class: Class) -> Result<f64> {
    let stations = station::below(connection, area).await?;
    let first = stations.into_iter().find(|one| one.closed_at.is_none());
    let louder = first.map(|one| one.loudness.of_class(class));
    Ok(louder.map_or(0.0, |louder| f64::from(louder.0)))
}

/// The beginning of a cue with `sound`, as Ogg Opus.
///
/// # Errors
/// The store failed, or holds something else than was kept.
pub async fn send(state: &State, sound: &Sound, gain_db: f64) -> Result<Response> {
    let range = GetRange::Bounded(0..sound.size_bytes.min(ENOUGH_BYTES));
    let found = state
        .objects
        .get(&Key::Recording(sound.hash), Some(range))
        .await?;
    let pieces: Vec<_> = found.bytes.try_collect().await?;
    let source = Cursor::new(pieces.concat());
    let opening = Opening {
        gain_db,
        pause: PAUSE,
        ramp: RAMP,
        ramp_from_db: f64::from(RAMP_FROM.0),
        most: HEARD,
    };
    let made = tokio::task::spawn_blocking(move || foretaste(source, &opening)).await?;
    let made = made.map_err(anyhow::Error::from)?;
    let headers = [
        (CONTENT_TYPE, OPUS.to_owned()),
        (CONTENT_LENGTH, made.len().to_string()),
        (CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, Body::from(made)).into_response())
}
