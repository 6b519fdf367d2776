//! What an area lays down: who approves, and how much the loudspeakers may say. It holds for
//! everything below until something nearer says otherwise.
//!
//! None of it is in the programme that stations hold. It is decided when somebody approves or
//! orders, where a person can still do something about it.

use programme::ids::AreaId;
use programme::programme::Class;
use programme::timetable::Timetable;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::area::{Area, Ways};
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::{Right, Role};
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::{self, Version};

/// Most sessions that a limit may name.
pub const MOST_SESSIONS: u8 = 10;

/// What an area says of itself; `None` means: as the area above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnPolicy {
    /// Whether the head approves ordinary bulletins of the own village, beside the officer.
    pub head_may_approve: Option<bool>,
    /// How many sessions a day may have, at most ten.
    pub sessions_per_day: Option<u8>,
    /// Whether ordinary bulletins air on Saturday and Sunday.
    pub ordinary_on_weekends: Option<bool>,
    /// Whether what goes beyond the limits of sessions is for officers alone to order; otherwise it
    /// is only warned of.
    pub limits_bind: Option<bool>,
}

/// What holds for an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// Whether the head approves ordinary bulletins of the own village, beside the officer.
    pub head_may_approve: bool,
    /// How many sessions a day may have, if that is limited.
    pub sessions_per_day: Option<u8>,
    /// Whether ordinary bulletins air on Saturday and Sunday.
    pub ordinary_on_weekends: bool,
    /// Whether what goes beyond the limits of sessions is for officers alone to order.
    pub limits_bind: bool,
}

/// An area on the way up, with what it says of itself.
#[derive(Debug, Clone)]
pub struct Above {
    /// The area.
    pub id: AreaId,
    /// Its name for people.
    pub name: String,
    /// What it says of itself.
    pub ways: Ways,
    /// The same of what it lays down.
    pub policy: OwnPolicy,
    /// Its own seasons and holidays.
    pub timetable: Timetable,
}

impl Policy {
    /// What follows from what is said on the way up, the nearest first.
    pub fn of<'p>(said: impl Iterator<Item = &'p OwnPolicy> + Clone) -> Self {
        let yes = |own: fn(&OwnPolicy) -> Option<bool>| said.clone().find_map(own);
        Self {
            head_may_approve: yes(|own| own.head_may_approve).unwrap_or(false),
            sessions_per_day: said.clone().find_map(|own| own.sessions_per_day),
            ordinary_on_weekends: yes(|own| own.ordinary_on_weekends).unwrap_or(true),
            limits_bind: yes(|own| own.limits_bind).unwrap_or(false),
        }
    }
}

impl OwnPolicy {
    /// Names what it says.
    pub fn version(&self) -> Version {
        Version::of(&json!(self))
    }

    fn check(&self) -> Result<()> {
        match self.sessions_per_day {
            Some(number) if !(1..=MOST_SESSIONS).contains(&number) => {
                Err(Error::invalid("error-area-sessions-per-day").with("most", MOST_SESSIONS))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether `actor` approves bulletins of this class in `area`: an officer, and the head where the
/// area says so. What is more than ordinary is for officers.
pub fn may_approve(actor: &Actor, area: &Area, class: Class) -> bool {
    let is_head = || {
        let own = |(held, role): &(AreaId, Role)| *role == Role::Head && area.line.contains(held);
        actor.roles().iter().any(own)
    };
    let by_head = class == Class::Ordinary && area.ways.policy.head_may_approve;
    actor.may(Right::Approve, area) || (by_head && is_head())
}

/// Lays down `own` for `area`, and nothing else, for somebody who `seen` it so.
///
/// # Errors
/// 403 without [`Right::ManageAreas`], 422 for a limit that is none, 409 where somebody else has
/// laid down something.
pub async fn lay_down(
    state: &State,
    actor: &Actor,
    area: &Area,
    own: &OwnPolicy,
    seen: Option<&Version>,
) -> Result<()> {
    actor.require(Right::ManageAreas, area)?;
    own.check()?;
    let id = area.id.as_str();
    let mut write = state.database.write().await?;
    write.hold("areas").await?;
    let there = super::area::find(state, &mut write, &area.id)
        .await?
        .own_policy;
    if !overtaken::is_to_write(seen, &there.version(), &own.version())? {
        return Ok(());
    }
    sqlx::query(
        "UPDATE areas SET head_may_approve = $1, sessions_per_day = $2, \
         ordinary_on_weekends = $3, limits_bind = $4 WHERE id = $5",
    )
    .bind(own.head_may_approve.map(i64::from))
    .bind(own.sessions_per_day.map(i64::from))
    .bind(own.ordinary_on_weekends.map(i64::from))
    .bind(own.limits_bind.map(i64::from))
    .bind(id)
    .execute(&mut *write)
    .await?;
    let (author, verb) = (Author::from(actor), "area.policy");
    let place = Some(&area.id);
    audit::record(state, &mut write, &author, verb, id, place, json!(own)).await?;
    write.commit().await?;
    Ok(())
}

/// What each area on the way up says, itself first.
///
/// # Errors
/// The database failed.
pub async fn way_up(state: &State, connection: &mut Connection, area: &Area) -> Result<Vec<Above>> {
    let mut way = Vec::with_capacity(area.line.len());
    for id in &area.line {
        let above = super::area::find(state, connection, id).await?;
        way.push(Above {
            id: above.id,
            name: above.name,
            ways: above.own,
            policy: above.own_policy,
            timetable: above.own_timetable,
        });
    }
    Ok(way)
}
