//! Starts that made room for a broadcast. None comes back by itself: whether villages shall hear it
//! after all is for people to say, who find it on the page of what it made room for, as an order
//! that is filled in.

use jiff::civil::DateTime;
use programme::ids::{AreaId, BroadcastId};
use programme::rule::Rule;
use programme::zone::Zone;

use crate::areas::area::{self, Area};
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::broadcasts::form::Fields;
use crate::bulletins::approved::may_air;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::state::State;
use crate::web::errors::Result;
use crate::web::overtaken::Opened;

crate::rows! {
    struct Row {
        made_by_id: String,
        start: String,
        areas: String,
    }
}

/// A start that made room.
pub struct Replaced {
    /// When it was planned, by the villages' own clocks.
    pub start: DateTime,
    /// What would have aired.
    pub title: String,
    /// The address of the order that lets it air after all, for who may give it.
    pub again: Option<String>,
}

/// Notes that the start of `made_by` made room for `new` wherever both are meant.
///
/// # Errors
/// The database failed.
pub async fn note(
    state: &State,
    write: &mut Connection,
    new: &Broadcast,
    made_by: &Broadcast,
    start: DateTime,
) -> Result<()> {
    let areas = shared(state, write, made_by, new).await?;
    write_row(write, &new.id, &made_by.id, start, &areas).await
}

/// Notes that the whole of `made_by` made room for `new`. Of what repeats there is no one start
/// that could be ordered again.
///
/// # Errors
/// The database failed.
pub async fn note_whole(
    write: &mut Connection,
    new: &BroadcastId,
    made_by: &Broadcast,
) -> Result<()> {
    match made_by.rule {
        Rule::Once { at } => write_row(write, new, &made_by.id, at, &made_by.targets).await,
        Rule::Now { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => Ok(()),
    }
}

/// What made room for `old` made it for `new` as well, which goes on in its place.
///
/// # Errors
/// The database failed.
pub async fn carry(write: &mut Connection, old: &BroadcastId, new: &BroadcastId) -> Result<()> {
    sqlx::query(
        "INSERT INTO replaced_starts (broadcast_id, made_by_id, start, areas) \
         SELECT $1, made_by_id, start, areas FROM replaced_starts WHERE broadcast_id = $2 \
         ON CONFLICT (broadcast_id, made_by_id, start) DO NOTHING",
    )
    .bind(new.as_str())
    .bind(old.as_str())
    .execute(write)
    .await?;
    Ok(())
}

/// The starts that made room for a broadcast, are to come and may be ordered still, the soonest
/// first.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    replacer: &Broadcast,
) -> Result<Vec<Replaced>> {
    let rows = sqlx::query_as(
        "SELECT made_by_id, start, areas FROM replaced_starts WHERE broadcast_id = $1 \
         ORDER BY start, made_by_id",
    );
    let rows: Vec<Row> = rows
        .bind(replacer.id.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut replaced = Vec::new();
    for row in rows {
        let made_by = row.made_by_id.parse().map_err(anyhow::Error::from)?;
        let old = broadcast::find(connection, &made_by).await?;
        let start = row.start.parse().map_err(anyhow::Error::from)?;
        let ids: Vec<AreaId> = serde_json::from_str(&row.areas).map_err(anyhow::Error::from)?;
        let areas = open(state, connection, &ids).await?;
        if is_to_come(state, start, &areas)?
            && may_air(connection, &old.bulletins, state.now()).await?
        {
            let may = areas.iter().all(|area| actor.may(Right::Schedule, area));
            replaced.push(Replaced {
                start,
                title: broadcast::titles(connection, &old.id).await?,
                again: may.then(|| order_again(&old, start, &areas)).flatten(),
            });
        }
    }
    Ok(replaced)
}

/// The address of the order by which a start of `old` airs in `areas` after all.
fn order_again(old: &Broadcast, start: DateTime, areas: &[Area]) -> Option<String> {
    let again = Broadcast {
        targets: areas.iter().map(|area| area.id.clone()).collect(),
        rule: Rule::Once { at: start },
        ..old.clone()
    };
    // Who follows it is given the key of a form of their own.
    let fields = Fields {
        moves: String::new(),
        opened: Opened::default(),
        ..Fields::of(&again, start.date(), String::new())
    };
    fields.address()
}

async fn write_row(
    write: &mut Connection,
    new: &BroadcastId,
    made_by: &BroadcastId,
    start: DateTime,
    areas: &[AreaId],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO replaced_starts (broadcast_id, made_by_id, start, areas) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (broadcast_id, made_by_id, start) DO NOTHING",
    )
    .bind(new.as_str())
    .bind(made_by.as_str())
    .bind(start.to_string())
    .bind(serde_json::to_string(areas).map_err(anyhow::Error::from)?)
    .execute(write)
    .await?;
    Ok(())
}

/// Where a start is left out: what both are meant for.
async fn shared(
    state: &State,
    connection: &mut Connection,
    old: &Broadcast,
    replacer: &Broadcast,
) -> Result<Vec<AreaId>> {
    let mut shared = Vec::new();
    for (own, other, skipped) in [(old, replacer, 0), (replacer, old, 1)] {
        for target in &own.targets {
            let area = area::find(state, connection, target).await?;
            let mut above = area.line.iter().skip(skipped);
            if above.any(|id| other.targets.contains(id)) {
                shared.push(area.id);
            }
        }
    }
    Ok(shared)
}

/// The areas but for those that were closed.
async fn open(state: &State, connection: &mut Connection, ids: &[AreaId]) -> Result<Vec<Area>> {
    let mut open = Vec::with_capacity(ids.len());
    for id in ids {
        let area = area::find(state, connection, id).await?;
        if area.within_closed_ms.is_none() {
            open.push(area);
        }
    }
    Ok(open)
}

fn is_to_come(state: &State, start: DateTime, areas: &[Area]) -> Result<bool> {
    for area in areas {
        let zone = Zone::named(&area.ways.zone).map_err(anyhow::Error::from)?;
        if zone.instant(start).is_none_or(|at| at <= state.now()) {
            return Ok(false);
        }
    }
    Ok(!areas.is_empty())
}
