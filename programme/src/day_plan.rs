//! The day plan: the programme made concrete for one date.
//!
//! It decides everything that does not depend on what happens: order, languages, repeats, gaps,
//! chime, gain, and the last moment at which a start still makes sense. It also rehearses the day:
//! each cue says when it is expected to start after what precedes it, and what will keep it off.

pub(crate) mod content;
mod rehearsal;

use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use crate::as_run::CueId;
use crate::emergency::Order;
use crate::ids::{BroadcastId, BulletinId, ContentHash, StationId};
use crate::programme::{Broadcast, Class, Item, Language, MissedRule, Programme, QuietHours};
use crate::rule::{Rule, Start};
use crate::signed::Verified;
use crate::units::{Decibels, WallTime, millis};
use crate::zone::{UnknownZone, Zone};

/// How much later than expected a start still counts as being on time.
pub const GRACE: Duration = Duration::from_secs(5 * 60);

/// Silence between two different sounds of one cue.
pub const PAUSE: Duration = Duration::from_millis(1_500);

/// How long the first speech after the chime takes to reach its level, so that nobody is startled.
pub const RAMP: Duration = Duration::from_secs(1);

/// Where a ramp begins, relative to the gain that it rises to: heard, and not a shout.
pub const RAMP_FROM: Decibels = Decibels(-12.0);

/// Everything that one station airs on one date, in the order of planned starts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DayPlan {
    /// The station.
    pub station: StationId,
    /// The generation that it was made from.
    pub generation: u64,
    /// When that generation was published.
    #[serde(rename = "issued_at_ms")]
    pub issued_at: WallTime,
    /// The local date.
    pub date: Date,
    /// The zone of its civil times.
    pub zone: Zone,
    /// The guard that is checked again at the moment of playing.
    pub quiet_hours: QuietHours,
    /// The planned starts.
    pub cues: Vec<Cue>,
    /// What this release must not air, and reports.
    pub not_understood: Vec<NotUnderstood>,
}

/// An item of the programme that this release must not air.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NotUnderstood {
    /// The broadcast, when its name could be read.
    pub broadcast: Option<BroadcastId>,
    /// What was not understood.
    pub why: String,
}

/// One planned start.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cue {
    /// The same in every generation that plans this start.
    pub id: CueId,
    /// The broadcast.
    pub broadcast: BroadcastId,
    /// Its bulletins, in order.
    pub bulletins: Vec<BulletinId>,
    /// Titles of the bulletins, for the screen and the log.
    pub title: String,
    /// The most urgent class among its bulletins.
    pub class: Class,
    /// When content should start.
    #[serde(rename = "planned_ms")]
    pub planned: WallTime,
    /// When it will start after what precedes it on the plan.
    #[serde(rename = "expected_ms")]
    pub expected: WallTime,
    /// When its broadcast came into force, by the server's clock: what was stopped before that is
    /// something else ([`Stop::names`](crate::stop::Stop::names)).
    #[serde(skip)]
    pub since: WallTime,
    /// The last moment that counts as being on time; after it, [`MissedRule::AskHead`] asks.
    #[serde(rename = "on_time_until_ms")]
    pub on_time_until: WallTime,
    /// The last moment at which it may start.
    #[serde(rename = "latest_ms")]
    pub latest: WallTime,
    /// It may not sound from this moment on: the end of its bulletins' validity.
    #[serde(rename = "valid_until_ms")]
    pub valid_until: Option<WallTime>,
    /// What happens when it could not take place.
    pub missed: MissedRule,
    /// What is heard, in order; never empty.
    pub segments: Vec<Segment>,
    /// What will keep it from airing if the day goes as planned.
    pub obstacle: Option<Obstacle>,
    /// Who ordered it as an emergency; `None` for what the programme plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// Which cue goes before which: a later one is more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Planned by the programme: waits for its turn by its class, and interrupts nothing.
    Planned(Class),
    /// The exercise of an emergency: interrupts what is planned, and nothing else.
    Drill,
    /// An emergency: interrupts all others.
    Emergency,
}

