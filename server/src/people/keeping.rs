//! Whom an administrator keeps, and what they may do with them.
//!
//! An administrator keeps the people of their areas: those who hold a role there or below, and
//! those who hold none anywhere yet. A person who holds a role elsewhere too is kept only in part:
//! their roles here may change, their password and their access may not, or the administrator of
//! one village could take over the officer of a province.

use std::collections::{BTreeMap, BTreeSet};

use programme::ids::{AreaId, PersonId};

use super::identity::Actor;
use super::invitations::{self, Invitation};
use super::person::{self, Names, NewPerson, Person};
use super::rights::{Right, Role};
use super::sessions::{self, Session};
use super::{passwords, roles};
use crate::areas::area::{self, Area};
use crate::areas::tree;
use crate::audit::Author;
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// A person, as far as an administrator keeps them.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The person.
    pub person: Person,
    /// What they are, and where.
    pub roles: Vec<HeldRole>,
}

/// A role of a person, and where it holds.
#[derive(Debug, Clone)]
pub struct HeldRole {
    /// The role.
    pub role: Role,
    /// An [`AreaId`] as text.
    pub area_id: String,
    /// The area's name.
    pub area_name: String,
    /// Whether it lies where the administrator keeps people.
    pub is_kept: bool,
}

impl Kept {
    fn in_part(&self) -> bool {
        self.roles.is_empty() || self.roles.iter().any(|held| held.is_kept)
    }

    fn wholly(&self) -> bool {
        self.roles.iter().all(|held| held.is_kept)
    }
}

/// Everybody whom `actor` keeps, wholly or in part.
///
/// # Errors
/// 403 without [`Right::ManagePeople`] anywhere.
pub async fn list(state: &State, actor: &Actor) -> Result<Vec<Kept>> {
    actor.require_somewhere(Right::ManagePeople)?;
    let mut connection = state.database.read().await?;
    let mut roles = held_roles(&mut connection, actor, None).await?;
    let people = person::list(&mut connection).await?;
    let kept = people.into_iter().map(|person| Kept {
        roles: roles.remove(&person.id).unwrap_or_default(),
        person,
    });
    Ok(kept.filter(Kept::in_part).collect())
}

/// One whom `actor` keeps, wholly or in part.
///
/// # Errors
/// 403 without [`Right::ManagePeople`] anywhere, 404 for somebody else's people.
pub async fn find(state: &State, actor: &Actor, id: &PersonId) -> Result<Kept> {
    actor.require_somewhere(Right::ManagePeople)?;
    let mut connection = state.database.read().await?;
    let person = person::find(&mut connection, id).await?;
    let mut roles = held_roles(&mut connection, actor, Some(id)).await?;
    let kept = Kept {
        roles: roles.remove(&person.id).unwrap_or_default(),
        person,
    };
    if kept.in_part() {
        Ok(kept)
    } else {
        Err(Error::not_found())
    }
}

/// Adds a person with one role, and gives back the password to hand over.
///
/// # Errors
/// As [`person::add`]; 404 or 403 where `actor` keeps nobody.
pub async fn add(
    state: &State,
    actor: &Actor,
    new: NewPerson,
    role: Role,
    area: &AreaId,
) -> Result<(PersonId, String)> {
    let area = area_of(state, area).await?;
    actor.require(Right::ManagePeople, &area)?;
    let password = passwords::readable(&state.randomness);
    let new = NewPerson {
        password: password.clone(),
        ..new
    };
    let id = person::add(state, &Author::from(actor), new).await?;
    roles::give(state, actor, &id, role, &area).await?;
    Ok((id, password))
}

/// Invites a person, and gives back the invitation and its code.
///
/// # Errors
/// As [`invitations::invite`].
pub async fn invite(
    state: &State,
    actor: &Actor,
    who: Names,
    role: Role,
    area: &AreaId,
) -> Result<(Invitation, String)> {
    let area = area_of(state, area).await?;
    invitations::invite(state, actor, who, role, &area).await
}

