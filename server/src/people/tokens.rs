//! Personal tokens: scripts act with them as the person who made them.

use programme::ids::PersonId;
use serde_json::json;

use super::identity::{TOKEN_PREFIX, new_secret, secret_hash};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::{Error, Result};

crate::rows! {
    /// A token as lists show it: never its secret.
    #[derive(Debug, Clone)]
    pub struct Token {
        /// Its name for the program.
        pub id: String,
        /// What it is for, in the words of its owner.
        pub title: String,
        /// When it was made.
        pub created_at_ms: i64,
        /// When it was last used.
        pub used_at_ms: Option<i64>,
    }
}

/// Makes a token and gives back its secret, which nobody will see again.
///
/// # Errors
/// 422 without a title.
pub async fn create(
    state: &State,
    author: &Author,
    person: &PersonId,
    title: &str,
) -> Result<String> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > 100 {
        return Err(Error::invalid("error-token-needs-title"));
    }
    let secret = format!("{TOKEN_PREFIX}{}", new_secret(&state.randomness));
    let id = secret_hash(&new_secret(&state.randomness));
    let id = format!("tok_{}", id.get(..16).unwrap_or(&id));
    let mut write = state.database.write().await?;
    sqlx::query(
        "INSERT INTO tokens (id, person_id, title, secret_hash, created_at_ms) \
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&id)
    .bind(person.as_str())
    .bind(title)
    .bind(secret_hash(&secret))
    .bind(state.now().as_millis())
    .execute(&mut *write)
    .await?;
    let detail = json!({ "title": title, "person": person });
    audit::record(state, &mut write, author, "token.create", &id, None, detail).await?;
    write.commit().await?;
    Ok(secret)
}

/// The tokens of a person that still work, the newest first.
///
/// # Errors
/// The database failed.
pub async fn list(connection: &mut Connection, person: &PersonId) -> Result<Vec<Token>> {
    Ok(sqlx::query_as(
        "SELECT id, title, created_at_ms, used_at_ms FROM tokens \
         WHERE person_id = $1 AND revoked_at_ms IS NULL ORDER BY created_at_ms DESC, id",
    )
    .bind(person.as_str())
    .fetch_all(connection)
    .await?)
}

/// Ends a token of `person`, or, without one, of anybody.
///
/// # Errors
/// 404 when there is no such token, or it has ended already.
pub async fn revoke(
    state: &State,
    author: &Author,
    person: Option<&PersonId>,
    id: &str,
) -> Result<()> {
    let mut write = state.database.write().await?;
    let revoked = sqlx::query(
        "UPDATE tokens SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL \
         AND (person_id = $3 OR $3 = '')",
    )
    .bind(state.now().as_millis())
    .bind(id)
    .bind(person.map_or("", PersonId::as_str))
    .execute(&mut *write)
    .await?
    .rows_affected();
    if revoked == 0 {
        return Err(Error::not_found());
    }
    audit::record(
        state,
        &mut write,
        author,
        "token.revoke",
        id,
        None,
        json!({}),
    )
    .await?;
    write.commit().await?;
    Ok(())
}
