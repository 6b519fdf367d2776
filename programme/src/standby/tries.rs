//! How often PINs may be tried at a PC.
//!
//! Each person has a few tries that cost nothing but a look at one's fingers, since their last
//! right PIN. What is tried after those is spaced for the PC as a whole, whosever PIN it is: 288
//! tries a day. Of the four to eight digits that they may choose, people choose four. Chosen by
//! chance, those are 10,000 PINs: within a day a guesser finds somebody's with 2.9 %, and to try
//! all of one person takes 35 days. With six digits a day finds 0.03 %. Were each person's tries
//! spaced alone, ten keepers would give the guesser ten times as many: 2,880 a day, and one of
//! their PINs within a day with 29 %.
//!
//! The price is paid by whoever has spent their own free tries while somebody guesses at another's:
//! they wait for five minutes after the last guess at anybody's PIN, where before it was the last
//! one at theirs. Nobody ever waits for longer, and who has free tries left does not wait at all,
//! however much is guessed at others. To keep the head out in an emergency a guesser must stand at
//! the PC and go on typing; who does that could always type the head's name. A bound beyond which
//! the PC takes no PIN at all would need less: one evening, and nobody there at night.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::BootId;
use crate::ids::PersonId;
use crate::units::BootTime;

/// Wrong PINs of a person in a row that cost nothing.
pub const FREE_TRIES: u32 = 5;

/// How far apart those are that are tried at a PC beyond the free ones.
pub const WAIT: Duration = Duration::from_secs(5 * 60);

/// PINs tried at a PC, of each person since their last right one. They are kept beyond power cuts,
/// so that pulling the plug wins no try.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tries(BTreeMap<PersonId, Tried>);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tried {
    count: u32,
    last: Option<(BootId, BootTime)>,
}

impl Tries {
    /// How long nobody may try the PIN of `person` at the boot-time reading `now`; what was tried
    /// in another boot counts as if it were at the beginning of this one.
    pub fn wait(&self, person: &PersonId, boot_id: &BootId, now: BootTime) -> Option<Duration> {
        let own = self.0.get(person)?;
        if own.count < FREE_TRIES {
            return None;
        }
        let others = self.0.values().filter(|tried| tried.count > FREE_TRIES);
        let last = others.chain([own]).filter_map(|tried| tried.last(boot_id));
        let left = last.max()?.saturating_add(WAIT).since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Counts a try, before its PIN is looked at.
    pub fn note(&mut self, person: &PersonId, boot_id: &BootId, now: BootTime) {
        let tried = self.0.entry(person.clone()).or_default();
        tried.count = tried.count.saturating_add(1);
        tried.last = Some((boot_id.clone(), now));
    }

    /// The PIN of `person` was right: theirs count anew.
    pub fn right(&mut self, person: &PersonId) {
        self.0.remove(person);
    }
}

impl Tried {
    fn last(&self, boot_id: &BootId) -> Option<BootTime> {
        let (boot, at) = self.last.as_ref()?;
        Some(if boot == boot_id { *at } else { BootTime::ZERO })
    }
}
