//! Standbys: emergencies that stations hold ready, so that somebody at the PC with a PIN can let
//! them sound when no server is there to push anything.
//!
//! They travel within the programme. Whatever changes them, or who may order them, is published.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use programme::ids::{AreaId, BulletinId, PersonId};
use programme::programme::Programme;
use programme::standby::{Keeper, Standby};
use programme::units::WallTime;
use serde_json::json;

use super::place::checked;
use super::request::Request;
use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::broadcasts::place::targets_seen;
use crate::bulletins::approved::approved;
use crate::bulletins::bulletin;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::Result;

/// A standby as it was set up.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What stations are told.
    pub standby: Standby,
    /// The bulletin's title.
    pub title: String,
    /// Where, each area with everything below it.
    pub areas: Vec<AreaId>,
    /// Who set it up, by name.
    pub set_by: String,
    /// When.
    pub set_at: WallTime,
}

crate::rows! {
    struct Row {
        bulletin_id: String,
        occasion: String,
        repeats: Option<i64>,
        gap_ms: i64,
        lasts_ms: i64,
        title: String,
        set_by: String,
        set_at_ms: i64,
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.bulletin_id, s.occasion, s.repeats, s.gap_ms, s.lasts_ms, b.title, \
             p.full_name AS set_by, s.set_at_ms FROM standbys s \
             JOIN bulletins b ON b.id = s.bulletin_id JOIN people p ON p.id = s.set_by ",
            $rest
        )
    };
}

/// Lets an approved bulletin stand by, in the place of what was said of it before. Of whichever
/// class, as for an emergency of the panel: it is the order that makes it one.
///
/// # Errors
/// What [`super::place::try_out`] refuses; 403 where it stands by already in others' areas.
pub async fn set_up(state: &State, actor: &Actor, request: &Request) -> Result<()> {
    let mut connection = state.database.read().await?;
    let (targets, _) = checked(state, &mut connection, actor, request).await?;
    drop(connection);
    let bulletin = request.bulletin.as_str();
    let mut write = state.database.write().await?;
    write.hold(bulletin).await?;
    let before = targets_of(&mut write, &request.bulletin).await?;
    for area in &before {
        let area = area::find(state, &mut write, area).await?;
        actor.require(Right::Emergency, &area)?;
    }
    clear(&mut write, &request.bulletin).await?;
    sqlx::query(
        "INSERT INTO standbys (bulletin_id, occasion, repeats, gap_ms, lasts_ms, set_by, \
         set_at_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(bulletin)
    .bind(&request.why)
    .bind(request.repeats.map(i64::from))
    .bind(whole(request.gap))
    .bind(whole(request.holds))
    .bind(actor.id().as_str())
    .bind(state.now().as_millis())
    .execute(&mut *write)
    .await?;
    let areas: Vec<AreaId> = targets.into_iter().map(|area| area.id).collect();
    for area in &areas {
        sqlx::query("INSERT INTO standby_targets (bulletin_id, area_id) VALUES ($1, $2)")
            .bind(bulletin)
            .bind(area.as_str())
            .execute(&mut *write)
            .await?;
    }
    let detail = json!({
        "bulletin": request.bulletin, "targets": areas, "repeats": request.repeats,
        "reason": request.why,
    });
    let (author, verb) = (Author::from(actor), "standby.set_up");
    let place = areas.first();
    audit::record(state, &mut write, &author, verb, bulletin, place, detail).await?;
    write.commit().await?;
    announce(state, before.iter().chain(&areas)).await;
    Ok(())
}

/// Takes a standby back: it is offered nowhere any more, and is over where it sounds. Taking back
/// what does not stand by changes nothing.
///
/// # Errors
/// 404 where none of its areas is the actor's, or the bulletin is not for their eyes; 403 without
/// the right in each of them.
pub async fn take_back(state: &State, actor: &Actor, bulletin: &BulletinId) -> Result<()> {
    actor.require_somewhere(Right::Emergency)?;
    let mut write = state.database.write().await?;
    write.hold(bulletin.as_str()).await?;
    let before = targets_of(&mut write, bulletin).await?;
    if before.is_empty() {
        // To whom it is not there where it stands by, it is not there where it does not either.
        bulletin::visible(state, &mut write, actor, bulletin).await?;
        return Ok(());
    }
    for area in targets_seen(state, &mut write, actor, &before).await? {
        actor.require_in_sight(Right::Emergency, &area)?;
    }
    clear(&mut write, bulletin).await?;
    let (author, verb, detail) = (Author::from(actor), "standby.take_back", json!({}));
    let (id, place) = (bulletin.as_str(), before.first());
    audit::record(state, &mut write, &author, verb, id, place, detail).await?;
    write.commit().await?;
    announce(state, before.iter()).await;
    Ok(())
}

async fn clear(write: &mut Connection, bulletin: &BulletinId) -> Result<()> {
    for query in [
        "DELETE FROM standby_targets WHERE bulletin_id = $1",
        "DELETE FROM standbys WHERE bulletin_id = $1",
    ] {
        sqlx::query(query)
            .bind(bulletin.as_str())
            .execute(&mut *write)
            .await?;
    }
    Ok(())
}

async fn announce(state: &State, areas: impl Iterator<Item = &AreaId>) {
    for area in areas {
        state.wake.announce(area.as_str()).await;
    }
}

/// Puts what stands by in `area` into its programme, with the people who may order it. Without the
/// one the other does not travel.
///
/// # Errors
/// The database failed.
pub async fn add_to(
    connection: &mut Connection,
    area: &Area,
    now: WallTime,
    programme: &mut Programme,
) -> Result<()> {
    if area.within_closed_ms.is_some() {
        return Ok(());
    }
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE EXISTS (SELECT 1 FROM standby_targets t JOIN area_lines l \
         ON l.above_id = t.area_id WHERE t.bulletin_id = s.bulletin_id AND l.area_id = $1) \
         AND b.state = 'approved' AND b.valid_until_ms > $2 ORDER BY b.title, s.bulletin_id"
    ))
    .bind(area.id.as_str())
    .bind(now.as_millis())
    .fetch_all(&mut *connection)
    .await?;
    for row in rows {
        programme.standby.push(row.standby()?);
    }
    if programme.standby.is_empty() {
        return Ok(());
    }
    let named = programme.standby.iter().map(|one| one.bulletin.clone());
    let named = named.collect();
    programme
        .bulletins
        .extend(approved(connection, &named).await?);
    programme.keepers = keepers(connection, &area.id).await?;
    Ok(())
}

