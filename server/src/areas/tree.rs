//! The tree: add an area, change it, list what a person may see.

use programme::ids::{AreaId, PersonId};
use serde_json::json;

use super::area::{self, Area};
use super::change;
use super::draft::Draft;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::Result;
use crate::web::language::Titled;
use crate::web::overtaken::{self, Version};

crate::rows! {
    /// An area as lists show it.
    #[derive(Debug, Clone)]
    pub struct Listed {
        /// An [`AreaId`] as text.
        pub id: String,
        /// What contains it.
        pub parent_id: Option<String>,
        /// A row of `area_kinds`.
        pub kind: String,
        /// Its name for people.
        pub name: String,
        /// Households, where known.
        pub households: Option<i64>,
        /// Since when nothing new is planned for it.
        pub closed_at_ms: Option<i64>,
    }
}

/// Adds an area under `parent`, or a root.
///
/// # Errors
/// 422 for a draft that cannot be; 409 where a session of those above begins in quiet hours of its
/// own, or the other way round, unless it shall be so.
pub async fn add(
    state: &State,
    author: &Author,
    parent: Option<&Area>,
    draft: &Draft,
) -> Result<AreaId> {
    let mut write = state.database.write().await?;
    write.hold("areas").await?;
    draft.check(&mut write).await?;
    let within = parent.map(|parent| parent.id.to_string());
    let former = match &draft.id {
        Some(id) => called(&mut write, id).await?,
        None => None,
    };
    let id = match (&draft.id, former) {
        (Some(id), Some(former)) if former == (draft.name.trim().to_owned(), within) => {
            return Ok(id.clone());
        }
        (Some(id), None) => id.clone(),
        (Some(_), Some(_)) | (None, _) => AreaId::from_random(state.randomness.bytes()),
    };
    insert(state, &mut write, &id, parent, draft).await?;
    if let Some(parent) = parent.filter(|_| !draft.despite_quiet_hours) {
        let parent = area::find(state, &mut write, &parent.id).await?;
        let added = area::find(state, &mut write, &id).await?;
        change::keeps_out_of_quiet_hours(&[(&parent, &added)])?;
    }
    let detail = json!({
        "name": draft.name,
        "kind": draft.kind,
        "despite_quiet_hours": draft.despite_quiet_hours.then_some(true),
    });
    audit::record(
        state,
        &mut write,
        author,
        "area.add",
        id.as_str(),
        Some(&id),
        detail,
    )
    .await?;
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(id)
}

