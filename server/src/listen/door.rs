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

/// Letters and digits of an address that are not taken for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Letters of an address: fifty bits. At the pace that all strangers together are allowed, finding
/// one page of a thousand takes some hundred years; and it can be typed from a poster.
const LETTERS: usize = 10;

/// The page of a village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// What stands in its address.
    pub slug: String,
    /// Whether it can be read.
    pub open: bool,
}

impl Door {
    /// Where it is on this server.
    pub fn path(&self) -> String {
        format!("/nghe/{}", self.slug)
    }
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

/// The village whose open page has this address, as people type it, and the address as it is.
/// `None` where there is no such page or it is closed, or the village is: nobody learns which.
///
/// # Errors
/// The database failed.
pub async fn enter(
    state: &State,
    connection: &mut Connection,
    typed: &str,
) -> Result<Option<(Area, Door)>> {
    let slug = read(typed);
    let found: Option<(String,)> =
        sqlx::query_as("SELECT area_id FROM listen_pages WHERE slug = $1 AND open = 1")
            .bind(&slug)
            .fetch_optional(&mut *connection)
            .await?;
    let Some((id,)) = found else {
        return Ok(None);
    };
    let id = id.parse().map_err(anyhow::Error::from)?;
    let area = area::find(state, connection, &id).await?;
    let is_closed = area.within_closed_ms.is_some();
    Ok((!is_closed).then_some((area, Door { slug, open: true })))
}

/// Opens or closes the page of `area`, and gives back how it is then.
///
/// # Errors
/// 403 and 404 without [`Right::OpenToPublic`] there.
pub async fn set(state: &State, actor: &Actor, area: &Area, open: bool) -> Result<Door> {
    actor.require(Right::OpenToPublic, area)?;
    let mut write = state.database.write().await?;
    sqlx::query(
        "INSERT INTO listen_pages (area_id, slug, open) VALUES ($1, $2, 0) \
         ON CONFLICT (area_id) DO NOTHING",
    )
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

/// What was typed from a poster: capitals are small letters, and what looks like a digit is one.
fn read(typed: &str) -> String {
    let letter = |letter: char| match letter.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    };
    typed.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_printed_and_is_never_the_same() {
        let randomness = Randomness::seeded(1);
        let (first, second) = (slug(&randomness), slug(&randomness));
        assert_ne!(first, second);
        assert_eq!(first.len(), LETTERS);
        assert_eq!(read(&first.to_uppercase()), first);
        assert_eq!(read("7KOIlab"), "7k011ab");
    }
}
