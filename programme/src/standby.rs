//! Emergencies that stand by: a station holds them ready, and somebody at its PC lets them sound.
//!
//! When the server is away, nobody can push an emergency. So the programme names bulletins that may
//! sound at once, and the people who may order them at the PC, each with a PIN of their own. The
//! order is a person's, for this moment, with an end; what it lets people hear is what the server
//! signed, and nothing else. A standby that the programme no longer holds is over, wherever it
//! sounds.
//!
//! Whoever orders says that it is to sound *now*. That is known also where nobody knows what time
//! it is: in the boot in which it was ordered, an order ends by the boot-time clock.

mod tries;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{BootId, StationClock, Voucher};
use crate::emergency::{EmergencyPlan, MAX_GAP, Order, hearing};
use crate::ids::{BroadcastId, BulletinId, PersonId};
use crate::programme::{Programme, not_understood};
use crate::signed::Verified;
use crate::units::{BootTime, WallTime, millis};
use crate::zone::{UnknownZone, Zone};

pub use tries::{FREE_TRIES, Tries, WAIT};

/// A bulletin that may sound at once when somebody at the PC orders it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standby {
    /// The bulletin, which the programme holds.
    pub bulletin: BulletinId,
    /// Names of restrictions on this standby; an unknown one keeps it from being offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_understand: Vec<String>,
    /// When it is meant to be ordered, in the words of the person who let it stand by. It goes on
    /// record as the reason.
    pub when: String,
    /// How often it is heard; without a number until it is stopped or over.
    #[serde(default)]
    pub repeats: Option<u32>,
    /// Silence between two hearings, at most [`MAX_GAP`].
    #[serde(rename = "gap_ms", with = "millis")]
    pub gap: Duration,
    /// How long after its order it is over.
    #[serde(rename = "lasts_ms", with = "millis")]
    pub lasts: Duration,
}

/// Somebody who may order at the PC.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// The person.
    pub person: PersonId,
    /// Their name, for the page and for the record.
    pub name: String,
    /// What their PIN is checked against: a salted slow hash, as a PHC string of argon2id.
    pub pin: String,
}

impl std::fmt::Debug for Keeper {
    /// Without the PIN's hash, which belongs into no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Keeper");
        shown
            .field("person", &self.person)
            .field("name", &self.name);
        shown.finish_non_exhaustive()
    }
}

/// What somebody at the PC ordered, as the station keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderedHere {
    /// Its name, that of a broadcast.
    pub id: BroadcastId,
    /// The standby.
    pub bulletin: BulletinId,
    /// Who ordered it, and why.
    pub order: Order,
    /// When, on the boot-time clock.
    #[serde(rename = "boot_ms")]
    pub at: BootTime,
    /// Of this boot.
    pub boot_id: BootId,
    /// Station time at that moment, as far as it has become known.
    #[serde(rename = "wall_ms")]
    pub wall: Option<WallTime>,
    /// Who vouched for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Voucher>,
    /// What the PC's own clock showed, which nobody had vouched for.
    #[serde(rename = "shown_ms")]
    pub shown: WallTime,
}

impl OrderedHere {
    /// Takes the time of the order from `clock`, when that knows it, and says whether it is news.
    pub fn learn(&mut self, clock: &StationClock) -> bool {
        let Some(vouched) = clock.vouched().filter(|_| self.is_of(clock)) else {
            return false;
        };
        let (wall, by) = (clock.at(self.at).wall, Some(vouched.by));
        let news = (wall, by) != (self.wall, self.by);
        (self.wall, self.by) = (wall, by);
        news
    }

    /// When it was ordered, as far as that may be believed in this boot of `clock`. A person's word
    /// for the time holds for the boot in which it was given: a wrong date would let what was
    /// ordered under it sound on for days after a power cut. Nor was anything ordered in the
    /// future.
    fn ordered_at(&self, clock: &StationClock) -> Option<WallTime> {
        if self.is_of(clock) {
            return clock.at(self.at).wall;
        }
        let sure = self.by.is_some_and(|by| by != Voucher::Person);
        let now = clock.vouched().map(|vouched| vouched.wall);
        self.wall
            .filter(|wall| sure && now.is_none_or(|now| *wall <= now))
    }

    fn is_of(&self, clock: &StationClock) -> bool {
        *clock.boot_id() == self.boot_id
    }
}

impl Programme {
    /// The standbys that this release may offer, each with its bulletin's title. Those whose
    /// bulletin had ended by `newest`, the latest time that is sure to have passed, are left out.
    pub fn offered(&self, newest: Option<WallTime>) -> impl Iterator<Item = (&Standby, &str)> {
        let understood = self.standby.iter();
        let understood = understood.filter(|one| not_understood(&one.must_understand).is_none());
        understood.filter_map(move |standby| {
            let content = self.bulletins.get(&standby.bulletin)?;
            let ended = content.valid_until.zip(newest);
            let ended = ended.is_some_and(|(until, newest)| until <= newest);
            (!ended).then_some((standby, content.title.as_str()))
        })
    }

    /// The standbys that this release must not offer, each with what it does not understand.
    pub fn standbys_not_understood(&self) -> impl Iterator<Item = (&Standby, &str)> {
        let standbys = self.standby.iter();
        standbys.filter_map(|one| Some((one, not_understood(&one.must_understand)?)))
    }

    fn plan_ordered(
        &self,
        ordered: &OrderedHere,
        clock: &StationClock,
    ) -> Result<Option<EmergencyPlan>, UnknownZone> {
        let found = self.offered(None);
        let mut found = found.filter(|(standby, _)| standby.bulletin == ordered.bulletin);
        let content = self.bulletins.get(&ordered.bulletin);
        let (Some((standby, title)), Some(content)) = (found.next(), content) else {
            return Ok(None);
        };
        let here = ordered.is_of(clock).then_some(ordered.at);
        let known = ordered.ordered_at(clock);
        // After another boot nobody will ever know how long ago it was ordered.
        let Some(issued_at) = known.or(here.map(|_| ordered.shown)) else {
            return Ok(None);
        };
        let over = issued_at + standby.lasts;
        let valid = content.valid_until.filter(|_| known.is_some());
        let zone = Zone::named(&self.zone)?;
        let hearing = hearing(self, &ordered.id, (&ordered.bulletin, content), issued_at);
        Ok(Some(EmergencyPlan {
            id: ordered.id.clone(),
            revision: self.generation,
            bulletin: ordered.bulletin.clone(),
            title: title.to_owned(),
            segments: ordered.order.marked(self, hearing),
            repeats: standby.repeats,
            gap: standby.gap.min(MAX_GAP),
            issued_at,
            expires_at: valid.map_or(over, |until| until.min(over)),
            order: ordered.order.clone(),
            cancelled: false,
            here,
            quiet_hours: self.quiet_hours,
            zone,
        }))
    }
}

impl Verified<Programme> {
    /// What an order at the PC lets people hear, by the station's `clock`: the only way from a
    /// standby to sound. `None` when the programme does not hold the standby, and when nobody can
    /// know any more when it was ordered.
    ///
    /// # Errors
    /// [`UnknownZone`] when the programme names a zone that this release does not know.
    pub fn plan_ordered(
        &self,
        ordered: &OrderedHere,
        clock: &StationClock,
    ) -> Result<Option<Verified<EmergencyPlan>>, UnknownZone> {
        let planned = self.try_derive(|programme| programme.plan_ordered(ordered, clock))?;
        Ok(planned.transpose())
    }
}
