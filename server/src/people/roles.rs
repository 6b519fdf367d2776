//! Roles given to people on areas.

use programme::ids::{AreaId, PersonId};
use serde_json::json;

use super::identity::Actor;
use super::rights::{Right, Role};
use crate::areas::area::Area;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::state::State;
use crate::web::errors::Result;

/// The roles given to a person, not those that follow further down.
///
/// # Errors
/// The database failed.
pub async fn of_person(
    connection: &mut Connection,
    person: &PersonId,
) -> Result<Vec<(AreaId, Role)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT area_id, role FROM roles WHERE person_id = $1 ORDER BY area_id, role",
    )
    .bind(person.as_str())
    .fetch_all(connection)
    .await?;
    let mut roles = Vec::with_capacity(rows.len());
    for (area, role) in rows {
        // A role that this release does not know gives no right.
        if let Some(role) = Role::from_name(&role) {
            roles.push((area.parse().map_err(anyhow::Error::from)?, role));
        }
    }
    Ok(roles)
}

/// Gives `role` in `area` to `person`; giving it twice changes nothing.
///
/// # Errors
/// 403 without [`Right::ManagePeople`] there; the database failed.
pub async fn give(
    state: &State,
    actor: &Actor,
    person: &PersonId,
    role: Role,
    area: &Area,
) -> Result<()> {
    actor.require(Right::ManagePeople, area)?;
    change(state, &Author::from(actor), person, role, area, true).await
}

/// Takes `role` in `area` from `person`.
///
/// # Errors
/// As [`give`].
pub async fn take(
    state: &State,
    actor: &Actor,
    person: &PersonId,
    role: Role,
    area: &Area,
) -> Result<()> {
    actor.require(Right::ManagePeople, area)?;
    change(state, &Author::from(actor), person, role, area, false).await
}

/// Gives or takes a role without asking for a right: for the command line.
///
/// # Errors
/// The database failed.
pub async fn change(
    state: &State,
    author: &Author,
    person: &PersonId,
    role: Role,
    area: &Area,
    given: bool,
) -> Result<()> {
    let mut write = state.database.write().await?;
    let changed = if given {
        insert(state, &mut write, person, role, &area.id).await?
    } else {
        sqlx::query("DELETE FROM roles WHERE person_id = $1 AND area_id = $2 AND role = $3")
            .bind(person.as_str())
            .bind(area.id.as_str())
            .bind(role.name())
            .execute(&mut *write)
            .await?
            .rows_affected()
    };
    if changed > 0 {
        let detail = json!({ "role": role.name(), "area": area.name });
        audit::record(
            state,
            &mut write,
            author,
            if given { "role.give" } else { "role.take" },
            person.as_str(),
            Some(&area.id),
            detail,
        )
        .await?;
    }
    write.commit().await?;
    // Stations know who may order at their PCs.
    state.wake.announce(area.id.as_str()).await;
    Ok(())
}

/// Gives a role that is on record by whoever calls this, and says how many it gave: none twice.
///
/// # Errors
/// The database failed.
pub async fn insert(
    state: &State,
    connection: &mut Connection,
    person: &PersonId,
    role: Role,
    area: &AreaId,
) -> Result<u64> {
    let insert = "INSERT INTO roles (person_id, area_id, role, given_at_ms) \
                  VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let given = sqlx::query(insert)
        .bind(person.as_str())
        .bind(area.as_str())
        .bind(role.name())
        .bind(state.now().as_millis())
        .execute(connection)
        .await?;
    Ok(given.rows_affected())
}

/// Says that something about `person` changed that stations of their areas may have to know.
///
/// # Errors
/// The database failed.
pub async fn announce_areas(state: &State, person: &PersonId) -> Result<()> {
    let mut connection = state.database.read().await?;
    let roles = of_person(&mut connection, person).await?;
    drop(connection);
    for (area, _) in roles {
        state.wake.announce(area.as_str()).await;
    }
    Ok(())
}
