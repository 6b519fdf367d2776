//! The emergency: an order to sound at once, over everything, signed by itself and pushed whole.
//!
//! It travels beside the programme and does not wait for one: a station that holds the recordings
//! airs it as soon as it arrives. It is a broadcast like any other in the log. What it may do that
//! no cue of a programme may: interrupt what is on air, and sound in quiet hours. Who ordered that
//! and why travels with it and goes on record with each attempt.

use std::time::Duration;

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use crate::as_run::CueId;
use crate::day_plan::{Cue, Segment, content};
use crate::ids::{AreaId, BroadcastId, BulletinId, ContentHash};
use crate::programme::{
    Broadcast, Bulletin, Class, MissedRule, Programme, QuietHours, Sound, not_understood,
};
use crate::signed::{Envelope, Purpose, Refusal, Verified};
use crate::units::{BootTime, WallTime, millis};
use crate::zone::{UnknownZone, Zone};

/// The format of emergencies that this release writes and reads.
pub const EMERGENCY_FORMAT_VERSION: u32 = 1;

/// Silence between two hearings is at most this long: for the whole of an emergency the air is its
/// own, and nothing else is heard.
pub const MAX_GAP: Duration = Duration::from_secs(10 * 60);

/// An order to sound at once in some areas, or the word that it is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Emergency {
    /// Stands first, so that a reader can refuse before it reads on.
    pub format_version: u32,
    /// Names of restrictions; an unknown one refuses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_understand: Vec<String>,
    /// Its name, that of a broadcast.
    pub id: BroadcastId,
    /// Rises with each word about the same emergency; of two a station believes the higher.
    pub revision: u64,
    /// Where it sounds: in these areas and in all below them.
    pub areas: Vec<AreaId>,
    /// The bulletin that it airs.
    pub bulletin: BulletinId,
    /// What is heard, as it was approved.
    pub content: Bulletin,
    /// How often it is heard; without a number until it is stopped, cancelled or expired.
    #[serde(default)]
    pub repeats: Option<u32>,
    /// Silence between two hearings, at most [`MAX_GAP`].
    #[serde(rename = "gap_ms", with = "millis")]
    pub gap: Duration,
    /// When it was ordered.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// From then on it no longer sounds.
    #[serde(rename = "expires_at_ms")]
    pub expires_at: WallTime,
    /// Who ordered it, and why.
    pub order: Order,
    /// It is over, wherever it sounds.
    #[serde(default)]
    pub cancelled: bool,
}

/// Who ordered an emergency, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The person, by name.
    pub by: String,
    /// The reason, in their words.
    pub why: String,
    /// An exercise, and marked as one wherever it is shown.
    #[serde(default)]
    pub drill: bool,
    /// Ordered at the station's own PC ([`crate::standby`]), and not on the panel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_pc: bool,
}

/// An emergency made concrete for one station.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmergencyPlan {
    /// The emergency.
    pub id: BroadcastId,
    /// Which word about it.
    pub revision: u64,
    /// The bulletin.
    pub bulletin: BulletinId,
    /// Its title.
    pub title: String,
    /// One hearing: the chime, and the village's languages in its order.
    pub segments: Vec<Segment>,
    /// How often it is heard; without a number until it is stopped, cancelled or expired.
    pub repeats: Option<u32>,
    /// Silence between two hearings.
    #[serde(rename = "gap_ms", with = "millis")]
    pub gap: Duration,
    /// When it was ordered.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// From then on it no longer sounds.
    #[serde(rename = "expires_at_ms")]
    pub expires_at: WallTime,
    /// Who ordered it, and why.
    pub order: Order,
    /// It is over.
    pub cancelled: bool,
    /// Somebody at the PC ordered it in this boot, at this reading of the boot-time clock. On that
    /// clock it ends, and it sounds also while nobody has vouched for the time: its wall times are
    /// then those of the PC's own clock.
    #[serde(rename = "here_ms", skip_serializing_if = "Option::is_none")]
    pub here: Option<BootTime>,
    /// The quiet hours that it may break, for the record of having done so.
    pub quiet_hours: QuietHours,
    /// The zone of the station.
    pub zone: Zone,
}

/// Read before the rest, so that a later format is refused as such and not as unreadable.
#[derive(Deserialize)]
struct Head {
    format_version: u32,
    #[serde(default)]
    must_understand: Vec<String>,
}

impl Emergency {
    /// Every recording that it airs, each once.
    pub fn recordings(&self) -> impl Iterator<Item = (ContentHash, &Sound)> {
        let spoken = self.content.recordings.iter();
        spoken.map(|spoken| (spoken.sound.hash, &spoken.sound))
    }

    /// Whether it sounds in the area that `programme` serves.
    pub fn concerns(&self, programme: &Programme) -> bool {
        let mut areas = programme.within.iter().chain([&programme.area]);
        areas.any(|area| self.areas.contains(area))
    }

    /// What the station of `programme` lets people hear of it; `None` where it does not sound.
    ///
    /// # Errors
    /// [`UnknownZone`] when the programme names a zone that this release does not know.
    pub fn plan(&self, programme: &Programme) -> Result<Option<EmergencyPlan>, UnknownZone> {
        if !self.concerns(programme) {
            return Ok(None);
        }
        let zone = Zone::named(&programme.zone)?;
        let content = (&self.bulletin, &self.content);
        let hearing = hearing(programme, &self.id, content, self.issued_at);
        let segments = self.order.marked(programme, hearing);
        Ok(Some(EmergencyPlan {
            id: self.id.clone(),
            revision: self.revision,
            bulletin: self.bulletin.clone(),
            title: self.content.title.clone(),
            segments,
            repeats: self.repeats,
            gap: self.gap.min(MAX_GAP),
            issued_at: self.issued_at,
            expires_at: self.expires_at,
            order: self.order.clone(),
            cancelled: self.cancelled,
            here: None,
            quiet_hours: programme.quiet_hours,
            zone,
        }))
    }
}