/// Writes an area and what lies above it.
async fn insert(
    state: &State,
    connection: &mut Connection,
    id: &AreaId,
    parent: Option<&Area>,
    draft: &Draft,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO areas (id, parent_id, kind, name, languages, quiet_hours, zone, \
         approver_may_be_author, households, created_at_ms, sessions) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(id.as_str())
    .bind(parent.map(|parent| parent.id.as_str()))
    .bind(&draft.kind)
    .bind(draft.name.trim())
    .bind(
        draft
            .ways
            .languages
            .as_ref()
            .map(serde_json::to_string)
            .transpose()?,
    )
    .bind(
        draft
            .ways
            .quiet_hours
            .as_ref()
            .map(serde_json::to_string)
            .transpose()?,
    )
    .bind(&draft.ways.zone)
    .bind(draft.ways.approver_may_be_author.map(i64::from))
    .bind(draft.households)
    .bind(state.now().as_millis())
    .bind(draft.sessions()?)
    .execute(&mut *connection)
    .await?;
    let above = parent.map_or(&[][..], |parent| &parent.line);
    for (distance, above) in std::iter::once(id).chain(above).enumerate() {
        sqlx::query("INSERT INTO area_lines (area_id, above_id, distance) VALUES ($1, $2, $3)")
            .bind(id.as_str())
            .bind(above.as_str())
            .bind(i64::try_from(distance).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Changes what `area` is called and what it says of itself, for somebody who `seen` it so.
///
/// # Errors
/// 422 for a draft that cannot be, and where it would change what today began with; 409 where a
/// session would newly begin in quiet hours, unless it shall be so, and where somebody else has
/// changed it.
pub async fn change(
    state: &State,
    author: &Author,
    area: &Area,
    draft: &Draft,
    seen: Option<&Version>,
) -> Result<()> {
    let mut write = state.database.write().await?;
    write.hold("areas").await?;
    draft.check(&mut write).await?;
    let there = Draft::of(&area::find(state, &mut write, &area.id).await?);
    if !overtaken::is_to_write(seen, &there.version(), &draft.version())? {
        return Ok(());
    }
    let (languages, quiet_hours) = (&draft.ways.languages, &draft.ways.quiet_hours);
    let says = sqlx::query(
        "UPDATE areas SET kind = $1, name = $2, languages = $3, quiet_hours = $4, zone = $5, \
         approver_may_be_author = $6, households = $7, sessions = $9 WHERE id = $8",
    )
    .bind(&draft.kind)
    .bind(draft.name.trim())
    .bind(languages.as_ref().map(serde_json::to_string).transpose()?)
    .bind(
        quiet_hours
            .as_ref()
            .map(serde_json::to_string)
            .transpose()?,
    )
    .bind(&draft.ways.zone)
    .bind(draft.ways.approver_may_be_author.map(i64::from))
    .bind(draft.households)
    .bind(area.id.as_str())
    .bind(draft.sessions()?);
    let despite = draft.despite_quiet_hours;
    change::write(state, &mut write, &area.id, says, despite).await?;
    let mut detail = draft.says();
    if despite {
        detail["despite_quiet_hours"] = true.into();
    }
    let (id, place) = (area.id.as_str(), Some(&area.id));
    audit::record(state, &mut write, author, "area.change", id, place, detail).await?;
    write.commit().await?;
    state.wake.announce(id).await;
    Ok(())
}

/// Plans nothing new for `area` from here on, or does so again. What it was stays on record: names
/// and borders of communes change, and history is kept by id. Where it is so already, nothing is
/// done.
///
/// # Errors
/// The database failed.
pub async fn set_closed(state: &State, author: &Author, area: &Area, closed: bool) -> Result<()> {
    let id = &area.id;
    let mut write = state.database.write().await?;
    let changed = sqlx::query(
        "UPDATE areas SET closed_at_ms = $1 WHERE id = $2 AND (closed_at_ms IS NULL) = ($3 = 1)",
    )
    .bind(closed.then_some(state.now().as_millis()))
    .bind(id.as_str())
    .bind(i64::from(closed))
    .execute(&mut *write)
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    let verb = if closed { "area.close" } else { "area.reopen" };
    let detail = json!({ "name": area.name });
    let place = Some(id);
    audit::record(state, &mut write, author, verb, id.as_str(), place, detail).await?;
    write.commit().await?;
    state.wake.announce(id.as_str()).await;
    Ok(())
}

/// The areas that a person may see, wider ones first.
///
/// # Errors
/// The database failed.
pub async fn visible(connection: &mut Connection, person: &PersonId) -> Result<Vec<Listed>> {
    with_right(connection, person, Right::View).await
}

/// The areas in which a person holds `right`, by a role there or above, wider ones first.
///
/// # Errors
/// The database failed.
pub async fn with_right(
    connection: &mut Connection,
    person: &PersonId,
    right: Right,
) -> Result<Vec<Listed>> {
    listed(connection, person, right, false).await
}

/// Those of [`with_right`] for which something new may be planned: neither they nor what contains
/// them is closed.
///
/// # Errors
/// The database failed.
pub async fn open_with_right(
    connection: &mut Connection,
    person: &PersonId,
    right: Right,
) -> Result<Vec<Listed>> {
    listed(connection, person, right, true).await
}

async fn listed(
    connection: &mut Connection,
    person: &PersonId,
    right: Right,
    only_open: bool,
) -> Result<Vec<Listed>> {
    let [secretary, head, officer, admin] = Role::names_with(right);
    Ok(sqlx::query_as(
        "SELECT a.id, a.parent_id, a.kind, a.name, a.households, a.closed_at_ms \
         FROM areas a JOIN area_kinds k ON k.kind = a.kind \
         WHERE EXISTS (SELECT 1 FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
         WHERE l.area_id = a.id AND r.person_id = $1 AND r.role IN ($2, $3, $4, $5)) \
         AND ($6 = 0 OR NOT EXISTS (SELECT 1 FROM area_lines l JOIN areas c ON c.id = l.above_id \
         WHERE l.area_id = a.id AND c.closed_at_ms IS NOT NULL)) \
         ORDER BY k.position, a.created_at_ms, a.id",
    )
    .bind(person.as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .bind(i64::from(only_open))
    .fetch_all(connection)
    .await?)
}

/// Every area directly in `area`.
///
/// # Errors
/// The database failed.
pub async fn children(connection: &mut Connection, area: &AreaId) -> Result<Vec<Listed>> {
    Ok(sqlx::query_as(
        "SELECT id, parent_id, kind, name, households, closed_at_ms FROM areas \
         WHERE parent_id = $1 ORDER BY created_at_ms, id",
    )
    .bind(area.as_str())
    .fetch_all(connection)
    .await?)
}

/// What a place can be, the widest first.
///
/// # Errors
/// The database failed.
pub async fn kinds(connection: &mut Connection) -> Result<Vec<Titled>> {
    Ok(
        sqlx::query_as("SELECT kind AS code, title_vi, title_en FROM area_kinds ORDER BY position")
            .fetch_all(connection)
            .await?,
    )
}

/// Languages that villages speak.
///
/// # Errors
/// The database failed.
pub async fn spoken_languages(connection: &mut Connection) -> Result<Vec<Titled>> {
    Ok(
        sqlx::query_as("SELECT code, title_vi, title_en FROM spoken_languages ORDER BY position")
            .fetch_all(connection)
            .await?,
    )
}

/// What the area with this id is called, and what contains it.
async fn called(
    connection: &mut Connection,
    id: &AreaId,
) -> Result<Option<(String, Option<String>)>> {
    let row = sqlx::query_as("SELECT name, parent_id FROM areas WHERE id = $1");
    Ok(row.bind(id.as_str()).fetch_optional(connection).await?)
}
