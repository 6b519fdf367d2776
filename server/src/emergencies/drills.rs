//! Which emergencies are exercises, whether they were ordered on the panel or at a village PC.

use std::collections::BTreeSet;

use programme::as_run::{Entry, Record};
use programme::emergency::Emergency;
use programme::ids::BroadcastId;
use programme::signed::Envelope;
use sqlx::AssertSqlSafe;

use crate::as_run::store::EMERGENCY_ORDERED;
use crate::database::{Connection, places};
use crate::web::errors::Result;

/// So many names are asked for at once.
const AT_ONCE: usize = 200;

/// Those of `ids` that are exercises. A name that is no emergency's is none.
///
/// # Errors
/// The database failed, or holds what cannot be read.
pub async fn among(
    connection: &mut Connection,
    ids: &BTreeSet<BroadcastId>,
) -> Result<BTreeSet<BroadcastId>> {
    let ids: Vec<&BroadcastId> = ids.iter().collect();
    let mut drills = BTreeSet::new();
    for ids in ids.chunks(AT_ONCE) {
        let places = places(ids.len());
        let on_panel = format!("SELECT envelope FROM emergencies WHERE id IN ({places})");
        for json in texts(connection, on_panel, ids).await? {
            let envelope: Envelope = serde_json::from_str(&json)?;
            let word: Emergency = serde_json::from_slice(&envelope.payload)?;
            if word.order.drill {
                drills.insert(word.id);
            }
        }
        let at_pcs = format!(
            "SELECT entry FROM as_run WHERE record = '{EMERGENCY_ORDERED}' \
             AND broadcast_id IN ({places})"
        );
        for json in texts(connection, at_pcs, ids).await? {
            let entry: Entry = serde_json::from_str(&json)?;
            if let Record::EmergencyOrdered {
                broadcast, order, ..
            } = entry.record
                && order.drill
            {
                drills.insert(broadcast);
            }
        }
    }
    Ok(drills)
}

async fn texts(
    connection: &mut Connection,
    sql: String,
    ids: &[&BroadcastId],
) -> Result<Vec<String>> {
    let mut query = sqlx::query_as(AssertSqlSafe(sql));
    for id in ids {
        query = query.bind(id.as_str());
    }
    let rows: Vec<(String,)> = query.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(text,)| text).collect())
}
