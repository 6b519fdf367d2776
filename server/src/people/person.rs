//! People: add, find, close, give a new password.

use programme::ids::PersonId;
use programme::units::WallTime;
use serde_json::json;

use super::{passwords, roles, sessions};
use crate::audit::{self, Author};
use crate::database::{Connection, is_taken};
use crate::state::State;
use crate::web::errors::{Error, Result};

crate::rows! {
    /// Somebody who may sign in.
    #[derive(Debug, Clone)]
    pub struct Person {
        /// A [`PersonId`] as text.
        pub id: String,
        /// What they type to sign in.
        pub name: String,
        /// What others call them.
        pub full_name: String,
        /// How to reach them.
        pub phone: String,
        /// 1 while somebody else set their password.
        pub password_is_temporary: i64,
        /// Since when they may not sign in.
        pub closed_at_ms: Option<i64>,
    }
}

impl Person {
    /// Who it is.
    ///
    /// # Errors
    /// The database holds a name that is none.
    pub fn person_id(&self) -> Result<PersonId> {
        Ok(self.id.parse().map_err(anyhow::Error::from)?)
    }
}

/// What is asked of somebody new.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct NewPerson {
    /// What they will type to sign in.
    pub name: String,
    /// What others call them.
    pub full_name: String,
    /// How to reach them; may be empty.
    #[serde(default)]
    pub phone: String,
    /// Their first password.
    pub password: String,
}

/// What somebody new is called, and how to reach them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// What they will type to sign in.
    pub name: String,
    /// What others call them.
    pub full_name: String,
    /// How to reach them; may be empty.
    pub phone: String,
}

impl Names {
    /// The same as they are kept.
    ///
    /// # Errors
    /// 422 for a name that cannot be one.
    pub fn checked(self) -> Result<Self> {
        let name = sign_in_name(&self.name)?;
        let full_name = self.full_name.trim();
        if full_name.is_empty() || full_name.chars().count() > 100 {
            return Err(Error::invalid("error-person-needs-full-name"));
        }
        Ok(Self {
            full_name: full_name.to_owned(),
            phone: phone_number(&self.phone)?,
            name,
        })
    }
}

/// Somebody who is let in.
#[derive(Debug)]
pub struct Admitted<'p> {
    /// Who it will be.
    pub id: &'p PersonId,
    /// What they are called, [checked](Names::checked).
    pub who: &'p Names,
    /// PHC string of argon2id.
    pub password_hash: &'p str,
    /// Whether somebody else knows the password.
    pub password_is_temporary: bool,
}

/// Adds somebody, with a password that they are asked to change.
///
/// # Errors
/// 422 for a name that cannot be one or a weak password, 409 for a name that is taken.
pub async fn add(state: &State, author: &Author, new: NewPerson) -> Result<PersonId> {
    let who = Names {
        name: new.name,
        full_name: new.full_name,
        phone: new.phone,
    };
    let who = who.checked()?;
    passwords::check(&new.password, &who.name)?;
    let hash = passwords::hash(&state.randomness, new.password).await?;
    let id = PersonId::from_random(state.randomness.bytes());
    let mut write = state.database.write().await?;
    let admitted = Admitted {
        id: &id,
        who: &who,
        password_hash: &hash,
        password_is_temporary: true,
    };
    insert(state, &mut write, &admitted).await?;
    let detail = json!({ "name": who.name, "full_name": who.full_name });
    audit::record(
        state,
        &mut write,
        author,
        "person.add",
        id.as_str(),
        None,
        detail,
    )
    .await?;
    write.commit().await?;
    Ok(id)
}

/// Puts somebody in, who is on record by whoever calls this.
///
/// # Errors
/// 409 for a name that is taken.
pub async fn insert(
    state: &State,
    connection: &mut Connection,
    admitted: &Admitted<'_>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO people (id, name, full_name, phone, password_hash, password_is_temporary, \
         created_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(admitted.id.as_str())
    .bind(&admitted.who.name)
    .bind(&admitted.who.full_name)
    .bind(&admitted.who.phone)
    .bind(admitted.password_hash)
    .bind(i64::from(admitted.password_is_temporary))
    .bind(state.now().as_millis())
    .execute(connection)
    .await
    .map_err(|error| match is_taken(&error) {
        true => taken(&admitted.who.name),
        false => error.into(),
    })?;
    Ok(())
}

/// The refusal of a name that somebody has.
pub fn taken(name: &str) -> Error {
    Error::conflict("error-name-is-taken").with("name", name)
}

