//! Starts that nobody wanted any more when they were due. A PC that was off when their broadcast
//! was cancelled does not know that, and writes into its log that it missed them. Who cancelled it
//! was heard here; so people are told nothing of them, as of any start that was cancelled in time.
//! The log stays as the PC wrote it.

use std::collections::BTreeMap;

use programme::as_run::Outcome;
use programme::ids::BroadcastId;
use programme::units::WallTime;

use super::report::Reported;
use crate::database::Connection;
use crate::web::errors::Result;

/// When the broadcasts were cancelled that somebody missed.
#[derive(Debug)]
pub(super) struct Cancelled(BTreeMap<BroadcastId, WallTime>);

impl Cancelled {
    /// Looks for those that `starts` name.
    ///
    /// # Errors
    /// The database failed.
    pub(super) async fn among(
        connection: &mut Connection,
        starts: impl Iterator<Item = &Reported>,
    ) -> Result<Self> {
        let missed = starts.filter(|start| is_missed(start));
        let names = missed.map(|start| (start.broadcast.clone(), None));
        let mut found: BTreeMap<BroadcastId, Option<WallTime>> = names.collect();
        for (broadcast, at) in &mut found {
            let row: Option<(Option<i64>,)> =
                sqlx::query_as("SELECT cancelled_at_ms FROM broadcasts WHERE id = $1")
                    .bind(broadcast.as_str())
                    .fetch_optional(&mut *connection)
                    .await?;
            *at = row.and_then(|(at,)| at).map(WallTime::from_millis);
        }
        let cancelled = found.into_iter().filter_map(|(id, at)| Some((id, at?)));
        Ok(Self(cancelled.collect()))
    }

    /// Whether `start` was missed by nobody: it was cancelled before it was due.
    pub(super) fn in_time(&self, start: &Reported) -> bool {
        let at = self.0.get(&start.broadcast);
        is_missed(start) && at.is_some_and(|at| *at <= start.planned)
    }
}

/// Whether nothing of it sounded, and the station says that it should have.
fn is_missed(start: &Reported) -> bool {
    start.attempts.is_empty() && matches!(start.outcome, Some(Outcome::Missed { .. }))
}
