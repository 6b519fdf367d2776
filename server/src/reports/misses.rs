//! How many villages will miss something today, and how many missed something yesterday, for one
//! line of the front page.

use std::collections::BTreeSet;

use jiff::ToSpan;
use programme::ids::AreaId;

use super::scope::Scope;
use super::{ahead, days};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Villages that miss something, of the widest area that the reader sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Misses {
    /// Those that will not hear a broadcast of today, as things stand.
    pub today: usize,
    /// Those in which a broadcast of yesterday was not heard to its end, by what stations reported
    /// and people said.
    pub yesterday: usize,
}

/// The villages of the area that the page of reports shows first; none where that is too wide.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of_reader(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
) -> Result<Misses> {
    let scope = match Scope::of(state, connection, actor, "").await {
        Ok(scope) => scope,
        Err(Error::Refused(_)) => return Ok(Misses::default()),
        Err(error) => return Err(error),
    };
    let today = scope.today(state.now());
    let coming = ahead::of(state, connection, &scope, today, None).await?;
    let hearers = coming.iter().flat_map(|one| &one.hearers);
    let lost = hearers.filter(|one| one.chance.is_lost());
    let lost: BTreeSet<&AreaId> = lost.map(|one| &one.area.id).collect();
    let yesterday = today.checked_sub(1.day()).unwrap_or(today);
    let day = days::of(state, connection, &scope, yesterday).await?;
    let past = day.past(state.now());
    let missed = past.iter().flat_map(|one| {
        let silent = one.villages.iter();
        let silent = silent.filter(|(_, line, station)| !day.was_heard(line, station));
        let without = one.without.iter().map(|area| &area.id);
        silent.map(|(area, ..)| &area.id).chain(without)
    });
    let missed: BTreeSet<&AreaId> = missed.collect();
    Ok(Misses {
        today: lost.len(),
        yesterday: missed.len(),
    })
}
