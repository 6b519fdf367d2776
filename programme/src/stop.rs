//! STOP from the panel: a word that silences, signed by itself and pushed whole.
//!
//! It never lets anything sound, so a release that does not know it ignores it without harm. What
//! it stops it names: by the moment at which it was said, and where somebody chose one, by the
//! broadcast. So a word that comes hours late, or again, stops nothing else. It does at a station
//! what STOP at its PC does, for the starts that were ordered and due by that moment: what
//! sounds is cut, what waits is left out, and neither comes back when power does. Emergencies have
//! a word of their own for this ([`crate::emergency`]), and are not touched.

use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::day_plan::Cue;
use crate::ids::{AreaId, BroadcastId, StopId};
use crate::programme::{Programme, not_understood};
use crate::signed::{Envelope, Purpose, Refusal, Verified};
use crate::units::WallTime;

/// The format of stops that this release writes and reads.
pub const STOP_FORMAT_VERSION: u32 = 1;

/// Clocks of a server and of a station that knows it differ by less, and what is to begin within
/// this is meant by whoever stops what sounds.
pub const MARGIN: Duration = Duration::from_secs(5);

/// A stop is told for so long: by then the last start that it may name is past its last moment.
pub const TOLD_FOR: Duration = Duration::from_hours(24);

/// The order to be silent in some areas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Stands first, so that a reader can refuse before it reads on.
    pub format_version: u32,
    /// Names of restrictions; an unknown one refuses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_understand: Vec<String>,
    /// Its name.
    pub id: StopId,
    /// Where: in these areas and in all below them.
    pub areas: Vec<AreaId>,
    /// What: the starts of this broadcast; without one, whatever sounds or waits there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broadcast: Option<BroadcastId>,
    /// When somebody said it. Of what is due later it stops nothing.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// From then on nobody is told of it any more.
    #[serde(rename = "expires_at_ms")]
    pub expires_at: WallTime,
    /// Who said it, by name.
    pub by: String,
}

/// Who stopped something from the panel, as it stands in the as-run. A hint beside the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromPanel {
    /// The stop that was obeyed.
    pub stop: StopId,
    /// Who said it, by name.
    pub by: String,
}

/// Read before the rest, so that a later format is refused as such and not as unreadable.
#[derive(Deserialize)]
struct Head {
    format_version: u32,
    #[serde(default)]
    must_understand: Vec<String>,
}

impl Stop {
    /// Whether it is meant for the area that `programme` serves.
    pub fn concerns(&self, programme: &Programme) -> bool {
        let mut areas = programme.within.iter().chain([&programme.area]);
        areas.any(|area| self.areas.contains(area))
    }

    /// Whether it names the broadcast of `cue`, or none. An emergency it never names, nor what was
    /// ordered after it was said: who orders something having stopped wants to hear it. Both of
    /// these moments are the server's own, whatever the station's clock shows.
    pub fn names(&self, cue: &Cue) -> bool {
        let named = self.broadcast.as_ref();
        let ordered_before = cue.since <= self.issued_at;
        cue.order.is_none() && ordered_before && named.is_none_or(|named| *named == cue.broadcast)
    }

    /// Whether what was due at `moment` was due when it was said.
    pub fn reaches(&self, moment: WallTime) -> bool {
        moment <= self.issued_at + MARGIN
    }

    /// What the record says of who stopped something.
    pub fn from_panel(&self) -> FromPanel {
        FromPanel {
            stop: self.id.clone(),
            by: self.by.clone(),
        }
    }
}

impl Verified<Stop> {
    /// Opens a stop.
    ///
    /// # Errors
    /// [`Refusal`]: foreign key, bad signature, unreadable, a later format, not understood.
    pub fn open(envelope: &Envelope, key: &VerifyingKey) -> Result<Self, Refusal> {
        let head = envelope.open::<Head>(Purpose::Stop, key)?;
        let found = head.get().format_version;
        if found > STOP_FORMAT_VERSION {
            let understood = STOP_FORMAT_VERSION;
            return Err(Refusal::LaterFormat { found, understood });
        }
        if let Some(name) = not_understood(&head.get().must_understand) {
            return Err(Refusal::NotUnderstood(name.to_owned()));
        }
        envelope.open::<Stop>(Purpose::Stop, key)
    }
}
