//! Where an officer may warn, and what of it is chosen at first.

use crate::areas::tree::{self, Listed};
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;

/// Where the actor may order an emergency, the widest first.
///
/// # Errors
/// The database failed.
pub async fn open_to(state: &State, actor: &Actor) -> Result<Vec<Listed>> {
    let mut connection = state.database.read().await?;
    tree::open_with_right(&mut connection, actor.id(), Right::Emergency).await
}

/// Kinds of areas in which people hear of the same flood.
const COMMUNITIES: [&str; 3] = ["commune", "village", "quarter"];

/// The area that is chosen until its officer says otherwise: the one community that holds all of
/// `areas`. Whoever may warn a province, or places side by side, means some of them: what nobody
/// ticked must not sound.
pub fn whole_community(areas: &[Listed]) -> Option<String> {
    let is_listed = |id: &String| areas.iter().any(|area| area.id == *id);
    let lies_in_one = |area: &&Listed| area.parent_id.as_ref().is_some_and(is_listed);
    let mut outermost = areas.iter().filter(|area| !lies_in_one(area));
    let (only, none) = (outermost.next()?, outermost.next());
    let is_whole = none.is_none() && COMMUNITIES.contains(&only.kind.as_str());
    is_whole.then(|| only.id.clone())
}
