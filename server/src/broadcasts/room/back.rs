//! A start that made room comes back when what it made room for is cancelled: as a broadcast of its
//! own, with the author that it had, where nothing holds its place by then.

use jiff::civil::DateTime;
use programme::ids::BroadcastId;
use programme::lint::Finding;
use programme::rule::Rule;
use programme::zone::Zone;
use serde_json::json;

use crate::areas::area::{self, Area};
use crate::audit::{self, Author};
use crate::broadcasts::broadcast::{self, Broadcast};
use crate::broadcasts::limits::goes_beyond;
use crate::broadcasts::outlook::{self, Gathered, Instead, Outlook};
use crate::bulletins::approved::may_air;
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::Result;

crate::rows! {
    struct Row {
        made_by_id: String,
        start: String,
        back_id: Option<String>,
    }
}

/// A start that made room.
pub struct Past {
    /// When it was planned, by the villages' own clocks.
    pub start: DateTime,
    /// What would have aired.
    pub title: String,
    /// What it came back as.
    pub back: Option<BroadcastId>,
}

/// A start that may come back.
pub struct Coming {
    /// What made room.
    of: BroadcastId,
    /// Whether nothing was left of that.
    ended: bool,
    start: DateTime,
    /// As it comes back, with what its villages hold beside it.
    gathered: Gathered,
}

/// Notes that a start of `made_by` made room for `new`.
///
/// # Errors
/// The database failed.
pub async fn note(
    write: &mut Connection,
    new: &BroadcastId,
    made_by: &BroadcastId,
    start: DateTime,
    ended: bool,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO rooms (broadcast_id, made_by_id, start, ended) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (broadcast_id, made_by_id, start) DO NOTHING",
    )
    .bind(new.as_str())
    .bind(made_by.as_str())
    .bind(start.to_string())
    .bind(i64::from(ended))
    .execute(write)
    .await?;
    Ok(())
}

/// Notes that a part of `made_by`, which made room, goes on as `part`.
///
/// # Errors
/// The database failed.
pub async fn note_part(
    write: &mut Connection,
    made_by: &BroadcastId,
    part: &BroadcastId,
) -> Result<()> {
    sqlx::query(
        "UPDATE broadcasts SET cut_from = \
         (SELECT COALESCE(o.cut_from, o.id) FROM broadcasts o WHERE o.id = $1) WHERE id = $2",
    )
    .bind(made_by.as_str())
    .bind(part.as_str())
    .execute(write)
    .await?;
    Ok(())
}

