//! What was changed, by whom, when: rows are added, in the transaction of the change, and neither
//! this program nor the database's own rules let anybody touch them again.

pub mod entries;
pub mod words;
pub mod search;
pub mod pages;
pub mod api;

use programme::ids::{AreaId, PersonId};
use serde_json::Value;

use crate::database::Connection;
use crate::people::identity::{Actor, new_secret};
use crate::state::State;
use crate::web::errors::Result;

pub use api::api;
pub use pages::{NAV, routes};

/// Who made a change.
#[derive(Debug, Clone)]
pub struct Author {
    /// The person, unless the server itself or somebody at its command line acted.
    pub person: Option<PersonId>,
    /// Their name as it is at that moment.
    pub name: String,
}

impl Author {
    /// A person.
    pub fn person(id: PersonId, name: &str) -> Self {
        Self {
            person: Some(id),
            name: name.to_owned(),
        }
    }

    /// Somebody at the command line of the server.
    pub fn command_line() -> Self {
        Self {
            person: None,
            name: "command_line".to_owned(),
        }
    }

    /// The server itself.
    pub fn server() -> Self {
        Self {
            person: None,
            name: "server".to_owned(),
        }
    }

    /// A station.
    pub fn station(name: &str) -> Self {
        Self {
            person: None,
            name: format!("station.{name}"),
        }
    }
}

impl From<&Actor> for Author {
    fn from(actor: &Actor) -> Self {
        Self::person(actor.id().clone(), actor.name())
    }
}

/// Records that `author` did `verb` (such as `bulletin.approve`) to `subject` (its name, such as
/// `bul_…`), which concerns `area`. `detail` is a JSON object.
///
/// # Errors
/// The database failed; the change must then fail too.
pub async fn record(
    state: &State,
    connection: &mut Connection,
    author: &Author,
    verb: &'static str,
    subject: &str,
    area: Option<&AreaId>,
    detail: Value,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO audit (id, at_ms, person_id, actor, verb, subject, area_id, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(new_secret(&state.randomness))
    .bind(state.now().as_millis())
    .bind(author.person.as_ref().map(PersonId::as_str))
    .bind(&author.name)
    .bind(verb)
    .bind(subject)
    .bind(area.map(AreaId::as_str))
    .bind(detail.to_string())
    .execute(connection)
    .await?;
    Ok(())
}
