//! Invitations: an administrator says who, what they will be and where; whoever has the code comes
//! in and chooses a password that nobody else has seen.
//!
//! The code is the whole secret, and is kept nowhere. It can be read out, and stands in the link
//! behind its `#`, which browsers send to no server: so it is in no log on the way.

mod code;

use std::time::Duration;

use axum::http::StatusCode;
use programme::ids::PersonId;
use programme::units::WallTime;
use serde_json::json;

use self::code::hash_of;
use super::identity::{Actor, new_secret, secret_hash};
use super::person::{self, Admitted};
use super::rights::{Right, Role};
use super::{passwords, roles, sessions};
use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::throttle::Throttle;

/// An invitation that nobody took up expires: the message with it stays in many phones.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3_600);

crate::rows! {
    /// Somebody who was invited.
    #[derive(Debug, Clone)]
    pub struct Invitation {
        /// Its name for programs.
        pub id: String,
        /// What they will type to sign in, unless they choose another name.
        pub name: String,
        /// What others call them.
        pub full_name: String,
        /// How to reach them.
        pub phone: String,
        /// A [`Role`] by its name.
        pub role: String,
        /// Where it will hold.
        pub area_id: String,
        /// What that is called.
        pub area_name: String,
        /// A [`PersonId`] as text.
        pub invited_by: String,
        /// What whoever invited them is called.
        pub inviter: String,
        /// How to reach whoever invited them; may be empty.
        pub inviter_phone: String,
        /// Until when it can be taken up.
        pub expires_at_ms: i64,
        /// Since when it was withdrawn.
        pub withdrawn_at_ms: Option<i64>,
        /// When it was taken up.
        pub used_at_ms: Option<i64>,
    }
}

/// What is asked of whoever takes an invitation up.
#[derive(Debug, Clone)]
pub struct TakenUp {
    /// The code, as it was typed.
    pub code: String,
    /// What they want to type to sign in.
    pub name: String,
    /// Their password.
    pub password: String,
    /// The same once more.
    pub again: String,
}

impl Invitation {
    /// What they will be.
    ///
    /// # Errors
    /// A role that this release does not know.
    pub fn role(&self) -> Result<Role> {
        Role::from_name(&self.role).ok_or_else(Error::not_found)
    }

    /// Why it can be taken up no longer, if so.
    fn check(&self, now: WallTime) -> Result<()> {
        if self.used_at_ms.is_some() {
            return Err(Error::refused(StatusCode::GONE, "error-invitation-used"));
        }
        if self.withdrawn_at_ms.is_some() || self.expires_at_ms <= now.as_millis() {
            return Err(over());
        }
        Ok(())
    }
}

