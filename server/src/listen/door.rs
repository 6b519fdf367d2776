//! Whether the page of a village is open, and at which address.

use programme::ids::AreaId;
use serde_json::json;

use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::clock::Randomness;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Letters and digits of an address that are not taken for one another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Letters of an address: forty bits, short enough to be typed from a poster.
const LETTERS: usize = 8;

/// The page of a village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// What stands in its address.
    pub slug: String,
    /// Whether it can be read.
    pub open: bool,
}

/// The page of `area`, if it was ever opened.
///
/// # Errors
/// The database failed.
pub async fn of(connection: &mut Connection, area: &AreaId) -> Result<Option<Door>> {
    let found: Option<(String, i64)> =
        sqlx::query_as("SELECT slug, open FROM listen_pages WHERE area_id = $1")
            .bind(area.as_str())
            .fetch_optional(connection)
            .await?;
    Ok(found.map(|(slug, open)| Door {
        slug,
        open: open != 0,
    }))
}

/// The village whose open page has this address.
///
/// # Errors
/// 404 when there is none, or the village is closed.
pub async fn enter(state: &State, connection: &mut Connection, slug: &str) -> Result<Area> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT area_id FROM listen_pages WHERE slug = $1 AND open = 1")
            .bind(slug)
            .fetch_optional(&mut *connection)
            .await?;
    let (id,) = found.ok_or_else(Error::not_found)?;
    let id = id.parse().map_err(anyhow::Error::from)?;
    let area = area::find(state, connection, &id).await?;
    match area.within_closed_ms {
        Some(_) => Err(Error::not_found()),
        None => Ok(area),
    }
}

/// Opens or closes the page of `area`, and gives back how it is then.
///
/// # Errors
/// 403 and 404 without [`Right::OpenToPublic`] there.
pub async fn set(state: &State, actor: &Actor, area: &Area, open: bool) -> Result<Door> {
    actor.require(Right::OpenToPublic, area)?;
    let mut write = state.database.write().await?;
    sqlx::query("INSERT INTO listen_pages (area_id, slug, open) VALUES ($1, $2, 0) ON CONFLICT (area_id) DO NOTHING")
        .bind(area.id.as_str())
        .bind(slug(&state.randomness))
        .execute(&mut *write)
        .await?;
    let changed =
        sqlx::query("UPDATE listen_pages SET open = $1 WHERE area_id = $2 AND open <> $1")
            .bind(i64::from(open))
            .bind(area.id.as_str())
            .execute(&mut *write)
            .await?;
    if changed.rows_affected() > 0 {
        let author = Author::from(actor);
        let verb = if open { "listen.open" } else { "listen.close" };
        let (id, detail) = (area.id.as_str(), json!({ "name": area.name }));
        audit::record(state, &mut write, &author, verb, id, Some(&area.id), detail).await?;
    }
    let door = of(&mut write, &area.id)
        .await?
        .ok_or_else(Error::not_found)?;
    write.commit().await?;
    Ok(door)
}

fn slug(randomness: &Randomness) -> String {
    let bytes: [u8; LETTERS] = randomness.bytes();
    let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    bytes.iter().map(letter).collect()
}
