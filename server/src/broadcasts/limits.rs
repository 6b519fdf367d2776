//! Whether an order keeps to what its villages lay down. A head who goes beyond changes the order;
//! an officer may stand by it. That is decided here, once: stations air what they are told.

use programme::lint::Finding;

use super::order::Order;
use super::outlook::{Outlook, Outlooks};
use crate::areas::area::Area;
use crate::people::identity::Actor;
use crate::people::rights::Right;
use crate::web::errors::{Error, Result};

/// What somebody can do about an order that goes beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beyond {
    /// Change it, or ask an officer.
    Change,
    /// Stand by it.
    StandBy,
}

/// Whether what was looked at goes beyond what binds in one of its villages, and what `actor` can
/// do about it.
pub fn beyond(actor: &Actor, looked: &Outlooks) -> Option<Beyond> {
    let villages: Vec<&Area> = looked
        .outlooks
        .iter()
        .filter(|one| goes_beyond(one))
        .flat_map(|one| one.villages.iter().map(|village| &village.area))
        .collect();
    let officer = |area: &&Area| actor.may(Right::Approve, area);
    match villages.as_slice() {
        [] => None,
        all if all.iter().all(officer) => Some(Beyond::StandBy),
        _ => Some(Beyond::Change),
    }
}

/// Goes on with an order that keeps to what is laid down, or by which an officer stands.
///
/// # Errors
/// 409 otherwise.
pub fn check(actor: &Actor, order: &Order, looked: &Outlooks) -> Result<()> {
    match beyond(actor, looked) {
        None => Ok(()),
        Some(Beyond::StandBy) if order.over_limits => Ok(()),
        Some(Beyond::StandBy) => Err(Error::conflict("error-broadcast-stand-by")),
        Some(Beyond::Change) => Err(Error::conflict("error-broadcast-over-limits")),
    }
}

/// Whether it goes beyond what binds there. Villages that are alike lay down the same.
pub fn goes_beyond(outlook: &Outlook) -> bool {
    let first = outlook.villages.first();
    let binds = first.is_some_and(|village| village.area.ways.policy.limits_bind);
    outlook.findings.iter().any(|finding| {
        let too_much = matches!(
            finding,
            Finding::SessionTooLong { .. } | Finding::TooManySessions { .. }
        );
        matches!(finding, Finding::OnWeekend { .. }) || (binds && too_much)
    })
}