/// What forbids a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// Its last moment has passed.
    TooLate,
    /// It would sound beyond the validity of its bulletins.
    Expired,
    /// It would sound in quiet hours.
    QuietHours,
    /// A newer start of the same broadcast waits as well, and airs; or one at the same instant.
    Newer,
}

/// A piece of a cue.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Segment {
    /// A recording or the chime.
    Sound {
        /// Its content.
        hash: ContentHash,
        /// The language that is spoken; `None` for the chime.
        language: Option<Language>,
        /// The bulletin that it belongs to; `None` for the chime.
        bulletin: Option<BulletinId>,
        /// How long it lasts.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
        /// Gain on the recording's own level.
        gain_db: Decibels,
        /// How long it takes to rise to that gain from [`RAMP_FROM`] below; zero is full at once.
        #[serde(rename = "ramp_ms", with = "millis")]
        ramp: Duration,
    },
    /// Silence.
    Silence {
        /// How long it lasts.
        #[serde(rename = "duration_ms", with = "millis")]
        duration: Duration,
    },
}

impl DayPlan {
    /// What `programme` airs on `date`: starts from when each broadcast came into force on, with
    /// what is valid at the planned start and has something to be heard.
    ///
    /// # Errors
    /// [`UnknownZone`] when the programme names a zone that this release does not know.
    pub fn of(programme: &Programme, date: Date) -> Result<Self, UnknownZone> {
        let zone = Zone::named(&programme.zone)?;
        let mut drafts = Vec::new();
        let mut not_understood = Vec::new();
        for item in &programme.broadcasts {
            match item {
                Item::Understood(broadcast) => {
                    let starts = broadcast.rule.starts(date, &zone, &programme.timetable);
                    let starts = starts.into_iter();
                    let starts = starts.filter(|start| start.at >= broadcast.since);
                    drafts.extend(starts.filter_map(|start| draft(programme, broadcast, start)));
                }
                Item::NotUnderstood { id, why, .. } => not_understood.push(NotUnderstood {
                    broadcast: id.clone(),
                    why: why.clone(),
                }),
            }
        }
        let standbys = programme.standbys_not_understood();
        not_understood.extend(standbys.map(|(standby, name)| NotUnderstood {
            broadcast: None,
            why: format!("{name} (standby {})", standby.bulletin),
        }));
        // The sort is stable: what is alike stays in the order of publication.
        drafts.sort_by_key(|cue| (cue.planned, std::cmp::Reverse(cue.class)));
        let mut plan = Self {
            station: programme.station.clone(),
            generation: programme.generation,
            issued_at: programme.issued_at,
            date,
            zone,
            quiet_hours: programme.quiet_hours,
            cues: drafts,
            not_understood,
        };
        plan.rehearse();
        Ok(plan)
    }

    /// The starts as people count them: of those of a broadcast at one instant the last alone, by
    /// which the others are heard or, whatever keeps it off, are not.
    pub fn starts(&self) -> impl Iterator<Item = &Cue> {
        let starts = self.cues.iter();
        starts.filter(|cue| !self.is_heard_by_another(cue))
    }

    /// Whether its broadcast has another start at the same instant, which is told of instead.
    fn is_heard_by_another(&self, cue: &Cue) -> bool {
        let together =
            |other: &&Cue| other.broadcast == cue.broadcast && other.planned == cue.planned;
        let told = self.cues.iter().rfind(together);
        told.is_some_and(|told| told.id != cue.id)
    }

    /// Whether `wall` lies in the station's quiet hours.
    pub fn is_quiet(&self, wall: WallTime) -> bool {
        self.quiet_hours.holds_at(wall, &self.zone)
    }
}

