//! Recordings for scripts, and for the scripts in our own pages.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use programme::ids::RecordingId;
use programme::programme::Class;
use recordings::ingest::Part;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::recording::{self, Recording, Stage, Whose};
use super::sound::{self, Wanted};
use super::tus::Described;
use super::uploads::Upload;
use super::{advice, cut, foretaste, shelf};
use crate::bulletins::bulletin::class_from_name;
use crate::objects::Key;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{Json as Body, Path, Query};
use crate::web::frame::Problem;
use crate::web::language::PanelLanguage;
use crate::web::shell::Shell;

/// `/api/v1/recordings…`, and a description of `/api/v1/uploads…`, which [`super::tus`] answers.
pub fn api() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(list))
        .routes(routes!(show, delete))
        .routes(routes!(sound))
        .routes(routes!(original))
        .routes(routes!(try_again))
        .routes(routes!(as_aired))
        .routes(routes!(cut_out, uncut))
}

/// A recording.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingWhole {
    /// Its name for programs.
    id: String,
    /// Whose it is.
    area_id: String,
    /// That area's name for people.
    area_name: String,
    /// Who recorded.
    author_id: String,
    /// What others call them.
    author_name: String,
    /// What is spoken (ISO 639).
    language: String,
    /// What the phone called the file.
    file_name: String,
    /// The bulletin that it was made for.
    bulletin_id: Option<String>,
    /// `uploading`, `processing`, `ready` or `refused`.
    state: &'static str,
    /// When its upload began.
    created_at_ms: i64,
    /// Bytes that have arrived, while it is uploading.
    offset_bytes: Option<u64>,
    /// Bytes that will arrive, while it is uploading and if that is known.
    length_bytes: Option<u64>,
    /// SHA-256 of what was sent, once it is ready.
    original_hash: Option<String>,
    /// As it airs, once it is ready.
    sound: Option<SoundReport>,
    /// Why it cannot be used, once it is refused.
    refusal: Option<Remark>,
}

/// A recording as it airs.
#[derive(Debug, Serialize, ToSchema)]
struct SoundReport {
    /// SHA-256 of the Ogg Opus file.
    hash: String,
    /// Its length in bytes.
    size_bytes: u64,
    /// How long it sounds.
    duration_ms: u64,
    /// Integrated loudness (EBU R 128).
    loudness_lufs: f64,
    /// True peak.
    true_peak_dbtp: f64,
    /// What its author should know.
    advice: Vec<Remark>,
}

/// Something said about a recording, in the reader's language.
#[derive(Debug, Serialize, ToSchema)]
struct Remark {
    /// Its name for programs.
    kind: &'static str,
    /// What is so.
    title: String,
    /// What to do.
    advice: String,
}

impl RecordingWhole {
    /// `recording` as a reader of `language` gets it.
    pub fn new(recording: &Recording, language: PanelLanguage) -> Self {
        let (offset_bytes, length_bytes) = match recording.stage {
            Stage::Uploading {
                offset_bytes,
                length_bytes,
            } => (Some(offset_bytes), length_bytes),
            Stage::Processing | Stage::Ready { .. } | Stage::Refused(_) => (None, None),
        };
        let sound = match &recording.stage {
            Stage::Ready { sound, report } => Some(SoundReport {
                hash: sound.hash.to_string(),
                size_bytes: sound.size_bytes,
                duration_ms: u64::try_from(sound.duration.as_millis()).unwrap_or(u64::MAX),
                loudness_lufs: report.loudness.integrated_lufs,
                true_peak_dbtp: report.loudness.true_peak_dbtp,
                advice: report
                    .findings
                    .iter()
                    .map(|finding| {
                        let words = advice::words(finding, language);
                        let (title, advice) = (words.title, words.advice);
                        Remark {
                            kind: advice::name(finding),
                            title,
                            advice,
                        }
                    })
                    .collect(),
            }),
            Stage::Uploading { .. } | Stage::Processing | Stage::Refused(_) => None,
        };
        let refusal = match &recording.stage {
            Stage::Refused(refusal) => {
                let words = refusal.words(language);
                let (title, advice) = (words.title, words.advice);
                Some(Remark {
                    kind: refusal.kind(),
                    title,
                    advice,
                })
            }
            Stage::Uploading { .. } | Stage::Processing | Stage::Ready { .. } => None,
        };
        Self {
            id: recording.id.to_string(),
            area_id: recording.area.to_string(),
            area_name: recording.area_name.clone(),
            author_id: recording.author.to_string(),
            author_name: recording.author_name.clone(),
            language: recording.language.to_string(),
            file_name: recording.file_name.clone(),
            bulletin_id: recording.bulletin.as_ref().map(ToString::to_string),
            state: recording.stage.name(),
            created_at_ms: recording.created_at.as_millis(),
            offset_bytes,
            length_bytes,
            original_hash: recording.original.map(|original| original.hash.to_string()),
            sound,
            refusal,
        }
    }
}

