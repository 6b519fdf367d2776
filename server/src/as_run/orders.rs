//! Who ordered an emergency, for whoever reads what became of it.

use programme::as_run::CueId;
use programme::emergency::Order;
use programme::ids::BroadcastId;

use super::report::Attempt;
use crate::database::Connection;
use crate::emergencies::{at_pcs, emergency};
use crate::web::errors::{Error, Result};

/// Who ordered a start that is an emergency's, as the station wrote it down when it sounded; where
/// it did not sound, as it was ordered on the panel or at the PC.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn of(
    connection: &mut Connection,
    cue: &CueId,
    broadcast: &BroadcastId,
    attempts: &[Attempt],
) -> Result<Option<Order>> {
    let written = attempts.iter().find_map(|one| one.order.clone());
    if written.is_some() || cue.hearing().is_none() {
        return Ok(written);
    }
    match emergency::find(connection, broadcast).await {
        Ok(kept) => Ok(Some(kept.word.order)),
        Err(Error::Refused(_)) => at_pcs::order(connection, broadcast).await,
        Err(error) => Err(error),
    }
}