/// Invites somebody, and gives back the invitation and its code, which nobody will see again.
///
/// # Errors
/// 404 or 403 where `actor` keeps nobody; 422 for names that cannot be, 409 for one that is taken.
pub async fn invite(
    state: &State,
    actor: &Actor,
    who: person::Names,
    role: Role,
    area: &Area,
) -> Result<(Invitation, String)> {
    actor.require(Right::ManagePeople, area)?;
    let who = who.checked()?;
    let code = passwords::readable(&state.randomness);
    let id = secret_hash(&new_secret(&state.randomness));
    let id = format!("inv_{}", id.get(..16).unwrap_or(&id));
    let now = state.now();
    let mut write = state.database.write().await?;
    match person::find_by_name(&mut write, &who.name).await {
        Ok(_) => return Err(person::taken(&who.name)),
        Err(Error::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    sqlx::query(
        "INSERT INTO invitations (id, code_hash, name, full_name, phone, role, area_id, \
         invited_by, created_at_ms, expires_at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&id)
    .bind(hash_of(&code))
    .bind(&who.name)
    .bind(&who.full_name)
    .bind(&who.phone)
    .bind(role.name())
    .bind(area.id.as_str())
    .bind(actor.id().as_str())
    .bind(now.as_millis())
    .bind((now + LIFETIME).as_millis())
    .execute(&mut *write)
    .await?;
    let detail = json!({
        "full_name": who.full_name, "name": who.name, "role": role.name(), "area": area.name,
    });
    let (author, place) = (Author::from(actor), Some(&area.id));
    let verb = "invitation.make";
    audit::record(state, &mut write, &author, verb, &id, place, detail).await?;
    let (made, _) = kept(state, &mut write, actor, &id).await?;
    write.commit().await?;
    Ok((made, code))
}

/// What waits to be taken up where `actor` keeps people, the oldest first.
///
/// # Errors
/// 403 without [`Right::ManagePeople`] anywhere.
pub async fn list(state: &State, actor: &Actor) -> Result<Vec<Invitation>> {
    actor.require_somewhere(Right::ManagePeople)?;
    let mut connection = state.database.read().await?;
    let kept = tree::with_right(&mut connection, actor.id(), Right::ManagePeople).await?;
    let open: Vec<Invitation> = sqlx::query_as(
        "SELECT i.id, i.name, i.full_name, i.phone, i.role, i.area_id, a.name AS area_name, \
         i.invited_by, p.full_name AS inviter, p.phone AS inviter_phone, i.expires_at_ms, \
         i.withdrawn_at_ms, i.used_at_ms \
         FROM invitations i JOIN areas a ON a.id = i.area_id JOIN people p ON p.id = i.invited_by \
         WHERE i.used_at_ms IS NULL AND i.withdrawn_at_ms IS NULL AND i.expires_at_ms > $1 \
         ORDER BY i.created_at_ms, i.id",
    )
    .bind(state.now().as_millis())
    .fetch_all(&mut *connection)
    .await?;
    let is_kept = |open: &Invitation| kept.iter().any(|area| area.id == open.area_id);
    Ok(open.into_iter().filter(is_kept).collect())
}

/// Gives an invitation that waits another code, for the one before was lost: that ends, the week
/// begins anew, and `actor` stands behind it from here on. Gives back the code, which nobody will
/// see again.
///
/// # Errors
/// As [`withdraw`].
pub async fn renew(state: &State, actor: &Actor, id: &str) -> Result<(Invitation, String)> {
    let code = passwords::readable(&state.randomness);
    let now = state.now();
    let mut write = state.database.write().await?;
    let (_, area) = kept(state, &mut write, actor, id).await?;
    let renewed = sqlx::query(
        "UPDATE invitations SET code_hash = $1, invited_by = $2, expires_at_ms = $3 \
         WHERE id = $4 AND used_at_ms IS NULL AND withdrawn_at_ms IS NULL AND expires_at_ms > $5",
    )
    .bind(hash_of(&code))
    .bind(actor.id().as_str())
    .bind((now + LIFETIME).as_millis())
    .bind(id)
    .bind(now.as_millis())
    .execute(&mut *write)
    .await?
    .rows_affected();
    if renewed == 0 {
        return Err(over());
    }
    let (author, place) = (Author::from(actor), Some(&area.id));
    let (verb, detail) = ("invitation.renew", json!({}));
    audit::record(state, &mut write, &author, verb, id, place, detail).await?;
    let (renewed, _) = kept(state, &mut write, actor, id).await?;
    write.commit().await?;
    Ok((renewed, code))
}

/// Takes an invitation back.
///
/// # Errors
/// 404 or 403 for another's, 410 when it can be taken up no longer anyway.
pub async fn withdraw(state: &State, actor: &Actor, id: &str) -> Result<()> {
    let mut write = state.database.write().await?;
    let (_, area) = kept(state, &mut write, actor, id).await?;
    let now = state.now().as_millis();
    let withdrawn = sqlx::query(
        "UPDATE invitations SET withdrawn_at_ms = $1 WHERE id = $2 AND used_at_ms IS NULL \
         AND withdrawn_at_ms IS NULL AND expires_at_ms > $1",
    )
    .bind(now)
    .bind(id)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if withdrawn == 0 {
        return Err(over());
    }
    let (author, place) = (Author::from(actor), Some(&area.id));
    let (verb, detail) = ("invitation.withdraw", json!({}));
    audit::record(state, &mut write, &author, verb, id, place, detail).await?;
    write.commit().await?;
    Ok(())
}

/// Counts a try of a code before it is read.
///
/// # Errors
/// 429 after too many from one address.
pub async fn note_try(state: &State, address: &str) -> Result<()> {
    let throttle = Throttle {
        kind: "invitation",
        per_name: None,
        per_address: state.config.sessions.attempts_per_address,
        refusal: "error-too-many-attempts",
    };
    throttle.note(state, "", address).await
}

/// What `code` invites to. The caller has counted the try.
///
/// # Errors
/// 422 for a wrong code, 410 when it is used, withdrawn or expired, or when whoever sent it keeps
/// no people there any more.
pub async fn of_code(state: &State, code: &str) -> Result<Invitation> {
    let mut connection = state.database.read().await?;
    let found = found(&mut connection, &hash_of(code), "").await?;
    let found = found.ok_or_else(|| Error::invalid("error-invitation-code"))?;
    found.check(state.now())?;
    if !is_backed(state, &mut connection, &found).await? {
        return Err(over());
    }
    Ok(found)
}

/// Takes an invitation up with a `browser`: the person is there, has their role and is signed in.
/// Gives back the secret for the cookie. The caller has counted the try.
///
/// # Errors
/// As [`of_code`]; 422 for a password or a name that cannot be, 409 for a name that is taken.
pub async fn take_up(state: &State, taken: TakenUp, browser: &str) -> Result<String> {
    let invitation = of_code(state, &taken.code).await?;
    let role = invitation.role()?;
    let who = person::Names {
        name: taken.name,
        full_name: invitation.full_name.clone(),
        phone: String::new(),
    };
    // The number is what the inviter wrote, and nothing that whoever comes in can mend.
    let who = person::Names {
        phone: invitation.phone.clone(),
        ..who.checked()?
    };
    if taken.password != taken.again {
        return Err(Error::invalid("error-passwords-differ"));
    }
    passwords::check(&taken.password, &who.name)?;
    let hash = passwords::hash(&state.randomness, taken.password).await?;
    let id = PersonId::from_random(state.randomness.bytes());
    let mut write = state.database.write().await?;
    let area = area_of(state, &mut write, &invitation).await?;
    let admitted = Admitted {
        id: &id,
        who: &who,
        password_hash: &hash,
        password_is_temporary: false,
    };
    // Whoever sent it may have been shut out while the password was hashed.
    if !is_backed(state, &mut write, &invitation).await? {
        return Err(over());
    }
    person::insert(state, &mut write, &admitted).await?;
    use_up(state, &mut write, &invitation, &id).await?;
    roles::insert(state, &mut write, &id, role, &area.id).await?;
    let detail = json!({
        "full_name": who.full_name, "name": who.name, "role": role.name(), "area": area.name,
        "invited_by": invitation.invited_by,
    });
    let author = Author::person(id.clone(), &who.name);
    let (verb, place) = ("invitation.take_up", Some(&area.id));
    audit::record(state, &mut write, &author, verb, id.as_str(), place, detail).await?;
    let secret = sessions::begin(state, &mut write, &id, &who.name, &hash, browser).await?;
    let secret = secret.ok_or_else(over)?;
    write.commit().await?;
    state.wake.announce(area.id.as_str()).await;
    Ok(secret)
}

/// Uses the invitation up, in one statement, so that of two people with one code only one gets in.
async fn use_up(
    state: &State,
    write: &mut Connection,
    invitation: &Invitation,
    person: &PersonId,
) -> Result<()> {
    let used = sqlx::query(
        "UPDATE invitations SET used_at_ms = $1, person_id = $2 WHERE id = $3 \
         AND used_at_ms IS NULL AND withdrawn_at_ms IS NULL AND expires_at_ms > $1",
    )
    .bind(state.now().as_millis())
    .bind(person.as_str())
    .bind(&invitation.id)
    .execute(write)
    .await?
    .rows_affected();
    if used == 0 {
        return Err(over());
    }
    Ok(())
}

/// Whether whoever sent it may still let people in there.
async fn is_backed(
    state: &State,
    connection: &mut Connection,
    invitation: &Invitation,
) -> Result<bool> {
    let inviter: PersonId = invitation.invited_by.parse().map_err(anyhow::Error::from)?;
    let area = area_of(state, connection, invitation).await?;
    let person = person::find(connection, &inviter).await?;
    let roles = roles::of_person(connection, &inviter).await?;
    let keeps = roles
        .iter()
        .any(|(held, role)| role.may(Right::ManagePeople) && area.line.contains(held));
    Ok(keeps && person.closed_at_ms.is_none())
}

/// An invitation to where `actor` keeps people, and that area.
async fn kept(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &str,
) -> Result<(Invitation, Area)> {
    let found = found(connection, "", id).await?;
    let found = found.ok_or_else(Error::not_found)?;
    let area = area_of(state, connection, &found).await?;
    actor.require(Right::ManagePeople, &area)?;
    Ok((found, area))
}

async fn area_of(
    state: &State,
    connection: &mut Connection,
    invitation: &Invitation,
) -> Result<Area> {
    let id = invitation.area_id.parse().map_err(anyhow::Error::from)?;
    area::find(state, connection, &id).await
}

/// An invitation by the hash of its code or by its name; the other of the two is empty.
async fn found(connection: &mut Connection, hash: &str, id: &str) -> Result<Option<Invitation>> {
    Ok(sqlx::query_as(
        "SELECT i.id, i.name, i.full_name, i.phone, i.role, i.area_id, a.name AS area_name, \
         i.invited_by, p.full_name AS inviter, p.phone AS inviter_phone, i.expires_at_ms, \
         i.withdrawn_at_ms, i.used_at_ms \
         FROM invitations i JOIN areas a ON a.id = i.area_id JOIN people p ON p.id = i.invited_by \
         WHERE i.code_hash = $1 OR i.id = $2",
    )
    .bind(hash)
    .bind(id)
    .fetch_optional(connection)
    .await?)
}

fn over() -> Error {
    Error::refused(StatusCode::GONE, "error-invitation-over")
}
