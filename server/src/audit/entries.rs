//! Reading the trail: what concerns the areas of whoever reads.

use serde::Deserialize;

use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::Result;

/// Entries in one answer.
pub const PAGE: i64 = 50;

crate::rows! {
    /// Something that was done.
    #[derive(Debug)]
    pub struct Entry {
        /// Its name, which only tells entries of one moment apart.
        pub id: String,
        /// When, in milliseconds since 1970.
        pub at_ms: i64,
        /// Who, if a person.
        pub person_id: Option<String>,
        /// What they typed to sign in, or what else acted.
        pub actor: String,
        /// What the person is called today.
        pub full_name: Option<String>,
        /// The person whom it was done to, if one.
        pub about: Option<String>,
        /// What was done.
        pub verb: String,
        /// To what.
        pub subject: String,
        /// The area that it concerns.
        pub area_name: Option<String>,
        /// A JSON object.
        pub detail: String,
    }
}

/// Where an answer begins: with what is older than this entry.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Before {
    /// Its moment.
    pub before_ms: Option<i64>,
    /// Its name.
    #[serde(default)]
    pub before: String,
}

/// What concerns the reader's areas, and, for readers of the whole tree, what concerns no area.
///
/// # Errors
/// 403 without [`Right::ReadAudit`] anywhere.
pub async fn older(state: &State, actor: &Actor, before: &Before) -> Result<Vec<Entry>> {
    actor.require_somewhere(Right::ReadAudit)?;
    let [secretary, head, officer, admin] = Role::ALL.map(|role| {
        if role.may(Right::ReadAudit) {
            role.name()
        } else {
            ""
        }
    });
    let mut connection = state.database.read().await?;
    Ok(sqlx::query_as(
        "SELECT e.id, e.at_ms, e.person_id, e.actor, author.full_name, about.full_name AS about, \
         e.verb, e.subject, a.name AS area_name, e.detail FROM audit e \
         LEFT JOIN areas a ON a.id = e.area_id LEFT JOIN people author ON author.id = e.person_id \
         LEFT JOIN people about ON about.id = e.subject \
         WHERE (e.at_ms < $1 OR (e.at_ms = $1 AND e.id < $2)) AND EXISTS (\
         SELECT 1 FROM roles r JOIN areas own ON own.id = r.area_id \
         WHERE r.person_id = $3 AND r.role IN ($4, $5, $6, $7) AND (\
         (e.area_id IS NULL AND own.parent_id IS NULL) OR EXISTS (SELECT 1 FROM area_lines l \
         WHERE l.area_id = e.area_id AND l.above_id = r.area_id))) \
         ORDER BY e.at_ms DESC, e.id DESC LIMIT $8",
    )
    .bind(before.before_ms.unwrap_or(i64::MAX))
    .bind(&before.before)
    .bind(actor.id().as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .bind(PAGE)
    .fetch_all(&mut *connection)
    .await?)
}

/// What `verb` was done to, with the detail of each time, the first time first.
///
/// # Errors
/// The database failed.
pub async fn of(connection: &mut Connection, verb: &str) -> Result<Vec<(String, String)>> {
    let entries = "SELECT subject, detail FROM audit WHERE verb = $1 ORDER BY at_ms, id";
    let entries = sqlx::query_as(entries).bind(verb);
    Ok(entries.fetch_all(connection).await?)
}