/// Who may order at the PC of `area`: everybody with the right there and a PIN.
///
/// # Errors
/// The database failed.
pub async fn keepers(connection: &mut Connection, area: &AreaId) -> Result<Vec<Keeper>> {
    let [secretary, head, officer, admin] = Role::names_with(Right::OrderAtPc);
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT p.id, p.full_name, p.pin_hash FROM people p WHERE p.pin_hash IS NOT NULL \
         AND p.closed_at_ms IS NULL AND EXISTS (SELECT 1 FROM roles r JOIN area_lines l \
         ON l.above_id = r.area_id WHERE r.person_id = p.id AND l.area_id = $1 \
         AND r.role IN ($2, $3, $4, $5)) ORDER BY p.full_name, p.id",
    )
    .bind(area.as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .fetch_all(connection)
    .await?;
    let keepers = rows.into_iter().map(|(person, name, pin)| {
        let person = person.parse().map_err(anyhow::Error::from)?;
        Ok(Keeper { person, name, pin })
    });
    keepers.collect()
}

/// Areas in `within` and below at whose PC somebody may order, as [`keepers`] says of each.
///
/// # Errors
/// The database failed.
pub async fn kept_by_somebody(
    connection: &mut Connection,
    within: &AreaId,
) -> Result<BTreeSet<String>> {
    let [secretary, head, officer, admin] = Role::names_with(Right::OrderAtPc);
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT b.area_id FROM area_lines b WHERE b.above_id = $1 AND EXISTS \
         (SELECT 1 FROM area_lines l JOIN roles r ON r.area_id = l.above_id \
         JOIN people p ON p.id = r.person_id WHERE l.area_id = b.area_id \
         AND p.pin_hash IS NOT NULL AND p.closed_at_ms IS NULL \
         AND r.role IN ($2, $3, $4, $5))",
    )
    .bind(within.as_str())
    .bind(secretary)
    .bind(head)
    .bind(officer)
    .bind(admin)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Where a bulletin stands by; nowhere when it does not.
///
/// # Errors
/// The database failed.
pub async fn targets_of(connection: &mut Connection, bulletin: &BulletinId) -> Result<Vec<AreaId>> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "SELECT area_id FROM standby_targets WHERE bulletin_id = $1 ORDER BY area_id",
    )
    .bind(bulletin.as_str())
    .fetch_all(connection)
    .await?;
    let ids = rows.into_iter().map(|(id,)| id.parse());
    Ok(ids.collect::<Result<_, _>>().map_err(anyhow::Error::from)?)
}

/// What stands by where a person may see it, by title.
///
/// # Errors
/// The database failed.
pub async fn visible(connection: &mut Connection, person: &PersonId) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = sqlx::query_as(select!(
        "WHERE EXISTS (SELECT 1 FROM standby_targets t JOIN area_lines l \
         ON l.area_id = t.area_id OR l.above_id = t.area_id JOIN roles r \
         ON (l.area_id = t.area_id AND r.area_id = l.above_id) \
         OR (l.above_id = t.area_id AND r.area_id = l.area_id) \
         WHERE t.bulletin_id = s.bulletin_id AND r.person_id = $1) \
         AND b.state = 'approved' ORDER BY b.title, s.bulletin_id"
    ))
    .bind(person.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let standby = row.standby()?;
        found.push(Kept {
            areas: targets_of(connection, &standby.bulletin).await?,
            standby,
            title: row.title,
            set_by: row.set_by,
            set_at: WallTime::from_millis(row.set_at_ms),
        });
    }
    Ok(found)
}

impl Row {
    fn standby(&self) -> Result<Standby> {
        let millis = |millis: i64| Duration::from_millis(u64::try_from(millis).unwrap_or(0));
        Ok(Standby {
            bulletin: self.bulletin_id.parse().context("read a standby")?,
            must_understand: Vec::new(),
            when: self.occasion.clone(),
            repeats: self.repeats.and_then(|repeats| u32::try_from(repeats).ok()),
            gap: millis(self.gap_ms),
            lasts: millis(self.lasts_ms),
        })
    }
}

fn whole(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
