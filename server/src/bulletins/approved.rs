//! Approved bulletins as stations need them: with the content that was approved, and no other.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AreaId, BulletinId};
use programme::programme::{Bulletin, Class, Sound, Spoken};
use programme::units::WallTime;

use crate::database::Connection;
use crate::web::errors::{Error, Result};

crate::rows! {
    struct Row { title: String, class: String, topic: Option<String>, valid_until_ms: i64 }
    struct SpokenRow {
        language: String,
        approved_hash: String,
        approved_size_bytes: i64,
        approved_duration_ms: i64,
    }
}

/// Those of `named` that are approved, as stations need them.
///
/// # Errors
/// The database failed.
pub async fn approved(
    connection: &mut Connection,
    named: &BTreeSet<BulletinId>,
) -> Result<BTreeMap<BulletinId, Bulletin>> {
    let mut held = BTreeMap::new();
    for id in named {
        let row: Option<Row> = sqlx::query_as(
            "SELECT title, class, topic, valid_until_ms FROM bulletins \
             WHERE id = $1 AND state = 'approved'",
        )
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        let Some(row) = row else { continue };
        let spoken: Vec<SpokenRow> = sqlx::query_as(
            "SELECT language, approved_hash, approved_size_bytes, approved_duration_ms \
             FROM bulletin_recordings WHERE bulletin_id = $1 AND approved_hash IS NOT NULL \
             ORDER BY language",
        )
        .bind(id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let recordings = spoken.into_iter().map(|row| {
            Ok(Spoken {
                language: row.language.parse().map_err(anyhow::Error::from)?,
                sound: Sound {
                    hash: row.approved_hash.parse().map_err(anyhow::Error::from)?,
                    size_bytes: u64::try_from(row.approved_size_bytes).unwrap_or(0),
                    duration: std::time::Duration::from_millis(
                        u64::try_from(row.approved_duration_ms).unwrap_or(0),
                    ),
                },
            })
        });
        let class: Class = serde_json::from_value(serde_json::Value::String(row.class))?;
        held.insert(
            id.clone(),
            Bulletin {
                title: row.title,
                class,
                topic: row.topic,
                recordings: recordings.collect::<Result<_>>()?,
                valid_until: Some(WallTime::from_millis(row.valid_until_ms)),
            },
        );
    }
    Ok(held)
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
