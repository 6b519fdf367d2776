//! What somebody may do with a bulletin as it is: its page offers that and nothing else.

use programme::programme::Class;

use super::bulletin::{Bulletin, Stage};
use crate::areas::area::Area;
use crate::areas::policy;
use crate::people::identity::Actor;
use crate::people::rights::Right;

/// What the reader may do with a bulletin as it is.
#[derive(Debug, Default)]
pub struct May {
    /// Write, record and delete it.
    pub change: bool,
    /// Ask for approval.
    pub submit: bool,
    /// Let it air.
    pub approve: bool,
    /// Would approve, had they not helped to make it.
    pub made_it: bool,
    /// Send it back.
    pub reject: bool,
    /// Take it off the air.
    pub withdraw: bool,
    /// Choose when it airs.
    pub schedule: bool,
    /// Begin a new one from it, as it airs no more.
    pub again: bool,
    /// Take it back before somebody decides.
    pub retract: bool,
    /// Give somebody the role to approve there.
    pub give_role: bool,
}

impl May {
    /// What `actor` may do in `area`, where `made_it` says whether they helped to make it.
    pub fn of(actor: &Actor, area: &Area, bulletin: &Bulletin, made_it: bool) -> Self {
        let open = bulletin.stage.is_open();
        let emergency = bulletin.content.class == Class::Emergency;
        let calm = !emergency || actor.may(Right::Emergency, area);
        let records = actor.may(Right::Record, area);
        let approves = policy::may_approve(actor, area, bulletin.content.class);
        let submitted = matches!(bulletin.stage, Stage::Submitted(_));
        let barred = made_it && !area.ways.approver_may_be_author;
        let is_approved = matches!(bulletin.stage, Stage::Approved(_));
        Self {
            change: open && records,
            submit: open && records && calm,
            approve: submitted && approves && calm && !barred,
            made_it: submitted && approves && barred,
            reject: submitted && approves,
            withdraw: is_approved && actor.may(Right::Approve, area),
            schedule: is_approved && actor.may_somewhere(Right::Schedule),
            again: matches!(bulletin.stage, Stage::Withdrawn { .. }) && records,
            retract: submitted && records,
            give_role: actor.may(Right::ManagePeople, area),
        }
    }
}