/// Notes that the whole of `made_by` made room for `new`. Of what repeats there is no one start
/// that could come back.
///
/// # Errors
/// The database failed.
pub async fn note_whole(
    write: &mut Connection,
    new: &BroadcastId,
    made_by: &Broadcast,
) -> Result<()> {
    match made_by.rule {
        Rule::Once { at } => note(write, new, &made_by.id, at, true).await,
        Rule::Now { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => Ok(()),
    }
}

/// What made room for `old` and has not come back made it for `new`, which stands in its place.
///
/// # Errors
/// The database failed.
pub async fn pass_on(write: &mut Connection, old: &BroadcastId, new: &BroadcastId) -> Result<()> {
    sqlx::query("UPDATE rooms SET broadcast_id = $1 WHERE broadcast_id = $2 AND back_id IS NULL")
        .bind(new.as_str())
        .bind(old.as_str())
        .execute(write)
        .await?;
    Ok(())
}

/// The starts that made room for a broadcast and are or would be still to come, the soonest first.
///
/// # Errors
/// The database failed.
pub async fn of(
    state: &State,
    connection: &mut Connection,
    replacer: &Broadcast,
) -> Result<Vec<Past>> {
    let mut past = Vec::new();
    for row in rows(connection, &replacer.id).await? {
        let old = row.old(connection).await?;
        let areas = shared(state, connection, &old, replacer).await?;
        let start = row.start()?;
        if is_to_come(state, start, &areas)? {
            past.push(Past {
                start,
                title: broadcast::titles(connection, &old.id).await?,
                back: row.back()?,
            });
        }
    }
    Ok(past)
}

/// The starts that may come back when `replacer` is cancelled: they are to come, nobody has
/// cancelled or moved any part of what they belong to, and what they air may be ordered still.
///
/// # Errors
/// The database failed.
pub async fn coming(
    state: &State,
    connection: &mut Connection,
    replacer: &Broadcast,
) -> Result<Vec<Coming>> {
    let mut coming = Vec::new();
    if replacer.cancelled_at.is_some() {
        return Ok(coming);
    }
    for row in rows(connection, &replacer.id).await? {
        let (old, start) = (row.old(connection).await?, row.start()?);
        if row.back_id.is_some() || is_given_up(connection, &old.id).await? {
            continue;
        }
        let areas = shared(state, connection, &old, replacer).await?;
        let is_to_come = is_to_come(state, start, &areas)?;
        if !is_to_come || !may_air(connection, &old.bulletins, state.now()).await? {
            continue;
        }
        let back = Broadcast {
            id: BroadcastId::from_random(state.randomness.bytes()),
            targets: areas.into_iter().map(|area| area.id).collect(),
            rule: Rule::Once { at: start },
            since: state.now(),
            cancelled_at: None,
            ..old.clone()
        };
        let instead = Instead::from([(replacer.id.clone(), Vec::new())]);
        coming.push(Coming {
            of: old.id,
            ended: old.cancelled_at.is_some(),
            start,
            gathered: outlook::gather(state, connection, &back, &instead).await?,
        });
    }
    Ok(coming)
}

/// Each with whether its place is free, which is looked at before others are shut out of the
/// database.
///
/// # Errors
/// What was read makes no sense.
pub async fn looked_at(coming: Vec<Coming>) -> Result<Vec<(Coming, bool)>> {
    let mut looked = Vec::with_capacity(coming.len());
    for one in coming {
        let is_free = one.is_free().await?;
        looked.push((one, is_free));
    }
    Ok(looked)
}

/// Lets come back what may, of what was `foreseen`, and returns what it came back as. Each is
/// looked at by itself: two that followed one another do so again.
///
/// # Errors
/// The database failed.
pub async fn keep(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    replacer: &Broadcast,
    foreseen: &[(Coming, bool)],
) -> Result<Vec<Broadcast>> {
    let mut back = Vec::new();
    for one in coming(state, write, replacer).await? {
        let mut before = foreseen.iter();
        let before = before.find(|(other, _)| other.gathered.is_like(&one.gathered));
        let is_free = match before {
            Some((_, is_free)) => *is_free,
            None => one.is_free().await?,
        };
        if is_free {
            one.keep(state, write, actor, replacer).await?;
            back.push(one.gathered.wanted);
        }
    }
    Ok(back)
}

impl Coming {
    /// Whether it is heard wherever it was to be heard, nothing else wants the air then, and it
    /// goes beyond nothing to which an order would be held.
    async fn is_free(&self) -> Result<bool> {
        let looked = self.gathered.look().await?;
        let clash = |finding: &Finding| matches!(finding, Finding::Clash { .. });
        let fits =
            |one: &Outlook| one.airs() && !goes_beyond(one) && !one.findings.iter().any(clash);
        let free = looked.outlooks.iter().all(fits);
        Ok(free && looked.meant > 0 && looked.looked_at() == looked.meant)
    }

    async fn keep(
        &self,
        state: &State,
        write: &mut Connection,
        actor: &Actor,
        replacer: &Broadcast,
    ) -> Result<()> {
        let back = &self.gathered.wanted;
        broadcast::insert(write, back, None).await?;
        sqlx::query(
            "UPDATE rooms SET back_id = $1 \
             WHERE broadcast_id = $2 AND made_by_id = $3 AND start = $4",
        )
        .bind(back.id.as_str())
        .bind(replacer.id.as_str())
        .bind(self.of.as_str())
        .bind(self.start.to_string())
        .execute(&mut *write)
        .await?;
        if self.ended {
            // What made room for it before makes it for what stands in its place.
            pass_on(write, &self.of, &back.id).await?;
        }
        let detail = json!({ "start": self.start, "broadcast": self.of });
        let (author, verb) = (Author::from(actor), "broadcast.back");
        let (id, place) = (back.id.as_str(), back.targets.first());
        audit::record(state, write, &author, verb, id, place, detail).await
    }
}

async fn rows(connection: &mut Connection, replacer: &BroadcastId) -> Result<Vec<Row>> {
    let rows = sqlx::query_as(
        "SELECT made_by_id, start, back_id FROM rooms WHERE broadcast_id = $1 \
         ORDER BY start, made_by_id",
    );
    Ok(rows.bind(replacer.as_str()).fetch_all(connection).await?)
}

/// Whether a person has cancelled or moved any part of a broadcast. A part that ended because
/// nothing was left of it when it made room was given up by nobody.
async fn is_given_up(connection: &mut Connection, made_by: &BroadcastId) -> Result<bool> {
    let (given_up,): (i64,) = sqlx::query_as(
        "SELECT COUNT(*) FROM broadcasts o JOIN broadcasts p \
         ON p.id = COALESCE(o.cut_from, o.id) OR p.cut_from = COALESCE(o.cut_from, o.id) \
         WHERE o.id = $1 AND (p.moved_to IS NOT NULL OR (p.cancelled_at_ms IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM rooms r WHERE r.made_by_id = p.id AND r.ended = 1)))",
    )
    .bind(made_by.as_str())
    .fetch_one(connection)
    .await?;
    Ok(given_up > 0)
}

impl Row {
    async fn old(&self, connection: &mut Connection) -> Result<Broadcast> {
        let id = self.made_by_id.parse().map_err(anyhow::Error::from)?;
        broadcast::find(connection, &id).await
    }

    fn start(&self) -> Result<DateTime> {
        Ok(self.start.parse().map_err(anyhow::Error::from)?)
    }

    fn back(&self) -> Result<Option<BroadcastId>> {
        let back = self.back_id.as_deref().map(str::parse).transpose();
        Ok(back.map_err(anyhow::Error::from)?)
    }
}

/// Where a start was left out: what both are meant for, but for what was closed since.
async fn shared(
    state: &State,
    connection: &mut Connection,
    old: &Broadcast,
    replacer: &Broadcast,
) -> Result<Vec<Area>> {
    let mut shared = Vec::new();
    for (own, other, skipped) in [(old, replacer, 0), (replacer, old, 1)] {
        for target in &own.targets {
            let area = area::find(state, connection, target).await?;
            let mut above = area.line.iter().skip(skipped);
            if above.any(|id| other.targets.contains(id)) && area.within_closed_ms.is_none() {
                shared.push(area);
            }
        }
    }
    Ok(shared)
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
