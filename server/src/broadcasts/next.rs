//! What villages hear next: shown once something was changed, so that whoever changed it sees what
//! follows from it, as they do when they have ordered something.

use askama::Template;
use programme::ids::AreaId;

use super::outlook;
use super::pages::{Looked, looked};
use super::words::Names;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::shell::Shell;

/// What villages hear next, as a part of a page.
#[derive(Template)]
#[template(path = "broadcasts/next.html")]
pub struct Next {
    shell: Shell,
    looked: Looked,
}

/// What the villages of `targets` that the reader may see hear next; `None` where nothing was
/// changed on the page before.
///
/// # Errors
/// The database failed.
pub async fn after_change(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    targets: &[AreaId],
) -> Result<Option<Next>> {
    if shell.notice.is_none() || targets.is_empty() {
        return Ok(None);
    }
    let mut villages = outlook::villages(state, connection, targets, state.now()).await?;
    villages.retain(|(village, _)| actor.may(Right::View, &village.area));
    let outlooks = outlook::next(state, connection, villages).await?;
    let mut looked = looked(&outlooks, &Names::default(), shell);
    for (alike, outlook) in looked.alike.iter_mut().zip(&outlooks.outlooks) {
        for (line, cue) in alike.cues.iter_mut().zip(&outlook.cues) {
            line.title = Some((cue.broadcast.clone(), cue.title.clone()));
        }
    }
    let shell = shell.clone();
    Ok((!looked.alike.is_empty()).then_some(Next { shell, looked }))
}
