//! "Đổi giờ": a broadcast is given another time. What was ordered stands no more, and what it
//! becomes stands in its place from the same moment on; what aired of it stays on record.

use jiff::civil::Date;
use programme::ids::BroadcastId;
use programme::programme::MissedRule;
use programme::rule::{Rule, Span};
use programme::timetable::Session;
use programme::zone::Zone;
use serde_json::json;

use super::broadcast::{self, Broadcast};
use super::form::Fields;
use super::order::minute;
use super::room;
use crate::areas::area;
use crate::audit::{self, Author};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::overtaken::{self, Opened, Version};

/// What is given another time.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// When it airs, as whoever moves it saw.
    pub seen: Option<Version>,
}

/// The broadcast that shall be moved.
///
/// # Errors
/// 403 for whoever may not cancel it; 409 when nothing of it is to come, and where somebody else
/// has changed when it airs.
pub async fn old(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    moves: &Move,
) -> Result<Broadcast> {
    let old = movable(state, connection, actor, &moves.broadcast).await?;
    match &moves.seen {
        Some(seen) if *seen != old.version() => Err(Error::conflict(overtaken::CHANGED)),
        Some(_) | None => Ok(old),
    }
}

/// The broadcast, if the actor may give it another time.
///
/// # Errors
/// As [`old`].
pub async fn movable(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    id: &BroadcastId,
) -> Result<Broadcast> {
    let old = broadcast::find(connection, id).await?;
    let standing = room::standing(state, connection, actor, &old).await?;
    standing.required()?;
    match next_day(state, connection, &old).await? {
        Some(_) => Ok(old),
        None => Err(Error::conflict("error-broadcast-move-gone")),
    }
}

/// The day of its next start, in the first of its areas that has one.
///
/// # Errors
/// The database failed.
pub async fn next_day(
    state: &State,
    connection: &mut Connection,
    old: &Broadcast,
) -> Result<Option<Date>> {
    if old.cancelled_at.is_some() || matches!(old.rule, Rule::Now { .. }) {
        return Ok(None);
    }
    for target in &old.targets {
        let ways = area::find(state, connection, target).await?.ways;
        let zone = Zone::named(&ways.zone).map_err(anyhow::Error::from)?;
        let next = old.rule.first_from(state.now(), &zone, &ways.timetable);
        if let Some(next) = next.filter(|next| next.at > state.now()) {
            return Ok(Some(next.nominal.date()));
        }
    }
    Ok(None)
}

/// Writes that `old` goes on as `new`, which is kept already.
///
/// # Errors
/// The database failed.
pub(super) async fn write(
    state: &State,
    write: &mut Connection,
    actor: &Actor,
    old: &Broadcast,
    new: &Broadcast,
) -> Result<()> {
    let person = Some(actor.id().as_str());
    broadcast::cancel(write, &old.id, person, state.now()).await?;
    broadcast::set_moved(write, &old.id, &new.id).await?;
    let detail = json!({ "rule": old.rule, "moved_to": new.id });
    let (author, verb) = (Author::from(actor), "broadcast.move");
    let (id, place) = (old.id.as_str(), old.targets.first());
    audit::record(state, write, &author, verb, id, place, detail).await
}

impl Fields {
    /// The form by which `old` is given another time, filled in as it stands from `next` on, which
    /// is the day of its next start.
    pub fn of(old: &Broadcast, next: Date, key: String) -> Self {
        let mut fields = Self {
            bulletins: old.bulletins.iter().map(ToString::to_string).collect(),
            areas: old.targets.iter().map(ToString::to_string).collect(),
            repeats: old.repeats.to_string(),
            gap: old.gap.as_secs().to_string(),
            chime: old.chime,
            moves: old.id.to_string(),
            opened: Opened::with(old.version()),
            ..Self::empty(next, key)
        };
        let missed = match old.missed {
            MissedRule::OnlyThen => ("only_then", String::new()),
            MissedRule::Until { until } => ("until", minute(until)),
            MissedRule::AskHead => ("ask_head", String::new()),
        };
        (fields.missed, fields.missed_until) = (missed.0.to_owned(), missed.1);
        match &old.rule {
            Rule::Now { .. } => {}
            Rule::Once { at } => {
                "once".clone_into(&mut fields.when);
                (fields.date, fields.time) = (at.date().to_string(), minute(at.time()));
            }
            Rule::Daily {
                times,
                sessions,
                span,
            } => fields.repeating("daily", times, sessions, span, next),
            Rule::Weekly {
                days,
                times,
                sessions,
                span,
            } => {
                let number = |day: &jiff::civil::Weekday| day.to_monday_one_offset().to_string();
                fields.days = days.iter().map(number).collect();
                fields.repeating("weekly", times, sessions, span, next);
            }
        }
        fields
    }

    fn repeating(
        &mut self,
        when: &str,
        times: &[jiff::civil::Time],
        sessions: &[Session],
        span: &Span,
        next: Date,
    ) {
        when.clone_into(&mut self.when);
        self.times = times.iter().map(|time| minute(*time)).collect();
        self.sessions = sessions.iter().map(|one| one.name().to_owned()).collect();
        self.until = span.until.map(|day| day.to_string()).unwrap_or_default();
        let except = span.except.iter().filter(|day| **day >= next);
        let except = except.map(|day| day.strftime("%d/%m/%Y").to_string());
        self.except = except.collect::<Vec<_>>().join(", ");
        span.on.name().clone_into(&mut self.on);
    }
}
