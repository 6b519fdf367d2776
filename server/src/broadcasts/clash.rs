//! Two broadcasts that want the air at once, and what whoever orders can do about it.

use jiff::civil::DateTime;
use programme::ids::BroadcastId;
use programme::lint::{CueAt, Finding};
use programme::rule::Rule;
use programme::units::WallTime;
use programme::zone::Zone;

use super::broadcast::{self, Broadcast};
use super::order::Order;
use super::outlook::Outlooks;
use super::room::{self, Skip, Standing};
use crate::database::Connection;
use crate::people::identity::Actor;
use crate::state::State;
use crate::web::errors::{Error, Result};
use crate::web::shell::Shell;

/// Another broadcast that wants the air at the same time.
#[derive(Debug, Clone)]
pub(super) struct Clash {
    /// The other.
    pub(super) id: BroadcastId,
    /// What it airs.
    pub(super) title: String,
    /// What happens by itself, with the time at which whatever waits will begin.
    pub(super) queue: String,
    /// That one start of it makes room: how that is sent, and in words.
    pub(super) skip: Option<(String, String)>,
    /// Whether all of it may make room.
    pub(super) may_replace: bool,
    /// Whether another person's word stands above that of whoever orders.
    pub(super) outranked: bool,
    /// `queue`, `skip` or `replace`.
    pub(super) chosen: &'static str,
}

/// A clash as it was found: the other's start, and how one of the two waits.
struct Found {
    other: BroadcastId,
    start: DateTime,
    own_waits: bool,
    until: WallTime,
    zone: Zone,
}

/// What the order clashes with, and what was chosen about it.
pub(super) async fn clashes(
    state: &State,
    connection: &mut Connection,
    shell: &Shell,
    actor: &Actor,
    order: &Order,
    own: &Broadcast,
    outlooks: &Outlooks,
) -> Result<Vec<Clash>> {
    let found = found(own, outlooks);
    let mut others: Vec<BroadcastId> = found.iter().map(|one| one.other.clone()).collect();
    others.extend(order.replaces.iter().cloned());
    others.extend(order.skips.iter().map(|skip| skip.broadcast.clone()));
    others.sort();
    others.dedup();
    let mut clashes = Vec::with_capacity(others.len());
    for id in others {
        let other = broadcast::find(connection, &id).await?;
        let skipped = order.skips.iter().find(|skip| skip.broadcast == id);
        let met = found.iter().find(|one| one.other == id);
        let start = skipped.map(|skip| skip.start).or(met.map(|one| one.start));
        let stands = match room::standing(state, connection, actor, &other).await {
            Err(Error::Refused(_)) => Standing::Elsewhere,
            stands => stands?,
        };
        let may = stands == Standing::May;
        let skip = match start.filter(|_| may && !matches!(other.rule, Rule::Now { .. })) {
            Some(start) => skip(state, connection, actor, &other, start, own).await?,
            None => None,
        };
        let skip = skip.map(|start| in_words(&other, start, shell));
        let repeats = !matches!(own.rule, Rule::Now { .. } | Rule::Once { .. });
        let replaced = order.replaces.contains(&id);
        clashes.push(Clash {
            title: broadcast::titles(connection, &id).await?,
            queue: match met {
                Some(met) => met.in_words(shell),
                None => shell.say("broadcasts-queue"),
            },
            may_replace: may && (repeats || skip.is_none() || replaced),
            outranked: !may,
            chosen: match (replaced, skipped.is_some() && skip.is_some()) {
                (true, _) => "replace",
                (_, true) => "skip",
                _ => "queue",
            },
            skip,
            id,
        });
    }
    Ok(clashes)
}

/// The start, if it can make room in the villages that are meant.
async fn skip(
    state: &State,
    connection: &mut Connection,
    actor: &Actor,
    other: &Broadcast,
    start: DateTime,
    own: &Broadcast,
) -> Result<Option<DateTime>> {
    let wanted = Skip {
        broadcast: other.id.clone(),
        start,
    };
    match room::made(state, connection, actor, &wanted, &own.targets).await {
        Ok(_) => Ok(Some(start)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn in_words(other: &Broadcast, start: DateTime, shell: &Shell) -> (String, String) {
    let at = start.strftime("%d/%m/%Y %H:%M").to_string();
    let key = match other.rule {
        Rule::Now { .. } | Rule::Once { .. } => "broadcasts-skip-once",
        Rule::Daily { .. } | Rule::Weekly { .. } => "broadcasts-skip",
    };
    (format!("skip-{start}"), shell.say1(key, "at", at))
}

/// The first clash with each other broadcast.
fn found(own: &Broadcast, outlooks: &Outlooks) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for outlook in &outlooks.outlooks {
        for finding in &outlook.findings {
            let Finding::Clash {
                first,
                second,
                delay,
            } = finding
            else {
                continue;
            };
            let own_waits = second.broadcast == own.id;
            let other: &CueAt = if own_waits { first } else { second };
            let known = found.iter().any(|one| one.other == other.broadcast);
            if other.broadcast != own.id && !known {
                found.push(Found {
                    other: other.broadcast.clone(),
                    start: outlook.zone.civil(other.planned),
                    own_waits,
                    until: second.planned + *delay,
                    zone: outlook.zone.clone(),
                });
            }
        }
    }
    found
}

impl Found {
    fn in_words(&self, shell: &Shell) -> String {
        let at = self.zone.civil(self.until);
        let at = at.strftime("%H:%M:%S").to_string();
        let key = match self.own_waits {
            true => "broadcasts-queue-own",
            false => "broadcasts-queue-other",
        };
        shell.say1(key, "at", at)
    }
}
