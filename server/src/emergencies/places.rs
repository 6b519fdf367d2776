//! Where an officer may warn, and whether what is chosen of it leaves no doubt.

use std::iter::successors;

use super::form::Fields;
use crate::areas::tree::{self, Listed};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Where the actor may order an emergency, the widest first.
///
/// # Errors
/// The database failed.
pub async fn open_to(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    tree::open_with_right(&mut connection, actor.id(), Right::Emergency).await
}

/// The area that is chosen until its officer says otherwise: the one whose villages are all of
/// `areas`. Whoever may warn many communes, or places side by side, means some of them: what nobody
/// ticked must not sound.
pub fn whole_community(areas: &[Listed]) -> Option<String> {
    let (widest, within) = areas.split_first()?;
    let lies_in_it = |area: &Listed| area.parent_id.as_ref() == Some(&widest.id);
    within.iter().all(lies_in_it).then(|| widest.id.clone())
}

/// Whether it is plain where it is to sound.
///
/// # Errors
/// 422 where an area is chosen together with one that contains it: whoever ticked a village beside
/// the commune may mean either.
pub fn no_doubt(areas: &[Listed], fields: &Fields) -> Result<()> {
    let find = |id: &String| areas.iter().find(|area| area.id == *id);
    for part in fields.areas.iter().filter_map(find) {
        let above = |area: &&Listed| area.parent_id.as_ref().and_then(find);
        let mut whole = successors(above(&part), above);
        if let Some(whole) = whole.find(|whole| fields.has_area(&whole.id)) {
            let error = Error::invalid("error-emergency-part-and-whole");
            let error = error.with("whole", whole.name.as_str());
            return Err(error.with("part", part.name.as_str()));
        }
    }
    Ok(())
}