/// Gives a role to somebody whom `actor` keeps.
///
/// # Errors
/// 404 for somebody else's people or areas, 403 without the right there.
pub async fn give_role(
    state: &State,
    actor: &Actor,
    id: &PersonId,
    role: Role,
    area: &AreaId,
) -> Result<()> {
    find(state, actor, id).await?;
    let area = area_of(state, area).await?;
    roles::give(state, actor, id, role, &area).await
}

/// Takes a role away, from anybody but oneself: somebody must be left who can give it back.
///
/// # Errors
/// 409 for oneself; otherwise as [`give_role`].
pub async fn take_role(
    state: &State,
    actor: &Actor,
    id: &PersonId,
    role: Role,
    area: &AreaId,
) -> Result<()> {
    not_oneself(actor, id)?;
    let area = area_of(state, area).await?;
    roles::take(state, actor, id, role, &area).await
}

/// Sets a new password and gives it back, to hand over.
///
/// # Errors
/// 403 for somebody who is kept only in part.
pub async fn reset_password(state: &State, actor: &Actor, id: &PersonId) -> Result<String> {
    let person = wholly(state, actor, id).await?;
    let password = passwords::readable(&state.randomness);
    person::set_password(state, &Author::from(actor), &person, password.clone(), None).await?;
    Ok(password)
}

/// Closes a person out, or lets them in again.
///
/// # Errors
/// 409 for closing oneself out, 403 for somebody who is kept only in part.
pub async fn set_closed(state: &State, actor: &Actor, id: &PersonId, closed: bool) -> Result<()> {
    not_oneself(actor, id)?;
    let person = wholly(state, actor, id).await?;
    person::set_closed(state, &Author::from(actor), &person, closed).await
}

/// Where somebody is signed in; `None` for whoever is kept only in part.
///
/// # Errors
/// The database failed.
pub async fn sessions(state: &State, kept: &Kept) -> Result<Option<Vec<Session>>> {
    if !kept.wholly() {
        return Ok(None);
    }
    let id = kept.person.person_id()?;
    let mut connection = state.database.read().await?;
    Ok(Some(sessions::list(state, &mut connection, &id).await?))
}

/// Ends every session of somebody, but the one in which `actor` acts.
///
/// # Errors
/// 403 for somebody who is kept only in part.
pub async fn end_sessions(state: &State, actor: &Actor, id: &PersonId) -> Result<()> {
    wholly(state, actor, id).await?;
    sessions::end_others(state, actor, id).await
}

async fn wholly(state: &State, actor: &Actor, id: &PersonId) -> Result<Person> {
    let kept = find(state, actor, id).await?;
    if kept.wholly() {
        Ok(kept.person)
    } else {
        Err(Error::forbidden())
    }
}

fn not_oneself(actor: &Actor, id: &PersonId) -> Result<()> {
    if id == actor.id() {
        Err(Error::conflict("error-not-on-oneself"))
    } else {
        Ok(())
    }
}

async fn area_of(state: &State, id: &AreaId) -> Result<Area> {
    let mut connection = state.database.read().await?;
    area::find(state, &mut connection, id).await
}

/// Roles by person; of one person when `only` names one.
async fn held_roles(
    connection: &mut Connection,
    actor: &Actor,
    only: Option<&PersonId>,
) -> Result<BTreeMap<String, Vec<HeldRole>>> {
    let kept = tree::with_right(connection, actor.id(), Right::ManagePeople).await?;
    let kept: BTreeSet<String> = kept.into_iter().map(|area| area.id).collect();
    let rows: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT r.person_id, r.role, r.area_id, a.name FROM roles r \
         JOIN areas a ON a.id = r.area_id WHERE r.person_id = $1 OR $1 = '' \
         ORDER BY r.given_at_ms, r.area_id, r.role",
    )
    .bind(only.map_or("", PersonId::as_str))
    .fetch_all(connection)
    .await?;
    let mut held: BTreeMap<String, Vec<HeldRole>> = BTreeMap::new();
    for (person, role, area_id, area_name) in rows {
        // A role that this release does not know gives no right.
        let Some(role) = Role::from_name(&role) else {
            continue;
        };
        let is_kept = kept.contains(&area_id);
        held.entry(person).or_default().push(HeldRole {
            role,
            area_id,
            area_name,
            is_kept,
        });
    }
    Ok(held)
}