/// The person with this name.
///
/// # Errors
/// 404 when there is none.
pub async fn find(connection: &mut Connection, id: &PersonId) -> Result<Person> {
    sqlx::query_as(
        "SELECT id, name, full_name, phone, password_is_temporary, closed_at_ms \
         FROM people WHERE id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?
    .ok_or_else(Error::not_found)
}

/// The person who signs in as `name`.
///
/// # Errors
/// 404 when there is none.
pub async fn find_by_name(connection: &mut Connection, name: &str) -> Result<Person> {
    sqlx::query_as(
        "SELECT id, name, full_name, phone, password_is_temporary, closed_at_ms \
         FROM people WHERE name = $1",
    )
    .bind(name.trim().to_lowercase())
    .fetch_optional(connection)
    .await?
    .ok_or_else(Error::not_found)
}

/// Everybody, by name.
///
/// # Errors
/// The database failed.
pub async fn list(connection: &mut Connection) -> Result<Vec<Person>> {
    Ok(sqlx::query_as(
        "SELECT id, name, full_name, phone, password_is_temporary, closed_at_ms \
         FROM people ORDER BY closed_at_ms IS NOT NULL, full_name, name",
    )
    .fetch_all(connection)
    .await?)
}

/// Sets a password and ends every session of the person but `kept`. When somebody else sets it, the
/// person's tokens end too, for whoever had the old password may have made some, and so does the
/// wait of a person who tried the old one too often.
///
/// # Errors
/// 422 for a weak password.
pub async fn set_password(
    state: &State,
    author: &Author,
    person: &Person,
    password: String,
    kept: Option<&str>,
) -> Result<()> {
    passwords::check(&password, &person.name)?;
    let hash = passwords::hash(&state.randomness, password).await?;
    let own = author
        .person
        .as_ref()
        .is_some_and(|author| author.as_str() == person.id);
    let mut write = state.database.write().await?;
    write.hold(&person.id).await?;
    sqlx::query("UPDATE people SET password_hash = $1, password_is_temporary = $2 WHERE id = $3")
        .bind(hash)
        .bind(i64::from(!own))
        .bind(&person.id)
        .execute(&mut *write)
        .await?;
    sqlx::query("DELETE FROM sessions WHERE person_id = $1 AND secret_hash <> $2")
        .bind(&person.id)
        .bind(kept.unwrap_or_default())
        .execute(&mut *write)
        .await?;
    if !own {
        revoke_tokens(&mut write, &person.id, state.now()).await?;
        sessions::forget_attempts(state, &mut write, &person.name).await?;
    }
    audit::record(
        state,
        &mut write,
        author,
        "person.password",
        &person.id,
        None,
        json!({ "tokens_revoked": !own }),
    )
    .await?;
    write.commit().await?;
    Ok(())
}

/// Lets a person in no longer, or lets them in again. Closing ends their sessions and tokens.
///
/// # Errors
/// The database failed.
pub async fn set_closed(
    state: &State,
    author: &Author,
    person: &Person,
    closed: bool,
) -> Result<()> {
    let now = state.now().as_millis();
    let mut write = state.database.write().await?;
    write.hold(&person.id).await?;
    sqlx::query("UPDATE people SET closed_at_ms = $1 WHERE id = $2")
        .bind(closed.then_some(now))
        .bind(&person.id)
        .execute(&mut *write)
        .await?;
    if closed {
        sqlx::query("DELETE FROM sessions WHERE person_id = $1")
            .bind(&person.id)
            .execute(&mut *write)
            .await?;
        revoke_tokens(&mut write, &person.id, state.now()).await?;
    }
    let verb = if closed {
        "person.close"
    } else {
        "person.reopen"
    };
    audit::record(state, &mut write, author, verb, &person.id, None, json!({})).await?;
    write.commit().await?;
    let id: PersonId = person.id.parse().map_err(anyhow::Error::from)?;
    roles::announce_areas(state, &id).await
}

async fn revoke_tokens(connection: &mut Connection, person: &str, now: WallTime) -> Result<()> {
    sqlx::query(
        "UPDATE tokens SET revoked_at_ms = $1 WHERE person_id = $2 AND revoked_at_ms IS NULL",
    )
    .bind(now.as_millis())
    .bind(person)
    .execute(connection)
    .await?;
    Ok(())
}

/// Somebody in need calls it: fifteen digits at most (ITU-T E.164 §6.2.1), and three of a short
/// number at least, written as people write them. It may be empty.
fn phone_number(text: &str) -> Result<String> {
    let number = text.trim();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let fits = |letter: char| letter.is_ascii_digit() || "+ .-()".contains(letter);
    if number.is_empty() || ((3..=15).contains(&digits) && number.chars().all(fits)) {
        Ok(number.to_owned())
    } else {
        Err(Error::invalid("error-person-phone"))
    }
}

/// Names are typed on phones: lower case, letters, digits, dot, dash.
fn sign_in_name(text: &str) -> Result<String> {
    let name = text.trim().to_lowercase();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    if (2..=40).contains(&name.len()) && name.chars().all(fits) {
        Ok(name)
    } else {
        Err(Error::invalid("error-name-cannot-be"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_as_it_was_written_and_what_nobody_can_call_is_refused() {
        for number in [
            "",
            "0912 345 678",
            "+84 214.3841.234",
            "(0214) 384-1234",
            "113",
        ] {
            assert_eq!(
                phone_number(&format!(" {number} ")).expect("a number"),
                number
            );
        }
        for wrong in [
            "abc",
            "12",
            "0912345678901234",
            "0912 345 678 (chị Mai)",
            "tel:113",
        ] {
            let refused = phone_number(wrong);
            assert!(
                refused.is_err_and(|error| error.key() == "error-person-phone"),
                "{wrong}"
            );
        }
    }
}