/// One hearing of an emergency at the station of `programme`: put together as a broadcast is, so
/// that both sound alike.
pub(crate) fn hearing(
    programme: &Programme,
    id: &BroadcastId,
    (bulletin, content): (&BulletinId, &Bulletin),
    issued_at: WallTime,
) -> Vec<Segment> {
    let once = Broadcast {
        id: id.clone(),
        must_understand: Vec::new(),
        bulletins: vec![bulletin.clone()],
        rule: crate::rule::Rule::Now {
            ordered_at: issued_at,
            until: issued_at,
        },
        since: issued_at,
        repeats: 1,
        gap: Duration::ZERO,
        missed: MissedRule::AT_ANY_TIME,
        chime: true,
    };
    // It sounds as an emergency, whatever the bulletin's own class.
    let content = Bulletin {
        class: Class::Emergency,
        ..content.clone()
    };
    content::segments(programme, &once, &[(bulletin, &content)])
}

/// What says in the sound itself that it is a drill: two tones, and "Đây là diễn tập" twice. Every
/// station carries it in its program, so that it need not be fetched.
pub fn drill_mark() -> Sound {
    Sound {
        hash: ContentHash::from_bytes(DRILL_MARK),
        size_bytes: 10_073,
        duration: Duration::from_millis(2_948),
    }
}

/// The SHA-256 of `recordings/words/drill.ogg`.
const DRILL_MARK: [u8; 32] = [
    0xaa, 0x6c, 0x94, 0x97, 0xa2, 0xeb, 0x61, 0x84, 0x21, 0xb8, 0x14, 0xf2, 0x70, 0x17, 0xdd, 0x2d,
    0x16, 0x1a, 0xb9, 0x4a, 0x1b, 0xab, 0xb5, 0x4b, 0x8a, 0xb7, 0xb0, 0xda, 0x5c, 0xc4, 0x58, 0x1d,
];

impl Order {
    /// What is heard of a hearing that was ordered so: a drill says that it is one.
    pub(crate) fn marked(&self, programme: &Programme, hearing: Vec<Segment>) -> Vec<Segment> {
        if self.drill {
            content::as_drill(programme, &drill_mark(), hearing)
        } else {
            hearing
        }
    }
}

impl EmergencyPlan {
    /// Whether something of it may still be heard at `wall`, as far as itself says.
    pub fn is_in_force(&self, wall: WallTime) -> bool {
        !self.cancelled && wall < self.expires_at && !self.segments.is_empty()
    }

    /// The same with its wall times as they are when a clock shows `wall` at the boot-time reading
    /// `boot`; that of the panel has fixed ones.
    #[must_use]
    pub(crate) fn seen_at(&self, wall: WallTime, boot: BootTime) -> Self {
        let mut seen = self.clone();
        if let Some(at) = self.here {
            seen.issued_at = wall - boot.since(at);
            seen.expires_at = seen.issued_at + self.expires_at.since(self.issued_at);
        }
        seen
    }

    /// When it is over on the boot-time clock, if it was ordered in this boot at the PC.
    pub(crate) fn over_by(&self) -> Option<BootTime> {
        let lasts = self.expires_at.since(self.issued_at);
        Some(self.here?.saturating_add(lasts))
    }

    /// The recordings of one hearing, in order, each as often as it is heard.
    pub fn content(&self) -> Vec<ContentHash> {
        self.cue(1, self.issued_at).content()
    }

    /// The hearing of the given number, from 1 on, due at `planned`. Begun again as often as power
    /// cuts ask for, until the emergency expires.
    pub fn cue(&self, number: u32, planned: WallTime) -> Cue {
        Cue {
            id: CueId::emergency(&self.id, number),
            broadcast: self.id.clone(),
            bulletins: vec![self.bulletin.clone()],
            title: self.title.clone(),
            class: Class::Emergency,
            planned,
            expected: planned,
            since: self.issued_at,
            on_time_until: self.expires_at,
            latest: self.expires_at,
            valid_until: Some(self.expires_at),
            missed: MissedRule::AT_ANY_TIME,
            segments: self.segments.clone(),
            obstacle: None,
            order: Some(self.order.clone()),
        }
    }
}

impl Verified<Emergency> {
    /// Opens an emergency.
    ///
    /// # Errors
    /// [`Refusal`]: foreign key, bad signature, unreadable, a later format, not understood.
    pub fn open(envelope: &Envelope, key: &VerifyingKey) -> Result<Self, Refusal> {
        let head = envelope.open::<Head>(Purpose::Emergency, key)?;
        let found = head.get().format_version;
        if found > EMERGENCY_FORMAT_VERSION {
            let understood = EMERGENCY_FORMAT_VERSION;
            return Err(Refusal::LaterFormat { found, understood });
        }
        if let Some(name) = not_understood(&head.get().must_understand) {
            return Err(Refusal::NotUnderstood(name.to_owned()));
        }
        envelope.open::<Emergency>(Purpose::Emergency, key)
    }

    /// As [`Emergency::plan`]: the only way to an emergency that a station may air.
    ///
    /// # Errors
    /// [`UnknownZone`] when the programme names a zone that this release does not know.
    pub fn plan(
        &self,
        programme: &Verified<Programme>,
    ) -> Result<Option<Verified<EmergencyPlan>>, UnknownZone> {
        let planned = self.try_derive(|emergency| emergency.plan(programme.get()))?;
        Ok(planned.transpose())
    }
}
