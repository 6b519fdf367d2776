//! What a sender says about a recording, made into what the library needs to know.

use programme::ids::AreaId;

use super::uploads::NewUpload;
use crate::areas::area::{self, Area};
use crate::bulletins::drafts;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::forms::{without_nul, without_turns};

/// Longer names of files are cut: they are only shown.
const FILE_NAME_LIMIT: usize = 120;

/// What a sender says; an empty text is not said.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Name of the area where the recording belongs.
    pub area: String,
    /// What is spoken in it.
    pub language: String,
    /// Name of the bulletin that it is for.
    pub bulletin: String,
    /// What the phone calls the file.
    pub file_name: String,
}

/// Fills in what was not said: a bulletin says the area, one role to record says it too, and the
/// area's first language is the language.
///
/// # Errors
/// 404 for an area or a bulletin that this person may not see, 403 where they do not record, 409
/// for a bulletin that may not be changed, 422 when several areas are possible or the language is
/// none.
pub async fn settle(state: &State, actor: &Actor, wish: Wish) -> Result<NewUpload> {
    without_nul(&wish.file_name)?;
    let (bulletin, area) = match wish.bulletin.as_str() {
        "" => (None, recordable(state, actor, &wish.area).await?),
        text => {
            let id = text.parse().map_err(|_| Error::not_found())?;
            let (bulletin, area) = drafts::open_for_change(state, actor, &id).await?;
            (Some(bulletin.id), area)
        }
    };
    let language = match wish.language.as_str() {
        "" => area.ways.languages.first().cloned().unwrap_or_default(),
        said => said.to_owned(),
    };
    let language = language
        .parse()
        .map_err(|_| Error::invalid("error-language-unknown").with("language", &language))?;
    let file_name = without_turns(&wish.file_name);
    Ok(NewUpload {
        area,
        language,
        file_name: file_name.trim().chars().take(FILE_NAME_LIMIT).collect(),
        bulletin,
        length_bytes: None,
        metadata: String::new(),
    })
}

/// The area that was said, or the only one that it can be.
async fn recordable(state: &State, actor: &Actor, said: &str) -> Result<Area> {
    let id = match said {
        "" => only_area(actor)?,
        said => said.parse().map_err(|_| Error::not_found())?,
    };
    let mut connection = state.database.read().await?;
    let area = area::find(state, &mut connection, &id).await?;
    actor.require(Right::Record, &area)?;
    Ok(area)
}

/// The one area where this person records, if it is one.
fn only_area(actor: &Actor) -> Result<AreaId> {
    let may_record = |(area, role): &(AreaId, crate::people::rights::Role)| {
        role.may(Right::Record).then(|| area.clone())
    };
    let mut areas: Vec<AreaId> = actor.roles().iter().filter_map(may_record).collect();
    areas.dedup();
    match areas.as_slice() {
        [area] => Ok(area.clone()),
        [] => Err(Error::forbidden()),
        [_, _, ..] => Err(Error::invalid("error-recording-needs-area")),
    }
}
