//! On whose behalf bulletins speak: the commune's office, the police, the health station.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::BroadcastId;
use sqlx::AssertSqlSafe;

use crate::database::{Connection, places};
use crate::web::errors::{Error, Result};

/// Letters of a body's name.
const LIMIT: usize = 120;
/// So many broadcasts are asked for at once.
const AT_ONCE: usize = 200;

/// Bodies that a form suggests; any other may be typed.
///
/// # Errors
/// The database failed.
pub async fn suggestions(connection: &mut Connection) -> Result<Vec<String>> {
    let bodies: Vec<(String,)> = sqlx::query_as("SELECT name FROM bodies ORDER BY position")
        .fetch_all(connection)
        .await?;
    Ok(bodies.into_iter().map(|(name,)| name).collect())
}

/// Checks what an author wrote.
///
/// # Errors
/// 422 when it is longer than any name.
pub fn check(body: &str) -> Result<()> {
    match body.trim().chars().count() > LIMIT {
        true => Err(Error::invalid("error-bulletin-on-behalf").with("most", LIMIT)),
        false => Ok(()),
    }
}

/// On whose behalf broadcasts speak.
#[derive(Debug, Clone, Default)]
pub struct Behalves(BTreeMap<BroadcastId, String>);

impl Behalves {
    /// What is known of `broadcasts`, emergencies among them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of<'i>(
        connection: &mut Connection,
        broadcasts: impl IntoIterator<Item = &'i BroadcastId>,
    ) -> Result<Self> {
        let ids: BTreeSet<&BroadcastId> = broadcasts.into_iter().collect();
        let ids: Vec<&BroadcastId> = ids.into_iter().collect();
        let mut found: BTreeMap<BroadcastId, String> = BTreeMap::new();
        for ids in ids.chunks(AT_ONCE) {
            let places = places(ids.len());
            let mut query = sqlx::query_as(AssertSqlSafe(format!(
                "SELECT m.broadcast_id, b.on_behalf_of FROM broadcast_bulletins m \
                 JOIN bulletins b ON b.id = m.bulletin_id \
                 WHERE b.on_behalf_of <> '' AND m.broadcast_id IN ({places}) \
                 UNION SELECT e.id AS broadcast_id, b.on_behalf_of FROM emergencies e \
                 JOIN bulletins b ON b.id = e.bulletin_id \
                 WHERE b.on_behalf_of <> '' AND e.id IN ({places}) ORDER BY 1, 2"
            )));
            for id in ids {
                query = query.bind(id.as_str());
            }
            let rows: Vec<(String, String)> = query.fetch_all(&mut *connection).await?;
            for (id, body) in rows {
                let id = id.parse().map_err(anyhow::Error::from)?;
                let said = found.entry(id).or_default();
                if !said.is_empty() {
                    said.push_str(", ");
                }
                said.push_str(&body);
            }
        }
        Ok(Self(found))
    }

    /// The bodies for which a broadcast speaks; empty when nobody said.
    pub fn of_broadcast(&self, id: &BroadcastId) -> String {
        self.0.get(id).cloned().unwrap_or_default()
    }
}
