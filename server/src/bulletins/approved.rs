//! Approved bulletins as stations need them: with the content that was approved, and no other.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AreaId, BulletinId};
use programme::programme::{Bulletin, Sound, Spoken};
use programme::units::WallTime;
use sqlx::AssertSqlSafe;

use crate::database::{Connection, places};
use crate::web::errors::{Error, Result};

crate::rows! {
    struct Row {
        id: String,
        title: String,
        class: String,
        topic: Option<String>,
        valid_until_ms: i64,
    }
    struct SpokenRow {
        bulletin_id: String,
        language: String,
        approved_hash: String,
        approved_size_bytes: i64,
        approved_duration_ms: i64,
    }
}

/// So many bulletins are asked for at once.
const AT_ONCE: usize = 200;

/// Those of `named` that are approved, as stations need them.
///
/// # Errors
/// The database failed.
pub async fn approved(
    connection: &mut Connection,
    named: &BTreeSet<BulletinId>,
) -> Result<BTreeMap<BulletinId, Bulletin>> {
    let named: Vec<&BulletinId> = named.iter().collect();
    let mut held = BTreeMap::new();
    for ids in named.chunks(AT_ONCE) {
        let places = places(ids.len());
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT id, title, class, topic, valid_until_ms FROM bulletins \
             WHERE state = 'approved' AND id IN ({places})"
        )));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let rows: Vec<Row> = query.fetch_all(&mut *connection).await?;
        let mut query = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT bulletin_id, language, approved_hash, approved_size_bytes, \
             approved_duration_ms FROM bulletin_recordings \
             WHERE approved_hash IS NOT NULL AND bulletin_id IN ({places}) \
             ORDER BY bulletin_id, language"
        )));
        for id in ids {
            query = query.bind(id.as_str());
        }
        let mut spoken: BTreeMap<String, Vec<Spoken>> = BTreeMap::new();
        for row in query.fetch_all(&mut *connection).await? {
            let row: SpokenRow = row;
            let takes = spoken.entry(row.bulletin_id.clone()).or_default();
            takes.push(row.spoken()?);
        }
        for row in rows {
            let recordings = spoken.remove(&row.id).unwrap_or_default();
            held.insert(
                row.id.parse().map_err(anyhow::Error::from)?,
                Bulletin {
                    title: row.title,
                    class: serde_json::from_value(serde_json::Value::String(row.class))?,
                    topic: row.topic,
                    recordings,
                    valid_until: Some(WallTime::from_millis(row.valid_until_ms)),
                },
            );
        }
    }
    Ok(held)
}

/// Whether each of `bulletins` is approved and holds at `now`, so that it may be ordered.
///
/// # Errors
/// The database failed.
pub async fn may_air(
    connection: &mut Connection,
    bulletins: &[BulletinId],
    now: WallTime,
) -> Result<bool> {
    let held = approved(connection, &bulletins.iter().cloned().collect()).await?;
    Ok(bulletins.iter().all(|id| {
        let until = held.get(id).map(|bulletin| bulletin.valid_until);
        until.is_some_and(|until| until.is_none_or(|until| until > now))
    }))
}

impl SpokenRow {
    fn spoken(self) -> Result<Spoken> {
        let duration = u64::try_from(self.approved_duration_ms).unwrap_or(0);
        Ok(Spoken {
            language: self.language.parse().map_err(anyhow::Error::from)?,
            sound: Sound {
                hash: self.approved_hash.parse().map_err(anyhow::Error::from)?,
                size_bytes: u64::try_from(self.approved_size_bytes).unwrap_or(0),
                duration: std::time::Duration::from_millis(duration),
            },
        })
    }
}

/// The hash of what was approved of a bulletin in each language.
///
/// # Errors
/// The database failed.
pub async fn hashes(
    connection: &mut Connection,
    id: &BulletinId,
) -> Result<BTreeMap<String, String>> {
    let hashes: Vec<(String, String)> = sqlx::query_as(
        "SELECT language, approved_hash FROM bulletin_recordings \
         WHERE bulletin_id = $1 AND approved_hash IS NOT NULL",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await?;
    Ok(hashes.into_iter().collect())
}

/// The area that a bulletin belongs to.
///
/// # Errors
/// 404 when there is no such bulletin.
pub async fn home(connection: &mut Connection, id: &BulletinId) -> Result<AreaId> {
    let row: Option<(String,)> = sqlx::query_as("SELECT area_id FROM bulletins WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    let (area,) = row.ok_or_else(Error::not_found)?;
    Ok(area.parse().map_err(anyhow::Error::from)?)
}