/// Which recordings.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Only those that you recorded.
    #[serde(default)]
    own: bool,
    /// How many to leave out from the start.
    #[serde(default)]
    #[param(format = Int64, maximum = 4_294_967_295_u32)]
    skip: u32,
}

/// Recordings in one answer.
const PAGE: u32 = 100;

/// The recordings that you may see, the newest first, 100 at a time.
#[utoipa::path(get, path = "/api/v1/recordings", tag = "recordings", params(Which),
    responses((status = 200, body = Vec<RecordingWhole>), (status = 401, body = Problem)))]
async fn list(
    state: State,
    shell: Shell,
    actor: Actor,
    Query(which): Query<Which>,
) -> Result<Json<Vec<RecordingWhole>>> {
    let whose = if which.own {
        Whose::Own
    } else {
        Whose::Everybody
    };
    let mut connection = state.database.read().await?;
    let found = recording::list(&mut connection, actor.id(), whose, PAGE, which.skip).await?;
    let whole = |found: &Recording| RecordingWhole::new(found, shell.language);
    Ok(Json(found.iter().map(whole).collect()))
}

/// One recording.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}", tag = "recordings",
    params(("recording" = String, Path)),
    responses((status = 200, body = RecordingWhole), (status = 404, body = Problem)))]
async fn show(
    state: State,
    shell: Shell,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Json<RecordingWhole>> {
    let mut connection = state.database.read().await?;
    let (found, _) = recording::visible(&state, &mut connection, &actor, &id).await?;
    Ok(Json(RecordingWhole::new(&found, shell.language)))
}

/// Deletes a recording that no bulletin uses.
#[utoipa::path(delete, path = "/api/v1/recordings/{recording}", tag = "recordings",
    params(("recording" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn delete(state: State, actor: Actor, Path(id): Path<RecordingId>) -> Result<StatusCode> {
    let mut connection = state.database.read().await?;
    let (found, area) = recording::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    shelf::delete(&state, &actor, &found, &area).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The sound as it airs: Ogg Opus, by range if you like.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/sound", tag = "recordings",
    params(("recording" = String, Path)),
    responses((status = 200, content_type = "audio/ogg"), (status = 206),
        (status = 404, body = Problem), (status = 416)))]
async fn sound(
    state: State,
    headers: HeaderMap,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (found, _) = recording::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let Stage::Ready { sound, .. } = found.stage else {
        return Err(Error::not_found());
    };
    let wanted = Wanted {
        hash: sound.hash,
        size_bytes: sound.size_bytes,
        content_type: sound::OPUS,
    };
    sound::send(&state, &headers, &Key::Recording(sound.hash), wanted).await
}

/// In which class it would air.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Airs {
    /// `ordinary`, `priority` or `emergency`.
    #[serde(default)]
    class: String,
}

/// How it will begin at the horns of its area: the chime, a pause and the first 20 seconds, as
/// loud as the class is there. Made on the spot, as Ogg Opus.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/as-aired", tag = "recordings",
    params(("recording" = String, Path), Airs),
    responses((status = 200, content_type = "audio/ogg"), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn as_aired(
    state: State,
    actor: Actor,
    Path(id): Path<RecordingId>,
    Query(airs): Query<Airs>,
) -> Result<Response> {
    let class = match airs.class.as_str() {
        "" => Class::Ordinary,
        name => class_from_name(name)
            .ok_or_else(|| Error::invalid("error-bulletin-class").with("class", name))?,
    };
    let mut connection = state.database.read().await?;
    let (found, _) = recording::visible(&state, &mut connection, &actor, &id).await?;
    let gain_db = foretaste::gain_db(&mut connection, &found.area, class).await?;
    drop(connection);
    let Stage::Ready { sound, .. } = found.stage else {
        return Err(Error::not_found());
    };
    foretaste::send(&state, &sound, gain_db).await
}

/// A part of a recording.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// Milliseconds to its first moment.
    from_ms: u64,
    /// Milliseconds to the first moment behind it.
    until_ms: u64,
}

/// What a cut leads to: the part, which is being made, or the whole, which speaks again.
#[derive(Debug, Serialize, ToSchema)]
struct Made {
    /// Its name.
    recording_id: String,
}

/// Makes a recording out of a part of one. The one that it was chosen from stays; where that speaks
/// for a bulletin that is open, the part takes its place once it is ready.
#[utoipa::path(post, path = "/api/v1/recordings/{recording}/cut", tag = "recordings",
    params(("recording" = String, Path)), request_body = Wish,
    responses((status = 201, body = Made), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn cut_out(
    state: State,
    actor: Actor,
    Path(id): Path<RecordingId>,
    Body(wish): Body<Wish>,
) -> Result<(StatusCode, Json<Made>)> {
    let mut connection = state.database.read().await?;
    let (found, area) = recording::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let part = Part {
        from_ms: wish.from_ms,
        until_ms: wish.until_ms,
    };
    let made = cut::cut(&state, &actor, &area, &found, part).await?;
    let recording_id = made.to_string();
    Ok((StatusCode::CREATED, Json(Made { recording_id })))
}

/// Lets the recording that a part was chosen from speak again in the part's open bulletins.
#[utoipa::path(delete, path = "/api/v1/recordings/{recording}/cut", tag = "recordings",
    params(("recording" = String, Path)),
    responses((status = 200, body = Made), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn uncut(state: State, actor: Actor, Path(id): Path<RecordingId>) -> Result<Json<Made>> {
    let mut connection = state.database.read().await?;
    let (found, area) = recording::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let recording_id = cut::undo(&state, &actor, &area, &found).await?.to_string();
    Ok(Json(Made { recording_id }))
}

/// What the phone sent, untouched.
#[utoipa::path(get, path = "/api/v1/recordings/{recording}/original", tag = "recordings",
    params(("recording" = String, Path)),
    responses((status = 200), (status = 206), (status = 404, body = Problem), (status = 416)))]
async fn original(
    state: State,
    headers: HeaderMap,
    actor: Actor,
    Path(id): Path<RecordingId>,
) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let (found, _) = recording::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    let (Some(original), Stage::Ready { report, .. }) = (found.original, &found.stage) else {
        return Err(Error::not_found());
    };
    let content_type = sound::type_of(report.source_format);
    let wanted = Wanted {
        hash: original.hash,
        size_bytes: original.size_bytes,
        content_type,
    };
    sound::send(&state, &headers, &Key::Original(original.hash), wanted).await
}

/// Starts the work once more on a recording that the server's own storage failed on.
#[utoipa::path(post, path = "/api/v1/recordings/{recording}/try-again", tag = "recordings",
    params(("recording" = String, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn try_again(state: State, actor: Actor, Path(id): Path<RecordingId>) -> Result<StatusCode> {
    let mut connection = state.database.read().await?;
    let (found, area) = recording::visible(&state, &mut connection, &actor, &id).await?;
    drop(connection);
    shelf::try_again(&state, &actor, &found.id, &area).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The recording that comes out of an upload: tus itself has no word for it.
#[utoipa::path(get, path = "/api/v1/uploads/{upload}", tag = "uploads",
    params(("upload" = String, Path)),
    responses((status = 200, body = RecordingWhole), (status = 404, body = Problem)))]
pub async fn of_upload(state: &State, shell: &Shell, upload: &Upload) -> Result<Response> {
    let mut connection = state.database.read().await?;
    let found = recording::find(&mut connection, &upload.recording).await?;
    Ok(Json(RecordingWhole::new(&found, shell.language)).into_response())
}
