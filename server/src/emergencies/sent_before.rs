//! What the same form ordered already. A form that is sent twice orders one emergency; one that was
//! changed on the way back is another order, and is never taken for the first.

use std::collections::BTreeSet;

use programme::emergency::Emergency;
use programme::ids::{AreaId, BroadcastId};

use super::emergency;
use super::place::expires_at;
use super::request::Request;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Keys are each person's own.
pub fn own_key(actor: &Actor, key: &str) -> String {
    format!("{}/{key}", actor.id())
}

/// Whether the form with this key ordered an emergency already.
///
/// # Errors
/// The database failed.
pub async fn made_before(connection: &mut Connection, actor: &Actor, key: &str) -> Result<bool> {
    let made = emergency::by_request_key(connection, &own_key(actor, key)).await?;
    Ok(made.is_some())
}

/// The emergency that the very same order made already; `None` when its key was never used.
///
/// # Errors
/// 409 when the key was used for another order, or for one that is over: nothing may be said to
/// sound that does not.
pub async fn same_order(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    request: &Request,
) -> Result<Option<BroadcastId>> {
    let Some(key) = &request.request_key else {
        return Ok(None);
    };
    let key = own_key(actor, key);
    let Some(id) = emergency::by_request_key(connection, &key).await? else {
        return Ok(None);
    };
    let kept = emergency::find(connection, &id).await?;
    if !is_same(request, &kept.word) {
        return Err(Error::conflict("error-emergency-form-changed"));
    }
    if !kept.holds(state.now()) {
        return Err(Error::conflict("error-emergency-form-over"));
    }
    Ok(Some(id))
}

fn is_same(request: &Request, word: &Emergency) -> bool {
    let areas = |areas: &[AreaId]| areas.iter().cloned().collect::<BTreeSet<_>>();
    request.bulletin == word.bulletin
        && areas(&request.areas) == areas(&word.areas)
        && request.repeats == word.repeats
        && request.gap == word.gap
        && expires_at(request, &word.content, word.issued_at) == word.expires_at
        && request.why == word.order.why
        && request.drill == word.order.drill
}