impl Verified<Programme> {
    /// What the programme airs on `date`: the only way to a plan that a station may air.
    ///
    /// # Errors
    /// [`UnknownZone`] when the programme names a zone that this release does not know.
    pub fn plan(&self, date: Date) -> Result<Verified<DayPlan>, UnknownZone> {
        self.try_derive(|programme| DayPlan::of(programme, date))
    }
}

/// A cue as its broadcast wants it; the rehearsal sets what depends on the other cues.
fn draft(programme: &Programme, broadcast: &Broadcast, start: Start) -> Option<Cue> {
    let bulletins = content::valid_at(programme, broadcast, start.at);
    let segments = content::segments(programme, broadcast, &bulletins);
    if segments.is_empty() {
        return None;
    }
    let id = match broadcast.rule {
        Rule::Now { .. } => CueId::now(&broadcast.id),
        Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => match start.session {
            Some(session) => CueId::session(&broadcast.id, start.nominal.date(), session),
            None => CueId::new(&broadcast.id, start.nominal),
        },
    };
    let titles: Vec<&str> = bulletins
        .iter()
        .map(|(_, bulletin)| bulletin.title.as_str())
        .collect();
    let classes = bulletins.iter().map(|(_, bulletin)| bulletin.class);
    // An order to air at once brings its own last moment; other starts get theirs in rehearsal.
    let latest = match broadcast.rule {
        Rule::Now { until, .. } => until,
        Rule::Once { .. } | Rule::Daily { .. } | Rule::Weekly { .. } => start.at,
    };
    Some(Cue {
        id,
        broadcast: broadcast.id.clone(),
        bulletins: bulletins.iter().map(|(id, _)| (*id).clone()).collect(),
        title: titles.join(" · "),
        class: classes.max().unwrap_or(Class::Ordinary),
        planned: start.at,
        expected: start.at,
        since: broadcast.since,
        on_time_until: latest,
        latest,
        valid_until: bulletins
            .iter()
            .filter_map(|(_, bulletin)| bulletin.valid_until)
            .min(),
        missed: broadcast.missed,
        segments,
        obstacle: None,
        order: None,
    })
}

impl Segment {
    /// How long it lasts.
    pub fn duration(&self) -> Duration {
        match self {
            Self::Sound { duration, .. } | Self::Silence { duration } => *duration,
        }
    }
}

impl Cue {
    /// Its place before or behind others.
    pub fn rank(&self) -> Rank {
        match &self.order {
            None => Rank::Planned(self.class),
            Some(order) if order.drill => Rank::Drill,
            Some(_) => Rank::Emergency,
        }
    }

    /// How long the whole lasts.
    pub fn duration(&self) -> Duration {
        let add = |sum: Duration, segment: &Segment| sum.saturating_add(segment.duration());
        self.segments.iter().fold(Duration::ZERO, add)
    }

    /// What forbids a start at `start`, if anything does. Nothing forbids the hours themselves but
    /// the quiet hours and zone that are given.
    pub fn forbidden_at(
        &self,
        start: WallTime,
        quiet_hours: &QuietHours,
        zone: &Zone,
    ) -> Option<Obstacle> {
        let end = start + self.duration();
        if start > self.latest {
            return Some(Obstacle::TooLate);
        }
        if self
            .valid_until
            .is_some_and(|until| start >= until || end > until)
        {
            return Some(Obstacle::Expired);
        }
        let quiet = quiet_hours.next_from(start, zone);
        let into_quiet = quiet.is_some_and(|quiet| quiet == start || quiet < end);
        into_quiet.then_some(Obstacle::QuietHours)
    }

    /// The recordings of it, in order, each as often as it is heard.
    pub fn content(&self) -> Vec<ContentHash> {
        let sound = |segment: &Segment| match segment {
            Segment::Sound { hash, .. } => Some(*hash),
            Segment::Silence { .. } => None,
        };
        self.segments.iter().filter_map(sound).collect()
    }
}
