//! What became of a request in each village: from the answer to the last start that was heard.

use programme::ids::{AreaId, BulletinId};
use programme::units::WallTime;

use super::request::{Answer, Request, Target};
use crate::areas::area;
use crate::as_run::outcomes::{self, Outcomes};
use crate::as_run::starts::Whose;
use crate::broadcasts::{broadcast, upcoming};
use crate::bulletins::bulletin::{self, Bulletin};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::reports::reach::{self, Reach};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// What became of a request in a village.
#[derive(Debug)]
pub struct Fate {
    /// The village and its answer.
    pub target: Target,
    /// What was made of it.
    pub made: Option<Made>,
    /// Whether the reader may take it up.
    pub may_take: bool,
    /// Whether the reader may decline it.
    pub may_decline: bool,
}

/// A bulletin that was made of a request, and how far it came.
#[derive(Debug)]
pub struct Made {
    /// The bulletin.
    pub bulletin: Bulletin,
    /// Whether the reader may see all of it.
    pub is_visible: bool,
    /// When it is heard next.
    pub next: Option<WallTime>,
    /// In how many villages it was heard.
    pub reach: Option<Reach>,
    /// What became of each start, where the reader may see that.
    pub outcomes: Outcomes,
}

/// What became of `request`, village by village.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    request: &Request,
) -> Result<Vec<Fate>> {
    let mut fates = Vec::with_capacity(request.targets.len());
    // Whoever asks others waits for their answer.
    let is_other = request.asker != *actor.id();
    let is_open = request.cancelled_at.is_none() && request.is_sent() && is_other;
    for target in &request.targets {
        let area = area::find(state, connection, &target.area).await?;
        let records = actor.may(Right::Record, &area) && area.within_closed_ms.is_none();
        let made = match &target.answer {
            Answer::Taken { bulletin, .. } => {
                Some(made(state, connection, shell, actor, bulletin, &target.area).await?)
            }
            Answer::Waiting | Answer::Declined { .. } => None,
        };
        fates.push(Fate {
            may_take: is_open && records && made.is_none(),
            may_decline: is_open && records && target.answer == Answer::Waiting,
            target: target.clone(),
            made,
        });
    }
    Ok(fates)
}

async fn made(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    id: &BulletinId,
    village: &AreaId,
) -> Result<Made> {
    let bulletin = bulletin::find(connection, id).await?;
    let is_visible = match bulletin::visible(state, connection, actor, id).await {
        Ok(_) => true,
        Err(Error::Refused(_)) => false,
        Err(error) => return Err(error),
    };
    let (whose, newest) = (Whose::Bulletin(id), outcomes::Wanted::default());
    let mut outcomes = outcomes::of(state, connection, shell, actor, whose, newest).await?;
    // The older ones stand on the page of the bulletin.
    outcomes.older = outcomes.older.filter(|_| is_visible);
    Ok(Made {
        bulletin,
        is_visible,
        next: next(state, connection, id, village).await?,
        reach: reach::of_bulletin(connection, id).await?,
        outcomes,
    })
}

/// The next start of any broadcast that names a bulletin, by the clocks of its village.
async fn next(
    state: &State,
    connection: &mut Connection,
    id: &BulletinId,
    village: &AreaId,
) -> Result<Option<WallTime>> {
    let village = area::find(state, connection, village).await?;
    let mut first = None;
    for one in broadcast::of_bulletin(connection, id).await? {
        let next = upcoming::next(state, &one, &village)?;
        first = first.into_iter().chain(next).min();
    }
    Ok(first)
}
